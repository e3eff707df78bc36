"""Choose a group of a list that falls apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding
from textual.content import Content

from gene_tui.ui import format as show
from gene_tui.ui.screens.pick_dialog import PickDialog


@dataclass(frozen=True, slots=True)
class GroupOffer:
    """A group to choose: how many genes it has, and the query that asks for it."""

    genes: int
    text: str


class GroupPicker(PickDialog[GroupOffer, str]):
    """Answers with the query of the group that was chosen."""

    BINDINGS: ClassVar = [
        Binding("escape,q", "dismiss", "close", show=False),
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
    ]

    def __init__(self, offers: Sequence[GroupOffer]) -> None:
        super().__init__("Groups of the list", "⏎ asks · Esc closes", offers)

    def line(self, entry: GroupOffer) -> Content:
        """How many genes, and which."""
        return Content.assemble((f"{entry.genes:>5,}  ", "$text-muted"), show.safe(entry.text, 60))

    def answer(self, entry: GroupOffer) -> str:
        """Its query."""
        return entry.text

    def on_mount(self) -> None:
        self.fill()
        self.listed.focus()
