"""What is said of given answers equals where they stand in the whole answer, on nasty spaces."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gene_tui.arrays import Matrix
from gene_tui.engines.answers.engines import Engines
from gene_tui.engines.answers.given import judge
from gene_tui.engines.answers.question import Question
from gene_tui.errors import GeneTuiError, NoAnswer
from gene_tui.model.options import METRICS, Measure, Metric, Options
from gene_tui.model.query import Kind
from gene_tui.session import open_space
from gene_tui.spaces.space import Space, View
from tests.unit.engines.nasty import spaces


def engines_of(vectors: Matrix) -> Engines:
    """The engines of a space that keeps nothing."""
    n, d = vectors.shape
    kept = SimpleNamespace(get=lambda *_, **__: None, put=lambda _: False, state=lambda: ())
    space = SimpleNamespace(vectors=vectors, n=n, d=d, derived=kept, view=View(), name="few")
    return Engines(cast(Space, space))


def _ranks(scores: np.ndarray) -> list[int]:
    """Places in an order of falling scores; equal ones share the first."""
    rounded = np.round(scores, 12)
    return [1 + int((rounded > one).sum()) for one in rounded]


@settings(max_examples=80, deadline=None)
@given(
    spaces(6, 40),
    st.sampled_from(METRICS),
    st.sampled_from([Kind.NEAREST, Kind.ARITHMETIC, Kind.LIST, Kind.COMPLETE, Kind.CLOSEST]),
    st.sampled_from(["direction", "3cosadd", "3cosmul"]),
    st.data(),
)
def test_equals_the_whole_answer(
    vectors: Matrix, metric: Metric, kind: Kind, measure: Measure, data: st.DataObject
) -> None:
    n = len(vectors)
    genes = data.draw(st.lists(st.integers(0, n - 1), min_size=3, max_size=3, unique=True))
    slots: tuple[int | None, ...] = tuple(genes)
    weights: tuple[float, ...] = ()
    if kind is Kind.NEAREST:
        slots = (genes[0], None)
    elif kind is Kind.ARITHMETIC:
        weights = (1.0, -2.0, 0.5)
    elif kind is Kind.COMPLETE:
        place = data.draw(st.integers(0, 3))
        slots = (*slots[:place], None, *slots[place:])
    elif kind is Kind.CLOSEST:
        slots = (None, None)
    if kind is not Kind.COMPLETE or metric == "euclidean":
        measure = "direction"
    question = Question(kind, slots, weights)
    engines = engines_of(vectors)
    try:
        whole = engines.answer(question, Options(k=n * n, metric=metric, measure=measure)).found
    except GeneTuiError as error:
        if len(vectors) and kind is not Kind.CLOSEST:
            with pytest.raises(type(error)):
                judge(
                    engines,
                    question,
                    np.empty((0, 1), dtype=np.int64),
                    metric=metric,
                    measure=measure,
                )
        return
    found = judge(engines, question, whole.rows, metric=metric, measure=measure)
    scale = max(1.0, float(np.abs(whole.scores).max(initial=0.0)))
    np.testing.assert_allclose(found.scores, whole.scores, rtol=0, atol=1e-11 * scale)
    if kind is Kind.CLOSEST:
        assert found.ranks is None
    elif metric == "cosine":
        assert found.ranks is not None and found.ranks.tolist() == _ranks(whole.scores)
    elif found.ranks is not None:
        # Distances are told apart in proportion to the longest vector.
        assert (np.diff(found.ranks) >= 0).all() and set(found.ranks) <= set(range(1, n + 1))


@settings(max_examples=60, deadline=None)
@given(spaces(6, 20), st.sampled_from(METRICS), st.data())
def test_pairs_and_parallels_equal_the_whole_answer(
    vectors: Matrix, metric: Metric, data: st.DataObject
) -> None:
    a, b = data.draw(
        st.lists(st.integers(0, len(vectors) - 1), min_size=2, max_size=2, unique=True)
    )
    engines = engines_of(vectors)
    for kind, slots in (
        (Kind.PAIRS, (a, b, None, None)),
        (Kind.SUMS, (a, b, None, None)),
        (Kind.PARALLEL, (a, None, b, None)),
        (Kind.PARALLEL, (a, None, None, b)),
    ):
        question = Question(kind, slots)
        try:
            whole = engines.answer(question, Options(k=50, metric=metric)).found
        except NoAnswer:
            continue
        found = judge(engines, question, whole.rows, metric=metric)
        scale = max(1.0, float(np.abs(whole.scores).max(initial=0.0)))
        np.testing.assert_allclose(found.scores, whole.scores, rtol=0, atol=1e-11 * scale)
        assert found.ranks is None


def test_what_cannot_be_an_answer_has_no_score() -> None:
    vectors = np.array([[1, 0], [0, 1], [1, 1], [0, 0], [1, 0], [2, 1]], dtype=np.float32)
    engines = engines_of(vectors)
    rows = np.array([[3], [5]])
    found = judge(engines, Question(Kind.NEAREST, (0, None)), rows)
    assert np.isnan(found.scores).tolist() == [True, False]
    assert found.ranks is not None and found.ranks[1] == 2
    same = judge(engines, Question(Kind.PAIRS, (0, 1, None, None)), np.array([[0, 4], [2, 5]]))
    assert np.isnan(same.scores).tolist() == [True, False]


def test_pairs_are_as_rare_as_in_the_whole_answer() -> None:
    session = open_space()
    session.prepare()
    whole = session.query("PYGL : PYGM", k=20)
    question = Question.of_result(whole)
    rows = np.array([[gene.row for gene in hit.genes] for hit in whole.hits])
    found = judge(session.engines, question, rows)
    assert found.rarity is not None and found.notes == ()
    assert found.rarity.count.tolist() == [hit.rarity_count for hit in whole.hits]
    assert found.rarity.of.tolist() == [hit.rarity_of for hit in whole.hits]
    judged = session.query("PYGL : PYGM :: GYS2 : GYS1")
    told = judge(session.engines, Question.of_result(judged), np.empty((1, 0), dtype=np.int64))
    assert told.ranks is not None and told.ranks[0] == judged.hits[0].rank_ab
    assert told.scores[0] == judged.hits[0].score
