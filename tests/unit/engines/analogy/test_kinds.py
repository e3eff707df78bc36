"""Completions, judgements, parallel offsets, analogies around one gene and all, by brute force."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gene_tui.engines.analogy import containing as containing_search
from gene_tui.engines.analogy import parallel as parallel_search
from gene_tui.engines.analogy import whole_space
from gene_tui.engines.analogy.engine import AnalogyEngine, Limits
from gene_tui.engines.analogy.whole_space import best_of_all
from gene_tui.engines.found import Found
from gene_tui.errors import Cancelled, NoAnswer, UsageError
from gene_tui.evaluate.ranking import ranks
from gene_tui.evaluate.scores import METHODS, scores
from gene_tui.run import Progress, Run
from gene_tui.spaces.derive import geometry_of
from tests.unit.engines.analogy import brute

pytestmark = pytest.mark.usefixtures("small_pieces")

SPACES = {
    "kind": st.sampled_from(brute.KINDS),
    "seed": st.integers(0, 10**6),
    "d": st.integers(1, 10),
    "k": st.sampled_from([1, 3, 10, 5000]),
    "cap": st.sampled_from([None, None, 0.8, 0.3]),
    "part": st.booleans(),
}


@pytest.fixture(autouse=True, scope="module")
def _small_pieces() -> Iterator[None]:
    """As ``small_pieces``, of the other searches."""
    with pytest.MonkeyPatch.context() as patch:
        sizes = {"_LEFT": 5, "_RIGHT": 7, "_FIRST": 2, "_SEEDS": 1, "_MANY": 0.3, "PART": 11}
        for name, size in sizes.items():
            patch.setattr(parallel_search, name, size)
        patch.setattr(containing_search, "_SEEDS", 1)
        patch.setattr(containing_search, "_BLOCK", 3)
        yield


def engine_of(vectors: np.ndarray, seed: int) -> AnalogyEngine:
    """With no geometry, a coarse one, or a full one."""
    sizes = (None, (1, 2), (4, 3), (16, 64))[seed % 4]
    if sizes is None:
        return AnalogyEngine(vectors)
    shape = geometry_of(vectors, neighbours=sizes[0], coordinates=sizes[1])
    return AnalogyEngine(vectors, geometry=shape)


def some_rows(n: int, seed: int, part: bool) -> tuple[np.ndarray | None, list[int]]:
    if not part:
        return None, list(range(n))
    rows = np.flatnonzero(np.random.default_rng(seed).random(n) < 0.7)
    return rows, rows.tolist()


def all_hits(x, places, slots, genes, *, metric: str, cap: float | None) -> list[brute.Hit]:
    """Every way to fill the unknown places with different genes."""
    known = {row for row in places if row is not None}
    hits = []
    for filling in permutations([gene for gene in genes if gene not in known], len(slots)):
        a, b, c, d = (
            filling[slots.index(place)] if row is None else row for place, row in enumerate(places)
        )
        if cap is not None and max(brute.cosine(x, a, c), brute.cosine(x, b, d)) > cap:
            continue
        hits.append((filling, brute.score(x, a, b, c, d, sum=False, metric=metric)))
    return hits


@settings(max_examples=150, deadline=None)
@given(
    **SPACES,
    n=st.integers(4, 30),
    shape=st.sampled_from([(0, 2), (1, 3), (0, 3), (1, 2)]),
    metric=st.sampled_from(["cosine", "euclidean"]),
)
def test_parallel_equals_brute_force(kind, seed, n, d, k, cap, part, shape, metric) -> None:
    vectors = brute.spaces(kind, seed, n, d)
    rows = np.random.default_rng(seed).choice(n, 2, replace=False).tolist()
    places = [None] * 4
    for place, row in zip(shape, rows, strict=True):
        places[place] = row
    candidates, genes = some_rows(n, seed, part)
    x, unit = brute.rows_and_unit(vectors)
    limits = Limits(k=k, cap=cap, candidates=candidates)
    found = engine_of(vectors, seed).parallel(tuple(places), limits, metric=metric)
    slots = [place for place in range(4) if place not in shape]
    hits = all_hits(x, places, slots, genes, metric=metric, cap=cap)
    scores = found.scores / unit if metric == "euclidean" else found.scores
    brute.agree(found.rows, scores, brute.ranked(hits, k), hits)


@settings(max_examples=150, deadline=None)
@given(**SPACES, n=st.integers(4, 13), place=st.integers(0, 3))
def test_containing_equals_brute_force(kind, seed, n, d, k, cap, part, place) -> None:
    vectors = brute.spaces(kind, seed, n, d)
    places: list[int | None] = [None] * 4
    places[place] = seed % n
    candidates, genes = some_rows(n, seed, part)
    x, _ = brute.rows_and_unit(vectors)
    limits = Limits(k=k, cap=cap, candidates=candidates)
    found = engine_of(vectors, seed).containing(tuple(places), limits)
    slots = [slot for slot in range(4) if slot != place]
    hits = all_hits(x, places, slots, genes, metric="cosine", cap=cap)
    brute.agree(found.rows, found.scores, brute.ranked(hits, k), hits)


@settings(max_examples=200, deadline=None)
@given(
    **SPACES,
    n=st.integers(4, 40),
    place=st.integers(0, 3),
    measure=st.sampled_from(["direction", "euclidean", "3cosadd", "3cosmul"]),
)
def test_completions_equal_brute_force(kind, seed, n, d, k, cap, part, place, measure) -> None:
    vectors = brute.spaces(kind, seed, n, d)
    rows = np.random.default_rng(seed).choice(n, 3, replace=False).tolist()
    places: list[int | None] = [*rows]
    places.insert(place, None)
    candidates, genes = some_rows(n, seed, part)
    x, unit = brute.rows_and_unit(vectors)
    metric = "euclidean" if measure == "euclidean" else "cosine"
    engine = engine_of(vectors, 0)
    options = {"measure": "direction" if metric == "euclidean" else measure, "metric": metric}
    limits = Limits(k=k, cap=cap, candidates=candidates)
    a, b, c, _ = turned(places, 0)
    if (x[a] == x[b]).all() or (
        measure.startswith("3") and not all(x[row].any() for row in (a, b, c))
    ):
        with pytest.raises(NoAnswer):
            engine.complete(tuple(places), limits, **options)
        return
    hits = [((g,), completion(x, places, g, measure, cap)) for g in genes if g not in rows]
    found = engine.complete(tuple(places), limits, **options)
    scores = found.scores / unit if metric == "euclidean" else found.scores
    brute.agree(found.rows, scores, brute.ranked(hits, k), hits)
    if cap is None and not part and len(found.rows):
        best = int(found.rows[-1, 0])
        judged = engine.judge(*(best if row is None else row for row in places), **options)
        if place == 3:
            assert judged.rank == len(found.rows)
        assert abs(judged.score - found.scores[-1]) <= 1e-11 * max(1.0, abs(judged.score)) or (
            place != 3 and measure.startswith("3")
        )


def turned(places, g: int) -> tuple[int, int, int, int]:
    """The same analogy told so that the unknown is D."""
    full = [g if row is None else row for row in places]
    turns = {3: (0, 1, 2, 3), 2: (1, 0, 3, 2), 1: (2, 3, 0, 1), 0: (3, 2, 1, 0)}
    return tuple(full[place] for place in turns[places.index(None)])


def completion(x, places, g: int, measure: str, cap: float | None) -> float:
    """Score of one gene in the unknown place; -inf if it is no hit."""
    a, b, c, d = turned(places, g)
    if cap is not None and max(brute.cosine(x, a, c), brute.cosine(x, b, d)) > cap:
        return -np.inf
    if not measure.startswith("3"):
        metric = "euclidean" if measure == "euclidean" else "cosine"
        return brute.score(x, a, b, c, d, sum=False, metric=metric)
    if (x[c] == x[d]).all() or not x[d].any():
        return -np.inf
    ua, ub, uc, ud = (x[row] / np.linalg.norm(x[row]) for row in (a, b, c, d))
    if measure == "3cosadd":
        wanted = ub - ua + uc
        return float(np.clip(wanted @ ud / np.linalg.norm(wanted), -1, 1))
    near = [(np.clip(ud @ u, -1, 1) + 1) / 2 for u in (ua, ub, uc)]
    return float(near[1] * near[2] / (near[0] + 0.001))


def test_twins_are_hits_when_only_distances_matter() -> None:
    """−|(A − B) − (C − D)| with B and D identical needs no direction of B − D."""
    vectors = brute.spaces("plain", 223, 20, 3)
    vectors[11] = vectors[17]
    vectors[1] = vectors[0] + np.float32(1e-3)
    found = engine_of(vectors, 3).parallel((0, None, 1, None), Limits(k=2), metric="euclidean")
    assert found.rows.tolist() == [[11, 17], [17, 11]]


def test_judging_counts_all_better_completions() -> None:
    vectors = brute.spaces("plain", 3, 30, 6)
    engine, x = AnalogyEngine(vectors), vectors.astype(np.float64)
    judged = engine.judge(1, 2, 3, 4)
    scores = {
        d: brute.score(x, 1, 2, 3, d, sum=False, metric="cosine")
        for d in range(30)
        if d not in (1, 2, 3)
    }
    assert judged.rank == 1 + sum(score > scores[4] for score in scores.values())
    assert judged.of == 27
    assert judged.score == pytest.approx(scores[4], abs=1e-12)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_a_pair_without_direction_cannot_be_judged(metric: str) -> None:
    vectors = brute.spaces("plain", 3, 9, 4)
    vectors[5] = vectors[4]
    with pytest.raises(NoAnswer, match="identical"):
        AnalogyEngine(vectors).judge(1, 2, 4, 5, metric=metric)
    with pytest.raises(NoAnswer, match="stands twice"):
        AnalogyEngine(vectors).judge(1, 2, 1, 5, metric=metric)


def test_nothing_is_near_what_cancels_out_but_for_rounding() -> None:
    """Of length 1 the first is the sum of the next two; a rounding error points anywhere."""
    rows = [[15, -5, -10], [1, 2, -3], [14, -21, 7], [1, 0, 0], [1, 2, 3]]
    vectors = np.array(rows, dtype=np.float32)
    first = vectors[:3].astype(np.float64)
    a, b, c = first / np.linalg.norm(first, axis=1)[:, None]
    assert 0 < np.linalg.norm(b - a + c) < 1e-15
    with pytest.raises(NoAnswer, match="zero, so nothing is near it"):
        AnalogyEngine(vectors).complete((0, 1, 2, None), measure="3cosadd")
    question = np.array([[0, 1, 2, 3]])
    assert scores("3cosadd", vectors, question, np.array([3])).tolist() == [-np.inf]
    assert ranks(vectors, question)[METHODS.index("3cosadd")].tolist() == [0]


def test_measures_of_cosines_refuse_distances() -> None:
    with pytest.raises(UsageError, match="3cosadd"):
        engine_of(brute.spaces("plain", 3, 9, 4), 0).complete(
            (0, 1, 2, None), measure="3cosadd", metric="euclidean"
        )


def test_containing_tells_its_best_so_far_and_stops() -> None:
    vectors = brute.spaces("plain", 4, 60, 5)
    engine = engine_of(vectors, 3)
    heard: list[Found] = []
    whole = engine.containing(
        (0, None, None, None), Limits(k=5, cap=0.8), run=Run(found=heard.append)
    )
    assert heard and not heard[0].complete and len(heard[0].rows) == 5
    assert heard[-1].scores[-1] <= whole.scores[-1]
    assert whole.complete and whole.exact

    def stop() -> bool:
        return len(heard) > 1

    heard.clear()
    part = engine.containing(
        (0, None, None, None),
        Limits(k=5, cap=0.8),
        partial=True,
        run=Run(cancelled=stop, found=lambda hits: heard.extend([hits, hits])),
    )
    assert not part.complete and not part.exact and len(part.rows) == 5
    assert "stopped early" in part.notes[0]
    with pytest.raises(Cancelled):
        engine.containing((0, None, None, None), Limits(k=5), run=Run(cancelled=lambda: True))


def test_containing_tells_what_it_takes_before_it_is_done() -> None:
    engine = engine_of(brute.spaces("plain", 4, 200, 5), 3)
    told: list[Progress] = []
    engine.containing((0, None, None, None), Limits(k=5), run=Run(told.append))
    assert re.fullmatch(r"analogies, \d+ MB", told[0].stage)
    # Blocks of three rows, of which five tell the time.
    timed = next(one for one in told if re.fullmatch(r"analogies, \d+ s, \d+ MB", one.stage))
    assert timed.done < 20 and told[-1].done == told[-1].total == 400


def test_at_most_one_hit_per_gene_around_one_gene() -> None:
    vectors = brute.spaces("clusters", 4, 14, 6)
    x = vectors.astype(np.float64)
    found = engine_of(vectors, 3).containing(
        (2, None, None, None), Limits(k=4, cap=0.9, per_gene=1)
    )
    hits = all_hits(x, (2, None, None, None), [1, 2, 3], range(14), metric="cosine", cap=0.9)
    brute.agree(found.rows, found.scores, brute.ranked(hits, 4, per_gene=1), hits)


def told_once(x, genes, cap: float | None) -> list[brute.Hit]:
    """Every analogy of some genes, with its lowest row as A."""
    return [
        (rows, brute.score(x, *rows, sum=False, metric="cosine"))
        for rows in permutations(genes, 4)
        if rows[0] == min(rows)
        and (
            cap is None
            or max(brute.cosine(x, rows[0], rows[2]), brute.cosine(x, rows[1], rows[3])) <= cap
        )
    ]


@settings(max_examples=100, deadline=None)
@given(**SPACES, n=st.integers(4, 10))
def test_the_whole_space_equals_brute_force(kind, seed, n, d, k, cap, part) -> None:
    vectors = brute.spaces(kind, seed, n, d)
    candidates, genes = some_rows(n, seed, part)
    x, _ = brute.rows_and_unit(vectors)
    found = best_of_all(engine_of(vectors, seed), Limits(k=k, cap=cap, candidates=candidates))
    hits = told_once(x, genes, cap)
    brute.agree(found.rows, found.scores, brute.ranked(hits, k), hits)
    assert found.exact and found.complete


def test_the_whole_space_with_a_limit_per_gene() -> None:
    vectors = brute.spaces("clusters", 9, 11, 4)
    found = best_of_all(engine_of(vectors, 3), Limits(k=5, cap=0.9, per_gene=2))
    hits = told_once(vectors.astype(np.float64), range(11), 0.9)
    brute.agree(found.rows, found.scores, brute.ranked(hits, 5, per_gene=2), hits)


def test_the_whole_space_tells_its_best_so_far_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_space, "_PAUSE", 0.0)
    engine = engine_of(brute.spaces("plain", 4, 60, 5), 3)
    heard: list[Found] = []
    told: list[Progress] = []
    limits = Limits(k=5, cap=0.8)
    whole = best_of_all(engine, limits, run=Run(told.append, found=heard.append))
    assert heard and not heard[0].complete and not heard[0].exact
    assert heard[0].scores[-1] <= whole.scores[-1]
    assert (told[-1].done, told[-1].total) == (60 * 59 // 2, 60 * 59 // 2)
    heard.clear()
    part = best_of_all(
        engine, limits, run=Run(cancelled=lambda: len(heard) > 1, found=heard.append)
    )
    assert not part.complete and not part.exact and len(part.rows) == 5
    assert "stopped early" in part.notes[0]
    for one in (engine, AnalogyEngine(engine.vectors)):  # nothing was found yet
        with pytest.raises(Cancelled):
            best_of_all(one, limits, run=Run(cancelled=lambda: True))
    with pytest.raises(Cancelled):
        engine.containing(
            (0, None, None, None), limits, partial=True, run=Run(cancelled=lambda: True)
        )
