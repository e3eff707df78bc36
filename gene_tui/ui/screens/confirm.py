"""Ask before what cannot be undone."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Label

from gene_tui.ui import format as show
from gene_tui.ui.screens.dialog import Dialog


class Confirm(Dialog[bool]):
    """A question with yes and no; no has the focus."""

    BINDINGS: ClassVar = [
        Binding("escape,n", "answer(False)", "no", show=False),
        Binding("y", "answer(True)", "yes", show=False),
        Binding("left,right", "app.focus_next", "other", show=False),
    ]
    DEFAULT_CSS = """
    Confirm .dialog { width: 56; padding: 1 2; }
    Confirm Horizontal { height: 1; margin-top: 1; align-horizontal: right; }
    Confirm Button { margin-left: 2; }
    """

    def __init__(self, title: str, question: str, verb: str) -> None:
        super().__init__()
        self._title = title
        self._question = question
        self._verb = verb

    def compose(self) -> ComposeResult:
        with self.box(self._title):
            yield Label(show.content(self._question, 400))
            with Horizontal():
                yield Button(Content("n  Keep"), id="no", compact=True)
                yield Button(
                    show.content(f"y  {self._verb}", 40), id="yes", variant="error", compact=True
                )

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The same by mouse."""
        self.dismiss(event.button.id == "yes")
