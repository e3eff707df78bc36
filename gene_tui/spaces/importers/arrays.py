"""Arrays in NumPy's file format, read a block of rows at a time.

Arrays of Python objects are pickles; they are read as plain data (``safe_pickle``), as a whole.
"""

from __future__ import annotations

import math
import tokenize
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from gene_tui.arrays import Array, Matrix
from gene_tui.spaces.importers.named_vectors import name_of
from gene_tui.spaces.importers.pickle_machine import numbers_of
from gene_tui.spaces.importers.pickle_names import NUMPY, ORDERED
from gene_tui.spaces.importers.safe_pickle import load
from gene_tui.spaces.importers.streams import bad, decode

#: NumPy parses the header as Python source, with all that may go wrong in that.
_HEADER_ERRORS = (
    ValueError,
    LookupError,
    TypeError,
    SyntaxError,
    EOFError,
    RecursionError,
    MemoryError,
    tokenize.TokenError,
)
MAGIC = b"\x93NUMPY"
#: Objects are held in memory as a whole.
_MOST_OBJECT_BYTES = 4 << 30


class ArrayStream:
    """One array of a file, read from its first row to its last.

    Args:
        handle: positioned at the array's header.
        size: bytes from there to the end.
        path: the file, for messages.
        what: what to call the array in messages ("array 'genes'"); "" for the file itself.

    Raises:
        FileError: there is no header, it holds Python objects, or it does not match ``size``.
    """

    def __init__(self, handle: IO[bytes], size: int, path: Path, what: str = "") -> None:
        self._handle = handle
        self._path = path
        self._what = f"{what}: " if what else ""
        self._rest: Array | None = None
        self._row = 0
        start = handle.tell()
        self.dictionary: dict[Any, Any] | None = None
        self.shape, self._fortran, self.dtype = self._header()
        rest = size - (handle.tell() - start)
        if self.dtype.hasobject:
            self._unpickle(rest)
        else:
            self._check(rest)

    def _header(self) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
        try:
            version = np.lib.format.read_magic(self._handle)
            reader = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            with warnings.catch_warnings():  # NumPy tells of headers of Python 2, which it reads
                warnings.simplefilter("ignore")
                shape, fortran, dtype = reader(self._handle)
        except _HEADER_ERRORS as error:
            raise bad(self._path, f"{self._what}the NumPy header is missing or damaged") from error
        if any(side < 0 for side in shape):
            raise bad(self._path, f"{self._what}the NumPy header is damaged (a negative size)")
        return tuple(int(side) for side in shape), bool(fortran), dtype

    def _unpickle(self, size: int) -> None:
        """Take objects for what they are: names, vectors, or a dictionary by itself."""
        if size > _MOST_OBJECT_BYTES:
            raise bad(self._path, f"{self._what}it holds {size:,} bytes of Python objects")
        data = self._handle.read(size)
        value = load(self._path, data, {**NUMPY, **ORDERED})
        items = getattr(value, "array", None)
        if not isinstance(items, list) or value.shape != self.shape:
            raise bad(self._path, f"{self._what}its objects do not match its header")
        if not self.shape and isinstance(items[0], dict):
            self.dictionary = items[0]
            return
        array = _plain_array(items, self.shape)
        if array is None:
            raise bad(
                self._path,
                f"{self._what}it holds Python objects that are neither names nor vectors",
                "save names as text (array.astype(str)) and numbers as float32",
            )
        self._rest, self.shape, self.dtype = array, array.shape, array.dtype

    def _check(self, size: int) -> None:
        announced = math.prod(self.shape) * self.dtype.itemsize
        if announced != size:
            shape = " × ".join(f"{side:,}" for side in self.shape)
            raise bad(
                self._path,
                f"{self._what}its header announces {shape} {self.dtype} ({announced:,} bytes), "
                f"there are {size:,}",
                "the file is cut short or damaged: copy it again",
            )

    @property
    def kind(self) -> str:
        """ "number", "text" or "other"."""
        if self.dtype.kind in "fiu":
            return "number"
        return "text" if self.dtype.kind in "US" else "other"

    def __str__(self) -> str:
        if self.dictionary is not None:
            return f"a dictionary of {len(self.dictionary):,}"
        shape = " × ".join(f"{side:,}" for side in self.shape)
        return f"{shape or 'single'} {'text' if self.kind == 'text' else self.dtype}"

    def take(self, rows: int) -> Array:
        """The next ``rows`` rows, as stored; fewer at the end.

        Raises:
            FileError: the file ends early.
        """
        count = min(rows, self.shape[0] - self._row)
        if self._rest is not None or (self._fortran and len(self.shape) > 1):
            if self._rest is None:  # stored by columns: only the whole of it has rows
                self._rest = self._read(math.prod(self.shape)).reshape(self.shape, order="F")
            block = self._rest[self._row : self._row + count]
        else:
            inner = self.shape[1:]
            block = self._read(count * math.prod(inner)).reshape((count, *inner))
        self._row += count
        return block

    def _read(self, items: int) -> Array:
        array = np.empty(items, dtype=self.dtype)
        view = array.view(np.uint8).reshape(-1).data if array.nbytes else memoryview(b"")
        done = 0
        while done < len(view):
            got = self._handle.readinto(view[done:])  # type: ignore[attr-defined]  # every binary handle has it
            if not got:
                raise bad(self._path, f"{self._what}it ends after row {self._row:,}")
            done += got
        return array

    def texts(self, rows: int) -> list[str]:
        """The next ``rows`` entries of a 1-D array of text or whole numbers, as text."""
        return as_texts(self.take(rows))


def _plain_array(items: list[Any], shape: tuple[int, ...]) -> Array | None:
    """Objects as names (1-D text), or numbers (n × d float32); None if they are neither."""
    if len(shape) == 1:
        names = [name_of(item) if item is not None else "" for item in items]
        if names and all(name is not None for name in names):
            return np.array(names, dtype=np.str_)
        rows = [numbers_of(item) for item in items]
        found = [row for row in rows if row is not None]
        if found and len(found) == len(rows) and len({len(row) for row in found}) == 1:
            return np.stack(found)
    if len(shape) == 2 and items and all(type(item) in (int, float) for item in items):
        with np.errstate(over="ignore"):
            return np.array(items, dtype=np.float64).astype(np.float32).reshape(shape)
    return None


def as_texts(array: Array) -> list[str]:
    """A 1-D array of text, bytes (UTF-8, else Latin-1) or whole numbers, as a list of text."""
    if array.dtype.kind == "S":
        return decode(array.tolist())[0]
    return [str(value) for value in array.tolist()]


def as_float32(array: Array) -> Matrix:
    """Numbers as float32 in C order; what is too large for it becomes infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ascontiguousarray(array, dtype=np.float32)


def is_matrix(stream: ArrayStream) -> bool:
    """Whether it is rows of vectors."""
    return stream.kind == "number" and len(stream.shape) == 2 and min(stream.shape) > 0


def is_names(stream: ArrayStream) -> bool:
    """Whether it can be names of rows: 1-D text, or whole numbers as NCBI's gene numbers are."""
    return len(stream.shape) == 1 and (stream.kind == "text" or stream.dtype.kind in "iu")


def spans(total: int, step: int) -> Iterator[tuple[int, int]]:
    """Consecutive (start, stop) of at most ``step`` from 0 to ``total``."""
    for start in range(0, total, step):
        yield start, min(total, start + step)
