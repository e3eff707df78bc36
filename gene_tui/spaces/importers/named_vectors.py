"""Vectors by name, as dictionaries hold them: one length for all, a bad entry now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui.arrays import Floats32
from gene_tui.run import IsCancelled, check
from gene_tui.spaces.importers.pickle_machine import OldText, numbers_of
from gene_tui.spaces.importers.streams import bad, decode, printable, rows_per_block
from gene_tui.spaces.source import Block, Source

NO_VECTOR = "no vector of numbers"
NO_NAME = "no name"
SEVERAL = "several vectors, not one"
OTHER_LENGTH = "another number of dimensions"
#: At most this share of the entries may be bad, or one.
BAD_SHARE = 0.05


@dataclass(slots=True)
class NamedVectors:
    """Vectors by name, gathered one by one.

    Attributes:
        path: the file, for messages.
        vectors: (d,) float32 each, in the order given.
        dropped: (reason, name) of entries that are none.
    """

    path: Path
    vectors: dict[str, Floats32] = field(default_factory=dict)
    dropped: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: object, entry: object) -> None:
        """Take an entry, whatever it is."""
        text = name_of(name)
        numbers = numbers_of(entry)
        if text is None:
            self.dropped.append((NO_NAME, ""))
        elif numbers is None or not len(numbers):
            self.dropped.append((SEVERAL if is_table(entry) else NO_VECTOR, text))
        elif text in self.vectors:
            self.dropped.append(("name repeated, first one kept", text))
        else:
            self.vectors[text] = numbers

    def source(
        self, format: str, cancelled: IsCancelled, why_none: Callable[[], Exception] | None = None
    ) -> Source:
        """The entries as a source.

        Args:
            why_none: makes the error where too few entries are vectors.

        Raises:
            FileError: too many entries are no vectors, or differ in length.
        """
        if not self.vectors:
            raise why_none() if why_none else bad(self.path, "it holds no vectors")
        lengths = Counter(map(len, self.vectors.values()))
        dims = lengths.most_common(1)[0][0]
        others = [name for name, numbers in self.vectors.items() if len(numbers) != dims]
        total = len(self.vectors) + len(self.dropped)
        if len(self.dropped) + len(others) > max(1, BAD_SHARE * total):
            if len(others) >= len(self.dropped):
                raise bad(
                    self.path,
                    f"'{printable(others[0])}' has {len(self.vectors[others[0]]):,} numbers, "
                    f"most names have {dims:,}",
                    "one vector a gene: take the mean over positions first, where it has several",
                )
            reason, name = self.dropped[0]
            if why_none and len(self.dropped) > len(self.vectors):
                raise why_none()
            raise bad(
                self.path,
                f"{len(self.dropped):,} of its {total:,} entries are bad, such as "
                f"'{printable(name)}': {reason}",
            )
        for name in others:
            del self.vectors[name]
            self.dropped.append((OTHER_LENGTH, name))
        blocks = _blocks(self.vectors, dims, cancelled)
        return Source(
            format, dims, len(self.vectors), blocks, (self.path,), dropped=list(self.dropped)
        )


def gathered(path: Path, entries: dict[Any, Any]) -> NamedVectors:
    """A dictionary's entries; it is emptied on the way, for its memory's sake."""
    found = NamedVectors(path)
    for name in list(entries):
        found.add(name, entries[name])
        entries[name] = None
    return found


def name_of(value: object) -> str | None:
    """A key as a name: text, bytes or a whole number; None for anything else."""
    if isinstance(value, OldText):
        value = value.text
    if isinstance(value, str):
        return str(value) if value.strip() else None
    if isinstance(value, bytes):
        return name_of(decode([value])[0][0])
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value) if type(value) is int else None


def labels_of(path: Path, tokens: dict[Any, Any] | None, rows: int) -> list[str]:
    """Names in the order of their rows, from a dictionary {name: row}.

    Raises:
        FileError: the rows are not all of 0 … rows−1, or of 1 … rows, once each.
    """
    pairs = [(number, name_of(name)) for name, number in (tokens or {}).items()]
    if not all(type(number) is int and name is not None for number, name in pairs):
        raise bad(path, "its dictionary holds neither vectors nor row numbers by name")
    order = sorted((number, str(name)) for number, name in pairs)
    numbers = [number for number, _ in order]
    first = numbers[0] if numbers and numbers[0] == 1 else 0
    if numbers != list(range(first, first + rows)):
        raise bad(path, f"its dictionary of names does not number the {rows:,} rows one by one")
    return [name for _, name in order]


def is_table(entry: object) -> bool:
    """Whether an entry is rows of numbers, as models give for the positions of a protein."""
    array = getattr(entry, "array", entry)
    return isinstance(array, np.ndarray) and array.ndim > 1


def _blocks(vectors: Mapping[str, Floats32], dims: int, cancelled: IsCancelled) -> Iterator[Block]:
    names = list(vectors)
    step = rows_per_block(dims)
    for start in range(0, len(names), step):
        check(cancelled)
        part = names[start : start + step]
        yield Block(part, np.stack([vectors[name] for name in part]))
