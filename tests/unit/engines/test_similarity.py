"""The similarity engine against float64 brute force, on nasty small spaces and real ones."""

from __future__ import annotations

from unittest import mock

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gene_tui.engines import similarity
from gene_tui.engines.similarity import Similarity
from gene_tui.errors import Cancelled, NoAnswer
from gene_tui.run import Run

from .nasty import Matrix, make, spaces

METRICS = ("cosine", "euclidean")
Scores = npt.NDArray[np.float64]


def engine(vectors: Matrix, metric: str) -> Similarity:
    return Similarity(vectors, np.linalg.norm(vectors.astype(float), axis=1), metric)


def brute(vectors: Matrix, query: Scores, metric: str) -> Scores:
    x = vectors.astype(np.float64)
    if metric == "euclidean":
        return -np.linalg.norm(x - query, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(x @ query / np.linalg.norm(x, axis=1) / np.linalg.norm(query))


def assert_same(
    found: Scores, rows: list[tuple[int, ...]], true: dict[tuple[int, ...], float], k: int
) -> None:
    """The reported scores are the k best of ``true``, and each belongs to its row."""
    usable = sorted((score for score in true.values() if np.isfinite(score)), reverse=True)
    assert len(rows) == min(k, len(usable))
    assert len(set(rows)) == len(rows)
    np.testing.assert_allclose(found, usable[: len(rows)], atol=1e-9)
    np.testing.assert_allclose(found, [true[row] for row in rows], atol=1e-9)


@settings(max_examples=150, deadline=None)
@given(spaces(), st.sampled_from(METRICS), st.integers(1, 70), st.data())
def test_nearest_equals_brute_force(
    vectors: Matrix, metric: str, k: int, data: st.DataObject
) -> None:
    gene = data.draw(st.integers(0, len(vectors) - 1))
    query = vectors[gene].astype(np.float64)
    if metric == "cosine" and not query.any():
        with pytest.raises(NoAnswer):
            engine(vectors, metric).nearest(query, k, exclude=np.array([gene]))
        return
    chosen = None
    if data.draw(st.booleans()):
        chosen = np.flatnonzero(np.arange(len(vectors)) % 3 != 1)
    found, population = engine(vectors, metric).nearest(
        query, k, exclude=np.array([gene]), candidates=chosen
    )
    scores = brute(vectors, query, metric)
    others = [r for r in range(len(vectors)) if r != gene]
    allowed = set(others if chosen is None else chosen.tolist()) - {gene}
    true = {(row,): float(scores[row]) for row in allowed}
    assert_same(found.scores, [tuple(r) for r in found.rows.tolist()], true, k)
    finite = scores[others][np.isfinite(scores[others])]
    if len(finite) > 1:
        assert population.mean == pytest.approx(finite.mean(), abs=2e-3)
        assert population.sd == pytest.approx(finite.std(), abs=2e-3)


@settings(max_examples=150, deadline=None)
@given(spaces(), st.sampled_from(METRICS), st.integers(1, 200), st.booleans())
def test_closest_pairs_equal_brute_force(
    vectors: Matrix, metric: str, k: int, limited: bool
) -> None:
    chosen = np.arange(0, len(vectors), 2) if limited else None
    found = engine(vectors, metric).closest_pairs(k, candidates=chosen)
    rows = range(len(vectors)) if chosen is None else chosen.tolist()
    true = {
        (i, j): float(brute(vectors, vectors[i].astype(np.float64), metric)[j])
        for i in rows
        for j in rows
        if i < j and (metric == "euclidean" or (vectors[i].any() and vectors[j].any()))
    }
    assert_same(found.scores, [tuple(r) for r in found.rows.tolist()], true, k)


@settings(max_examples=100, deadline=None)
@given(spaces(), st.sampled_from(METRICS), st.data())
def test_comparison_ranks_equal_brute_force(
    vectors: Matrix, metric: str, data: st.DataObject
) -> None:
    n = len(vectors)
    a, b = data.draw(st.lists(st.integers(0, n - 1), min_size=2, max_size=2, unique=True))
    if metric == "cosine" and not (vectors[a].any() and vectors[b].any()):
        with pytest.raises(NoAnswer):
            engine(vectors, metric).compare(a, b)
        return
    score, rank_ab, rank_ba = engine(vectors, metric).compare(a, b)
    for one, other, rank in ((a, b, rank_ab), (b, a, rank_ba)):
        scores = brute(vectors, vectors[one].astype(np.float64), metric)
        assert score == pytest.approx(scores[other], abs=1e-9)
        scores[one] = np.nan
        better = np.nansum(scores > scores[other] + 1e-9)
        ties = np.nansum(np.abs(scores - scores[other]) <= 1e-9)
        assert better + 1 <= rank <= better + ties


def test_many_tiles_and_two_threads_agree_with_one_product() -> None:
    vectors = make("clusters", 2600, 7, 3)
    unit = vectors.astype(float) / np.linalg.norm(vectors.astype(float), axis=1)[:, None]
    product = unit @ unit.T
    upper = product[np.triu_indices(len(unit), 1)]
    found = engine(vectors, "cosine").closest_pairs(40)
    np.testing.assert_allclose(found.scores, np.sort(upper)[::-1][:40], atol=1e-9)
    assert (found.rows[:, 0] < found.rows[:, 1]).all()


def test_equal_scores_come_in_row_order() -> None:
    vectors = make("all-equal", 30, 5, 1)
    found = engine(vectors, "cosine").closest_pairs(5)
    assert found.rows.tolist() == [[0, 1], [0, 2], [0, 3], [0, 4], [0, 5]]
    nearest, _ = engine(vectors, "euclidean").nearest(
        vectors[3].astype(float), 4, exclude=np.array([3])
    )
    assert nearest.rows.ravel().tolist() == [0, 1, 2, 4]


def test_no_score_above_one_and_no_minus_zero_distance() -> None:
    vectors = make("duplicates", 50, 9, 5)
    assert engine(vectors, "cosine").closest_pairs(100).scores.max() <= 1.0
    best = engine(vectors, "euclidean").closest_pairs(1).scores[0]
    assert best == 0.0 and not np.signbit(best)


def test_closest_pairs_can_be_stopped() -> None:
    with pytest.raises(Cancelled):
        engine(make("gaussian", 5000, 8, 0), "cosine").closest_pairs(
            5, run=Run(cancelled=lambda: True)
        )


@settings(max_examples=120, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(METRICS),
    st.integers(-30, 30),
    st.integers(1, 40),
    st.booleans(),
)
def test_scale_changes_nothing(seed: int, metric: str, scale: int, k: int, near: bool) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((40, 6))
    rows[7], rows[9] = rows[3], rows[3] * 1.25
    if near:  # a clump far from the origin, as near-duplicates are
        rows[20:30] = rows[20] + 1e-5 * rng.standard_normal((10, 6))
    vectors = (rows * 10.0**scale).astype(np.float32)
    query = vectors[3].astype(np.float64)
    found, population = engine(vectors, metric).nearest(query, k, exclude=np.array([3]))
    true = np.delete(brute(vectors, query, metric), 3)
    wanted = np.sort(true)[::-1][:k]
    largest = np.abs(true).max()
    np.testing.assert_allclose(found.scores, wanted, rtol=1e-9, atol=2e-12 * largest)
    assert population.mean == pytest.approx(true.mean(), rel=1e-4, abs=1e-4 * largest)
    pairs = engine(vectors, metric).closest_pairs(k)
    both = np.array([brute(vectors, row.astype(np.float64), metric) for row in vectors])
    best = np.sort(both[np.triu_indices(40, 1)])[::-1][:k]
    np.testing.assert_allclose(pairs.scores, best, rtol=1e-9, atol=4e-12 * np.abs(both).max())
    score, rank, _ = engine(vectors, metric).compare(3, 9)
    assert score == pytest.approx(both[3, 9], rel=1e-9, abs=1e-12 * largest)
    assert rank == 1 + int((true > both[3, 9] + 1e-9 * largest).sum())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(METRICS), st.integers(-30, 30))
