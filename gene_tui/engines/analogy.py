"""The exact analogy engine: every shape of an analogy, on rows and arrays alone.

An analogy has four places, A : B :: C : D, given as row numbers, None for a ``?``. Hits fill
the ``?`` from left to right. Turning an analogy round does not change it,

    A : B :: C : D   =   C : D :: A : B   =   B : A :: D : C   =   D : C :: B : A,

so each kind of question is answered in one position and the others are turned into it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

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
from gene_tui.engines.pool import single_threaded_blas
from gene_tui.engines.products import products, squared_lengths
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.progress import IsCancelled, Report, never, silent
from gene_tui.spaces.geometry import Geometry, Offsets, exponent

Places = tuple[int | None, int | None, int | None, int | None]

#: Neighbours of each row that pairs look at one by one; more cost more than they save.
LISTED = 4
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
        vectors: (n, d) float32, C order, finite; may be mapped. Divided by a power of two
            where they are too large or small for float32 products.
        norms: (n,) float64, their lengths.
        geometry: the space's shape; without it answers are the same, only slower. May be set
            once it is made.
    """

    def __init__(
        self, vectors: Matrix, *, norms: Floats | None = None, geometry: Geometry | None = None
    ) -> None:
        # A plain view: slices of np.memmap cost more each than most of what is done with them.
        self.vectors: Matrix = vectors.view(np.ndarray)
        self.norms: Floats = np.sqrt(squared_lengths(self.vectors)) if norms is None else norms
        self._power = exponent(float(self.norms.max(initial=0.0)))
        if self._power:
            self.vectors = np.ldexp(self.vectors, -self._power)
            self.norms = np.ldexp(self.norms, -self._power)
        self.geometry = geometry
        self._kept: dict[tuple[bool, bool], tuple[Matrix, Floats, Offsets]] = {}

    @property
    def geometry(self) -> Geometry | None:
        """The space's shape; None as long as it is not known."""
        return self._geometry

    @geometry.setter
    def geometry(self, shape: Geometry | None) -> None:
        if shape is not None and self._power:
            shape = shape.scaled(-self._power)
        self._geometry = shape

    # -- two unknown genes on one side ----------------------------------------------------

    @single_threaded_blas()
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
        return self._limited(search, limits, 2, metric, method)

    @single_threaded_blas()
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
        lengths = np.ldexp(lengths, -self._power)
        p = products(self.vectors, (target / size)[:, None])[:, 0]
        along = p[c] + p[d] if sum else p[c] - p[d]
        if metric == "euclidean":
            squares = size * size + lengths * lengths - 2 * size * along
            return self._unscaled(-np.sqrt(np.maximum(squares, 0.0)), metric)
        result: Floats = np.clip(along / lengths, -1.0, 1.0)
        return result

    # -- one unknown gene -----------------------------------------------------------------

    @single_threaded_blas()
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
        found = best_rows(scores, allowed, limits.k, "one pass over all genes, float64 scores")
        return replace(found, scores=self._unscaled(found.scores, metric))

    @single_threaded_blas()
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
        score = float(self._unscaled(scores[d : d + 1], metric)[0])
        return Judgement(score, rank_of(scores, d), int(np.isfinite(scores).sum()))

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
        coords, squares, offsets = self._known_of(sum)
        return Operands(coords, squares, offsets, p, self.norms, 1 if sum else -1)

    def _known_of(self, sum: bool) -> tuple[Matrix, Floats, Offsets]:
        """Coordinates, their squares and the shortest offsets; kept until the geometry comes.

        Without a geometry the rows themselves are the coordinates and nothing else is known.
        """
        key = (sum, self.geometry is not None)
        if key not in self._kept:
            if self.geometry is None:
                mean = self.vectors.mean(axis=0, dtype=np.float64)
                coords = self.vectors if sum else np.asarray(self.vectors - mean, dtype=np.float32)
                offsets = Offsets.unknown(len(coords))
            else:
                coords, offsets = self.geometry.coords, self.geometry.difference
                if sum:
                    coords = np.asarray(coords + self.geometry.origin, dtype=np.float32)
                    offsets = self.geometry.sum
            offsets = offsets.listing(LISTED)
            squares = squared_lengths(coords) + offsets.residual.astype(np.float64) ** 2 / 2
            self._kept = {there: kept for there, kept in self._kept.items() if there[1] == key[1]}
            self._kept[key] = coords, squares, offsets
        return self._kept[key]

    def _bound(self, question: pair_search.Question) -> Bound:
        if question.metric == "euclidean":
            return Distance(question.operands, float(lengths_of(question.target[None])[0]))
        return Direction(question.operands)

    def _limited(
        self,
        search: Callable[[int, Rows], tuple[Rows, Floats]],
        limits: Limits,
        slots: int,
        metric: Metric,
        method: str,
    ) -> Found:
        if limits.per_gene is None:
            rows, scores = search(limits.k, np.empty(0, dtype=np.int64))
        else:
            rows, scores = at_most_per_gene(search, limits.k, limits.per_gene, slots)
        notes = () if len(rows) else ("no pair of genes is left under these limits",)
        return Found(rows, self._unscaled(scores, metric), method=method, notes=notes)

    def _unscaled(self, scores: Floats, metric: Metric) -> Floats:
        """Distances in the units of the space; cosines have none."""
        return np.ldexp(scores, self._power) if metric == "euclidean" else scores


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
