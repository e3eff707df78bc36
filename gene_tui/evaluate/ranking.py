"""On which rank every question's own answer comes: exact, for all measures in one pass.

A rank is one more than the number of rows with a better score than D's. A score of every row
comes from a few matrix products in float64, expanded so that the questions of a relation share
them: cos(A − B, C − D) from A·D, B·D, C·D and the lengths. That loses digits where vectors
nearly coincide. So every question has a bound on the error of these quick scores; whatever
lies within it of D's score is computed again from the definition (``scores.py``), and that
decides, rounded to 12 digits and then by row, as in every answer of this program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from gene_tui.arrays import Floats, Mask, Matrix, Rows
from gene_tui.engines.analogy.complete import EPSILON
from gene_tui.engines.exact import DIGITS, counts_of, lengths_of
from gene_tui.engines.pool import run_blocks
from gene_tui.evaluate.scores import METHODS, Method, scores
from gene_tui.run import IsCancelled, never

#: Words and questions that share one set of products.
_WORDS = 512
_QUESTIONS = 4096
#: Rows in one piece of work, and questions looked at together: temporaries of 512 kB.
_ROWS = 1024
_TOGETHER = 64
#: A pair (C, D) is close, its quick score worthless, below this |C − D|² / (|C| + |D|)².
_CLOSE = 1e-6
#: Scores that round to the same 12 digits differ by less than this.
_ROUNDING = 1e-11


def ranks(
    vectors: Matrix,
    questions: Rows,
    *,
    told: Callable[[int], None] = lambda _: None,
    cancelled: IsCancelled = never,
) -> Rows:
    """Rank of D among all rows that can be hits, from 1; 0 where D cannot be one.

    Args:
        vectors: (n, d) float32. questions: (q, 4) int64, rows A B C D.
        told: how many questions are done, at times.

    Returns:
        (len(METHODS), q) int64.

    Raises:
        Cancelled: ``cancelled`` said so, asked every few milliseconds of work.
    """
    result = np.zeros((len(METHODS), len(questions)), dtype=np.int64)
    start = 0
    for part in _parts(questions):
        chunk = _Chunk.of(vectors, part)
        better = np.zeros((len(METHODS), len(part)), dtype=np.int64)
        for block, counts in enumerate(
            run_blocks(chunk.better, range(0, len(vectors), _ROWS), cancelled=cancelled)
        ):
            better += counts
            told(start + len(part) * min(len(vectors), (block + 1) * _ROWS) // len(vectors))
        possible = np.isfinite(chunk.own)
        result[:, start : start + len(part)] = np.where(possible, better + 1, 0)
        start += len(part)
    return result


def _parts(questions: Rows) -> Iterator[Rows]:
    """Consecutive questions that together have few enough words."""
    for start in range(0, len(questions), _QUESTIONS):
        todo = [questions[start : start + _QUESTIONS]]
        while todo:
            part = todo.pop()
            if len(part) > 1 and len(np.unique(part[:, :3])) > _WORDS:
                half = len(part) // 2
                todo += [part[half:], part[:half]]
            else:
                yield part


@dataclass(frozen=True, slots=True, eq=False)
class _Products:
    """What the quick scores of some rows are made of; NaN where they say nothing.

    Attributes:
        dots: (w, r) float64, product of every word with every row.
        cosines: (w, r) float64; NaN for rows of zeros.
        apart: (w, r) float64, 1 / distance; NaN for close pairs.
        close: (w, r) bool, pairs that are close; always those with identical vectors.
    """

    dots: Floats
    cosines: Floats
    apart: Floats
    close: Mask


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """Some questions, and what is the same for all rows.

    Attributes:
        vectors: (n, d) float32.
        questions: (q, 4) int64, rows.
        places: (q, 3) int64, where A, B, C are in ``words``.
        words: (w, d) float64, the vectors of their words. lengths: (w,) float64.
        own: (methods, q) float64, rounded score of D; -inf where it cannot be a hit.
        slack: (methods, q) float64, how far a quick score can be off, rounding included.
        between: (q,) float64, |A − B|, 1 where that is 0.
        along: (q,) float64, (A − B)·C / |A − B|.
        size: (q,) float64, |b − a + c|, 1 where that is 0.
    """

    vectors: Matrix
    questions: Rows
    places: Rows
    words: Floats
    lengths: Floats
    own: Floats
    slack: Floats
    between: Floats
    along: Floats
    size: Floats

    @classmethod
    def of(cls, vectors: Matrix, questions: Rows) -> _Chunk:
        """Prepare some questions."""
        rows, places = np.unique(questions[:, :3], return_inverse=True)
        places = places.reshape(-1, 3)
        words = vectors[rows].astype(np.float64)
        lengths = lengths_of(words)
        safe = np.where(lengths > 0, lengths, 1.0)
        own = np.stack([scores(name, vectors, questions, questions[:, 3]) for name in METHODS])
        between, along, size = (np.empty(len(questions)) for _ in range(3))
        for start in range(0, len(questions), _TOGETHER):
            part = slice(start, start + _TOGETHER)
            a, b, c = (words[places[part, place]] for place in range(3))
            units = [words[at] / safe[at, None] for at in places[part].T]
            difference = a - b
            between[part] = lengths_of(difference)
            along[part] = np.einsum("ij,ij->i", difference, c)
            size[part] = lengths_of(units[1] - units[0] + units[2])
        between[between == 0] = 1.0
        size[size == 0] = 1.0
        slack = _slack(vectors.shape[1], lengths[places], between, size)
        return cls(
            vectors,
            questions,
            places,
            words,
            lengths,
            np.round(own, DIGITS),
            slack,
            between,
            along / between,
            size,
        )

    def better(self, start: int) -> Rows:
        """How many of ``_ROWS`` rows from ``start`` beat each D; (methods, q) int64."""
        stop = min(start + _ROWS, len(self.vectors))
        products = self._products(start, stop)
        counts = np.zeros(self.own.shape, dtype=np.int64)
        for first in range(0, len(self.questions), _TOGETHER):
            part = slice(first, min(first + _TOGETHER, len(self.questions)))
            unsure = self._unsure(products, part, start, stop)
            for number, method in enumerate(METHODS):
                quick = self._quick(method, products, part)
                if len(unsure[0]):
                    quick[unsure] = np.nan
                counts[number, part] = self._beaten(number, quick, part, start)
        return counts

    def _products(self, start: int, stop: int) -> _Products:
        rows = self.vectors[start:stop].astype(np.float64)
        lengths = lengths_of(rows)
        dots = self.words @ rows.T
        words = self.lengths[:, None]
        safe = np.where(words > 0, words, 1.0) * np.where(lengths > 0, lengths, np.nan)
        squares = words**2 + lengths**2 - 2 * dots
        close = ~(squares > _CLOSE * (words + lengths) ** 2)
        squares[close] = np.nan
        return _Products(dots, dots / safe, 1 / np.sqrt(squares), close)

    def _unsure(self, products: _Products, part: slice, start: int, stop: int) -> tuple[Rows, Rows]:
        """Questions of the part and rows of the block where only the definition counts: their
        own A, B, C and D, and what is close to C."""
        here = self.questions[part] - start
        own, place = np.nonzero((here >= 0) & (here < stop - start))
        of_c = self.places[part, 2]
        some = np.flatnonzero(np.any(products.close, axis=1)[of_c])
        near, rows = np.nonzero(products.close[of_c[some]])
        return np.concatenate([own, some[near]]), np.concatenate([here[own, place], rows])

    def _quick(self, method: Method, products: _Products, part: slice) -> Floats:
        """Scores of the block's rows for some questions; (questions, rows) float64, a copy."""
        a, b, c = self.places[part].T
        cosines = products.cosines
        result: Floats
        if method == "nearest_to_c":
            result = cosines[c]
        elif method == "nearest_to_b":
            result = cosines[b]
        elif method == "3cosadd":
            result = cosines[b]
            result -= cosines[a]
            result += cosines[c]
            result /= self.size[part, None]
        elif method == "3cosmul":
            result = cosines[b] + 1
            result *= cosines[c] + 1
            result /= 2 * (cosines[a] + (1 + 2 * EPSILON))
        else:
            result = products.dots[b]
            result -= products.dots[a]
            result /= self.between[part, None]
            result += self.along[part, None]
            result *= products.apart[c]
        return result

    def _beaten(self, number: int, quick: Floats, part: slice, start: int) -> Rows:
        """How many rows are better than D, the doubtful ones by definition; (questions,)."""
        own, slack = self.own[number, part, None], self.slack[number, part, None]
        possible = np.isfinite(own)
        threshold = np.where(possible, own, 0.0)
        above = quick > threshold + slack
        below = quick < threshold - slack
        counts = counts_of(above)
        decided = counts + counts_of(below)
        open_ = np.flatnonzero((decided < quick.shape[1]) & possible[:, 0])
        if not len(open_):
            return counts
        which, rows = np.nonzero(~(above[open_] | below[open_]))
        which, rows = open_[which], rows + start
        questions = self.questions[part][which]
        other = (questions != rows[:, None]).all(axis=1)
        which, rows, questions = which[other], rows[other], questions[other]
        exact = np.round(scores(METHODS[number], self.vectors, questions, rows), DIGITS)
        wins = (exact > own[which, 0]) | ((exact == own[which, 0]) & (rows < questions[:, 3]))
        counts += np.bincount(which[wins], minlength=len(counts))
        return counts


