"""Choose what to copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from gene_tui.ui import format as show
from gene_tui.ui.screens.dialog import Dialog
from gene_tui.ui.textual_parts import PickList


@dataclass(frozen=True, slots=True)
class Copyable:
    """One thing to copy.

    Attributes:
        key: chooses it in the menu. label: what it is.
        text: makes it, exact and unaltered; may take a moment for a large table.
        preview: its beginning, where that says something.
    """

    key: str
    label: str
    text: Callable[[], str]
    preview: str = ""


class CopyMenu(Dialog[Copyable]):
    """A list; each line has a letter."""

    BINDINGS: ClassVar = [
        Binding("escape,q", "dismiss", "close", show=False),
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
    ]

    def __init__(self, items: Sequence[Copyable]) -> None:
        super().__init__()
        self._items = tuple(items)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "Copy"
            box.border_subtitle = "a letter or ⏎ copies · Esc closes"
            yield PickList(*(Option(_line(item)) for item in self._items), markup=False)

    def on_mount(self) -> None:
        listed = self.query_one(PickList)
        listed.highlighted = 0
        listed.focus()

    def on_key(self, event: events.Key) -> None:
        """A letter takes its line."""
        for item in self._items:
            if event.character == item.key:
                event.stop()
                self.dismiss(item)
                return

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """So does Enter or a click."""
        event.stop()
        self.dismiss(self._items[event.option_index])

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        listed = self.query_one(PickList)
        if by > 0:
            listed.action_cursor_down()
        else:
            listed.action_cursor_up()


def _line(item: Copyable) -> Content:
    return Content.assemble(
        (f" {item.key}  ", "bold $primary"),
        f"{item.label:<26}",
        (show.safe(item.preview, 40), "$text-muted"),
    )
