"""Gene sets found in a space: which rows their genes are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gene_tui.arrays import Rows
from gene_tui.enrich.gmt import GeneSet
from gene_tui.run import QUIET, Progress, Run
from gene_tui.session import Session


@dataclass(frozen=True, eq=False, slots=True)
class LocatedSets:
    """Sets and their rows in one space; worth keeping while the space is open.

    Attributes:
        sets: as read.
        rows: for each set the rows of its genes, sorted, each once.
        names: how many different names the sets use.
        unknown: how many of those mean no gene of the space, or several.
        notes: how the file of the sets was read, where it is not laid out as usual.
    """

    sets: tuple[GeneSet, ...]
    rows: tuple[Rows, ...]
    names: int
    unknown: int
    notes: tuple[str, ...] = ()


class RowFinder:
    """Rows by name: as queries find them, and by NCBI gene number where nothing else fits.

    A name that means several genes means none here: it is never guessed.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, int | None] = {}
        self._numbers: dict[str, int] | None = None

    def find(self, name: str) -> int | None:
        """The row, or None if the name means none or several."""
        if name not in self._known:
            resolution = self._session.resolver.find(name)
            row = resolution.row if resolution else None
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

    def _by_number(self, name: str) -> int | None:
        if not (name.isascii() and name.isdigit()):
            return None
        if self._numbers is None:
            self._numbers = _unique(self._session.space.column("entrez"))
        return self._numbers.get(name)


def locate(
    session: Session, sets: Sequence[GeneSet], *, notes: Sequence[str] = (), run: Run = QUIET
) -> LocatedSets:
    """Find the genes of sets in a space.

    Raises:
        Cancelled: the user stopped it.
    """
    finder = RowFinder(session)
    rows = []
    for done, found in enumerate(sets):
        if done % 100 == 0:
            run.check()
            run.report(Progress("finding genes of sets", done, len(sets)))
        known = {finder.find(name) for name in found.genes} - {None}
        rows.append(np.array(sorted(row for row in known if row is not None), dtype=np.int64))
    return LocatedSets(tuple(sets), tuple(rows), finder.names, finder.unknown, tuple(notes))


def _unique(values: Sequence[str]) -> dict[str, int]:
    """Value → row, without the empty value and those that several rows have."""
    rows: dict[str, int] = {}
    several = {""}
    for row, value in enumerate(values):
        if value in rows:
            several.add(value)
        rows[value] = row
    return {value: row for value, row in rows.items() if value not in several}
