"""The exact analogy engine: every shape of an analogy, on rows and arrays alone.

An analogy has four places, A : B :: C : D, given as row numbers, None for a ``?``. Hits fill
the ``?`` from left to right. Turning an analogy round does not change it,

    A : B :: C : D   =   C : D :: A : B   =   B : A :: D : C   =   D : C :: B : A,

so each kind of question is answered in one position and the others are turned into it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy import compiled
from gene_tui.engines.analogy import containing as containing_search
from gene_tui.engines.analogy import pairs as pair_search
from gene_tui.engines.analogy import parallel as parallel_search
from gene_tui.engines.analogy.best import Best, check_k
from gene_tui.engines.analogy.complete import (
    all_scores,
    best_directions,
    best_rows,
    rank_of,
    ranked_among,
)
from gene_tui.engines.analogy.field import Field
from gene_tui.engines.analogy.ground import Ground, Limits
from gene_tui.engines.analogy.products import products
from gene_tui.engines.analogy.target import bound_of, pairs_like
from gene_tui.engines.exact import identical_to, lengths_of, offset
from gene_tui.engines.found import Found, stopped
from gene_tui.engines.pool import run_blocks, single_threaded_blas
from gene_tui.errors import Cancelled, NoAnswer, UsageError
from gene_tui.model.options import DEFAULT_CAP, Measure, Metric
from gene_tui.run import QUIET, IsCancelled, Run, never
from gene_tui.spaces.derive import geometry_of
from gene_tui.spaces.geometry import Geometry
from gene_tui.spaces.space import LARGE

__all__ = ["TURNS", "AnalogyEngine", "Judgement", "Limits", "Places"]

#: Completions, and pair questions, asked at once by one thread.
_TOGETHER = 64
_PAIRS_TOGETHER = 16

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
        limits = limits or Limits()
        target = offset(self.ground.vectors, a, b, sum=sum)
        pair = np.array([[a, b]])
        return pairs_like(self.ground, pair, target, limits, sum=sum, metric=metric, run=run)

    @single_threaded_blas()
    def best_pair_scores(
        self, questions: Rows, limits: Limits, *, metric: Metric = "cosine", run: Run = QUIET
    ) -> Floats:
        """The score of the best hit of each ``A : B :: ? : ?``, (m,) float64; -inf for none.

        For many questions at once: their products are made together and each is one thread's.

        Args:
            questions: (m, 2) rows A, B. limits: with k = 1.

        Raises:
            Cancelled: the user stopped it.
        """
        compiled.load(run.cancelled)
        result = np.full(len(questions), -np.inf)
        offsets = self.vectors[questions[:, 0]].astype(np.float64) - self.vectors[questions[:, 1]]
        lengths = lengths_of(offsets)
        asked = np.flatnonzero((lengths > 0) & (len(self.vectors) >= 4))
        sizes = lengths if metric == "cosine" else np.ones(len(lengths))
        units = (offsets[asked] / sizes[asked, None]).astype(np.float32)
        quiet = run.muted()

        def ask(start: int) -> None:
            part = slice(start, start + _PAIRS_TOGETHER)
            inner = units[part] @ self.vectors.T
            for place, it in enumerate(asked[part].tolist()):
                found = pairs_like(
                    self.ground,
                    questions[it : it + 1],
                    offsets[it],
                    limits,
                    metric=metric,
                    inner=inner[place],
                    run=quiet,
                )
                result[it] = found.scores[0] if len(found.scores) else -np.inf

        starts = range(0, len(asked), _PAIRS_TOGETHER)
        for _ in run_blocks(ask, starts, cancelled=run.cancelled):
            pass
        return result

    @single_threaded_blas()
    def best_completion_scores(
        self, questions: Rows, candidates: Rows | None = None, *, run: Run = QUIET
    ) -> Floats:
        """The score of the best hit of each ``A : B :: C : ?`` by direction, (m,) float64.

        Args:
            questions: (m, 3) rows A, B, C. candidates: ascending rows D may take; None for all.

        Raises:
            Cancelled: the user stopped it.
        """
        result = np.full(len(questions), -np.inf)

        def ask(start: int) -> None:
            part = slice(start, start + _TOGETHER)
            result[part] = best_directions(self.vectors, self.norms, questions[part], candidates)

        starts = range(0, len(questions), _TOGETHER)
        for _ in run_blocks(ask, starts, cancelled=run.cancelled):
            pass
        return result

    @single_threaded_blas()
    def target_scores(
        self,
        target: Floats,
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
        ask = parallel_search.Ask(x, z, 1 if right - left == 2 else -1)
        limits = limits or Limits()
        pair_cap = limits.cap if ask.sign > 0 else None

        def search(k: int, left_out: Rows) -> tuple[Rows, Floats]:
            best = Best(k, 2)
            allowed = np.setdiff1d(self.ground.candidates(limits), [ask.x, ask.z, *left_out])
            one, two = _parallel_rows(self.ground, ask, allowed, limits.cap)
            if len(one) == 0 or len(two) == 0:
                return best.hits()
            if metric == "euclidean":
                question = _parallel_distances(self.ground, ask, one, two, pair_cap, run.cancelled)
                bound = bound_of(question)
                pair_search.search(question, bound, best, run=run)
            else:
                sides = parallel_search.Sides.of(
                    self.ground.vectors, self.ground.norms, ask, one, two, pair_cap
                )
                near = self.ground.offsets().neighbours
                parallel_search.search(sides, best, near, run=run)
            return best.hits()

        return self.ground.limited(
            search, limits, 2, metric, "bounded product of all offsets, float64 scores"
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
            run: given the best so far, now and then, in the calling thread.

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
        a = _known(places[known])
        columns = [turn.index(place) for place in range(4) if place != known]
        names = self._names(limits, a)
        field = self._prepared(names, run)
        method = "bounded search for every B, float64 scores"
        ended = False

        def answer(best: Best, complete: bool) -> Found:
            rows, scores = best.hits()
            return Found(names[rows], scores, complete, complete, method)

        def search(k: int, left_out: Rows) -> tuple[Rows, Floats]:
            nonlocal ended
            best = Best(k, 3, places=columns)

            def tell() -> None:
                # Under --per-gene the best so far may still be left out.
                if run.found is not None and limits.per_gene is None:
                    run.found(answer(best, complete=False))

            if not ended:
                try:
                    some = field
                    if len(left_out):
                        kept = np.flatnonzero((names == a) | ~np.isin(names, left_out))
                        some = Field.of(field.gram.vectors, field.gram.shape, kept)
                    own = int(np.searchsorted(names, a))
                    place = int(np.flatnonzero(some.gram.rows == own)[0])
                    containing_search.search(some, place, best, limits.cap, risen=tell, run=run)
                except Cancelled:
                    if not partial:
                        raise
                    ended = True
            known = answer(best, complete=True)
            return known.rows, known.scores

        whole = self.ground.limited(search, limits, 3, "cosine", method)
        return stopped(whole) if ended else whole

    def _names(self, limits: Limits, a: int) -> Rows:
        """The rows that ``A : ?`` searches, A and those the ``?`` may take; ascending."""
        return np.union1d(self.ground.candidates(limits), [a])

    def _prepared(self, names: Rows, run: Run) -> Field:
        """Rows prepared for ``A : ?``, numbered from 0; all rows are kept for the next question.

        Raises:
            UsageError: there are too many of them.
            Cancelled: the user stopped it.
        """
        if len(names) < len(self.vectors):
            part = self.vectors[names]
            return Field.of(part, _shape_of(part, run), np.arange(len(names)))
        if self._field is None:
            shape = self.ground.shape or _shape_of(self.vectors, run)
            self._field = Field.of(self.vectors, shape, names)
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
        a, b, c = _turned(places)
        scores = self._completions(
            a, b, c, measure=measure, metric=metric, sum=sum, cancelled=cancelled
        )
        allowed = self.ground.candidates(limits)
        if limits.cap is not None:
            # A·C is the same for all hits.
            over = self.ground.over_cap(a, c, limits.cap)
            allowed = allowed[:0] if over else self.ground.under_cap(allowed, b, limits.cap)
        found = best_rows(scores, allowed, limits.k, "one pass over all genes, float64 scores")
        return replace(found, scores=self.ground.unscaled(found.scores, metric))

    @single_threaded_blas()
    def ranked(
        self,
        places: Places,
        rows: Rows,
        *,
        measure: Measure = "direction",
        metric: Metric = "cosine",
        cancelled: IsCancelled = never,
    ) -> tuple[Rows, Floats]:
        """The ranks of some rows among all that can be the one ``?``, and their scores; (m,) each.

        A rank is 1 + how many genes score strictly better, to 12 digits. What cannot be a hit
        scores NaN.

        Raises:
            NoAnswer, UsageError, Cancelled: as ``complete``.
        """
        a, b, c = _turned(places)
        scores = self._completions(a, b, c, measure=measure, metric=metric, cancelled=cancelled)
        ranks, found = ranked_among(scores, rows)
        return ranks, self.ground.unscaled(found, metric)

    def _completions(
        self,
        a: int,
        b: int,
        c: int,
        *,
        measure: Measure,
        metric: Metric,
        sum: bool = False,
        cancelled: IsCancelled,
    ) -> Floats:
        """The score of every row as D, (n,) float64; -inf where it cannot be a hit."""
        _check_measure(measure, metric, sum)
        self.ground.distinct((a, b, c))
        return all_scores(
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
        self.ground.distinct((a, b, c, d))
        scores = self._completions(
            a, b, c, measure=measure, metric=metric, sum=sum, cancelled=cancelled
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


def _turned(places: Places) -> tuple[int, int, int]:
    """A, B and C of an analogy turned so that its one ``?`` is D."""
    missing = places.index(None)
    turn = next(turn for turn in TURNS if turn[3] == missing)
    a, b, c = (_known(places[place]) for place in turn[:3])
    return a, b, c


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


def _parallel_rows(
    ground: Ground, ask: parallel_search.Ask, allowed: Rows, cap: float | None
) -> tuple[Rows, Rows]:
    """Rows the left and the right ``?`` may take."""
    one = np.setdiff1d(allowed, identical_to(ground.vectors, ask.x))
    two = np.setdiff1d(allowed, identical_to(ground.vectors, ask.z))
    if cap is None:
        return one, two
    if ask.sign < 0:
        # Known and unknown gene of the same cap stand on different sides.
        return ground.under_cap(one, ask.z, cap), ground.under_cap(two, ask.x, cap)
    # One of the two cosines is the same for all hits, the other is a hit's own.
    return (one[:0], two[:0]) if ground.over_cap(ask.x, ask.z, cap) else (one, two)


def _parallel_distances(
    ground: Ground,
    ask: parallel_search.Ask,
    one: Rows,
    two: Rows,
    cap: float | None,
    cancelled: IsCancelled,
) -> pair_search.PairQuestion:
    """By distance it is a question about pairs:

    (A − B) − (C − D) = (A − C) − (B − D), and (A − B) − (D − C) = (A + C) − (B + D).
    """
    target = ground.row(ask.x) - ask.sign * ground.row(ask.z)
    sum = ask.sign < 0
    p = products(ground.vectors, target[:, None])[:, 0]
    return pair_search.PairQuestion(
        vectors=ground.vectors,
        target=target,
        metric="euclidean",
        sum=sum,
        first=one,
        second=two,
        operands=ground.operands(p, sum=sum, even_zero=True, cancelled=cancelled),
        zero_is_hit=True,
        ordered=True,
        norms=ground.norms,
        cap=cap,
    )
