"""The exact analogy engine: every shape of an analogy, on rows and arrays alone.

An analogy has four places, A : B :: C : D, given as row numbers, None for a ``?``. Hits fill
the ``?`` from left to right. Turning an analogy round does not change it,

    A : B :: C : D   =   C : D :: A : B   =   B : A :: D : C   =   D : C :: B : A,

so each kind of question is answered in one position and the others are turned into it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gene_tui.engines.analogy import questions
from gene_tui.engines.analogy.best import check_k
from gene_tui.engines.analogy.complete import Measure, all_scores, rank_of
from gene_tui.engines.analogy.field import Field
from gene_tui.engines.analogy.ground import Ground, Limits
from gene_tui.engines.analogy.parallel import Ask
from gene_tui.engines.analogy.products import products
from gene_tui.engines.exact import Floats, Matrix, Metric, Rows, offset
from gene_tui.engines.found import Found
from gene_tui.engines.pool import run_blocks, single_threaded_blas
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.model.options import DEFAULT_CAP
from gene_tui.run import QUIET, IsCancelled, Run, never
from gene_tui.spaces.derive import geometry_of
from gene_tui.spaces.geometry import Geometry
from gene_tui.spaces.space import LARGE

__all__ = ["TURNS", "AnalogyEngine", "Judgement", "Limits", "Places"]

Places = tuple[int | None, int | None, int | None, int | None]

#: The four ways to tell the same analogy: which place of the asked one comes where.
TURNS: tuple[tuple[int, int, int, int], ...] = (
    (0, 1, 2, 3),
    (2, 3, 0, 1),
    (1, 0, 3, 2),
    (3, 2, 1, 0),
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good one analogy is: its score, and D's rank among all completions of A : B :: C."""

    score: float
    rank: int
    of: int


