"""Analogy sets: reading them, exact ranks, agreement with gensim, what is printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy.complete import all_scores, rank_of
from gene_tui.engines.exact import DIGITS, lengths_of
from gene_tui.engines.pool import set_threads, single_threaded_blas
from gene_tui.errors import Cancelled, FileError, NoAnswer
from gene_tui.evaluate import DEFAULT_PAIRS, evaluate, ranking, row_finder
from gene_tui.evaluate.consistency import pair_direction_auc
from gene_tui.evaluate.questions import read_relations, resolve
from gene_tui.evaluate.ranking import ranks
from gene_tui.evaluate.score_tables import to_markdown, to_text
from gene_tui.evaluate.scores import METHODS, Method, scores
from gene_tui.paths import asset
from gene_tui.run import Progress, Run
from gene_tui.session import open_space
from tests.cli import run


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def _write(text: str) -> Path:
        file = tmp_path / "set.txt"
        file.write_text(text, encoding="utf-8")
        return file

    return _write


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Borders between blocks everywhere."""
    monkeypatch.setattr(ranking, "_ROWS", 7)
    monkeypatch.setattr(ranking, "_TOGETHER", 3)
    monkeypatch.setattr(ranking, "_WORDS", 9)
    set_threads(2)
    yield
    set_threads(None)


def _nasty(kind: str, seed: int) -> Matrix:
    draw = np.random.default_rng(seed)
    n, d = int(draw.integers(5, 40)), int(draw.integers(1, 12))
    vectors = draw.normal(size=(n, d))
    if kind == "duplicates":
        vectors[draw.integers(0, n, n // 2)] = vectors[draw.integers(0, n, n // 2)]
    elif kind == "near-duplicates":
        vectors[1::2] = vectors[::2][: n // 2]
        vectors = (vectors + 3).astype(np.float32)
        vectors[1::2] = np.nextafter(vectors[1::2], np.float32(9))
    elif kind == "zero rows":
        vectors[draw.integers(0, n, 3)] = 0
    elif kind == "far from the origin":
        vectors = vectors * 1e-4 + 5
    elif kind == "grid":
        vectors = draw.integers(-1, 2, size=(n, d))
    elif kind == "all equal":
        vectors[:] = vectors[0]
    return np.ascontiguousarray(vectors, dtype=np.float32)


def _brute(vectors: Matrix, question: Rows, method: Method) -> int:
    """The rank by the engine of ``A : B :: C : ?`` for measures, by plain cosines else."""
    a, b, c, d = question.tolist()
    if (vectors[a] == vectors[b]).all():
        return 0
    norms = lengths_of(vectors.astype(np.float64))
    if method.startswith("nearest"):
        near = vectors[c if method == "nearest_to_c" else b].astype(np.float64)
        size = float(np.sqrt(near @ near))
        with np.errstate(invalid="ignore", divide="ignore"):
            values: Floats = vectors.astype(np.float64) @ near / norms / size
        values[(norms == 0) | (vectors == vectors[c]).all(axis=1) | (size == 0)] = -np.inf
        values[[a, b, c]] = -np.inf
    else:
        try:
            values = all_scores(
                vectors,
                norms,
                a,
                b,
                c,
                measure=method,  # type: ignore[arg-type]  # one of the engine's measures here
            )
        except NoAnswer:
            return 0
    return rank_of(values, d) if np.isfinite(values[d]) else 0


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    "kind",
    ["plain", "duplicates", "near-duplicates", "zero rows", "far from the origin", "grid"],
)
def test_ranks_are_those_of_brute_force(kind: str) -> None:
    for seed in range(4):
        vectors = _nasty(kind, seed)
        draw = np.random.default_rng(100 + seed)
        questions = np.stack([draw.choice(len(vectors), 4, replace=False) for _ in range(25)])
        found = ranks(vectors, questions)
        for number, method in enumerate(METHODS):
            for place, question in enumerate(questions):
                expected = _brute(vectors, question, method)
                got = int(found[number, place])
                if got != expected:
                    # Only ties within the last digits of the reference may fall otherwise.
                    assert _is_tie(vectors, question, method, got, expected), (seed, method)


def _is_tie(vectors: Matrix, question: Rows, method: Method, got: int, expected: int) -> bool:
    if 0 in (got, expected):
        return False
    n = len(vectors)
    values = scores(method, vectors, np.tile(question, (n, 1)), np.arange(n))
    same = int((np.abs(values - values[question[3]]) < 2 * 10.0**-DIGITS).sum()) - 1
    return abs(got - expected) <= same


@pytest.mark.usefixtures("small_blocks")
def test_in_a_space_of_equal_vectors_nothing_can_be_found() -> None:
    vectors = _nasty("all equal", 3)
    assert not ranks(vectors, np.array([[0, 1, 2, 3], [3, 2, 1, 0]])).any()


@pytest.mark.usefixtures("small_blocks")
def test_an_answer_that_stands_in_the_question_is_never_found() -> None:
    vectors = _nasty("plain", 1)
    assert not ranks(vectors, np.array([[0, 1, 2, 1], [0, 1, 2, 2], [0, 1, 2, 0]])).any()


def test_ties_are_decided_by_row() -> None:
    vectors = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [1, 1], [1, 1], [9, -9]], np.float32)
    vectors += np.float32(1)
    questions = np.array([[0, 1, 2, row] for row in (3, 4, 5)])
    assert ranks(vectors, questions)[METHODS.index("direction")].tolist() == [1, 2, 3]


