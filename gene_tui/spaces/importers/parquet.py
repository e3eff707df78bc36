"""Parquet tables: a column of names and a column a dimension, or one column of lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui.progress import IsCancelled, Progress, Report, check, never, silent
from gene_tui.spaces.importers.arrays import as_float32
from gene_tui.spaces.importers.columns import Column, Roles, assign
from gene_tui.spaces.importers.streams import bad, guarded, optional, rows_per_block
from gene_tui.spaces.source import Block, FloatBlock, Source

NAME = "parquet"

_MAGIC = b"PAR1"
_SAMPLE = 50
#: Tables on their side are read this many columns at a time.
_COLUMNS = 512


def probe(path: Path) -> float:
    """Whether it begins as Parquet does."""
    with path.open("rb") as handle:
        return 0.95 if handle.read(4) == _MAGIC else 0.0


def read(
    path: Path,
    *,
    key: str | None = None,
    labels: Path | None = None,
    report: Report = silent,
    cancelled: IsCancelled = never,
) -> Source:
    """Read a Parquet table; nulls among the numbers become NaN.

    Args:
        key: the column of lists, where there are several.

    Raises:
        FileError: it is damaged, has no names, or its lists differ in length.
    """
    del labels
    with guarded(path, "Parquet"), _open(path) as file:
        rows = file.metadata.num_rows
        if not rows:
            raise bad(path, "it has no rows")
        columns, lists = _columns(path, file)
        if lists or key is not None:
            roles = _with_lists(path, columns, lists, key)
            dims = _list_dims(path, file, columns[roles.vectors[0]].title)
        else:
            roles = assign(path, columns)
            dims = len(roles.vectors)
    notes = list(roles.notes)
    if roles.transposed:
        notes.append("the table has a column a gene, and was turned")
        titles = [columns[index].title for index in roles.vectors]
        turned = _turned(path, titles, report, cancelled)
        return Source(NAME, rows, len(roles.vectors), turned, (path,), notes)
    blocks = _blocks(path, roles, dims, rows, report, cancelled)
    return Source(NAME, dims, rows, blocks, (path,), notes)


def _open(path: Path) -> Any:
    return optional("pyarrow.parquet", path).ParquetFile(path, page_checksum_verification=True)


def _columns(path: Path, file: Any) -> tuple[list[Column], list[int]]:
    """The columns as ``assign`` wants them, and which of them are lists of numbers."""
    import pyarrow.types as types

    schema = file.schema_arrow
    names = _names(schema)
    if len(set(schema.names)) < len(schema.names):
        raise bad(path, "several of its columns have the same name")
    fields = [schema.field(name) for name in names]
    kinds = [_kind(types, field.type) for field in fields]
    sampled = [
        field.name
        for field, kind in zip(fields, kinds, strict=True)
        if kind == "text" or (kind == "number" and types.is_integer(field.type))
    ][:_COLUMNS]
    head = next(file.iter_batches(batch_size=_SAMPLE, columns=sampled), None) if sampled else None
    columns = []
    for field, kind in zip(fields, kinds, strict=True):
        sample = _as_texts(head.column(field.name)) if head and field.name in sampled else []
        unnamed = kind == "number" and field.name.startswith("__index_level_")
        columns.append(Column("" if unnamed else field.name, kind, sample))
    return columns, [index for index, kind in enumerate(kinds) if kind == "list"]


def _names(schema: Any) -> list[str]:
    """The columns' names; the index of a pandas frame, stored last, comes first."""
    stored: list[str] = schema.names
    index = [
        name
        for name in (schema.pandas_metadata or {}).get("index_columns", ())
        if isinstance(name, str) and name in stored
    ]
    return [*index, *(name for name in stored if name not in index)]


def _kind(types: Any, kind: Any) -> str:
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


def _with_lists(path: Path, columns: list[Column], lists: list[int], key: str | None) -> Roles:
    """Roles where one column holds each row's numbers as a list."""
    titles = [columns[index].title for index in lists]
    if key is not None and key not in titles:
        raise bad(path, f"no column '{key}' with lists of numbers; there are: {titles or 'none'}")
    if key is None and len(titles) > 1:
        raise bad(
            path,
            f"several columns hold lists of numbers: {', '.join(titles)}",
            "choose one with a key",
        )
    chosen = lists[titles.index(key)] if key else lists[0]
    pretend = [column for column in columns if column.kind == "text"]
    stand_ins = [Column(f"dim_{i}", "number", ["0.5"]) for i in range(2)]
    roles = assign(path, [*pretend, *stand_ins])
    where = [index for index, column in enumerate(columns) if column.kind == "text"]
    assert roles.label is not None
    return Roles(
        where[roles.label],
        [chosen],
        {name: where[index] for name, index in roles.fields.items()},
        notes=roles.notes,
    )


def _list_dims(path: Path, file: Any, title: str) -> int:
    first = next(file.iter_batches(batch_size=1, columns=[title])).column(0).to_pylist()[0]
    if not first:
        raise bad(path, f"row 1 of '{title}' has no numbers")
    return len(first)


def _blocks(
    path: Path, roles: Roles, dims: int, rows: int, report: Report, cancelled: IsCancelled
) -> Iterator[Block]:
    assert roles.label is not None
    done = 0
    with guarded(path, "Parquet"), _open(path) as file:
        names = _names(file.schema_arrow)
        wanted = [names[index] for index in (roles.label, *roles.fields.values(), *roles.vectors)]
        for batch in file.iter_batches(batch_size=rows_per_block(dims), columns=wanted):
            check(cancelled)
            vectors = [batch.column(names[index]) for index in roles.vectors]
            if len(vectors) == 1:
                block = _from_lists(path, vectors[0], dims, done)
            else:
                block = np.stack([_numbers(column) for column in vectors], axis=1)
            yield Block(
                _as_texts(batch.column(names[roles.label])),
                np.ascontiguousarray(block),
                {
                    name: _as_texts(batch.column(names[index]))
                    for name, index in roles.fields.items()
                },
            )
            done += len(block)
            report(Progress(f"reading {path.name}", done, rows))


def _numbers(column: Any) -> FloatBlock:
    """A column as float32; nulls become NaN."""
    if column.null_count:
        import pyarrow

        column = column.cast(pyarrow.float64()).fill_null(float("nan"))
    return as_float32(column.to_numpy(zero_copy_only=False))


def _from_lists(path: Path, column: Any, dims: int, done: int) -> FloatBlock:
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
    path: Path, titles: list[str], report: Report, cancelled: IsCancelled
) -> Iterator[Block]:
    """Blocks of a table with a column a gene."""
    with guarded(path, "Parquet"), _open(path) as file:
        for start in range(0, len(titles), _COLUMNS):
            check(cancelled)
            names = titles[start : start + _COLUMNS]
            table = file.read(columns=names)
            columns = [_numbers(table.column(name).combine_chunks()) for name in names]
            yield Block(names, np.stack(columns))
            report(Progress(f"reading {path.name}", start + len(names), len(titles)))
