"""Gene sets found in a space: which rows their genes are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gene_tui.arrays import Rows
from gene_tui.lists.gmt import GeneSet, told
from gene_tui.lists.members import RowFinder
from gene_tui.model.gene import Gene
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


def holding(sets: Sequence[GeneSet], genes: Sequence[Gene], *, run: Run = QUIET) -> list[GeneSet]:
    """The sets that hold all of some genes, by their labels, IDs, symbols or NCBI numbers; those
    of few genes first.

    Raises:
        Cancelled: the user stopped it.
    """
    called: dict[str, set[int]] = {}
    for place, gene in enumerate(genes):
        for name in {gene.label, gene.id, gene.symbol, gene.entrez} - {""}:
            called.setdefault(name, set()).add(place)
    found = []
    for done, one in enumerate(sets):
        if done % 1000 == 0:
            run.check()
        held: set[int] = set().union(*(called[name] for name in one.genes if name in called))
        if len(held) == len(genes):
            found.append(one)
    return sorted(found, key=lambda one: len(one.genes))


def locate(
    session: Session,
    sets: Sequence[GeneSet] | None = None,
    *,
    notes: Sequence[str] = (),
    run: Run = QUIET,
) -> LocatedSets:
    """Find the genes of sets in a space.

    Args:
        sets: those of ``read_gmt``; None for those in use (``session.lists``), which is noted.

    Raises:
        FileError: the sets in use cannot be read.
        Cancelled: the user stopped it.
    """
    if sets is None:
        sets, notes = session.lists.sets(run), (*notes, told(session.lists.gene_sets))
    finder = RowFinder(session.space, session.resolver)
    rows = []
    for done, found in enumerate(sets):
        if done % 100 == 0:
            run.check()
            run.report(Progress("finding genes of sets", done, len(sets)))
        known = {finder.find(name) for name in found.genes} - {None}
        rows.append(np.array(sorted(row for row in known if row is not None), dtype=np.int64))
    return LocatedSets(tuple(sets), tuple(rows), finder.names, finder.unknown, tuple(notes))
