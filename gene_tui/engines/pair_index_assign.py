"""Which list every pair of an index belongs to: the first pass over all pairs.

A pair belongs to the list whose centre its offset has the largest product with. The product of
V_i - V_j with a centre is a difference of two numbers known per row, so a pair costs one
subtraction a list, not d multiplications.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gene_tui.engines.pair_index_numbers import (
    Int,
    Matrix,
    pair_numbers,
    pairs_of,
    row_starts,
    unit_offsets,
)
from gene_tui.engines.pair_index_workshop import Job, open_for_update, write_at
from gene_tui.engines.pool import run_blocks
from gene_tui.progress import Progress, check

#: Below this share of the two rows' lengths a difference of products is rounding, not signal.
_DOUBTFUL = 1e-3
#: Right rows compared at a time: so few that they stay in the cache.
_STRIPE = 32


def find_lists(job: Job, centres: Matrix) -> None:
    """Write every pair's list number, tile of rows after tile of rows.

    Raises:
        Cancelled: within a tile; what was finished is remembered.
    """
    n, pairs, starts = job.plan.n, job.plan.pairs, row_starts(job.plan.n)
    # A difference is the same from any origin; from the mean row it is rounded least.
    origin = np.zeros(job.plan.d) if job.sum else job.vectors.mean(axis=0, dtype=np.float64)
    frame = _Frame(centres, origin.astype(np.float32), _exponent(job.vectors))
    first_row = int(pairs_of(np.array([job.shop.done]), n)[0][0]) if job.shop.done else 0
    lows = range(first_row, n - 1, job.budget.tile)
    tiles = [(low, min(low + job.budget.tile, n - 1)) for low in lows]
    finished: dict[int, int] = {}
    done = int(starts[first_row])

    def work(tile: tuple[int, int]) -> tuple[int, npt.NDArray[np.int32]]:
        return int(starts[tile[0]]), _Tile(job, frame, *tile).lists()

    with open_for_update(job.shop.lists) as file:
        for begin, lists in run_blocks(work, tiles, cancelled=job.cancelled):
            write_at(file, lists, 4 * begin)
            finished[begin] = begin + lists.size
            while done in finished:
                done = finished.pop(done)
            job.report(Progress("finding each pair's list", done, pairs))
            job.shop.advance("lists", done, file)
        job.shop.advance("codes", 0, file, now=True)


def _exponent(vectors: Matrix) -> int:
    """The power of two that the largest number is just below: without it nothing overflows."""
    largest = max(float(vectors.max()), -float(vectors.min()))
    return int(np.frexp(largest)[1])


@dataclass(frozen=True, slots=True)
class _Frame:
    """How rows are compared with the lists' centres.

    Attributes:
        centres: (lists, d) float32. origin: (d,) float32, taken off every row.
        exponent: rows are divided by 2 to this; products then fit float32.
    """

    centres: Matrix
    origin: npt.NDArray[np.float32]
    exponent: int

    def rows(self, vectors: Matrix) -> Matrix:
        """Rows shifted and scaled."""
        return np.ldexp(vectors, -self.exponent) - np.ldexp(self.origin, -self.exponent)


class _Tile:
    """The pairs (i, j), j > i, of rows i from ``low`` to ``high``."""

    def __init__(self, job: Job, frame: _Frame, low: int, high: int) -> None:
        self.job, self.frame, self.centres = job, frame, frame.centres
        self.low, self.high, self.n = low, high, job.plan.n
        self.starts = row_starts(self.n)[low:high]
        self.begin = int(self.starts[0])
        self.out = np.empty(int(self.starts[-1]) + self.n - high - self.begin, dtype=np.int32)
        self.doubtful: list[tuple[int, Int]] = []

    def lists(self) -> npt.NDArray[np.int32]:
        """Their list numbers, by pair number."""
        left, left_sure = self._products(self.low, self.high)
        step = max(_STRIPE, min(512, (16 << 20) // (4 * len(self.centres))))
        for first in range(self.low + 1, self.n, step):
            right, right_sure = self._products(first, min(first + step, self.n))
            if not self.job.sum:
                np.negative(right, out=right)
            for part in range(0, len(right), _STRIPE):
                check(self.job.cancelled)
                stripe = slice(part, part + _STRIPE)
                self._compare(left, left_sure, right[stripe], right_sure[stripe], first + part)
        for i, others in self.doubtful:
            self._decide(i, others)
        return self.out

    def _products(self, low: int, high: int) -> tuple[Matrix, Matrix]:
        """Products of rows with all centres, and how large a score of theirs must be."""
        rows = self.frame.rows(self.job.vectors[low:high])
        sure = np.asarray(_DOUBTFUL * np.linalg.norm(rows, axis=1), dtype=np.float32)
        products: Matrix = rows @ self.centres.T
        return products, sure

    def _compare(
        self, left: Matrix, left_sure: Matrix, right: Matrix, right_sure: Matrix, first: int
    ) -> None:
        """Every left row with the right rows from ``first`` on that come after it."""
        scratch = np.empty_like(right)
        for i in range(self.low, min(self.high, first + len(right) - 1)):
            skip = max(0, i + 1 - first)
            scores = np.add(left[i - self.low], right[skip:], out=scratch[skip:])
            best = scores.argmax(axis=1)
            place = int(self.starts[i - self.low]) - self.begin + first + skip - i - 1
            self.out[place : place + best.size] = best
            top = scores[np.arange(best.size), best]
            unsure = np.flatnonzero(top <= left_sure[i - self.low] + right_sure[skip:])
            if unsure.size:
                self.doubtful.append((i, first + skip + unsure))

    def _decide(self, i: int, others: Int) -> None:
        """Pairs of near-equal rows, from their offsets themselves."""
        rows = unit_offsets(self.job.vectors, np.full(others.size, i), others, sum=self.job.sum)
        numbers = pair_numbers(i, others, self.n) - self.begin
        self.out[numbers] = (rows @ self.centres.T).argmax(axis=1)
