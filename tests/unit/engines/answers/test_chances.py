"""Is "1 in N" honest? Where only chance is left, "1 in 20" must come up once in 20 times.

The columns of real embeddings are permuted independently: every gene keeps plausible numbers,
no two genes anything in common. Held-out random questions should then have a best hit of
rarity 20 or more in about 5 % of cases, whatever the length of the asked gene or offset.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gene_tui.engines.answers import background
from gene_tui.engines.answers.background import (
    Form,
    QuestionBank,
    RandomQuestions,
    ask_all,
    count_of,
    ranks,
    seeded_questions,
    stored_best,
    window_of,
)
from gene_tui.engines.answers.engines import Engines
from gene_tui.engines.answers.question import Answer, Question
from gene_tui.errors import Cancelled, NoAnswer
from gene_tui.model.gene import Gene
from gene_tui.model.options import Options
from gene_tui.model.query import Kind
from gene_tui.run import Run
from gene_tui.spaces import store
from gene_tui.spaces.source import Block, Source
from gene_tui.spaces.space import Space

N = 2500


def test_rarity_counts_those_most_like_the_question() -> None:
    rows = np.array([[4], [5], [6], [7], [8]])
    best = np.array([0.9, 0.8, 0.5, -np.inf, 0.99])
    random = RandomQuestions(rows, best, window=3)
    far = np.array([1.0, 0.0, 2.0, 3.0, 9.0])
    found = random.rarity(far, [1], np.array([[2], [3]]), np.array([0.8, 0.95]))
    assert found.count.tolist() == [2, 0] and found.of.tolist() == [3, 3]
    assert found.n.tolist() == [4 / 3, 4.0]


def test_questions_that_hold_a_gene_of_query_or_hit_are_left_out() -> None:
    rows = np.array([[1, 2], [3, 4], [5, 6], [7, 8]])
    best = np.array([0.9, 0.9, 0.1, 0.1])
    random = RandomQuestions(rows, best, window=3)
    far = np.arange(4.0)
    found = random.rarity(far, [2], np.array([[9, 10], [11, 3]]), np.array([0.5, 0.5]))
    assert found.count.tolist() == [1, 0] and found.of.tolist() == [3, 2]
    none = random.rarity(far, [0], np.empty((1, 0), dtype=np.int64), np.array([0.5]))
    assert none.count.tolist() == [2]


@pytest.mark.parametrize("seed", range(20))
def test_rarity_equals_a_plain_count(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 12, (50, 2))
    best = np.round(rng.random(50), 1)
    random = RandomQuestions(rows, best, window=20)
    far = np.round(rng.random(50), 1)
    asked, hits, scores = [0, 1], rng.integers(0, 12, (8, 2)), np.round(rng.random(8), 1)
    found = random.rarity(far, asked, hits, scores)
    for place in range(8):
        taken = {*asked, *hits[place].tolist()}
        left = [i for i in np.argsort(far, kind="stable") if not taken & set(rows[i].tolist())]
        assert found.of[place] == len(left[:20])
        assert found.count[place] == sum(best[i] >= scores[place] for i in left[:20])


@pytest.mark.parametrize("seed", range(60))
def test_rarity_of_single_genes_equals_a_plain_count(seed: int) -> None:
    rng = np.random.default_rng(seed)
    genes = 40 if seed < 40 else 400
    many, window = int(rng.integers(1, genes)), int(rng.integers(1, genes // 3 * 2))
    rows = rng.permutation(genes)[:many, None]
    best = np.round(rng.random(many), 1)
    best[rng.random(many) < 0.1] = -np.inf
    random = RandomQuestions(rows, best, window)
    far = np.round(rng.random(many), int(rng.integers(0, 3)))
    asked, hits = [0], 1 + rng.permutation(genes - 1)[:20, None]
    scores = np.round(rng.random(20), 1)
    found = random.rarity(far, asked, hits, scores)
    for place in range(20):
        taken = {*asked, *hits[place].tolist()}
        left = [i for i in np.argsort(far, kind="stable") if rows[i, 0] not in taken][:window]
        assert found.of[place] == len(left)
        assert found.count[place] == sum(best[i] >= scores[place] for i in left)


def test_ranks_are_shares() -> None:
    values = np.array([5.0, 1.0, 3.0, 3.0])
    np.testing.assert_allclose(ranks(values), [1.0, 0.0, 0.5, 0.5])
    for value, share in zip(values, ranks(values), strict=True):
        assert ranks(np.array([value]), values)[0] == share


def test_small_spaces_use_all_there_are_and_smaller_windows() -> None:
    assert seeded_questions(np.arange(7), 1, 6000).shape == (7, 1)
    pairs = seeded_questions(np.arange(5), 2, 1000)
    assert sorted(map(tuple, pairs.tolist())) == [(i, j) for i in range(5) for j in range(i + 1, 5)]
    triples = seeded_questions(np.array([3, 5, 9, 11]), 3, 100)
    assert {len(set(triple)) for triple in triples.tolist()} == {3}
    assert set(triples.ravel().tolist()) <= {3, 5, 9, 11}
    assert seeded_questions(np.arange(2), 3, 10).shape == (0, 3)
    assert [window_of(*case) for case in ((906, 906, 600), (2000, 2000, 600), (5, 10, 300))] == [
        90,
        600,
        1,
    ]


def permuted(vectors: np.ndarray, seed: int, folder: Path, rows: int = N) -> Space:
    """A space of some rows in which each column is shuffled on its own."""
    rng = np.random.default_rng(seed)
    chosen = np.array(vectors[rng.permutation(len(vectors))[:rows]])
    for column in range(chosen.shape[1]):
        rng.shuffle(chosen[:, column])
    labels = [f"g{row}" for row in range(rows)]
    source = Source("test", chosen.shape[1], rows, iter([Block(labels, chosen)]), (folder / "x",))
    return store.write(
        source,
        folder / f"permuted-{seed}",
        name=f"permuted-{seed}",
        annotator=lambda names, _: ([Gene(i, name) for i, name in enumerate(names)], "word", []),
    )


def test_what_is_not_there_costs_next_to_nothing_until_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    space = permuted(rng.standard_normal((50, 4)).astype(np.float32), 0, tmp_path, rows=50)
    form = Form(Kind.NEAREST, "direction", "cosine", None, 1, 50, 5, 1.0)
    bank, other = QuestionBank(space), QuestionBank(space)
    with monkeypatch.context() as patch:
        patch.setattr(background, "seeded_questions", None)
        assert bank.known(form) is None
        patch.setattr(background, "stored_best", None)
        assert bank.known(form) is None
    asked = other.asked(form, lambda some: some[:, 0] / 100)
    known = bank.known(form)
    assert known is not None and np.array_equal(known.rows, asked.rows)
    assert bank.known(form) is known


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 30])
@pytest.mark.parametrize("genes", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 10, 400])
def test_random_questions_are_counted_before_they_are_drawn(n: int, genes: int, count: int) -> None:
    drawn = seeded_questions(np.arange(n), genes, count)
    assert drawn.shape == (count_of(n, genes, count), genes)
    assert all(len(set(rows)) == genes for rows in drawn.tolist())


def test_what_was_asked_is_not_asked_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    space = permuted(rng.standard_normal((50, 4)).astype(np.float32), 0, tmp_path, rows=50)
    questions = seeded_questions(np.arange(50), 1, 50)
    asked: list[int] = []

    def ask(some: np.ndarray) -> np.ndarray:
        asked.extend(some[:, 0].tolist())
        return some[:, 0] / 100

    with pytest.raises(Cancelled):
        ask_all(space, "a", questions, ask, run=Run(cancelled=lambda: len(asked) >= 20))
    kept = stored_best(space, "a", 50)
    assert kept is not None and np.isfinite(kept).sum() == 20
    best = ask_all(space, "a", questions, ask)
    assert sorted(asked) == list(range(50))
    np.testing.assert_array_equal(best, questions[:, 0] / 100)


def test_an_answer_says_what_is_not_known_yet_and_prepare_finds_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    space = permuted(rng.standard_normal((40, 4)).astype(np.float32), 0, tmp_path, rows=40)
    engines = Engines(space)
    question = Question(Kind.PAIRS, (0, 1, None, None))
    answer = engines.answer(question, Options(k=3))
    assert answer.rarity is None and engines.wanted and "not known yet" in answer.notes[0]
    engines.prepare()
    assert not engines.wanted
    known = engines.answer(question, Options(k=3))
    assert known.rarity is not None and known.rarity.of.max() <= 40
    limited = engines.answer(question, Options(k=3, cap=0.5))
    assert limited.rarity is None and "without limits" in limited.notes[0]
    assert engines.answer(Question(Kind.SUMS, (0, 1, None, None)), Options(k=3)).rarity is None


@pytest.mark.parametrize("kind", [Kind.NEAREST, Kind.PAIRS])
def test_rarity_by_distance_is_the_same_at_any_scale(kind: Kind, tmp_path: Path) -> None:
    count = 200 if kind is Kind.NEAREST else 40
    rows = np.random.default_rng(3).standard_normal((count, 4)).astype(np.float32)
    slots = (0, None) if kind is Kind.NEAREST else (0, 1, None, None)
    told = []
    for power in (0, -90, 90):
        (tmp_path / str(power)).mkdir()
        engines = Engines(permuted(np.ldexp(rows, power), 0, tmp_path / str(power), rows=count))
        options = Options(k=10, metric="euclidean")
        engines.answer(Question(kind, slots), options)  # which says what is wanted
        engines.prepare()
        rarity = engines.answer(Question(kind, slots), options).rarity
        assert rarity is not None
        told.append((rarity.count.tolist(), rarity.of.tolist()))
    assert told[0] == told[1] == told[2] and len(set(told[0][0])) > 1


def test_a_space_too_small_wants_nothing(tmp_path: Path) -> None:
    rows = np.random.default_rng(4).standard_normal((4, 3)).astype(np.float32)
    engines = Engines(permuted(rows, 0, tmp_path, rows=4))
    answer = engines.answer(Question(Kind.PAIRS, (0, 1, None, None)), Options(k=1))
    assert not engines.wanted and answer.notes == ('"1 in" is not counted in a space of this size',)


SLOTS = {Kind.NEAREST: (1, 1, 500), Kind.PAIRS: (2, 2, 200), Kind.COMPLETE: (3, 1, 400)}


@pytest.mark.real_data
def test_one_in_twenty_is_one_in_twenty(human: Path, tmp_path: Path) -> None:
    space = permuted(np.asarray(store.open_folder(human).vectors), 0, tmp_path)
    engines = Engines(space)
    engines.prepare()
    for kind, (named, unknown, count) in SLOTS.items():
        rare: list[bool] = []
        for genes in seeded_questions(np.arange(N), named, count, held_out=1):
            slots = (*map(int, genes), *([None] * unknown))
            try:
                answer: Answer = engines.answer(Question(kind, slots), Options(k=1))
            except NoAnswer:  # identical genes were drawn
                continue
            assert answer.rarity is not None and answer.rarity.of[0] >= 300
            rare.append(bool(answer.rarity.n[0] >= 20))
        share = float(np.mean(rare))
        print(f"{kind}: 1 in 20 or rarer in {share:.3f} of {len(rare)}")
        assert 0.015 <= share <= 0.095, kind
