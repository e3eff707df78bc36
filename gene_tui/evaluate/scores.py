"""The measures an analogy set is asked with, written down from their definitions, in float64.

Of a question A : B :: C : ? every row D gets a score, a, b, c, d being vectors of length 1:

    direction      cos(A − B, C − D), of the vectors as they are
    3CosAdd        cos(b − a + c, d)
    3CosMul        s(d, b) s(d, c) / (s(d, a) + 0.001) with s = (cos + 1) / 2
    nearest to C   cos(c, d): a baseline that ignores the relation
    nearest to B   cos(b, d): a baseline that ignores the question

The measures: Levy and Goldberg 2014 (W14-1618), where direction is called PairDirection. The
baselines: Linzen 2016 (arXiv 1606.07736) shows that 3CosAdd often answers with a neighbour of
C whatever A and B are; Rogers, Drozd and Li 2017 (S17-1017) that it depends on how similar
the answer is to all three words of the question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy.complete import EPSILON
from gene_tui.engines.exact import CANCELLED, lengths_of

Method = Literal["direction", "3cosadd", "3cosmul", "nearest_to_c", "nearest_to_b"]

METHODS: tuple[Method, ...] = ("direction", "3cosadd", "3cosmul", "nearest_to_c", "nearest_to_b")
TITLES: Mapping[Method, str] = {
    "direction": "direction",
    "3cosadd": "3CosAdd",
    "3cosmul": "3CosMul",
    "nearest_to_c": "nearest to C",
    "nearest_to_b": "nearest to B",
}

#: Float64 numbers held at once in each of a handful of arrays (4 MB).
_CHUNK = 500_000


def scores(method: Method, vectors: Matrix, questions: Rows, rows: Rows) -> Floats:
    """Score of row ``rows[i]`` as the answer D to ``questions[i]``; (m,) float64.

    -inf where the row cannot be a hit: it is one of the question's genes; A and B or C and D
    have identical vectors, so that there is no direction; a measure by angles meets a vector of
    zeros; or b − a + c is zero but for rounding.

    Args:
        vectors: (n, d) float32. questions: (m, 3 or more) int64, A B C. rows: (m,) int64.
    """
    result = np.empty(len(rows))
    step = max(1, _CHUNK // vectors.shape[1])
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        result[part] = _scores(method, vectors, questions[part, :3], rows[part])
    return result


def _scores(method: Method, vectors: Matrix, questions: Rows, rows: Rows) -> Floats:
    a, b, c = (vectors[questions[:, place]].astype(np.float64) for place in range(3))
    d = vectors[rows].astype(np.float64)
    excluded = (questions == rows[:, None]).any(axis=1)
    excluded |= (a == b).all(axis=1) | (c == d).all(axis=1)
    if method == "direction":
        result = _cosine(a - b, c - d)
    elif method in ("nearest_to_c", "nearest_to_b"):
        near = c if method == "nearest_to_c" else b
        excluded |= ~(near.any(axis=1) & d.any(axis=1))
        result = _cosine(near, d)
    else:
        excluded |= ~(a.any(axis=1) & b.any(axis=1) & c.any(axis=1) & d.any(axis=1))
        a, b, c, d = (_unit(vector) for vector in (a, b, c, d))
        if method == "3cosadd":
            wanted = b - a + c
            excluded |= lengths_of(wanted) <= 3 * CANCELLED
            result = _cosine(wanted, d)
        else:
            to_a, to_b, to_c = ((_cosine(vector, d) + 1) / 2 for vector in (a, b, c))
            result = to_b * to_c / (to_a + EPSILON)
    result[excluded] = -np.inf
    return result


def _unit(vectors: Floats) -> Floats:
    lengths = lengths_of(vectors)
    lengths[lengths == 0] = 1.0
    result: Floats = vectors / lengths[:, None]
    return result


def _cosine(first: Floats, second: Floats) -> Floats:
    """Row by row, with sums whose order does not depend on a row's place: ties stay ties."""
    products = np.einsum("ij,ij->i", _unit(first), _unit(second))
    result: npt.NDArray[np.float64] = np.clip(products, -1.0, 1.0)
    return result
