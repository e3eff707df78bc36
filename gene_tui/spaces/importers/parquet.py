"""Parquet tables: a column of names and a column a dimension, or one column of lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui.arrays import Matrix
from gene_tui.run import Progress, Run
from gene_tui.spaces.importers.arrays import as_float32
from gene_tui.spaces.importers.columns import (
    Dimensions,
    Kind,
    Roles,
    SourceColumn,
    how_read,
    kind_of,
    titles_of,
    value,
)
from gene_tui.spaces.importers.dimensions import dimensions
from gene_tui.spaces.importers.orientation import check_turned, decide
from gene_tui.spaces.importers.reading import ByHand, Reading
from gene_tui.spaces.importers.streams import bad, guarded, optional, rows_per_block
from gene_tui.spaces.source import Block, Source

NAME = "parquet"

_MAGIC = b"PAR1"
_SAMPLE = 50
#: Tables on their side are read this many columns at a time.
_COLUMNS = 512


def probe(path: Path) -> float:
    """Whether it begins as Parquet does."""
    with path.open("rb") as handle:
        return 0.95 if handle.read(4) == _MAGIC else 0.0


def read(reading: Reading) -> Source:
    """Read a Parquet table; nulls among the numbers become NaN.

    Args:
        reading.key: the column of lists, where there are several.
        reading.hand: what the user says of its columns.

    Raises:
        FileError: it is damaged, has no names, or its lists differ in length.
    """
    path, key = reading.path, reading.key
    with guarded(path, "Parquet"), _open(path) as file:
        rows = file.metadata.num_rows
        if not rows:
            raise bad(path, "it has no rows")
        columns = _columns(path, file)
        roles = decide(path, columns, reading.hand, key or "")
        first = columns[roles.vectors[0]].title
        dims = _list_dims(path, file, first) if roles.lists else len(roles.vectors)
        chosen = _rows(path, file, roles, reading.hand) if roles.transposed else None
    if chosen is not None:
        check_turned(path, [chosen[1][place] if chosen[1] else "" for place in chosen[0].chosen])
        notes = [how_read(columns, roles, *chosen), *roles.notes, *chosen[0].notes]
        if chosen[0].sorted:
            notes.append("the dimensions were put in the order of their numbers")
        genes = roles.vectors
        turned = _turned(path, columns, genes, chosen[0], reading.run)
        return Source(NAME, len(chosen[0].chosen), len(genes), turned, (path,), notes)
    notes = [how_read(columns, roles), *roles.notes]
    blocks = _blocks(path, roles, dims, rows, reading.run)
    titles, counted = titles_of(columns, roles)
    return Source(NAME, dims, rows, blocks, (path,), notes, titles=titles, counted=counted)


def _open(path: Path) -> Any:
    return optional("pyarrow.parquet", path).ParquetFile(path, page_checksum_verification=True)


def _columns(path: Path, file: Any) -> list[SourceColumn]:
    """The columns in the form ``decide`` takes."""
    import pyarrow.types as types

    schema = file.schema_arrow
    names = _names(schema)
    if len(set(schema.names)) < len(schema.names):
        raise bad(path, "several of its columns have the same name")
    fields = [schema.field(name) for name in names]
    kinds: list[Kind] = [_kind(types, field.type) for field in fields]
    sampled = [
        field.name for field, kind in zip(fields, kinds, strict=True) if kind in ("text", "number")
    ][:_COLUMNS]
    head = next(file.iter_batches(batch_size=_SAMPLE, columns=sampled), None) if sampled else None
    columns = []
    for field, kind in zip(fields, kinds, strict=True):
        sample = _as_texts(head.column(field.name)) if head and field.name in sampled else []
        if kind == "text" and sample and kind_of(sample) == "empty":
            kind = "empty"
        unnamed = field.name.startswith("__index_level_")
        columns.append(SourceColumn("" if unnamed else field.name, kind, sample))
    return columns


def _names(schema: Any) -> list[str]:
    """The columns' names; the index of a pandas frame, stored last, comes first."""
    stored: list[str] = schema.names
    index = [
        name
        for name in (schema.pandas_metadata or {}).get("index_columns", ())
        if isinstance(name, str) and name in stored
    ]
    return [*index, *(name for name in stored if name not in index)]


