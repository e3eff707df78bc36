"""Under which name a list is kept."""

from __future__ import annotations

from textual.app import ComposeResult

from gene_tui.errors import GeneTuiError
from gene_tui.lists.saved import checked_name
from gene_tui.ui.screens.file_dialog import FileDialog, FileLine, named


class SaveList(FileDialog[str]):
    """Answers with the name.

    Args:
        title: what is to be named. verb: what Enter does. name: to begin with. error: what went
            wrong with that.
    """

    DEFAULT_CSS = "SaveList #reading { color: $text-muted; }"

    def __init__(
        self, title: str, verb: str, name: str = "", error: GeneTuiError | None = None
    ) -> None:
        super().__init__(
            title,
            f"⏎ {verb} · Esc closes",
            "Ask for it as @NAME, here and on the command line, in any space.",
            error,
            "Not saved",
        )
        self._first = name

    def lines(self) -> ComposeResult:
        yield from named("Name", FileLine(self._first, placeholder="as tcells"))

    def chosen(self) -> str:
        """The name as it is kept."""
        return checked_name(self.file.strip().removeprefix("@"))
