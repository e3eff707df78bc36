"""Answers to lists against float64 brute force, on nasty small spaces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gene_tui.arrays import Floats, Matrix
from gene_tui.engines.answers.gene_list import ListAnswers
from gene_tui.engines.similarity import Similarity
from gene_tui.errors import NoAnswer
from gene_tui.lists.coherence import RANDOM_LISTS, SEED, as_vector, random_coherences
from gene_tui.lists.groups import groups
from gene_tui.model.options import METRICS, Metric, Options
from gene_tui.run import QUIET
from tests.unit.engines.nasty import make, spaces


def _cosine(x: Floats, y: Floats) -> float:
    """NaN where one of the two is zero, or nothing but rounding."""
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / size if size > 0 else np.nan


def _units(vectors: Matrix) -> Floats:
    x = vectors.astype(np.float64)
    lengths = np.linalg.norm(x, axis=1)
    return np.asarray(x / np.where(lengths > 0, lengths, 1.0)[:, None])


@settings(max_examples=60, deadline=None)
@given(spaces(), st.sampled_from(METRICS), st.integers(1, 70), st.data())
def test_equals_brute_force(vectors: Matrix, metric: Metric, k: int, data: st.DataObject) -> None:
    n = len(vectors)
    members = np.array(
        data.draw(st.lists(st.integers(0, n - 1), min_size=2, max_size=n, unique=True))
    )
    x, units = vectors.astype(np.float64), _units(vectors)
    norms = np.linalg.norm(x, axis=1)
    terms = units if metric == "cosine" else x
    total = terms[members].sum(axis=0)
    size = np.linalg.norm(terms[members], axis=1).sum()
    lists = ListAnswers(vectors, norms)
    engine = Similarity(vectors, norms, metric)
    if metric == "cosine" and np.linalg.norm(total) <= 1e-12 * size:
        with pytest.raises(NoAnswer):
            lists.answer(engine, members, Options(k=k, metric=metric), None, QUIET)
        return
    answer, _ = lists.answer(engine, members, Options(k=k, metric=metric), None, QUIET)
    listed = answer.membership
    assert listed is not None and listed.rows.tolist() == members.tolist()

    others = np.setdiff1d(np.arange(n), members)
    if metric == "cosine":
        scores = {r: _cosine(x[r], total) for r in others if norms[r] > 0}
    else:
        scores = {r: -float(np.linalg.norm(x[r] - total / len(members))) for r in others}
    rows = answer.found.rows[:, 0].tolist()
    assert len(set(rows)) == len(rows) == min(k, len(scores))
    best = sorted(scores.values(), reverse=True)[: len(rows)]
    np.testing.assert_allclose(answer.found.scores, best, atol=1e-9)
    np.testing.assert_allclose(answer.found.scores, [scores[r] for r in rows], atol=1e-9)

    for row, fit in zip(members, listed.fits, strict=True):
        rest = terms[members].sum(axis=0) - terms[row]
        if norms[row] == 0 or np.linalg.norm(rest) <= 1e-12 * size:
            assert np.isnan(fit)
        elif np.linalg.norm(rest) > 1e-6 * size:
            assert fit == pytest.approx(_cosine(x[row], rest), abs=1e-8)
    directed = members[norms[members] > 0]
    if len(directed) < 2:
        assert listed.coherence is None and listed.z is None
    else:
        pairs = units[directed] @ units[directed].T
        upper = pairs[np.triu_indices(len(directed), 1)]
        assert listed.coherence == pytest.approx(upper.mean(), abs=1e-9)
    fits = np.round(listed.fits[np.isfinite(listed.fits)], 12)
    if answer.beats is not None:
        for row, beats in zip(rows, answer.beats, strict=True):
            cosine = 0.0 if norms[row] == 0 else _cosine(x[row], total)
            near = np.abs(fits - cosine) < 1e-9  # rounding may put these on either side
            assert (
                (fits[~near] <= cosine).mean() * (~near).sum() <= beats * len(fits) + 1e-9
                if (~near).any()
                else True
            )
            assert beats * len(fits) <= (fits <= cosine + 1e-9).sum() + 1e-9


@pytest.mark.parametrize("share", [0.05, 0.5], ids=["row by row", "one product"])
def test_random_lists_are_measured_as_lists_are(share: float) -> None:
    vectors = make("clusters", 120, 6, 1)
    vectors[[3, 50]] = 0
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    size = round(share * len(vectors))
    found = random_coherences(vectors, norms, size)
    genes = np.flatnonzero(norms)
    rng = np.random.default_rng(SEED)
    units = _units(vectors)
    assert len(found) == RANDOM_LISTS
    for coherence in found[:50]:
        rows = genes[rng.choice(len(genes), size, replace=False)]
        pairs = units[rows] @ units[rows].T
        assert coherence == pytest.approx(pairs[np.triu_indices(size, 1)].mean(), abs=1e-12)


def test_alike_genes_are_no_surprise() -> None:
    vectors = make("all-equal", 30, 4, 1)
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    for members in ([0, 1], [*range(20)], [*range(30)]):
        engine = Similarity(vectors, norms, "cosine")
        answer, _ = ListAnswers(vectors, norms).answer(
            engine, np.array(members), Options(), None, QUIET
        )
        listed = answer.membership
        assert listed is not None
        assert listed.coherence == pytest.approx(1)
        assert listed.z is None
        assert np.allclose(listed.fits, 1)
        assert answer.beats is None or (answer.beats == 1).all()
        assert len(answer.found.rows) == min(10, 30 - len(members))


def test_a_list_as_a_vector_is_as_long_as_its_members() -> None:
    vectors = make("gaussian", 12, 5, 3)
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    members = np.array([2, 5, 7])
    by_cosine = as_vector(vectors, norms, members, "cosine")
    assert np.linalg.norm(by_cosine) == pytest.approx(norms[members].mean())
    assert _cosine(by_cosine, _units(vectors)[members].mean(axis=0)) == pytest.approx(1)
    by_distance = as_vector(vectors, norms, members, "euclidean")
    np.testing.assert_allclose(by_distance, vectors[members].astype(np.float64).mean(axis=0))
    opposite = np.array([[1, 2], [-1, -2]], dtype=np.float32)
    lengths = np.linalg.norm(opposite.astype(np.float64), axis=1)
    assert not as_vector(opposite, lengths, np.array([0, 1]), "cosine").any()


@settings(max_examples=100, deadline=None)
@given(spaces(), st.floats(-0.9, 0.9))
def test_groups_equal_those_of_joining_the_closest_first(vectors: Matrix, cut: float) -> None:
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    units = _units(vectors)
    rows = [row for row in range(len(vectors)) if norms[row] > 0]

    def mean(one: list[int], other: list[int]) -> float:
        return float((units[one] @ units[other].T).mean())

    found = groups(vectors, norms, np.arange(len(vectors)), cut)
    assert sorted(row for group in found for row in group.tolist()) == rows
    clusters = [[row] for row in rows]
    heights = []
    ties = False
    while len(clusters) > 1:
        pairs = [
            (mean(a, b), i, j) for i, a in enumerate(clusters) for j, b in enumerate(clusters[:i])
        ]
        best = max(pairs)
        ties |= sorted(pairs)[-2][0] > best[0] - 1e-9 if len(pairs) > 1 else False
        heights.append(best[0])
        if best[0] < cut:
            break
        merged = clusters.pop(best[1])  # the later of the two
        clusters[best[2]] += merged
    if ties or any(abs(height - cut) < 1e-9 for height in heights):
        return  # either order of equals is right
    assert sorted(map(sorted, (group.tolist() for group in found))) == sorted(map(sorted, clusters))


def test_two_families_are_two_groups() -> None:
    vectors = make("gaussian", 300, 40, 5)
    vectors[:4] = vectors[0] + 0.2 * vectors[:4]
    vectors[4:9] = vectors[4] + 0.2 * vectors[4:9]
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    engine = Similarity(vectors, norms, "cosine")
    lists = ListAnswers(vectors, norms)
    answer, _ = lists.answer(engine, np.arange(10), Options(), None, QUIET)
    listed = answer.membership
    assert listed is not None and listed.cut is not None
    assert [group.tolist() for group in listed.groups] == [[4, 5, 6, 7, 8], [0, 1, 2, 3]]
    answer, _ = lists.answer(engine, np.arange(5), Options(), None, QUIET)
    assert answer.membership is not None and answer.membership.groups == ()


def test_random_lists_are_the_same_however_many_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = make("gaussian", 90, 6, 2)
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    whole = random_coherences(vectors, norms, 40)
    monkeypatch.setattr("gene_tui.lists.coherence._HELD", 90 * 7)
    np.testing.assert_allclose(random_coherences(vectors, norms, 40), whole, atol=1e-12)