def test_ties_do_not_depend_on_k(seed: int, metric: str, scale: int) -> None:
    rng = np.random.default_rng(seed)
    few = rng.integers(-1, 2, (60, 3)).astype(np.float32) * np.float32(10.0**scale)
    few[0] = np.float32(10.0**scale)
    query = few[0].astype(np.float64)
    every, _ = engine(few, metric).nearest(query, 59, exclude=np.array([0]))
    for k in (1, 2, 3, 7, 20, 40):
        some, _ = engine(few, metric).nearest(query, k, exclude=np.array([0]))
        assert some.rows.tolist() == every.rows[:k].tolist()
        np.testing.assert_allclose(some.scores, every.scores[:k], rtol=1e-12)
    pairs = engine(few, metric).closest_pairs(400)
    for k in (1, 5, 50):
        assert engine(few, metric).closest_pairs(k).rows.tolist() == pairs.rows[:k].tolist()


@settings(max_examples=150, deadline=None)
@given(spaces(), st.sampled_from(METRICS), st.data())
def test_back_ranks_equal_brute_force(vectors: Matrix, metric: str, data: st.DataObject) -> None:
    lengths = np.linalg.norm(vectors.astype(float), axis=1)
    usable = np.flatnonzero(lengths > 0) if metric == "cosine" else np.arange(len(vectors))
    if len(usable) < 2:
        return
    row = int(data.draw(st.sampled_from(usable.tolist())))
    hits = data.draw(st.permutations([hit for hit in usable.tolist() if hit != row]))
    at_once, cells = data.draw(st.sampled_from([(64, 1 << 21), (64, 1), (7, 30), (3, 100)]))
    with (
        mock.patch.object(similarity, "_BACK_HITS", at_once),
        mock.patch.object(similarity, "_BACK_CELLS", cells),
    ):
        ranks = engine(vectors, metric).back_ranks(row, np.array(hits, dtype=np.int64))
    longest = float(lengths.max()) if metric == "euclidean" else 1.0
    for hit, rank in zip(hits, ranks.tolist(), strict=True):
        scores = brute(vectors, vectors[hit].astype(np.float64), metric)
        others = np.delete(scores, [row, hit])
        others = others[np.isfinite(others)]
        slack = 3e-12 * longest
        assert 1 + (others > scores[row] + slack).sum() <= rank
        assert rank <= 1 + (others > scores[row] - slack).sum()


@settings(max_examples=150, deadline=None)
@given(spaces(2), st.sampled_from(METRICS), st.booleans())
def test_best_neighbours_equal_brute_force(vectors: Matrix, metric: str, limited: bool) -> None:
    n = len(vectors)
    candidates = np.arange(0, n, 2) if limited else None
    best = engine(vectors, metric).best_neighbours(np.arange(n)[::-1], candidates)[::-1]
    for row in range(n):
        query = vectors[row].astype(np.float64)
        if metric == "cosine" and not query.any():
            assert best[row] == -np.inf
            continue
        scores = brute(vectors, query, metric)
        scores[row] = -np.inf
        scores = scores if candidates is None else scores[candidates]
        scores = np.where(np.isnan(scores), -np.inf, scores)
        np.testing.assert_allclose(best[row], scores.max(initial=-np.inf), atol=1e-9)
