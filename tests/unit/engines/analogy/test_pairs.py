"""Best pairs for one offset, against brute force on small spaces of every nasty kind."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gene_tui.engines import pool
from gene_tui.engines.analogy.engine import AnalogyEngine, Limits
from gene_tui.errors import Cancelled, NoAnswer, UsageError
from gene_tui.run import Run
from gene_tui.spaces.derive import geometry_of
from tests.unit.engines.analogy import brute

pytestmark = pytest.mark.usefixtures("small_pieces", "both_searches")


def engine_of(vectors: np.ndarray, shape: int) -> AnalogyEngine:
    """With no geometry (0), a coarse one, or a full one."""
    if shape == 0:
        return AnalogyEngine(vectors)
    sizes = {1: (1, 2), 2: (4, 3), 3: (32, 64)}[shape]
    return AnalogyEngine(
        vectors, geometry=geometry_of(vectors, neighbours=sizes[0], coordinates=sizes[1])
    )


@settings(
    max_examples=int(os.environ.get("GENE_TUI_TRIES", "400")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from(brute.KINDS),
    seed=st.integers(0, 10**6),
    n=st.integers(4, 40),
    d=st.integers(1, 12),
    shape=st.integers(0, 3),
    k=st.sampled_from([1, 3, 10, 100, 5000]),
    sum=st.booleans(),
    metric=st.sampled_from(["cosine", "euclidean"]),
    cap=st.sampled_from([None, None, 0.5, 0.0]),
    per_gene=st.sampled_from([None, None, 1, 2]),
    part=st.booleans(),
)
# One column, which NumPy's negative spoils where it works in place.
@example(
    kind="plain",
    seed=4,
    n=25,
    d=1,
    shape=0,
    k=10,
    sum=True,
    metric="cosine",
    cap=None,
    per_gene=1,
    part=False,
)
# No pair comes any way along the target, and the nearest are wanted all the same.
@example(
    kind="mixed lengths",
    seed=0,
    n=16,
    d=1,
    shape=1,
    k=1,
    sum=True,
    metric="euclidean",
    cap=0.5,
    per_gene=None,
    part=False,
)
# Neighbours nearer than the reach of a row, and nothing else, can be hits.
@example(
    kind="tiny clump",
    seed=0,
    n=11,
    d=3,
    shape=3,
    k=1,
    sum=True,
    metric="euclidean",
    cap=0.5,
    per_gene=None,
    part=False,
)
def test_equals_brute_force(kind, seed, n, d, shape, k, sum, metric, cap, per_gene, part) -> None:
    vectors = brute.spaces(kind, seed, n, d)
    random = np.random.default_rng(seed)
    a, b = (int(row) for row in random.choice(n, 2, replace=False))
    candidates = np.flatnonzero(random.random(n) < 0.7) if part else None
    x, unit = brute.rows_and_unit(vectors)
    engine = engine_of(vectors, shape)
    limits = Limits(k=k, cap=cap, per_gene=per_gene, candidates=candidates)
    if not (x[a] + x[b] if sum else x[a] - x[b]).any():
        with pytest.raises(NoAnswer):
            engine.pairs(a, b, limits, sum=sum, metric=metric)
        return
    found = engine.pairs(a, b, limits, sum=sum, metric=metric)
    scores = found.scores / unit if metric == "euclidean" else found.scores
    listed = None if candidates is None else candidates.tolist()
    hits = brute.pairs(x, a, b, sum=sum, metric=metric, cap=cap, candidates=listed)
    assert found.exact and found.complete
    if per_gene is None:
        brute.agree(found.rows, scores, brute.ranked(hits, k), hits)
    elif kind in ("plain", "clusters", "cone", "mixed lengths"):
        # Elsewhere ties decide whom greedy takes, and ties may fall either way.
        brute.agree(found.rows, scores, brute.ranked(hits, k, per_gene), hits)
    else:
        counts = np.bincount(found.rows.ravel(), minlength=n)
        assert counts.max(initial=0) <= per_gene
    if metric == "cosine":
        assert (np.abs(found.scores) <= 1).all()


def some_space(n: int = 12, d: int = 5) -> np.ndarray:
    return brute.spaces("plain", 1, n, d)


def test_swapping_the_pair_mirrors_the_answer() -> None:
    engine = engine_of(some_space(30), 2)
    one, other = engine.pairs(3, 7, Limits(k=20)), engine.pairs(7, 3, Limits(k=20))
    np.testing.assert_allclose(one.scores, other.scores, atol=1e-12)
    assert one.rows.tolist() == other.rows[:, ::-1].tolist()


def test_four_genes_have_two_answers() -> None:
    found = engine_of(some_space(4), 2).pairs(0, 1, Limits(k=10))
    assert sorted(found.rows.tolist()) == [[2, 3], [3, 2]]
    assert found.scores[0] == -found.scores[1]


@pytest.mark.parametrize(
    ("n", "a", "b", "words"),
    [(3, 0, 1, "four genes"), (9, 2, 2, "all different"), (9, 0, 8, "identical vectors")],
)
def test_what_has_no_answer_says_so(n: int, a: int, b: int, words: str) -> None:
    vectors = some_space(n)
    vectors[-1] = vectors[0]
    with pytest.raises(NoAnswer, match=words):
        engine_of(vectors, 0).pairs(a, b)


def test_nothing_left_is_said_and_no_error() -> None:
    found = engine_of(some_space(), 1).pairs(0, 1, Limits(cap=-1.0))
    assert len(found.rows) == 0
    assert "no hit" in found.notes[0]


@pytest.mark.parametrize("k", [0, -1, 10**9])
def test_k_has_limits(k: int) -> None:
    with pytest.raises(UsageError, match="-k takes"):
        engine_of(some_space(), 0).pairs(0, 1, Limits(k=k))


def test_a_stopped_search_raises() -> None:
    with pytest.raises(Cancelled):
        engine_of(some_space(40), 2).pairs(0, 1, run=Run(cancelled=lambda: True))


def test_threads_change_nothing() -> None:
    vectors = brute.spaces("clusters", 5, 60, 8)
    engine = engine_of(vectors, 2)
    alone = engine.pairs(1, 2, Limits(k=50))
    pool.set_threads(3)
    try:
        together = engine.pairs(1, 2, Limits(k=50))
    finally:
        pool.set_threads(1)
    assert alone.rows.tolist() == together.rows.tolist()
    assert alone.scores.tolist() == together.scores.tolist()


def test_questions_after_and_beside_each_other_do_not_meet() -> None:
    vectors = brute.spaces("clusters", 5, 60, 8)
    shape = geometry_of(vectors, neighbours=4, coordinates=3)
    kinds = [{"sum": False}, {"sum": True}, {"metric": "euclidean"}]
    asked = [(a, a + 7, kinds[a % 3]) for a in range(30)]

    def answer(engine: AnalogyEngine, question: tuple[int, int, dict[str, Any]]) -> list[Any]:
        a, b, how = question
        found = engine.pairs(a, b, Limits(k=20), **how)
        return [found.rows.tolist(), found.scores.tolist()]

    wanted = [answer(AnalogyEngine(vectors, geometry=shape), question) for question in asked]
    engine = AnalogyEngine(vectors, geometry=shape)
    pool.set_threads(2)
    try:
        assert [answer(engine, question) for question in asked] == wanted
        with pytest.raises(Cancelled):
            engine.pairs(0, 1, run=Run(cancelled=lambda: True))
        with ThreadPoolExecutor(4) as people:
            assert list(people.map(lambda it: answer(engine, it), asked)) == wanted
    finally:
        pool.set_threads(1)


def test_scores_of_given_pairs() -> None:
    vectors = some_space(20)
    x = vectors.astype(np.float64)
    c, d = np.array([3, 4, 5]), np.array([6, 7, 8])
    engine = AnalogyEngine(vectors)
    for sum in (False, True):
        lengths = np.linalg.norm(x[c] + x[d] if sum else x[c] - x[d], axis=1)
        for metric in ("cosine", "euclidean"):
            target = x[0] + x[1] if sum else x[0] - x[1]
            got = engine.target_scores(target, c, d, lengths, sum=sum, metric=metric)
            wanted = [
                brute.score(x, 0, 1, i, j, sum=sum, metric=metric)
                for i, j in zip(c, d, strict=True)
            ]
            np.testing.assert_allclose(got, wanted, atol=1e-12)
