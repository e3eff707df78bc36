"""Best pairs of offsets with one gene of each known: A : ? :: C : ? and its kin.

With u = ±(x − Y)/|x − Y| and v = (z − W)/|z − W| the score is u · v, so it is the largest
inner product of two sets of unit rows. Their first m principal coordinates and the lengths r
of the rest bound it: u · v ≤ u'·v' + r_u r_v. Only where that reaches the k-th best so far is
the rest multiplied out, and only what float32 cannot rule out is scored in float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy.best import Best
from gene_tui.engines.analogy.pairs import PART
from gene_tui.engines.exact import DIGITS, lengths_of, pair_cosines
from gene_tui.engines.pool import run_blocks
from gene_tui.run import QUIET, IsCancelled, Progress, Run, check, never

_LEFT, _RIGHT = 256, 2048
#: Principal coordinates looked at first.
_FIRST = 64
#: With more than this share of a block left, the block's rest is one product more.
_MANY = 0.02
#: Rows of the left side tried with all of the right to find likely hits.
_SEEDS = 256
_PIECE = 2048


@dataclass(frozen=True, slots=True)
class Ask:
    """x : ? and z : ? (or ? : x and ? : z), with sign −1 where the ends are opposite."""

    x: int
    z: int
    sign: int


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Both sets of offsets.

    Attributes:
        vectors, norms: of the space.
        ask: the known genes.
        one, two: rows the unknowns may take; none identical to its partner.
        basis: (d, d) float64, principal directions of both sets, widest first.
        cap: of the cosine of the two unknown genes.
    """

    vectors: Matrix
    norms: Floats
    ask: Ask
    one: Rows
    two: Rows
    basis: Floats
    cap: float | None

    @classmethod
    def of(
        cls, vectors: Matrix, norms: Floats, ask: Ask, one: Rows, two: Rows, cap: float | None
    ) -> Sides:
        """Find the basis from a sample."""
        sample = [rows[:: max(1, len(rows) // 2048)] for rows in (one, two)]
        units = [
            _units(vectors, row, rows) for row, rows in zip((ask.x, ask.z), sample, strict=True)
        ]
        scatter = sum(part.T @ part for part in units)
        basis = np.linalg.eigh(scatter)[1][:, ::-1]
        return cls(vectors, norms, ask, one, two, basis, cap)

    def left(self, rows: Rows, cancelled: IsCancelled = never) -> Matrix:
        """Offsets from x to rows: (rows, d) float32 of length 1, in the basis."""
        return self._turned(self.ask.x, rows, self.basis * self.ask.sign, cancelled)

    def right(self, rows: Rows, cancelled: IsCancelled = never) -> Matrix:
        """The same from z."""
        return self._turned(self.ask.z, rows, self.basis, cancelled)

    def _turned(self, row: int, rows: Rows, basis: Floats, cancelled: IsCancelled) -> Matrix:
        result = np.empty((len(rows), len(basis)), dtype=np.float32)

        def work(start: int) -> None:
            part = slice(start, start + _PIECE)
            result[part] = _units(self.vectors, row, rows[part]) @ basis

        for _ in run_blocks(work, range(0, len(rows), _PIECE), cancelled=cancelled):
            pass
        return result

    def offer(self, best: Best, i: Rows, j: Rows) -> None:
        """Score hits (places in ``one`` and ``two``) in float64 and offer them."""
        y, w = self.one[i], self.two[j]
        apart = y != w
        y, w = y[apart], w[apart]
        for start in range(0, len(y), 4096):
            part = slice(start, start + 4096)
            left = _units(self.vectors, self.ask.x, y[part])
            right = _units(self.vectors, self.ask.z, w[part])
            scores = np.clip(self.ask.sign * np.einsum("ij,ij->i", left, right), -1.0, 1.0)
            if self.cap is not None:
                close = pair_cosines(self.vectors, self.norms, y[part], w[part])
                scores[np.round(close, DIGITS) > self.cap] = -np.inf
            best.offer(np.column_stack([y[part], w[part]]), scores)


def _units(vectors: Matrix, row: int, rows: Rows) -> Floats:
    """(row − rows) at length 1, float64."""
    offsets: Floats = vectors[row].astype(np.float64) - vectors[rows]
    offsets /= lengths_of(offsets)[:, None]
    return offsets


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some of one side.

    Attributes:
        start: place of the first. whole: (rows, d) float32, unit offsets in the basis.
        first: their first m coordinates. rest: the others. lengths: of the rest, rounded up.
        bound: (rows, m + 1), first and lengths: what bounds the products.
    """

    start: int
    whole: Matrix
    first: Matrix
    rest: Matrix
    lengths: Matrix
    bound: Matrix

    @classmethod
    def of(cls, start: int, whole: Matrix) -> _Part:
        m = min(_FIRST, whole.shape[1])
        first, rest = np.ascontiguousarray(whole[:, :m]), whole[:, m:]
        squares = np.einsum("ij,ij->i", rest, rest, dtype=np.float64)
        lengths = (np.sqrt(squares) * (1 + 1e-6)).astype(np.float32)
        return cls(start, whole, first, rest, lengths, np.column_stack([first, lengths]))


def search(
    sides: Sides, best: Best, neighbours: npt.NDArray[np.int32], *, run: Run = QUIET
) -> None:
    """Offer every hit to ``best`` that can be among its k best.

    Args:
        neighbours: (n, K) rows near each row, to find likely hits; -1 for none.

    Raises:
        Cancelled: the user stopped it.
    """
    n, m = len(sides.one), len(sides.two)
    left: _Part | None = None
    right: _Part | None = None
    done = 0
    # Part by part, so that a large space needs no second copy of itself.
    for begin in range(0, m, PART):
        right = None  # let go of the one before first
        right = _Part.of(begin, sides.right(sides.two[begin : begin + PART], run.cancelled))
        for start in range(0, n, PART):
            if left is None or left.start != start:
                left = None
                left = _Part.of(start, sides.left(sides.one[start : start + PART], run.cancelled))
            if start == 0:
                _seed(sides, best, neighbours, left, right)
            for count in _products(sides, best, left, right, run.cancelled):
                done += count
                run.report(Progress("offsets", done, n * -(-m // PART)))


def _products(
    sides: Sides, best: Best, left: _Part, right: _Part, cancelled: IsCancelled
) -> Iterator[int]:
    """Offer all hits of two parts that the bounds leave; yields numbers of rows gone through."""
    # Unit rows: a product of width d, of rows rounded from float64, is off by at most this.
    error = np.float32((left.whole.shape[1] + 16) * 2.0**-24)

    def work(start: int) -> int:
        rows = slice(start, start + _LEFT)
        for begin in range(0, len(right.whole), _RIGHT):
            check(cancelled)
            columns = slice(begin, begin + _RIGHT)
            product = left.bound[rows] @ right.bound[columns].T
            least = np.float32(max(best.threshold, -2.0)) - 2 * error
            i, j = np.nonzero(product >= least)
            if len(i) > _MANY * product.size:
                product = left.whole[rows] @ right.whole[columns].T
                i, j = np.nonzero(product >= least)
            elif len(i):
                near = product[i, j] - left.lengths[start + i] * right.lengths[begin + j]
                near += np.einsum("ij,ij->i", left.rest[start + i], right.rest[begin + j])
                keep = near >= least
                i, j = i[keep], j[keep]
            sides.offer(best, left.start + start + i, right.start + begin + j)
        return min(_LEFT, len(left.whole) - start)

    return run_blocks(work, range(0, len(left.whole), _LEFT), cancelled=cancelled)


def _seed(
    sides: Sides, best: Best, neighbours: npt.NDArray[np.int32], left: _Part, right: _Part
) -> None:
    """Offer likely hits: unknown genes near each other, and all partners of some rows."""
    one = sides.one[: len(left.whole)]
    two = sides.two[right.start : right.start + len(right.whole)]
    place = np.full(len(sides.vectors) + 1, -1, dtype=np.int64)
    place[two] = np.arange(len(two))
    near = place[neighbours[one]]
    i, column = np.nonzero(near >= 0)
    j = near[i, column]
    if len(i):
        rough = np.empty(len(i), dtype=np.float32)
        for start in range(0, len(i), 8192):
            part = slice(start, start + 8192)
            rough[part] = np.einsum("ij,ij->i", left.whole[i[part]], right.whole[j[part]])
        _offer_best(sides, best, rough, i, right.start + j)
    some = np.unique(np.linspace(0, len(one) - 1, _SEEDS).astype(np.int64))
    for start in range(0, len(some), 32):
        rows = some[start : start + 32]
        rough = (left.whole[rows] @ right.whole.T).ravel()
        i, j = np.divmod(np.arange(rough.size), len(two))
        _offer_best(sides, best, rough, rows[i], right.start + j)


def _offer_best(sides: Sides, best: Best, rough: Matrix, i: Rows, j: Rows) -> None:
    wanted = min(2 * best.k + 16, len(rough))
    chosen = np.argpartition(-rough, wanted - 1)[:wanted]
    sides.offer(best, i[chosen], j[chosen])
