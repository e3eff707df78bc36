"""Analogies of nasty spaces, with every kind of limit, against all there are in float64."""

from __future__ import annotations

import os

import numpy as np
import pytest

from gene_tui.arrays import Array
from gene_tui.engines.analogy import containing, field, pieces
from gene_tui.engines.analogy.engine import AnalogyEngine
from gene_tui.engines.analogy.ground import Limits
from gene_tui.engines.analogy.whole_space import (
    SharedBest,
    best_of_all,
    gram_of,
    parts_of,
    search,
)
from gene_tui.spaces.derive import geometry_of
from tests.unit.engines.analogy import brute

#: Groups of cases, and cases in each; ``GENE_TUI_TRIES`` is the number of all.
GROUPS = 30
CASES = max(1, int(os.environ.get("GENE_TUI_TRIES", "900")) // GROUPS)

KINDS = (*brute.KINDS, "any lengths", "one line and more", "lattice")


def space(random: np.random.Generator, n: int, d: int) -> Array:
    """A space of a random nasty kind."""
    kind = KINDS[random.integers(len(KINDS))]
    seed = int(random.integers(2**31))
    if kind in brute.KINDS:
        return brute.spaces(kind, seed, n, d)
    rows = random.normal(size=(n, d))
    if kind == "any lengths":
        rows *= 10.0 ** random.uniform(-6, 6, size=(n, 1))
    elif kind == "one line and more":
        rows[: n // 2] = rows[0] + np.outer(random.integers(-9, 9, n // 2), rows[1])
    else:
        # Equal offsets and equal lengths: ties between the two pairs of an analogy.
        rows = random.integers(0, 2, size=(n, d)).astype(float)
    return np.ascontiguousarray(rows, dtype=np.float32)


def all_analogies(x: Array, genes: Array, cap: float | None, least: int) -> list[brute.Hit]:
    """Analogies of some genes, each with its lowest row as A; those that may be the best."""
    a, b = np.triu_indices(len(genes), 1)
    a, b = genes[a], genes[b]
    c, d = np.concatenate([a, b]), np.concatenate([b, a])
    offsets = x[c] - x[d]
    lengths = np.linalg.norm(offsets, axis=1)
    units = offsets / np.where(lengths > 0, lengths, 1)[:, None]
    scores = np.clip(units[: len(a)] @ units.T, -1, 1)
    off = (c <= a[:, None]) | (d <= a[:, None]) | (c == b[:, None]) | (d == b[:, None])
    off |= (lengths == 0) | (lengths[: len(a), None] == 0)
    if cap is not None:
        sizes = np.linalg.norm(x, axis=1)
        unit = x / np.where(sizes > 0, sizes, 1)[:, None]
        close = np.round(unit @ unit.T, 12)
        off |= (close[a[:, None], c] > cap) | (close[b[:, None], d] > cap)
    scores[off] = -np.inf
    limit = -2.0
    if least < scores.size:
        limit = np.partition(scores.ravel(), scores.size - least)[scores.size - least] - 1e-9
    one, two = np.nonzero(scores >= max(limit, -2.0))
    rows = np.column_stack([a[one], b[one], c[two], d[two]]).tolist()
    return list(zip(map(tuple, rows), scores[one, two].tolist(), strict=True))


@pytest.mark.parametrize("group", range(GROUPS))
def test_the_whole_space(group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_ROOM", [2, 1000][group % 2])
    for case in range(CASES):
        random = np.random.default_rng([group, case])
        n = int(random.integers(4, 15) if random.random() < 0.9 else random.integers(15, 61))
        vectors = space(random, n, int(random.integers(1, 9)))
        x, _ = brute.rows_and_unit(vectors)
        cap = [None, 0.8, 0.99, 0.3, 0.0, -0.4, 1.0][random.integers(7)]
        k = int([1, 3, 10, 60, 400][random.integers(5)])
        per_gene = int(random.integers(1, 4)) if n < 9 and random.random() < 0.3 else None
        genes = np.arange(n)
        if random.random() < 0.3:
            genes = np.sort(random.choice(n, max(4, n // 2), replace=False))
        wanted = all_analogies(x, genes, cap, 10**9 if per_gene else k)
        shape = geometry_of(vectors) if random.random() < 0.7 else None
        if per_gene is None and len(genes) == n and random.random() < 0.5:
            # Part by part, each with what the others know, as workers do it.
            gram = gram_of(vectors, shape)
            best = SharedBest(k)
            for part in parts_of(n, int(random.integers(2, 9))):
                mine = SharedBest(k, best.threshold)
                assert list(search(gram, [part], mine, cap)) == [part]
                best.offer(*mine.hits())
            rows, scores = best.hits()
        else:
            engine = AnalogyEngine(vectors, geometry=shape)
            candidates = None if len(genes) == n else genes
            found = best_of_all(engine, Limits(k, cap, per_gene, candidates))
            rows, scores = found.rows, found.scores
        brute.agree(rows, scores, brute.ranked(wanted, k, per_gene=per_gene), wanted)


def all_around(x: Array, a: int, genes: Array, cap: float | None, least: int) -> list[brute.Hit]:
    """Hits (B, C, D) of A : ? among some genes; those that may be the best."""
    others = genes[genes != a]
    c, d = (part.ravel() for part in np.meshgrid(others, others, indexing="ij"))
    offsets = x[c] - x[d]
    lengths = np.linalg.norm(offsets, axis=1)
    targets = x[a] - x[others]
    sizes = np.linalg.norm(targets, axis=1)
    units = offsets / np.where(lengths > 0, lengths, 1)[:, None]
    scores = np.clip(targets / np.where(sizes > 0, sizes, 1)[:, None] @ units.T, -1, 1)
    b = others[:, None]
    off = (c == d) | (c == b) | (d == b) | (lengths == 0) | (sizes == 0)[:, None]
    if cap is not None:
        norms = np.linalg.norm(x, axis=1)
        unit = x / np.where(norms > 0, norms, 1)[:, None]
        close = np.round(unit @ unit.T, 12)
        off |= (close[a, c] > cap) | (close[b, d] > cap)
    scores[off] = -np.inf
    limit = -2.0
    if least < scores.size:
        limit = np.partition(scores.ravel(), scores.size - least)[scores.size - least] - 1e-9
    one, two = np.nonzero(scores >= max(limit, -2.0))
    rows = np.column_stack([others[one], c[two], d[two]]).tolist()
    return list(zip(map(tuple, rows), scores[one, two].tolist(), strict=True))


@pytest.mark.parametrize("group", range(GROUPS))
def test_around_one_gene(group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Several groups, blocks and rooms in these small spaces too.
    monkeypatch.setattr(field, "_GROUP", [3, 8, 80][group % 3])
    monkeypatch.setattr(field, "_TOGETHER", [2, 8][group % 2])
    monkeypatch.setattr(containing, "_WAITING", [3, 1000][group // 2 % 2])
    monkeypatch.setattr(containing, "_BLOCK", [5, 128][group % 2])
    monkeypatch.setattr(containing, "_LEFT", [0, 3, 400][group % 3])
    monkeypatch.setattr(field, "_CLUMP", [0.35, 9.0, 1.0][group // 2 % 3])
    monkeypatch.setattr(field, "_MEMBERS", [2, 5][group % 2])
    monkeypatch.setattr(containing, "_STEP", [3, 16][group // 3 % 2])
    monkeypatch.setattr(containing, "_ROOM", [2, 1000][group // 2 % 2])
    for case in range(CASES):
        random = np.random.default_rng([group, case, 1])
        n = int(random.integers(4, 15) if random.random() < 0.8 else random.integers(15, 61))
        vectors = space(random, n, int(random.integers(1, 9)))
        x, _ = brute.rows_and_unit(vectors)
        cap = [None, 0.8, 0.99, 0.3, 0.0, -0.4, 1.0][random.integers(7)]
        k = int([1, 3, 10, 60, 400][random.integers(5)])
        per_gene = int(random.integers(1, 4)) if n < 12 and random.random() < 0.3 else None
        genes, candidates = np.arange(n), None
        if random.random() < 0.3:
            genes = candidates = np.sort(random.choice(n, max(4, n // 2), replace=False))
        a = int(random.integers(n))
        wanted = all_around(x, a, genes, cap, 10**9 if per_gene else k)
        shape = geometry_of(vectors) if random.random() < 0.7 else None
        engine = AnalogyEngine(vectors, geometry=shape)
        found = engine.containing((a, None, None, None), Limits(k, cap, per_gene, candidates))
        brute.agree(found.rows, found.scores, brute.ranked(wanted, k, per_gene=per_gene), wanted)


@pytest.mark.parametrize("exponent", [-8, -16, -20, -21, -22])
def test_around_one_gene_with_a_clump_of_tiny_rows(
    exponent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(field, "_MEMBERS", 4)
    for seed in range(20):
        random = np.random.default_rng([seed, 9])
        vectors = random.normal(size=(22, 4)).astype(np.float32)
        vectors[10:] *= np.float32(10.0**exponent)
        x = vectors.astype(np.float64)
        engine = AnalogyEngine(vectors, geometry=geometry_of(vectors))
        found = engine.containing((3, None, None, None), Limits(30, 0.8))
        wanted = all_around(x, 3, np.arange(22), 0.8, 30)
        brute.agree(found.rows, found.scores, brute.ranked(wanted, 30), wanted)
