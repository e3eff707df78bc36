"""Tables as text: comma, tab, semicolon or blank between the cells, upright or on their side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np

from gene_tui.arrays import Matrix
from gene_tui.errors import FileError
from gene_tui.run import Run
from gene_tui.spaces.importers.columns import (
    Dimensions,
    Roles,
    how_read,
    is_missing,
    kind_of,
    titles_of,
    value,
)
from gene_tui.spaces.importers.dimensions import dimensions
from gene_tui.spaces.importers.orientation import check_turned, decide
from gene_tui.spaces.importers.reading import ByHand, Reading
from gene_tui.spaces.importers.row_names import row_field
from gene_tui.spaces.importers.streams import BLOCK_BYTES, ByteStream, bad, decode, head, suffix
from gene_tui.spaces.importers.table_layout import SAMPLE, Layout, cells_of, lay_out, with_point
from gene_tui.spaces.importers.text import (
    Lines,
    blocks_of_lines,
    lines_from,
    not_a_number,
    number_of,
    parse_list,
    parse_numbers,
    parse_table,
)
from gene_tui.spaces.importers.word2vec_text import announcement, is_text
from gene_tui.spaces.source import Block, Source

NAME = "table"

#: How JSON begins, which is no table though commas divide it.
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*\"|\[\s*[\[{])")


@dataclass(frozen=True, slots=True)
class _Plan:
    """A table, how it is laid out, and what its columns are."""

    path: Path
    layout: Layout
    roles: Roles


def probe(path: Path) -> float:
    """Whether the first lines are cells that make a table of vectors."""
    start = head(path)
    if _JSON.match(start):
        return 0.0
    if not is_text(start) or announcement(start) is not None:
        return 0.0
    known = suffix(path) in (".csv", ".tsv", ".tab")
    lines = start.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if len(lines) < 3:  # a very wide table: its first line fills the window
        wide = max(start.count(mark) for mark in (b",", b"\t", b";")) > 100
        return 0.6 if known and wide else 0.3 * wide
    texts, _ = decode(lines[:-1])
    layout = lay_out(path, list(enumerate((text.rstrip("\r") for text in texts), 1)))
    try:
        decide(path, layout.columns)
    except FileError:  # a table, though one that needs a word from the user
        numbers = sum(column.kind == "number" for column in layout.columns)
        named = layout.header is not None or numbers < layout.width
        return 0.3 if numbers > 1 and named and layout.delimiter != " " else 0.0
    if layout.delimiter == " ":
        return 0.45 if layout.header else 0.0
    return 0.92 if known else 0.91


def read(reading: Reading) -> Source:
    """Read a table; .gz is unpacked on the way. Empty cells and NA become NaN.

    A table on its side (a column a gene) is held in memory whole, as float32.

    Args:
        reading.hand: what the user says of its columns.

    Raises:
        FileError: rows differ in length, a cell is no number, no column holds names, or it is
            in doubt what its columns are.
        UsageError: the user names a column that is not there.
    """
    path = reading.path
    layout = lay_out(path, _first_lines(path))
    plan = _Plan(path, layout, decide(path, layout.columns, reading.hand))
    notes = ["numbers have decimal commas"] if layout.decimal_comma else []
    notes += plan.roles.notes
    if plan.roles.transposed:
        return _turned(plan, notes, reading.hand, reading.run)
    notes.insert(0, how_read(layout.columns, plan.roles))
    blocks = _blocks(plan, reading.run)
    titles, counted = titles_of(layout.columns, plan.roles)
    return Source(
        NAME, len(plan.roles.vectors), 0, blocks, (path,), notes, titles=titles, counted=counted
    )


def _first_lines(path: Path) -> list[tuple[int, str]]:
    """As many lines as it takes to know a table, beyond any comments, each with its number."""
    found: list[tuple[int, str]] = []
    rows = 0
    with ByteStream(path) as stream:
        for number, text in _texts(blocks_of_lines(stream, 1 << 16)):
            found.append((number, text))
            rows += bool(text.strip()) and not text.startswith("#")
            if rows > SAMPLE or len(found) > 100 * SAMPLE:
                break
    return found


def _texts(blocks: Iterator[Lines]) -> Iterator[tuple[int, str]]:
    """Lines as text, with their numbers; UTF-8, else Latin-1."""
    for block in blocks:
        yield from enumerate(decode(block.lines)[0], block.first)


def _rows(
    plan: _Plan, blocks: Iterator[Lines], *, header: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """All rows below the header, each with its line number, all of the right width.

    Args:
        header: whether the header line, if the table has one, is still to come.
    """
    layout = plan.layout
    line = 0

    def feed() -> Iterator[str]:
        nonlocal line
        for number, text in _texts(blocks):
            line = number
            yield text

    rows = cells_of(plan.path, feed(), layout.delimiter)
    if header and layout.header_line:
        next(rows, None)
    for row in rows:
        if len(row) != layout.width:
            raise bad(
                plan.path,
                f"line {line:,} has {len(row):,} cells instead of {layout.width:,}",
                "the file is cut short or damaged there",
            )
        yield line, row


def _blocks(plan: _Plan, run: Run) -> Iterator[Block]:
    """The rows of an upright table: as bytes while that is safe, cell by cell where it is not."""
    layout = plan.layout
    header = layout.header_line
    with ByteStream(plan.path, run) as stream:
        blocks = lines_from(blocks_of_lines(stream), layout.first)
        if plan.roles.label is not None and layout.delimiter != " ":
            for lines in blocks:
                fast = _plain_block(lines, plan, plan.roles.label, header=header)
                if fast is not None:
                    yield fast
                elif b'"' in lines.text:
                    # A cell may go on in the lines of the next block.
                    blocks = chain([lines], blocks)
                    break
                else:
                    yield from _cell_blocks(plan, _rows(plan, iter([lines]), header=header))
                header = False
        yield from _cell_blocks(plan, _rows(plan, blocks, header=header))


def _plain_block(block: Lines, plan: _Plan, label: int, *, header: bool) -> Block | None:
    """Lines as bytes; None where that is not safe. ``label`` is the place of the names."""
    roles, layout = plan.roles, plan.layout
    named = sorted({label, *roles.fields.values()})
    found = None
    if not layout.decimal_comma:
        text = block.text.lstrip(b"\n").partition(b"\n")[2] if header else block.text
        found = parse_table(text, layout.width, named, roles.vectors, layout.delimiter.encode())
    if found is None and (texts := _texts_in_front(plan, label)) is not None:
        found = _plain_lines(block, plan, texts, header=header)
    if found is None:
        return None
    columns, numbers = found
    if any(not name.strip() for name in columns[label]):
        return None

    def cells(index: int) -> list[str]:
        return [cell.strip() for cell in decode(columns[index])[0]]

    fields = {
        name: [value(name, cell) for cell in cells(index)] for name, index in roles.fields.items()
    }
    return Block(cells(label), numbers, fields)


def _texts_in_front(plan: _Plan, label: int) -> int | None:
    """How many cells of text stand before the numbers; None where not all of them stand there."""
    roles, layout = plan.roles, plan.layout
    first = roles.vectors[0]
    if roles.vectors != list(range(first, layout.width)):
        return None
    return first if max(label, *roles.fields.values(), 0) < first else None


def _plain_lines(
    block: Lines, plan: _Plan, texts: int, *, header: bool
) -> tuple[dict[int, list[bytes]], Matrix] | None:
    """As ``parse_table``, of lines without blanks or missing cells, all or none of these quoted,
    which may be few and have decimal commas."""
    if b"\r" in block.text:  # which may end a line, or belong to a name
        return None
    layout, mark = plan.layout, plan.layout.delimiter.encode()
    lines = [line for line in block.lines if line]
    if header and lines:
        if lines[0].count(b'"') % 2:
            return None
        del lines[0]
    quoted = b'"' in lines[0] if lines else False
    if any((b'"' in line) != quoted for line in lines):
        return None
    if quoted:
        between = b'"' + mark + b'"'
        for line in lines:
            if (
                line.count(b'"') != 2 * layout.width
                or line.count(between) != layout.width - 1
                or line[:1] + line[-1:] != b'""'
            ):
                return None
        lines = [line.replace(b'"', b"") for line in lines]
    parts = [line.split(mark, texts) for line in lines]
    if not parts or any(len(part) != texts + 1 for part in parts):
        return None
    rests = [part[-1] for part in parts]
    if layout.decimal_comma:
        if any(b"." in rest for rest in rests):
            return None
        rests = [rest.replace(b",", b".") for rest in rests]
    numbers = parse_numbers(rests, layout.width - texts, mark)
    if numbers is None:
        return None
    return {index: [part[index] for part in parts] for index in range(texts)}, numbers


def _cell_blocks(plan: _Plan, rows: Iterator[tuple[int, list[str]]]) -> Iterator[Block]:
    roles = plan.roles
    assert roles.label is not None
    step = max(1, BLOCK_BYTES // (10 * plan.layout.width))
    while chunk := list(islice(rows, step)):
        yield Block(
            [row[roles.label].strip() for _, row in chunk],
            _numbers(plan, chunk, roles.vectors),
            {
                name: [value(name, row[index]) for _, row in chunk]
                for name, index in roles.fields.items()
            },
        )


def _numbers(plan: _Plan, chunk: list[tuple[int, list[str]]], indices: list[int]) -> Matrix:
    """The cells at ``indices`` of all rows, as numbers."""
    first, last = indices[0], indices[-1] + 1
    if indices == list(range(first, last)):
        picked = [row[first:last] for _, row in chunk]
    else:
        picked = [[row[index] for index in indices] for _, row in chunk]
    comma = plan.layout.decimal_comma
    fast = None if comma else _parse(picked, len(indices))
    if fast is not None:
        return fast
    slow = np.empty((len(picked), len(indices)), dtype=np.float32)
    with np.errstate(over="ignore"):
        for at, cells in enumerate(picked):
            slow[at] = [_number(plan.path, chunk[at][0], cell, comma) for cell in cells]
    return slow


def _parse(picked: list[list[str]], width: int) -> Matrix | None:
    """All cells at once, where each is a plain number; None otherwise."""
    joined = ",".join([",".join(cells) for cells in picked]).encode("utf-8", "replace")
    if joined.count(b",") != len(picked) * width - 1:
        return None
    numbers = parse_list(joined)
    return None if numbers is None else numbers.reshape(-1, width)


def _number(path: Path, line: int, cell: str, comma: bool) -> float:
    if is_missing(cell):
        return float("nan")
    text = with_point(cell).strip() if comma and "." not in cell else cell.strip()
    number = None if comma and "." in cell else number_of(text.encode("utf-8", "replace"))
    if number is None:
        raise not_a_number(path, line, cell.encode("utf-8", "replace"))
    return number


def _turned(plan: _Plan, notes: list[str], hand: ByHand, run: Run) -> Source:
    """A table on its side: rows of numbers are dimensions, of text fields of the genes."""
    path, layout, roles = plan.path, plan.layout, plan.roles
    assert layout.header is not None
    titles = [layout.header[index].strip() for index in roles.vectors]
    fields: dict[str, tuple[str, list[str]]] = {}
    names: list[str] = []
    arrays: list[Matrix] = []
    skipped = []
    with ByteStream(path, run) as stream:
        blocks = lines_from(blocks_of_lines(stream), layout.first)
        for number, row in _rows(plan, blocks):
            name = row[roles.label].strip() if roles.label is not None else ""
            cells = [row[index] for index in roles.vectors]
            shown = [with_point(cell) for cell in cells] if layout.decimal_comma else cells
            if kind_of(shown) == "text":
                means = row_field(name, titles, cells)
                if means and means not in fields:
                    fields[means] = name or f"line {number:,}", [value(means, c) for c in cells]
                else:
                    skipped.append(name or f"line {number:,}")
                continue
            names.append(name)
            arrays.append(_numbers(plan, [(number, row)], roles.vectors)[0])
    if not arrays:
        raise bad(path, "it has a header line and no rows of numbers")
    chosen = dimensions(path, names, hand)
    check_turned(path, [names[place] for place in chosen.chosen], skipped)
    said = [f"; {means} from row `{name}`" for means, (name, _) in fields.items()]
    notes.insert(0, turned_note(plan, chosen, names, skipped) + "".join(said))
    columns = {means: cells for means, (_, cells) in fields.items()}
    rows = turned_blocks(titles, [arrays[place] for place in chosen.chosen], columns)
    notes += chosen.notes
    if chosen.sorted:
        notes.append("the dimensions were put in the order of their numbers")
    called = [names[place] for place in chosen.chosen]
    count = len(called)
    return Source(
        NAME, count, len(titles), rows, (path,), notes, titles=called if all(called) else []
    )


def turned_note(plan: _Plan, chosen: Dimensions, names: list[str], skipped: list[str]) -> str:
    """How a table on its side was read; ``skipped`` names rows of text."""
    roles = plan.roles
    left_out = [*roles.left_out, *(f"row {name}" for name in skipped)]
    said = Roles(roles.label, roles.vectors, transposed=True, left_out=left_out)
    return how_read(plan.layout.columns, said, chosen, names)


def turned_blocks(
    names: list[str], dims: list[Matrix], columns: dict[str, list[str]]
) -> Iterator[Block]:
    """Blocks of genes from one array per dimension, and fields by name, each as long as names."""
    step = max(1, BLOCK_BYTES // (4 * len(dims)))
    for start in range(0, len(names), step):
        part = np.stack([values[start : start + step] for values in dims], axis=1)
        yield Block(
            names[start : start + step],
            np.ascontiguousarray(part),
            {means: cells[start : start + step] for means, cells in columns.items()},
        )