def test_cancelling_stops_the_ranking() -> None:
    vectors = np.random.default_rng(0).normal(size=(5000, 4)).astype(np.float32)
    with pytest.raises(Cancelled):
        ranks(vectors, np.array([[0, 1, 2, 3]]), cancelled=lambda: True)


def test_pairs_make_questions_both_ways_but_not_with_a_shared_word(
    write: Callable[[str], Path],
) -> None:
    rows = {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "alias of e": 4}
    file = write(": one\na b\nc\td\na b\na e\n\n: two\nalias of e\tb\nc e\nz d\n")
    one, two = (
        resolve(relation, lambda word: rows.get(word, -1)) for relation in read_relations(file)
    )
    assert (one.name, one.unknown, one.pairs.tolist()) == ("one", (), [[0, 1], [2, 3], [0, 4]])
    parts = list(one.questions())
    assert sum(asked for asked, _ in parts) == 4
    assert sorted(np.concatenate([rows for _, rows in parts]).tolist()) == [
        [0, 1, 2, 3],
        [0, 4, 2, 3],
        [2, 3, 0, 1],
        [2, 3, 0, 4],
    ]
    # Two names of one gene make no question of four genes, an unknown word none at all.
    parts = list(two.questions())
    assert (sum(asked for asked, _ in parts), sum(len(rows) for _, rows in parts)) == (6, 0)
    assert two.unknown == ("z",)


def test_questions_of_four_words_stand_as_they_are(write: Callable[[str], Path]) -> None:
    file = write(": one\na b c d\na b c d\nb a d c\na b c z\n")
    (relation,) = (resolve(found, lambda word: "abcd".find(word)) for found in read_relations(file))
    ((asked, rows),) = relation.questions()
    assert (asked, rows.tolist()) == (4, [[0, 1, 2, 3], [0, 1, 2, 3], [1, 0, 3, 2]])
    assert relation.pairs.tolist() == [[0, 1], [2, 3], [1, 0], [3, 2]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b\n", "set.txt:1: words stand before"),
        (": one\na b\na b c\n", "set.txt:3: it has 3 words"),
        (": one\na b\na b c d\n", "set.txt:3: one mixes"),
        (": one\n\na a\n", "set.txt:3: a is paired with itself"),
        (":\na b\n", "set.txt:1: the relation has no name"),
        (": one\n: two\n", "set.txt holds no pairs"),
        ("", "set.txt holds no pairs"),
        (": one\n" + "x" * 20_000, "set.txt:2: it is longer than"),
    ],
)
def test_a_bad_set_is_refused_with_its_line(
    write: Callable[[str], Path], text: str, message: str
) -> None:
    with pytest.raises(FileError) as caught:
        read_relations(write(text))
    assert message in caught.value.message and "\n" not in caught.value.message


def test_a_binary_or_missing_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00: one")
    for name in ("binary", "nowhere", "."):
        with pytest.raises(FileError):
            read_relations(tmp_path / name)


def test_auc_tells_consistent_pairs_from_chance() -> None:
    draw = np.random.default_rng(5)
    n = 60
    firsts, noise = draw.normal(size=(n, 30)), draw.normal(size=(n, 30))
    pairs = np.column_stack([np.arange(n), np.arange(n, 2 * n)])
    offset = draw.normal(size=30)
    parallel = np.vstack([firsts, firsts + offset + 0.1 * noise]).astype(np.float32)
    assert (pair_direction_auc(parallel, pairs, seed=0) or 0) > 0.99


