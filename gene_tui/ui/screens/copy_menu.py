"""Choose what to copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.content import Content

from gene_tui.ui import format as show
from gene_tui.ui.screens.pick_dialog import PickDialog


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


class CopyMenu(PickDialog[Copyable, Copyable]):
    """A list; each line has a letter."""

    BINDINGS: ClassVar = [
        Binding("escape,q", "dismiss", "close", show=False),
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
    ]

    def __init__(self, items: Sequence[Copyable]) -> None:
        super().__init__("Copy", "a letter or ⏎ copies · Esc closes", items)

    def line(self, entry: Copyable) -> Content:
        """Its letter, what it is, its beginning."""
        return Content.assemble(
            (f" {entry.key}  ", "bold $primary"),
            f"{entry.label:<26}",
            (show.safe(entry.preview, 40), "$text-muted"),
        )

    def answer(self, entry: Copyable) -> Copyable:
        """The entry itself."""
        return entry

    def on_mount(self) -> None:
        self.fill()
        self.listed.focus()

    def on_key(self, event: events.Key) -> None:
        """A letter takes its line."""
        for item in self.entries:
            if event.character == item.key:
                event.stop()
                self.dismiss(item)
                return
