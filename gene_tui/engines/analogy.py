"""The exact analogy engine: every shape of an analogy, on rows and arrays alone.

An analogy has four places, A : B :: C : D, given as row numbers, None for a ``?``. Hits fill
the ``?`` from left to right. Turning an analogy round does not change it,

    A : B :: C : D   =   C : D :: A : B   =   B : A :: D : C   =   D : C :: B : A,

so each kind of question is answered in one position and the others are turned into it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gene_tui.engines import pairs as pair_search
from gene_tui.engines.best import Best, at_most_per_gene
from gene_tui.engines.bounds import Bound, Direction, Distance, Operands
from gene_tui.engines.complete import Measure, all_scores, best_rows, rank_of
from gene_tui.engines.exact import (
    DIGITS,
    Floats,
    Matrix,
    Metric,
    Rows,
    cosines,
    lengths_of,
    offset,
    under_cap,
)
from gene_tui.engines.found import Found
from gene_tui.engines.products import products, squared_lengths
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.progress import IsCancelled, Report, never, silent
from gene_tui.spaces.geometry import Geometry, Offsets

Places = tuple[int | None, int | None, int | None, int | None]

#: The four ways to tell the same analogy: which place of the asked one comes where.
TURNS: tuple[tuple[int, int, int, int], ...] = (
    (0, 1, 2, 3),
    (2, 3, 0, 1),
    (1, 0, 3, 2),
    (3, 2, 1, 0),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What stands beside a question.

    Attributes:
        k: hits wanted, at least 1.
        cap: hits whose A·C or B·D cosine exceeds this are left out. In a sum C and D may
            change places, so there no query gene may be that close to a gene of the hit.
        per_gene: no gene more than this many times in the answer.
        candidates: ascending rows the ``?`` may take; None for all.
    """

    k: int = 10
    cap: float | None = None
    per_gene: int | None = None
    candidates: Rows | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good one analogy is: its score, and D's rank among all completions of A : B :: C."""

    score: float
    rank: int
    of: int


