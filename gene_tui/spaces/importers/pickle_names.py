"""The names pickles of vectors may use, and the plain data each of them makes.

Each importer allows the names its own files need and no other.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.spaces.importers.pickle_machine import Allowed, Record, expanded

_DTYPE = re.compile(r"[<>=|]?(?:[iu][1248]|f[248]|b1|[SU]\d{1,6}|O8?)")


@dataclass(slots=True)
class Dtype:
    """A NumPy type: plain numbers, text, or objects."""

    code: str
    order: str = "="

    def set_state(self, state: Any) -> None:
        """Take the byte order out of what NumPy pickles."""
        order = state[1]
        if order not in ("<", ">", "=", "|"):
            raise ValueError("a NumPy type without a byte order")
        self.order = order

    @property
    def dtype(self) -> np.dtype[Any]:
        """As NumPy has it."""
        return np.dtype(self.order + self.code.lstrip("<>=|"))


@dataclass(slots=True)
class StoredArray:
    """A NumPy array; ``array`` is a list where it held Python objects, row after row."""

    array: npt.NDArray[Any] | list[Any] | None = None
    shape: tuple[int, ...] = ()

    def set_state(self, state: Any) -> None:
        """Take shape, type and content; they must fit together."""
        _version, shape, dtype, fortran, content = state
        if not isinstance(dtype, Dtype) or not all(type(side) is int for side in shape):
            raise ValueError("an array of an unknown type")
        if min(shape, default=0) < 0:
            raise ValueError("an array of a negative size")
        self.shape = tuple(shape)
        if isinstance(content, list):
            self.array = expanded(content)
            if len(self.array) != math.prod(shape) or (fortran and len(shape) > 1):
                raise ValueError("objects that do not match their shape")
            return
        if isinstance(content, str):  # of Python 2
            content = content.encode("latin-1")
        kind = dtype.dtype
        if kind.hasobject or len(content) != math.prod(shape) * kind.itemsize:
            raise ValueError("an array whose content does not match its shape")
        flat = np.frombuffer(content, dtype=kind) if content else np.empty(0, dtype=kind)
        self.array = flat.reshape(shape, order="F" if fortran else "C")


def _dtype(code: str | bytes, *_: Any) -> Dtype:
    text = code.decode("ascii") if isinstance(code, bytes) else code
    if not _DTYPE.fullmatch(text):
        raise ValueError("an unknown NumPy type")
    return Dtype(text)


def _scalar(dtype: Dtype, content: bytes | str) -> Any:
    if isinstance(content, str):  # of Python 2
        content = content.encode("latin-1")
    kind = dtype.dtype
    if kind.kind not in "iufb" or len(content) != kind.itemsize:
        raise ValueError("a NumPy number whose content does not match its type")
    return np.frombuffer(content, dtype=kind)[0].item()


def _array(*_: Any) -> StoredArray:
    return StoredArray()


def _array_from_buffer(content: bytes, dtype: Dtype, shape: Any, order: str) -> StoredArray:
    array = StoredArray()
    array.set_state((1, shape, dtype, order == "F", content))
    return array


def _encode(text: str, encoding: str = "latin-1") -> bytes:
    """How protocol 2 writes bytes."""
    if encoding not in ("latin1", "latin-1"):
        raise ValueError("an unknown encoding")
    return text.encode("latin-1")


def _no_bytes() -> bytes:
    """How protocol 2 writes empty bytes; it takes nothing."""
    return b""


def _nothing(*_: Any) -> None:
    """What stands for a class that is named as an argument only."""


def _list(items: Any = ()) -> list[Any]:
    if not isinstance(items, list | tuple):
        raise ValueError("a set of something that is no list")
    return list(items)


def _ordered(*items: Any) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for key, value in items[0] if items else ():
        if not isinstance(key, str):
            raise ValueError("a name that is no text")
        made[key] = value
    return made


def _record(name: str, *_: Any) -> Record:
    return Record(name)


def records(*names: str) -> Allowed:
    """Classes whose instances are read as records of their state."""
    return {name: partial(_record, name) for name in names}


_CORE: Allowed = {
    "multiarray.scalar": _scalar,
    "multiarray._reconstruct": _array,
    "numeric._frombuffer": _array_from_buffer,
}
#: NumPy's arrays, numbers and types, under the names of its releases 1 and 2.
NUMPY: Allowed = {
    "numpy.dtype": _dtype,
    "numpy.ndarray": _nothing,
    "_codecs.encode": _encode,
    "builtins.bytes": _no_bytes,
    "__builtin__.bytes": _no_bytes,
    **{f"numpy.core.{name}": make for name, make in _CORE.items()},
    **{f"numpy._core.{name}": make for name, make in _CORE.items()},
}

#: Sets, as protocols 2 and 3 write them; they become lists.
SETS: Allowed = {
    f"{module}.{name}": _list
    for module in ("builtins", "__builtin__")
    for name in ("set", "frozenset")
}

#: Ordered dictionaries.
ORDERED: Allowed = {"collections.OrderedDict": _ordered}
