"""Earlier questions, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from gene_tui.query.text import width
from gene_tui.ui import format as show
from gene_tui.ui.actions import bindings
from gene_tui.ui.remembered import Remembered
from gene_tui.ui.widgets.pick_list import PickList


class HistoryList(PickList, inherit_bindings=False):
    """The list. Its keys beyond moving are the registry's ("history" pane)."""

    BINDINGS: ClassVar = [
        *(entry for entry in OptionList.BINDINGS if getattr(entry, "key", "") != "enter"),
        *bindings("history"),
    ]


class HistoryPane(Vertical):
    """The list and its filter."""

    class EntryPicked(Message):
        """An entry was clicked."""

    class FilterChanged(Message):
        """The filter's text changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="history", classes="pane")
        self._entries: tuple[Remembered, ...] = ()
        self._drawn_for = 0

    def compose(self) -> ComposeResult:
        yield Input(placeholder="words to find", id="history-filter", compact=True)
        yield HistoryList(id="history-list", markup=False)

    def on_mount(self) -> None:
        self.border_title = "History"
        line = self.query_one("#history-filter", Input)
        line.display = False
        line.cursor_blink = False

    @property
    def entry(self) -> Remembered | None:
        """The entry under the cursor."""
        at = self.query_one(HistoryList).highlighted
        return self._entries[at] if at is not None and at < len(self._entries) else None

    def put(self, entries: Sequence[Remembered]) -> None:
        """Show entries; while one walks the list, the cursor stays on its entry."""
        before = self.entry if self.query_one(HistoryList).has_focus else None
        self._entries = tuple(entries)
        self.border_subtitle = f"{len(entries):,}" if entries else ""
        self._fill()
        places = [n for n, entry in enumerate(entries) if before and entry.id == before.id]
        listed = self.query_one(HistoryList)
        listed.highlighted = places[0] if places else (0 if entries else None)

    def focus_list(self) -> None:
        """Give the list the focus."""
        self.query_one(HistoryList).focus()

    def move(self, step: int) -> None:
        """Move the cursor."""
        listed = self.query_one(HistoryList)
        if step > 0:
            listed.action_cursor_down()
        else:
            listed.action_cursor_up()

    def open_filter(self) -> None:
        """Show the filter's line and go there."""
        line = self.query_one("#history-filter", Input)
        line.display = True
        self.screen.set_focus(line)  # at once, for the keys that follow

    def close_filter(self) -> bool:
        """Empty and hide the filter; False if it was not open."""
        line = self.query_one("#history-filter", Input)
        if not line.display:
            return False
        line.value = ""
        line.display = False
        self.query_one(HistoryList).focus()
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.FilterChanged(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(HistoryList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.EntryPicked())

    def on_resize(self) -> None:
        """Lines are cut to the width."""
        if self._drawn_for != self.content_size.width:
            listed = self.query_one(HistoryList)
            at = listed.highlighted
            self._fill()
            listed.highlighted = at

    def _fill(self) -> None:
        listed = self.query_one(HistoryList)
        self._drawn_for = self.content_size.width
        room = max(10, self._drawn_for - 2)
        listed.clear_options()
        listed.add_options([Option(_line(entry, room)) for entry in self._entries])


def _line(entry: Remembered, room: int) -> Content:
    when = entry.when
    pin = "★ " if entry.pinned else ""
    text = show.safe(entry.text, max(4, room - len(when) - len(pin) - 1))
    gap = " " * max(1, room - width(text) - len(pin) - len(when))
    return Content.assemble((pin, "$accent"), text, gap, (when, "$text-muted"))