class AnalogyEngine:
    """Answers analogies over one space, exactly.

    Attributes:
        ground: the space's arrays.
    """

    def __init__(
        self, vectors: Matrix, *, norms: Floats | None = None, geometry: Geometry | None = None
    ) -> None:
        """Args:
        vectors: (n, d) float32, C order, finite; may be mapped.
        norms: (n,) float64, their lengths, where they are known already.
        geometry: the space's shape; without it answers are the same, only slower.
        """
        self.ground = Ground(vectors, norms, geometry)
        self._field: Field | None = None

    @property
    def vectors(self) -> Matrix:
        """(n, d) float32; divided by a power of two where too large or small for products."""
        return self.ground.vectors

    @property
    def norms(self) -> Floats:
        """(n,) float64, lengths of ``vectors``."""
        return self.ground.norms

    @property
    def geometry(self) -> Geometry | None:
        """The space's shape; may be set once it is made."""
        return self.ground.shape

    @geometry.setter
    def geometry(self, shape: Geometry | None) -> None:
        self.ground.shape = shape

    @single_threaded_blas()
    def pairs(
        self,
        a: int,
        b: int,
        limits: Limits | None = None,
        *,
        sum: bool = False,
        metric: Metric = "cosine",
        run: Run = QUIET,
    ) -> Found:
        """``A : B :: ? : ?`` or ``A + B :: ? + ?``: hits (C, D); for sums the lower row first.

        Raises:
            NoAnswer: A and B are the same gene or have no direction; fewer than four genes.
            Cancelled: the user stopped it.
        """
        self.ground.distinct((a, b))
        return questions.pairs(
            self.ground, a, b, limits or Limits(), sum=sum, metric=metric, run=run
        )

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
        lengths = self.ground.scaled(lengths)
        p = products(self.vectors, (target / size)[:, None])[:, 0]
        along = p[c] + p[d] if sum else p[c] - p[d]
        if metric == "euclidean":
            squares = size * size + lengths * lengths - 2 * size * along
            return self.ground.unscaled(-np.sqrt(np.maximum(squares, 0.0)), metric)
        result: Floats = np.clip(along / lengths, -1.0, 1.0)
        return result

    @single_threaded_blas()
    def parallel(
        self,
        places: Places,
        limits: Limits | None = None,
        *,
        metric: Metric = "cosine",
        run: Run = QUIET,
    ) -> Found:
        """``A : ? :: C : ?`` and the other shapes with one ``?`` on each side: hits of two genes.

        Raises:
            NoAnswer: the two genes are the same; fewer than four genes.
            Cancelled: the user stopped it.
        """
        left, right = (next(i for i in side if places[i] is not None) for side in ((0, 1), (2, 3)))
        x, z = _known(places[left]), _known(places[right])
        self.ground.distinct((x, z))
        # Known at the same end, the offsets point the same way; else they are opposite.
        return questions.parallel(
            self.ground,
            Ask(x, z, 1 if right - left == 2 else -1),
            limits or Limits(),
            metric=metric,
            run=run,
        )

    @single_threaded_blas()
    def containing(
        self,
        places: Places,
        limits: Limits | None = None,
        *,
        metric: Metric = "cosine",
        partial: bool = False,
        run: Run = QUIET,
    ) -> Found:
        """``A : ? :: ? : ?`` with the known gene at any place: hits of three genes.

        Without limits the cap is 0.8.

        Args:
            partial: when stopped, hand back the best so far (``complete`` False) instead of
                raising.
            found: given the best so far, now and then, in the calling thread.

        Raises:
            NoAnswer: fewer than four genes.
            UsageError: the space is too large for it, or the metric is not cosine.
            Cancelled: the user stopped it and ``partial`` is False, or nothing was found yet.
        """
        if metric != "cosine":
            raise UsageError(
                "A : ? compares directions; by distance its best hits are near-duplicates",
                "leave the metric at cosine",
            )
        limits = limits or Limits(cap=DEFAULT_CAP)
        check_k(limits.k)
        known = next(place for place, row in enumerate(places) if row is not None)
        turn = next(turn for turn in TURNS if turn[0] == known)
        self.ground.distinct((_known(places[known]),))
        return questions.containing(
            self.ground,
            self.field(limits, run=run),
            _known(places[known]),
            [turn.index(place) for place in range(4) if place != known],
            limits,
            partial=partial,
            run=run,
        )

    def field(self, limits: Limits, *, run: Run = QUIET) -> Field:
        """The rows ``A : ?`` searches, prepared; all rows are kept for the next question.

        Raises:
            UsageError: there are too many of them.
            Cancelled: the user stopped it.
        """
        if limits.candidates is not None:
            rows = self.ground.candidates(limits)
            part = self.vectors[rows]
            shape = _shape_of(part, run)
            inner = Field.of(part, shape, np.arange(len(rows)))
            return replace(inner, rows=rows[inner.rows])
        if self._field is None:
            shape = self.ground.shape or _shape_of(self.vectors, run)
            self._field = Field.of(self.vectors, shape, np.arange(len(self.vectors)))
        return self._field

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
        check_k(limits.k)
        _check_measure(measure, metric, sum)
        missing = places.index(None)
        turn = next(turn for turn in TURNS if turn[3] == missing)
        a, b, c = (_known(places[place]) for place in turn[:3])
        self.ground.distinct((a, b, c))
        return questions.complete(
            self.ground,
            (a, b, c),
            limits,
            measure=measure,
            metric=metric,
            sum=sum,
            cancelled=cancelled,
        )

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
        self.ground.distinct((a, b, c, d))
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
        score = float(self.ground.unscaled(scores[d : d + 1], metric)[0])
        return Judgement(score, rank_of(scores, d), int(np.isfinite(scores).sum()))


def _shape_of(vectors: Matrix, run: Run) -> Geometry:
    if len(vectors) > LARGE:
        raise UsageError(
            f"A : ? goes through all triples, too many for {len(vectors):,} genes",
            f"limit it to {LARGE:,} with --within or --truncate",
        )
    return geometry_of(vectors, spread=run_blocks, run=run)


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
