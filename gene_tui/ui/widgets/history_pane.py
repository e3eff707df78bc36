"""Earlier questions, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from gene_tui.text import width
from gene_tui.ui import format as show
from gene_tui.ui.actions import bindings
from gene_tui.ui.textual_parts import PickList
from gene_tui.ui.widgets.line import FilterChanged, FilterLine


@dataclass(frozen=True, slots=True)
class Remembered:
    """One question of the history as the pane shows it.

    Attributes:
        numbers: of its entries, the newest first.
        text: the query as typed. setting: how it was asked, where that is not as usual.
        when: it was asked the last time, in few words.
        pinned: whether any of its entries is.
    """

    numbers: tuple[int, ...]
    text: str
    when: str
    pinned: bool = False
    setting: str = ""

    @property
    def id(self) -> int:
        """The number of its newest entry."""
        return self.numbers[0]


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

    def __init__(self) -> None:
        super().__init__(id="history", classes="pane")
        self.entries: tuple[Remembered, ...] = ()
        self._drawn_for = 0

    def compose(self) -> ComposeResult:
        yield FilterLine(placeholder="words to find", id="history-filter", leave=self.focus_list)
        yield HistoryList(id="history-list", markup=False)

    def on_mount(self) -> None:
        self.border_title = "History"
        self.query_one(FilterLine).display = False

    @property
    def entry(self) -> Remembered | None:
        """The entry under the cursor."""
        at = self.query_one(HistoryList).highlighted
        return self.entries[at] if at is not None and at < len(self.entries) else None

    @property
    def at(self) -> int | None:
        """The row under the cursor."""
        return self.query_one(HistoryList).highlighted

    def put(
        self, entries: Sequence[Remembered], at: int | None = None, number: int | None = None
    ) -> None:
        """Show questions; while one walks the list, the cursor stays on its question.

        Args:
            at: the row where the cursor goes. number: the entry on whose question it goes.
        """
        listed = self.query_one(HistoryList)
        before = self.entry
        sought = {number} if number is not None else set()
        if before is not None and at is None and number is None and listed.has_focus:
            sought = set(before.numbers)
        self.entries = tuple(entries)
        self.border_subtitle = f"{len(entries):,}" if entries else ""
        top = listed.scroll_offset.y
        self._fill()
        places = [n for n, entry in enumerate(entries) if not sought.isdisjoint(entry.numbers)]
        row = places[0] if places else min(at or 0, len(entries) - 1)
        listed.scroll_to(y=top, animate=False, immediate=True)
        listed.highlighted = row if entries else None

    def focus_list(self) -> None:
        """Give the list the focus, at once, for the keys that follow."""
        self.screen.set_focus(self.query_one(HistoryList))

    def move(self, step: int) -> None:
        """Move the cursor."""
        listed = self.query_one(HistoryList)
        if step > 0:
            listed.action_cursor_down()
        else:
            listed.action_cursor_up()

    def open_filter(self) -> None:
        """Show the filter's line and go there."""
        line = self.query_one(FilterLine)
        line.display = True
        self.screen.set_focus(line)  # at once, for the keys that follow

    def close_filter(self) -> bool:
        """Empty and hide the filter; False if it was not open."""
        line = self.query_one(FilterLine)
        if not line.display:
            return False
        line.value = ""
        line.display = False
        self.focus_list()
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(FilterChanged(self, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()

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
        listed.add_options([Option(_line(entry, room)) for entry in self.entries])


def _line(entry: Remembered, room: int) -> Content:
    when = entry.when
    pin = "★ " if entry.pinned else ""
    times = f" ×{len(entry.numbers):,}" if len(entry.numbers) > 1 else ""
    text = show.safe(entry.text, max(4, room - len(when) - len(pin) - len(times) - 1))
    left = room - width(text) - len(pin) - len(times) - len(when) - 1
    setting = f" {show.safe(entry.setting, left - 1)}" if entry.setting and left > 4 else ""
    gap = " " * max(1, left - width(setting) + 1)
    return Content.assemble((pin, "$accent"), text, (times + setting + gap + when, "$text-muted"))
