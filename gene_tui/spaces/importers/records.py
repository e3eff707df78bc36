"""Tables written as JSON: records in an array or one a line, columns, or two lists.

{"gene": "HBA1", "embedding": [0.1, …]}        one a line (JSON Lines), or in an array
{"gene": "HBA1", "dim_0": 0.1, …}              the same with a number a key
["HBA1", [0.1, …]]                             the same without titles
{"genes": ["HBA1", …], "embeddings": [[0.1, …], …]}
{"gene": {"0": "HBA1", …}, "dim_0": {"0": 0.1, …}, …}, {"columns": …, "index": …, "data": …},
{"HBA1": {"dim_0": 0.1, …}, …}                 as pandas writes frames
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui.arrays import Matrix
from gene_tui.run import QUIET, Run
from gene_tui.spaces.importers.columns import (
    Kind,
    Roles,
    SourceColumn,
    how_read,
    is_missing,
    kind_of,
    titles_of,
    value,
)
from gene_tui.spaces.importers.counted import covering
from gene_tui.spaces.importers.dimensions import dimensions
from gene_tui.spaces.importers.number_lists import NumberList, Outline, parse_lists
from gene_tui.spaces.importers.orientation import check_turned, decide
from gene_tui.spaces.importers.reading import ByHand, Reading
from gene_tui.spaces.importers.streams import (
    ByteStream,
    bad,
    head,
    printable,
    rows_per_block,
)
from gene_tui.spaces.importers.table_layout import SAMPLE
from gene_tui.spaces.source import Block, Source

NAME = "records"

#: A file that is one JSON value is held in memory: larger ones are refused.
_MOST_BYTES = 1 << 30
_BOM = b"\xef\xbb\xbf"
#: The beginnings of pandas' orients split and table.
_FRAME = re.compile(r'\{\s*"(?:columns"\s*:\s*\[[^\]]*\]\s*,\s*"(?:index|data)"|schema"\s*:\s*\{)')
_SPACE = re.compile(r"[\s,]*")
#: What lists of names and of vectors are called where an object holds both.
_NAMES = ("genes", "gene", "labels", "names", "ids", "symbols", "words", "tokens", "index")
_VECTORS = ("embeddings", "embedding", "vectors", "vector", "matrix", "data", "values", "x", "emb")


def probe(path: Path) -> float:
    """Whether it begins with records, or with an object of lists that belong together."""
    start = head(path).removeprefix(_BOM).lstrip()
    if start[:1] not in (b"{", b"["):
        return 0.0
    text = start.decode("utf-8", "replace")
    if text[0] == "[":
        inner = text[1:].lstrip()
        pair = r'\[?\s*"(?:[^"\\]|\\.)*"\s*,\s*[-\[\d]'
        return 0.96 if inner[:1] == "{" or re.match(pair, inner) else 0.0
    if _FRAME.match(text):
        return 0.96
    decoder = json.JSONDecoder()
    try:
        first, end = decoder.raw_decode(text)
    except (ValueError, RecursionError):  # longer than the window
        return _probe_of_long(text)
    if not isinstance(first, dict) or not first:
        return 0.0
    rest = text[end:].lstrip()
    lists = [item for item in first.values() if isinstance(item, list)]
    if lists and all(_is_vector(item) for item in lists) and len(lists) == len(first):
        # {name: [numbers]}, or one such a line
        return 0.96 if len(first) == 1 and re.match(r'\{\s*"', rest) else 0.0
    if rest:
        return 0.96  # one a line
    if all(isinstance(item, dict) for item in first.values()):
        return 0.93
    return 0.93 if any(item and isinstance(item[0], str | list) for item in lists) else 0.0


def _probe_of_long(text: str) -> float:
    """As ``probe``, of an object that goes on beyond the window."""
    key = r'\s*"(?:[^"\\]|\\.)*"\s*:\s*'
    if re.match(r"\{" + key + r"\{", text) or re.match(r"\{" + key + r'\[\s*["\[]', text):
        return 0.93
    scalar = r'(?:"(?:[^"\\]|\\.)*"|-?[\d.eE+-]+|null|true|false)\s*,'
    return 0.93 if re.match(r"\{" + key + scalar, text) else 0.0


def read(reading: Reading) -> Source:
    """Read a table written as JSON; .gz is unpacked on the way. A null number is NaN.

    Args:
        reading.key: the column of lists, where there are several.
        reading.hand: what the user says of its columns.

    Raises:
        FileError: it is not JSON of that kind, rows differ, or it is in doubt what its
            columns are.
        UsageError: the user names a column that is not there.
    """
    path, key = reading.path, reading.key
    first = next(_values(path, QUIET), None)
    if isinstance(first, dict) and _is_whole(first):
        frame = _frame(path, first)
        rows: Iterator[dict[str, Any]] = iter(frame)
        head_rows = frame[:SAMPLE]
    else:
        start = list(islice(_values(path, QUIET), SAMPLE))
        named = _is_name_alone(start)
        head_rows = [_record(path, row, named) for row in start]
        rows = (_record(path, row, named) for row in _values(path, reading.run))
    if not head_rows:
        raise bad(path, "it holds no records")
    for number, row in enumerate(head_rows, 1):
        for cell in row.values():
            if isinstance(cell, NumberList) and parse_lists([cell.text], len(cell)) is None:
                _opened(path, f"record {number:,}", cell)
    if len(head_rows) == 1 and all(isinstance(c, int | float) for c in head_rows[0].values()):
        raise bad(
            path,
            "it holds one number a name, as a vocabulary does, and no vectors",
            "the tokens of a model or matrix are given with --labels",
        )
    table = _Table(path, *_columns(head_rows))
    roles = decide(path, table.columns, reading.hand, key or "")
    if roles.transposed:
        return _turned(table, roles, reading.hand, list(rows))
    title = table.keys[roles.vectors[0]]
    dims = len(head_rows[0][title] or ()) if roles.lists else len(roles.vectors)
    if not dims:
        raise bad(path, f"record 1 has no numbers in '{printable(title)}'")
    notes = [how_read(table.columns, roles), *roles.notes]
    titles, counted = titles_of(table.columns, roles)
    blocks = _blocks(table, roles, dims, rows)
    return Source(NAME, dims, 0, blocks, (path,), notes, titles=titles, counted=counted)


@dataclass(frozen=True, slots=True)
class _Table:
    """A file and its columns; ``keys`` are theirs in a record, also of those without a title."""

    path: Path
    columns: list[SourceColumn]
    keys: list[str]


def _values(path: Path, run: Run) -> Iterator[Any]:
    """The values of a file: those of an array, else one after another, with commas or without.

    Raises:
        FileError: it is not JSON, or a value is cut short.
    """
    outline = Outline(_unique)
    with ByteStream(path, run) as stream:
        text, pending = _decoded(path, outline.add(stream.read().removeprefix(_BOM)))
        at = _after_space(text, 0)
        is_array = text[at : at + 1] == "["
        if is_array:
            inner = _after_space(text, at + 1)
            is_array = text[inner : inner + 1] in ("{", "[") or outline.begins(text, inner)
            at = inner if is_array else at
        count = 0
        while True:
            at = _after_space(text, at)
            if is_array and text[at : at + 1] == "]":
                rest = outline.add(stream.read()) + outline.add(b"")
                if (text[at + 1 :] + rest.decode("utf-8", "replace")).strip():
                    raise bad(path, "something follows after the end of the array")
                return
            try:
                found, end = outline.decode(text, at)
                if end == len(text) and isinstance(found, int | float):
                    raise ValueError("a number may go on")
            except (ValueError, RecursionError) as error:
                if isinstance(error, RecursionError | _Twice):
                    raise bad(
                        path, f"record {count + 1:,}: {error or 'it is nested deeply'}"
                    ) from None
                # As much again each time: what is cut short is read anew from its beginning.
                there = len(text) - at + outline.size
                more = _more(stream, outline, there) if there <= _MOST_BYTES else b""
                if not more:
                    if not text[at:].strip() and not pending and not is_array:
                        return
                    raise bad(
                        path,
                        f"record {count + 1:,} is cut short or no JSON",
                        'each record is {"gene": …, "embedding": [numbers]}',
                    ) from None
                following, pending = _decoded(path, pending + more)
                text, at = text[at:] + following, 0
                continue
            count += 1
            yield found
            at = end


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None  # it matches nothing too
    return found.end()


def _more(stream: ByteStream, outline: Outline, size: int) -> bytes:
    """The outline of at least ``size`` more bytes of a file, of fewer only at its end."""
    parts: list[bytes] = []
    while (data := stream.read()) or outline.held:
        parts.append(outline.add(data))
        size -= len(data)
        if size <= 0 and parts[-1]:
            break
    return b"".join(parts)


class _Twice(ValueError):
    """A record that has a key twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Twice(f"'{printable(twice, 40)}' is there twice")
    return found


