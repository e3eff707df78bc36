"""AnnData files: genes in ``var`` with vectors in ``varm``, or genes in ``obs`` with X.

Read with h5py, so that neither anndata nor the counts of an experiment are loaded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.progress import IsCancelled, Progress, Report, check, never, silent
from gene_tui.spaces.importers.arrays import as_float32, as_texts, spans
from gene_tui.spaces.importers.columns import field_of
from gene_tui.spaces.importers.streams import (
    bad,
    check_growth,
    guarded,
    optional,
    rows_per_block,
)
from gene_tui.spaces.source import Block, FloatBlock, Source

NAME = "h5ad"

_MAGIC = b"\x89HDF\r\n\x1a\n"

#: Gives rows start to stop as float32.
_Rows = Callable[[int, int], FloatBlock]


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the vectors are ("varm/PCs" or "X") and the frame that names their rows."""

    place: str
    frame: str
    rows: int
    dims: int


def probe(path: Path) -> float:
    """Whether it begins as HDF5 does."""
    with path.open("rb") as handle:
        return 0.95 if handle.read(8) == _MAGIC else 0.0


def read(
    path: Path,
    *,
    key: str | None = None,
    labels: Path | None = None,
    report: Report = silent,
    cancelled: IsCancelled = never,
) -> Source:
    """Read vectors of an AnnData file.

    Args:
        key: a key of ``varm``, or "X" for the rows of ``obs``. Without it the only key of
            ``varm`` is taken, and X where ``varm`` is empty.

    Raises:
        FileError: it is no AnnData file, is damaged, or the key is missing or must be chosen.
    """
    del labels
    with _open(path) as file:
        table = _find(path, file, key)
        names, columns, notes = _frame(path, file, table)
    where = "obs, vectors in X" if table.place == "X" else f"var, vectors in {table.place}"
    notes.insert(0, f"genes are the rows of {where}")
    blocks = _blocks(path, table, names, columns, report, cancelled)
    return Source(NAME, table.dims, table.rows, blocks, (path,), notes)


@contextlib.contextmanager
def _open(path: Path) -> Iterator[Any]:
    h5py = optional("h5py", path)
    with guarded(path, "an AnnData file"), h5py.File(path, "r") as file:
        yield file


def _find(path: Path, file: Any, key: str | None) -> _Table:
    """The vectors that were asked for, or the only ones there are."""
    varm = file.get("varm")
    found = {name: shape for name in (varm or ()) if (shape := _shape(varm[name])) is not None}
    wanted = key.removeprefix("varm/") if key is not None else None
    choices = ", ".join([*found, *(["X (genes in obs)"] if "X" in file else [])]) or "nothing"
    if wanted is None and len(found) == 1:
        wanted = next(iter(found))
    if wanted is None and not found:
        wanted = "X"
    if wanted is None:
        raise bad(path, f"varm holds several arrays: {choices}", "choose one with a key")
    if wanted in found:
        return _Table(f"varm/{wanted}", "var", *found[wanted])
    shape = _shape(file["X"]) if wanted == "X" and "X" in file else None
    if shape is None:
        what = "it holds no vectors in varm or X" if key is None else f"no key '{key}'"
        raise bad(path, f"{what}; there is: {choices}", "keys are those of varm, or X")
    return _Table("X", "obs", *shape)


def _shape(node: Any) -> tuple[int, int] | None:
    """(n, d) of something that holds a table of numbers; None of anything else."""
    kind = _encoding(node)
    if hasattr(node, "dtype"):
        numeric = node.dtype.kind in "fiu" and len(node.shape) == 2
        return (int(node.shape[0]), int(node.shape[1])) if numeric and min(node.shape) else None
    if kind == "dataframe":
        titles = _titles(node)
        numeric = bool(titles) and all(
            hasattr(node.get(title), "dtype") and node[title].dtype.kind in "fiu"
            for title in titles
        )
        return (int(node[titles[0]].shape[0]), len(titles)) if numeric else None
    if kind in ("csr_matrix", "csc_matrix") or "h5sparse_format" in node.attrs:
        shape = node.attrs.get("shape", node.attrs.get("h5sparse_shape"))
        rows, dims = (int(side) for side in shape)
        return (rows, dims) if rows > 0 and dims > 0 else None
    return None


def _encoding(node: Any) -> str:
    kind = node.attrs.get("encoding-type", "")
    return kind.decode("utf-8", "replace") if isinstance(kind, bytes) else str(kind)


