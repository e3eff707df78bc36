"""Text in a cell of a table: one line in one style, which needs no layout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.text import Text


class CellText(Text):
    """One line in one style, drawn as it is.

    ``Text`` looks for lines to wrap and for styles that overlap. A screen of cells is drawn at
    once, on the event loop's thread, and that search is half of what it costs.
    """

    def drawn(self, cells: int) -> str | None:
        """The text in so many cells; None where it needs more or has several styles."""
        text = self.plain
        room = cells - cell_len(text)
        if self._spans or room < 0 or "\n" in text:
            return None
        return " " * room + text if self.justify == "right" else text + " " * room

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[Segment]:
        drawn = self.drawn(options.max_width)
        if drawn is None:
            yield from super().__rich_console__(console, options)
        else:
            yield Segment(drawn, console.get_style(self.style) if self.style else None)


class FixedCellText(CellText):
    """The same where the column's width is given: nobody need measure it."""

    @property
    def __rich_measure__(self) -> NoReturn:
        raise AttributeError("its column has a width")
