"""Cheap upper bounds on the scores of pairs, so that most pairs are never looked at.

One notation for differences and sums: with σ = −1 or +1, a pair's offset is C + σD. Let p be
the rows' products with the target offset, y = −σp. Then the target's product with the offset
is p_C − y_D, and a pair is a hit when

    direction:  p_C − y_D ≥ t · |C + σD|                      (target of length 1)
    distance:   |C + σD|² − 2 (p_C − y_D) + |target|² ≤ e²    (score −e or better)

Two lower bounds of |C + σD| make that cheap to deny:

* it is at least r_C and at least r_D, the lengths of the shortest offsets from C and D; so C
  must have u_C ≥ y_D and D must have v_D ≤ p_C, with u and v numbers of one row each;
* it is at least |c + σd|² + (ρ_C² + ρ_D²)/2 squared, with c and d the first m coordinates and
  ρ the shortest offsets in the others. That turns the condition into one product of width
  m + 3 that must not be negative: left_C · right_D ≥ 0.

Float32 enters only that product. Its error is at most γ Σ|left||right| and is added to it,
split between the two rows by 2|xy| ≤ x² + y², so a hit is never denied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Floats32, Rows, let_go
from gene_tui.spaces.geometry import Offsets

#: Takes the rounding of float64 sums (relative, per row length) off the bounds on u and v.
_FLOAT64_SLACK = 1e-12
#: Rows taken at once where all are gone through.
_ROWS = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates:
    """The first coordinates of rows, about the origin that a kind of offset asks for.

    They are kept, often in a file, about the mean. For sums they are moved when some are asked
    for: a copy of all would take as much room again.

    Attributes:
        kept: (n, m) float32. shift: (m,) float64, what is added to each; None for nothing.
    """

    kept: Floats32
    shift: Floats | None = None

    @property
    def width(self) -> int:
        """m."""
        return int(self.kept.shape[1])

    def of(self, rows: Rows | slice) -> Floats32:
        """Those of some rows, (h, m) float32."""
        some = self.kept[rows]
        if self.shift is None:
            return some
        # No array of float64 in between.
        moved = np.empty(some.shape, dtype=np.float32)
        return np.add(some, self.shift, out=moved, casting="same_kind")

    def blocks(self) -> Iterator[tuple[slice, Floats32]]:
        """All of them in their order, some rows at a time; those passed take no memory."""
        for start in range(0, len(self.kept), _ROWS):
            part = slice(start, min(start + _ROWS, len(self.kept)))
            yield part, self.of(part)
            let_go(self.kept)


@dataclass(frozen=True, slots=True, eq=False)
class Operands:
    """What the bounds are made of, for one question.

    Attributes:
        coords: of the rows about the mean for differences, as they are for sums.
        squares: (n,) float64, |c|² + ρ²/2 of every row, less what rounding may add.
        offsets: the shortest offsets of this kind.
        p: (n,) float64, products with the target; for differences about any fixed value.
        moved: how far that value is from 0; a small p is rounded by it.
        lengths: (n,) float64, |x_i|; scales rounding errors.
        sign: σ.
    """

    coords: Coordinates
    squares: Floats
    offsets: Offsets
    p: Floats
    moved: float
    lengths: Floats
    sign: int

    @property
    def y(self) -> Floats:
        """What the second gene of a pair takes off the first's p."""
        return self.p if self.sign < 0 else -self.p