def _classes_apart(draw: np.random.Generator) -> Matrix:
    """60 rows here and 60 rows there: every pairing of them points the same way."""
    away = np.where(np.arange(120) < 60, 0.0, 50.0)
    return (draw.normal(size=(120, 30)) + away[:, None]).astype(np.float32)


def test_auc_is_a_half_where_any_partner_would_do() -> None:
    draw = np.random.default_rng(6)
    pairs = np.column_stack([np.arange(60), np.arange(60, 120)])
    areas = [pair_direction_auc(_classes_apart(draw), pairs, seed=seed) for seed in range(20)]
    assert np.mean([area or 0 for area in areas]) == pytest.approx(0.5, abs=0.05)
    again = _classes_apart(draw)
    found = [pair_direction_auc(again, pairs, seed=seed) for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]


def test_auc_of_cases_counted_by_hand() -> None:
    # The corners of a square. Its parallel sides as pairs have cosine 1; dealt the other way
    # they are its diagonals, with cosine 0.
    square = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float32)
    assert pair_direction_auc(square, np.array([[0, 2], [1, 3]]), seed=0) == 1.0
    assert pair_direction_auc(square, np.array([[0, 3], [1, 2]]), seed=0) == 0.0
    # On a line both ways give cosine -1.
    line = np.array([[0, 0], [3, 0], [1, 0], [2, 0]], dtype=np.float32)
    assert pair_direction_auc(line, np.array([[0, 2], [1, 3]]), seed=0) == 0.5
    # One pair, or two that share a gene: nothing to compare.
    assert pair_direction_auc(square, np.array([[0, 2]]), seed=0) is None
    assert pair_direction_auc(square, np.array([[0, 2], [0, 3]]), seed=0) is None


def test_the_small_space_knows_its_relations() -> None:
    seen: list[Progress] = []
    evaluation = evaluate(open_space(), run=Run(seen.append))
    overall = evaluation.overall
    assert (len(evaluation.relations), overall.coverage) == (15, 1.0)
    assert overall.questions == sum(relation.questions for relation in evaluation.relations)
    assert 0.85 < overall.scores["3cosadd"].hit_at_10 < 1
    for method in ("direction", "3cosadd", "3cosmul"):
        for baseline in ("nearest_to_c", "nearest_to_b"):
            assert overall.scores[method].mrr > overall.scores[baseline].mrr
    for tally in overall.scores.values():
        assert 0 <= tally.hit_at_1 <= tally.mrr <= 1 and tally.hit_at_1 <= tally.hit_at_10
    assert (overall.auc or 0) > 0.9
    done = [progress.done for progress in seen if progress.total]
    assert done[-1] == overall.covered == seen[-1].total and max(done) == done[-1]
    with pytest.raises(Cancelled):
        evaluate(open_space(), run=Run(cancelled=lambda: True))


def test_one_question_is_ranked_as_the_query_answers_it(write: Callable[[str], Path]) -> None:
    session = open_space()
    evaluation = evaluate(session, write(": isozymes\nPYGL PYGM\nGYS2 GYS1\n"))
    for measure in ("direction", "3cosadd", "3cosmul"):
        expected = []
        for text, answer in (
            ("PYGL : PYGM :: GYS2 : ?", "GYS1"),
            ("GYS2 : GYS1 :: PYGL : ?", "PYGM"),
        ):
            hits = session.query(text, measure=measure, k=900).hits
            expected += [1 / hit.rank for hit in hits if hit.genes[0].symbol == answer]
        assert len(expected) == 2
        assert evaluation.overall.scores[measure].mrr == pytest.approx(np.mean(expected))


def test_among_words_another_case_is_another_word(
    tmp_path: Path, write: Callable[[str], Path]
) -> None:
    words = ["paris", "france", "Oslo", "Norway"]
    lines = [f"{word} {place} 1 {place**2}" for place, word in enumerate(words)]
    source = tmp_path / "words.txt"
    source.write_text("4 3\n" + "\n".join(lines) + "\n")
    file = write(": capitals\nParis France\nOslo Norway\n")
    with pytest.raises(NoAnswer, match="covers no question"):
        evaluate(open_space(source), file)
    evaluation = evaluate(open_space(source), write(": capitals\nparis france Oslo Norway\n"))
    assert evaluation.overall.coverage == 1


