"""What annotation files say, whatever their format.

A table names tens of thousands of genes, and most questions are asked of one column of it. So
``Entries`` keeps columns, not records, and finds an entry by dictionaries made of them when they
are first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple, overload

#: How tables write that they know nothing.
MISSING = frozenset({"", "-", "NA", "N/A", "nan", "NaN", "None", "null"})


class Annotation(NamedTuple):
    """What one line of an annotation file says. Text is "" where it says nothing.

    Fields are those of ``Gene``, but: ``label`` is set only where the file names rows of a
    space; ``ids`` are all Ensembl IDs it gives; ``approved`` tells that a nomenclature
    committee approved the symbol (as far as the file distinguishes); ``uniprot`` are the accessions
    of its proteins.
    """

    label: str = ""
    ids: tuple[str, ...] = ()
    symbol: str = ""
    name: str = ""
    type: str = ""
    chromosome: str = ""
    previous: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    hgnc: str = ""
    entrez: str = ""
    description: str = ""
    approved: bool = True
    uniprot: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Where each name of a column stands.

    Attributes:
        first: name → the first entry that has it. several: all of them, where they are several,
            in order.
    """

    first: dict[str, int]
    several: dict[str, list[int]]

    @classmethod
    def of(cls, names: Sequence[str], places: Sequence[int]) -> Places:
        """Of names and the entries they belong to, ascending; "" is no name."""
        if not any(names):
            return cls({}, {})
        first = dict(zip(reversed(names), reversed(places), strict=True))
        first.pop("", None)
        several: dict[str, list[int]] = {}
        for name, place in zip(names, places, strict=True):
            if name and first[name] != place:
                found = several.setdefault(name, [first[name]])
                if found[-1] != place:
                    found.append(place)
        return cls(first, several)

    def all(self, name: str) -> Sequence[int]:
        """The entries that have a name, in order."""
        if name in self.several:
            return self.several[name]
        return (self.first[name],) if name in self.first else ()


@dataclass(frozen=True, eq=False)
class Entries(Sequence[Annotation]):
    """The entries of an annotation file: columns called as the fields of ``Annotation``, each n
    long. An ``Annotation`` is made when it is asked for."""

    label: Sequence[str]
    ids: Sequence[tuple[str, ...]]
    symbol: Sequence[str]
    name: Sequence[str]
    type: Sequence[str]
    chromosome: Sequence[str]
    previous: Sequence[tuple[str, ...]]
    aliases: Sequence[tuple[str, ...]]
    hgnc: Sequence[str]
    entrez: Sequence[str]
    description: Sequence[str]
    approved: Sequence[bool]
    uniprot: Sequence[tuple[str, ...]]

    @classmethod
    def of(cls, entries: Iterable[Annotation]) -> Entries:
        """The columns of records."""
        columns: Iterable[Sequence[object]] = zip(*entries, strict=True)
        return cls(*(list(columns) or repeat((), len(Annotation._fields))))

    def __len__(self) -> int:
        return len(self.symbol)

    @overload
    def __getitem__(self, place: int) -> Annotation: ...

    @overload
    def __getitem__(self, place: slice) -> Entries: ...

    def __getitem__(self, place: int | slice) -> Annotation | Entries:
        cells = [getattr(self, field)[place] for field in Annotation._fields]
        return Entries(*cells) if isinstance(place, slice) else Annotation(*cells)

    def __iter__(self) -> Iterator[Annotation]:
        columns = (getattr(self, field) for field in Annotation._fields)
        return map(Annotation._make, zip(*columns, strict=True))

    @cached_property
    def by_label(self) -> Places:
        """The entries by label."""
        return Places.of(self.label, range(len(self)))

    @cached_property
    def by_id(self) -> Places:
        """By Ensembl ID."""
        return Places.of(*_each(self.ids))

    @cached_property
    def by_number(self) -> Places:
        """By NCBI gene number and HGNC ID."""
        places = range(len(self))
        return Places.of([*self.entrez, *self.hgnc], [*places, *places])

    @cached_property
    def by_symbol(self) -> Places:
        """By symbol."""
        return Places.of(self.symbol, range(len(self)))

    @cached_property
    def by_previous(self) -> Places:
        """By previous symbol."""
        return Places.of(*_each(self.previous))

    @cached_property
    def by_alias(self) -> Places:
        """By alias."""
        return Places.of(*_each(self.aliases))


def _each(lists: Sequence[tuple[str, ...]]) -> tuple[list[str], list[int]]:
    """All names of a column of lists, and the place of the list of each."""
    places: list[int] = []
    for place, names in enumerate(lists):
        if names:
            places += repeat(place, len(names))
    return list(chain.from_iterable(lists)), places


@dataclass(frozen=True, slots=True)
class Annotations:
    """One annotation file, read.

    Attributes:
        path: the file.
        kind: "ncbi" (gene_info), "hgnc" (complete set), "descriptions" (JSON), "genes"
            (the gene table of a space), "columns" (any table with named columns) or "human"
            (the table in the box, ``human``).
        entries: in the file's order.
        title: what sentences call it; "" for the file's name.
    """

    path: Path
    kind: str
    entries: Entries
    title: str = ""


def split_names(text: str) -> tuple[str, ...]:
    """The names in a list of them, separated by ``|``, else ``;``, else commas."""
    if not text:
        return ()
    separator = next((mark for mark in "|;," if mark in text), None)
    parts = text.split(separator) if separator else [text]
    return tuple(name for part in parts if (name := part.strip()) not in MISSING)