def _slack(d: int, lengths: Floats, between: Floats, size: Floats) -> Floats:
    """How far the quick scores of questions can be off; (methods, q) float64.

    A float64 product of length d is off by at most e |x||y|, e = (d + 8) 2⁻⁵². Then with
    |C − D| ≥ √close (|C| + |D|) the direction is off by at most e / close from the squared
    distance, and by e (1 + (|A| + |B|) / |A − B|) / √close from the product along A − B;
    3CosAdd by 3 e / |b − a + c|; 3CosMul by e / 0.001² from its denominator. Each is
    doubled.

    Args:
        lengths: (q, 3) float64, |A|, |B|, |C|. between: |A − B|. size: |b − a + c|.
    """
    error = (d + 8) * 2.0**-52
    ratio = (lengths[:, 0] + lengths[:, 1]) / between
    slack = {
        "direction": error * (1 / _CLOSE + (1 + ratio) / np.sqrt(_CLOSE)),
        "3cosadd": 3 * error / size,
        "3cosmul": np.full(len(size), 3 * error / EPSILON**2),
        "nearest_to_c": np.full(len(size), error),
        "nearest_to_b": np.full(len(size), error),
    }
    result: Floats = 2 * np.stack([slack[name] for name in METHODS]) + _ROUNDING
    return result
