"""Arrays of numbers: what they are called in signatures, and how they are mapped from disk."""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from gene_tui import files
from gene_tui.errors import FileError

#: Rows of vectors, (n, d) unless said otherwise; other numbers of either precision; row numbers
#: (which of them, and listed ones in half the room); yes or no a row; anything.
Matrix = npt.NDArray[np.float32]
Floats32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Rows32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]


def mapped(
    path: Path, *, check: Callable[[BinaryIO], None] | None = None, hint: str = ""
) -> npt.NDArray[Any]:
    """The array of an ``.npy`` file, read-only, its pages read when they are looked at.

    Args:
        check: is shown the open file before it is mapped, to raise what it finds wrong.

    Raises:
        FileError: it is missing, no array of numbers, or longer or shorter than it says.
    """
    with files.reading(path, pipes=False, hint=hint) as handle:
        try:
            if check is not None:
                check(handle)
                handle.seek(0)
            shape, in_columns, dtype = _header(handle)
            start, size = handle.tell(), handle.seek(0, 2)
            if dtype.hasobject or min(shape, default=0) < 0:
                raise ValueError("it holds no numbers")
            if size != start + dtype.itemsize * math.prod(shape):
                raise ValueError("it is longer or shorter than it says")
            order: Any = "F" if in_columns else "C"
            found = np.memmap(handle, dtype, "r", start, shape, order)
        except (OSError, ValueError, TypeError, EOFError, RecursionError, MemoryError) as error:
            why = (isinstance(error, OSError) and error.strerror) or str(error).splitlines()[:1]
            why = why if isinstance(why, str) else "".join(why)
            raise FileError(f"{path} cannot be opened ({why or 'it is damaged'})", hint) from error
    # A plain array over the same map: subclass bookkeeping of np.memmap costs in hot paths.
    return np.asarray(found)


def let_go(array: Array) -> None:
    """Give back the memory that a mapped array's pages take, where the system can.

    It stays as it is: pages are read again, from the system's cache as a rule, when they are
    looked at. Nothing happens to an array that is no view of a file mapped for reading.
    """
    owner: Any = array
    of_file = False
    while isinstance(owner, np.ndarray):
        # What was written to a private copy of a page would be lost.
        of_file = isinstance(owner, np.memmap) and owner.mode == "r"
        owner = owner.base
    if of_file and isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)


def _header(handle: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether columns lie together, and type, of format 1.0, which suffices for numbers."""
    from numpy.lib import format as npy

    if npy.read_magic(handle) != (1, 0):
        raise ValueError("it is of another format")
    shape, in_columns, dtype = npy.read_array_header_1_0(handle)
    return shape, in_columns, dtype
