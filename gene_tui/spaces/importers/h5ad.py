"""AnnData files: genes in ``var`` with vectors in ``varm``, or genes in ``obs`` with X or ``obsm``.

Read with h5py, so that neither anndata nor the counts of an experiment are loaded.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui.arrays import Matrix
from gene_tui.run import Progress, Run
from gene_tui.spaces.importers.arrays import as_float32, spans
from gene_tui.spaces.importers.columns import share_of_genes, some_of
from gene_tui.spaces.importers.h5ad_frames import (
    array_of,
    check_node,
    read_frame,
    row_names,
    text_of,
    titles_of,
)
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.streams import bad, guarded, optional, rows_per_block
from gene_tui.spaces.source import WARNING, Block, Source

NAME = "h5ad"

_MAGIC = b"\x89HDF\r\n\x1a\n"
#: How cells are called: barcodes, counted cells, bare numbers.
_CELL = re.compile(
    r"[ACGTN]{8,}([-_.].*)?|.*[-_:][ACGTN]{10,}([-_.].*)?|c(ell)?[-_ .]?\d+|\d+", re.I
)

#: Gives rows start to stop as float32.
_Rows = Callable[[int, int], Matrix]


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the vectors are ("varm/PCs", "obsm/X_emb" or "X") and the frame that names their rows.

    ``member`` is a field of a compound array, as AnnData stored varm before version 0.7.
    """

    place: str
    frame: str
    rows: int
    dims: int
    member: str = ""


def probe(path: Path) -> float:
    """Whether it begins as HDF5 does."""
    with path.open("rb") as handle:
        return 0.95 if handle.read(8) == _MAGIC else 0.0


def read(reading: Reading) -> Source:
    """Read vectors of an AnnData file.

    Args:
        reading.key: a key of ``varm``, or "obsm/KEY" or "X" for the rows of ``obs``. Without it
            the only key of ``varm`` is taken, and X where ``varm`` is empty and obs are genes.
        reading.hand: the column of var or obs that names the rows.

    Raises:
        FileError: it is no AnnData file, is damaged, or the key is missing or must be chosen.
        UsageError: the user names a column that is not there.
    """
    path, key = reading.path, reading.key
    with _open(path) as file:
        table = _find(path, file, key)
        frame = read_frame(path, file, table.frame, table.rows, reading.hand)
    what = f"{table.dims:,} dimensions of {table.place}"
    notes = _doubts(table, frame.names)
    notes = ["; ".join([f"genes are the rows of {table.frame}", what, *frame.said]), *notes]
    if frame.old or table.member:
        notes.append("written by AnnData before 0.7")
    blocks = _blocks(path, table, frame.names, frame.columns, reading.run)
    return Source(NAME, table.dims, table.rows, blocks, (path,), notes)


@contextlib.contextmanager
def _open(path: Path) -> Iterator[Any]:
    h5py = optional("h5py", path)
    with guarded(path, "an AnnData file"), h5py.File(path, "r") as file:
        yield file


def _find(path: Path, file: Any, key: str | None) -> _Table:
    """The vectors that were asked for, or the only ones there are."""
    found = {table.place: table for table in _tables(file)}
    varm = [place for place in found if place.startswith("varm/")]
    choices = ", ".join(f"{place} (genes in {found[place].frame})" for place in found) or "nothing"
    hint = "keys are those of varm, obsm/KEY or X, given with --key"
    if key is not None:
        for place in (key, f"varm/{key}", f"obsm/{key}"):
            if place in found:
                return found[place]
        raise bad(path, f"no key '{key}' with vectors; there is: {choices}", hint)
    if len(varm) == 1:
        return found[varm[0]]
    if varm:
        raise bad(path, f"varm holds several arrays: {choices}", "choose one with --key")
    others = [place for place in found if place != "X"]
    if "X" not in found and len(others) != 1:
        raise bad(path, f"it holds no vectors in varm or X; there is: {choices}", hint)
    _check_genes(path, file, choices)
    if "X" in found and others:
        raise bad(
            path,
            f"the vectors may be those of X or of obsm; there is: {choices}",
            "choose with --key X or --key obsm/KEY",
        )
    return found["X" if "X" in found else others[0]]


def _doubts(table: _Table, names: list[str]) -> list[str]:
    """What to say of rows of obs none of which is a known gene."""
    if table.frame == "var" or share_of_genes(names) > 0:
        return []
    return [
        f"{WARNING}none of the rows of obs ({some_of(names, 3)}) is a known gene: "
        "are they cells? --key chooses other vectors"
    ]


