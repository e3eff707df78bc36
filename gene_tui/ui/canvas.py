"""What the terminal shows, cell by cell, so that only cells that change are sent to it.

Textual sends whole widgets: the frame, the list and the scroll bar of a table for one letter, the
screen twice for a dialog. Over a slow line that is seconds. Here an update is compared with what
is there, and what differs is written with as few moves and changes of colour as it takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

from rich.cells import get_character_cell_size

#: What stands in one cell ("" right of a character that takes two), and how: SGR codes.
Cell = tuple[str, str]

#: Characters that take one cell in every terminal.
_SURE = re.compile(
    "[\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u0391-\u03a1\u03a3-\u0482\u048a-\u052f"
    "\u2010-\u2027\u2030-\u205e\u2074-\u208e\u20a0-\u20c0\u2100-\u2319\u23ce\u2400-\u2426"
    "\u2440-\u244a\u2460-\u25fc\u2605\u2713\u276f\u2800-\u28ff]*"
)
#: Unchanged cells that are written again sooner than the cursor is moved over them.
_GAP = 5
#: Codes that take attributes away; 22 takes two of them.
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
#: Attributes that are seen on a blank.
_ON_BLANKS = frozenset({"4", "7", "9", "21", "51", "52", "53"})


class _Pen(NamedTuple):
    """What SGR codes say: attributes, and the codes of both colours, "" for the terminal's."""

    attributes: frozenset[str]
    text: str
    ground: str

    @property
    def codes(self) -> str:
        """All of it, as SGR codes."""
        parts = (*sorted(self.attributes), self.text, self.ground)
        return ";".join(part for part in parts if part)


class Canvas:
    """What the terminal shows, as far as it is known."""

    def __init__(self) -> None:
        self._columns = 0
        self._shown: list[list[Cell | None]] = []
        self._wanted: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        """The terminal may show anything by now: all that comes next is sent."""
        self._columns = 0

    def begin(self, columns: int, rows: int) -> None:
        """An update of a terminal of this size."""
        if (self._columns, len(self._shown)) != (columns, rows):
            self._columns = columns
            self._shown = [[None] * columns for _ in range(rows)]
        self._wanted.clear()

    def put(self, row: int, column: int, pieces: Iterable[tuple[str, str]]) -> None:
        """Cells from a place on: texts, and the SGR codes of each."""
        if not 0 <= row < len(self._shown):
            return
        line = self._wanted.get(row)
        if line is None:
            line = self._wanted[row] = self._shown[row].copy()
        cells = [cell for text, codes in pieces for cell in _cells(text, codes)]
        line[column : column + len(cells)] = cells[: max(0, self._columns - column)]

    def changes(self) -> str:
        """What to send so that the terminal shows what was put; "" where it does already."""
        pieces: list[_Piece] = []
        for row, line in sorted(self._wanted.items()):
            shown = self._shown[row]
            if line == shown:
                continue
            if _is_sure(shown) and _is_sure(line):
                for start, end in _runs(shown, line):
                    pieces += _pieces(row, start, line[start:end])
            else:
                whole = _pieces(row, 0, line)
                pieces += [piece._replace(group=(f"{row:04}",)) for piece in whole]
            self._shown[row] = line
        self._wanted = {}
        return _written(sorted(pieces, key=lambda piece: piece.group))


class _Piece(NamedTuple):
    """A text to write in one style. Those of a group are written together, in their order:
    moving costs less than changing colours."""

    row: int
    column: int
    codes: str
    text: str
    cells: int
    group: tuple[str, ...]


def _written(pieces: Iterable[_Piece]) -> str:
    sent: list[str] = []
    pen, at = "", (-1, -1)
    for row, column, codes, text, cells, _ in pieces:
        if at != (row, column):
            sent.append(f"\x1b[{column + 1}G" if at[0] == row else f"\x1b[{row + 1};{column + 1}H")
        if codes != pen:
            sent.append(_change(pen, codes))
        sent.append(text)
        pen, at = codes, (row, column + cells)
    return "".join([*sent, "\x1b[m" if pen else ""])


