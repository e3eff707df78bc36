"""One unknown gene, and how good a given analogy is: A : B :: C : ? and A : B :: C : D.

One pass over the rows in float64. Only D is ever unknown here: the other three places are the
same question told from another side (``analogy.py`` turns them).

    direction   cos(A − B, C − D), or −|(A − B) − (C − D)|; with sums instead of differences
    3CosAdd     cos(b − a + c, D) with a, b, c of length 1
    3CosMul     s(D, B) s(D, C) / (s(D, A) + 0.001) with s = (cos + 1) / 2
"""

from __future__ import annotations

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.exact import DIGITS, offset, offset_scores
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
    scores = np.empty(len(vectors))
    if measure != "direction":
        _need_angles(norms, (a, b, c))
        first = np.stack([vectors[row].astype(np.float64) / norms[row] for row in (a, b, c)])
        wanted = first[1] - first[0] + first[2]
        size = float(np.sqrt(wanted @ wanted))
        if measure == "3cosadd" and size == 0:
            raise NoAnswer("B − A + C is zero, so nothing is near it", "try --measure direction")

    def work(start: int) -> None:
        part = slice(start, start + _ROWS)
        rows = vectors[part].astype(np.float64)
        if measure == "direction":
            offsets = vectors[c].astype(np.float64) + (rows if sum else -rows)
            scores[part] = offset_scores(offsets, target, metric=metric)
            return
        lengths = np.where(norms[part] > 0, norms[part], 1.0)
        if measure == "3cosadd":
            result = np.clip(rows @ (wanted / size) / lengths, -1.0, 1.0)
        else:
            near = (np.clip(rows @ first.T / lengths[:, None], -1.0, 1.0) + 1.0) / 2.0
            result = near[:, 1] * near[:, 2] / (near[:, 0] + EPSILON)
        result[norms[part] == 0] = -np.inf
        if not sum:
            result[(vectors[part] == vectors[c]).all(axis=1)] = -np.inf
        scores[part] = result

    for _ in run_blocks(work, range(0, len(vectors), _ROWS), cancelled=cancelled):
        pass
    scores[[a, b, c]] = -np.inf
    return scores


def best_rows(scores: Floats, allowed: Rows, k: int, method: str) -> Found:
    """The k best of the allowed rows as an answer with one slot."""
    rows = allowed[np.isfinite(scores[allowed])]
    if len(rows) > k:
        # All rows that tie with the k-th stay, so that the rows decide between them.
        worst = -np.partition(-scores[rows], k - 1)[k - 1]
        rows = rows[scores[rows] >= worst - 10.0**-DIGITS]
    rows = rows[order(scores[rows], rows[:, None])[:k]]
    return Found(rows[:, None], scores[rows], method=method)


def rank_of(scores: Floats, row: int) -> int:
    """Rank of a row among all that can be hits, from 1; ties by row."""
    rounded = np.round(scores, DIGITS)
    better = rounded > rounded[row]
    better[:row] |= rounded[:row] == rounded[row]
    return 1 + int(better.sum())


def _need_angles(norms: Floats, rows: tuple[int, ...]) -> None:
    if any(norms[row] == 0 for row in rows):
        raise NoAnswer(
            "a gene of the query has a vector of zeros, which has no angle to others",
            "try --measure direction",
        )
