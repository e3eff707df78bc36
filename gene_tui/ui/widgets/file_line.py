"""What dialogs that ask for a file have in common: its line, and what was wrong the last time."""

from __future__ import annotations

from gene_tui.errors import GeneTuiError
from gene_tui.ui.widgets.cards import Card, error_card
from gene_tui.ui.widgets.line import Line


class FileLine(Line):
    """A file's name; what one begins with stays, the cursor behind it."""

    def __init__(self, file: str, *, placeholder: str = "") -> None:
        super().__init__(file, placeholder=placeholder, id="file")

    def on_mount(self) -> None:
        """Behind the name, where its ending can be changed."""
        self.cursor_position = len(self.value)


class Trouble(Card):
    """The card of what went wrong the last time; not there where nothing did."""

    DEFAULT_CSS = "Trouble { display: none; }"

    def __init__(self, error: GeneTuiError | None, title: str) -> None:
        super().__init__()
        self._error = error
        self._title = title

    def on_mount(self) -> None:
        """Show it, if there is anything."""
        if self._error is not None:
            self.show_card(error_card(self._error, self._title))
            self.display = True
