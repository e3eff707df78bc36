"""Tensors in model checkpoints, read row by row without the libraries that wrote them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Matrix
from gene_tui.errors import FileError
from gene_tui.run import QUIET, Progress, Run
from gene_tui.spaces.importers.arrays import as_float32
from gene_tui.spaces.importers.streams import bad, printable, rows_per_block

#: Number types by safetensors' names. BF16, the upper half of a float32, is unknown to NumPy.
KINDS: Mapping[str, str] = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "<u1",
    "BOOL": "<u1",
}
#: A tensor not stored row by row, or one of which all is needed, is at most this long.
_WHOLE_BYTES = 8 << 30


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where and how a tensor is stored.

    Attributes:
        kind: a key of ``KINDS``, or a name this program does not know.
        shape, strides: in numbers, not bytes.
        offset: of the first number, in numbers.
        place: where its numbers are, as its checkpoint knows it.
    """

    kind: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    place: Any = None

    @property
    def plain(self) -> bool:
        """Whether it is stored row by row without gaps."""
        return self.strides == row_major(self.shape)

    def __str__(self) -> str:
        return f"{' × '.join(f'{side:,}' for side in self.shape) or 'single'} {self.kind}"


class TensorFile(Protocol):
    """An open file of tensors."""

    path: Path
    tensors: Mapping[str, Tensor]

    def stored(self, tensor: Tensor) -> AbstractContextManager[tuple[IO[bytes], int]]:
        """The bytes of what the tensor lies in, from its beginning, and how many there are."""


def row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a tensor stored row by row."""
    strides = [1]
    for side in reversed(shape[1:]):
        strides.append(strides[-1] * side)
    return tuple(reversed(strides[: len(shape)]))


def floats(data: bytes | bytearray | memoryview, kind: str) -> npt.NDArray[np.float32]:
    """Numbers of a kind as float32."""
    array = np.frombuffer(data, dtype=KINDS[kind])
    if kind == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return as_float32(array)


def find(checkpoint: TensorFile, ending: str) -> str:
    """The one matrix whose name is ``ending``, or ends with it after a dot.

    Raises:
        FileError: there is none, or more than one, or it is no matrix.
    """
    names = [name for name in checkpoint.tensors if name == ending or name.endswith(f".{ending}")]
    if len(names) == 1 and len(checkpoint.tensors[names[0]].shape) == 2:
        return names[0]
    if len(names) == 1:
        what = f"'{names[0]}' is {checkpoint.tensors[names[0]]}, not rows of numbers"
    elif names:
        what = f"several weights are called {ending}: {', '.join(map(printable, names[:5]))}"
    else:
        what = f"it has no weight {ending}; it has {listed(checkpoint)}"
    raise bad(checkpoint.path, what, "it may be the checkpoint of another model")


def listed(checkpoint: TensorFile, most: int = 8) -> str:
    """Its tensors, as part of one line."""
    items = [f"{printable(name)} ({tensor})" for name, tensor in checkpoint.tensors.items()]
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return (", ".join(items[:most]) or "no tensors") + more


def row_blocks(checkpoint: TensorFile, name: str, run: Run = QUIET) -> Iterator[Matrix]:
    """The rows of a matrix as float32, some megabytes at a time.

    Raises:
        FileError: its numbers are of an unknown kind, or not all there.
    """
    tensor = checkpoint.tensors[name]
    rows, dims = tensor.shape
    _check(checkpoint, name, tensor)
    step = rows_per_block(dims)
    whole = None if tensor.plain else whole_array(checkpoint, name)
    width = dims * np.dtype(KINDS[tensor.kind]).itemsize
    with checkpoint.stored(tensor) as (handle, _size):
        if whole is None:
            skip(handle, tensor.offset * np.dtype(KINDS[tensor.kind]).itemsize)
        for start in range(0, rows, step):
            run.check()
            stop = min(rows, start + step)
            if whole is None:
                data = exactly(checkpoint, name, handle, (stop - start) * width)
                yield floats(data, tensor.kind).reshape(stop - start, dims)
            else:
                yield np.ascontiguousarray(whole[start:stop])
            run.report(Progress(f"reading {checkpoint.path.name}", stop, rows))


def whole_array(checkpoint: TensorFile, name: str) -> npt.NDArray[np.float32]:
    """All of a tensor as float32, however its numbers lie.

    Raises:
        FileError: its numbers are of an unknown kind, too many, or not all there.
    """
    tensor = checkpoint.tensors[name]
    _check(checkpoint, name, tensor)
    with checkpoint.stored(tensor) as (handle, size):
        if size > _WHOLE_BYTES:
            raise bad(checkpoint.path, f"'{printable(name)}' is too large ({size:,} bytes)")
        stored = floats(exactly(checkpoint, name, handle, size), tensor.kind)
    part = stored[tensor.offset :]
    strides = tuple(4 * stride for stride in tensor.strides)
    return np.lib.stride_tricks.as_strided(part, tensor.shape, strides, writeable=False)


def _check(checkpoint: TensorFile, name: str, tensor: Tensor) -> None:
    """Whether the tensor's numbers are of a known kind and lie within what is stored."""
    if tensor.kind not in KINDS:
        raise bad(
            checkpoint.path, f"'{printable(name)}' is of kind {printable(tensor.kind)}, not read"
        )
    last = tensor.offset + sum(
        (side - 1) * stride for side, stride in zip(tensor.shape, tensor.strides, strict=True)
    )
    with checkpoint.stored(tensor) as (_handle, size):
        there = size // np.dtype(KINDS[tensor.kind]).itemsize
    if min(tensor.shape, default=1) < 1 or min((*tensor.strides, tensor.offset)) < 0:
        raise bad(checkpoint.path, f"'{printable(name)}' has an impossible shape ({tensor})")
    if max(last + 1, count_of(tensor.shape)) > there:
        raise bad(
            checkpoint.path,
            f"'{printable(name)}' ({tensor}) has more numbers than the {there:,} that are stored",
            "the file is damaged",
        )


def skip(handle: IO[bytes], count: int) -> None:
    """Pass over bytes."""
    while count:
        passed = len(handle.read(min(count, 1 << 20)))
        if not passed:
            return
        count -= passed


def exactly(checkpoint: TensorFile, name: str, handle: IO[bytes], count: int) -> bytearray:
    """The next ``count`` bytes of a tensor."""
    data = bytearray()
    while len(data) < count:
        part = handle.read(min(count - len(data), 1 << 24))
        if not part:
            raise cut_short(checkpoint, name)
        data += part
    return data


def cut_short(checkpoint: TensorFile, name: str) -> FileError:
    """The error for a tensor whose numbers end early."""
    return bad(checkpoint.path, f"the numbers of '{printable(name)}' end early", "copy it again")


def count_of(shape: tuple[int, ...]) -> int:
    """How many numbers a shape holds."""
    return math.prod(shape)