def _kind(types: Any, kind: Any) -> Kind:
    """ "number", "text", "list" (of numbers) or "empty" (anything else)."""
    if types.is_floating(kind) or types.is_integer(kind):
        return "number"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_dictionary(kind):
        return "text"
    return "list" if _is_list(types, kind) else "empty"


def _is_list(types: Any, kind: Any) -> bool:
    lists = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return bool(lists and (types.is_floating(kind.value_type) or types.is_integer(kind.value_type)))


def _as_texts(column: Any) -> list[str]:
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _rows(path: Path, file: Any, roles: Roles, hand: ByHand) -> tuple[Dimensions, list[str]]:
    """Which rows of a table on its side are the dimensions, and what the rows are called."""
    rows = file.metadata.num_rows
    if roles.label is None:
        return dimensions(path, [""] * rows), []
    stored = _names(file.schema_arrow)[roles.label]
    names = _as_texts(file.read(columns=[stored]).column(stored))
    return dimensions(path, [name.strip() for name in names], hand), names


def _list_dims(path: Path, file: Any, title: str) -> int:
    first = next(file.iter_batches(batch_size=1, columns=[title])).column(0).to_pylist()[0]
    if not first:
        raise bad(path, f"row 1 of '{title}' has no numbers")
    return len(first)


def _blocks(path: Path, roles: Roles, dims: int, rows: int, run: Run) -> Iterator[Block]:
    assert roles.label is not None
    done = 0
    with guarded(path, "Parquet"), _open(path) as file:
        names = _names(file.schema_arrow)
        wanted = [names[index] for index in (roles.label, *roles.fields.values(), *roles.vectors)]
        for batch in file.iter_batches(batch_size=rows_per_block(dims), columns=wanted):
            run.check()
            vectors = [batch.column(names[index]) for index in roles.vectors]
            if roles.lists:
                block = _from_lists(path, vectors[0], dims, done)
            else:
                block = np.stack([_numbers(column) for column in vectors], axis=1)
            yield Block(
                _as_texts(batch.column(names[roles.label])),
                np.ascontiguousarray(block),
                {
                    name: [value(name, text) for text in _as_texts(batch.column(names[index]))]
                    for name, index in roles.fields.items()
                },
            )
            done += len(block)
            run.report(Progress(f"reading {path.name}", done, rows))


def _numbers(column: Any) -> Matrix:
    """A column as float32; nulls become NaN."""
    if column.null_count:
        import pyarrow

        column = column.cast(pyarrow.float64()).fill_null(float("nan"))
    return as_float32(column.to_numpy(zero_copy_only=False))


def _from_lists(path: Path, column: Any, dims: int, done: int) -> Matrix:
    import pyarrow.compute as compute

    lengths = compute.list_value_length(column).to_pylist()
    for offset, length in enumerate(lengths):
        if length != dims:
            raise bad(
                path,
                f"row {done + offset + 1:,} has {length or 0:,} numbers, row 1 has {dims:,}",
            )
    return _numbers(column.flatten()).reshape(-1, dims)


def _turned(
    path: Path, columns: list[SourceColumn], genes: list[int], chosen: Dimensions, run: Run
) -> Iterator[Block]:
    """Blocks of a table with a column a gene; ``chosen`` tells the rows that are dimensions."""
    titles = [columns[index].title for index in genes]
    with guarded(path, "Parquet"), _open(path) as file:
        for start in range(0, len(titles), _COLUMNS):
            run.check()
            names = titles[start : start + _COLUMNS]
            table = file.read(columns=names)
            rows = np.stack([_numbers(table.column(name).combine_chunks()) for name in names])
            yield Block(names, np.ascontiguousarray(rows[:, chosen.chosen]))
            run.report(Progress(f"reading {path.name}", start + len(names), len(titles)))
