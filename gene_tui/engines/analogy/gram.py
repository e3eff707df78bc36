"""A space prepared for products of its rows among each other: what ``tiles.py`` goes through."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy.best import Best
from gene_tui.engines.exact import DIGITS, lengths_of, pair_cosines
from gene_tui.spaces.geometry import Geometry

_UNIT = 2.0**-24
#: Rows converted to float64, and analogies scored, at a time.
_ROWS, _SCORED = 512, 4096
#: Coordinates the kernels compare first; their rows lie together in memory.
_TOGETHER = 16


def _coordinates(shape: Geometry, rows: Rows) -> tuple[Matrix, Matrix]:
    """The first 16 coordinates of some rows and all others, (n, 16) and (n, 16 i) float32.

    What they lack to a multiple of 16 is filled up with zeros.
    """
    wide = -(-shape.coords.shape[1] // _TOGETHER) * _TOGETHER
    coords = np.zeros((len(rows), wide), dtype=np.float32)
    coords[:, : shape.coords.shape[1]] = shape.coords[rows]
    first, rest = coords[:, :_TOGETHER], coords[:, _TOGETHER:]
    return np.ascontiguousarray(first), np.ascontiguousarray(rest)


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Products of a run of rows with all.

    Attributes:
        start: place of the first.
        products: (h, n) float32, about the mean.
        allowed: (h, n) float32, the same; −inf for the row itself, and where the cosine of
            both rows is above the cap for certain.
    """

    start: int
    products: Matrix
    allowed: Matrix

    def __len__(self) -> int:
        return len(self.products)

    def part(self, start: int, size: int) -> Panel:
        """Some of its rows, from its ``start``-th on."""
        rows = slice(start, start + size)
        return Panel(self.start + start, self.products[rows], self.allowed[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Gram:
    """Rows about their mean, and what bounds their offsets; a *place* is an index into them.

    Differences of products are the same about any origin; about the mean the numbers are
    smallest, and with them what float32 loses.

    Attributes:
        rows: (n,) int64, the places' rows in ``vectors``.
        vectors: (…, d) float32, of the whole space. norms: (…,) float64, their lengths.
        shape: of the whole space.
        centred: (n, d) float32, about the mean of the rows. lengths: (n,) float32, of those.
        origin: |mean|. along: (n,) float64, the centred rows' products with the mean, and
            half the mean's square: A · x is the centred product and those of A and of x.
        nearest: (n,) float32, of differences; see ``geometry.Offsets``.
        first, rest: (n, 16) and (n, 16 i) float32, coordinates, filled up with zeros.
        residual: (n,) float32, squared residual offsets.
        squares: (n,) float32, no less than what rounding errors of a row are in proportion to.
    """

    rows: Rows
    vectors: Matrix
    norms: Floats
    shape: Geometry
    centred: Matrix
    lengths: Matrix
    origin: float
    along: Floats
    nearest: Matrix
    first: Matrix
    rest: Matrix
    residual: Matrix
    squares: Matrix

    @classmethod
    def of(cls, vectors: Matrix, shape: Geometry, rows: Rows) -> Gram:
        """Of some rows of a space."""
        whole = np.array_equal(rows, np.arange(len(vectors)))
        some = vectors if whole else vectors[rows]
        norms = np.asarray(shape.lengths)
        mean = some.sum(axis=0, dtype=np.float64) / max(len(rows), 1)
        centred = np.empty(some.shape, dtype=np.float32)
        along, lengths = np.empty(len(rows)), np.empty(len(rows), dtype=np.float32)
        origin = float(np.sqrt(mean @ mean))
        for start in range(0, len(rows), _ROWS):
            part = slice(start, start + _ROWS)
            centred[part] = some[part] - mean
            exact = centred[part].astype(np.float64)
            along[part] = exact @ mean + origin * origin / 2
            lengths[part] = lengths_of(exact)
        first, rest = _coordinates(shape, rows)
        about = float(shape.origin @ shape.origin)
        return cls(
            rows=rows,
            vectors=vectors,
            norms=norms,
            shape=shape,
            centred=centred,
            lengths=lengths,
            origin=origin,
            along=along,
            nearest=np.ascontiguousarray(shape.difference.nearest[rows]),
            first=first,
            rest=rest,
            residual=np.square(shape.difference.residual[rows]),
            squares=np.asarray(2 * (np.square(norms[rows]) + about), dtype=np.float32),
        )

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def gamma(self) -> float:
        """What a float32 product may be off, per length of both rows; see ``tiles.py``."""
        return float((self.centred.shape[1] + 16) * _UNIT)

    @property
    def bounds(self) -> tuple[Matrix | np.float32, ...]:
        """What the kernels ask of it, in their order."""
        return (
            self.lengths,
            self.nearest,
            self.first,
            self.rest,
            self.centred,
            self.residual,
            self.squares,
            np.float32(self.lengths.max(initial=0.0)),
        )

    def some(self, places: Rows) -> Gram:
        """Of some of its rows."""
        return Gram.of(self.vectors, self.shape, self.rows[places])

    def panel(
        self, start: int, stop: int, cap: float | None, loops: ModuleType | None = None
    ) -> Panel:
        """Products of the rows from ``start`` to ``stop`` with all.

        Args:
            loops: the module ``tiles``, which knows what is allowed in less time.
        """
        products = self.centred[start:stop] @ self.centred.T
        allowed = np.empty_like(products)
        if cap is not None and cap < 1:
            # A · x ≤ cap |A||x|, and what both sides may be off.
            norms = self.norms[self.rows]
            sizes = norms + self.lengths + self.origin
            slack = (self.gamma + 16 * _UNIT) * sizes
            right = np.stack([norms, sizes, np.ones_like(norms), -self.along]).astype(np.float32)
            left = np.stack([cap * norms, slack, 1e-36 - self.along, np.ones_like(norms)])
            most = np.ascontiguousarray(left[:, start:stop].T, dtype=np.float32)
            if loops is not None:
                loops.allowed_of(products, most, right, allowed)
            else:
                over = products > most @ right
                np.copyto(allowed, products)
                np.copyto(allowed, np.float32(-np.inf), where=over)
        else:
            np.copyto(allowed, products)
        here = np.arange(stop - start)
        allowed[here, start + here] = -np.inf
        return Panel(start, products, allowed)

    def offer(self, best: Best, places: Rows, cap: float | None) -> None:
        """Score analogies in float64, drop those over the cap, and offer the rest.

        Args:
            places: (h, 4), of four different rows each.
        """
        for start in range(0, len(places), _SCORED):
            rows = self.rows[places[start : start + _SCORED]]
            scores = self._scores(rows)
            if cap is not None:
                over = np.flatnonzero(scores >= best.threshold)
                for one, two in ((0, 2), (1, 3)):
                    close = pair_cosines(self.vectors, self.norms, rows[over, one], rows[over, two])
                    scores[over[np.round(close, DIGITS) > cap]] = -np.inf
            best.offer(rows, scores)

    def _scores(self, rows: Rows) -> Floats:
        """cos(A − B, C − D), (h,); −inf where a pair has no direction."""
        of_all, units = np.ones(len(rows), dtype=np.bool_), []
        for one, two in ((0, 1), (2, 3)):
            offsets = self.vectors[rows[:, one]].astype(np.float64) - self.vectors[rows[:, two]]
            lengths = lengths_of(offsets)
            of_all &= lengths > 0
            # First made 1 long: products of tiny offsets would vanish.
            units.append(offsets / np.where(lengths > 0, lengths, 1.0)[:, None])
        scores: Floats = np.clip(np.einsum("ij,ij->i", *units), -1.0, 1.0)
        scores[~of_all] = -np.inf
        return scores
