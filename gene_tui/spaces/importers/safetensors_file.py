"""safetensors files, read without their library, which gives NumPy no bfloat16.

A file is a length (8 bytes), that many bytes of JSON that say what lies where, and the numbers.
Everything the JSON says is checked against the file before any of it is believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from gene_tui.spaces.importers.streams import bad, printable
from gene_tui.spaces.importers.tensors import KINDS, Tensor, count_of, row_major

#: The format's own limit for its JSON.
_HEADER_BYTES = 100_000_000


def is_safetensors(path: Path) -> bool:
    """Whether the file begins as one."""
    with path.open("rb") as handle:
        start = handle.read(9)
    size = int.from_bytes(start[:8], "little")
    return start[8:] == b"{" and 2 <= size <= min(_HEADER_BYTES, path.stat().st_size - 8)


class SafeTensors:
    """An open safetensors file; see ``tensors.Checkpoint``.

    Raises:
        FileError: the header is damaged, or does not match the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        size = path.stat().st_size
        with path.open("rb") as handle:
            length = int.from_bytes(handle.read(8), "little")
            if size < 8 or length > min(_HEADER_BYTES, size - 8):
                raise bad(
                    path,
                    f"its header is said to have {length:,} bytes, the file has {size:,}",
                    "the file is cut short, or no safetensors file",
                )
            text = handle.read(length)
        self._start = 8 + length
        self.tensors: Mapping[str, Tensor] = self._read(text, size - self._start)

    def _read(self, text: bytes, room: int) -> dict[str, Tensor]:
        try:
            entries = json.loads(text)
            if not isinstance(entries, dict):
                raise ValueError("no object")
        except (ValueError, RecursionError) as error:
            raise bad(self.path, "its header is not JSON", "the file is damaged") from error
        entries.pop("__metadata__", None)
        tensors = {name: self._entry(name, entry, room) for name, entry in entries.items()}
        reached = 0
        for begin, end in sorted(tensor.place for tensor in tensors.values()):
            if begin != reached:
                raise bad(self.path, f"its header leaves or doubles bytes at {begin:,}")
            reached = end
        if reached != room:
            raise bad(
                self.path,
                f"its header accounts for {reached:,} bytes of numbers, there are {room:,}",
                "the file is cut short or damaged: copy it again",
            )
        return tensors

    def _entry(self, name: str, entry: Any, room: int) -> Tensor:
        shown = printable(name)
        try:
            kind = str(entry["dtype"])
            shape = tuple(entry["shape"])
            begin, end = entry["data_offsets"]
            whole = all(type(number) is int and number >= 0 for number in (*shape, begin, end))
        except (KeyError, TypeError, ValueError) as error:
            raise bad(self.path, f"its header says nothing sound about '{shown}'") from error
        if not whole or end < begin:
            raise bad(self.path, f"its header says nothing sound about '{shown}'")
        if end > room:
            raise bad(
                self.path,
                f"'{shown}' should end at byte {end:,} of the numbers, there are {room:,}",
                "the file is cut short: copy it again",
            )
        known = kind in KINDS
        if known and count_of(shape) * np.dtype(KINDS[kind]).itemsize != end - begin:
            raise bad(
                self.path, f"'{shown}' has shape {list(shape)} {kind} and {end - begin:,} bytes"
            )
        return Tensor(kind, shape, row_major(shape), place=(begin, end))

    @contextmanager
    def stored(self, tensor: Tensor) -> Iterator[tuple[IO[bytes], int]]:
        """The tensor's bytes."""
        begin, end = tensor.place
        with self.path.open("rb") as handle:
            handle.seek(self._start + begin)
            yield handle, end - begin
