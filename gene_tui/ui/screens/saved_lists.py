"""The saved lists: ask one, rename it, delete it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual.binding import Binding
from textual.content import Content

from gene_tui.ui import format as show
from gene_tui.ui.screens.pick_dialog import PickDialog

Deed = Literal["ask", "rename", "delete", "undo"]


@dataclass(frozen=True, slots=True)
class SavedOffer:
    """A saved list: its name, how many genes it has and what the first are called; why it cannot
    be read, or ""."""

    name: str
    count: int = 0
    genes: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ListChosen:
    """What to do with which list; ``at`` is its place, ``damaged`` says that it cannot be read."""

    deed: Deed
    name: str
    at: int
    damaged: bool = False


class SavedLists(PickDialog[SavedOffer, ListChosen]):
    """Answers with what to do.

    Args:
        offers: the lists there are. at: where the cursor begins.
        deleted: the list that was deleted last and can be brought back, "" for none.
    """

    BINDINGS: ClassVar = [
        Binding("escape,q", "dismiss", "close", show=False),
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
        Binding("n", "deed('rename')", "rename", show=False),
        Binding("d,delete", "deed('delete')", "delete", show=False),
        Binding("u", "deed('undo')", "undo", show=False),
    ]

    def __init__(self, offers: Sequence[SavedOffer], at: int = 0, deleted: str = "") -> None:
        back = f" · u brings {show.safe(deleted, 20)} back" if deleted else ""
        hints = f"⏎ asks · n renames · d deletes{back} · Esc closes"
        super().__init__("Saved lists", hints, offers)
        self._at = at
        self._deleted = deleted

    def line(self, entry: SavedOffer) -> Content:
        """Its name, how many genes it has, and the first of them."""
        name = Content.styled(f"{show.safe(entry.name, 24):<25}", "bold")
        if entry.problem:
            return Content.assemble(name, (show.safe(entry.problem, 45), "$error"))
        genes = ", ".join(entry.genes)
        return Content.assemble(name, (f"{entry.count:>6,}  ", "$text-muted"), show.safe(genes, 36))

    def answer(self, entry: SavedOffer) -> ListChosen:
        """To ask for it."""
        return ListChosen("ask", entry.name, self.entries.index(entry))

    def on_mount(self) -> None:
        self.fill()
        self.listed.focus()
        if self.entries:
            self.listed.highlighted = min(max(0, self._at), len(self.entries) - 1)

    def action_deed(self, deed: Deed) -> None:
        """Do something with the list under the cursor, or bring one back."""
        entry = self.under_cursor
        if deed == "undo" and self._deleted:
            self.dismiss(ListChosen("undo", self._deleted, self.listed.highlighted or 0))
        elif deed != "undo" and entry is not None:
            at = self.entries.index(entry)
            self.dismiss(ListChosen(deed, entry.name, at, bool(entry.problem)))
