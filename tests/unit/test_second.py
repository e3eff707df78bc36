"""Second opinions: genes joined by ID, ranks as the other space's own answers have them."""

from __future__ import annotations

import csv
import io
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gene_tui
from gene_tui.errors import Cancelled, UsageError
from gene_tui.export.results import header, to_delimited, to_text
from gene_tui.model.stored import dumps, loads
from gene_tui.run import Run
from gene_tui.second import Join, by_agreement, second_opinions
from gene_tui.session import Session
from tests.cli import run
from tests.unit.test_compare import made

N = 60
#: Of no gene there is, so that they have no symbol.
IDS = [f"ENSG99{place:09d}" for place in range(N)]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, Session]:
    """Two spaces of other dimensions, orders and spellings; each lacks ten genes of the other."""
    folder = tmp_path_factory.mktemp("pair")
    draw = np.random.default_rng(4)
    base = draw.normal(size=(N, 6))
    first = made(folder, "first", base[:50], IDS[:50])
    order = draw.permutation(np.arange(10, N))
    turned = np.hstack([base, draw.normal(size=(N, 3))])[order]
    labels = [f"{IDS[row]}.{row % 7 + 1}" for row in order]
    return first, made(folder, "second", turned, labels)


def _labels(session: Session, text: str, **options: object) -> list[list[str]]:
    """The whole answer of a space, as IDs without versions."""
    answer = session.query(text, k=5000, **options)  # type: ignore[arg-type]
    return [[gene.id.partition(".")[0] for gene in hit.genes] for hit in answer.hits]


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize(
    "text",
    [
        f"{IDS[20]}",
        f"{IDS[20]} - {IDS[30]} + {IDS[31]}",
        f"{IDS[20]}, {IDS[30]}, {IDS[31]}",
        f"{IDS[20]} : {IDS[30]} :: {IDS[31]} : ?",
        f"{IDS[20]} : {IDS[30]} :: ? : {IDS[31]}",
        f"{IDS[20]} : ? :: {IDS[31]} : {IDS[33]}",
        f"{IDS[20]} : {IDS[30]}, {IDS[31]} : {IDS[33]} :: {IDS[40]} : ?",
        f"{IDS[20]} : {IDS[30]}, {IDS[31]} : {IDS[33]} :: ? : {IDS[40]}",
    ],
)
def test_ranks_are_those_of_the_other_spaces_own_answer(
    pair: tuple[Session, Session], text: str, metric: str
) -> None:
    first, second = pair
    if "," in text and "::" in text and metric != "cosine":
        return  # a relation has no length
    result = first.query(text, k=100, metric=metric)  # type: ignore[arg-type]
    told = second_opinions(result, [second])
    assert told.also[0].notes == () and told.also[0].joined == "id"
    whole = [genes[0] for genes in _labels(second, text, metric=metric)]
    seen = 0
    for hit, asked in zip(told.hits, result.hits, strict=True):
        (opinion,) = hit.also
        gene = hit.genes[0]
        assert replace(hit, also=(), agreement=None) == asked
        if gene.label in IDS[:10]:
            assert opinion.absent == (gene.shown,) and opinion.rank is opinion.score is None
            assert hit.agreement is None
        else:
            seen += 1
            assert opinion.rank is not None
            assert opinion.rank == 1 + whole.index(gene.label) and opinion.absent == ()
            assert hit.agreement == pytest.approx(math.sqrt(hit.rank * opinion.rank))
    assert seen > 30


@pytest.mark.parametrize(
    "text",
    [
        f"{IDS[20]} : {IDS[30]}",
        f"{IDS[20]} + {IDS[30]} :: ? + ?",
        "? ~ ?",
        f"{IDS[20]} : ?",
        f"{IDS[20]} : {IDS[30]}, {IDS[31]} : {IDS[33]} :: ? : ?",
    ],
)
def test_of_several_genes_it_says_the_score(pair: tuple[Session, Session], text: str) -> None:
    first, second = pair
    told = second_opinions(first.query(text, k=40, cap=None), [second])
    answer = second.query(text, k=5000, cap=1.0 if text.endswith(": ?") else None)
    ids = [tuple(gene.id.partition(".")[0] for gene in hit.genes) for hit in answer.hits]
    scores = {genes: hit.score for genes, hit in zip(ids, answer.hits, strict=True)}
    seen = 0
    for hit in told.hits:
        genes = tuple(gene.label for gene in hit.genes)
        assert hit.also[0].rank is None
        if not set(genes) & set(IDS[:10]):
            turned = genes if genes in scores else genes[::-1]
            if turned in scores:
                seen += 1
                assert hit.also[0].score == pytest.approx(scores[turned], abs=1e-12)
        else:
            assert hit.also[0].absent == tuple(gene for gene in genes if gene in IDS[:10])
    assert seen


