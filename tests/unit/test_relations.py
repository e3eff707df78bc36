"""Relations by example through the session: names, files of pairs, what is refused."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

import gene_tui
from gene_tui.compare import compare_query
from gene_tui.errors import FileError, GeneTuiError, NoAnswer, QuerySyntaxError, UsageError
from gene_tui.export import wording
from gene_tui.history import History
from gene_tui.lists.saved import save_list
from gene_tui.model import stored
from gene_tui.model.query import Kind
from gene_tui.model.result import HeldOut, Yardstick
from gene_tui.pictures.pictures import pictures
from gene_tui.session import Session
from gene_tui.spaces.space import View
from tests.cli import run

EXAMPLES = "PYGL : PYGM, GYS2 : GYS1, MYL9 : MYL1"


@pytest.fixture
def session() -> Session:
    return gene_tui.open_space()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.tsv").write_text("PYGL\tPYGM\nGYS2\tGYS1\nMYL9\tMYL1\n", encoding="utf-8")
    return tmp_path


def shown(result: gene_tui.Result) -> list[tuple[str, ...]]:
    return [tuple(gene.symbol for gene in hit.genes) for hit in result.hits]


@pytest.mark.usefixtures("folder")
def test_typed_and_from_a_file(session: Session) -> None:
    for asked in ("? : ?", "ACTA2 : ?", "? : ACTA1", "ACTA2 : ACTA1"):
        typed = session.query(f"{EXAMPLES} :: {asked}")
        read = session.query(f"@pairs.tsv :: {asked}")
        assert typed.hits == read.hits and typed.kind == "relation"
        assert read.canonical == f"@pairs.tsv :: {asked}"
        assert typed.query_genes == read.query_genes
        assert not {gene for hit in typed.hits for gene in hit.genes} & set(typed.query_genes)
        note = next(note for note in read.notes if "pairs.tsv" in note)
        assert note == "@pairs.tsv (file): 3 of 3 pairs are examples"
        assert all(hit.z is not None and hit.rarity is None for hit in typed.hits)
    mixed = session.query("@pairs.tsv, PYGL : PYGM :: ? : ?")
    assert mixed.hits == session.query(f"{EXAMPLES} :: ? : ?").hits
    assert "1 example is repeated and counts once" in mixed.notes
    assert session.query("? : ? :: @pairs.tsv").canonical == "@pairs.tsv :: ? : ?"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gene1,gene2\nPYGL,PYGM\nGYS2,GYS1\n", ["2 of 2 pairs are examples"]),
        ("# a comment\nPYGL PYGM\n\nGYS2  GYS1\n", ["2 of 2 pairs are examples"]),
        ('"PYGL";"PYGM";1\nGYS2;GYS1;2\n', ["the first two of 3 columns"]),
        ("PYGL\tPYGM\nPYGL\tPYGM\nMB\tMB\n", ["1 of 3", "one gene twice (MB : MB)", "1 repeated"]),
        ("PYGL\tPYGM\nNOSUCH\tMB\n", ["1 of 2", "1 absent (NOSUCH : MB)"]),
        ("PYGL\tPYGM\nMB\nGYS2\tGYS1\n", ["1 line has no second name and is no pair"]),
        ("\ufeffPYGL\tPYGM\r\nGYS2\tGYS1\r\n", ["2 of 2"]),
        ("PYGL\tENSG00000068976.7\n", ["1 of 1 pairs"]),
    ],
)
def test_what_was_read_is_said(session: Session, folder: Path, text: str, told: list[str]) -> None:
    (folder / "some.txt").write_text(text, encoding="utf-8", newline="")
    result = session.query("@some.txt :: ? : ?", k=2)
    notes = "; ".join(result.notes)
    assert all(part in notes for part in told), notes
    assert result.hits


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("MB : MB, PYGL : PYGM :: ? : ?", "names the same gene twice", "two different genes"),
        ("MB : ENSG00000198125, INS : GCG :: ? : ?", "names the same gene twice", "different"),
        ("MB : INS, INS : MB :: ? : ?", "cancel each other out", "point the other way"),
        ("MB : INS, MB : GCG :: MB : ?", "one stands twice", "replace one"),
        ("MB : INS, PYGL : NOSUCH :: ? : ?", "NOSUCH", ""),
        ("@a : @b", "@a is a list", "@a - @b"),
        ("@a : @b :: ? : ?", "@a is a list", "@pairs.tsv"),
        ("MB : INS, INS : GCG", "expected '::'", "MB : INS, INS : GCG :: ? : ?"),
        ("MB : ?, INS : GCG :: ? : ?", "an example has no '?'", "INS : GCG :: ? : ?"),
        ("MB : INS, 2*INS : GCG :: ? : ?", "only the genes of a sum", "MB : INS"),
        ("@p.tsv :: ? + ?", "'+' cannot stand here", "@p.tsv :: ? : ?"),
        ("@p.tsv :: MB", "expected ':' after 'MB'", "@p.tsv :: ? : ?"),
        ("MB : INS, PYGL, :: ? : ?", "expected a gene", "MB : INS"),
        ("@globins :: ? : ?", "a saved list of genes", "two columns"),
        ("@nothing :: ? : ?", "no saved list or gene set", ""),
        ("@missing.tsv :: ? : ?", "No such file", "two columns"),
        ("@one.tsv :: ? : ?", "holds one column", "two columns"),
        ("@empty.tsv :: ? : ?", "holds no pair", "two columns"),
        ("@unknown.tsv :: ? : ?", "2 absent (X1 : X2, X3 : X4)", "a pair is two"),
        ("@binary.tsv :: ? : ?", "not UTF-8 text", "two columns"),
        ("@nul.tsv :: ? : ?", "not text", "two columns"),
        ("@/dev/zero :: ? : ?", "is a device", "two columns"),
        ("@. :: ? : ?", "", ""),
    ],
)
def test_what_cannot_be_asked(
    session: Session, folder: Path, text: str, message: str, hint: str
) -> None:
    save_list("globins", ["HBA1", "HBB"])
    (folder / "one.tsv").write_text("HBA1\nHBB\n", encoding="utf-8")
    (folder / "empty.tsv").write_text("\n \n", encoding="utf-8")
    (folder / "unknown.tsv").write_text("X1\tX2\nX3\tX4\n", encoding="utf-8")
    (folder / "binary.tsv").write_bytes(bytes(range(256)) * 9)
    (folder / "nul.tsv").write_bytes(b"HBA1\0HBB\n")
    with pytest.raises(GeneTuiError) as caught:
        session.query(text)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert "\n" not in caught.value.message


def test_distances_and_products_are_refused(session: Session) -> None:
    with pytest.raises(UsageError, match="no distance to it"):
        session.query(f"{EXAMPLES} :: ? : ?", metric="euclidean")
    with pytest.raises(UsageError, match="a relation has several"):
        session.query(f"{EXAMPLES} :: ACTA2 : ?", measure="3cosmul")
    with pytest.raises(UsageError, match="a gene that is completed"):
        session.query(f"{EXAMPLES} :: ? : ?", measure="3cosadd")
    added = session.query(f"{EXAMPLES} :: ACTA2 : ?", measure="3cosadd")
    assert added.hits and added.hits != session.query(f"{EXAMPLES} :: ACTA2 : ?").hits


def test_a_silent_pipe_can_be_stopped(session: Session, folder: Path) -> None:
    os.mkfifo(folder / "pipe.tsv")
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(gene_tui.errors.Cancelled):
        session.query("@pipe.tsv :: ? : ?", run=gene_tui.Run(cancelled=stop.is_set))


def test_ten_thousand_pairs(session: Session, folder: Path) -> None:
    labels = [session.space.gene(row).label for row in range(session.space.n)]
    lines = [f"{a}\t{b}" for a in labels[:100] for b in labels[100:200]]
    (folder / "many.tsv").write_text("\n".join(lines), encoding="utf-8")
    result = session.query("@many.tsv :: ? : ?", k=3)
    assert len(result.hits) == 3 and len(result.query_genes) == 20_000


def test_history_keeps_the_pairs(session: Session, folder: Path, tmp_path: Path) -> None:
    result = session.query("@pairs.tsv :: ACTA2 : ?")
    history = History.open(tmp_path / "history.db")
    history.add(result)
    entry = history.entries()[0]
    (folder / "pairs.tsv").write_text("HBA1\tMB\n", encoding="utf-8")
    labels = [gene.label for gene in result.query_genes]
    assert entry.canonical.split(" :: ")[0].replace(",", " :").split(" : ") == labels[:6]
    assert session.query(entry.canonical).hits == result.hits
    stored = entry.result()
    assert stored.query == result.query and stored.query_genes == result.query_genes
    assert stored.query.kind is Kind.RELATION


@pytest.mark.usefixtures("folder")
def test_all_formats_say_it(session: Session) -> None:
    for asked in ("? : ?", "ACTA2 : ACTA1"):
        result = session.query(f"@pairs.tsv :: {asked}")
        text = gene_tui.to_markdown(result)
        assert "- Examples: [PYGL]" in text
        for form in ("table", "csv", "json"):
            done = run("query", f"@pairs.tsv :: {asked}", "--format", form)
            assert done.code == 0, done.err
    with pytest.raises((NoAnswer, FileError, QuerySyntaxError)):
        session.query("@pairs.tsv :: @pairs.tsv")


def test_how_far_it_holds(session: Session) -> None:
    """A real relation, one with a pair that does not belong, and pairs at random."""
    asked = session.query(f"{EXAMPLES}, CKM : CKB, INS : HBA1 :: ? : ?")
    assert asked.held_out is None and "held_out" not in asked.to_json()
    result = session.held_out(asked)
    held = result.held_out
    assert held is not None and result.hits == asked.hits
    assert [(one.a, one.b) for one in held.examples] == list(
        zip(asked.query_genes[::2], asked.query_genes[1::2], strict=True)
    )
    assert held.median == sorted(one.rank or 0 for one in held.examples)[2]
    form = result.to_json()
    assert form["held_out_median"] == held.median
    assert form["held_out"][0]["a"] == held.examples[0].a.label
    lines = wording.held_out(result)
    assert lines[0].startswith(f"{held.verdict}: median held-out rank ")
    assert wording.legend(result, 100) == lines[0]
    assert "44 ways" in lines[1] and lines[2].startswith("held-out ranks: ")
    apart = [one for one in held.examples if one.disagrees]
    assert ("disagree with the others" in lines[-1]) == bool(apart)
    for one in apart:
        assert f"{one.a.symbol} : {one.b.symbol} (rank" in lines[-1]
    document = gene_tui.to_markdown(result)
    assert "- Held out: " in document and "## Examples" in document
    assert stored.loads(stored.dumps(result)) == result


def test_the_words_for_it() -> None:
    random, dealt = Yardstick(500.5, 95.0), Yardstick(60.0, 20.0, 44, 5)
    said = {
        median: HeldOut((), median, random, dealt).verdict for median in (5.0, 20.0, 94.0, 95.0)
    }
    assert said == {
        5.0: "holds for partners",
        20.0: "holds for kinds, not for partners",
        94.0: "holds for kinds, not for partners",
        95.0: "does not generalise",
    }
    assert HeldOut((), 5.0, random, None).verdict == "holds better than by chance"
    assert HeldOut(()).verdict == ""


def test_one_example_is_not_held_out(session: Session, folder: Path) -> None:
    (folder / "one.tsv").write_text("PYGL\tPYGM\n", encoding="utf-8")
    result = session.query("@one.tsv :: ? : ?")
    assert session.held_out(result) is result
    plain = session.query("PYGL : PYGM")
    assert session.held_out(plain) is plain
    assert [hit.genes for hit in result.hits] == [hit.genes for hit in plain.hits]


def test_two_that_cancel_out_once_a_third_is_gone(session: Session) -> None:
    result = session.held_out(session.query("MB : INS, INS : MB, PYGL : PYGM :: ? : ?"))
    held = result.held_out
    assert held is not None and held.examples[2].rank is None and held.examples[0].rank
    assert result.to_json()["held_out"][2]["fit"] is None
    assert "held-out ranks: " in "\n".join(wording.held_out(result))


def test_the_command_line_says_it_after_the_hits() -> None:
    done = run("query", f"{EXAMPLES} :: ? : ?")
    assert done.code == 0 and "held-out ranks" in done.err
    assert "held-out" not in run("query", f"{EXAMPLES} :: ? : ?", "--format", "csv").out
    assert run("query", f"{EXAMPLES} :: ? : ?", "--format", "json").json["held_out_verdict"]


def test_it_is_found_in_the_part_that_was_asked(session: Session) -> None:
    whole = session.held_out(session.query(f"{EXAMPLES} :: ? : ?"))
    part = session.held_out(session.query(f"{EXAMPLES} :: ? : ?", truncate=session.space.n - 200))
    assert whole.held_out and part.held_out
    assert whole.held_out.examples[0].of == part.held_out.examples[0].of + 200


def test_names_with_commas(tmp_path: Path) -> None:
    names = [",", "Meanwhile,", "a,b", "@x", "plain", "New York", "other", "last"]
    rows = np.random.default_rng(3).normal(size=(len(names), 4))
    source = tmp_path / "words.vec"
    lines = [f"{name}\t" + "\t".join(map(str, row)) for name, row in zip(names, rows, strict=True)]
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    session = gene_tui.open_space(source)
    text = '"," : "Meanwhile,", a,b : "@x" :: "New York" : ?'
    result = session.query(text)
    assert result.canonical == text and session.parse(result.canonical) == result.query
    assert {gene.label for hit in result.hits for gene in hit.genes} == {"plain", "other", "last"}
    history = History.open(tmp_path / "history.db")
    history.add(result)
    assert session.query(history.entries()[0].canonical).hits == result.hits
    for wrong in (
        "Meanwhile, : plain, other : last :: ? : ?",
        ", : plain, other : last :: ? : ?",
        "plain : Meanwhile,, other : last :: ? : ?",
    ):
        with pytest.raises(GeneTuiError) as caught:
            session.query(wrong)
        assert "commas separate; as a name it is typed" in caught.value.hint


def test_two_spaces_are_asked_by_what_both_know(session: Session, folder: Path) -> None:
    with (folder / "pairs.tsv").open("a", encoding="utf-8") as handle:
        handle.write("NOSUCH\tMB\n")
    other = Session(session.space.with_view(View(center=True)))
    found = compare_query(session, other, "@pairs.tsv, PYGL : PYGM :: ? : ?", k=5)
    asked = session.query(f"{EXAMPLES} :: ? : ?", k=5)
    assert [hit.genes for hit in found.hits_a] == [hit.genes for hit in asked.hits]
    assert any("3 of 4 pairs, of genes of both spaces" in note for note in found.notes)
    one = compare_query(session, other, "@pairs.tsv :: ACTA2 : ?", measure="3cosadd")
    assert one.depth is None and len(one.hits_a) == 10


def test_a_list_of_one_shared_gene_is_said(session: Session, folder: Path) -> None:
    (folder / "some.txt").write_text("HBA1\nNOSUCH\n", encoding="utf-8")
    other = Session(session.space.with_view(View(center=True)))
    with pytest.raises(NoAnswer, match="one gene, HBA1, of those that both spaces have"):
        compare_query(session, other, "@some.txt")


def test_partners_that_give_each_other_away_are_said(session: Session) -> None:
    told = "PYGM is the second gene of several examples"
    shared = session.held_out(session.query("PYGL : PYGM, GYS2 : PYGM :: ? : ?", k=2))
    assert any(note.startswith(told) for note in shared.notes)
    assert shared.held_out is not None and (shared.held_out.median or 9) < 3
    for text in (EXAMPLES, "PYGL : PYGM, PYGL : GYS1", "PYGL : PYGM, PYGL : PYGM"):
        notes = session.query(f"{text} :: ? : ?", k=2).notes
        assert not any("held-out" in note for note in notes)


def test_pictures_of_a_relation(session: Session) -> None:
    pairs = session.query(f"{EXAMPLES} :: ? : ?")
    drawn = {one.title: one for one in pictures(session.engines, pairs)}
    assert {"Background", "Map", "Close-up", "Offsets"} <= set(drawn)
    names = drawn["Offsets"].names
    assert {"PYGL − PYGM", "MYL9 − MYL1"} <= set(names) and len(names) == 13
    assert "random pairs C, D" in drawn["Background"].about
    for text, letter in (
        (" :: ACTA2 : ?", "D"),
        (" :: ? : ACTA1", "C"),
        (" :: ACTA2 : ACTA1", "D"),
    ):
        for measure in ("direction", "3cosadd"):
            result = session.query(EXAMPLES + text, measure=measure)
            drawn = {one.title: one for one in pictures(session.engines, result)}
            assert f"other genes as {letter}" in drawn["Background"].about