def _pieces(row: int, column: int, cells: Sequence[Cell | None]) -> Iterator[_Piece]:
    """Cells that stand side by side, by their styles; blanks take the style of a neighbour."""
    pen, start, texts = "", 0, [""]

    def piece() -> _Piece:
        pens = _pen(pen)
        group = ("pen", pens.ground, *sorted(pens.attributes), pens.text)
        return _Piece(row, column + start, pen, "".join(texts), len(texts), group)

    for at, cell in enumerate(cells):
        text, codes = cell or (" ", "")
        if at == 0:
            pen, texts = codes, [text]
        elif _does(pen, text, codes):
            texts.append(text)
        elif pen == _on_blanks(codes) and not "".join(texts).strip(" "):
            pen = codes
            texts.append(text)
        else:
            yield piece()
            pen, start, texts = codes, at, [text]
    yield piece()


def _cells(text: str, codes: str) -> Iterator[Cell]:
    """A text in one style, cell by cell; marks without a width stay with their letters."""
    if _SURE.fullmatch(text):
        if " " not in text:
            return zip(text, repeat(codes), strict=False)
        blank = _on_blanks(codes)
        return ((char, blank if char == " " else codes) for char in text)
    cells: list[Cell] = []
    for char in text:
        width = get_character_cell_size(char)
        if width == 0 and cells:
            at = -1 if cells[-1][0] else -2
            cells[at] = (cells[at][0] + char, codes)
        elif width:
            cells += [(char, codes), ("", codes)][:width]
    return iter(cells)


def _is_sure(row: Sequence[Cell | None]) -> bool:
    """Whether it has no characters about whose width terminals disagree: what is beside such may
    stand elsewhere than here, so that the row is written whole, from left to right."""
    return _SURE.fullmatch("".join([cell[0] for cell in row if cell])) is not None


def _runs(shown: Sequence[Cell | None], line: Sequence[Cell | None]) -> Iterator[tuple[int, int]]:
    """Where a row differs: (first cell, behind the last)."""
    start = end = -1
    for at, (old, new) in enumerate(zip(shown, line, strict=True)):
        if old == new:
            continue
        if start < 0:
            start = at
        elif at - end > _GAP or not all(
            cell and _does((line[end - 1] or cell)[1], *cell) for cell in line[end:at]
        ):
            yield start, end
            start = at
        end = at + 1
    yield start, end


def _does(pen: str, text: str, codes: str) -> bool:
    """Whether a cell may be written with a pen as it is: of a blank only the ground counts."""
    return pen == codes or (text == " " and _on_blanks(pen) == codes)


@lru_cache(4096)
def _pen(codes: str) -> _Pen:
    attributes: set[str] = set()
    text = ground = ""
    numbers = iter(codes.split(";"))
    for number in numbers:
        colour = number
        if number in ("38", "48"):
            kind = next(numbers, "5")
            colour = ";".join(
                (number, kind, *(next(numbers, "0") for _ in range(3 if kind == "2" else 1)))
            )
        if re.fullmatch(r"(3|9)\d", number):
            text = colour
        elif re.fullmatch(r"(4|10)\d", number):
            ground = colour
        elif number:
            attributes.add(number)
    return _Pen(frozenset(attributes), text, ground)


@lru_cache(4096)
def _on_blanks(codes: str) -> str:
    """What of a style is seen where nothing is written."""
    pen = _pen(codes)
    return codes if pen.attributes & _ON_BLANKS else pen.ground


@lru_cache(8192)
def _change(codes: str, wanted: str) -> str:
    """The shortest sequence from one style to another."""
    before, after = _pen(codes), _pen(wanted)
    if not wanted:
        return "\x1b[m"
    anew = f"\x1b[0;{after.codes}m" if codes else f"\x1b[{after.codes}m"
    gone = before.attributes - after.attributes
    if not gone <= _OFF.keys():
        return anew
    off = sorted({_OFF[one] for one in gone})
    kept = before.attributes - ({"1", "2"} if "22" in off else set())
    parts = [*off, *sorted(after.attributes - kept)]
    if before.text != after.text:
        parts.append(after.text or "39")
    if before.ground != after.ground:
        parts.append(after.ground or "49")
    changed = f"\x1b[{';'.join(parts)}m" if parts else ""
    return min(changed, anew, key=len)
