"""A plain matrix in ``.npy`` with its names in a second file beside it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from gene_tui.errors import FileError
from gene_tui.run import Progress, Run
from gene_tui.spaces.importers.arrays import (
    MAGIC,
    ArrayStream,
    as_float32,
    as_texts,
    is_matrix,
    is_names,
)
from gene_tui.spaces.importers.label_files import label_file, surplus_hint
from gene_tui.spaces.importers.named_vectors import gathered, labels_of
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.streams import (
    LINE_BYTES,
    bad,
    decode,
    guarded,
    rows_per_block,
)
from gene_tui.spaces.source import Block, Source

NAME = "npy"

#: Words in a file's name that say it holds vectors, and those that say it holds their names.
_VECTORS = ("embeddings", "embedding", "vectors", "matrix", "emb")
_NAMES = ("words", "genes", "labels", "names", "symbols", "ids", "gene_names", "vocab")
_SUFFIXES = (".npy", ".txt", ".json")


def probe(path: Path) -> float:
    """Whether this is a NumPy matrix, or names beside which a matrix stands."""
    with path.open("rb") as handle:
        if handle.read(len(MAGIC)) != MAGIC:
            return 0.0
    return 0.4 if _holds_names(path) else 0.95


def read(reading: Reading) -> Source:
    """Read a matrix and its names; ``labels`` is needed where the names' file is not beside it.

    Given the names' file itself, the matrix beside it is read.

    Raises:
        FileError: a file is damaged, there are no names, or not as many as rows.
    """
    path, labels = reading.path, reading.labels
    with _array(path) as stream:
        vectors = stream.dictionary
    if vectors and labels is None:
        return gathered(path, vectors).source(NAME, reading.run.cancelled)
    if labels is None and _holds_names(path):
        path, labels = _matrix_of(path), path
    rows, dims = matrix_shape(path)
    found = labels or names_beside(path)
    notes: list[str] = []
    names = read_names(found, notes)
    if len(names) != rows:
        raise bad(
            found,
            f"{len(names):,} names for the {rows:,} rows of {path.name}",
            surplus_hint(found, names, rows),
        )
    return Source(
        format=NAME,
        dims=dims,
        rows=rows,
        blocks=matrix_blocks(path, names, dims, reading.run),
        files=(path, found),
        notes=notes,
    )


@contextlib.contextmanager
def _array(path: Path) -> Iterator[ArrayStream]:
    with guarded(path, "a NumPy array"), path.open("rb") as handle:
        yield ArrayStream(handle, path.stat().st_size, path)


def matrix_shape(path: Path) -> tuple[int, int]:
    """Rows and dimensions of a matrix.

    Raises:
        FileError: the file is damaged or holds something else.
    """
    with _array(path) as stream:
        if not is_matrix(stream):
            raise bad(
                path,
                f"it holds {stream}, not a table of numbers (rows × dimensions)",
                "one row a gene, one column a dimension",
            )
        rows, dims = stream.shape
    return rows, dims


def matrix_blocks(path: Path, names: list[str], dims: int, run: Run) -> Iterator[Block]:
    """The rows of a matrix with their names, some megabytes at a time."""
    step = rows_per_block(dims)
    with _array(path) as stream:
        for start in range(0, len(names), step):
            run.check()
            block = as_float32(stream.take(step))
            yield Block(names[start : start + step], block)
            run.report(Progress(f"reading {path.name}", start + len(block), len(names)))


def _holds_names(path: Path) -> bool:
    with _array(path) as stream:
        return is_names(stream)


def _matrix_of(path: Path) -> Path:
    """The matrix beside a file of names."""
    for candidate in _beside(path, _NAMES, _VECTORS, (".npy",)):
        if candidate.is_file():
            return candidate
    raise bad(
        path,
        "it holds names, and no file of vectors stands beside it",
        "give the file of vectors, and this one as its labels",
    )


def names_beside(path: Path) -> Path:
    """The file of names that belongs to a file of vectors, by the usual habits of naming.

    Raises:
        FileError: there is none.
    """
    for candidate in _beside(path, _VECTORS, _NAMES, _SUFFIXES):
        if candidate.is_file() and candidate != path:
            return candidate
    raise bad(
        path,
        "its rows have no names: no file of labels stands beside it",
        f"put {path.stem}.txt beside it, one name a line, or give the file of labels",
    )


def _beside(
    path: Path, own: tuple[str, ...], other: tuple[str, ...], suffixes: tuple[str, ...]
) -> Iterator[Path]:
    """Names the partner of ``path`` may have, most telling first."""
    lower = path.stem.lower()
    stems: list[str] = []
    for word in own:
        at = lower.rfind(word)
        if at >= 0:
            stems += [path.stem[:at] + mate + path.stem[at + len(word) :] for mate in other]
            break
    stems += [f"{path.stem}{glue}{mate}" for mate in other for glue in "._-"]
    if own is _VECTORS:
        stems += [path.stem, *other]
    for name in stems:
        for ending in suffixes:
            yield path.with_name(name + ending)


def read_names(path: Path, notes: list[str] | None = None) -> list[str]:
    """Names from a ``.npy`` of text, a ``.json`` list, or a text file with one a line.

    A JSON object {name: row number} is read as well, if its numbers are 0 … n−1, and a small
    table of which one column holds names.

    Args:
        notes: gets a sentence that tells which column that is.

    Raises:
        FileError: the file is missing, damaged, or holds something else.
    """
    if not path.is_file():
        raise bad(path, "no such file of labels")
    with path.open("rb") as handle:
        start = handle.read(len(MAGIC))
    if start == MAGIC:
        return _npy_names(path)
    if path.stat().st_size > 16 * LINE_BYTES:
        raise bad(path, f"{path.stat().st_size:,} bytes are too many for a file of labels")
    data = path.read_bytes()
    if path.suffix.lower() == ".json":
        return _json_names(path, data)
    if b"\0" in data:
        raise bad(path, "it is not a text file of labels", "one name a line")
    lines = [line.rstrip(b"\r") for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    found = label_file(path, decode(lines)[0])
    if notes is not None:
        notes += found.notes
    return found.names


def _npy_names(path: Path) -> list[str]:
    with _array(path) as stream:
        if stream.dictionary:
            return labels_of(path, stream.dictionary, len(stream.dictionary))
        if not is_names(stream):
            raise bad(path, f"it holds {stream}, not a list of names")
        return as_texts(stream.take(stream.shape[0]))


def _json_names(path: Path, data: bytes) -> list[str]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise bad(path, f"it is not JSON ({error})") from error
    if isinstance(value, list) and all(isinstance(name, str | int) for name in value):
        return [str(name) for name in value]
    if isinstance(value, dict) and all(type(row) is int for row in value.values()):
        names = sorted(value, key=value.__getitem__)
        if [value[name] for name in names] == list(range(len(names))):
            return names
    raise _not_names(path)


def _not_names(path: Path) -> FileError:
    return bad(
        path,
        "it holds no list of names",
        'a JSON file of labels is ["HBA1", "HBB", …] or {"HBA1": 0, "HBB": 1, …}',
    )
