"""How a text table is laid out: its delimiter, its header line, what its columns are."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gene_tui.errors import FileError
from gene_tui.spaces.importers.columns import (
    Column,
    Roles,
    are_counted,
    assign,
    field_of,
    is_missing,
    is_number,
    kind_of,
)
from gene_tui.spaces.importers.streams import bad

#: Titles people give to the column of names.
_NAME_TITLES = frozenset({"gene", "genes", "gene_name", "names", "word", "token", "ensembl"})
#: Rows at the head of a table from which its columns are judged.
SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is laid out: delimiter, whether line 1 is a header, cells a row, roles."""

    delimiter: str
    header: list[str] | None
    width: int
    roles: Roles


def lay_out(path: Path, lines: list[str]) -> Layout:
    """Tell the layout from the first lines.

    Raises:
        FileError: they are no table of vectors.
    """
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise bad(path, "it has no rows")
    delimiter = _delimiter(path, lines)
    rows = list(cells_of(path, lines, delimiter))
    header: list[str] | None = rows[0]
    body = rows[1:]
    if body and len(rows[0]) == len(body[0]) - 1:  # as R writes: no title above the names
        closed = all(not row[-1] for row in body if row)
        header = [*rows[0], ""] if closed else ["", *rows[0]]
    elif not body or not _is_header(rows[0], body):
        header, body = None, rows
    width = len(header or body[0])
    columns = [
        Column(
            header[index].strip() if header else "",
            kind_of(cells := [row[index] for row in body if index < len(row)]),
            cells,
        )
        for index in range(width)
    ]
    return Layout(delimiter, header, width, assign(path, columns))


def _delimiter(path: Path, lines: list[str]) -> str:
    """The delimiter that cuts most of the first lines into equally many cells."""
    scored = []
    for order, mark in enumerate("\t,; "):
        if mark not in lines[0] and (len(lines) < 2 or mark not in lines[1]):
            continue
        try:
            widths = [len(row) for row in cells_of(path, lines[:SAMPLE], mark)]
        except FileError:
            continue
        body = widths[1:] or widths
        usual = max(set(body), key=body.count)
        if usual > 1:
            scored.append((body.count(usual) / len(body), mark != " ", usual, -order, mark))
    if not scored:
        raise bad(
            path,
            "it is no table: no comma, tab or semicolon divides its lines alike",
            "if it should be one, look for a quote that is not closed",
        )
    return max(scored)[-1]


def _is_header(first: list[str], body: list[list[str]]) -> bool:
    """Whether the first row names the columns: words above numbers, or numbers that count.

    Numbers that count (0 1 2 …) might be a row of numbers: they are titles only beside a cell
    that is one as well, empty or a usual word for genes.
    """
    above = []
    for index, cell in enumerate(first):
        if kind_of([row[index] for row in body if index < len(row)]) == "number":
            above.append(cell.strip())
    inner = above[1:] if above and above[0] == first[0].strip() else above
    words = [cell for cell in inner if not is_number(cell) and not is_missing(cell)]
    if words:
        # one bad number in row 1 does not make it a header
        return 2 * len(words) >= len(inner)
    title = first[0].strip()
    titled = not title or title.lower() in _NAME_TITLES or field_of(title) is not None
    return titled and are_counted(inner) and inner[0] in ("0", "1")


def cells_of(path: Path, lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Rows of cells; quotes are understood, blank rows skipped."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == " ")
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                if delimiter == " " and row[-1] == "":
                    row.pop()
                yield row
    except csv.Error as error:
        raise bad(path, f"line {reader.line_num:,}: {error}", "a quote may be unclosed") from error