def test_a_question_without_unknowns_has_score_and_rank(pair: tuple[Session, Session]) -> None:
    first, second = pair
    for text in (
        f"{IDS[20]} ~ {IDS[30]}",
        f"{IDS[20]} : {IDS[30]} :: {IDS[31]} : {IDS[33]}",
        f"{IDS[20]} : {IDS[30]}, {IDS[31]} : {IDS[33]} :: {IDS[40]} : {IDS[41]}",
    ):
        told = second_opinions(first.query(text), [second]).hits[0].also[0]
        answer = second.query(text).hits[0]
        assert (told.score, told.rank) == (answer.score, answer.rank_ab)


def test_what_another_space_cannot_say_is_said(
    pair: tuple[Session, Session], tmp_path: Path
) -> None:
    first, second = pair
    words = made(tmp_path, "words", np.eye(6, 4) + 1, ["a", "b", "c", "d", "e", "f"])

    def notes(text: str, other: Session, asked: Session = first) -> tuple[str, ...]:
        told = second_opinions(asked.query(text, k=3), [other])
        assert len(told.hits) == 3
        assert all(hit.also[0].score is None for hit in told.hits)
        return told.also[0].notes

    assert notes(IDS[3], second) == (f"{IDS[3]} is not there; ask for genes that both spaces have",)
    assert notes(f"{IDS[3]}, {IDS[4]}, {IDS[20]}", second)[0].startswith(
        "only 1 of the list's 3 genes are there"
    )
    assert notes(IDS[3], words)[0].startswith("it has no Ensembl IDs to join by; import it again")
    assert notes("a", second, words)[0].startswith("the genes of words have no Ensembl IDs")
    partly = second_opinions(first.query(f"{IDS[3]}, {IDS[21]}, {IDS[20]}"), [second])
    assert partly.also[0].notes == ("2 of 3 members are there",)
    assert any(hit.also[0].rank for hit in partly.hits)
    related = f"{IDS[3]} : {IDS[21]}, {IDS[20]} : {IDS[22]} :: {IDS[30]} : ?"
    told = second_opinions(first.query(related), [second])
    assert told.also[0].notes == ("1 of 2 examples are there",)
    identical = first.query(f"{IDS[20]} : {IDS[21]} :: {IDS[22]} : ?")
    flat = made(tmp_path, "flat", np.ones((N, 3)), IDS)
    assert "identical vectors" in second_opinions(identical, [flat]).also[0].notes[0]


