"""One of a few things, where what was typed could mean several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Label

from gene_tui.text import width
from gene_tui.ui import format as show
from gene_tui.ui.screens.palette import PaletteEntry
from gene_tui.ui.screens.pick_dialog import PickDialog

#: Cells of an entry's name, and of what stands beside it, at most.
_NAME, _BESIDE, _ABOUT = 38, 18, 44


class Choose(PickDialog[PaletteEntry, str]):
    """A list to go through with the arrows; answers with the id of what was chosen.

    Args:
        title: what it is about. entries: what there is. does: what Enter does.
        told: a sentence below them.
    """

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "close", show=False),
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
    ]

    DEFAULT_CSS = "Choose #told { margin-top: 1; padding: 0 2; color: $text-muted; width: 1fr; }"

    def __init__(
        self, title: str, entries: Sequence[PaletteEntry], does: str, told: str = ""
    ) -> None:
        super().__init__(title, f"↑↓ choose · ⏎ {does} · Esc closes", entries)
        self._told = told
        self._cells = [
            max((width(show.safe(text, most)) for text in texts), default=0)
            for texts, most in (
                ([entry.name for entry in entries], _NAME),
                ([entry.beside for entry in entries], _BESIDE),
            )
        ]

    def below(self) -> ComposeResult:
        if self._told:
            yield Label(show.content(self._told, 200), id="told", markup=False)

    def line(self, entry: PaletteEntry) -> Content:
        """Its name, what stands beside it, what it is."""
        parts = []
        for text, cells in zip((entry.name, entry.beside), self._cells, strict=True):
            shown = show.safe(text, cells)
            parts.append(shown + " " * (cells - width(shown) + (2 if cells else 0)))
        about = show.safe(entry.about, _ABOUT)
        return Content.assemble(
            "  ", (parts[0], "bold"), (parts[1], "$text-muted"), (about, "$text-muted")
        )

    def answer(self, entry: PaletteEntry) -> str:
        """Its id."""
        return entry.id

    def on_mount(self) -> None:
        self.fill()
        self.listed.focus()
