"""The similarity engine against float64 brute force, on nasty small spaces and real ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gene_tui.engines.similarity import Similarity
from gene_tui.errors import Cancelled, NoAnswer

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
        engine(make("gaussian", 5000, 8, 0), "cosine").closest_pairs(5, cancelled=lambda: True)