class AnalogyEngine:
    """Answers analogies over one space, exactly.

    Attributes:
        vectors: (n, d) float32, C order, finite; may be mapped.
        geometry: the space's shape; without it answers are the same, only slower. May be set
            once it is made.
    """

    def __init__(
        self, vectors: Matrix, *, norms: Floats | None = None, geometry: Geometry | None = None
    ) -> None:
        self.vectors = vectors
        self.geometry = geometry
        self._norms = norms

    @cached_property
    def norms(self) -> Floats:
        """|x_i|, (n,) float64."""
        return np.sqrt(squared_lengths(self.vectors)) if self._norms is None else self._norms

    # -- two unknown genes on one side ----------------------------------------------------

    def pairs(
        self,
        a: int,
        b: int,
        limits: Limits | None = None,
        *,
        sum: bool = False,
        metric: Metric = "cosine",
        cancelled: IsCancelled = never,
        report: Report = silent,
    ) -> Found:
        """``A : B :: ? : ?`` or ``A + B :: ? + ?``: hits (C, D); for sums the lower row first.

        Raises:
            NoAnswer: A and B are the same gene or have no direction; fewer than four genes.
            Cancelled: the user stopped it.
        """
        limits = limits or Limits()
        self._distinct((a, b))
        target = offset(self.vectors, a, b, sum=sum)
        question = self._question(a, b, target, limits, sum=sum, metric=metric)
        bound = self._bound(question)

        def search(k: int, left_out: Rows) -> tuple[Rows, Floats]:
            best = Best(k, 2)
            asked = replace(
                question,
                first=np.setdiff1d(question.first, left_out, assume_unique=True),
                second=np.setdiff1d(question.second, left_out, assume_unique=True),
            )
            pair_search.search(asked, bound, best, cancelled=cancelled, report=report)
            return best.hits()

        method = "bounded search over all pairs, float64 scores"
        return self._limited(search, limits, 2, method)

    def pair_scores(
        self,
        a: int,
        b: int,
        c: Rows,
        d: Rows,
        lengths: Floats,
        *,
        sum: bool = False,
        metric: Metric = "cosine",
    ) -> Floats:
        """Scores of given pairs from the stored lengths of their offsets; (h,) float64.

        Costs one product with all rows and a gather: for the null model, where lengths of
        the same random pairs are used again and again.
        """
        target = offset(self.vectors, a, b, sum=sum)
        size = float(np.sqrt(target @ target))
        p = products(self.vectors, (target / size)[:, None])[:, 0]
        along = p[c] + p[d] if sum else p[c] - p[d]
        if metric == "euclidean":
            squares = size * size + lengths * lengths - 2 * size * along
            return np.asarray(-np.sqrt(np.maximum(squares, 0.0)))
        return np.asarray(np.clip(along / lengths, -1.0, 1.0))

    # -- one unknown gene -----------------------------------------------------------------

    def complete(
        self,
        places: Places,
        limits: Limits | None = None,
        *,
        measure: Measure = "direction",
        metric: Metric = "cosine",
        sum: bool = False,
        cancelled: IsCancelled = never,
    ) -> Found:
        """One ``?`` at any place: hits of one gene.

        Raises:
            NoAnswer: two of the genes are the same, or there is no direction.
            UsageError: measure and metric do not go together.
            Cancelled: the user stopped it.
        """
        limits = limits or Limits()
        _check_measure(measure, metric, sum)
        missing = places.index(None)
        turn = next(turn for turn in TURNS if turn[3] == missing)
        a, b, c = (_known(places[place]) for place in turn[:3])
        self._distinct((a, b, c))
        scores = all_scores(
            self.vectors,
            self.norms,
            a,
            b,
            c,
            measure=measure,
            metric=metric,
            sum=sum,
            cancelled=cancelled,
        )
        allowed = self._candidates(limits)
        if limits.cap is not None:
            allowed = self._capped(allowed, (a, c), (b,), limits.cap)
        Best(limits.k, 1)
        return best_rows(scores, allowed, limits.k, "one pass over all genes, float64 scores")

    def judge(
        self,
        a: int,
        b: int,
        c: int,
        d: int,
        *,
        measure: Measure = "direction",
        metric: Metric = "cosine",
        sum: bool = False,
        cancelled: IsCancelled = never,
    ) -> Judgement:
        """``A : B :: C : D``: the score, and D's rank among all that could stand there.

        Raises:
            NoAnswer: two of the genes are the same, or a pair has no direction.
            UsageError: measure and metric do not go together.
            Cancelled: the user stopped it.
        """
        _check_measure(measure, metric, sum)
        self._distinct((a, b, c, d))
        scores = all_scores(
            self.vectors,
            self.norms,
            a,
            b,
            c,
            measure=measure,
            metric=metric,
            sum=sum,
            cancelled=cancelled,
        )
        if not np.isfinite(scores[d]):
            if measure == "direction" or self.norms[d] > 0:
                offset(self.vectors, c, d, sum=sum)
            raise NoAnswer("D has a vector of zeros, which has no angle to others", "")
        return Judgement(float(scores[d]), rank_of(scores, d), int(np.isfinite(scores).sum()))

    # -- shared ---------------------------------------------------------------------------

    def _distinct(self, rows: Sequence[int]) -> None:
        if len(set(rows)) < len(rows):
            raise NoAnswer(
                "the genes of an analogy are all different; here one stands twice",
                "replace one of them",
            )
        if len(self.vectors) < 4:
            raise NoAnswer(
                f"an analogy needs four genes, this space has {len(self.vectors)}",
                "choose a larger space",
            )

    def _candidates(self, limits: Limits) -> Rows:
        if limits.candidates is None:
            return np.arange(len(self.vectors))
        rows = np.unique(np.asarray(limits.candidates, dtype=np.int64))
        return rows[(rows >= 0) & (rows < len(self.vectors))]

    def _capped(
        self, allowed: Rows, with_c: tuple[int, int], with_d: tuple[int], cap: float
    ) -> Rows:
        """Rows D may take: none at all if A is too close to C."""
        a, c = with_c
        if np.round(cosines(self.vectors, self.norms, a, np.array([c]))[0], DIGITS) > cap:
            return allowed[:0]
        b = with_d[0]
        similar = self._cosines(self.vectors[b].astype(np.float64)[:, None], (b,))[:, 0]
        return allowed[under_cap(self.vectors, self.norms, b, similar, cap)[allowed]]

    def _cosines(self, columns: Floats, rows: Sequence[int]) -> Floats:
        """(n, c) products turned into cosines; 0 for zero rows."""
        sizes = np.array([self.norms[row] or 1.0 for row in rows])
        lengths = np.where(self.norms > 0, self.norms, 1.0)
        return products(self.vectors, columns / sizes) / lengths[:, None]

    def _question(
        self, a: int, b: int, target: Floats, limits: Limits, *, sum: bool, metric: Metric
    ) -> pair_search.Question:
        size = float(np.sqrt(target @ target))
        unit = target if metric == "euclidean" else target / size
        two = self.vectors[[a, b]].astype(np.float64).T
        p, *similar = products(self.vectors, np.column_stack([unit, two])).T
        lengths = np.where(self.norms > 0, self.norms, 1.0)
        likely = tuple(
            column / lengths / (self.norms[row] or 1.0)
            for column, row in zip(similar, (a, b), strict=True)
        )
        if not sum:
            p = p - p.mean()
        allowed = np.setdiff1d(self._candidates(limits), [a, b])
        near_a = under_cap(self.vectors, self.norms, a, likely[0], limits.cap)
        near_b = under_cap(self.vectors, self.norms, b, likely[1], limits.cap)
        if sum:
            near_a = near_b = near_a & near_b
        return pair_search.Question(
            vectors=self.vectors,
            target=target,
            metric=metric,
            sum=sum,
            first=allowed[near_a[allowed]],
            second=allowed[near_b[allowed]],
            operands=self._operands(p, sum=sum),
            likely=(likely[0], likely[1]),
        )

    def _operands(self, p: Floats, *, sum: bool) -> Operands:
        if self.geometry is None:
            coords, origin = self._plain
            offsets = Offsets.unknown(len(p))
        else:
            coords, origin = self.geometry.coords, self.geometry.origin
            offsets = self.geometry.sum if sum else self.geometry.difference
        origin = origin if sum else np.zeros_like(origin)
        return Operands(coords, origin, offsets, p, self.norms, 1 if sum else -1)

    @cached_property
    def _plain(self) -> tuple[Matrix, Floats]:
        """Rows about their mean, and the mean: coordinates for as long as there are no others."""
        mean = self.vectors.mean(axis=0, dtype=np.float64)
        return np.asarray(self.vectors - mean, dtype=np.float32), mean

    def _bound(self, question: pair_search.Question) -> Bound:
        if question.metric == "euclidean":
            return Distance(question.operands, float(lengths_of(question.target[None])[0]))
        return Direction(question.operands)

    def _limited(
        self,
        search: Callable[[int, Rows], tuple[Rows, Floats]],
        limits: Limits,
        slots: int,
        method: str,
    ) -> Found:
        if limits.per_gene is None:
            rows, scores = search(limits.k, np.empty(0, dtype=np.int64))
        else:
            rows, scores = at_most_per_gene(search, limits.k, limits.per_gene, slots)
        notes = () if len(rows) else ("no pair of genes is left under these limits",)
        return Found(rows, scores, method=method, notes=notes)


def _known(row: int | None) -> int:
    assert row is not None
    return row


def _check_measure(measure: Measure, metric: Metric, sum: bool) -> None:
    if measure != "direction" and (sum or metric != "cosine"):
        what = "sums" if sum else "distances"
        raise UsageError(
            f"{measure} is made of cosines of differences and does not go with {what}",
            "use --measure direction",
        )