def _decoded(path: Path, data: bytes) -> tuple[str, bytes]:
    """Bytes as text, and those at the end that are half a character."""
    for keep in range(4):
        try:
            return data[: len(data) - keep].decode("utf-8"), data[len(data) - keep :]
        except UnicodeDecodeError:
            continue
    raise bad(path, "it is not UTF-8, as JSON must be")


def _is_vector(item: Any) -> bool:
    return isinstance(item, NumberList) or (
        isinstance(item, list)
        and all(isinstance(number, int | float) or number is None for number in item)
    )


def _opened(path: Path, where: str, item: Any) -> Any:
    """A list of numbers as a list; anything else as it is."""
    if not isinstance(item, NumberList):
        return item
    try:
        return item.cells
    except ValueError:
        raise bad(path, f"{printable(where, 40)} has a list that is no JSON") from None


def _is_whole(first: dict[str, Any]) -> bool:
    """Whether an object is a whole table: of lists that belong together, or of objects."""
    if {"columns", "data"} <= set(first) or {"schema", "data"} <= set(first):
        return True
    nested = [item for item in first.values() if isinstance(item, dict)]
    if nested and len(nested) == len(first):
        return True
    lists = [item for item in first.values() if isinstance(item, list)]
    return any(item and isinstance(item[0], str | list | NumberList) for item in lists)


