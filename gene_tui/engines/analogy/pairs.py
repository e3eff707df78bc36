"""Best pairs (C, D) for one target offset: A : B :: ? : ? and A + B :: ? + ?.

All n² pairs are answered for, few are looked at. A seed of likely pairs sets the threshold a
hit must reach; then the bounds of ``bounds.py`` leave a few thousand pairs, which are scored
from the vectors in float64. Rows are sorted so that every block of C faces a run of D.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy import lineup as compiled_search
from gene_tui.engines.analogy.best import Best
from gene_tui.engines.analogy.bounds import Bound, Direction, Operands
from gene_tui.engines.analogy.lineup import Lineup, Target
from gene_tui.engines.exact import DIGITS, pair_cosines, pair_scores
from gene_tui.engines.pool import run_blocks
from gene_tui.model.options import Metric
from gene_tui.run import QUIET, IsCancelled, Progress, Run

#: Rows of C, and rows of D, in one matrix product; its result stays in a core's cache.
_C_BLOCK = 256
_D_BLOCK = 1024
#: Rows of each for which the product's operands are made at once; a multiple of both.
PART = 65_536
#: Genes taken from each end of the target, and near A and near B, to find likely pairs.
SEEDS = 64
#: Below this cosine the bound on directions is not worth its rounding errors.
_LEAST = 1e-3
#: Pairs scored at once while the search goes on.
_SCORED = 1024


@dataclass(frozen=True, slots=True, eq=False)
class PairQuestion:
    """One target offset and the genes that may fill the slots.

    Attributes:
        vectors: (n, d).
        target: (d,) float64, the offset to be like.
        metric: of the score.
        sum: the pairs' offsets are sums; then each pair is reported once, lower row first.
        first, second: rows that C and D may take, ascending. The same ones for sums.
        operands: what the bounds are made of.
        likely: rows near A, and near B, to look for likely pairs; or None.
        zero_is_hit: a pair of identical vectors is a hit too (distances only).
        ordered: C and D are not interchangeable, in a sum either.
        norms, cap: hits whose C·D cosine exceeds the cap are left out.
        compiled: the space and the loops to search it with; then the operands' p may be off by
            ``error`` · |x| · |target| (by |x| for a direction). None for the search by numpy.
    """

    vectors: Matrix
    target: Floats
    metric: Metric
    sum: bool
    first: Rows
    second: Rows
    operands: Operands
    likely: tuple[Rows, Rows] | None = None
    zero_is_hit: bool = False
    ordered: bool = False
    norms: Floats | None = None
    cap: float | None = None
    compiled: tuple[Lineup, ModuleType] | None = None
    error: float = 0.0

    @property
    def once(self) -> bool:
        """A pair and its reverse are the same hit."""
        return self.sum and not self.ordered

    def scores(self, c: Rows, d: Rows) -> Floats:
        """Exact scores of pairs; -inf for what is no hit."""
        result = pair_scores(
            self.vectors,
            c,
            d,
            self.target,
            sum=self.sum,
            metric=self.metric,
            zero_is_hit=self.zero_is_hit,
        )
        if self.cap is not None and self.norms is not None:
            close = pair_cosines(self.vectors, self.norms, c, d)
            result[np.round(close, DIGITS) > self.cap] = -np.inf
        return result

    def offer(self, best: Best, c: Rows, d: Rows) -> None:
        """Score pairs exactly and offer them."""
        apart = c != d
        c, d = c[apart], d[apart]
        for start in range(0, len(c), _SCORED):
            one, two = c[start : start + _SCORED], d[start : start + _SCORED]
            keep = self._may_matter(one, two, best.threshold)
            one, two = one[keep], two[keep]
            rows = np.column_stack([one, two])
            best.offer(np.sort(rows, axis=1) if self.once else rows, self.scores(one, two))

    def _may_matter(self, c: Rows, d: Rows, threshold: float) -> Rows:
        """Indices of the pairs that float32 cannot rule out.

        The difference of two float32 vectors is right to the last digit, so the score of a
        pair has an error of a few d · 2⁻²⁴ even for near-duplicates.
        """
        if threshold == -np.inf:
            return np.arange(len(c))
        offsets = self.vectors[c]
        if self.sum:
            offsets += self.vectors[d]
        else:
            offsets -= self.vectors[d]
        error = 2 * (self.vectors.shape[1] + 8) * 2.0**-24
        length = float(np.sqrt(self.target @ self.target))
        if self.metric == "euclidean":
            offsets -= self.target.astype(np.float32)
            distance = np.sqrt(np.einsum("ij,ij->i", offsets, offsets), dtype=np.float64)
            sure = (distance > 1e-15) & (distance < 1e15)
            gone = sure & (distance * (1 - error) - error * length > -threshold)
        else:
            lengths = np.sqrt(np.einsum("ij,ij->i", offsets, offsets), dtype=np.float64)
            sure = (lengths > 1e-15) & (lengths < 1e15)
            along = offsets @ (self.target / length).astype(np.float32)
            gone = sure & (along < (threshold - error) * lengths)
        return np.flatnonzero(~gone)


def search(question: PairQuestion, bound: Bound, best: Best, *, run: Run = QUIET) -> None:
    """Offer every pair to ``best`` that can be among its k best.

    Raises:
        Cancelled: when the user stopped it; ``best`` then holds the best so far.
    """
    if len(question.first) == 0 or len(question.second) == 0:
        return
    _seed(question, best)
    if best.threshold == -np.inf or (isinstance(bound, Direction) and best.threshold < _LEAST):
        _everything(question, best, run)
        return
    if question.compiled is not None:
        lineup, loops = question.compiled
        target = Target(
            metric=question.metric,
            length=_length(question) if question.metric == "euclidean" else 1.0,
            operands=question.operands,
            error=question.error,
            first=question.first,
            second=question.second,
            once=question.once,
        )

        def offer(c: Rows, d: Rows) -> None:
            question.offer(best, c, d)

        compiled_search.search(lineup, target, best, offer, loops, run)
        return
    _neighbours(question, bound, best)
    _blocks(question, bound, best, run)


def _seed(question: PairQuestion, best: Best) -> None:
    """Offer pairs between genes at the ends of the target and genes like A and like B."""
    size = max(SEEDS, int(1.5 * best.k**0.5) + 8)
    it = question.operands
    ends = [(it.p, -it.y)]
    if question.metric == "euclidean":
        # From |C + σD|² − 2 (p_C − y_D): short rows as well as far ones.
        ends.append((2 * it.p - it.squares, -2 * it.y - it.squares))
    firsts = [_top(ends_c, question.first, size) for ends_c, _ in ends]
    seconds = [_top(ends_d, question.second, size) for _, ends_d in ends]
    if question.likely is not None:
        firsts.append(_among(question.likely[0], question.first))
        seconds.append(_among(question.likely[1], question.second))
    c, d = np.unique(np.concatenate(firsts)), np.unique(np.concatenate(seconds))
    _offer_best_of(question, best, c, d)


def _among(rows: Rows, allowed: Rows) -> Rows:
    """Those of a few rows that are allowed (ascending); sorting all of these costs more."""
    place = np.minimum(np.searchsorted(allowed, rows), len(allowed) - 1)
    result: Rows = rows[allowed[place] == rows]
    return result


def _length(question: PairQuestion) -> float:
    return float(np.sqrt(question.target @ question.target))


def _top(values: Floats, rows: Rows, size: int) -> Rows:
    """The ``size`` rows of largest value."""
    if len(rows) <= size:
        return rows
    return rows[np.argpartition(-values[rows], size)[:size]]


def _offer_best_of(question: PairQuestion, best: Best, c: Rows, d: Rows) -> None:
    """Offer the best of all pairs c × d; found by a rough product, scored exactly."""
    it = question.operands
    sizes = (it.lengths**2).astype(np.float32)
    squares = question.vectors[c] @ question.vectors[d].T
    squares *= 2 * it.sign
    squares += sizes[c][:, None]
    squares += sizes[d]
    gain = it.p[c].astype(np.float32)[:, None] - it.y[d].astype(np.float32)
    # Near-duplicates are too inexact here, and a gene is no partner of itself.
    useless = squares <= 1e-4 * sizes[c].max()
    useless |= c[:, None] == d
    if question.metric == "euclidean":
        rough = 2 * gain - squares
    else:
        squares[useless] = 1.0
        rough = gain / np.sqrt(squares)
    rough[useless] = -np.inf
    wanted = min(2 * best.k + 16, rough.size)
    chosen = np.argpartition(-rough.ravel(), wanted - 1)[:wanted]
    question.offer(best, c[chosen // len(d)], d[chosen % len(d)])


def _room(buffer: threading.local, name: str, size: int) -> Matrix:
    """A float32 array of this thread, used again for every block: fresh memory costs more than
    the arithmetic done in it."""
    room: Matrix | None = getattr(buffer, name, None)
    if room is None or len(room) < size:
        room = np.empty(size, dtype=np.float32)
        setattr(buffer, name, room)
    return room[:size]


def _everything(question: PairQuestion, best: Best, run: Run) -> None:
    """Score all pairs, where no bound holds: k as large as half the pairs, or bad scores only."""
    step = max(1, 200_000 // len(question.second))
    starts = range(0, len(question.first), step)

    def work(start: int) -> None:
        block = question.first[start : start + step]
        c, d = np.repeat(block, len(question.second)), np.tile(question.second, len(block))
        if question.once:
            once = ~(np.isin(c, question.second) & (c > d))
            c, d = c[once], d[once]
        question.offer(best, c, d)

    for done, _ in enumerate(run_blocks(work, starts, cancelled=run.cancelled), start=1):
        run.report(Progress("pairs", min(done * step, len(question.first)), len(question.first)))


def _neighbours(question: PairQuestion, bound: Bound, best: Best) -> None:
    """Offer the listed neighbours, which the bounds on single rows say nothing about."""
    it = question.operands.offsets
    if it.neighbours.shape[1] == 0:
        return
    allowed = np.zeros((2, len(it.nearest)), dtype=np.bool_)
    allowed[0, question.first] = True
    allowed[1, question.second] = True
    u, v = bound.edges(best.threshold, it.nearest)
    for first in (True, False):
        # The row itself as C, then as D.
        if first:
            rows = question.first[u[question.first] >= question.operands.y[question.second].min()]
        else:
            rows = question.second[v[question.second] <= question.operands.p[question.first].max()]
        others = it.neighbours[rows].astype(np.int64)
        row: Rows = np.broadcast_to(rows[:, None], others.shape)
        c, d = (row, others) if first else (others, row)
        close = bound.near(best.threshold, c, d, it.gaps[rows])
        close &= (others >= 0) & allowed[1 if first else 0, others]
        question.offer(best, c[close], d[close])
        if question.once:
            break


def _blocks(question: PairQuestion, bound: Bound, best: Best, run: Run) -> None:
    """Offer all pairs that the bounds leave."""
    run.check()
    it = question.operands
    u, v = bound.edges(best.threshold, it.offsets.reach)
    first, second = question.first, question.second
    first = first[u[first] >= it.y[second].min()]
    second = second[v[second] <= it.p[first].max()] if len(first) else second[:0]
    if len(second) == 0:
        return
    first = first[np.argsort(-u[first])]
    second = second[np.argsort(it.y[second])]
    ends = np.searchsorted(it.y[second], u[first], side="right")
    todo, done = int(-(-ends[::_C_BLOCK] // _D_BLOCK).sum()), 0
    # Part by part, so that what the product is made of stays small in a large space too.
    for begin in range(0, int(ends[0]), PART):
        for start in range(0, len(first), PART):
            lengths = np.clip(ends[start : start + PART] - begin, 0, PART)
            if lengths[0] == 0:
                break
            c, d = first[start : start + PART], second[begin : begin + int(lengths[0])]
            for _ in _part(question, bound, best, c, d, lengths, run.cancelled):
                done += 1
                run.report(Progress("pairs", done, todo))


def _part(
    question: PairQuestion,
    bound: Bound,
    best: Best,
    first: Rows,
    second: Rows,
    ends: Rows,
    cancelled: IsCancelled,
) -> Iterator[int]:
    """Offer the pairs of rows of C with rows of D, ``ends`` of these for each of those.

    Yields after each tile.
    """
    reach = question.operands.offsets.reach
    left, right = bound.product(best.threshold, first, second)
    right_t = right.T
    buffer = threading.local()

    def tiles() -> Iterator[tuple[int, int, int]]:
        for start in range(0, len(first), _C_BLOCK):
            for begin in range(0, int(ends[start]), _D_BLOCK):
                yield start, begin, min(begin + _D_BLOCK, int(ends[start]))

    def work(tile: tuple[int, int, int]) -> int:
        start, begin, end = tile
        block = slice(start, start + _C_BLOCK)
        rows = left[block]
        room = _room(buffer, "product", len(rows) * (end - begin))
        product = np.matmul(rows, right_t[:, begin:end], out=room.reshape(len(rows), -1))
        hits = np.flatnonzero(product >= 0)
        if len(hits):
            i, j = np.divmod(hits, end - begin)
            c, d = first[start + i], second[begin + j]
            keep = bound.near(best.threshold, c, d, np.maximum(reach[c], reach[d]))
            if question.once:
                # Every pair comes in both orders.
                keep &= c < d
            question.offer(best, c[keep], d[keep])
        return product.size

    yield from run_blocks(work, tiles(), cancelled=cancelled)