def test_names_join_only_where_that_is_wanted(tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    vectors = draw.normal(size=(6, 4))
    first = made(tmp_path, "one", vectors, ["apple", "Pear", "plum", "fig", "kiwi", "lime"])
    second = made(tmp_path, "two", vectors[::-1], ["lime", "kiwi", "FIG", "plum", "pear", "apple"])
    told = second_opinions(first.query("apple", k=9), [second], by="name")
    ranks = {hit.genes[0].label: hit.also[0].rank for hit in told.hits}
    assert {name for name, rank in ranks.items() if rank is None} == {"Pear", "fig"}
    assert told.also[0].joined == "name"


def test_several_rows_with_one_id_are_none(tmp_path: Path) -> None:
    other = made(tmp_path, "twice", np.eye(4) + 1, [f"{IDS[1]}.1", f"{IDS[1]}.2", IDS[2], IDS[3]])
    first = made(tmp_path, "once", np.eye(4) + 1, IDS[:4])
    join = Join(other.space)
    assert [join.row(first.space.gene(row)) for row in range(4)] == [None, None, 2, 3]


def test_order_by_agreement(pair: tuple[Session, Session]) -> None:
    first, second = pair
    told = by_agreement(second_opinions(first.query(IDS[20], k=49), [second]))
    agreed = [hit.agreement for hit in told.hits]
    known = [value for value in agreed if value is not None]
    assert known == sorted(known) and agreed[len(known) :] == [None] * (len(agreed) - len(known))
    assert [hit.rank for hit in told.hits[len(known) :]] == sorted(
        hit.rank for hit in told.hits if hit.agreement is None
    )
    assert told.to_json()["order"] == "agreement"
    pairs = by_agreement(second_opinions(first.query(f"{IDS[20]} : {IDS[30]}", k=9), [second]))
    scores = [hit.also[0].score for hit in pairs.hits if hit.also[0].score is not None]
    for hit in pairs.hits:
        score = hit.also[0].score
        if score is not None and hit.agreement is not None:
            place = 1 + sum(other > score for other in scores)
            assert hit.agreement == pytest.approx(math.sqrt(hit.rank * place))


def test_no_space_is_asked_twice(pair: tuple[Session, Session]) -> None:
    first, second = pair
    result = first.query(IDS[20])
    for others in ([first], [second, second]):
        with pytest.raises(UsageError, match="is asked twice"):
            second_opinions(result, others)
    with pytest.raises(Cancelled):
        second_opinions(result, [second], run=Run(cancelled=lambda: True))
    assert second_opinions(second_opinions(result, [second]), []) == result


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(file.relative_to(folder)): (file.stat().st_size, file.stat().st_mtime_ns)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_nothing_is_written_into_the_other_space(pair: tuple[Session, Session]) -> None:
    first, second = pair
    opened = gene_tui.open_space(second.space.folder)
    before = _files(second.space.folder)
    for text in (IDS[20], f"{IDS[20]} : {IDS[30]}", f"{IDS[20]} : {IDS[30]} :: {IDS[31]} : ?"):
        second_opinions(first.query(text), [opened])
    assert _files(second.space.folder) == before


def test_it_is_kept_and_written_whole(pair: tuple[Session, Session], tmp_path: Path) -> None:
    first, second = pair
    other = made(tmp_path, "third", np.eye(N, 7) + 1, IDS)
    result = second_opinions(first.query(IDS[20], k=12), [second, other])
    assert loads(dumps(result)) == result
    form = result.to_json()
    assert [one["space"]["name"] for one in form["also"]] == ["second", "third"]
    assert [len(hit["also"]) for hit in form["hits"]] == [2] * 12
    rows = list(csv.DictReader(io.StringIO(to_delimited(result, ","))))
    each = ("", "_rank", "_score", "_rarity", "_rarity_of", "_rarity_count", "_absent")
    also = [f"also{place}{of}" for place in (1, 2) for of in each]
    assert list(rows[0])[-15:] == [*also, "agreement"]
    assert [{row[f"also{place}"] for row in rows} for place in (1, 2)] == [{"second"}, {"third"}]
    frame = result.to_frame()
    assert str(frame["also1_rank"].dtype) == "Int64" and str(frame["agreement"].dtype) == "float64"

    narrow, wide = (to_text(result, width=width, color=False).splitlines() for width in (80, 160))
    assert max(map(len, narrow)) <= 80
    heads = narrow[0].split()
    assert heads[-1] == "second" and "third" not in heads and "name" not in heads
    assert {"second", "third"} <= set(wide[0].split())
    lines = header(result)
    assert any(
        line.startswith("also second: a hit's rank among all its 50 genes") for line in lines
    )


def test_the_command_asks_other_spaces(tmp_path: Path) -> None:
    source = tmp_path / "few.npz"
    session = gene_tui.open_space()
    genes = [session.space.gene(row).id for row in range(400)]
    np.savez(source, embeddings=session.space.vectors[:400, ::-1], genes=np.array(genes))
    answer = run("query", genes[3], "--also", str(source), "--format", "json", "-k", "5").json
    assert answer["also"][0]["space"]["name"] == "few" and answer["order"] == "score"
    assert len(answer["hits"][0]["also"]) == 1
    table = run("query", genes[3], "--also", str(source), "--order", "agreement")
    assert table.code == 0 and "agree" in table.out.splitlines()[0].split()
    assert "also few: a hit's rank among all its 400 genes" in table.err
    lines = run("query", "-", "--also", str(source), stdin=f"{genes[3]}\nNOSUCH\n")
    assert lines.code == 1 and '"also"' in lines.out.splitlines()[0]
    for arguments, code, said in (
        (("--also", "nosuch"), 3, "there is no space called nosuch"),
        (("--also", os.environ["GENE_TUI_SPACE"]), 2, "the same space is asked twice"),
        (("--also", str(source), "--also", str(source)), 2, "the same space is asked twice"),
        (("--order", "agreement"), 2, "--order agreement needs a second space"),
        (("--also-by", "name"), 2, "--also-by needs a second space"),
    ):
        wrong = run("query", genes[3], *arguments)
        assert wrong.code == code and said in wrong.err and wrong.err.count("\nhint: ") == 1
    figures = tmp_path / "report.md"
    assert (
        run(
            "query", genes[3], "--also", str(source), "--format", "markdown", "-o", str(figures)
        ).code
        == 0
    )
    assert "- Also few: a hit's rank among all its 400 genes" in figures.read_text()


def test_components_that_another_space_does_not_have_are_said(tmp_path: Path) -> None:
    vectors = np.random.default_rng(2).normal(size=(9, 4)).astype(np.float32)
    genes = np.array([f"g{n}" for n in range(9)])
    np.savez(tmp_path / "flat.npz", embeddings=vectors, genes=genes)
    options = ("--also", str(tmp_path / "flat.npz"), "--drop-components", "4")
    wrong = run("query", "HBA1", *options)
    assert wrong.code == 2 and "0 to 3 in a space of 4 dimensions" in wrong.err
    assert wrong.err.count("\nhint: ") == 1
