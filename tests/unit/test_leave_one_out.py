"""Each pair of a relation asked of the others: ranks by brute force, means, intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gene_tui.engines.analogy.ground import Ground
from gene_tui.engines.exact import CANCELLED
from gene_tui.errors import Cancelled
from gene_tui.evaluate import evaluate
from gene_tui.evaluate.leave_one_out import (
    SMALL,
    WAYS,
    Asked,
    asked_pairs,
    estimated,
    figures_of,
)
from gene_tui.evaluate.score_tables import to_markdown, to_text
from gene_tui.evaluate.scores import METHODS
from gene_tui.run import Run
from gene_tui.session import open_space
from tests.unit.engines.analogy import brute


def scores_of(
    x: np.ndarray, pairs: np.ndarray, place: int, way: str
) -> tuple[np.ndarray, float] | None:
    """Of every gene as D, and how exact they are; None where there is nothing to be near to."""
    lengths = np.linalg.norm(x, axis=1)
    unit = x / np.where(lengths > 0, lengths, np.inf)[:, None]
    others = np.delete(pairs, place, axis=0)
    c = int(pairs[place, 0])
    if way == "direction":
        offsets = x[others[:, 0]] - x[others[:, 1]]
        wanted = (offsets / np.linalg.norm(offsets, axis=1)[:, None]).sum(axis=0)
        apart = x[c] - x
        sizes = np.linalg.norm(apart, axis=1)
        candidates = apart / np.where(sizes > 0, sizes, np.nan)[:, None]
    else:
        wanted = {
            "3cosavg": unit[c] - unit[others[:, 0]].mean(axis=0) + unit[others[:, 1]].mean(axis=0),
            "nearest_to_c": unit[c],
            "mean_of_b": unit[others[:, 1]].mean(axis=0),
        }[way]
        candidates = np.where(lengths > 0, 1.0, np.nan)[:, None] * unit
    length = float(np.linalg.norm(wanted))
    if length <= CANCELLED * (len(pairs) if way == "direction" else 3):
        return None
    scores = candidates @ (wanted / length)
    scores[(x == x[c]).all(axis=1)] = np.nan
    # Of unit vectors that nearly cancel out hardly more than their rounding is left.
    return scores, 3e-12 + 1e-14 / length


@settings(max_examples=100, deadline=None)
@example(kind="line", seed=162, n=6, d=2, count=3)
@example(kind="zeros", seed=205, n=6, d=7, count=3)
@given(
    kind=st.sampled_from(brute.KINDS),
    seed=st.integers(0, 10**6),
    n=st.integers(6, 40),
    d=st.integers(1, 12),
    count=st.integers(1, 6),
)
def test_ranks_equal_brute_force(kind: str, seed: int, n: int, d: int, count: int) -> None:
    vectors = brute.spaces(kind, seed, n, d)
    x, _ = brute.rows_and_unit(vectors)
    random = np.random.default_rng(seed)
    drawn = {tuple(random.choice(n, 2, replace=False).tolist()) for _ in range(count)}
    pairs = np.array(sorted(drawn))
    single = np.full((len(METHODS), len(pairs), 3), np.nan)
    found = asked_pairs(Ground(vectors, None, None), "r", pairs, single)
    pairs = pairs[(x[pairs[:, 0]] != x[pairs[:, 1]]).any(axis=1)]
    if len(pairs) < 2:
        assert found is None
        return
    assert found is not None and found.pairs == len(pairs)
    assert not len(found.figures["one_3cosadd"])
    for way in ("direction", "3cosavg", "nearest_to_c", "mean_of_b"):
        for place, (_, answer) in enumerate(pairs.tolist()):
            truth = scores_of(x, pairs, place, way)
            told = found.figures[way][place, 2]
            if truth is None or np.isnan(truth[0][answer]):
                assert told == 0
                continue
            scores, slack = truth
            least = 1 + int((scores > scores[answer] + slack).sum())
            most = int((scores >= scores[answer] - slack).sum())
            assert 1 / most - 1e-9 <= told <= 1 / least + 1e-9


def test_figures() -> None:
    assert figures_of(np.array([1, 10, 11, 0])).tolist() == [
        [1, 1, 1],
        [0, 1, 0.1],
        [0, 0, 1 / 11],
        [0, 0, 0],
    ]


def test_means_are_over_relations_and_intervals_over_pairs() -> None:
    hits = np.repeat([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]], 50, axis=0)
    large = Asked("large", 1000, dict.fromkeys(WAYS, hits))
    sure = Asked("sure", 1000, dict.fromkeys(WAYS, hits[:3]))
    (first, second), macro = estimated([large, sure], seed=0)
    told = first.estimates["direction"]
    assert told.hit_at_10 == 0.5 and not first.is_small and second.is_small
    # 1.96 standard errors of a share of 100
    assert (told.low, told.high) == pytest.approx((0.4, 0.6), abs=0.02)
    assert second.estimates["3cosavg"].low == second.estimates["3cosavg"].high == 1
    mean = macro.estimates["direction"]
    assert mean.hit_at_10 == 0.75 and (mean.low, mean.high) == pytest.approx((0.7, 0.8), abs=0.02)
    assert macro.chance == first.chance == 0.01 and macro.pairs == 103
    assert first.pairs >= SMALL > second.pairs


def test_one_pair_is_what_its_questions_say(tmp_path: Path) -> None:
    file = tmp_path / "set.txt"
    file.write_text(
        ": isozymes\nPYGL PYGM\nGYS2 GYS1\nPFKL PFKM\n: lone\nHBA1 MB\n", encoding="utf-8"
    )
    session = open_space()
    evaluation = evaluate(session, file)
    (found,) = evaluation.left_out
    assert (found.name, found.pairs, found.is_small) == ("isozymes", 3, True)
    overall = evaluation.relations[0].scores
    assert found.estimates["one_3cosadd"].mrr == pytest.approx(overall["3cosadd"].mrr)
    assert found.estimates["one_direction"].hit_at_10 == pytest.approx(
        overall["direction"].hit_at_10
    )
    # Three examples, one left out each time: what a query says, but that examples may answer.
    ranks = []
    for asked, answer in (("PYGL", "PYGM"), ("GYS2", "GYS1"), ("PFKL", "PFKM")):
        pairs = {"PYGL": "PYGM", "GYS2": "GYS1", "PFKL": "PFKM"}
        del pairs[asked]
        text = ", ".join(f"{a} : {b}" for a, b in pairs.items())
        hits = session.query(f"{text} :: {asked} : ?", k=900).hits
        ranks += [hit.rank for hit in hits if hit.genes[0].symbol == answer]
    assert found.estimates["direction"].mrr <= np.mean([1 / rank for rank in ranks])
    form = evaluation.to_json()
    assert form["left_out"][0]["relation"] == "isozymes" and form["left_out"][0]["small"]
    assert list(form["macro"]["scores"]) == list(WAYS)
    text = to_text(evaluation, width=80)
    assert "3*" in text and "macro mean" in text and max(map(len, text.splitlines())) <= 80
    assert "| macro mean | 3" in to_markdown(evaluation)


def test_a_set_of_single_pairs_has_no_such_table(tmp_path: Path) -> None:
    file = tmp_path / "set.txt"
    file.write_text(": quads\nPYGL PYGM GYS2 GYS1\n", encoding="utf-8")
    evaluation = evaluate(open_space(), file)
    assert evaluation.left_out[0].pairs == 2
    assert set(evaluation.left_out[0].estimates) == set(WAYS)


def test_it_can_be_stopped() -> None:
    vectors = brute.spaces("plain", 1, 30, 5)
    single = np.full((len(METHODS), 5, 3), np.nan)
    with pytest.raises(Cancelled):
        asked_pairs(
            Ground(vectors, None, None),
            "r",
            np.arange(10).reshape(-1, 2),
            single,
            run=Run(cancelled=lambda: True),
        )


@pytest.mark.real_data
def test_the_strongest_baseline_of_the_human_space(human: Path) -> None:
    macro = evaluate(open_space(human)).macro
    assert macro is not None and macro.pairs > 280
    assert macro.estimates["mean_of_b"].hit_at_10 == pytest.approx(0.218, abs=0.002)
    assert macro.estimates["3cosavg"].hit_at_10 > macro.estimates["one_3cosadd"].hit_at_10
    for way in ("direction", "3cosavg", "mean_of_b"):
        estimate = macro.estimates[way]
        assert macro.chance < estimate.low < estimate.hit_at_10 < estimate.high