def _frame(path: Path, table: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a whole table."""
    table = {title: _opened(path, f"'{title}'", item) for title, item in table.items()}
    if set(table) >= {"columns", "data"}:
        titles = [str(title) for title in table["columns"]]
        data = [_opened(path, f"record {at:,}", row) for at, row in enumerate(table["data"], 1)]
        index = table.get("index", [None] * len(data))
        if any(len(row) != len(titles) for row in data) or len(index) != len(data):
            raise bad(path, "its columns, index and data do not fit each other")
        if len(set(titles)) < len(titles):
            raise bad(path, "several of its columns have the same name")
        rows = zip(index, data, strict=True)
        named = "index" in table and "" not in titles
        return [
            ({"": name} if named else {}) | dict(zip(titles, row, strict=True))
            for name, row in rows
        ]
    if "schema" in table and isinstance(table.get("data"), list):
        return [_record(path, row, named=False) for row in table["data"]]
    if all(isinstance(item, dict) for item in table.values()):
        return _of_objects(path, table)
    lists = {title: item for title, item in table.items() if isinstance(item, list)}
    by_length: dict[int, list[str]] = {}
    for title, item in lists.items():
        by_length.setdefault(len(item), []).append(title)
    vectors = [title for title, item in lists.items() if item and all(map(_is_vector, item))]
    size = len(lists[vectors[0]]) if vectors else max(map(len, lists.values()))
    belong = by_length[size]
    if len(by_length) > 1 and not any(
        lists[title] and isinstance(lists[title][0], str) for title in belong
    ):
        sizes = ", ".join(f"{printable(title, 40)} {len(item):,}" for title, item in lists.items())
        raise bad(path, f"its lists differ in length: {sizes}", "a name for each vector")
    return [
        dict(zip(belong, row, strict=True))
        for row in zip(*(lists[title] for title in belong), strict=True)
    ]


def _of_objects(path: Path, table: dict[str, Any]) -> list[dict[str, Any]]:
    """Records of {column: {row: cell}} or {row: {column: cell}}, as pandas writes both."""
    outer, inner = list(table), list(next(iter(table.values())))
    numbered = inner == [str(number) for number in range(len(inner))]
    # numbered cells without any text would be rows without names
    looked = outer if numbered else outer[:1]
    by_columns = covering(outer) > covering(inner) or any(
        isinstance(cell, str) for title in looked for cell in table[title].values()
    )
    if not by_columns:
        return [{"": name, **cells} for name, cells in table.items()]
    if any(list(cells) != inner for cells in table.values()):
        raise bad(path, "its columns do not have the same rows")
    return [
        ({} if numbered else {"": row}) | {title: table[title][row] for title in outer}
        for row in inner
    ]


def _is_name_alone(rows: list[Any]) -> bool:
    """Whether records are {"HBA1": [numbers]}, one name each."""
    if not all(isinstance(row, dict) and len(row) == 1 for row in rows):
        return False
    if not all(_is_vector(cells) for row in rows for cells in row.values()):
        return False
    return len(rows) == 1 or len({name for row in rows for name in row}) > 1


def _record(path: Path, row: Any, named: bool) -> dict[str, Any]:
    """A record; ["HBA1", [numbers]] and ["HBA1", 0.1, …] are such without titles.

    Args:
        named: the key of each is a name: {"HBA1": [numbers]}.
    """
    if isinstance(row, dict):
        if not named:
            return row
        if len(row) != 1:
            raise bad(path, f"a record has {len(row):,} names, the first ones have 1")
        return {"column 1": next(iter(row)), "column 2": next(iter(row.values()))}
    row = _opened(path, "a record", row)
    if isinstance(row, list):
        return {f"column {number}": cell for number, cell in enumerate(row, 1)}
    raise bad(path, f"it holds {printable(json.dumps(row), 40)} where a record should be")


def _columns(rows: list[dict[str, Any]]) -> tuple[list[SourceColumn], list[str]]:
    """The columns as the first records show them, and their keys."""
    titles = list(dict.fromkeys(title for row in rows for title in row))
    columns = []
    for title in titles:
        cells = [row.get(title) for row in rows]
        columns.append(SourceColumn(title, _kind(cells), [_text(cell) for cell in cells]))
    if all(title.startswith("column ") for title in titles):
        columns = [SourceColumn("", column.kind, column.sample) for column in columns]
    return columns, titles


def _kind(cells: list[Any]) -> Kind:
    filled = [cell for cell in cells if cell is not None]
    if filled and all(_is_vector(cell) for cell in filled):
        return "list"
    if any(isinstance(cell, list | dict | NumberList) for cell in filled):
        return "empty"
    if filled and all(isinstance(cell, int | float) and cell is not True for cell in filled):
        return "number"
    return kind_of([_text(cell) for cell in cells])


def _text(cell: Any) -> str:
    return "" if cell is None or isinstance(cell, list | dict | NumberList) else str(cell)


def _blocks(
    table: _Table, roles: Roles, dims: int, rows: Iterator[dict[str, Any]]
) -> Iterator[Block]:
    assert roles.label is not None
    step, done, keys = rows_per_block(dims), 0, table.keys
    known_keys, wanted = set(keys), [keys[index] for index in roles.vectors]
    others = [key for key, column in zip(keys, table.columns, strict=True) if column.kind == "list"]
    if roles.lists:
        others.remove(wanted[0])
    while chunk := list(islice(rows, step)):
        for at, row in enumerate(chunk):
            where = f"record {done + at + 1:,}"
            if extra := row.keys() - known_keys:
                shown = printable(min(extra), 40)
                raise bad(table.path, f"{where} has '{shown}', which the first records have not")
            for key in others:
                _opened(table.path, where, row.get(key))
        if roles.lists:
            lists = [row.get(wanted[0]) for row in chunk]
        else:
            lists = [[row.get(key) for key in wanted] for row in chunk]
        yield Block(
            [_text(row.get(keys[roles.label])).strip() for row in chunk],
            _lists(table.path, done, lists, dims),
            {
                name: [value(name, _text(row.get(keys[index]))) for row in chunk]
                for name, index in roles.fields.items()
            },
        )
        done += len(chunk)


def _lists(path: Path, done: int, lists: list[Any], dims: int) -> Matrix:
    """The numbers of records after the first ``done``, each in a list; (r, dims) float32."""
    if all(isinstance(cells, NumberList) for cells in lists):
        fast = parse_lists([cells.text for cells in lists], dims)
        if fast is not None:
            return fast
    vectors = np.empty((len(lists), dims), dtype=np.float32)
    for at, cells in enumerate(lists):
        where = f"record {done + at + 1:,}"
        vectors[at] = _vector(path, where, _opened(path, where, cells), dims)
    return vectors


def _vector(path: Path, where: str, cells: Any, dims: int) -> Matrix:
    if not isinstance(cells, list) or len(cells) != dims:
        count = len(cells) if isinstance(cells, list) else 0
        raise bad(path, f"{where} has {count:,} numbers, record 1 has {dims:,}")
    if set(map(type, cells)) <= {float, int}:
        try:
            with np.errstate(over="ignore"):
                return np.array(cells, dtype=np.float64).astype(np.float32)
        except OverflowError:
            pass
    numbers = []
    for cell in cells:
        if cell is None or (isinstance(cell, str) and is_missing(cell)):
            numbers.append(float("nan"))
            continue
        try:
            if isinstance(cell, bool) or (isinstance(cell, str) and "_" in cell):
                raise ValueError
            numbers.append(float(cell))
        except (ValueError, TypeError, OverflowError):
            shown = printable(json.dumps(_opened(path, where, cell)), 40)
            raise bad(path, f"{where}: {shown} is not a number") from None
    with np.errstate(over="ignore"):
        return np.array(numbers, dtype=np.float64).astype(np.float32)


def _turned(table: _Table, roles: Roles, hand: ByHand, rows: list[dict[str, Any]]) -> Source:
    """A column a gene, a record a dimension."""
    path = table.path
    titles = [table.columns[index].title for index in roles.vectors]
    names = [
        _text(row.get(table.keys[roles.label])) if roles.label is not None else "" for row in rows
    ]
    chosen = dimensions(path, [name.strip() for name in names], hand)
    check_turned(path, [names[place] for place in chosen.chosen])
    matrix = np.stack(
        [
            _vector(
                path, f"record {place + 1:,}", [rows[place].get(t) for t in titles], len(titles)
            )
            for place in chosen.chosen
        ],
        axis=1,
    )
    notes = [how_read(table.columns, roles, chosen, names), *roles.notes, *chosen.notes]
    if chosen.sorted:
        notes.append("the dimensions were put in the order of their numbers")
    block = Block(titles, np.ascontiguousarray(matrix))
    return Source(NAME, len(chosen.chosen), len(titles), iter([block]), (path,), notes)