def _check_genes(path: Path, file: Any, choices: str) -> None:
    """Refuse an experiment whose rows are cells.

    Raises:
        FileError: the rows of obs are not genes, as far as their names tell.
    """
    obs, var = row_names(path, file, "obs"), row_names(path, file, "var")
    if not obs or share_of_genes(obs) >= 0.5:
        return
    cells = sum(bool(_CELL.fullmatch(name)) for name in obs) > len(obs) / 2
    if cells or share_of_genes(var) >= 0.5:
        raise bad(
            path,
            f"the rows of obs ({some_of(obs, 3)}) are cells, not genes, and varm holds no vectors "
            f"of genes; there is: {choices}",
            "scanpy's pp.pca puts vectors of genes in varm; --key X takes the rows of obs",
        )


def _tables(file: Any) -> Iterator[_Table]:
    """Every table of numbers in varm, obsm and X."""
    for group, frame in (("varm", "var"), ("obsm", "obs")):
        node = file.get(group)
        if node is not None and hasattr(node, "dtype"):  # as AnnData wrote before version 0.7
            for member in node.dtype.names or ():
                kind = node.dtype[member]
                if len(kind.shape) == 1 and kind.base.kind in "fiu" and node.shape[0]:
                    rows, dims = int(node.shape[0]), int(kind.shape[0])
                    yield _Table(f"{group}/{member}", frame, rows, dims, member)
            continue
        for name in node if node is not None else ():
            shape = _shape(node[name])
            if shape is not None:
                yield _Table(f"{group}/{name}", frame, *shape)
    shape = _shape(file["X"]) if "X" in file else None
    if shape is not None:
        yield _Table("X", "obs", *shape)


def _shape(node: Any) -> tuple[int, int] | None:
    """(n, d) of something that holds a table of numbers; None of anything else."""
    kind = _encoding(node)
    if hasattr(node, "dtype"):
        numeric = node.dtype.kind in "fiu" and len(node.shape) == 2
        return (int(node.shape[0]), int(node.shape[1])) if numeric and min(node.shape) else None
    if kind == "dataframe":
        titles = titles_of(node)
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


def _blocks(
    path: Path, table: _Table, names: list[str], columns: dict[str, list[str]], run: Run
) -> Iterator[Block]:
    with _open(path) as file:
        rows = _reader(path, file, table)
        for start, stop in spans(table.rows, rows_per_block(table.dims)):
            run.check()
            parts = {name: values[start:stop] for name, values in columns.items()}
            yield Block(names[start:stop], rows(start, stop), parts)
            run.report(Progress(f"reading {path.name}", stop, table.rows))


def _reader(path: Path, file: Any, table: _Table) -> _Rows:
    if table.member:
        node = file[table.place.partition("/")[0]]
        check_node(path, node)
        return lambda start, stop: as_float32(node[start:stop][table.member])
    node = file[table.place]
    if hasattr(node, "dtype"):
        check_node(path, node)
        return lambda start, stop: as_float32(node[start:stop])
    if _encoding(node) == "dataframe":
        parts = [array_of(path, node[title]) for title in titles_of(node)]
        if any(part.shape != (table.rows,) for part in parts):
            raise bad(path, f"the columns of {table.place} differ in length")
        return lambda start, stop: as_float32(np.stack([p[start:stop] for p in parts], axis=1))
    by_rows = "csr" in _encoding(node) or "csr" in text_of(node.attrs.get("h5sparse_format", ""))
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
        check_node(path, node[part])
    data, indices = node["data"], node["indices"]
    pointers = np.asarray(node["indptr"][...], dtype=np.int64)
    if (
        pointers.shape != (table.rows + 1,)
        or pointers[0] != 0
        or np.any(np.diff(pointers) < 0)
        or not pointers[-1] == data.shape[0] == indices.shape[0]
    ):
        raise bad(path, f"{table.place} is damaged: its row pointers do not fit its data")

    def rows(start: int, stop: int) -> Matrix:
        first, last = int(pointers[start]), int(pointers[stop])
        columns = np.asarray(indices[first:last], dtype=np.int64)
        if columns.size and (columns.min() < 0 or columns.max() >= table.dims):
            raise bad(path, f"{table.place} is damaged: a column number is out of range")
        block = np.zeros((stop - start, table.dims), dtype=np.float32)
        which = np.repeat(np.arange(stop - start), np.diff(pointers[start : stop + 1]))
        np.add.at(block, (which, columns), as_float32(data[first:last]))
        return block

    return rows
