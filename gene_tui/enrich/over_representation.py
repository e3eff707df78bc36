"""The test itself: a list of genes against located sets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gene_tui.arrays import Rows
from gene_tui.enrich.hypergeometric import log_benjamini_hochberg, log_tail
from gene_tui.enrich.lists import GeneList
from gene_tui.enrich.located import LocatedSets
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.export.table import Column, Table
from gene_tui.lists.gmt import GeneSet, set_title
from gene_tui.model.gene import Gene
from gene_tui.model.result import SpaceInfo
from gene_tui.run import QUIET, Progress, Run
from gene_tui.session import Session

#: Sets with fewer or more genes in the background are not tested: the first can hardly be
#: told from chance, the second say little about biology.
MIN_SIZE = 5
MAX_SIZE = 1000


@dataclass(frozen=True, slots=True)
class SetResult:
    """One tested set.

    Attributes:
        name, about, collection: as in ``gmt.GeneSet``.
        listed: genes the file gives the set. size: those of them in the background.
        overlap: those of them in the list, too.
        expected: overlap of a random list of the same length, on average.
        ratio: overlap over expected.
        p: chance of at least this overlap; may be too small for a float, then 0.
        log10_p: its decimal logarithm, 0 or less.
        q: false discovery rate among all sets tested. log10_q: its decimal logarithm.
        genes: the genes of the overlap, in the list's order.
    """

    name: str
    about: str
    collection: str
    listed: int
    size: int
    overlap: int
    expected: float
    ratio: float
    p: float
    log10_p: float
    q: float
    log10_q: float
    genes: tuple[Gene, ...]

    @property
    def title(self) -> str:
        """The name, followed by the description where the name is only an identifier."""
        return set_title(self.name, self.about)


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What a list of genes is rich in.

    Attributes:
        space: where the background comes from.
        origin: what the list is, in a few words ("HBA1", a file's name).
        genes: length of the list. background: genes it could have been drawn from.
        tested: how many sets were tested; q rests on all of them.
        too_small, too_large: how many were not, for their size in the background.
        results: the sets tested, least p first; all of them, also those without overlap.
        notes: what the reader should know, one sentence each.
    """

    space: SpaceInfo
    origin: str
    genes: int
    background: int
    tested: int
    too_small: int
    too_large: int
    results: tuple[SetResult, ...]
    notes: tuple[str, ...] = ()

    def best(self, most_q: float | None = None, limit: int | None = None) -> tuple[SetResult, ...]:
        """The results with at least one gene and q of at most ``most_q``, ``limit`` of them."""
        wanted = [
            found
            for found in self.results
            if found.overlap and (most_q is None or found.q <= most_q)
        ]
        return tuple(wanted[:limit])

    def to_json(self, results: Sequence[SetResult] | None = None) -> dict[str, Any]:
        """Plain values, no NaN; ``results`` instead of all of them."""
        return {
            "origin": self.origin,
            "space": asdict(self.space),
            "genes": self.genes,
            "background": self.background,
            "tested": self.tested,
            "too_small": self.too_small,
            "too_large": self.too_large,
            "sets": values(self.results if results is None else results).records(),
            "notes": list(self.notes),
        }


def values(results: Sequence[SetResult]) -> Table:
    """Results for programs: csv, tsv and JSON."""
    own = ("overlap", "size", "listed", "expected", "ratio", "p", "log10_p", "q", "log10_q")
    return Table(
        [
            Column("set", [found.name for found in results]),
            Column("collection", [found.collection for found in results]),
            *(Column(name, [getattr(found, name) for found in results]) for name in own),
            Column("genes", [[gene.shown for gene in found.genes] for found in results]),
            Column("about", [found.about for found in results]),
        ]
    )


def enrich(
    session: Session,
    genes: GeneList,
    sets: LocatedSets,
    *,
    min_size: int = MIN_SIZE,
    max_size: int = MAX_SIZE,
    run: Run = QUIET,
) -> Enrichment:
    """Test every set for more genes of a list than chance would put there.

    Args:
        genes: the list and what it could have been drawn from.
        sets: located in the session's space.
        min_size, max_size: sets of other sizes in the background are not tested.

    Raises:
        UsageError: the sizes leave nothing to test.
        NoAnswer: no gene of the list is in the background.
        Cancelled: the user stopped it.
    """
    if not 1 <= min_size <= max_size:
        raise UsageError(
            f"no set has between {min_size:,} and {max_size:,} genes", "the lesser size comes first"
        )
    possible = np.zeros(session.space.n, dtype=np.bool_)
    possible[slice(None) if genes.background is None else genes.background] = True
    listed = {row: at for at, row in enumerate(dict.fromkeys(genes.rows)) if possible[row]}
    if not listed:
        raise NoAnswer(f"no gene of the list is one of {session.space.name}", "give other genes")
    population = int(possible.sum())
    sizes = [int(possible[rows].sum()) for rows in sets.rows]
    tested = [number for number, size in enumerate(sizes) if min_size <= size <= max_size]
    run.report(Progress("testing gene sets", 0, len(tested)))
    run.check()
    hits = [_overlap(listed, sets.rows[number]) for number in tested]
    logs = [
        log_tail(len(hits[at]), population, sizes[number], len(listed))
        for at, number in enumerate(tested)
    ]
    log_q = log_benjamini_hochberg(logs)
    share = len(listed) / population
    results = [
        _result(session, sets.sets[number], sizes[number], share, hits[at], logs[at], log_q[at])
        for at, number in enumerate(tested)
    ]
    results.sort(key=lambda found: (found.log10_p, -found.ratio, found.name, found.collection))
    return Enrichment(
        space=session.info,
        origin=genes.origin,
        genes=len(listed),
        background=population,
        tested=len(tested),
        too_small=sum(size < min_size for size in sizes),
        too_large=sum(size > max_size for size in sizes),
        results=tuple(results),
        notes=(*genes.notes, *sets.notes, *_notes(sets, len(set(genes.rows)) - len(listed))),
    )


def _overlap(listed: Mapping[int, int], rows: Rows) -> list[int]:
    """Which of a set's rows are listed, in the list's order (``listed`` is row → place)."""
    return sorted((row for row in rows.tolist() if row in listed), key=listed.__getitem__)


def _result(
    session: Session,
    found: GeneSet,
    size: int,
    share: float,
    overlap: Sequence[int],
    log_p: float,
    log_q: float,
) -> SetResult:
    expected = size * share
    return SetResult(
        name=found.name,
        about=found.about,
        collection=found.collection,
        listed=len(found.genes),
        size=size,
        overlap=len(overlap),
        expected=expected,
        ratio=len(overlap) / expected,
        p=math.exp(log_p),
        log10_p=log_p / math.log(10.0),
        q=math.exp(log_q),
        log10_q=log_q / math.log(10.0),
        genes=tuple(session.space.gene(row) for row in overlap),
    )


def _notes(sets: LocatedSets, outside: int) -> list[str]:
    notes = []
    if outside:
        notes.append(f"{outside:,} genes of the list are outside the background")
    if 2 * sets.unknown > sets.names:
        notes.append(
            f"{sets.unknown:,} of the {sets.names:,} names in the sets mean no gene of this "
            "space: are they of another species or kind of name?"
        )
    return notes
