"""What the engine is measured against: plain blocked numpy, and float64 brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Matrix

Hits = tuple[npt.NDArray[np.int64], Floats]

#: Rows of a block: with all others' products it stays in the last cache.
BLOCK = 512


def _best(blocks: Iterator[tuple[int, npt.NDArray[np.floating]]], n: int, k: int) -> Hits:
    """The k largest entries of an (n, n) matrix that comes in blocks of rows.

    A block is scanned once for its largest entry and again only where that is among the best.
    """
    places, scores = np.empty(0, dtype=np.int64), np.empty(0)
    worst = -np.inf
    for start, block in blocks:
        flat = block.ravel()
        if flat.max() <= worst:
            continue
        top = np.flatnonzero(flat > worst)
        if len(top) > k:
            top = top[np.argpartition(flat[top], len(top) - k)[len(top) - k :]]
        places = np.concatenate([places, top + start * n])
        scores = np.concatenate([scores, flat[top].astype(np.float64)])
        order = np.argsort(-scores)[:k]
        places, scores = places[order], scores[order]
        worst = scores[-1] if len(scores) == k else -np.inf
    return np.column_stack(np.divmod(places, n)), scores


def pairs(x: npt.NDArray[np.floating], a: int, b: int, k: int, *, sum: bool, metric: str) -> Hits:
    """A : B :: ? : ? over all pairs, in the precision of ``x``; blocks of one matrix product.

    The fastest we know to write with numpy alone: every step in place, in one block of memory.
    """
    sign = x.dtype.type(1 if sum else -1)
    n = len(x)
    target = x[a].astype(np.float64) + float(sign) * x[b]
    length = float(np.linalg.norm(target))
    p = x @ (target / length).astype(x.dtype)
    squares = np.einsum("ij,ij->i", x, x)
    product = np.empty((min(BLOCK, n), n), dtype=x.dtype)
    along = np.empty_like(product)

    def blocks() -> Iterator[tuple[int, npt.NDArray[np.floating]]]:
        for start in range(0, n, BLOCK):
            rows = slice(start, min(start + BLOCK, n))
            count = rows.stop - start
            s = np.matmul(x[rows], x.T, out=product[:count])
            s *= 2 * sign
            s += squares
            s += squares[rows, None]
            gain = np.add(p[rows, None], sign * p, out=along[:count])
            if metric == "euclidean":
                gain *= x.dtype.type(2 * length)
                s = np.subtract(gain, s, out=s)
            else:
                np.maximum(s, x.dtype.type(1e-12), out=s)
                np.sqrt(s, out=s)
                np.divide(gain, s, out=s)
            here = np.arange(count)
            s[here, here + start] = -np.inf
            if sum:
                for row in here:
                    s[row, : start + row] = -np.inf
            s[:, [a, b]] = -np.inf
            for gene in (a, b):
                if start <= gene < start + count:
                    s[gene - start] = -np.inf
            yield start, s

    return _best(blocks(), n, k)


def parallel(x: Matrix, a: int, c: int, k: int) -> Hits:
    """A : ? :: C : ? over all pairs, float32."""

    def unit(row: int) -> Matrix:
        offsets = x[row] - x
        lengths = np.linalg.norm(offsets, axis=1)
        offsets[lengths > 0] /= lengths[lengths > 0, None]
        return offsets

    left, right = unit(a), unit(c)

    def blocks() -> Iterator[tuple[int, Matrix]]:
        for start in range(0, len(x), BLOCK):
            s = left[start : start + BLOCK] @ right.T
            here = np.arange(len(s))
            s[here, here + start] = -np.inf
            s[:, [a, c]] = -np.inf
            for gene in (a, c):
                if start <= gene < start + len(s):
                    s[gene - start] = -np.inf
            yield start, s

    return _best(blocks(), len(x), k)


def recall(found: npt.NDArray[np.int64], truth: Hits, score: Callable[[int, int], float]) -> float:
    """Share of the true best hits that were found; what ties with the last counts as true.

    Args:
        truth: more hits than were asked for, to about 1e-6. score: the exact score of a pair.
    """
    k = len(found)
    exact = sorted((score(int(c), int(d)) for c, d in truth[0]), reverse=True)[:k]
    ours = sorted((score(int(c), int(d)) for c, d in found), reverse=True)
    return sum(one >= other - 1e-9 for one, other in zip(ours, exact, strict=True)) / k


def containing(x: Floats, a: int, cap: float, k: int) -> Floats:
    """The k best scores of A : ? over all B, C and D, float64; (k,) best first."""
    n = len(x)
    gram = x @ x.T
    norms = np.sqrt(np.diag(gram))
    cosines = gram / np.outer(norms, norms)
    best = np.full(k, -np.inf)
    apart = np.empty((n, n))
    for i in range(n):
        apart[i] = np.linalg.norm(x[i] - x, axis=1)
    apart[apart == 0] = np.inf
    genes = np.arange(n) != a
    rows = np.flatnonzero(genes & (cosines[a] <= cap))
    for b in np.flatnonzero(genes):
        p = (x[a] - x[b]) / apart[a, b] @ x.T
        columns = np.flatnonzero(genes & (cosines[b] <= cap) & (np.arange(n) != b))
        left = rows[rows != b]
        s = (p[left, None] - p[columns]) / apart[np.ix_(left, columns)]
        top = np.partition(s.ravel(), s.size - k)[s.size - k :]
        best = np.sort(np.concatenate([best, top]))[::-1][:k]
    return best
