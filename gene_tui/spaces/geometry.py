"""What is known of a space's shape before any question is asked: distances and coordinates.

The engines turn these into bounds. Everything called a lower bound really is one: rounded
down, with the error of the arithmetic that found it taken off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Floats32, Rows32


def exponent(longest: float) -> int:
    """The power of two that vectors are divided by before float32 products; 0 as a rule.

    Squares of float32 numbers overflow beyond 10¹⁹ and vanish below 10⁻¹⁹. A power of two
    changes no digit.
    """
    if longest == 0 or 2.0**-30 <= longest <= 2.0**30:
        return 0
    return int(np.frexp(longest)[1])


@dataclass(frozen=True, slots=True, eq=False)
class Offsets:
    """How short the offsets from each row can be: of all x_i − x_j, or of all x_i + x_j.

    Only pairs whose offset is not zero count. An offset shorter than ``reach[i]`` leads to
    one of ``neighbours[i]``.

    Attributes:
        nearest: (n,) float32, lower bound of the shortest offset of row i.
        reach: (n,) float32, lower bound of all offsets to rows not in ``neighbours[i]``.
        neighbours: (n, K) int32, the rows of the K shortest offsets; -1 for none.
        gaps: (n, K) float32, lower bounds of those offsets' lengths, ascending; inf for
            none.
        residual: (n,) float32, lower bound of the offsets' parts outside the coordinates.
    """

    nearest: Floats32
    reach: Floats32
    neighbours: Rows32
    gaps: Floats32
    residual: Floats32

    def listing(self, k: int) -> Offsets:
        """The same with only the k nearest listed."""
        if k >= self.neighbours.shape[1]:
            return self
        return Offsets(
            nearest=self.nearest,
            reach=np.minimum(self.gaps[:, k], self.reach),
            neighbours=np.ascontiguousarray(self.neighbours[:, :k]),
            gaps=np.ascontiguousarray(self.gaps[:, :k]),
            residual=self.residual,
        )

    def without(self, rows: npt.NDArray[np.int64]) -> Offsets:
        """The same with no lower bound for these rows."""
        result = []
        for bound in (self.nearest, self.reach, self.residual):
            loose = np.array(bound)
            loose[rows] = 0
            result.append(loose)
        return Offsets(result[0], result[1], self.neighbours, self.gaps, result[2])

    def scaled(self, power: int) -> Offsets:
        """All lengths times two to the power."""
        return Offsets(
            nearest=np.ldexp(self.nearest, power),
            reach=np.ldexp(self.reach, power),
            neighbours=self.neighbours,
            gaps=np.ldexp(self.gaps, power),
            residual=np.ldexp(self.residual, power),
        )

    @classmethod
    def unknown(cls, n: int) -> Offsets:
        """Nothing known: every bound is 0, no neighbours."""
        zero = np.zeros(n, dtype=np.float32)
        return cls(zero, zero, np.empty((n, 0), np.int32), np.empty((n, 0), dtype=np.float32), zero)


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """The shape of one space.

    Attributes:
        coords: (n, m) float32, coordinates of the rows about their mean, along m orthonormal
            directions: the mean's, then the principal ones, widest first.
        origin: (m,) float64, the mean row in those coordinates; it has no part outside them.
        lengths: (n,) float64, |x_i|.
        difference: of x_i − x_j. sum: of x_i + x_j.
    """

    coords: Floats32
    origin: Floats
    lengths: Floats
    difference: Offsets
    sum: Offsets

    def scaled(self, power: int) -> Geometry:
        """The shape of the same space with all vectors times two to the power."""
        return Geometry(
            coords=np.ldexp(self.coords, power),
            origin=np.ldexp(self.origin, power),
            lengths=np.ldexp(self.lengths, power),
            difference=self.difference.scaled(power),
            sum=self.sum.scaled(power),
        )
