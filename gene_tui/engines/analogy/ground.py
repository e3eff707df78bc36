"""What all analogies of one space stand on: rows, lengths, shape, and the limits of a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows, let_go
from gene_tui.engines.analogy.best import at_most_per_gene
from gene_tui.engines.analogy.bounds import Coordinates, Operands
from gene_tui.engines.analogy.lineup import Lineup, Spare
from gene_tui.engines.analogy.products import products, squared_lengths
from gene_tui.engines.exact import DIGITS, cosines, under_cap
from gene_tui.engines.found import Found
from gene_tui.errors import NoAnswer
from gene_tui.model.options import Metric
from gene_tui.run import IsCancelled, check, never
from gene_tui.spaces.derive import identical_rows
from gene_tui.spaces.geometry import Geometry, Offsets, exponent
from gene_tui.spaces.space import LARGE

#: Neighbours of each row that pairs look at one by one; more cost more than they save.
LISTED = 4
#: Rows taken at once where all are gone through.
_ROWS = 8192
#: Genes whose cosines to all rows are held at once.
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Limits:
    """What stands beside a question.

    Attributes:
        k: hits wanted, at least 1.
        cap: hits whose A·C or B·D cosine exceeds this are left out. In a sum C and D may
            change places, so there no query gene may be that close to a gene of the hit.
        per_gene: no gene more than this many times in the answer.
        candidates: ascending rows the ``?`` may take; None for all.
    """

    k: int = 10
    cap: float | None = None
    per_gene: int | None = None
    candidates: Rows | None = None


class Ground:
    """The arrays of one space, and what follows from them for any question.

    Attributes:
        vectors: (n, d) float32, C order, finite; may be mapped. Divided by a power of two
            where they are too large or small for float32 products.
        norms: (n,) float64, their lengths.
    """

    def __init__(self, vectors: Matrix, norms: Floats | None, shape: Geometry | None) -> None:
        # A plain view: slices of np.memmap cost more each than most of what is done with them.
        self.vectors: Matrix = vectors.view(np.ndarray)
        self.norms: Floats = np.sqrt(squared_lengths(self.vectors)) if norms is None else norms
        self._power = exponent(float(self.norms.max(initial=0.0)))
        if self._power:
            self.vectors = np.ldexp(self.vectors, -self._power)
            self.norms = np.ldexp(self.norms, -self._power)
        self._kept: dict[tuple[bool, bool], tuple[Coordinates, Floats, Offsets]] = {}
        self._lineups: dict[bool, Lineup] = {}
        self._spare = Spare()
        self.shape = shape

    @property
    def shape(self) -> Geometry | None:
        """The space's shape, of the vectors as they are here; None as long as not known."""
        return self._shape

    @shape.setter
    def shape(self, shape: Geometry | None) -> None:
        self._shape = shape.scaled(-self._power) if shape is not None and self._power else shape
        self._lineups = {}

    def row(self, row: int) -> Floats:
        """One row in float64."""
        result: Floats = self.vectors[row].astype(np.float64)
        return result

    def unscaled(self, scores: Floats, metric: Metric) -> Floats:
        """Distances in the units of the space; cosines have none."""
        return np.ldexp(scores, self._power) if metric == "euclidean" else scores

    def scaled(self, lengths: Floats) -> Floats:
        """Lengths in the units used here."""
        return np.ldexp(lengths, -self._power)

    def distinct(self, rows: Sequence[int]) -> None:
        """Check that a question can be asked at all.

        Raises:
            NoAnswer: a gene stands twice, or the space has fewer than four.
        """
        if len(set(rows)) < len(rows):
            raise NoAnswer(
                "the genes of an analogy are all different; here one stands twice",
                "replace one of them",
            )
        if len(self.vectors) < 4:
            raise NoAnswer(
                f"an analogy needs four genes, this space has {len(self.vectors)}",
                "choose a larger space",
            )

    def middle(self, rows: Rows) -> Floats:
        """Unit mean of the unit vectors of some rows, (d,) float64; zero where they cancel out."""
        lengths = np.where(self.norms[rows] > 0, self.norms[rows], 1.0)
        total: Floats = (1.0 / lengths) @ self.vectors[rows].astype(np.float64)
        return total / (float(np.sqrt(total @ total)) or 1.0)

    def candidates(self, limits: Limits) -> Rows:
        """Rows the ``?`` may take, ascending."""
        if limits.candidates is None:
            return np.arange(len(self.vectors))
        rows = np.unique(np.asarray(limits.candidates, dtype=np.int64))
        return rows[(rows >= 0) & (rows < len(self.vectors))]

    def over_cap(self, one: int, two: int, cap: float) -> bool:
        """Whether the cosine of two genes exceeds the cap."""
        close = cosines(self.vectors, self.norms, one, np.array([two]))[0]
        return bool(np.round(close, DIGITS) > cap)

    def under_cap(self, rows: Rows, row: int, cap: float) -> Rows:
        """Those of the rows whose cosine to ``row`` is at most the cap."""
        return self.all_under_cap(rows, np.array([row]), cap)

    def all_under_cap(self, rows: Rows, others: Rows, cap: float) -> Rows:
        """Those of the rows whose cosine to each of ``others`` is at most the cap."""
        for start in range(0, len(others), _AT_ONCE):
            some = others[start : start + _AT_ONCE]
            lengths = np.where(self.norms > 0, self.norms, 1.0)
            columns = self.vectors[some].astype(np.float64).T / lengths[some]
            similar = products(self.vectors, columns) / lengths[:, None]
            for place, row in enumerate(some.tolist()):
                under = under_cap(self.vectors, self.norms, row, similar[:, place], cap)
                rows = rows[under[rows]]
        return rows

    def operands(
        self, p: Floats, *, sum: bool, even_zero: bool = False, cancelled: IsCancelled = never
    ) -> Operands:
        """What the bounds need, for one target; ``p`` are the rows' products with it.

        Args:
            even_zero: offsets of length zero count too.

        Raises:
            Cancelled: the user stopped it.
        """
        coords, squares, offsets = self._known_of(sum, cancelled)
        if even_zero:
            # The known bounds are those of all other offsets.
            groups = identical_rows(self.vectors)
            if sum:
                groups = [group for group in groups if not self.vectors[group[0]].any()]
            twins = np.concatenate([*groups, np.empty(0, dtype=np.int64)])
            offsets = offsets.without(twins)
            squares = squares.copy()
            squares[twins] = self._squares_of(coords.of(twins), sum)
        # Only differences of p matter; about their mean they lose the fewest digits.
        middle = 0.0 if sum else float(p.mean())
        sign = 1 if sum else -1
        return Operands(coords, squares, offsets, p - middle, abs(middle), self.norms, sign)

    def offsets(self, *, sum: bool = False) -> Offsets:
        """The shortest offsets, as far as they are known."""
        if self._shape is None:
            return Offsets.unknown(len(self.vectors))
        return self._known_of(sum)[2]

    def lineup(self, *, sum: bool) -> Lineup | None:
        """The space as the compiled loops go through it; None where its shape is not known."""
        shape = self._shape
        if shape is None or len(self.vectors) > LARGE:
            return None
        made = self._lineups.get(sum)
        if made is None:
            coords, _, _ = self._known_of(sum)
            offsets = shape.sum if sum else shape.difference
            origin = shape.origin
            made = Lineup.of(self.vectors, self.norms, coords, offsets, origin, self._spare)
            self._lineups[sum] = made
        return made

    def _known_of(
        self, sum: bool, cancelled: IsCancelled = never
    ) -> tuple[Coordinates, Floats, Offsets]:
        """Coordinates, their squares and the shortest offsets; kept until the shape comes.

        Without a shape the rows themselves are the coordinates and nothing else is known.
        """
        shape = self._shape
        key = (sum, shape is not None)
        kept = self._kept.get(key)
        if kept is None:
            if shape is None:
                coords = Coordinates(self.vectors if sum else self._about_mean(cancelled))
                offsets = Offsets.unknown(len(self.vectors))
            else:
                rows = shape.coords.view(np.ndarray)
                coords = Coordinates(rows, shape.origin if sum else None)
                offsets = shape.sum if sum else shape.difference
            offsets = self._listed(offsets)
            squares = np.asarray(offsets.residual, dtype=np.float64) ** 2 / 2
            for part, some in coords.blocks():
                squares[part] += self._squares_of(some, sum)
            kept = coords, squares, offsets
            others = {old: value for old, value in self._kept.items() if old[1] == key[1]}
            self._kept = others | {key: kept}
        return kept

    def _listed(self, offsets: Offsets) -> Offsets:
        """The same with few neighbours; the pages of the others take no memory."""
        result = offsets.listing(LISTED)
        if result is not offsets:
            let_go(offsets.neighbours)
            let_go(offsets.gaps)
        return result

    def _squares_of(self, coords: Matrix, sum: bool) -> Floats:
        """|c|² of coordinates; for sums less what an offset's square may gain by their rounding.

        Coordinates are kept about the mean, in float32. About zero a row is then off by
        u (|mean| + 2 |c|), u = 2⁻²⁴, which is much of what is left of a short one.
        """
        squares = squared_lengths(coords)
        if sum and self._shape is not None:
            mean = float(np.sqrt(self._shape.origin @ self._shape.origin)) * 2.0**-24
            squares -= 8 * mean * np.sqrt(squares) + 16 * 2.0**-24 * squares + 32 * mean * mean
        return squares

    def _about_mean(self, cancelled: IsCancelled) -> Matrix:
        """The rows less their mean, (n, d) float32; block by block, for the memory's sake."""
        n = len(self.vectors)
        total = np.zeros(self.vectors.shape[1])
        for start in range(0, n, _ROWS):
            check(cancelled)
            total += self.vectors[start : start + _ROWS].sum(axis=0, dtype=np.float64)
        mean = total / max(n, 1)
        result = np.empty(self.vectors.shape, dtype=np.float32)
        for start in range(0, n, _ROWS):
            check(cancelled)
            result[start : start + _ROWS] = self.vectors[start : start + _ROWS] - mean
        return result

    def limited(
        self,
        search: Callable[[int, Rows], tuple[Rows, Floats]],
        limits: Limits,
        slots: int,
        metric: Metric,
        method: str,
    ) -> Found:
        """Run a search under ``per_gene`` and make an answer of its hits.

        Args:
            search: (k, rows left out) → the best k hits without those genes, best first.
        """
        if limits.per_gene is None:
            rows, scores = search(limits.k, np.empty(0, dtype=np.int64))
        else:
            rows, scores = at_most_per_gene(search, limits.k, limits.per_gene, slots)
        notes = () if len(rows) else ("no hit is left under these limits",)
        return Found(rows, self.unscaled(scores, metric), method=method, notes=notes)
