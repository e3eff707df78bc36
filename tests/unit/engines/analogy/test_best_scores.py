"""Many questions at once: the best score of each, as one by one."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gene_tui.engines import pool
from gene_tui.engines.analogy.engine import AnalogyEngine, Limits
from gene_tui.errors import Cancelled, NoAnswer
from gene_tui.run import Run
from gene_tui.spaces.derive import geometry_of
from tests.unit.engines.analogy import brute


@settings(max_examples=int(os.environ.get("GENE_TUI_TRIES", "150")), deadline=None)
@given(
    kind=st.sampled_from(brute.KINDS),
    seed=st.integers(0, 10**6),
    n=st.integers(4, 40),
    d=st.integers(1, 12),
    shaped=st.booleans(),
    part=st.booleans(),
)
def test_as_one_by_one(kind, seed, n, d, shaped, part) -> None:
    vectors = brute.spaces(kind, seed, n, d)
    random = np.random.default_rng(seed)
    candidates = np.flatnonzero(random.random(n) < 0.7) if part else None
    engine = AnalogyEngine(vectors, geometry=geometry_of(vectors) if shaped else None)
    questions = np.array([random.choice(n, 3, replace=False) for _ in range(6)])
    limits = Limits(1, candidates=candidates)

    def one(question) -> float:
        try:
            found = question()
        except NoAnswer:
            return -np.inf
        return found.scores[0] if len(found.scores) else -np.inf

    for metric in ("cosine", "euclidean"):
        pairs = [
            one(lambda a=a, b=b, m=metric: engine.pairs(a, b, limits, metric=m))
            for a, b, _ in questions.tolist()
        ]
        several = engine.best_pair_scores(questions[:, :2], limits, metric=metric)
        size = max(1.0, float(np.abs(several[np.isfinite(several)]).max(initial=0.0)))
        np.testing.assert_allclose(several, pairs, rtol=0, atol=1e-11 * size)
    completions = [
        one(lambda a=a, b=b, c=c: engine.complete((a, b, c, None), limits))
        for a, b, c in questions.tolist()
    ]
    several = engine.best_completion_scores(questions, candidates)
    np.testing.assert_allclose(several, completions, rtol=0, atol=1e-11)


def test_they_stop_when_told() -> None:
    engine = AnalogyEngine(brute.spaces("plain", 1, 30, 4))
    run = Run(lambda _: None, lambda: True)
    with pytest.raises(Cancelled):
        engine.best_pair_scores(np.array([[0, 1], [2, 3]]), Limits(1), run=run)
    with pytest.raises(Cancelled):
        engine.best_completion_scores(np.array([[0, 1, 2]]), run=run)


def test_blocks_inside_a_block_take_no_further_threads() -> None:
    def name(_: int) -> str:
        return threading.current_thread().name

    def outer(_: int) -> set[str]:
        return set(pool.run_blocks(name, range(4)))

    pool.set_threads(2)
    try:
        inner = list(pool.run_blocks(outer, range(4)))
    finally:
        pool.set_threads(None)
    assert all(len(names) == 1 for names in inner)