def test_the_command_prints_all_formats(tmp_path: Path, write: Callable[[str], Path]) -> None:
    file = write(": iso|zymes\nPYGL PYGM\nGYS2 GYS1\nNOSUCH GENE\n")
    form = run("evaluate", "--pairs", str(file), "--format", "json").json
    relation = form["relations"][0]
    assert (relation["questions"], relation["covered"]) == (6, 2)
    assert relation["coverage"] == pytest.approx(1 / 3)
    assert relation["unknown"] == ["NOSUCH", "GENE"]
    assert list(relation["scores"]) == list(METHODS)
    assert form["space"]["name"] == "demonstration" and form["overall"]["covered"] == 2
    table = run("evaluate", "--pairs", str(file), "--unit")
    assert table.code == 0
    assert "not known or ambiguous: NOSUCH, GENE" in table.out and ", unit" in table.out
    assert [title for title in table.out.splitlines() if title in ("hit@1", "hit@10", "MRR")]
    target = tmp_path / "report.md"
    assert (
        run("evaluate", "--pairs", str(file), "--format", "markdown", "-o", str(target)).out == ""
    )
    assert "| iso\\|zymes | 6 | 2 | 0.333 |" in target.read_text()
    assert run("evaluate", "demo", "--space", "other").code == 2
    assert run("evaluate", "--pairs", str(tmp_path / "none.txt")).code == 3


def test_relations_without_a_covered_question_have_no_figures(
    write: Callable[[str], Path],
) -> None:
    evaluation = evaluate(
        open_space(),
        write(": known\nPYGL PYGM\nGYS2 GYS1\n: \x1b[31mred\nNO WAY\nNOT EVER\n: one\nX Y\n"),
    )
    red, one = evaluation.relations[1:]
    assert (red.coverage, red.scores, red.auc) == (0.0, {}, None)
    assert (one.coverage, one.questions) == (None, 0)
    text = to_text(evaluation, width=60)
    assert "\x1b" not in text and max(map(len, text.splitlines())) <= 60
    assert "\x1b" not in to_markdown(evaluation)
    json.dumps(evaluation.to_json(), allow_nan=False)


@pytest.mark.real_data
def test_3cosadd_agrees_with_gensim_to_the_question(
    real_data: Path, words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gensim.models import KeyedVectors

    file = real_data / "benchmarks" / "questions-words.txt"
    folder = real_data / "seed_layout" / "word2vec"
    vectors = np.load(folder / "google_news_embeddings_30k.npy")
    model = KeyedVectors(vectors.shape[1])
    model.add_vectors(np.load(folder / "google_news_words_30k.npy").tolist(), vectors)
    with single_threaded_blas():
        _, theirs = model.evaluate_word_analogies(str(file), case_insensitive=False)

    asked: list[tuple[Rows, Rows]] = []

    def watched(vectors: Matrix, questions: Rows, **options: Any) -> Rows:
        found = ranks(vectors, questions, **options)
        asked.append((questions, found[METHODS.index("3cosadd")]))
        return found

    monkeypatch.setattr("gene_tui.evaluate.ranks", watched)
    session = open_space(words)
    evaluation = evaluate(session, file)
    assert len(asked) == len(evaluation.relations) == len(theirs) - 1 == 14
    label_of = session.space.column("label")
    for (questions, found), their, scored in zip(asked, theirs, evaluation.relations, strict=False):
        named = [tuple(label_of[row] for row in question) for question in questions.tolist()]
        right = [question for question, rank in zip(named, found, strict=True) if rank == 1]
        wrong = [question for question, rank in zip(named, found, strict=True) if rank != 1]
        assert their["section"] == scored.name
        assert sorted(right) == sorted(their["correct"])
        assert sorted(wrong) == sorted(their["incorrect"])
        assert scored.covered == len(questions)
        assert scored.scores["3cosadd"].hit_at_1 == pytest.approx(len(right) / len(questions))
    assert (evaluation.overall.questions, evaluation.overall.covered) == (19_544, 4_686)


@pytest.mark.real_data
def test_ranks_in_the_human_space_are_those_of_brute_force(human: Path) -> None:
    session = open_space(human)
    row_of = row_finder(session)
    relations = [resolve(found, row_of) for found in read_relations(asset(DEFAULT_PAIRS))]
    questions = np.concatenate([rows for found in relations for _, rows in found.questions()])
    assert len(questions) > 7_000
    some = np.random.default_rng(2).choice(len(questions), 8, replace=False)
    vectors = session.space.vectors
    found = ranks(vectors, questions[some])
    for number, method in enumerate(METHODS):
        expected = [_brute(vectors, question, method) for question in questions[some]]
        assert found[number].tolist() == expected, method
