"""One unknown gene, and how good a given analogy is: A : B :: C : ? and A : B :: C : D.

One pass over the rows in float64. Only D is ever unknown here: the other three places are the
same question told from another side (``analogy.py`` turns them).

    direction   cos(A − B, C − D), or −|(A − B) − (C − D)|; with sums instead of differences
    3CosAdd     cos(b − a + c, D) with a, b, c of length 1
    3CosMul     s(D, B) s(D, C) / (s(D, A) + 0.001) with s = (cos + 1) / 2
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.exact import CANCELLED, DIGITS, gamma, lengths_of, offset, offset_scores
from gene_tui.engines.found import Found, order
from gene_tui.engines.pool import run_blocks
from gene_tui.errors import NoAnswer
from gene_tui.model.options import Measure, Metric
from gene_tui.run import IsCancelled, never

#: Keeps 3CosMul finite where D is opposite to A.
EPSILON = 0.001
_ROWS = 1024


def all_scores(
    vectors: Matrix,
    norms: Floats,
    a: int,
    b: int,
    c: int,
    *,
    measure: Measure = "direction",
    metric: Metric = "cosine",
    sum: bool = False,
    cancelled: IsCancelled = never,
) -> Floats:
    """The score of every row as D, (n,) float64; -inf where it cannot be a hit.

    A, B and C are no hits, nor are rows with the vector of C (the pair has no direction) and,
    for 3CosAdd and 3CosMul, rows of zeros.

    Raises:
        NoAnswer: A and B have identical vectors, or a measure needs the angle to a zero row.
    """
    target = offset(vectors, a, b, sum=sum)
    if measure == "direction":
        scores = direction_scores(vectors, c, target, metric=metric, sum=sum, cancelled=cancelled)
    else:
        need_angles(norms, (a, b, c))
        first = np.stack([vectors[row].astype(np.float64) / norms[row] for row in (a, b, c)])
        if measure == "3cosadd":
            wanted = first[1] - first[0] + first[2]
            scores = angle_scores(vectors, norms, c, wanted, cancelled=cancelled)
        else:
            scores = _products(vectors, norms, c, first, cancelled)
    scores[[a, b, c]] = -np.inf
    return scores


def direction_scores(
    vectors: Matrix,
    c: int,
    target: Floats,
    *,
    metric: Metric = "cosine",
    sum: bool = False,
    cancelled: IsCancelled = never,
) -> Floats:
    """How like C − D (or C + D) is to an offset, for every row D, (n,) float64.

    -inf where C − D is zero, so for C itself.
    """
    own = vectors[c].astype(np.float64)

    def score(_part: slice, rows: Floats) -> Floats:
        return offset_scores(own + (rows if sum else -rows), target, metric=metric)

    return _by_block(vectors, score, cancelled)


def angle_scores(
    vectors: Matrix, norms: Floats, c: int, wanted: Floats, *, cancelled: IsCancelled = never
) -> Floats:
    """cos(wanted, D) for every row D, (n,) float64; -inf for rows of zeros and with C's vector.

    Args:
        wanted: (d,) float64, b − a + c of unit vectors.

    Raises:
        NoAnswer: it is zero, but for rounding.
    """
    size = float(np.sqrt(wanted @ wanted))
    if size <= 3 * CANCELLED:
        raise NoAnswer("B − A + C is zero, so nothing is near it", "try --measure direction")

    def score(part: slice, rows: Floats) -> Floats:
        lengths = np.where(norms[part] > 0, norms[part], 1.0)
        result: Floats = np.clip(rows @ (wanted / size) / lengths, -1.0, 1.0)
        return _without(result, vectors, norms, c, part)

    return _by_block(vectors, score, cancelled)


def _products(
    vectors: Matrix, norms: Floats, c: int, first: Floats, cancelled: IsCancelled
) -> Floats:
    """3CosMul of every row, (n,) float64; ``first`` are a, b, c of length 1, (3, d)."""

    def score(part: slice, rows: Floats) -> Floats:
        lengths = np.where(norms[part] > 0, norms[part], 1.0)
        near = (np.clip(rows @ first.T / lengths[:, None], -1.0, 1.0) + 1.0) / 2.0
        result: Floats = near[:, 1] * near[:, 2] / (near[:, 0] + EPSILON)
        return _without(result, vectors, norms, c, part)

    return _by_block(vectors, score, cancelled)


def _without(scores: Floats, vectors: Matrix, norms: Floats, c: int, part: slice) -> Floats:
    """The scores of a block of rows, of which zeros and C's equals are no hits."""
    scores[norms[part] == 0] = -np.inf
    scores[(vectors[part] == vectors[c]).all(axis=1)] = -np.inf
    return scores


