"""A table, whatever it is about, and its written forms: text, csv and tsv, Markdown, records.

Cells are values and may come from anywhere: each form writes them in its way and makes them
harmless for the place where it is read.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gene_tui.export.wording import UNKNOWN
from gene_tui.text import clean, escape, fit, width

_GAP = 2
#: Rows are aligned up to here; one endless name must not pad every other row as well.
_WIDEST = 60
#: What a column that may be cut is never cut below, unless nothing else helps.
_NARROWEST = 4
#: What a spreadsheet takes for a formula when a cell begins with it.
_FORMULAS = frozenset("=+-@＝＋－＠")


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere in Markdown, where there is a ``url``."""

    text: str
    url: str | None

    def __str__(self) -> str:
        return self.text

    def markdown(self) -> str:
        """As inline Markdown."""
        return f"[{escape(self.text)}]({self.url})" if self.url else escape(self.text)


#: A cell; several texts are a list in it, None is what is not known.
Value = str | int | float | Link | Sequence[str] | Sequence[Link] | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: its heading; in csv, tsv and records its name. values: one a row.
        write: how a value is written where people read it, as a format or a function of the
            value; several texts are joined by ", ". csv, tsv and records take it as it is.
        right: aligned to the right, as numbers are.
        heading: its heading in Markdown, "" for ``title``.
        least: text cells may be cut to this many terminal cells; 0 never cuts them.
        wish: 0 is always shown; of the others the smallest come first while there is room,
            equal ones together.
        style: a rich style for text cells, "" for none.
        most: terminal cells that one takes at most in the app.
    """

    title: str
    values: Sequence[Value]
    write: str | Callable[[Any], str] = ""
    right: bool = False
    heading: str = ""
    least: int = 0
    wish: int = 0
    style: str = ""
    most: int = 40

    def texts(self) -> list[str]:
        """The cells as people read them, not yet harmless."""
        return [", ".join(map(str, self._parts(value))) for value in self.values]

    def markdown(self) -> list[str]:
        """The cells as inline Markdown, which shows just their text."""
        return [
            ", ".join(
                part.markdown() if isinstance(part, Link) else escape(part)
                for part in self._parts(value)
            )
            for value in self.values
        ]

    def _parts(self, value: Value) -> Sequence[str | Link]:
        if not isinstance(self.write, str):
            return [self.write(value)]
        if value is None:
            return [UNKNOWN]
        if isinstance(value, Link):
            return [value]
        return [format(value, self.write)] if isinstance(value, str | int | float) else value


@dataclass(frozen=True, slots=True)
class Cells:
    """What becomes of text in csv and tsv, which ends on a terminal, in a pipe or a spreadsheet.

    Attributes:
        raw: text as it is, control characters included; without it they are neutralised as
            tables do.
        quote_formulas: put ``'`` before text that a spreadsheet would take for a formula.
    """

    raw: bool = False
    quote_formulas: bool = False

    def __call__(self, cell: Any) -> Any:
        """A cell as it is written; what is no text is left alone."""
        if not isinstance(cell, str):
            return cell
        shown = cell if self.raw else clean(cell)
        formula = self.quote_formulas and shown.lstrip()[:1] in _FORMULAS
        return f"'{shown}" if formula and shown else shown


#: As a terminal and a pipe may have it.
SAFE = Cells()


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length, at least one."""

    columns: Sequence[Column]

    def text(self, limit: int | None, *, color: bool = False) -> str:
        """The columns there is room for, aligned, each line ended.

        Args:
            limit: columns of the terminal, which no line exceeds; None where there is none:
                then everything is shown and nothing is cut off.
            color: with ANSI colours, which are then the only control characters.
        """
        return "".join(f"{line}\n" for line in self.fitting(limit).lines(limit, color=color))

    def fitting(self, limit: int | None) -> Table:
        """The columns there is room for; all that have any text where there is no limit."""
        columns = [
            column for column in self.columns if not column.wish or any(map(clean, column.texts()))
        ]
        if limit is None:
            return Table(columns)
        least = [_minimum(column, _natural(_cells(column))) for column in columns]
        kept: list[Column] = []
        for wish in sorted({column.wish for column in columns}):
            room = [n for n, column in zip(least, columns, strict=True) if column.wish <= wish]
            if wish and _total(room) > limit:
                break
            kept = [column for column in columns if column.wish <= wish]
        while len(kept) > 1 and _total([1] * len(kept)) > limit:
            kept.pop()
        return Table(kept)

    def lines(self, limit: int | None, *, color: bool = False) -> Iterator[str]:
        """All columns as lines of text, the heading first, without spaces at their ends."""
        columns = [_cells(column) for column in self.columns]
        widths = _widths(self.columns, [_natural(cells) for cells in columns], limit)
        for row in range(len(columns[0])):
            line = []
            for column, cells, room in zip(self.columns, columns, widths, strict=True):
                text = cells[row] if limit is None else fit(cells[row], room)
                padding = " " * (room - width(text))
                painted = _painted(text, column.style if row else "bold") if color else text
                line.append(padding + painted if column.right else painted + padding)
            yield (" " * _GAP).join(line).rstrip()

    def delimited(self, sep: str, rules: Cells = SAFE) -> str:
        """A heading line and one line a row; unknown is empty, several texts joined by ``|``.

        Args:
            sep: "," or a tab. rules: what becomes of text from outside.
        """
        lines = _Lines()
        writer = csv.writer(lines, delimiter=sep, lineterminator="\r\n")
        writer.writerow(column.title for column in self.columns)
        for row in zip(*(column.values for column in self.columns), strict=True):
            writer.writerow(rules("|".join(v) if isinstance(v, list) else v) for v in row)
        return "".join(lines)

    def markdown(self) -> Iterator[str]:
        """The lines of a Markdown table."""
        yield _row([escape(column.heading or column.title) for column in self.columns])
        yield _row(["---:" if column.right else "---" for column in self.columns])
        yield from map(_row, zip(*(column.markdown() for column in self.columns), strict=True))

    def records(self) -> list[dict[str, Any]]:
        """One a row, from the columns' titles to the values; for JSON."""
        names = [column.title for column in self.columns]
        rows = zip(*(column.values for column in self.columns), strict=True)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def rows(self) -> list[tuple[str, ...]]:
        """The cells as people read them, row by row, not yet harmless; for the app."""
        return list(zip(*(column.texts() for column in self.columns), strict=True))


