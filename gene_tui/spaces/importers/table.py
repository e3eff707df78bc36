"""Tables as text: comma, tab, semicolon or blank between the cells, upright or on their side."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from gene_tui.errors import FileError
from gene_tui.progress import IsCancelled, Report, never, silent
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
from gene_tui.spaces.importers.streams import BLOCK_BYTES, ByteStream, bad, decode, head, suffix
from gene_tui.spaces.importers.text import blocks_of_lines, not_a_number, number_of, parse_list
from gene_tui.spaces.importers.word2vec_text import announcement, is_text
from gene_tui.spaces.source import Block, FloatBlock, Source

NAME = "table"

#: Titles people give to the column of names.
_NAME_TITLES = frozenset(
    {"gene", "genes", "gene_name", "names", "word", "token", "ensembl", "index"}
)
#: Rows at the head of a table from which its columns are judged.
_SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is laid out: delimiter, whether line 1 is a header, cells a row, roles."""

    delimiter: str
    header: list[str] | None
    width: int
    roles: Roles


def probe(path: Path) -> float:
    """Whether the first lines are cells that make a table of vectors."""
    start = head(path)
    if not is_text(start) or announcement(start) is not None:
        return 0.0
    known = suffix(path) in (".csv", ".tsv", ".tab")
    lines = start.split(b"\n")
    if len(lines) < 3:  # a very wide table: its first line fills the window
        wide = max(start.count(mark) for mark in (b",", b"\t", b";")) > 100
        return 0.6 if known and wide else 0.3 * wide
    texts, _ = decode(lines[:-1])
    layout = lay_out(path, [text.rstrip("\r") for text in texts])
    if layout.delimiter == " ":
        return 0.45 if layout.header else 0.0
    return 0.92 if known else 0.91


def read(
    path: Path,
    *,
    key: str | None = None,
    labels: Path | None = None,
    report: Report = silent,
    cancelled: IsCancelled = never,
) -> Source:
    """Read a table; .gz is unpacked on the way. Empty cells and NA become NaN.

    A table on its side (a column a gene) is held in memory whole, as float32.

    Raises:
        FileError: rows differ in length, a cell is no number, or no column holds names.
    """
    del key, labels
    with ByteStream(path) as stream:
        first = [line for _, line in islice(_texts(stream, 1 << 16), _SAMPLE + 1)]
    layout = lay_out(path, first)
    roles = layout.roles
    notes = list(roles.notes)
    if roles.transposed:
        notes.append("the table has a column a gene, and was turned")
        rows, dims = _turned(path, layout, report, cancelled)
        return Source(NAME, dims, len(roles.vectors), rows, (path,), notes)
    blocks = _blocks(path, layout, report, cancelled)
    return Source(NAME, len(roles.vectors), 0, blocks, (path,), notes)


def lay_out(path: Path, lines: list[str]) -> Layout:
    """Tell the layout from the first lines.

    Raises:
        FileError: they are no table of vectors.
    """
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise bad(path, "it has no rows")
    delimiter = _delimiter(path, lines)
    rows = list(_cells(path, lines, delimiter))
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
            widths = [len(row) for row in _cells(path, lines[:_SAMPLE], mark)]
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


def _texts(stream: ByteStream, size: int = BLOCK_BYTES) -> Iterator[tuple[int, str]]:
    """Lines as text, with their numbers; UTF-8, else Latin-1."""
    for block in blocks_of_lines(stream, size):
        yield from enumerate(decode(block.lines)[0], block.first)


def _cells(path: Path, lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
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


def _rows(
    path: Path, layout: Layout, report: Report, cancelled: IsCancelled
) -> Iterator[tuple[int, list[str]]]:
    """All rows below the header, each with its line number, all of the right width."""
    with ByteStream(path, report, cancelled) as stream:
        line = 0

        def feed() -> Iterator[str]:
            nonlocal line
            for number, text in _texts(stream):
                line = number
                yield text

        rows = _cells(path, feed(), layout.delimiter)
        if layout.header is not None:
            next(rows, None)
        for row in rows:
            if len(row) != layout.width:
                raise bad(
                    path,
                    f"line {line:,} has {len(row):,} cells instead of {layout.width:,}",
                    "the file is cut short or damaged there",
                )
            yield line, row


def _blocks(path: Path, layout: Layout, report: Report, cancelled: IsCancelled) -> Iterator[Block]:
    roles = layout.roles
    assert roles.label is not None
    step = max(1, BLOCK_BYTES // (10 * layout.width))
    rows = _rows(path, layout, report, cancelled)
    while chunk := list(islice(rows, step)):
        yield Block(
            [row[roles.label].strip() for _, row in chunk],
            _numbers(path, chunk, roles.vectors),
            {
                name: [_filled(row[index]) for _, row in chunk]
                for name, index in roles.fields.items()
            },
        )


def _filled(cell: str) -> str:
    return "" if is_missing(cell) else cell.strip()


def _numbers(path: Path, chunk: list[tuple[int, list[str]]], indices: list[int]) -> FloatBlock:
    """The cells at ``indices`` of all rows, as numbers."""
    first, last = indices[0], indices[-1] + 1
    if last - first == len(indices):
        picked = [row[first:last] for _, row in chunk]
    else:
        picked = [[row[index] for index in indices] for _, row in chunk]
    fast = _parse(picked, len(indices))
    if fast is not None:
        return fast
    slow = np.empty((len(picked), len(indices)), dtype=np.float32)
    with np.errstate(over="ignore"):
        for at, cells in enumerate(picked):
            slow[at] = [_number(path, chunk[at][0], cell) for cell in cells]
    return slow


def _parse(picked: list[list[str]], width: int) -> FloatBlock | None:
    """All cells at once, where each is a plain number; None otherwise."""
    joined = ",".join([",".join(cells) for cells in picked]).encode("utf-8", "replace")
    if joined.count(b",") != len(picked) * width - 1:
        return None
    numbers = parse_list(joined)
    return None if numbers is None else numbers.reshape(-1, width)


def _number(path: Path, line: int, cell: str) -> float:
    if is_missing(cell):
        return float("nan")
    value = number_of(cell.strip().encode("utf-8", "replace"))
    if value is None:
        raise not_a_number(path, line, cell.encode("utf-8", "replace"))
    return value


def _turned(
    path: Path, layout: Layout, report: Report, cancelled: IsCancelled
) -> tuple[Iterator[Block], int]:
    """The blocks of a table on its side, and its number of rows (the dimensions)."""
    assert layout.header is not None
    indices = layout.roles.vectors
    dims = [_numbers(path, [row], indices)[0] for row in _rows(path, layout, report, cancelled)]
    if not dims:
        raise bad(path, "it has a header line and no rows")
    names = [layout.header[index].strip() for index in indices]
    return turned_blocks(names, dims), len(dims)


def turned_blocks(names: list[str], dims: list[FloatBlock]) -> Iterator[Block]:
    """Blocks of genes from one array per dimension."""
    step = max(1, BLOCK_BYTES // (4 * len(dims)))
    for start in range(0, len(names), step):
        part = np.stack([values[start : start + step] for values in dims], axis=1)
        yield Block(names[start : start + step], np.ascontiguousarray(part))
