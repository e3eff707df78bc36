"""Tables as text: comma, tab, semicolon or blank between the cells, upright or on their side."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np

from gene_tui.progress import IsCancelled, Report, never, silent
from gene_tui.spaces.importers.columns import is_missing
from gene_tui.spaces.importers.streams import BLOCK_BYTES, ByteStream, bad, decode, head, suffix
from gene_tui.spaces.importers.table_layout import SAMPLE, Layout, cells_of, lay_out
from gene_tui.spaces.importers.text import (
    Lines,
    blocks_of_lines,
    not_a_number,
    number_of,
    parse_list,
)
from gene_tui.spaces.importers.word2vec_text import announcement, is_text
from gene_tui.spaces.source import Block, FloatBlock, Source

NAME = "table"


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
        texts = _texts(blocks_of_lines(stream, 1 << 16))
        first = [line for _, line in islice(texts, SAMPLE + 1)]
    layout = lay_out(path, first)
    roles = layout.roles
    notes = list(roles.notes)
    if roles.transposed:
        notes.append("the table has a column a gene, and was turned")
        rows, dims = _turned(path, layout, report, cancelled)
        return Source(NAME, dims, len(roles.vectors), rows, (path,), notes)
    blocks = _blocks(path, layout, report, cancelled)
    return Source(NAME, len(roles.vectors), 0, blocks, (path,), notes)


def _texts(blocks: Iterator[Lines]) -> Iterator[tuple[int, str]]:
    """Lines as text, with their numbers; UTF-8, else Latin-1."""
    for block in blocks:
        yield from enumerate(decode(block.lines)[0], block.first)


def _rows(
    path: Path, layout: Layout, blocks: Iterator[Lines], *, header: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """All rows below the header, each with its line number, all of the right width.

    Args:
        header: whether the header line, if the table has one, is still to come.
    """
    line = 0

    def feed() -> Iterator[str]:
        nonlocal line
        for number, text in _texts(blocks):
            line = number
            yield text

    rows = cells_of(path, feed(), layout.delimiter)
    if header and layout.header is not None:
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
    """The rows of an upright table: as bytes while that is safe, cell by cell from there on."""
    header = layout.header is not None
    with ByteStream(path, report, cancelled) as stream:
        blocks = blocks_of_lines(stream)
        if _is_plain(layout):
            for lines in blocks:
                fast = _plain_block(lines, layout, header=header)
                if fast is None:
                    blocks = chain([lines], blocks)
                    break
                header = False
                yield fast
        yield from _cell_blocks(path, layout, _rows(path, layout, blocks, header=header))


def _is_plain(layout: Layout) -> bool:
    """Whether each line is a name, then numbers alone."""
    roles = layout.roles
    return (
        roles.label == 0
        and not roles.fields
        and layout.delimiter != " "
        and roles.vectors == list(range(1, layout.width))
    )


def _plain_block(block: Lines, layout: Layout, *, header: bool) -> Block | None:
    """Lines without quotes, blanks or missing cells; None if they are not just that."""
    mark = layout.delimiter.encode()
    lines = [line for line in block.lines if line]
    if header and lines:
        if b'"' in lines[0]:
            return None
        del lines[0]
    parts = [line.partition(mark) for line in lines]
    if not parts or any(part[2].count(mark) != layout.width - 2 for part in parts):
        return None
    joined = b",".join([part[2] for part in parts])
    numbers = parse_list(joined if mark == b"," else joined.replace(mark, b","))
    if numbers is None or numbers.size != len(parts) * (layout.width - 1):
        return None
    if any(b'"' in part[0] or not part[0].strip() for part in parts):
        return None
    names = [name.strip() for name in decode([part[0] for part in parts])[0]]
    return Block(names, numbers.reshape(len(parts), layout.width - 1))


def _cell_blocks(
    path: Path, layout: Layout, rows: Iterator[tuple[int, list[str]]]
) -> Iterator[Block]:
    roles = layout.roles
    assert roles.label is not None
    step = max(1, BLOCK_BYTES // (10 * layout.width))
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
    with ByteStream(path, report, cancelled) as stream:
        rows = _rows(path, layout, blocks_of_lines(stream))
        dims = [_numbers(path, [row], indices)[0] for row in rows]
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
