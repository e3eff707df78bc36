"""Small spaces and their float64 answers, for the tests of the pair index."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gene_tui.arrays import Matrix
from gene_tui.engines.found import Found, order


def space(n: int = 60, d: int = 16, seed: int = 0) -> Matrix:
    """Random rows with two equal ones, one nearly so, and a zero row."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, d)).astype(np.float32)
    vectors[7] = vectors[3]
    vectors[8] = vectors[3] * np.float32(1 + 1e-5)
    vectors[9] = 0
    return vectors


def brute_force(vectors: Matrix, a: int, b: int, k: int, *, sum: bool = False) -> Found:
    """The k best pairs in float64, by looking at all of them."""
    wide = vectors.astype(np.float64)
    sign = 1.0 if sum else -1.0
    query = wide[a] + sign * wide[b]
    offsets = wide[:, None] + sign * wide[None]
    lengths = np.linalg.norm(offsets, axis=2)
    answers = lengths > 0
    np.fill_diagonal(answers, val=False)
    answers[[a, b]] = answers[:, [a, b]] = False
    if sum:
        answers = np.triu(answers)
    found = np.argwhere(answers)
    values = offsets[answers] @ query / lengths[answers] / np.linalg.norm(query)
    best = order(values, found)[:k]
    return Found(found[best], values[best])


def stored_offsets(vectors: Matrix, *, sum: bool = False) -> Matrix:
    """All unit offsets, upper triangle by rows, as earlier scripts made them."""
    i, j = np.triu_indices(len(vectors), 1)
    offsets = vectors[i] + vectors[j] if sum else vectors[i] - vectors[j]
    lengths = np.linalg.norm(offsets, axis=1, keepdims=True)
    return np.asarray(offsets / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def write_plain(
    vectors: Matrix, path: Path, factory: str = "IVF16,Flat", **options: object
) -> Path:
    """An index made with nothing but FAISS."""
    import faiss

    metric = options.get("metric", faiss.METRIC_INNER_PRODUCT)
    stored = stored_offsets(vectors, sum=bool(options.get("sum", False)))
    index = faiss.index_factory(vectors.shape[1], factory, metric)
    index.train(stored)
    for start in range(0, len(stored), 1000):
        index.add(stored[start : start + 1000])
    faiss.write_index(index, str(path))
    return path
