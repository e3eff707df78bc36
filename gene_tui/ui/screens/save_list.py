"""Under which name a list is saved."""

from __future__ import annotations

from textual.app import ComposeResult

from gene_tui.errors import GeneTuiError
from gene_tui.lists.saved import checked_name
from gene_tui.ui.screens.file_dialog import FileDialog, FileLine, named


class SaveList(FileDialog[str]):
    """Answers with the name.

    Args:
        genes: how many there are to save. name: to begin with. error: what went wrong with that.
    """

    DEFAULT_CSS = "SaveList #reading { color: $text-muted; }"

    def __init__(self, genes: int, name: str = "", error: GeneTuiError | None = None) -> None:
        noun = "gene" if genes == 1 else "genes"
        super().__init__(
            f"Save {genes:,} marked {noun} as a list",
            "⏎ saves · Esc closes",
            "Ask for it as @NAME, here and on the command line, in this space and in others.",
            error,
            "Not saved",
        )
        self._first = name

    def lines(self) -> ComposeResult:
        yield from named("Name", FileLine(self._first, placeholder="as tcells"))

    def chosen(self) -> str:
        """The name as it is kept."""
        return checked_name(self.file.strip().removeprefix("@"))