class _Lines(list[str]):
    """Takes the csv writer's rows: it must end them in CR LF to quote a lone CR inside a cell,
    while files that cut, awk and R read end lines in LF."""

    def write(self, row: str) -> int:
        self.append(row.removesuffix("\r\n") + "\n")
        return len(row)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _painted(text: str, style: str) -> str:
    """``text`` in a rich style."""
    if not (style and text):
        return text
    from rich.color import ColorSystem
    from rich.style import Style

    return Style.parse(style).render(text, color_system=ColorSystem.STANDARD)


def _cells(column: Column) -> list[str]:
    """The column's title and its cells, harmless."""
    return [clean(text) for text in (column.title, *column.texts())]


def _natural(cells: Sequence[str]) -> int:
    """Terminal cells that the widest text takes."""
    return max(map(width, cells))


def _minimum(column: Column, natural: int) -> int:
    """Terminal cells below which the column is not cut."""
    return min(natural, column.least) if column.least else natural


def _widths(columns: Sequence[Column], natural: Sequence[int], limit: int | None) -> list[int]:
    if limit is None:
        return [min(cells, _WIDEST) for cells in natural]
    widths = [_minimum(*pair) for pair in zip(columns, natural, strict=True)]
    for floor in (_NARROWEST, 1):
        # Text is cut before numbers, the last column first.
        for place in sorted(range(len(columns)), key=lambda at: (columns[at].right, -at)):
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


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)
