"""Best pairs of offsets with one gene of each known: A : ? :: C : ? and its kin.

With u = ±(x − Y)/|x − Y| and v = (z − W)/|z − W| the score is u · v, so it is the largest
inner product of two sets of unit rows. Their first m principal coordinates and the lengths r
of the rest bound it: u · v ≤ u'·v' + r_u r_v. Only where that reaches the k-th best so far is
the rest multiplied out, and only what float32 cannot rule out is scored in float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gene_tui.engines.best import Best
from gene_tui.engines.exact import DIGITS, Floats, Matrix, Rows, lengths_of, pair_cosines
from gene_tui.engines.pool import run_blocks
from gene_tui.progress import IsCancelled, Progress, Report, check, never, silent

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
        left, right: (rows, d) float32, unit offsets in principal coordinates, widest first.
        cap: of the cosine of the two unknown genes.
    """

    vectors: Matrix
    norms: Floats
    ask: Ask
    one: Rows
    two: Rows
    left: Matrix
    right: Matrix
    cap: float | None

    @classmethod
    def of(
        cls, vectors: Matrix, norms: Floats, ask: Ask, one: Rows, two: Rows, cap: float | None
    ) -> Sides:
        """Compute the offsets."""
        sample = [rows[:: max(1, len(rows) // 2048)] for rows in (one, two)]
        units = [
            _units(vectors, row, rows) for row, rows in zip((ask.x, ask.z), sample, strict=True)
        ]
        scatter = sum(part.T @ part for part in units)
        basis = np.linalg.eigh(scatter)[1][:, ::-1]
        left = _turned(vectors, ask.x, one, basis * ask.sign)
        return cls(vectors, norms, ask, one, two, left, _turned(vectors, ask.z, two, basis), cap)

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


def _turned(vectors: Matrix, row: int, rows: Rows, basis: Floats) -> Matrix:
    result = np.empty((len(rows), len(basis)), dtype=np.float32)
    for start in range(0, len(rows), _PIECE):
        part = slice(start, start + _PIECE)
        result[part] = _units(vectors, row, rows[part]) @ basis
    return result


def search(
    sides: Sides,
    best: Best,
    neighbours: npt.NDArray[np.int32],
    *,
    cancelled: IsCancelled = never,
    report: Report = silent,
) -> None:
    """Offer every hit to ``best`` that can be among its k best.

    Args:
        neighbours: (n, K) rows near each row, to find likely hits; -1 for none.

    Raises:
        Cancelled: the user stopped it.
    """
    _seed(sides, best, neighbours)
    m = min(_FIRST, sides.left.shape[1])
    # Unit rows: a product of width d, of rows rounded from float64, is off by at most this.
    error = np.float32((sides.left.shape[1] + 16) * 2.0**-24)
    firsts, rests, lengths = zip(
        *(_split(side, m) for side in (sides.left, sides.right)), strict=True
    )
    left = np.column_stack([firsts[0], lengths[0]])
    right = np.column_stack([firsts[1], lengths[1]])

    def work(start: int) -> int:
        rows = slice(start, start + _LEFT)
        for begin in range(0, len(right), _RIGHT):
            check(cancelled)
            columns = slice(begin, begin + _RIGHT)
            product = left[rows] @ right[columns].T
            least = np.float32(max(best.threshold, -2.0)) - 2 * error
            i, j = np.nonzero(product >= least)
            if len(i) > _MANY * product.size:
                product = firsts[0][rows] @ firsts[1][columns].T
                product += rests[0][rows] @ rests[1][columns].T
                i, j = np.nonzero(product >= least)
            elif len(i):
                near = product[i, j] - lengths[0][start + i] * lengths[1][begin + j]
                near += np.einsum("ij,ij->i", rests[0][start + i], rests[1][begin + j])
                keep = near >= least
                i, j = i[keep], j[keep]
            sides.offer(best, start + i, begin + j)
        return min(_LEFT, len(left) - start)

    done = 0
    for count in run_blocks(work, range(0, len(left), _LEFT), cancelled=cancelled):
        done += count
        report(Progress("offsets", done, len(left)))


def _split(side: Matrix, m: int) -> tuple[Matrix, Matrix, Matrix]:
    """First m coordinates, the rest, and the rest's lengths rounded up."""
    first, rest = np.ascontiguousarray(side[:, :m]), np.ascontiguousarray(side[:, m:])
    lengths = np.sqrt(np.einsum("ij,ij->i", rest, rest, dtype=np.float64)) * (1 + 1e-6)
    return first, rest, lengths.astype(np.float32)


def _seed(sides: Sides, best: Best, neighbours: npt.NDArray[np.int32]) -> None:
    """Offer likely hits: unknown genes near each other, and all partners of some rows."""
    place = np.full(len(sides.vectors) + 1, -1, dtype=np.int64)
    place[sides.two] = np.arange(len(sides.two))
    near = place[neighbours[sides.one]]
    i, column = np.nonzero(near >= 0)
    j = near[i, column]
    if len(i):
        rough = np.empty(len(i), dtype=np.float32)
        for start in range(0, len(i), 8192):
            part = slice(start, start + 8192)
            rough[part] = np.einsum("ij,ij->i", sides.left[i[part]], sides.right[j[part]])
        _offer_best(sides, best, rough, i, j)
    some = np.unique(np.linspace(0, len(sides.one) - 1, _SEEDS).astype(np.int64))
    for start in range(0, len(some), 32):
        rows = some[start : start + 32]
        rough = (sides.left[rows] @ sides.right.T).ravel()
        i, j = np.divmod(np.arange(rough.size), len(sides.two))
        _offer_best(sides, best, rough, rows[i], j)


def _offer_best(sides: Sides, best: Best, rough: Matrix, i: Rows, j: Rows) -> None:
    wanted = min(2 * best.k + 16, len(rough))
    chosen = np.argpartition(-rough, wanted - 1)[:wanted]
    sides.offer(best, i[chosen], j[chosen])