def _by_block(
    vectors: Matrix, score: Callable[[slice, Floats], Floats], cancelled: IsCancelled
) -> Floats:
    """Scores of all rows from those of blocks of them in float64."""
    scores = np.empty(len(vectors))

    def work(start: int) -> None:
        part = slice(start, start + _ROWS)
        scores[part] = score(part, vectors[part].astype(np.float64))

    for _ in run_blocks(work, range(0, len(vectors), _ROWS), cancelled=cancelled):
        pass
    return scores


def best_directions(
    vectors: Matrix, norms: Floats, questions: Rows, candidates: Rows | None = None
) -> Floats:
    """The score of the best completion by direction of each of a few questions, (m,) float64.

    For A : B :: C : ? the score of D is (p_C − p_D) / |C − D| with p the products with the unit
    offset A − B, and |C − D|² = |C|² + |D|² − 2 C·D: two float32 products for all questions and
    rows. Only what their error leaves as the possible best is scored from the vectors.

    Args:
        questions: (m, 3) rows A, B, C, all different. candidates: ascending rows D may take.

    Returns:
        -inf where A and B have identical vectors or nothing can be D.
    """
    a, b, c = questions.T
    result = np.full(len(questions), -np.inf)
    targets = vectors[a].astype(np.float64) - vectors[b]
    lengths = lengths_of(targets)
    usable = lengths > 0
    units = targets / np.where(usable, lengths, 1.0)[:, None]
    others = slice(None) if candidates is None else candidates
    rows = np.arange(len(vectors)) if candidates is None else candidates
    right, sizes = vectors[others], norms[others]
    along = units.astype(np.float32) @ right.T
    own = np.einsum("ij,ij->i", units, vectors[c])
    squares = vectors[c] @ right.T
    squares *= np.float32(-2)
    squares += (sizes * sizes).astype(np.float32)
    squares += (norms[c] ** 2).astype(np.float32)[:, None]
    np.subtract(own.astype(np.float32)[:, None], along, out=along)
    # A product is off by error · |x||y|: a squared length by 2 error · reach², a rise by
    # error · reach. Where the square is 200 times as much, its root is right to 0.0025, rise over
    # length to 0.0003, and so the score to 0.003; where it is less, nothing is known of it.
    error = gamma(vectors.shape[1]) + 2.0**-22
    reach = sizes + norms[c].max(initial=0.0)
    close = squares <= (400 * error * reach * reach).astype(np.float32)
    squares[close] = 1.0
    np.sqrt(squares, out=squares)
    np.divide(along, squares, out=along)
    along[close] = -np.inf
    for place in np.flatnonzero(usable):
        score, out = along[place], _places_of(questions[place], rows)
        score[out] = -np.inf
        near = close[place]
        near[out] = False
        least = max(float(score.max(initial=-np.inf)) - 0.006, -2.0)
        maybe = np.flatnonzero(near | (score >= np.float32(least)))
        step = vectors[c[place]].astype(np.float64) - vectors[rows[maybe]]
        result[place] = offset_scores(step, targets[place]).max(initial=-np.inf)
    return result


def _places_of(some: Rows, rows: Rows) -> Rows:
    """Where some rows stand in ascending ones, as far as they are there."""
    place = np.minimum(np.searchsorted(rows, some), max(len(rows) - 1, 0))
    result: Rows = place[rows[place] == some] if len(rows) else place[:0]
    return result


def best_rows(scores: Floats, allowed: Rows, k: int, method: str) -> Found:
    """The k best of the allowed rows as an answer with one slot."""
    rows = allowed[np.isfinite(scores[allowed])]
    if len(rows) > k:
        # All rows that tie with the k-th stay, so that the rows decide between them.
        worst = -np.partition(-scores[rows], k - 1)[k - 1]
        rows = rows[scores[rows] >= worst - 10.0**-DIGITS]
    rows = rows[order(scores[rows], rows[:, None])[:k]]
    return Found(rows[:, None], scores[rows], method=method)


def ranked_among(scores: Floats, rows: Rows) -> tuple[Rows, Floats]:
    """The ranks of some rows among all that can be hits, and their scores; (m,) each.

    A rank is 1 + how many rows score strictly better. What cannot be a hit scores NaN.
    """
    rounded = np.round(scores, DIGITS)
    ranks = 1 + len(rounded) - np.searchsorted(np.sort(rounded), rounded[rows], "right")
    return ranks, np.where(np.isfinite(scores[rows]), scores[rows], np.nan)


def rank_of(scores: Floats, row: int) -> int:
    """Rank of a row among all that can be hits, from 1; ties by row."""
    rounded = np.round(scores, DIGITS)
    better = rounded > rounded[row]
    better[:row] |= rounded[:row] == rounded[row]
    return 1 + int(better.sum())


def need_angles(norms: Floats, rows: Iterable[int]) -> None:
    """Raise NoAnswer where one of the rows is zero and has no angle to others."""
    if any(norms[row] == 0 for row in rows):
        raise NoAnswer(
            "a gene of the query has a vector of zeros, which has no angle to others",
            "try --measure direction",
        )
