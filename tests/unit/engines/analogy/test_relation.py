"""Relations by example, against brute force on small spaces of every nasty kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gene_tui.engines.analogy.engine import AnalogyEngine, Limits
from gene_tui.engines.analogy.relation import Relation, RelationEngine
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.spaces.derive import geometry_of
from tests.unit.engines.analogy import brute

pytestmark = pytest.mark.usefixtures("small_pieces", "both_searches")

SETTINGS = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
#: Sums of the reference are in another order than the engine's.
CLOSE = 1e-9


def drawn(n: int, count: int, seed: int) -> np.ndarray:
    """Different example pairs, which may share genes."""
    random = np.random.default_rng(seed)
    pairs = {tuple(random.choice(n, 2, replace=False).tolist()) for _ in range(count)}
    return np.array(sorted(pairs))


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.clip(one @ other / size, -1, 1)) if size else -np.inf


def target_of(x: np.ndarray, examples: np.ndarray) -> np.ndarray:
    offsets = [x[a] - x[b] for a, b in examples.tolist()]
    return np.mean([offset / np.linalg.norm(offset) for offset in offsets], axis=0)


def related(vectors: np.ndarray, examples: np.ndarray, shape: int):
    """Engine and relation, or None where there is no relation (and the engine says so)."""
    geometry = geometry_of(vectors, neighbours=4, coordinates=3) if shape else None
    engine = RelationEngine(AnalogyEngine(vectors, geometry=geometry).ground)
    x, _ = brute.rows_and_unit(vectors)
    alike = [a for a, b in examples.tolist() if not (x[a] - x[b]).any()]
    if alike:
        with pytest.raises(NoAnswer, match="identical"):
            Relation.of(engine.ground, examples)
        return None
    length = np.linalg.norm(target_of(x, examples))
    if length < 1e-14:
        with pytest.raises(NoAnswer, match="cancel"):
            Relation.of(engine.ground, examples)
        return None
    assume(length > 1e-6)  # between the two, rounding decides
    return engine, Relation.of(engine.ground, examples), x


asked = given(
    kind=st.sampled_from(brute.KINDS),
    seed=st.integers(0, 10**6),
    n=st.integers(4, 30),
    d=st.integers(1, 12),
    count=st.integers(1, 5),
    shape=st.integers(0, 1),
    k=st.sampled_from([1, 3, 10, 2000]),
    cap=st.sampled_from([None, None, 0.5]),
    part=st.booleans(),
)


@SETTINGS
@asked
def test_pairs_equal_brute_force(kind, seed, n, d, count, shape, k, cap, part) -> None:
    vectors = brute.spaces(kind, seed, n, d)
    examples = drawn(n, count, seed)
    found = related(vectors, examples, shape)
    if found is None:
        return
    engine, relation, x = found
    candidates = np.flatnonzero(np.random.default_rng(seed).random(n) < 0.7) if part else None
    target = target_of(x, examples)
    rows = range(n) if candidates is None else candidates.tolist()
    hits = []
    for c in rows:
        for e in rows:
            if c == e or {c, e} & set(examples.ravel().tolist()):
                continue
            if cap is not None and (
                any(allowed(x, a, c) > cap for a in examples[:, 0])
                or any(allowed(x, b, e) > cap for b in examples[:, 1])
            ):
                continue
            score = cosine(target, x[c] - x[e])
            if np.isfinite(score):
                hits.append(((c, e), score))
    answer = engine.pairs(relation, Limits(k, cap, candidates=candidates))
    brute.agree(answer.rows, answer.scores, brute.ranked(hits, k), hits)


def allowed(x: np.ndarray, one: int, other: int) -> float:
    """The cosine a cap looks at: 0 where a vector is zero."""
    value = cosine(x[one], x[other])
    return round(value, 12) if np.isfinite(value) else 0.0


@SETTINGS
@asked
def test_completions_equal_brute_force(kind, seed, n, d, count, shape, k, cap, part) -> None:
    vectors = brute.spaces(kind, seed, n, d)
    examples = drawn(n, count, seed)
    found = related(vectors, examples, shape)
    if found is None:
        return
    engine, relation, x = found
    known = np.random.default_rng(seed + 1).integers(n)
    taken = set(examples.ravel().tolist())
    if known in taken:
        with pytest.raises(NoAnswer, match="twice"):
            engine.complete(relation, int(known), Limits(k))
        return
    candidates = np.flatnonzero(np.random.default_rng(seed).random(n) < 0.7) if part else None
    rows = range(n) if candidates is None else candidates.tolist()
    for turned in (False, True):
        own, sides = (relation.turned, examples[:, ::-1]) if turned else (relation, examples)
        near = [e for e in rows if e not in taken and e != known]
        if cap is not None and any(allowed(x, a, known) > cap for a in sides[:, 0]):
            near = []
        if cap is not None:
            near = [e for e in near if all(allowed(x, b, e) <= cap for b in sides[:, 1])]
        target = target_of(x, sides)
        scored = {(e,): cosine(target, x[known] - x[e]) for e in near}
        hits = [(key, score) for key, score in scored.items() if np.isfinite(score)]
        limits = Limits(k, cap, candidates=candidates)
        answer = engine.complete(own, int(known), limits)
        brute.agree(answer.rows, answer.scores, brute.ranked(hits, k), hits)
        for (e,), score in hits[:3]:
            c, last = (e, known) if turned else (known, e)
            judged = engine.judge(relation, int(c), int(last))
            assert judged.score == pytest.approx(score, abs=CLOSE)


@SETTINGS
@given(
    kind=st.sampled_from(brute.KINDS),
    seed=st.integers(0, 10**6),
    n=st.integers(4, 30),
    d=st.integers(1, 12),
    count=st.integers(1, 5),
    k=st.sampled_from([1, 3, 10, 2000]),
)
def test_averages_equal_brute_force(kind, seed, n, d, count, k) -> None:
    """3CosAdd with means; and the rank of D among all completions."""
    vectors = brute.spaces(kind, seed, n, d)
    examples = drawn(n, count, seed)
    found = related(vectors, examples, 0)
    if found is None:
        return
    engine, relation, x = found
    known = int(np.random.default_rng(seed + 1).integers(n))
    taken = {*examples.ravel().tolist()}
    if known in taken:
        return
    lengths = np.linalg.norm(x, axis=1)
    if not lengths[[known, *taken]].all():
        with pytest.raises(NoAnswer, match="zeros"):
            engine.complete(relation, known, Limits(k), measure="3cosadd")
        return
    unit = x / np.where(lengths > 0, lengths, 1)[:, None]
    wanted = unit[known] - unit[examples[:, 0]].mean(axis=0) + unit[examples[:, 1]].mean(axis=0)
    assume(np.linalg.norm(wanted) > 1e-6)
    hits = [
        ((e,), cosine(wanted, unit[e]))
        for e in range(n)
        if e not in taken and (x[e] != x[known]).any() and lengths[e]
    ]
    answer = engine.complete(relation, known, Limits(k), measure="3cosadd")
    brute.agree(answer.rows, answer.scores, brute.ranked(hits, k), hits)
    for (e,), score in hits[:3]:
        judged = engine.judge(relation, known, e, measure="3cosadd")
        assert judged.score == pytest.approx(score, abs=CLOSE)
        better = sum(other > score + CLOSE for _, other in hits)
        maybe = sum(other >= score - CLOSE for _, other in hits)
        assert better + 1 <= judged.rank <= maybe
        assert judged.of == len(hits)


def test_one_example_is_the_plain_question() -> None:
    vectors = brute.spaces("plain", 3, 40, 6)
    engine = AnalogyEngine(vectors)
    relations = RelationEngine(engine.ground)
    relation = Relation.of(engine.ground, np.array([[3, 7]]))
    plain, related_ = engine.pairs(3, 7, Limits(10)), relations.pairs(relation, Limits(10))
    assert (plain.rows == related_.rows).all()
    assert plain.scores == pytest.approx(related_.scores, abs=CLOSE)
    one = relations.complete(relation, 5, Limits(10), measure="3cosadd")
    other = engine.complete((3, 7, 5, None), Limits(10), measure="3cosadd")
    assert (one.rows == other.rows).all()


def test_only_some_rows_are_scored_alike() -> None:
    vectors = brute.spaces("plain", 3, 40, 6)
    relations = RelationEngine(AnalogyEngine(vectors).ground)
    relation = Relation.of(relations.ground, np.array([[3, 7], [1, 2]]))
    rows = np.array([1, 4, 7, 9, 30])
    for measure in ("direction", "3cosadd"):
        everything = relations.scores(relation, 5, measure=measure)
        some = relations.scores(relation, 5, rows, measure=measure)
        assert some == pytest.approx(everything[rows], abs=CLOSE)


def test_a_product_of_similarities_is_refused() -> None:
    relations = RelationEngine(AnalogyEngine(brute.spaces("plain", 3, 40, 6)).ground)
    relation = Relation.of(relations.ground, np.array([[3, 7], [1, 2]]))
    with pytest.raises(UsageError, match="several"):
        relations.complete(relation, 5, Limits(10), measure="3cosmul")
