"""HDF5 that is no AnnData: a dataset a gene or protein, or a matrix and the names of its rows.

UniProt ships protein embeddings so: one dataset a protein, (d,) or 1 × d, called by its accession
or, where that cannot be a dataset's name, with the name in the attribute ``original_id``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui.run import Progress, Run
from gene_tui.spaces.importers.arrays import as_float32, spans
from gene_tui.spaces.importers.named_vectors import (
    BAD_SHARE,
    NO_VECTOR,
    OTHER_LENGTH,
    SEVERAL,
    name_of,
)
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.streams import (
    bad,
    guarded,
    optional,
    printable,
    rows_per_block,
    suffix,
)
from gene_tui.spaces.source import Block, Source

NAME = "hdf5"

_MAGIC = b"\x89HDF\r\n\x1a\n"
_NAME_ATTRIBUTES = ("original_id", "name", "id", "label")


@dataclass(frozen=True, slots=True)
class _Dataset:
    """A dataset: where it is, its shape, and "number", "text" or "other"."""

    place: str
    shape: tuple[int, ...]
    kind: str

    def __str__(self) -> str:
        shape = " × ".join(f"{side:,}" for side in self.shape) or "single"
        return f"{printable(self.place)} ({shape}{' text' if self.kind == 'text' else ''})"


def probe(path: Path) -> float:
    """Whether it is HDF5 without the frames of AnnData."""
    with path.open("rb") as handle:
        if handle.read(8) != _MAGIC:
            return 0.0
    if suffix(path) == ".h5ad":
        return 0.0
    with _open(path) as file:
        return 0.0 if "obs" in file or "var" in file else 0.96


def read(reading: Reading) -> Source:
    """Read a file of datasets.

    Args:
        reading.key: the matrix, or the group of the datasets, where there are several.

    Raises:
        FileError: it is damaged, holds several vectors a name, or nothing that has names.
    """
    path, key = reading.path, reading.key
    with _open(path) as file:
        datasets = _datasets(path, file, key)
        matrices = [one for one in datasets if one.kind == "number" and len(one.shape) == 2]
        names = [one for one in datasets if one.kind == "text" and len(one.shape) == 1]
        if names and matrices:
            return _matrix(path, matrices, names, file, reading.run)
        return _one_each(path, file, datasets, reading.run)


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    h5py = optional("h5py", path)
    with guarded(path, "HDF5"), h5py.File(path, "r") as file:
        yield file


def _datasets(path: Path, file: Any, key: str | None) -> list[_Dataset]:
    """All datasets of the file, or of the group that ``key`` names; links are not followed."""
    found: list[_Dataset] = []

    def visit(place: str, node: Any) -> None:
        if hasattr(node, "shape"):
            found.append(_Dataset(place, tuple(node.shape or ()), _kind(node.dtype)))

    file.visititems(visit)
    if not found:
        raise bad(path, "it holds no datasets")
    if "matrix/barcodes" in file:
        raise bad(
            path,
            "it is a matrix of counts by 10x, not of vectors of genes",
            "give the embedding that was made from it",
        )
    if key is None:
        return found
    chosen = [one for one in found if one.place == key or one.place.startswith(f"{key}/")]
    if not chosen:
        raise bad(path, f"no dataset or group '{key}'; it holds {_listed(found)}")
    return chosen if len(chosen) > 1 else [*chosen, *(one for one in found if one.kind == "text")]


def _kind(dtype: Any) -> str:
    if dtype.kind in "fiu":
        return "number"
    return "text" if dtype.kind in "SOU" else "other"


def _listed(datasets: list[_Dataset]) -> str:
    more = f" and {len(datasets) - 5:,} more" if len(datasets) > 5 else ""
    return ", ".join(map(str, datasets[:5])) + more


def _matrix(
    path: Path, matrices: list[_Dataset], names: list[_Dataset], file: Any, run: Run
) -> Source:
    """A matrix whose rows are named by a dataset of text."""
    if len(matrices) > 1:
        raise bad(path, f"it holds several matrices: {_listed(matrices)}", "choose with --key")
    matrix = matrices[0]
    fitting = [one for one in names if one.shape[0] == matrix.shape[0]]
    if len(fitting) != 1:
        raise bad(
            path,
            f"{len(fitting)} of its datasets could name the {matrix.shape[0]:,} rows of {matrix}: "
            f"{_listed(fitting or names)}",
            "one dataset of text, a name a row",
        )
    labels = [name_of(value) or "" for value in file[fitting[0].place][()].tolist()]
    rows, dims = matrix.shape
    notes = [f"rows of {matrix.place}, named by {fitting[0].place}"]

    def blocks() -> Iterator[Block]:
        with _open(path) as again:
            for start, stop in spans(rows, rows_per_block(dims)):
                run.check()
                yield Block(labels[start:stop], as_float32(again[matrix.place][start:stop]))
                run.report(Progress(f"reading {path.name}", stop, rows))

    return Source(NAME, dims, rows, blocks(), (path,), notes)


def _one_each(path: Path, file: Any, datasets: list[_Dataset], run: Run) -> Source:
    """One vector a dataset."""
    vectors = {one: _width(one) for one in datasets if one.kind == "number"}
    widths = Counter(width for width in vectors.values() if width)
    if not widths:
        tables = [one for one in datasets if one.kind == "number" and len(one.shape) > 1]
        if len(tables) == len(datasets) == 1:
            raise bad(
                path,
                f"the rows of {tables[0]} have no names",
                "put a dataset of text beside it, a name a row",
            )
        if tables:
            raise bad(
                path,
                f"{tables[0]} is several vectors, as for each position of a protein",
                "one vector a gene: take the mean over positions first",
            )
        raise bad(path, f"it holds no vectors: {_listed(datasets)}")
    dims = widths.most_common(1)[0][0]
    dropped = []
    chosen: list[str] = []
    for one in datasets:
        width = vectors.get(one, 0)
        if width == dims:
            chosen.append(one.place)
        elif width:
            dropped.append((OTHER_LENGTH, one.place))
        else:
            dropped.append((SEVERAL if len(one.shape) > 1 else NO_VECTOR, one.place))
    if len(dropped) > max(1, BAD_SHARE * len(datasets)):
        reason, place = dropped[0]
        raise bad(
            path,
            f"{len(dropped):,} of its {len(datasets):,} datasets are bad, such as "
            f"'{printable(place)}': {reason}",
            "choose a group with --key",
        )
    named = [_name(file[place], place) for place in chosen]
    notes = ["a dataset a gene"]
    if any(label != place.rpartition("/")[2] for label, place in zip(named, chosen, strict=True)):
        notes = ["a dataset a gene, named by its attribute"]
    if len(set(named)) < len(named):
        named = _by_groups(path, chosen, named)
    blocks = _blocks(path, chosen, named, dims, run)
    return Source(NAME, dims, len(chosen), blocks, (path,), notes, dropped)


def _width(one: _Dataset) -> int:
    """d of a (d,) or 1 × d dataset, 0 of any other."""
    if len(one.shape) == 2 and one.shape[0] == 1:
        return one.shape[1]
    return one.shape[0] if len(one.shape) == 1 else 0


def _name(dataset: Any, place: str) -> str:
    for attribute in _NAME_ATTRIBUTES:
        value = dataset.attrs.get(attribute)
        if isinstance(value, np.ndarray) and value.size == 1:
            value = value.item()
        if isinstance(value, str | bytes) and (name := name_of(value)):
            return name
    return place.rpartition("/")[2]


def _by_groups(path: Path, places: list[str], names: list[str]) -> list[str]:
    """Names where a group is a gene: TP53/embedding.

    Raises:
        FileError: several groups hold the same genes.
    """
    if len(set(names)) == 1:
        return [place.split("/")[-2] if "/" in place else place for place in places]
    groups = list(dict.fromkeys(place.rpartition("/")[0] for place in places))
    if len(groups) < 2:
        return names
    raise bad(
        path,
        f"several of its groups hold the same names: {', '.join(map(printable, groups[:5]))}",
        "choose a group with --key",
    )


def _blocks(
    path: Path, places: list[str], names: list[str], dims: int, run: Run
) -> Iterator[Block]:
    with _open(path) as file:
        for start, stop in spans(len(places), rows_per_block(dims)):
            rows = np.empty((stop - start, dims), dtype=np.float32)
            for at, place in enumerate(places[start:stop]):
                run.check()
                rows[at] = as_float32(file[place][()]).reshape(dims)
            yield Block(names[start:stop], rows)
            run.report(Progress(f"reading {path.name}", stop, len(places)))
