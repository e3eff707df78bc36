"""Analogies by brute force: every combination, float64, straight from the definitions."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Array
from gene_tui.spaces.geometry import exponent

Hit = tuple[tuple[int, ...], float]


def spaces(kind: str, seed: int, n: int, d: int) -> npt.NDArray[np.float32]:
    """A small space of a nasty kind, (n, d) float32."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n, d))
    some = random.integers(n, size=max(1, n // 3))
    if kind == "duplicates":
        rows[some] = rows[random.integers(n, size=len(some))]
    elif kind == "near-duplicates":
        rows[some] = rows[random.integers(n, size=len(some))] * (1 + 1e-6 * random.normal())
        rows[some] += 1e-6 * random.normal(size=(len(some), d))
    elif kind == "zeros":
        rows[some] = 0
    elif kind == "tiny clump":
        rows[some] *= 1e-8
    elif kind == "minute clump":
        rows[random.permutation(n)[: n // 2]] *= 10.0 ** -random.integers(8, 23)
    elif kind == "clusters":
        rows = random.normal(size=(4, d))[random.integers(4, size=n)] + 0.05 * rows
    elif kind == "line":
        rows = rows[:, :1] * random.normal(size=d)
    elif kind == "integers":
        rows = random.integers(-2, 3, size=(n, d)).astype(float)
    elif kind == "cone":
        rows = rows + 50 * random.normal(size=d)
    elif kind == "opposites":
        rows[some] = -rows[random.integers(n, size=len(some))]
    elif kind == "huge":
        rows = rows * 1e25
    elif kind == "minute":
        rows = rows * 1e-25
    elif kind == "mixed lengths":
        rows = rows * 10.0 ** random.integers(-4, 4, size=(n, 1))
    elif kind == "equal":
        rows = np.repeat(rows[:1], n, axis=0)
    return np.ascontiguousarray(rows, dtype=np.float32)


KINDS = (
    "plain",
    "duplicates",
    "near-duplicates",
    "zeros",
    "tiny clump",
    "minute clump",
    "clusters",
    "line",
    "integers",
    "cone",
    "opposites",
    "huge",
    "minute",
    "mixed lengths",
    "equal",
)


def rows_and_unit(vectors: npt.NDArray[np.float32]) -> tuple[Array, float]:
    """Rows in float64 and the unit they are given in.

    Scores tie when they agree to 12 digits, which for distances must mean 12 digits at about
    the size of the vectors: far from 1 they are counted in a power of two near it.
    """
    power = exponent(float(np.linalg.norm(vectors.astype(np.float64), axis=1).max()))
    return np.ldexp(vectors.astype(np.float64), -power), 2.0**power


def score(x: Array, a: int, b: int, c: int, d: int, *, sum: bool, metric: str) -> float:
    """The analogy's score; -inf where a pair has no direction."""
    sign = 1 if sum else -1
    one, two = x[a] + sign * x[b], x[c] + sign * x[d]
    if not one.any() or not two.any():
        return -np.inf
    if metric == "euclidean":
        return -float(np.linalg.norm(one - two))
    # Lengths first, so that tiny offsets do not underflow when multiplied.
    return float(np.clip((one / np.linalg.norm(one)) @ (two / np.linalg.norm(two)), -1, 1))


def cosine(x: Array, i: int, j: int) -> float:
    """cos, 0 for zero rows."""
    sizes = np.linalg.norm(x[i]), np.linalg.norm(x[j])
    return float(round((x[i] / (sizes[0] or 1)) @ (x[j] / (sizes[1] or 1)), 12))


def ranked(hits: list[Hit], k: int, per_gene: int | None = None) -> list[Hit]:
    """Best first, ties by rows; greedy where a gene may stand only so often."""
    hits = sorted(
        (hit for hit in hits if np.isfinite(hit[1])), key=lambda h: (-round(h[1], 12), h[0])
    )
    if per_gene is None:
        return hits[:k]
    count: Counter[int] = Counter()
    kept = []
    for hit in hits:
        if len(kept) < k and all(count[gene] < per_gene for gene in hit[0]):
            kept.append(hit)
            count.update(hit[0])
    return kept


def pairs(
    x: Array,
    a: int,
    b: int,
    *,
    sum: bool,
    metric: str,
    cap: float | None = None,
    candidates: list[int] | None = None,
) -> list[Hit]:
    """All hits of A : B :: ? : ?, unordered."""
    genes = [
        g for g in (candidates if candidates is not None else range(len(x))) if g not in (a, b)
    ]
    hits = []
    for c, d in combinations(genes, 2) if sum else permutations(genes, 2):
        if cap is not None:
            close = [cosine(x, a, c), cosine(x, b, d)]
            if sum:
                close += [cosine(x, a, d), cosine(x, b, c)]
            if max(close) > cap:
                continue
        hits.append(((c, d), score(x, a, b, c, d, sum=sum, metric=metric)))
    return hits


def agree(
    rows: npt.NDArray[np.int64], scores: Array, wanted: list[Hit], all_hits: list[Hit]
) -> None:
    """Assert that an answer is right, up to the order of ties."""
    table = dict(all_hits)
    assert len(rows) == len(wanted)
    assert len({tuple(hit) for hit in rows.tolist()}) == len(rows)
    assert np.isfinite(scores).all()
    near = 2e-11 * max([1.0, *(abs(score) for _, score in wanted)])
    np.testing.assert_allclose(scores, [s for _, s in wanted], rtol=0, atol=near)
    for hit, got in zip(rows.tolist(), scores.tolist(), strict=True):
        assert abs(table[tuple(hit)] - got) <= near, "a hit's score is not its own"
    rounded = (-np.round(scores, 12)).tolist()
    keys = list(zip(rounded, map(tuple, rows.tolist()), strict=True))
    assert keys == sorted(keys), "hits are not best first, ties by rows"
