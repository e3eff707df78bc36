"""gensim's own files (``.kv``), of its releases 3 and 4, read without gensim.

A file is a pickle of the object; arrays of more than some megabytes stand beside it, as
``x.kv.vectors.npy``. Only the names of gensim's classes are allowed, none is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.run import IsCancelled, check
from gene_tui.spaces.importers.arrays import as_float32
from gene_tui.spaces.importers.npy import matrix_blocks, matrix_shape
from gene_tui.spaces.importers.pickle_machine import Allowed, Record
from gene_tui.spaces.importers.pickle_names import NUMPY, ORDERED, SETS, StoredArray, records
from gene_tui.spaces.importers.pickled import unpickle
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.streams import bad, head, rows_per_block
from gene_tui.spaces.source import Block, Source

NAME = "gensim"

_MODULE = "gensim.models.keyedvectors"
_VECTORS = (
    "KeyedVectors",
    "Word2VecKeyedVectors",
    "WordEmbeddingsKeyedVectors",
    "EuclideanKeyedVectors",
    "BaseKeyedVectors",
)
_ALLOWED: Allowed = {
    **NUMPY,
    **ORDERED,
    **SETS,
    **records(*(f"{_MODULE}.{name}" for name in _VECTORS)),
    **records(*(f"{_MODULE}.{name}" for name in ("Vocab", "SimpleVocab", "CompatVocab"))),
}
#: Names of the vectors and of the rows' names in one release or another, newest first.
_VECTOR_NAMES = ("vectors", "syn0")
_LABEL_NAMES = ("index_to_key", "index2word", "index2entity")


def probe(path: Path) -> float:
    """Whether it is a pickle that begins with one of gensim's classes."""
    start = head(path, 4096)
    return 0.95 if start[:1] == b"\x80" and _MODULE.encode() in start else 0.0


def read(reading: Reading) -> Source:
    """Read a ``KeyedVectors`` file.

    Raises:
        FileError: it or the file of its vectors is damaged or missing, or it is another of
            gensim's objects.
    """
    path, run = reading.path, reading.run
    value = unpickle(path, _ALLOWED, run)
    if not isinstance(value, Record):
        raise bad(path, "it holds none of gensim's vectors")
    names = _names(path, value.state)
    stored, attribute = _vectors(value.state)
    if stored is not None:
        if len(stored.shape) != 2 or stored.dtype.kind not in "fiu" or not stored.size:
            raise bad(path, "its vectors are no table of numbers")
        _check_count(path, names, stored.shape[0])
        blocks = _blocks(stored, names, run.cancelled)
        return Source(NAME, stored.shape[1], len(names), blocks, (path,))
    beside = path.with_name(f"{path.name}.{attribute}.npy")
    if not beside.is_file():
        raise bad(path, f"its vectors are missing: {beside.name} does not stand beside it")
    rows, dims = matrix_shape(beside)
    _check_count(path, names, rows)
    return Source(NAME, dims, rows, matrix_blocks(beside, names, dims, run), (path, beside))


def _names(path: Path, state: dict[Any, Any]) -> list[str]:
    for attribute in _LABEL_NAMES:
        names = state.get(attribute)
        if isinstance(names, list) and names:
            if not all(isinstance(name, str | int) for name in names):
                raise bad(path, "its names are no text")
            return [str(name) for name in names]
    raise bad(path, "it has no list of names, as gensim's word vectors have")


def _vectors(state: dict[Any, Any]) -> tuple[npt.NDArray[Any] | None, str]:
    """The vectors where they are in the pickle, and the name they go by."""
    for attribute in _VECTOR_NAMES:
        value = state.get(attribute)
        if isinstance(value, StoredArray) and isinstance(value.array, np.ndarray):
            return value.array, attribute
    outside = state.get("__numpys")
    named = [name for name in _VECTOR_NAMES if isinstance(outside, list) and name in outside]
    return None, (named or [name for name in _VECTOR_NAMES if name in state] or ["vectors"])[0]


def _check_count(path: Path, names: list[str], rows: int) -> None:
    if len(names) != rows:
        raise bad(path, f"it has {len(names):,} names for {rows:,} vectors")


def _blocks(stored: npt.NDArray[Any], names: list[str], cancelled: IsCancelled) -> Iterator[Block]:
    step = rows_per_block(stored.shape[1])
    for start in range(0, len(names), step):
        check(cancelled)
        yield Block(names[start : start + step], as_float32(stored[start : start + step]))