class Bound(Protocol):
    """What a metric must say about pairs at a threshold."""

    def edges(self, threshold: float, shortest: Floats32) -> tuple[Floats, Floats]:
        """(u, v), each (n,): a hit has u_C ≥ y_D and v_D ≤ p_C.

        That is, if its offset is not shorter than ``shortest`` (n,) says for C and for D.
        """

    def product(self, threshold: float, c: Rows, d: Rows) -> tuple[Floats32, Floats32]:
        """(left of the rows c, right of the rows d): a hit has left · right ≥ 0."""

    def near(
        self, threshold: float, c: Rows, d: Rows, reach: Floats32 | Floats
    ) -> npt.NDArray[np.bool_]:
        """Whether pairs whose offsets are at least ``reach`` long could be hits."""


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """Bounds for cos(target, C + σD); thresholds in (0, 1]; ``p`` with the unit target."""

    operands: Operands

    def edges(self, threshold: float, shortest: Floats32) -> tuple[Floats, Floats]:
        """See ``Bound``."""
        it = self.operands
        away = threshold * shortest.astype(np.float64)
        slack = _FLOAT64_SLACK * (it.lengths + it.moved)
        return it.p - away + slack, it.y + away - slack

    def product(self, threshold: float, c: Rows, d: Rows) -> tuple[Floats32, Floats32]:
        """See ``Bound``.

        From (p_C − y_D)² ≥ t² |C + σD|²: −σ c·d − (p_C/t)(y_D/t) + h_C + h_D ≥ 0 with
        h = ((p/t)² − |c|² − ρ²/2) / 2.
        """
        it = self.operands

        def half(rows: Rows) -> tuple[Floats, Floats]:
            p, squares = it.p[rows] / threshold, it.squares[rows]
            h = (p * p - squares) / 2
            return p, h + _slack(squares + p * p, h, it.coords.width)

        p, h = half(c)
        left = _columns(it, c, -p, h, 1.0)
        if it.sign > 0:
            # Not np.negative in place: NumPy 2.4 spoils a single column 16 bytes apart.
            left[:, :-3] *= -1
        p, h = half(d)
        return left, _columns(it, d, p if it.sign < 0 else -p, 1.0, h)

    def near(
        self, threshold: float, c: Rows, d: Rows, reach: Floats32 | Floats
    ) -> npt.NDArray[np.bool_]:
        """See ``Bound``."""
        it = self.operands
        slack = _FLOAT64_SLACK * (it.lengths[c] + it.lengths[d] + it.moved)
        return np.asarray(it.p[c] - it.y[d] >= threshold * reach - slack)


@dataclass(frozen=True, slots=True, eq=False)
class Distance:
    """Bounds for −|target − (C + σD)|; thresholds ≤ 0; ``p`` with the target as it is.

    Attributes:
        length: |target|.
    """

    operands: Operands
    length: float

    def edges(self, threshold: float, shortest: Floats32) -> tuple[Floats, Floats]:
        """See ``Bound``.

        From r² ≤ 2 (p_C − y_D) + e² − |target|², and from the part of the offset along the
        target alone, which cannot be shorter than |target| − e.
        """
        it = self.operands
        reach = shortest.astype(np.float64)
        along = self.length * (self.length + threshold)
        # p − y must be at least this for the row itself to be in a hit.
        least = np.maximum((reach * reach + self._rest(threshold)) / 2, along)
        slack = _FLOAT64_SLACK * (self.length * it.lengths + it.moved + self._size(threshold))
        return it.p - least + slack, it.y + least - slack

    def product(self, threshold: float, c: Rows, d: Rows) -> tuple[Floats32, Floats32]:
        """See ``Bound``.

        −σ c·d + h_C + h_D ≥ 0, with h = ±p − (|c|² + ρ²/2)/2 − (|target|² − e²)/4.
        """
        it = self.operands

        def half(rows: Rows, p: Floats) -> Floats:
            squares = it.squares[rows]
            h = p[rows] - squares / 2 - self._rest(threshold) / 4
            return h + _slack(squares, h, it.coords.width)

        left = _columns(it, c, half(c, it.p), 1.0)
        if it.sign > 0:
            left[:, :-2] *= -1
        return left, _columns(it, d, 1.0, half(d, -it.y))

    def near(
        self, threshold: float, c: Rows, d: Rows, reach: Floats32 | Floats
    ) -> npt.NDArray[np.bool_]:
        """See ``Bound``."""
        it = self.operands
        slack = _FLOAT64_SLACK * (
            self.length * (it.lengths[c] + it.lengths[d]) + it.moved + self._size(threshold)
        )
        gain = 2 * (it.p[c] - it.y[d] + slack)
        return np.asarray(reach * reach - gain + self._rest(threshold) <= 0)

    def _rest(self, threshold: float) -> float:
        """|target|² − e²."""
        return (self.length + threshold) * (self.length - threshold)

    def _size(self, threshold: float) -> float:
        return self.length**2 + threshold**2


def _slack(squares: Floats, h: Floats, m: int) -> Floats:
    """What float32 may lose in one product, this row's share.

    The products' terms are at most |c||d| + |p||y| + |h_C| + |h_D|; every one passes at most
    m + 3 additions and 3 roundings. ``squares`` is |c|² + p² of this row or more. The last
    term stands for what underflows.
    """
    gamma = (m + 8) * 2.0**-24
    slack: Floats = 2 * gamma * (squares / 2 + np.abs(h)) + 1e-36
    return slack


def _columns(it: Operands, rows: Rows, *others: Floats | float) -> Floats32:
    """(rows, m + …) float32: coordinates of the rows and further columns."""
    m = it.coords.width
    result = np.empty((len(rows), m + len(others)), dtype=np.float32)
    result[:, :m] = it.coords.of(rows)
    for place, other in enumerate(others, start=m):
        result[:, place] = other
    return result
