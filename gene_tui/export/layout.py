"""Columns of text that fit a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gene_tui.text import fit, width

GAP = 2
#: Rows are aligned up to here; one endless name must not pad every other row as well.
_WIDEST = 60
#: What a column that may be cut is never cut below, unless nothing else helps.
_NARROWEST = 4


@dataclass(frozen=True, slots=True)
class Column:
    """One column, its cells already harmless.

    Attributes:
        title: its heading.
        cells: one text a row.
        right: aligned to the right.
        least: cells may be cut to this many terminal cells; 0 never cuts them.
        wish: 0 is always shown; of the others the smallest come first while there is room,
            equal ones together.
        style: a rich style for the cells, "" for none.
    """

    title: str
    cells: Sequence[str]
    right: bool = False
    least: int = 0
    wish: int = 0
    style: str = ""

    @property
    def natural(self) -> int:
        """Terminal cells that the widest cell takes."""
        return max(map(width, [self.title, *self.cells]))

    @property
    def minimum(self) -> int:
        """Terminal cells below which the column is not cut."""
        return min(self.natural, self.least) if self.least else self.natural


def shown(columns: Sequence[Column], limit: int | None) -> list[Column]:
    """The columns there is room for; all that have any text where there is no limit."""
    columns = [column for column in columns if not column.wish or any(column.cells)]
    if limit is None:
        return list(columns)
    kept = [column for column in columns if not column.wish]
    for wish in sorted({column.wish for column in columns if column.wish}):
        more = [column for column in columns if column in kept or column.wish == wish]
        if _total([column.minimum for column in more]) > limit:
            break
        kept = more
    while len(kept) > 1 and _total([1] * len(kept)) > limit:
        kept.pop()
    return kept


def render(columns: Sequence[Column], limit: int | None, paint: Painter) -> Iterator[str]:
    """The lines of the table, its heading first, without spaces at their ends."""
    widths = _widths(columns, limit)
    for row in range(-1, len(columns[0].cells)):
        line = []
        for column, cells in zip(columns, widths, strict=True):
            text = column.title if row < 0 else column.cells[row]
            text = text if limit is None else fit(text, cells)
            padding = " " * (cells - width(text))
            painted = paint(text, "bold" if row < 0 else column.style)
            line.append(padding + painted if column.right else painted + padding)
        yield (" " * GAP).join(line).rstrip()


class Painter:
    """Colours text for a terminal, or leaves it alone."""

    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, text: str, style: str) -> str:
        """``text`` in a rich style."""
        if not (self.color and style and text):
            return text
        from rich.color import ColorSystem
        from rich.style import Style

        return Style.parse(style).render(text, color_system=ColorSystem.STANDARD)


def _widths(columns: Sequence[Column], limit: int | None) -> list[int]:
    natural = [column.natural for column in columns]
    if limit is None:
        return [min(cells, _WIDEST) for cells in natural]
    widths = [column.minimum for column in columns]
    for floor in (_NARROWEST, 1):
        for place in _cut_first(columns):
            excess = _total(widths) - limit
            if excess > 0:
                widths[place] = max(min(widths[place], floor), widths[place] - excess)
    # Spare room goes to the cut columns, a cell at a time to the narrowest of them.
    wanting = {place for place, cells in enumerate(natural) if widths[place] < cells}
    while wanting and _total(widths) < limit:
        place = min(wanting, key=lambda place: (widths[place], place))
        widths[place] += 1
        if widths[place] == natural[place]:
            wanting.discard(place)
    return widths


def _cut_first(columns: Sequence[Column]) -> list[int]:
    """Places in the order in which they are cut when even their least is too much."""
    return sorted(range(len(columns)), key=lambda place: (columns[place].right, -place))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)
