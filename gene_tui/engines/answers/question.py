"""A question about rows, and the answer to it with its chances: nothing about names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gene_tui.arrays import Floats, Rows
from gene_tui.engines.answers.background import Rarity
from gene_tui.engines.found import Found
from gene_tui.model.query import Kind
from gene_tui.model.result import Result


@dataclass(frozen=True, slots=True)
class Question:
    """A query with its names resolved.

    Attributes:
        kind: what is asked.
        slots: row numbers where the query has names, None where it has a ``?``; for lists and
            for sums with lists in them, the rows of all genes named; for relations those of
            every example pair, then the two of what is asked.
        weights: one per term for arithmetic, else empty.
        sizes: for sums with lists in them, how many of the rows each term has; else empty, and
            each has one.
    """

    kind: Kind
    slots: tuple[int | None, ...]
    weights: tuple[float, ...] = ()
    sizes: tuple[int, ...] = ()

    @classmethod
    def of_result(cls, result: Result) -> Question:
        """The question that was answered."""
        query = result.query
        rows = tuple(gene.row for gene in result.query_genes)
        if query.kind is Kind.LIST or result.term_sizes:
            return cls(query.kind, rows, query.weights, result.term_sizes)
        if query.kind is Kind.RELATION:
            last = iter([gene.row for gene in result.asked_genes])
            asked = (None if slot is None else next(last) for slot in query.slots[-2:])
            pairs = (gene.row for pair in result.examples for gene in pair)
            return cls(query.kind, (*pairs, *asked))
        named = iter(rows)
        slots = tuple(None if slot is None else next(named) for slot in query.slots)
        return cls(query.kind, slots, query.weights)

    @property
    def genes(self) -> tuple[int, ...]:
        """The rows named, left to right."""
        return tuple(slot for slot in self.slots if slot is not None)

    @property
    def examples(self) -> Rows:
        """The example pairs of a relation, (m, 2) int64."""
        return np.array(self.slots[:-2], dtype=np.int64).reshape(-1, 2)


@dataclass(frozen=True, eq=False, slots=True)
class Membership:
    """The list that was asked about.

    Attributes:
        rows: (m,) int64, its members. fits: (m,) float64, cosine of each to the centre of the
            others; NaN where unknown.
        coherence: mean cosine over all pairs of members; None where unknown.
        z: the same in standard deviations of random lists of the size; None where unknown.
        groups: rows of the groups of two or more members that the list falls apart into; empty
            where there is only one. cut: the mean cosine that keeps groups together.
    """

    rows: Rows
    fits: Floats
    coherence: float | None
    z: float | None
    groups: tuple[Rows, ...] = ()
    cut: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits with what chance says of them.

    Attributes:
        found: the hits; for questions without ``?`` one hit of no rows.
        z: (h,) float64, rarity: of each hit, or None where unknown.
        back: (h,) int64, the asked gene's rank among the nearest to each hit; None where it has
            no meaning.
        z_by_chance, rank_ab, rank_ba, percentile: see ``model.result``.
        beats: (h,) float64, the share of a list's members whose fit each hit reaches; None
            where that is unknown or no list was asked about.
        membership: the list that was asked about.
        cos_ac, cos_bd: (h,) float64, of pairs the cosines of A and C, and of B and D.
        notes: what the reader should know of the chances.
    """

    found: Found
    z: Floats | None = None
    rarity: Rarity | None = None
    back: Rows | None = None
    z_by_chance: float | None = None
    rank_ab: int | None = None
    rank_ba: int | None = None
    percentile: float | None = None
    beats: Floats | None = None
    membership: Membership | None = None
    cos_ac: Floats | None = None
    cos_bd: Floats | None = None
    notes: tuple[str, ...] = ()
