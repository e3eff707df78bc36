"""Name a file of this machine to open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Label

from gene_tui.errors import GeneTuiError
from gene_tui.ui import format as show
from gene_tui.ui.screens.dialog import Dialog
from gene_tui.ui.widgets.file_line import FileLine, Trouble


class OpenFile(Dialog[Path]):
    """Answers with the file's name; whether there is one is for others to find out.

    Args:
        title: in the border. about: what files are meant, and where they come from.
        file: to begin with. read: makes a path of what is typed, or says what is wrong with it.
        error: what went wrong with the last one.
    """

    BINDINGS: ClassVar = [Binding("escape", "dismiss", "close", show=False)]
    DEFAULT_CSS = """
    OpenFile .dialog { width: 78; padding: 0 1; }
    OpenFile #file { margin-top: 1; }
    OpenFile #about { height: auto; margin: 1 0; color: $text-muted; }
    OpenFile #about.-wrong { color: $error; }
    """

    def __init__(
        self,
        title: str,
        about: str,
        file: str,
        read: Callable[[str], Path],
        error: GeneTuiError | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._file = file
        self._read = read
        self._error = error

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = show.content(self._title, 60)
            box.border_subtitle = "⏎ opens · Esc closes"
            yield Trouble(self._error, "Not opened")
            yield FileLine(self._file)
            yield Label(show.content(self._about, 300), id="about", markup=False)

    @on(Input.Submitted, "#file")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            file = self._read(event.value)
        except GeneTuiError as error:
            label = self.query_one("#about", Label)
            label.set_class(True, "-wrong")
            label.update(show.content(f"{error.message}; {error.hint}".strip("; "), 800))
            return
        self.dismiss(file)
