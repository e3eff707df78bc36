"""Long questions in large spaces say first what they will cost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gene_tui.engines.answers import cost
from gene_tui.engines.answers.cost import Cost, estimate
from gene_tui.engines.answers.question import Question
from gene_tui.errors import Cancelled, UsageError
from gene_tui.model.options import Options
from gene_tui.model.query import Kind
from gene_tui.run import Run
from gene_tui.session import Session
from gene_tui.spaces.importing import Recipe, import_space

N = 300


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder: Path = tmp_path_factory.mktemp("cost")
    rows = np.random.default_rng(0).normal(size=(N, 8)).astype(np.float32)
    np.savez(folder / "rows.npz", embeddings=rows, genes=np.array([f"G{row}" for row in range(N)]))
    return Session(import_space(Recipe(folder / "rows.npz", ()), folder / "space", name="s"))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything above 100 genes counts as large."""
    for module in (
        "answers.cost",
        "answers.analogy",
        "answers.similarity",
        "answers.chances",
        "analogy.engine",
    ):
        monkeypatch.setattr(f"gene_tui.engines.{module}.LARGE", 100)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("? ~ ?", N * (N - 1) // 2),
        ("G1 : G2", N * (N - 1)),
        ("G1 + G2 :: ? + ?", N * (N - 1) // 2),
        ("G1 : ? :: G2 : ?", N * (N - 1)),
        ("G1 : G2, G3 : G4 :: ? : ?", N * (N - 1)),
    ],
)
def test_long_questions_say_first_what_they_cost(session: Session, text: str, pairs: int) -> None:
    said: list[str] = []
    large = Session(session.space).query(
        text, run=Run(lambda progress: said.append(progress.stage))
    )
    assert said[0].startswith(f"up to {pairs:,} pairs, about 1 s and ")
    assert "--truncate" in said[0]
    assert f"expected: {said[0]}" in large.notes


def test_short_questions_say_nothing(session: Session) -> None:
    for text in ("? ~ ?", "G1 : G2", "G1", "G1 : G2, G3 : G4 :: ? : ?"):
        said: list[str] = []
        result = session.query(
            text, run=Run(lambda progress, said=said: said.append(progress.stage))
        )
        assert not [line for line in [*said, *result.notes] if "pairs, about" in line]


@pytest.mark.usefixtures("large")
def test_candidates_make_it_less(session: Session) -> None:
    question = Question(Kind.CLOSEST, (None, None))
    some = estimate(session.space, question, Options(candidates=tuple(range(150))))
    assert some is not None and some.pairs == 150 * 149 // 2
    assert estimate(session.space, question, Options(candidates=tuple(range(100)))) is None
    assert estimate(session.space, Question(Kind.NEAREST, (1, None)), Options()) is None


def test_seconds_come_from_a_measured_sample(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "LARGE", 100)
    monkeypatch.setattr(cost, "threads", lambda: 2)
    monkeypatch.setattr(cost, "_seconds_per_pair", lambda space: 1.0 / space.n)
    found = estimate(session.space, Question(Kind.PAIRS, (1, 2, None, None)), Options())
    assert found is not None
    assert found.seconds == pytest.approx((N - 1) / 2)
    assert found.memory_mb > 60


def test_a_copy_of_the_rows_is_told_where_one_is_made(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "LARGE", 100)
    monkeypatch.setattr(cost, "_seconds_per_pair", lambda _: 1e-9)
    rows = session.space.n * session.space.d * 4 / 1e6

    def told(kind: Kind, metric: str = "cosine") -> float:
        places = (1, None, 2, None) if kind is Kind.PARALLEL else (1, 2, None, None)
        found = estimate(session.space, Question(kind, places), Options(metric=metric))
        assert found is not None
        return found.memory_mb

    assert told(Kind.PAIRS) - told(Kind.SUMS) == pytest.approx(rows)
    assert told(Kind.PARALLEL, "euclidean") - told(Kind.PARALLEL) == pytest.approx(rows)
    assert told(Kind.CLOSEST, "euclidean") == told(Kind.CLOSEST) < told(Kind.SUMS)


def test_the_measured_sample_is_a_time(session: Session) -> None:
    assert 1e-12 < cost._seconds_per_pair(session.space) < 1e-3


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.01, "1 s"), (61, "61 s"), (600, "10 min"), (9000, "2.5 h")]
)
def test_durations(seconds: float, said: str) -> None:
    assert f"about {said} and 12 MB" in Cost(5, seconds, 12.4).text


@pytest.mark.usefixtures("large")
def test_all_analogies_of_a_gene_are_refused_at_once(session: Session) -> None:
    with pytest.raises(UsageError, match="too many for 300 genes") as refused:
        Session(session.space).query("G1 : ?")
    assert "--truncate" in refused.value.hint


@pytest.mark.usefixtures("large")
def test_a_long_question_can_be_stopped_after_it_said_so(session: Session) -> None:
    said: list[str] = []
    with pytest.raises(Cancelled):
        Session(session.space).query(
            "? ~ ?", run=Run(lambda progress: said.append(progress.stage), lambda: bool(said))
        )
    assert "pairs, about" in said[0]
