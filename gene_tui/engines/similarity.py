"""Exact nearest genes and closest pairs, by cosine or Euclidean distance.

Searching is done in float32 by BLAS on the mapped rows; whatever could be among the k best
within the float32 error bound (``exact.gamma``) is scored again in float64, and only those scores
are reported. So the answer is the one float64 brute force gives.
"""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.exact import gamma
from gene_tui.engines.found import Found, order
from gene_tui.engines.pool import run_blocks
from gene_tui.errors import NoAnswer
from gene_tui.run import QUIET, Progress, Run
from gene_tui.spaces.geometry import exponent

#: Rows of a tile of the n × n product; two tiles of float32 scores stay in the cache.
TILE = 1024
#: Rows scored in float64 at a time.
CHUNK = 4096
#: Rows of which the best is looked at first.
_GROUP = 64
#: Products held at once where some rows meet all (16 MB).
_CELLS = 1 << 22
#: Hits whose way back is looked up at once, and products held then (8 MB): each call of BLAS
#: wakes its threads, so that fewer large ones take less time than many that stay in a cache.
_BACK_HITS = 64
_BACK_CELLS = 1 << 21


@dataclass(frozen=True, slots=True)
class Population:
    """Scores of all other genes, for z: mean and standard deviation."""

    mean: float
    sd: float


