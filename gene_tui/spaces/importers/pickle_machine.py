"""A stack machine for pickles that builds plain data and nothing else.

``safe_pickle`` drives it and says what each opcode does.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats32
from gene_tui.spaces.importers.streams import bad, printable

#: Makes a value from a call's arguments.
Maker = Callable[..., Any]
#: Allowed names ("numpy.dtype") and what a call of each makes.
Allowed = Mapping[str, Maker]

_MARK = object()
#: The opcode of a number, 8 bytes of which follow.
BINFLOAT = 0x47
#: Fewer numbers than this are not worth a step of their own; more are taken in several.
_SHORTEST_RUN, _LONGEST_RUN = 16, 1024
#: Whole numbers longer than this (in bytes) are in no file of ours.
_LONGEST_INTEGER = 16


class OldText(str):
    """A string of Python 2: bytes of unknown encoding, a character each."""

    __slots__ = ()

    @property
    def text(self) -> str:
        """As UTF-8 where it is that, else as Latin-1."""
        try:
            return self.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            return str(self)


@dataclass(slots=True)
class Record:
    """What stands for an instance of an allowed class: its name and the state it was given."""

    name: str
    state: dict[Any, Any] = field(default_factory=dict)


@runtime_checkable
class Stateful(Protocol):
    """What a maker returns for an object whose content comes afterwards."""

    def set_state(self, state: Any) -> None:
        """Take the content."""


@dataclass(frozen=True, slots=True)
class Global:
    """An allowed name, not called."""

    name: str
    make: Maker


@dataclass(frozen=True, slots=True)
class Numbers:
    """Consecutive numbers in a list, as one item of it."""

    numbers: Floats32


def numbers_of(value: object, depth: int = 1) -> Floats32 | None:
    """A list, tuple or array of numbers as (k,) float32; None if it is anything else.

    One row of numbers in a list or array of its own (1 × k) is the same.
    """
    value = getattr(value, "array", value)
    if isinstance(value, np.ndarray):
        row: npt.NDArray[Any] = value[0] if value.ndim == 2 and len(value) == 1 else value
        if row.ndim != 1 or row.dtype.kind not in "fiu":
            return None
        with np.errstate(over="ignore"):
            return row.astype(np.float32)
    if not isinstance(value, list | tuple):
        return None
    if len(value) == 1 and not isinstance(value[0], float | int | Numbers):
        return numbers_of(value[0], depth - 1) if depth else None
    if value and all(isinstance(item, Numbers) for item in value):
        return np.concatenate([item.numbers for item in value])
    if not all(type(item) in (float, int, Numbers) for item in value):
        return None
    with np.errstate(over="ignore"):
        return np.array(expanded(value), dtype=np.float64).astype(np.float32)


class Machine:
    """The state of one pickle being read; ``at`` is the next byte.

    Args:
        path: the file, for messages.
        data: its bytes.
        allowed: the names it may use.
        persistent: makes a value from a persistent id; None where there must be none.
    """

    def __init__(
        self,
        path: Path,
        data: bytes | memoryview,
        allowed: Allowed,
        persistent: Callable[[Any], Any] | None = None,
    ) -> None:
        self.path = path
        self.data = data
        self._bytes = np.frombuffer(data, dtype=np.uint8)
        self.at = 0
        self._allowed = allowed
        self._persistent = persistent
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def push(self, value: Any) -> None:
        """Put a value on the stack."""
        self._stack.append(value)

    def pop(self) -> Any:
        """Take the top of the stack."""
        value = self._stack.pop()
        if value is _MARK:
            raise ValueError("a mark in place of a value")
        return value

    def mark(self) -> None:
        """Begin a series of items."""
        self._stack.append(_MARK)

    def drop(self) -> None:
        """Forget the top of the stack."""
        self._stack.pop()

    def drop_items(self) -> None:
        """Forget what was pushed since the last mark."""
        self.items()

    def top(self) -> Any:
        """The top of the stack, which stays there."""
        return self._stack[-1]

    def skip(self, count: int) -> None:
        """Pass over bytes that say nothing about the content."""
        self.take(count)

    def dictionary(self) -> None:
        """Push a dictionary of what was pushed since the last mark."""
        items = self.items()
        self.push({})
        self.set_items(expanded(items))

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes of the file."""
        stop = self.at + count
        if stop > len(self.data):
            raise EOFError("it ends early")
        part = bytes(self.data[self.at : stop])
        self.at = stop
        return part

    def size(self, width: int) -> int:
        """A length of ``width`` bytes."""
        return int.from_bytes(self.take(width), "little")

    def sized(self, width: int) -> bytes:
        """Bytes with their length before them."""
        return self.take(self.size(width))

    def line(self) -> str:
        """Text up to the next line end, a character a byte."""
        window = 1 << 12
        while True:
            ends = np.flatnonzero(self._bytes[self.at : self.at + window] == 0x0A)
            if len(ends):
                return self.take(int(ends[0]) + 1)[:-1].decode("latin-1")
            if self.at + window >= len(self.data):
                raise EOFError("a line without an end")
            window *= 16

    def number(self, form: str) -> None:
        """Push a number of a fixed format."""
        self.push(struct.unpack(form, self.take(struct.calcsize(form)))[0])

    def real(self) -> None:
        """Push a number, or a run of them where a list is being filled."""
        stack = self._stack
        run = None
        filling = len(stack) > 1 and stack[-1] is _MARK and isinstance(stack[-2], list)
        if filling or (stack and type(stack[-1]) is Numbers):  # a frame may divide a run
            run = self._run()
        if run is None:
            self.number(">d")
        else:
            self.push(Numbers(run))

    def _run(self) -> Floats32 | None:
        """The numbers from here on that follow each other without a break, if they are many."""
        begin = self.at - 1
        count = min((len(self.data) - begin) // 9, _LONGEST_RUN)
        table = self._bytes[begin : begin + 9 * count].reshape(-1, 9)
        others = np.flatnonzero(table[:, 0] != BINFLOAT)
        count = int(others[0]) if len(others) else count
        if count < _SHORTEST_RUN:
            return None
        self.at = begin + 9 * count
        with np.errstate(over="ignore", invalid="ignore"):
            return np.ascontiguousarray(table[:count, 1:]).view(">f8")[:, 0].astype(np.float32)

    def long(self, width: int) -> None:
        """Push a whole number of any reasonable size."""
        size = self.size(width)
        if size > _LONGEST_INTEGER:
            raise ValueError("a whole number of absurd size")
        self.push(int.from_bytes(self.take(size), "little", signed=True))

    def integer_line(self) -> None:
        """Push a whole number written out; 00 and 01 are truth values."""
        text = self.line().removesuffix("L")
        if len(text) > 4 * _LONGEST_INTEGER:
            raise ValueError("a whole number of absurd size")
        self.push(text == "01" if text in ("00", "01") else int(text))

    def items(self) -> list[Any]:
        """Take what was pushed since the last mark."""
        at = len(self._stack) - 1
        while at >= 0 and self._stack[at] is not _MARK:
            at -= 1
        if at < 0:
            raise ValueError("no mark")
        found = self._stack[at + 1 :]
        del self._stack[at:]
        return found

    def last(self, count: int) -> list[Any]:
        """Take the last ``count`` values."""
        return [self.pop() for _ in range(count)][::-1]

    def append(self, items: list[Any]) -> None:
        """Add items to the list below them."""
        target = self._stack[-1]
        if not isinstance(target, list):
            raise ValueError("items for something that is no list")
        target.extend(items)

    def set_items(self, items: Sequence[Any]) -> None:
        """Put names and values into the dictionary below them."""
        target = self._stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise ValueError("names for something that is no dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            # nothing nested is ever hashed
            if not (key is None or isinstance(key, str | bytes | int | float)):
                raise ValueError("a name that is neither text nor number")
            target[key] = value

    def named(self, module: object, name: object) -> None:
        """Push an allowed name."""
        full = f"{module}.{name}"
        make = self._allowed.get(full)
        if make is None:
            raise bad(
                self.path,
                f"the pickle asks for '{printable(full)}', which is not allowed",
                "loading a pickle can run any program: have it converted to another format",
            )
        self.push(Global(full, make))

    def call(self) -> None:
        """Push what an allowed name makes of its arguments."""
        function, arguments = self.last(2)
        if not isinstance(function, Global) or not isinstance(arguments, tuple):
            raise ValueError("a call of something that is no name")
        self.push(function.make(*arguments))

    def build(self) -> None:
        """Give the object below its state."""
        state = self.pop()
        target = self._stack[-1]
        if isinstance(target, Record):
            for part in state if isinstance(state, tuple) else (state,):
                if isinstance(part, dict):
                    target.state.update(part)
        elif isinstance(target, Stateful):
            target.set_state(state)
        elif not isinstance(target, dict):  # the attributes of a dictionary tell us nothing
            raise ValueError("a state for something that has none")

    def remember(self, key: int) -> None:
        """Keep the top of the stack under a number."""
        self._memo[key] = self._stack[-1]

    def memoize(self) -> None:
        """Keep the top of the stack under the next number."""
        self._memo[len(self._memo)] = self._stack[-1]

    def recall(self, key: int) -> None:
        """Push what was kept under a number."""
        self.push(self._memo[key])

    def resolve(self) -> None:
        """Push what a persistent id stands for."""
        if self._persistent is None:
            raise ValueError("a reference to something outside the file")
        self.push(self._persistent(self.pop()))


def expanded(items: Sequence[Any]) -> list[Any]:
    """Items with runs taken apart, for whatever is no list."""
    flat: list[Any] = []
    for item in items:
        flat += item.numbers.tolist() if isinstance(item, Numbers) else [item]
    return flat
