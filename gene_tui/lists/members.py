"""From the names of a list to rows of a space: who is found, absent, ambiguous, repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gene_tui.errors import NoAnswer
from gene_tui.genes.resolver import Resolver
from gene_tui.genes.spreadsheet import symbols_of_date
from gene_tui.lists.named import NamedList
from gene_tui.run import QUIET, Run
from gene_tui.spaces.space import Space
from gene_tui.text import clip

#: Names that are listed before "…".
_SHOWN = 5


class RowFinder:
    """Rows by name: as queries find them, and by NCBI gene number where nothing else fits.

    A name that means several genes means none here: it is never guessed.
    """

    def __init__(self, space: Space, resolver: Resolver) -> None:
        self._space = space
        self._resolver = resolver
        self._known: dict[str, int | None] = {}
        self._renamed: list[str] = []
        self._numbers: dict[str, int] | None = None

    def find(self, name: str) -> int | None:
        """The row, or None if the name means none or several."""
        if name not in self._known:
            resolution = self._resolver.find(name)
            row = resolution.row if resolution else None
            if resolution and resolution.note:
                self._renamed.append(resolution.note)
            self._known[name] = self._by_number(name) if row is None else row
        return self._known[name]

    @property
    def names(self) -> int:
        """How many different names were asked for."""
        return len(self._known)

    @property
    def unknown(self) -> int:
        """How many of those were not found."""
        return sum(row is None for row in self._known.values())

    @property
    def renamed(self) -> list[str]:
        """What is to be said of names that are not the approved ones: ``MYL11 → MYLPF (alias)``."""
        return self._renamed

    def _by_number(self, name: str) -> int | None:
        if not (name.isascii() and name.isdigit()):
            return None
        if self._numbers is None:
            self._numbers = _unique(self._space.column("entrez"))
        return self._numbers.get(name)


@dataclass(frozen=True, slots=True)
class Members:
    """The genes of a list in one space.

    Attributes:
        rows: each once, in the list's order; at least one.
        notes: what was read, and what became of its names.
    """

    rows: tuple[int, ...]
    notes: tuple[str, ...]


def members(listed: NamedList, space: Space, resolver: Resolver, run: Run = QUIET) -> Members:
    """The rows of a list's genes.

    Raises:
        NoAnswer: none of its names is a gene of the space.
        Cancelled: the user stopped it.
    """
    finder = RowFinder(space, resolver)
    rows: dict[int, None] = {}
    absent: dict[str, None] = {}
    ambiguous: dict[str, None] = {}
    found = 0
    for done, name in enumerate(listed.names):
        if done % 1000 == 0:
            run.check()
        row = finder.find(name)
        if row is not None:
            rows[row] = None
            found += 1
        elif resolver.is_known(name):
            ambiguous[name] = None
        else:
            absent[name] = None
    if not rows:
        raise NoAnswer(
            f"none of the {len(listed.names):,} names of {clip(listed.name, 60)} is a gene of "
            f"{clip(space.name, 40)}",
            "a list holds symbols, Ensembl IDs, NCBI gene numbers or labels",
        )
    told = [f"{len(rows):,} of {len(listed.names):,} names are members"]
    told += [f"{len(absent):,} absent ({_listed(absent)})"] if absent else []
    told += [f"{len(ambiguous):,} ambiguous ({_listed(ambiguous)})"] if ambiguous else []
    told += [f"{found - len(rows):,} repeated"] if found > len(rows) else []
    notes = [f"{clip(listed.name, 60)} ({listed.origin}): {', '.join(told)}"]
    if dated := [name for name in absent if symbols_of_date(name)]:
        was = " or ".join(symbols_of_date(dated[0]))
        notes.append(
            f"{len(dated):,} of the names are dates that a spreadsheet made of symbols: "
            f"{clip(dated[0])} was {was}"
        )
    if renamed := finder.renamed:
        shown = "; ".join(renamed[:_SHOWN]) + (" …" if len(renamed) > _SHOWN else "")
        notes.append(f"{len(renamed):,} by another name: {shown}")
    return Members(tuple(rows), (*notes, *listed.notes))


def _listed(names: dict[str, None]) -> str:
    shown = ", ".join(clip(name, 30) for name in list(names)[:_SHOWN])
    return shown + (" …" if len(names) > _SHOWN else "")


def _unique(values: Sequence[str]) -> dict[str, int]:
    """Value → row, without the empty value and those that several rows have."""
    rows: dict[str, int] = {}
    several = {""}
    for row, value in enumerate(values):
        if value in rows:
            several.add(value)
        rows[value] = row
    return {value: row for value, row in rows.items() if value not in several}