class Similarity:
    """Nearest genes and closest pairs of one space.

    Args:
        vectors: (n, d) float32, C order.
        norms: (n,) float64, Euclidean lengths of the rows. A row of length 0 has no direction
            and is never a hit by cosine.
        metric: "cosine" or "euclidean"; the score is the cosine, or minus the distance.

    Attributes:
        unit: scores are told apart by 10⁻¹² of it: 1 for cosines.
        vectors, norms: divided by a power of two where they are too long or too short for
            products. ``approximate``, ``exact`` and their query are in the same units.
    """

    def __init__(self, vectors: Matrix, norms: Floats, metric: str) -> None:
        self.metric = metric
        # Squares of very long and very short vectors leave float32; a power of two costs no digit.
        self._power = exponent(float(norms.max(initial=0.0)))
        # A plain view: products with np.memmap cost a tenth of a millisecond more each.
        plain = vectors.view(np.ndarray)
        self.vectors: Matrix = np.ldexp(plain, -self._power) if self._power else plain
        norms = self.norms = np.ldexp(norms, -self._power)
        # Scores are told apart by so many times 10⁻¹²: 1 for cosines; distances are rounded in
        # proportion to the longest vector.
        longest = float(norms.max(initial=0.0))
        scaled = metric == "euclidean" and longest > 0
        self.unit = 2.0 ** float(np.frexp(longest)[1]) if scaled else 1.0
        self._gamma = gamma(vectors.shape[1])
        with np.errstate(divide="ignore"):
            self._inverse = np.where(norms > 0, 1.0 / norms, 0.0)
        self._norms32 = norms.astype(np.float32)
        self._inverse32 = self._inverse.astype(np.float32)
        self._squares = norms**2
        #: Rows without a direction, which no cosine is known of.
        self._none = np.flatnonzero(norms == 0) if metric == "cosine" else np.empty(0, np.int64)

    def approximate(self, query: Floats) -> tuple[Floats, float | Floats]:
        """Float32 scores of all rows against ``query`` and how wrong each may be.

        Args:
            query: (d,) float64.

        Returns:
            (n,) float64 scores and their error bound. Cosine: the score. Euclidean: minus
            the *squared* distance. Rows without a direction score -inf by cosine.
        """
        length = math.sqrt(float(query @ query))
        if self.metric == "cosine":
            if length == 0:
                raise NoAnswer(
                    "the query has length 0, so it has no direction", "use the Euclidean metric"
                )
            product = self.vectors @ (query / length).astype(np.float32)
            product *= self._inverse32
            scores = product.astype(np.float64)
            if len(self._none):
                scores[self._none] = -np.inf
            # one more rounding for the scaling than gamma has room for: 2 u on top
            return scores, self._gamma + 2.0**-22
        product = self.vectors @ query.astype(np.float32)
        scores = 2.0 * product.astype(np.float64) - self._squares - length**2
        return scores, 2.0 * self._gamma * length * self.norms

    def exact(self, query: Floats, rows: Rows) -> Floats:
        """Float64 scores of some rows against ``query``.

        Args:
            query: (d,) float64. rows: (m,).
        """
        scores = np.empty(len(rows))
        length = float(np.linalg.norm(query))
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            block = self.vectors[part].astype(np.float64)
            if self.metric == "cosine":
                found = (block @ query) * self._inverse[part] / length
                scores[start : start + CHUNK] = np.clip(found, -1.0, 1.0)
            else:
                scores[start : start + CHUNK] = 0.0 - np.linalg.norm(block - query, axis=1)
        return scores

    def nearest(
        self,
        query: Floats,
        k: int,
        *,
        exclude: Rows,
        candidates: Rows | None = None,
    ) -> tuple[Found, Population]:
        """The k rows that score best against a query vector.

        Args:
            query: (d,) float64. exclude: rows that are no answer (the query's own genes).
            candidates: rows that may answer, sorted; None for all.

        Raises:
            NoAnswer: by cosine, when the query vector has length 0.
        """
        query = self.scaled(query)
        scores, error = self.approximate(query)
        population = self._population(scores, exclude)
        scores[exclude] = -np.inf
        if candidates is not None:
            masked = np.full(len(scores), -np.inf)
            masked[candidates] = scores[candidates]
            scores = masked
        rows = _within_reach(scores, error, k, self.unit)
        best = self.exact(query, rows)
        places = order(best / self.unit, rows[:, None])[:k]
        found = Found(
            rows[places, None],
            self.restored(best[places]),
            method="one matrix-vector product, float64 rescoring",
        )
        return found, population

    def scaled(self, query: Floats) -> Floats:
        """A query about the vectors as given, in the units of ``vectors``."""
        return np.ldexp(query, -self._power) if self._power else query

    def restored(self, scores: Floats) -> Floats:
        """Scores in the units of ``vectors`` as those of the vectors as given."""
        return np.ldexp(scores, self._power) if self.metric == "euclidean" else scores

    def _population(self, scores: Floats, exclude: Rows) -> Population:
        """Mean and standard deviation over all genes but the query's own."""
        if self.metric == "euclidean":
            values = self.restored(-np.sqrt(np.maximum(-scores, 0.0)))
        else:
            values = scores
        out = np.union1d(self._none, exclude) if len(self._none) else exclude
        count = len(values) - len(out)
        if count < 2:
            return Population(0.0, 0.0)
        # About the mean, so that the sums of squares lose no digits; those left out add nothing
        # to any sum. Each step as plain as can be: after a product nothing is in the cache.
        moved = values.copy()
        moved[out] = 0.0
        about = float(np.add.reduce(moved)) / count
        moved -= about
        moved[out] = 0.0
        mean = float(np.add.reduce(moved)) / count
        # Not by BLAS, which wakes its threads for it.
        spread = float(np.einsum("i,i->", moved, moved)) / count - mean * mean
        return Population(about + mean, math.sqrt(max(spread, 0.0)))

    def compare(self, a: int, b: int) -> tuple[float, int, int]:
        """Score of two rows, b's rank among a's nearest, and a's among b's (from 1).

        A rank counts the genes that score strictly better, to 12 digits.

        Raises:
            NoAnswer: by cosine, when one of the two has length 0.
        """
        places = []
        score = 0.0
        for one, other in ((a, b), (b, a)):
            query = self.vectors[one].astype(np.float64)
            ranks, scores = self._ranked(query, np.array([other]), np.array([one]))
            score = float(scores[0]) if one == a else score
            places.append(int(ranks[0]))
        if self.metric == "cosine" and self._inverse[b] == 0:
            raise NoAnswer("one of the two genes has length 0, so it has no direction", "")
        return float(self.restored(np.array(score))), places[0], places[1]

    def ranked(self, query: Floats, rows: Rows, *, exclude: Rows) -> tuple[Rows, Floats]:
        """The ranks of some rows among all but the excluded, and their scores; (m,) each.

        A rank is 1 + how many genes score strictly better, to 12 digits.

        Args:
            query: (d,) float64. rows: (m,), none excluded; one of length 0 scores NaN by cosine.

        Raises:
            NoAnswer: by cosine, when the query vector has length 0.
        """
        ranks, scores = self._ranked(self.scaled(query), rows, exclude)
        if self.metric == "cosine":
            scores[self._inverse[rows] == 0] = np.nan
        return ranks, self.restored(scores)

    def _ranked(self, query: Floats, rows: Rows, exclude: Rows) -> tuple[Rows, Floats]:
        """The same in the units of ``vectors``."""
        near, error = self.approximate(query)
        near[exclude] = -np.inf
        lower, upper = near - error, near + error
        scores = self.exact(query, rows)
        keys = scores if self.metric == "cosine" else -(scores**2)
        ranks = np.empty(len(rows), dtype=np.int64)
        least = float(keys.min(initial=np.inf))
        # Rows that any error could move past a score lie together in this order.
        places = np.flatnonzero(upper > least - 1e-9 * (self.unit**2 + abs(least)))
        places = places[np.argsort(near[places])]
        ordered, widest = near[places], float(np.max(error, initial=0.0))
        for at, (key, score) in enumerate(zip(keys.tolist(), scores.tolist(), strict=True)):
            tie = 1e-9 * (self.unit**2 + abs(key))
            bounds = (key - widest - tie, key + widest + tie)
            first, last = np.searchsorted(ordered, bounds).tolist()
            window = places[first:last]
            surely = window[lower[window] > key + tie]
            maybe = window[(upper[window] > key - tie) & (lower[window] <= key + tie)]
            closer = np.round(self.exact(query, maybe) / self.unit, 12)
            better = int((closer > np.round(score / self.unit, 12)).sum())
            ranks[at] = 1 + len(places) - last + len(surely) + better
        return ranks, scores

    def back_ranks(self, row: int, hits: Rows) -> Rows:
        """The rank of a gene among the nearest to each of some hits: 1 is mutual.

        1 + how many genes score strictly better against the hit, to 12 digits, among all genes.

        Args:
            row: the asked gene. hits: (h,) rows; by cosine none of length 0.

        Returns:
            (h,) int64.
        """
        result = np.ones(len(hits), dtype=np.int64)
        for start in range(0, len(hits), _BACK_HITS):
            part = hits[start : start + _BACK_HITS]
            scores = self._pair_scores(part, np.full(len(part), row))
            result[start : start + _BACK_HITS] += self._closer(part, scores, row)
        return result

    def _closer(self, rows: Rows, scores: Floats, besides: int) -> Rows:
        """How many genes score better against each of some rows than ``scores``, to 12 digits.

        Few genes reach a score less the error of the products: those alone are looked at again.

        Args:
            rows: (h,). scores: (h,), in the units of ``vectors``. besides: a row not counted.
        """
        n, many = len(self.vectors), len(rows)
        # Scores are compared rounded to 12 digits; those of distances are squared here.
        keys = scores if self.metric == "cosine" else -(scores**2)
        doubt = self._slack(rows) + 1e-7 * np.abs(keys) + 1e-11 * self.unit**2
        # float32 is nearest below and above, so that nothing falls between
        surely = np.nextafter((keys + doubt).astype(np.float32), np.float32(np.inf))
        maybe = np.nextafter((keys - doubt).astype(np.float32), np.float32(-np.inf))
        # All rows by few, not the other way round, which takes BLAS a quarter more time.
        columns = self._tile(rows).T
        width = min(n, max(1, _BACK_CELLS // many))
        room = np.empty((width, many), dtype=np.float32)
        closer = np.zeros(many, dtype=np.int64)
        for start in range(0, n, width):
            product = room[: min(width, n - start)]
            np.matmul(self.vectors[start : start + width], columns, out=product)
            found = []
            for first in range(0, len(product), CHUNK):
                part = product[first : first + CHUNK]
                self._as_scores(part, rows, slice(start + first, start + first + len(part)))
                found.append(np.flatnonzero(part >= maybe) + first * many)
            near = np.concatenate(found)
            genes = near // many
            lines = near - genes * many
            genes += start
            others = (genes != besides) & (genes != rows[lines])
            if len(self._none):
                others &= self._inverse[genes] > 0
            better = product.reshape(-1)[near] > surely[lines]
            doubtful = np.flatnonzero(others & ~better)
            if len(doubtful):
                some = lines[doubtful]
                exact = np.round(self._pair_scores(rows[some], genes[doubtful]) / self.unit, 12)
                better[doubtful] = exact > np.round(scores[some] / self.unit, 12)
            closer += np.bincount(lines[others & better], minlength=many)
        return closer

    def best_neighbours(self, asked: Rows, candidates: Rows | None = None) -> Floats:
        """The score of the nearest gene of each of some rows; -inf where there is none.

        Args:
            asked: (m,) rows. candidates: rows that may be it, sorted; None for all.

        Returns:
            (m,) float64, in the units of the vectors as given.
        """
        others = np.arange(len(self.vectors)) if candidates is None else candidates
        if self.metric == "cosine":
            others = others[self._inverse[others] > 0]
        best = np.full(len(asked), -np.inf)
        step = max(1, _CELLS // max(1, len(others)))
        for start in range(0, len(asked), step):
            part = asked[start : start + step]
            product, slack = self._products(part, others)
            product[part[:, None] == others[None, :]] = -np.inf
            if self.metric == "cosine":
                product[self._inverse[part] == 0] = -np.inf
            top = product.max(axis=1, initial=-np.inf)
            usable = np.isfinite(top)
            limit = np.where(usable, top - 2 * slack - 1e-7 * np.abs(top), np.inf)
            left, right = np.nonzero(product >= limit[:, None].astype(np.float32))
            exact = self._pair_scores(part[left], others[right])
            found = np.full(len(part), -np.inf)
            np.maximum.at(found, left, exact)
            best[start : start + step] = found
        return self.restored(best)

    def _products(self, first: Rows, second: Rows) -> tuple[Matrix, float]:
        """Float32 scores of all pairs of two sets of rows, distances squared, and their error."""
        if len(second) == len(self.vectors):  # scaling the product is less work than the rows
            product = self._tile(first) @ self.vectors.T
            self._as_scores(product.T, first, slice(None))
            return product, self._slack(first)
        product = self._tile(first) @ self._tile(second).T
        if self.metric == "euclidean":
            self._as_distances(product, first, self._squares[second])
        return product, self._slack(first, second)

    def _as_scores(self, product: Matrix, rows: Rows, part: slice) -> None:
        """Make float32 scores, distances squared, of products (p, h): those of a part of all rows
        with what ``_tile`` makes of some."""
        if self.metric == "cosine":
            product *= self._inverse32[part, None]
        else:
            self._as_distances(product.T, rows, self._squares[part])

    def _as_distances(self, product: Matrix, rows: Rows, squares: Floats) -> None:
        """Make minus squared distances of products: −|x−y|² = 2 x·y − |x|² − |y|²."""
        product *= 2.0
        product -= self._squares[rows].astype(np.float32)[:, None]
        product -= squares.astype(np.float32)

    def _slack(self, first: Rows, second: Rows | None = None) -> float:
        """How wrong the products of two sets of rows may be; the second is all where not given."""
        if self.metric == "cosine":
            return self._gamma + 2.0**-22
        others = self.norms if second is None else self.norms[second]
        largest = max(self.norms[first].max(initial=0.0), others.max(initial=0.0))
        return float(2.0 * self._gamma + 2.0**-20) * float(largest) ** 2

    def closest_pairs(self, k: int, *, candidates: Rows | None = None, run: Run = QUIET) -> Found:
        """The k closest pairs of the whole space, each once, lower row first.

        Only tiles on and above the diagonal are multiplied; a tile keeps what reaches the k-th
        best score known when it is scanned, minus the error bound.

        Args:
            candidates: rows both genes are taken from, sorted; None for all.
        """
        rows = np.arange(len(self.vectors)) if candidates is None else candidates
        if self.metric == "cosine":
            rows = rows[self._inverse[rows] > 0]
        best = _BestPairs(k, self.unit)
        starts = range(0, len(rows), TILE)
        tiles = [(i, j) for i in starts for j in starts if i <= j]
        # Diagonal tiles first: they are few and raise the threshold for all others.
        tiles.sort(key=lambda tile: (tile[1] - tile[0], tile[0]))

        def scan(tile: tuple[int, int]) -> None:
            first = rows[tile[0] : tile[0] + TILE]
            second = rows[tile[1] : tile[1] + TILE]
            self._scan_tile(first, second, tile[0] == tile[1], best)

        for done, _ in enumerate(run_blocks(scan, tiles, cancelled=run.cancelled), start=1):
            run.report(Progress("comparing all pairs", done, len(tiles)))
        pairs, scores = best.finish()
        return Found(
            pairs, self.restored(scores), method="tiled product of all pairs, float64 rescoring"
        )

    def _scan_tile(self, first: Rows, second: Rows, diagonal: bool, best: _BestPairs) -> None:
        product, slack = self._products(first, second)
        if diagonal:
            product[np.tril_indices(len(first), m=len(second))] = -np.inf
        for pairs in _above(product, lambda: self._key(best.threshold) - slack, best.k, slack):
            left, right = first[pairs[0]], second[pairs[1]]
            best.add(left, right, self._pair_scores(left, right))

    def tile_scores(self, first: Rows, second: Rows) -> Matrix:
        """Float32 scores of all pairs of two sets of rows, (len(first), len(second))."""
        product = self._tile(first) @ self._tile(second).T
        if self.metric == "cosine":
            return np.clip(product, -1.0, 1.0, out=product)
        squares = self._squares[first][:, None] + self._squares[second][None, :] - 2.0 * product
        return self.restored(-np.sqrt(np.maximum(squares, 0.0))).astype(np.float32)

    def _tile(self, rows: Rows) -> Matrix:
        if not len(rows):
            return self.vectors[:0]
        first, last = int(rows[0]), int(rows[-1])
        whole = last - first + 1 == len(rows) and bool((np.diff(rows) == 1).all())
        block = self.vectors[first : last + 1] if whole else self.vectors[rows]
        if self.metric == "cosine":
            return block * self._inverse32[rows, None]
        return block

    def _key(self, score: float) -> float:
        """A score as the tiles have it: Euclidean ones are squared there."""
        return score if self.metric == "cosine" or score == -np.inf else -(score**2)

    def _pair_scores(self, left: Rows, right: Rows) -> Floats:
        """Float64 scores of pairs; Euclidean from the difference itself, which keeps the
        digits of near-duplicates."""
        scores = np.empty(len(left))
        for start in range(0, len(left), CHUNK):
            part = slice(start, start + CHUNK)
            x = self.vectors[left[part]].astype(np.float64)
            y = self.vectors[right[part]].astype(np.float64)
            if self.metric == "cosine":
                found = np.einsum("ij,ij->i", x, y)
                found *= self._inverse[left[part]] * self._inverse[right[part]]
                scores[part] = np.clip(found, -1.0, 1.0)
            else:
                scores[part] = 0.0 - np.linalg.norm(x - y, axis=1)
        return scores


class _BestPairs:
    """The k best pairs so far, shared by all threads; its threshold only rises."""

    def __init__(self, k: int, unit: float) -> None:
        self.k = k
        self.unit = unit
        self.threshold = -np.inf
        self._heap: list[tuple[float, int, int]] = []
        self._lock = threading.Lock()

    def add(self, left: Rows, right: Rows, scores: Floats) -> None:
        rounded = np.round(scores / self.unit, 12) * self.unit
        with self._lock:
            for index in np.flatnonzero(rounded >= self.threshold):
                # Rows are negated so that of equal scores the later pair leaves first.
                item = (float(rounded[index]), -int(left[index]), -int(right[index]))
                if len(self._heap) < self.k:
                    heapq.heappush(self._heap, item)
                else:
                    heapq.heappushpop(self._heap, item)
                if len(self._heap) == self.k:
                    self.threshold = self._heap[0][0]

    def finish(self) -> tuple[Rows, Floats]:
        ordered = sorted(self._heap, reverse=True)
        pairs = np.array([(-item[1], -item[2]) for item in ordered], dtype=np.int64)
        return pairs.reshape(-1, 2), np.array([item[0] for item in ordered])


def _within_reach(scores: Floats, error: float | Floats, k: int, unit: float) -> Rows:
    """Rows that may be among the k best, given scores that may be wrong by ``error``; those of
    distances are squared."""
    single = not isinstance(error, np.ndarray)
    lower = scores if single else scores - error
    threshold = -np.inf
    groups = len(scores) // _GROUP
    if groups >= 2 * k:
        # The best of each group of rows: k of them are k rows, so the k-th best row is no worse.
        tops = lower[: groups * _GROUP].reshape(_GROUP, groups).max(axis=0)
        threshold = float(np.partition(tops, groups - k)[groups - k])
    elif len(scores) > k:
        threshold = float(np.partition(lower, len(lower) - k)[len(lower) - k])
    if threshold == -np.inf:  # fewer rows than k can be hits
        return np.asarray(np.flatnonzero(scores > -np.inf))
    # scores are compared rounded to 12 digits: what ties after rounding must come along
    tie = 1e-11 * (unit**2 + abs(threshold))
    if single:
        return np.asarray(np.flatnonzero(scores >= threshold - 2 * error - tie))
    return np.asarray(np.flatnonzero(scores + error >= threshold - tie))


def _above(
    product: Matrix, threshold: Callable[[], float], k: int, slack: float
) -> Iterator[tuple[Rows, Rows]]:
    """Places of a tile that reach a threshold, in portions.

    While no threshold is known the tile's own k-th largest entry serves. Portions of one row
    range at a time let the threshold rise in between, so that a tile full of near-duplicates
    is not scored whole.
    """
    height = 64
    for start in range(0, len(product), height):
        part = product[start : start + height]
        limit = threshold()
        if limit == -np.inf and part.size > k:
            limit = float(np.partition(part, part.size - k, axis=None)[part.size - k]) - 2 * slack
        flat = np.flatnonzero(part >= np.float32(limit - 1e-7 * abs(limit)))
        flat = flat[np.isfinite(part.ravel()[flat])]
        if len(flat):
            yield flat // part.shape[1] + start, flat % part.shape[1]
