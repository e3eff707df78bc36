"""A space prepared for searches around genes: rows in the order the kernels go through them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Mask, Matrix, Rows
from gene_tui.engines.exact import DIGITS, lengths_of
from gene_tui.spaces.geometry import Geometry

#: Coordinates the kernels compare first; their rows lie together in memory.
_TOGETHER = 16
#: Rows converted to float64 at a time.
_ROWS = 512


def coordinates(shape: Geometry, rows: Rows) -> tuple[Matrix, Matrix]:
    """The first 16 coordinates of some rows and all others, (n, 16) and (n, 16 i) float32.

    What they lack to a multiple of 16 is filled up with zeros.
    """
    wide = -(-shape.coords.shape[1] // _TOGETHER) * _TOGETHER
    coords = np.zeros((len(rows), wide), dtype=np.float32)
    coords[:, : shape.coords.shape[1]] = shape.coords[rows]
    first, rest = coords[:, :_TOGETHER], coords[:, _TOGETHER:]
    return np.ascontiguousarray(first), np.ascontiguousarray(rest)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Rows prepared for the search, in the order of ascending ``reach``.

    Attributes:
        rows: (n,) int64, what their rows are called outside.
        vectors: (n, d) float32.
        lengths: (n,) float64. short_lengths: the same in float32.
        first, rest: (n, 16) and (n, 16 i) float32, coordinates, filled up with zeros.
        nearest, reach, neighbours, gaps: of differences; see ``geometry.Offsets``. Neighbours
            are places in this order, -1 for rows that are not in it.
        residual: (n,) float32, squared residual offsets.
        squares: (n,) float32, no less than |x|² and |x − mean|². Coordinates are about the
            mean and rounded to float32, so they are off in proportion to the latter, however
            short the row itself is.
    """

    rows: Rows
    vectors: Matrix
    lengths: Floats
    short_lengths: Matrix
    first: Matrix
    rest: Matrix
    nearest: Matrix
    reach: Matrix
    neighbours: npt.NDArray[np.int32]
    gaps: Matrix
    residual: Matrix
    squares: Matrix

    @classmethod
    def of(cls, vectors: Matrix, shape: Geometry, rows: Rows) -> Field:
        """The field of some rows of a space (ascending)."""
        it = shape.difference
        rows = rows[np.argsort(it.reach[rows], kind="stable")]
        place = np.full(len(it.reach) + 1, -1, dtype=np.int32)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        first, rest = coordinates(shape, rows)
        lengths = np.asarray(shape.lengths[rows])
        mean = float(shape.origin @ shape.origin)
        return cls(
            rows=rows,
            vectors=np.ascontiguousarray(vectors[rows]),
            lengths=lengths,
            short_lengths=lengths.astype(np.float32),
            first=first,
            rest=rest,
            nearest=np.ascontiguousarray(it.nearest[rows]),
            reach=np.ascontiguousarray(it.reach[rows]),
            neighbours=np.ascontiguousarray(place[it.neighbours[rows]]),
            gaps=np.ascontiguousarray(it.gaps[rows]),
            residual=np.square(it.residual[rows]),
            squares=np.asarray(2 * (np.square(lengths) + mean), dtype=np.float32),
        )

    def bounds(self, threshold: float) -> tuple[np.float32 | Matrix | npt.NDArray[np.int32], ...]:
        """What the kernels ask of a field, in their order; the threshold with room for float32."""
        return (
            np.float32(threshold * (1 - 1e-5)),
            self.reach,
            self.nearest,
            self.neighbours,
            self.gaps,
            self.first,
            self.rest,
            self.vectors,
            self.residual,
            self.squares,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One A and what it knows of every place of the field.

    Attributes:
        a: row of A. vector: A in float64.
        may_b, may_c, may_d: (n,) bool.
        products: (n,) float64, A · x. short_products: the same in float32.
        apart: (n,) float64, |A − x|; 0 only where x is A's own vector.
        cap: of the B·D cosine.
    """

    a: int
    vector: Floats
    may_b: Mask
    may_c: Mask
    may_d: Mask
    products: Floats
    short_products: Matrix
    apart: Floats
    cap: float | None

    @property
    def answerable(self) -> bool:
        """Whether there is a gene for each of B, C and D."""
        return bool(self.may_b.any() and self.may_c.any() and self.may_d.any())

    @classmethod
    def of(cls, field: Field, a: int, vector: Floats, cap: float | None, allowed: Mask) -> Task:
        """Prepare A; ``allowed`` are the places B, C and D may take."""
        products, apart = np.empty(len(field.rows)), np.empty(len(field.rows))
        for start in range(0, len(products), _ROWS):
            part = slice(start, start + _ROWS)
            rows = field.vectors[part].astype(np.float64)
            products[part] = rows @ vector
            apart[part] = lengths_of(vector - rows)
        allowed = allowed & (field.rows != a)
        may_c = allowed.copy()
        if cap is not None:
            size = float(np.sqrt(vector @ vector)) or 1.0
            cosines = products / size / np.where(field.lengths > 0, field.lengths, 1.0)
            may_c &= np.round(cosines, DIGITS) <= cap
        return cls(
            a=a,
            vector=vector,
            may_b=allowed & (apart > 0),
            may_c=may_c,
            may_d=allowed,
            products=products,
            short_products=products.astype(np.float32),
            apart=apart,
            cap=cap,
        )
