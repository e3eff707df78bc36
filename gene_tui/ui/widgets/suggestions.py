"""What the name under the cursor may become; a list that hangs below the query line."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from gene_tui.text import width
from gene_tui.ui import format as show

_SYMBOL = 14
#: Cells of a list's name.
_LIST = 44


@dataclass(frozen=True, slots=True)
class Offer:
    """One suggestion: the gene's label, symbol and full name, and the name that was found; or a
    list, as it is ``typed``, and what it is as its ``name``."""

    label: str
    symbol: str = ""
    name: str = ""
    matched: str = ""
    typed: str = ""

    @property
    def shown(self) -> str:
        """What to call it."""
        return self.typed or self.symbol or self.label


class Suggestions(Widget):
    """Up to ten lines. It never has the focus: the query line keeps the keys."""

    offers: reactive[tuple[Offer, ...]] = reactive((), always_update=False)
    chosen: reactive[int | None] = reactive(None)

    class Taken(Message):
        """A line was clicked."""

        def __init__(self, offer: Offer) -> None:
            super().__init__()
            self.offer = offer

    @property
    def offer(self) -> Offer | None:
        """The chosen line, else the first; None where there is none."""
        if not self.offers:
            return None
        return self.offers[self.chosen or 0]

    def watch_offers(self, old: tuple[Offer, ...], new: tuple[Offer, ...]) -> None:
        """Only another number of lines needs another layout."""
        if len(old) != len(new):
            self.refresh(layout=True)

    def show(self, offers: tuple[Offer, ...]) -> None:
        """Other lines, none of them chosen."""
        self.chosen = None
        self.offers = offers
        self.display = bool(offers)

    def place(self, column: int) -> None:
        """Hang below a column of the screen."""
        if self.styles.offset.x.value != column:
            self.styles.offset = (column, 0)

    def move(self, step: int) -> bool:
        """Choose the next or previous line; False if that leads out of the list."""
        if not self.offers:
            return False
        place = -1 if self.chosen is None else self.chosen
        if place + step < 0:
            had = self.chosen is not None
            self.chosen = None
            return had
        self.chosen = min(place + step, len(self.offers) - 1)
        return True

    def render(self) -> Content:
        room = self.content_size.width
        return Content("\n").join(
            self._line(place, offer, room) for place, offer in enumerate(self.offers)
        )

    def on_click(self, event: events.Click) -> None:
        """Take the line under the mouse."""
        place = event.get_content_offset(self)
        if place is not None and place.y < len(self.offers):
            self.post_message(self.Taken(self.offers[place.y]))

    def _line(self, place: int, offer: Offer, room: int) -> Content:
        most = _LIST if offer.typed else _SYMBOL
        symbol = show.safe(offer.shown, most)
        pad = " " * max(1, most + 1 - width(symbol))
        told = [] if offer.typed or offer.label == offer.shown else [show.safe(offer.label, 20)]
        if offer.matched and offer.matched not in (offer.shown, offer.label, offer.name):
            told.insert(0, f"← {show.safe(offer.matched, 20)}")
        told += [offer.name] if offer.name else []
        rest = show.elided("  ".join(told), max(0, room - most - 1))
        line = Content.assemble((symbol, "bold"), pad, (rest, "$text-muted"))
        line = line.pad_right(max(0, room - line.cell_length))
        if place == self.chosen:
            plain = self.app.native_ansi_color
            return line.stylize_before("reverse" if plain else "on $row-cursor")
        return line
