"""Choose another space: those there are, the demonstration, or a file's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from gene_tui.ui import format as show
from gene_tui.ui.screens.dialog import Dialog
from gene_tui.ui.textual_parts import PickList
from gene_tui.ui.widgets.line import Line


@dataclass(frozen=True, slots=True)
class SpaceOffer:
    """A space to choose: what opens it, its name, what it is."""

    spec: str
    name: str
    about: str
    broken: bool = False


class SpacePicker(Dialog[str]):
    """Answers with what opens the space."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", "close", show=False),
        Binding("down", "down", "list", show=False),
    ]

    def __init__(self, offers: Sequence[SpaceOffer], current: str) -> None:
        super().__init__()
        self._offers = tuple(offers)
        self._shown: tuple[SpaceOffer, ...] = self._offers
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "Open a space"
            box.border_subtitle = "type to narrow, or a file's name · ⏎ opens · Esc closes"
            yield Line(placeholder="a name, a space folder or a source file")
            yield PickList(markup=False)

    def on_mount(self) -> None:
        self._fill("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open the chosen space, or the file that is typed."""
        event.stop()
        typed = event.value.strip()
        at = self.query_one(PickList).highlighted
        if at is not None and self._shown and "/" not in typed:
            self._choose(at)
        elif typed:
            self.dismiss(typed)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The same from the list."""
        event.stop()
        self._choose(event.option_index)

    def action_down(self) -> None:
        """From the line into the list."""
        self.query_one(PickList).focus()

    def _choose(self, at: int) -> None:
        # The list may have become shorter since it was clicked.
        if at < len(self._shown):
            self.dismiss(self._shown[at].spec)

    def _fill(self, words: str) -> None:
        wanted = words.casefold().split()
        self._shown = tuple(
            offer for offer in self._offers if all(word in offer.name.casefold() for word in wanted)
        )
        listed = self.query_one(PickList)
        listed.clear_options()
        listed.add_options([Option(self._line(offer)) for offer in self._shown])
        listed.highlighted = 0 if self._shown else None

    def _line(self, offer: SpaceOffer) -> Content:
        here = "● " if offer.name == self._current else "  "
        name = show.safe(offer.name, 30)
        style = "$error" if offer.broken else "$text-muted"
        return Content.assemble(
            (here, "$success"), (f"{name:<31}", "bold"), (show.safe(offer.about, 40), style)
        )
