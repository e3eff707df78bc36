"""The formulas themselves, in float64, from the vectors: what every bound must lead back to.

An analogy's score is the cosine of two offsets, ``A − B`` and ``C − D`` (or the sums), or minus
the distance between them. An offset is always taken from the two vectors before anything is
multiplied: expanding |C|² + |D|² − 2 C·D instead would lose every digit for near-duplicates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from gene_tui.arrays import Floats, Mask, Matrix, Rows
from gene_tui.errors import NoAnswer
from gene_tui.model.options import Metric

_UNIT_ROUNDOFF = 2.0**-24
#: Scores are compared after rounding to this many digits; see ``found.order``.
DIGITS = 12
#: A mean or sum of a few unit vectors this short, for each of them, has cancelled out: what is left
#: is rounding and points nowhere.
CANCELLED = 1e-12
#: Float64 numbers held at once while offsets are formed (16 MB).
_CHUNK = 2_000_000


def offset(vectors: Matrix, a: int, b: int, *, sum: bool = False) -> Floats:
    """A − B (or A + B), (d,) float64.

    Raises:
        NoAnswer: it is zero and has no direction.
    """
    first = vectors[a].astype(np.float64)
    second = vectors[b].astype(np.float64)
    result: Floats = first + second if sum else first - second
    if not result.any():
        what = "cancel each other out" if sum else "have identical vectors"
        raise NoAnswer(
            f"the two genes {what}, so there is no direction to compare with",
            "choose a different pair",
        )
    return result


def pair_scores(
    vectors: Matrix,
    c: Rows,
    d: Rows,
    target: Floats,
    *,
    sum: bool = False,
    metric: Metric = "cosine",
    zero_is_hit: bool = False,
) -> Floats:
    """Scores of the pairs (c[i], d[i]) against the offset ``target``; (h,) float64.

    Cosine of C − D (or C + D) and the target, clipped to [-1, 1], or minus their distance.
    A pair whose offset is zero is no hit and gets -inf, unless ``zero_is_hit`` (distances
    only).
    """
    result = np.empty(len(c))
    step = max(1, _CHUNK // vectors.shape[1])
    for start in range(0, len(c), step):
        part = slice(start, start + step)
        offsets = vectors[c[part]].astype(np.float64)
        other = vectors[d[part]]
        if sum:
            offsets += other
        else:
            offsets -= other
        result[part] = offset_scores(offsets, target, metric=metric, zero_is_hit=zero_is_hit)
    return result


def offset_scores(
    offsets: Floats, target: Floats, *, metric: Metric = "cosine", zero_is_hit: bool = False
) -> Floats:
    """Scores of offsets (h, d) against one target (d,); see ``pair_scores``."""
    empty = ~offsets.any(axis=1)
    if metric == "euclidean":
        apart = offsets - target
        scores: Floats = -np.sqrt(np.einsum("ij,ij->i", apart, apart))
        if zero_is_hit:
            return scores
    else:
        lengths = lengths_of(offsets)
        lengths[empty] = 1.0
        unit = target / lengths_of(target[None])[0]
        # Not a BLAS product: its last digit depends on which rows stand together.
        scores = np.clip(np.einsum("ij,j->i", offsets, unit) / lengths, -1.0, 1.0)
    scores[empty] = -np.inf
    return scores


def lengths_of(rows: Floats) -> Floats:
    """Euclidean lengths of float64 rows; no overflow for anything float32 can hold."""
    result: Floats = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return result


def cosines(vectors: Matrix, norms: Floats, row: int, rows: Rows) -> Floats:
    """cos(row, rows[i]) in float64; 0 where a vector is zero, which has no direction."""
    unit = vectors[row].astype(np.float64) / (norms[row] or 1.0)
    result = np.empty(len(rows))
    step = max(1, _CHUNK // vectors.shape[1])
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        lengths = np.where(norms[part] > 0, norms[part], 1.0)
        wanted = vectors[part].astype(np.float64) / lengths[:, None]
        result[start : start + step] = np.clip(wanted @ unit, -1.0, 1.0)
    return result


def pair_cosines(vectors: Matrix, norms: Floats, one: Rows, two: Rows) -> Floats:
    """cos(one[i], two[i]) in float64; 0 where a vector is zero."""
    sizes = np.where(norms > 0, norms, 1.0)
    left = vectors[one].astype(np.float64) / sizes[one][:, None]
    right = vectors[two].astype(np.float64) / sizes[two][:, None]
    result: Floats = np.clip(np.einsum("ij,ij->i", left, right), -1.0, 1.0)
    return result


def under_cap(vectors: Matrix, norms: Floats, row: int, similar: Floats, cap: float | None) -> Mask:
    """Which genes have a cosine to ``row`` of at most ``cap``; (n,) bool.

    Args:
        similar: (n,) those cosines to about 1e-4. Where that is too close to call they are
            computed again in float64 and rounded as scores are.
    """
    if cap is None or cap >= 1:
        return np.ones(len(norms), dtype=np.bool_)
    allowed: Mask = similar <= cap
    near = np.flatnonzero(np.abs(similar - cap) < 1e-3)
    if len(near):
        allowed[near] = np.round(cosines(vectors, norms, row, near), DIGITS) <= cap
    return allowed


def identical_to(vectors: Matrix, row: int) -> Rows:
    """Rows with exactly the vector of ``row``, itself included; ascending."""
    same = np.flatnonzero(vectors[:, 0] == vectors[row, 0])
    result: Rows = same[(vectors[same] == vectors[row]).all(axis=1)]
    return result


def weighted_sum(vectors: Matrix, rows: Sequence[int], weights: Sequence[float]) -> Floats:
    """Σ wᵢ·xᵢ of the rows as they are (not scaled to unit length).

    Args:
        vectors: (n, d). rows, weights: equally long; a row may come more than once.

    Returns:
        (d,) float64.
    """
    terms = vectors[np.asarray(rows, dtype=np.int64)].astype(np.float64)
    result: Floats = np.asarray(weights, dtype=np.float64) @ terms
    return result


def counts_of(lines: Iterable[Mask]) -> Rows:
    """How many of each line are true.

    Line by line: counting along an axis takes NumPy five times as long.
    """
    return np.array([np.count_nonzero(line) for line in lines], dtype=np.int64)


def gamma(d: int) -> float:
    """How far a float32 product of length d can be from the true one, relative to |x|·|y|.

    γ_d = d·u / (1 − d·u) with u = 2⁻²⁴, in any order of summing (Higham, Accuracy and Stability
    of Numerical Algorithms, section 3.1), with room for rounding the operands themselves from
    float64 (two more roundings) and for a scaled product. Engines search in float32 and widen
    every threshold by this much before they decide in float64, so that no true hit is lost.
    """
    steps = (d + 6) * _UNIT_ROUNDOFF
    return steps / (1.0 - steps)
