"""Dialogs: each closes once, however many keys arrive together.

Over a slow line several keys arrive together and are on their way to a screen before the first
of them closes it. Textual would then close the screen below, or give up where there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen, ScreenResultType

from gene_tui.ui import format as show


class Dialog(ModalScreen[ScreenResultType]):
    """A screen on top of others that answers at most once.

    Attributes:
        is_ready: it can be typed in; until then ``early`` holds what was typed.
        when_closed: called as it closes, before any message that is on its way arrives: ends
            the jobs whose results it was to show.
    """

    class Ready(Message):
        """The dialog can be typed in."""

        bubble = False

        def __init__(self, dialog: Dialog[Any]) -> None:
            super().__init__()
            self.dialog = dialog

    BINDINGS: ClassVar = [
        Binding("ctrl+l", "app.repaint", "redraw", show=False, priority=True, id="redraw"),
    ]
    is_ready = False
    when_closed: Callable[[], object] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.early: list[events.Key | events.Paste] = []

    def on_mount(self) -> None:
        """What is in it is there, and has the focus as soon as all was done that waits."""
        self.call_later(lambda: self.app.post_message(self.Ready(self)))

    @staticmethod
    def box(title: str, hints: str = "") -> Vertical:
        """The frame of a dialog, to compose in: its title above, what keys do below."""
        box = Vertical(classes="dialog")
        box.border_title = show.content(title, 60)
        box.border_subtitle = Content(hints)
        return box

    @property
    def is_open(self) -> bool:
        """Whether it was not closed yet; what is in it goes soon after that."""
        return self in self.app.screen_stack

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with an answer; nothing if it is closed already."""
        if self.app.screen is not self:
            return AwaitComplete()
        if self.when_closed is not None:
            self.when_closed()
        return super().dismiss(result)