def _titles(frame: Any) -> list[str]:
    """A data frame's columns in their order."""
    order = frame.attrs.get("column-order", ())
    return as_texts(np.asarray([_text(title) for title in order], dtype=str))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _frame(
    path: Path, file: Any, table: _Table
) -> tuple[list[str], dict[str, list[str]], list[str]]:
    """Names of the rows, annotations by field, notes."""
    frame = file.get(table.frame)
    if frame is None:
        raise bad(path, f"it has no {table.frame}, so the rows have no names")
    if hasattr(frame, "dtype"):  # as AnnData wrote before version 0.7
        index = "index" if "index" in (frame.dtype.names or ()) else (frame.dtype.names or ("",))[0]
        titles = [title for title in frame.dtype.names or () if title != index]
    else:
        index = _text(frame.attrs.get("_index", "_index"))
        titles = _titles(frame)
    names = _values(path, frame, index)
    if names is None or len(names) != table.rows:
        count = "no" if names is None else f"{len(names):,}"
        raise bad(path, f"{table.frame} has {count} names for the {table.rows:,} rows of vectors")
    columns: dict[str, list[str]] = {}
    ignored = []
    for title in titles:
        name = field_of(title)
        values = _values(path, frame, title) if name and name not in columns else None
        if name and values is not None and len(values) == table.rows:
            columns[name] = values
        else:
            ignored.append(title)
    notes = [f"columns of {table.frame} ignored: {', '.join(ignored)}"] if ignored else []
    return names, columns, notes


def _values(path: Path, frame: Any, title: str) -> list[str] | None:
    """A column as text; None if it is of a kind that is no text."""
    if title not in (frame.dtype.names or () if hasattr(frame, "dtype") else frame):
        return None
    node = frame[title]
    if not hasattr(node, "dtype"):
        if "categories" in node and "codes" in node:
            kinds = [_text(value) for value in _array(path, node["categories"]).tolist()]
            codes = _array(path, node["codes"]).tolist()
            if any(code >= len(kinds) for code in codes):
                raise bad(path, f"column '{title}' is damaged: a code without a category")
            return [kinds[code] if code >= 0 else "" for code in codes]
        if "values" not in node:
            return None
        node = node["values"]
    array = _array(path, node)
    if array.ndim != 1 or array.dtype.kind not in "OSUiu":
        return None
    return [_text(value) for value in array.tolist()]


def _array(path: Path, node: Any) -> npt.NDArray[Any]:
    """A small dataset as a whole."""
    if hasattr(node, "id"):
        _check_growth(path, node)
    return np.asarray(node[...] if hasattr(node, "id") else node)


def _check_growth(path: Path, node: Any) -> None:
    """Refuse a dataset whose stored bytes cannot be what it claims to hold."""
    size = int(node.size) * int(node.dtype.itemsize)
    check_growth(path, str(node.name), int(node.id.get_storage_size()), size)


def _blocks(
    path: Path,
    table: _Table,
    names: list[str],
    columns: dict[str, list[str]],
    report: Report,
    cancelled: IsCancelled,
) -> Iterator[Block]:
    with _open(path) as file:
        rows = _reader(path, file[table.place], table)
        for start, stop in spans(table.rows, rows_per_block(table.dims)):
            check(cancelled)
            parts = {name: values[start:stop] for name, values in columns.items()}
            yield Block(names[start:stop], rows(start, stop), parts)
            report(Progress(f"reading {path.name}", stop, table.rows))


def _reader(path: Path, node: Any, table: _Table) -> _Rows:
    if hasattr(node, "dtype"):
        _check_growth(path, node)
        return lambda start, stop: as_float32(node[start:stop])
    if _encoding(node) == "dataframe":
        parts = [_array(path, node[title]) for title in _titles(node)]
        if any(part.shape != (table.rows,) for part in parts):
            raise bad(path, f"the columns of {table.place} differ in length")
        return lambda start, stop: as_float32(np.stack([p[start:stop] for p in parts], axis=1))
    by_rows = "csr" in _encoding(node) or "csr" in _text(node.attrs.get("h5sparse_format", ""))
    if not by_rows:
        raise bad(
            path,
            f"{table.place} is stored by columns (CSC), which cannot be read row by row",
            "write it again with adata.X = adata.X.tocsr()",
        )
    return _sparse(path, node, table)


def _sparse(path: Path, node: Any, table: _Table) -> _Rows:
    """Rows of a CSR matrix, made dense a block at a time."""
    for part in ("data", "indices", "indptr"):
        if part not in node:
            raise bad(path, f"{table.place} has no '{part}'")
        _check_growth(path, node[part])
    data, indices = node["data"], node["indices"]
    pointers = np.asarray(node["indptr"][...], dtype=np.int64)
    if (
        pointers.shape != (table.rows + 1,)
        or pointers[0] != 0
        or np.any(np.diff(pointers) < 0)
        or not pointers[-1] == data.shape[0] == indices.shape[0]
    ):
        raise bad(path, f"{table.place} is damaged: its row pointers do not fit its data")

    def rows(start: int, stop: int) -> FloatBlock:
        first, last = int(pointers[start]), int(pointers[stop])
        columns = np.asarray(indices[first:last], dtype=np.int64)
        if columns.size and (columns.min() < 0 or columns.max() >= table.dims):
            raise bad(path, f"{table.place} is damaged: a column number is out of range")
        block = np.zeros((stop - start, table.dims), dtype=np.float32)
        which = np.repeat(np.arange(stop - start), np.diff(pointers[start : stop + 1]))
        np.add.at(block, (which, columns), as_float32(data[first:last]))
        return block

    return rows
