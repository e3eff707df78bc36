"""The shortest offsets of every row, to all others: one pass over all pairs, in tiles.

Squared lengths come from float32 products, x_i and x_j about the mean m:

    |x_i − x_j|² = |x_i|² + |x_j|² − 2 x_i·x_j
    |x_i + x_j|² = |x_i + 2m|² + |x_j + 2m|² − 4 |m|² + 2 x_i·x_j      (of the rows as they are)

A product of width w is wrong by at most w 2⁻²⁴ |x_i||x_j|, which is at most half that times
|x_i|² + |x_j|². Taking it off, row by row, leaves lower bounds for every pair of the tile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.run import Progress, Run
from gene_tui.spaces.geometry import Offsets

#: Rows in one tile; its products with all other rows are held in memory.
_TILE = 128
#: A length no offset has: stands where a row has no further offsets. Its square is finite.
_NONE = np.float32(1e18)
#: Below this share of |x_i|² + |x_j|² a squared length is computed again from the vectors.
_INEXACT = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Centred:
    """A space about its mean, turned onto its principal directions.

    Attributes:
        rows: (n, d) float32.
        origin: (d,) float64, the mean, in the same directions; 0 from m on.
        m: how many of the directions count as coordinates.
        groups: rows with identical vectors.
        lengths: (n,) float64, of the vectors as they are.
    """

    rows: Matrix
    origin: Floats
    m: int
    groups: list[Rows]
    lengths: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """Found bounds of one kind of offset; filled tile by tile."""

    nearest: Matrix
    reach: Matrix
    neighbours: npt.NDArray[np.int32]
    gaps: Matrix
    residual: Matrix

    @classmethod
    def empty(cls, n: int, k: int) -> _Side:
        return cls(
            np.zeros(n, np.float32),
            np.zeros(n, np.float32),
            np.full((n, k), -1, np.int32),
            np.full((n, k), np.inf, np.float32),
            np.zeros(n, np.float32),
        )


def shortest_offsets(
    centred: Centred, vectors: Matrix, k: int, *, spread: Callable[..., Iterator[Any]], run: Run
) -> tuple[Offsets, Offsets]:
    """(of differences, of sums), with k listed neighbours where there are so many.

    Raises:
        Cancelled: the user stopped it.
    """
    n = len(centred.rows)
    k = max(0, min(k, n - 2))
    sides = (_Side.empty(n, k), _Side.empty(n, k))
    halves = [_halves(centred, sign) for sign in (-1, 1)]
    halves32 = [tuple(half.astype(np.float32) for half in both) for both in halves]
    same = _same(centred, vectors)
    inside, beyond = centred.rows[:, : centred.m], centred.rows[:, centred.m :]
    kept = threading.local()

    def work(start: int) -> int:
        part = slice(start, min(start + _TILE, n))
        # New memory for each tile would take as long as what is done with it.
        if not hasattr(kept, "room"):
            kept.room = np.empty((3, min(_TILE, n), n), dtype=np.float32)
        outside, whole, squares = kept.room[:, : part.stop - start]
        np.matmul(2 * beyond[part], beyond.T, out=outside)
        np.matmul(2 * inside[part], inside.T, out=whole)
        whole += outside
        for side, sign, (all_half, outside_half), (all_half32, outside_half32) in zip(
            sides, (-1, 1), halves, halves32, strict=True
        ):
            join = np.add if sign > 0 else np.subtract
            join(outside_half32, outside, out=squares)
            _leave_out(squares, part, same[sign])
            least = squares.min(axis=1).astype(np.float64) + outside_half[part]
            side.residual[part] = _root_down(least)
            join(all_half32, whole, out=squares)
            _leave_out(squares, part, same[sign])
            _nearest(squares, all_half[part], part, side)
            _refine(vectors, centred.lengths, part, side, sign)
        return part.stop - start

    done = 0
    run.report(Progress("distances", 0, n))
    for rows in spread(work, range(0, n, _TILE), cancelled=run.cancelled):
        done += rows
        run.report(Progress("distances", done, n))
    differences, sums = (
        Offsets(s.nearest, s.reach, s.neighbours, s.gaps, s.residual) for s in sides
    )
    return differences, sums


def _halves(centred: Centred, sign: int) -> tuple[Floats, Floats]:
    """Each row's share of its pairs' squared lengths, whole and outside the coordinates, less
    what float32 may have got wrong."""
    rows = centred.rows
    outside = _squares(rows[:, centred.m :])
    whole = _squares(rows[:, : centred.m]) + outside
    size = whole
    if sign > 0:
        along = rows[:, : centred.m] @ centred.origin[: centred.m]
        mean = float(centred.origin @ centred.origin)
        whole = whole + 4 * along + 2 * mean
        size = size + 4 * np.sqrt(size * mean) + 2 * mean
        size = size + 2 * np.abs(along)
    slack = (rows.shape[1] + 24) * 2.0**-24
    # The origin outside the coordinates is 0 up to the rounding of the basis.
    spill = 4 * np.abs(centred.origin[centred.m :]).sum() * np.sqrt(outside.max(initial=0.0))
    tiny = 1e-37
    return whole - slack * size - tiny, outside - slack * outside - spill - slack * outside - tiny


def _squares(rows: Matrix) -> Floats:
    result = np.empty(len(rows))
    for start in range(0, len(rows), 4096):
        part = rows[start : start + 4096].astype(np.float64)
        result[start : start + 4096] = np.einsum("ij,ij->i", part, part)
    return result


def _same(centred: Centred, vectors: Matrix) -> dict[int, dict[int, Rows]]:
    """For each sign, row → rows with which its offset is zero (itself apart)."""
    differences = {int(row): group for group in centred.groups for row in group}
    zeros = [group for group in centred.groups if not vectors[group[0]].any()]
    return {-1: differences, 1: {int(row): group for group in zeros for row in group}}


def _leave_out(squares: Matrix, part: slice, same: dict[int, Rows]) -> None:
    """Make pairs without an offset infinitely long."""
    rows = np.arange(part.start, part.stop)
    squares[rows - part.start, rows] = np.inf
    for row in same.keys() & set(rows.tolist()):
        squares[row - part.start, same[row]] = np.inf


def _nearest(squares: Matrix, own: Floats, part: slice, side: _Side) -> None:
    """The k smallest of every row of the tile, and the next one as the reach of the others."""
    k = side.neighbours.shape[1]
    n = squares.shape[1]
    limit = _limits(squares, k + 1)
    rows, columns = np.divmod(np.flatnonzero(squares <= limit[:, None]), n)
    values = squares[rows, columns]
    sort = np.lexsort([values, rows])
    rows, columns, values = rows[sort], columns[sort], values[sort]
    starts = np.searchsorted(rows, np.arange(len(squares) + 1))
    lengths = _root_down(values.astype(np.float64) + own[rows])
    for row in range(len(squares)):
        here = slice(starts[row], starts[row + 1])
        place = part.start + row
        found, gaps = columns[here], lengths[here]
        real = np.isfinite(gaps)
        found, gaps = found[real], gaps[real]
        side.neighbours[place, : len(found[:k])] = found[:k]
        side.gaps[place, : len(found[:k])] = gaps[:k]
        side.nearest[place] = gaps[0] if len(gaps) else _NONE
        side.reach[place] = gaps[k] if len(gaps) > k else _NONE


def _limits(squares: Matrix, wanted: int) -> Matrix:
    """(tile,) values that at least ``wanted`` entries of each row do not exceed."""
    rows, n = squares.shape
    groups = max(4 * wanted, 256)
    deep = n // groups
    if deep < 2:
        if wanted >= n:
            return np.full(rows, np.inf, dtype=np.float32)
        return np.partition(squares, wanted - 1, axis=1)[:, wanted - 1]
    # The least of every group: wanted groups below a value hold wanted entries below it.
    least = squares[:, : deep * groups].reshape(rows, deep, groups).min(axis=1)
    return np.partition(least, wanted - 1, axis=1)[:, wanted - 1]


def _refine(vectors: Matrix, lengths: Floats, part: slice, side: _Side, sign: int) -> None:
    """Compute again from the vectors what products got too inexactly: near-duplicates."""
    near, gaps = side.neighbours[part], side.gaps[part].astype(np.float64)
    size = lengths[part, None] ** 2 + lengths[near] ** 2
    rows, places = np.nonzero((near >= 0) & (gaps**2 < _INEXACT * size))
    if len(rows):
        offsets = vectors[part][rows].astype(np.float64) + sign * vectors[near[rows, places]]
        gaps[rows, places] = np.sqrt(np.einsum("ij,ij->i", offsets, offsets))
        sort = np.argsort(gaps, axis=1, kind="stable")
        shorter = _down(np.take_along_axis(gaps, sort, axis=1))
        side.neighbours[part] = np.take_along_axis(near, sort, axis=1)
        side.gaps[part] = shorter
        # What is not listed may still be closer than what was computed again.
        side.nearest[part] = np.minimum(shorter[:, 0], side.reach[part])


def _root_down(squares: Floats) -> Matrix:
    """Square roots of lower bounds, as float32 that are not larger; 0 for negative ones."""
    return _down(np.sqrt(np.maximum(squares, 0.0)))


def _down(values: Floats) -> Matrix:
    """Float32 not larger than the values."""
    shorter = np.minimum(values * (1 - 2.0**-22), _NONE)
    return np.where(np.isinf(values), np.float32(np.inf), shorter).astype(np.float32)
