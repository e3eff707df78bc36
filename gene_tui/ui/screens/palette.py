"""The palette: anything there is to choose from by its name, found while one types.

Textual has a palette too; closed while it still looks for what fits, it ends the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, Label, OptionList

from gene_tui.ui import format as show
from gene_tui.ui.screens.pick_dialog import PickDialog

#: Cells of an entry's name, and of what stands beside it.
_NAME, _BESIDE = 46, 20


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """What can be chosen: what it is called inside and outside, what stands beside it (its
    key), and what it does."""

    id: str
    name: str
    beside: str = ""
    about: str = ""


class Palette(PickDialog[PaletteEntry, str]):
    """Answers with the id of the entry that was chosen."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "close", show=False),
        Binding("down", "list('cursor_down')", "down", show=False),
        Binding("up", "list('cursor_up')", "up", show=False),
        Binding("pagedown", "list('page_down')", "page down", show=False),
        Binding("pageup", "list('page_up')", "page up", show=False),
    ]
    DEFAULT_CSS = """
    Palette #told {
        width: 1fr; height: auto; max-height: 2; color: $text-muted; padding: 0 2; margin-top: 1;
    }
    """

    def __init__(self, title: str, entries: Sequence[PaletteEntry], chosen: str = "") -> None:
        """Args:
        chosen: the id of the entry to begin at.
        """
        hints = "type to find · ↑↓ ⏎ choose · Esc closes"
        super().__init__(title, hints, entries, placeholder="any part of a name")
        self._chosen = chosen

    def below(self) -> ComposeResult:
        yield Label(id="told", markup=False)

    def line(self, entry: PaletteEntry) -> Content:
        """Its name and its key."""
        name = show.safe(entry.name, _NAME)
        beside = show.safe(entry.beside, _BESIDE)
        return Content.assemble(f"  {name:<{_NAME}}", (f"{beside:>{_BESIDE}}", "$text-muted"))

    def answer(self, entry: PaletteEntry) -> str:
        """Its id."""
        return entry.id

    def fitting(self, text: str) -> Sequence[PaletteEntry]:
        """The best first."""
        return found(self.entries, text)

    def on_mount(self) -> None:
        self.listed.can_focus = False
        self.fill()
        ids = [entry.id for entry in self.shown]
        if self._chosen in ids:
            self.listed.highlighted = ids.index(self._chosen)

    def fill(self) -> None:
        """List ``shown``, or say that there is nothing."""
        super().fill()
        if not self.shown:
            self._describe("nothing is called so")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the entry under the cursor."""
        event.stop()
        if entry := self.under_cursor:
            self.dismiss(entry.id)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Tell what the entry does."""
        event.stop()
        if event.option_index < len(self.shown):
            self._describe(self.shown[event.option_index].about)

    def action_list(self, name: str) -> None:
        """Move in the list; the letters go on to the line."""
        getattr(self.listed, f"action_{name}")()

    def _describe(self, text: str) -> None:
        label = self.query_one("#told", Label)
        label.update(show.content(text, 200))
        label.display = bool(text)


def found(entries: Sequence[PaletteEntry], text: str) -> tuple[PaletteEntry, ...]:
    """The entries that fit a text, best first.

    Their names begin with it or hold it; its words stand in what is known of them; their names
    hold all its letters in order.
    """
    words = text.strip().casefold()
    if not words:
        return tuple(entries)
    matcher = Matcher(words)

    def rank(entry: PaletteEntry) -> tuple[int, float]:
        name = entry.name.casefold()
        whole = 3 if name.startswith(words) else 2 if words in name else 0
        known = f"{name} {entry.beside} {entry.about}".casefold()
        if not whole and all(word in known for word in words.split()):
            whole = 1
        return whole, matcher.match(entry.name)

    ranks = {entry: rank(entry) for entry in entries}
    fit = [entry for entry in entries if ranks[entry] > (0, 0.0)]
    return tuple(sorted(fit, key=lambda entry: ranks[entry], reverse=True))
