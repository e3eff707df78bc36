"""Held-out ranks of a relation's examples, against brute force on spaces of every nasty kind."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gene_tui.engines.analogy import held_out as module
from gene_tui.engines.analogy.engine import AnalogyEngine
from gene_tui.engines.analogy.held_out import ExampleRanks, held_out
from gene_tui.engines.analogy.relation import Relation
from gene_tui.engines.exact import CANCELLED
from gene_tui.errors import Cancelled, NoAnswer
from gene_tui.run import Run
from tests.unit.engines.analogy import brute


def total_of(x: np.ndarray, examples: np.ndarray, place: int) -> np.ndarray:
    """The sum of the other examples' unit offsets."""
    others = np.delete(examples, place, axis=0)
    offsets = x[others[:, 0]] - x[others[:, 1]]
    result: np.ndarray = (offsets / np.linalg.norm(offsets, axis=1)[:, None]).sum(axis=0)
    return result


def scores_of(x: np.ndarray, examples: np.ndarray, place: int) -> np.ndarray | None:
    """cos(relation of the others, A − D) of every D; None where there is no relation."""
    target = total_of(x, examples, place)
    if np.linalg.norm(target) <= CANCELLED * len(examples):
        return None
    apart = x[examples[place, 0]] - x
    lengths = np.linalg.norm(apart, axis=1)
    lengths[lengths == 0] = np.nan
    return np.round(apart / lengths[:, None] @ (target / np.linalg.norm(target)), 12)


def ranks_of(x: np.ndarray, examples: np.ndarray, deal: tuple[int, ...]) -> list[int]:
    """Ranks of the dealt partners; the examples' genes compete only for themselves."""
    dealt = np.column_stack([examples[:, 0], examples[list(deal), 1]])
    ranks = []
    for place, (_, b) in enumerate(dealt.tolist()):
        scores = scores_of(x, dealt, place)
        if scores is None:
            continue
        own = scores[b]
        scores[np.unique(examples)] = np.nan
        ranks.append(1 + int((scores > own).sum()))
    return ranks


def found_for(vectors: np.ndarray, examples: np.ndarray) -> ExampleRanks:
    ground = AnalogyEngine(vectors).ground
    return held_out(ground, Relation.of(ground, examples))


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(brute.KINDS),
    seed=st.integers(0, 10**6),
    n=st.integers(4, 40),
    d=st.integers(1, 12),
    count=st.integers(2, 6),
)
@example(kind="line", seed=6, n=7, d=6, count=6)  # the others of three cancel to 10⁻⁸
@example(kind="minute clump", seed=221, n=4, d=5, count=3)  # and here to 2 · 10⁻¹²
def test_ranks_equal_brute_force(kind, seed, n, d, count) -> None:
    vectors = brute.spaces(kind, seed, n, d)
    random = np.random.default_rng(seed)
    pairs = {tuple(random.choice(n, 2, replace=False).tolist()) for _ in range(count)}
    examples = np.array(sorted(pairs))
    try:
        found = found_for(vectors, examples)
    except NoAnswer:  # no direction, or none in common
        return
    x, _ = brute.rows_and_unit(vectors)
    for place, (a, b) in enumerate(examples.tolist()):
        scores = scores_of(x, examples, place)
        if scores is None:
            assert found.ranks[place] == 0 and np.isnan(found.fits[place])
            continue
        others = np.setdiff1d(np.unique(examples), b)
        others = np.union1d(others, a)
        own = scores[b]
        scores[others] = np.nan
        # Between these two, the last digits of sums in another order decide; the more of them,
        # the more the offsets cancel.
        loose = 3e-12 + 4e-15 / float(np.linalg.norm(total_of(x, examples, place)))
        least = 1 + int((scores > own + loose).sum())
        most = least + int((np.abs(scores - own) <= loose).sum()) - 1
        assert least <= found.ranks[place] <= most
        if kind in ("plain", "clusters", "cone"):
            assert found.ranks[place] == 1 + int((scores > own).sum())
        assert found.of[place] == np.isfinite(scores).sum()


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["plain", "clusters", "cone", "integers"]),
    seed=st.integers(0, 10**6),
    n=st.integers(12, 40),
    count=st.integers(2, 4),
    shared=st.booleans(),
)
def test_dealt_partners_equal_brute_force(kind, seed, n, count, shared) -> None:
    vectors = brute.spaces(kind, seed, n, 6)
    rows = np.random.default_rng(seed).choice(n, 2 * count, replace=False)
    examples = rows.reshape(-1, 2)
    if shared:  # two examples have the same B
        examples[1, 1] = examples[0, 1]
    try:
        found = found_for(vectors, examples)
    except NoAnswer:
        return
    x, _ = brute.rows_and_unit(vectors)
    seen: dict[tuple[int, ...], float] = {}
    for deal in permutations(range(count)):
        partners = examples[list(deal), 1]
        kept = (partners == examples[:, 1]) | (x[partners] == x[examples[:, 0]]).all(axis=1)
        if not kept.any():
            ranks = ranks_of(x, examples, deal)
            if ranks:
                seen[tuple(partners.tolist())] = float(np.median(ranks))
    if not seen:
        assert found.dealt is None
        return
    assert found.dealt is not None
    assert (found.dealt.dealings, found.dealt.examples) == (len(seen), count)
    assert found.dealt.own == found.median
    medians = list(seen.values())
    assume(kind != "integers")  # there ties are broken by the last digits
    assert found.dealt.median == pytest.approx(np.median(medians), abs=0.5)
    assert found.dealt.low == pytest.approx(np.quantile(medians, 0.05), abs=0.5)


def test_random_partners_by_chance() -> None:
    rng = np.random.default_rng(1)
    for count in (2, 3, 5, 8, 21):
        told = module._by_chance(1000, count)
        drawn = np.median(rng.integers(1, 1001, (20_000, count)), axis=1)
        assert told.median == 500.5
        assert told.low == pytest.approx(np.quantile(drawn, 0.05), abs=15)


def test_many_examples_are_asked_in_parts() -> None:
    vectors = brute.spaces("plain", 5, 300, 8)
    examples = np.arange(300).reshape(-1, 2)
    found = found_for(vectors, examples)
    some = [0, 63, 64, 149]
    x = vectors.astype(np.float64)
    for place in some:
        scores = scores_of(x, examples, place)
        assert scores is not None
        own = scores[examples[place, 1]]
        scores[:] = np.where(np.isin(np.arange(300), examples[place, 1]), scores, np.nan)
        assert found.ranks[place] == 1 + int((scores > own).sum()) == 1
    assert found.dealt is not None and found.dealt.examples == module.MOST_DEALT


def test_many_dealt_examples_are_compared_with_as_many_genes() -> None:
    """Random pairs, more than are dealt: true ranks and dealt ones are alike."""
    vectors = brute.spaces("plain", 7, 2000, 8)
    examples = np.random.default_rng(1).choice(2000, (400, 2), replace=False)
    found = found_for(vectors, examples)
    assert found.dealt is not None and found.median is not None
    assert found.dealt.examples == module.MOST_DEALT
    own = found.dealt.own or 0.0
    assert found.dealt.low < own and found.dealt.median == pytest.approx(own, rel=0.15)


def test_it_can_be_stopped() -> None:
    vectors = brute.spaces("plain", 5, 60, 8)
    ground = AnalogyEngine(vectors).ground
    relation = Relation.of(ground, np.arange(12).reshape(-1, 2))
    with pytest.raises(Cancelled):
        held_out(ground, relation, run=Run(cancelled=lambda: True))
