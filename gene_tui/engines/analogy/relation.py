"""What example pairs have in common, and who else stands in that relation.

    target      unit mean of the unit offsets A − B of the examples
    direction   cos(target, C − D)
    3CosAdd     cos(D, c − mean(a) + mean(b)) on unit vectors: 3CosAvg of Drozd et al. 2016
                (C16-1332)

A relation is a direction and has no length, so there is no distance to it. No gene of the
examples is a hit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gene_tui.arrays import Floats, Rows
from gene_tui.engines.analogy.best import check_k
from gene_tui.engines.analogy.complete import (
    angle_scores,
    best_rows,
    direction_scores,
    need_angles,
    rank_of,
)
from gene_tui.engines.analogy.engine import Judgement
from gene_tui.engines.analogy.ground import Ground, Limits
from gene_tui.engines.analogy.target import pairs_like
from gene_tui.engines.exact import CANCELLED, lengths_of, offset
from gene_tui.engines.found import Found
from gene_tui.engines.pool import single_threaded_blas
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.model.options import Measure
from gene_tui.run import QUIET, IsCancelled, Run, never


@dataclass(frozen=True, eq=False, slots=True)
class Relation:
    """Example pairs and their common direction.

    Attributes:
        examples: (m, 2) int64, rows of A and B, all pairs different.
        offsets: (m, d) float64, the unit offsets A − B.
        target: (d,) float64, their unit mean.
    """

    examples: Rows
    offsets: Floats
    target: Floats

    @classmethod
    def of(cls, ground: Ground, examples: Rows) -> Relation:
        """The relation of some pairs.

        Args:
            examples: (m, 2), at least one.

        Raises:
            NoAnswer: a pair has no direction, the examples cancel each other out, or there are
                fewer than four genes.
        """
        ground.distinct(())
        offsets = unit_offsets(ground, examples)
        without = np.flatnonzero(np.isnan(offsets[:, 0]))
        if len(without):
            raise NoAnswer(
                f"example {without[0] + 1:,} has two identical vectors, so it has no direction",
                "leave it out",
            )
        return cls(examples, offsets, unit_mean(offsets.sum(axis=0), len(offsets)))

    @property
    def turned(self) -> Relation:
        """The relation of B to A."""
        return Relation(self.examples[:, ::-1], -self.offsets, -self.target)


def unit_offsets(ground: Ground, examples: Rows) -> Floats:
    """(A − B) / |A − B| of pairs, (m, d) float64; NaN where A and B have identical vectors."""
    first, second = (ground.vectors[rows].astype(np.float64) for rows in examples.T)
    offsets = first - second
    lengths = lengths_of(offsets)
    result: Floats = offsets / np.where(lengths > 0, lengths, np.nan)[:, None]
    return result


def unit_mean(total: Floats, count: int) -> Floats:
    """The unit vector of a sum of ``count`` unit vectors, (d,) float64.

    Raises:
        NoAnswer: they cancel each other out.
    """
    length = float(np.sqrt(total @ total))
    if length <= CANCELLED * count:
        raise NoAnswer(
            "the examples cancel each other out, so they have no direction in common",
            "leave out the pairs that point the other way",
        )
    result: Floats = total / length
    return result


class RelationEngine:
    """Answers questions of relations over one space, exactly, by cosine.

    Attributes:
        ground: the space's arrays.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    @single_threaded_blas()
    def pairs(self, relation: Relation, limits: Limits, *, run: Run = QUIET) -> Found:
        """``… :: ? : ?``: hits (C, D).

        Raises:
            Cancelled: the user stopped it.
        """
        return pairs_like(self.ground, relation.examples, relation.target, limits, run=run)

    @single_threaded_blas()
    def complete(
        self,
        relation: Relation,
        known: int,
        limits: Limits,
        *,
        measure: Measure = "direction",
        cancelled: IsCancelled = never,
    ) -> Found:
        """``… :: C : ?``: hits of one gene; ``… :: ? : D`` with the relation turned.

        Args:
            known: row of the gene beside the ``?``.

        Raises:
            NoAnswer: it is one of the examples' genes, or there is no angle.
            UsageError: the measure does not go with relations.
            Cancelled: the user stopped it.
        """
        check_k(limits.k)
        scores = self.scores(relation, known, measure=measure, cancelled=cancelled)
        allowed = self.ground.candidates(limits)
        if limits.cap is not None:
            # A·C is the same for all hits.
            here = np.array([known])
            under = self.ground.all_under_cap(here, relation.examples[:, 0], limits.cap)
            allowed = self.ground.all_under_cap(
                allowed if len(under) else allowed[:0], relation.examples[:, 1], limits.cap
            )
        return best_rows(scores, allowed, limits.k, "one pass over all genes, float64 scores")

    @single_threaded_blas()
    def judge(
        self,
        relation: Relation,
        c: int,
        d: int,
        *,
        measure: Measure = "direction",
        cancelled: IsCancelled = never,
    ) -> Judgement:
        """``… :: C : D``: the score, and D's rank among all that could stand there.

        Raises:
            NoAnswer: C or D is one of the examples' genes, or C : D has no direction.
            UsageError: the measure does not go with relations.
            Cancelled: the user stopped it.
        """
        self._distinct(relation, (c, d))
        scores = self.scores(relation, c, measure=measure, cancelled=cancelled)
        if not np.isfinite(scores[d]):
            offset(self.ground.vectors, c, d)
            raise NoAnswer("D has a vector of zeros, which has no angle to others", "")
        return Judgement(float(scores[d]), rank_of(scores, d), int(np.isfinite(scores).sum()))

    @single_threaded_blas()
    def scores(
        self,
        relation: Relation,
        c: int,
        rows: Rows | None = None,
        *,
        measure: Measure = "direction",
        cancelled: IsCancelled = never,
    ) -> Floats:
        """The score of every row as D, (n,) float64; -inf where it cannot be a hit.

        Args:
            rows: (r,) the only rows to score; None for all.

        Raises:
            NoAnswer: C is one of the examples' genes, or there is no angle.
            UsageError: the measure does not go with relations.
            Cancelled: the user stopped it.
        """
        ground = self.ground
        self._distinct(relation, (c,))
        vectors, norms, at = ground.vectors, ground.norms, c
        if rows is not None:
            some = np.concatenate([[c], rows])
            vectors, norms, at = vectors[some], norms[some], 0
        if measure == "direction":
            scores = direction_scores(vectors, at, relation.target, cancelled=cancelled)
        elif measure == "3cosadd":
            wanted = self._sought(relation, c)
            scores = angle_scores(vectors, norms, at, wanted, cancelled=cancelled)
        else:
            raise UsageError(
                "3cosmul multiplies cosines to the A and B of one pair, and a relation has several",
                "use --measure direction or 3cosadd",
            )
        if rows is None:
            scores[relation.examples] = -np.inf
            return scores
        scores[1:][np.isin(rows, relation.examples)] = -np.inf
        return scores[1:]

    def _sought(self, relation: Relation, c: int) -> Floats:
        """c − mean(a) + mean(b) of unit vectors, (d,) float64."""
        ground = self.ground
        need_angles(ground.norms, (c, *relation.examples.ravel().tolist()))
        a, b = (
            (ground.vectors[rows].astype(np.float64) / ground.norms[rows][:, None]).mean(axis=0)
            for rows in relation.examples.T
        )
        result: Floats = ground.row(c) / ground.norms[c] - a + b
        return result

    def _distinct(self, relation: Relation, rows: tuple[int, ...]) -> None:
        """Check that what is asked of is none of the examples' genes."""
        self.ground.distinct((*rows, *np.unique(relation.examples).tolist()))
