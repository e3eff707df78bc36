"""Lists by name: what ``@NAME`` may mean, what is said of it, and what is refused."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

import gene_tui
from gene_tui.errors import AmbiguousGene, FileError, NoAnswer, QuerySyntaxError, UsageError
from gene_tui.files import AlreadyThere
from gene_tui.history import History
from gene_tui.lists.named import Lists
from gene_tui.lists.saved import delete_list, load_list, rename_list, save_list, saved_names
from gene_tui.session import Session
from tests.cli import run

GLOBINS = ("HBA1", "HBA2", "HBB", "HBD")


@pytest.fixture
def session() -> Session:
    return gene_tui.open_space()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "globins.txt").write_text("\n".join(GLOBINS), encoding="utf-8")
    (tmp_path / "plain").write_text("HBA1\nMB\n", encoding="utf-8")
    (tmp_path / "sets.gmt").write_text(
        "Oxygen transport\tR-HSA-1\tHBA1\tHBB\tMB\n"
        "hormones\tna\tINS\tGCG\tPYY\n"
        "twice\tA-1\tHBA1\tHBB\n"
        "twice\tA-2\tHBA1\tINS\n",
        encoding="utf-8",
    )
    return tmp_path


def _members(result: gene_tui.Result) -> set[str]:
    return {member.gene.symbol for member in result.members}


def test_a_file_is_read_and_said(session: Session, folder: Path) -> None:
    text = "HBA1\nHBB\nHBA1\nNOSUCH\nENSG00000206172\nMB\n"
    (folder / "some.txt").write_text(text, encoding="utf-8")
    result = session.query("@some.txt")
    assert _members(result) == {"HBA1", "HBB", "MB"}
    note = next(note for note in result.notes if "some.txt" in note)
    assert note == "@some.txt (file): 3 of 6 names are members, 1 absent (NOSUCH), 2 repeated"
    assert result.canonical == "@some.txt"
    assert {gene.symbol for gene in result.query_genes} == {"HBA1", "HBB", "MB"}
    same = session.query("HBA1, HBB, MB")
    assert same.hits == result.hits and same.members == result.members


def test_other_names_are_said(session: Session, folder: Path) -> None:
    gene = next(g for g in map(session.space.gene, range(session.space.n)) if g.previous)
    (folder / "old.txt").write_text(f"{gene.previous[0]}\nHBA1\n", encoding="utf-8")
    result = session.query("@old.txt")
    assert gene.symbol in _members(result)
    told = next(note for note in result.notes if "by another name" in note)
    assert told.startswith(f"1 by another name: {gene.previous[0]} → {gene.symbol}")


def test_the_first_column_of_a_table_counts(session: Session, folder: Path) -> None:
    table = "gene\tfold\nHBA1\t2.5\nHBB\t1.5\nMB\t0.5\n"
    (folder / "table.tsv").write_text(table, encoding="utf-8")
    result = session.query("@table.tsv")
    assert _members(result) == {"HBA1", "HBB", "MB"}
    assert any("first column" in note for note in result.notes)


def test_sets_are_found_by_name_and_by_id(session: Session, folder: Path) -> None:
    session.lists.gene_sets = (folder / "sets.gmt",)
    for text in ('@"Oxygen transport"', "@R-HSA-1", '@set:"Oxygen transport"', "@r-hsa-1"):
        result = session.query(text)
        assert _members(result) == {"HBA1", "HBB", "MB"}
        assert any("gene set Oxygen transport" in note for note in result.notes)
    with pytest.raises(AmbiguousGene, match="2 gene sets are called twice"):
        session.query("@twice")
    assert _members(session.query("@A-2")) == {"HBA1", "INS"}


def test_what_is_in_doubt_is_refused(session: Session, folder: Path) -> None:
    save_list("hormones", ["HBA1", "HBB"])
    assert _members(session.query("@hormones")) == {"HBA1", "HBB"}
    session.lists.gene_sets = (folder / "sets.gmt",)
    with pytest.raises(AmbiguousGene) as caught:
        session.query("@hormones")
    assert caught.value.hint == "type @list:hormones or @set:hormones"
    assert _members(session.query("@list:hormones")) == {"HBA1", "HBB"}
    assert _members(session.query("@set:hormones")) == {"INS", "GCG"}
    save_list("globins.txt", ["INS", "GCG"])
    with pytest.raises(AmbiguousGene) as caught:
        session.query("@globins.txt")
    assert caught.value.hint == "type @./globins.txt or @list:globins.txt"
    assert _members(session.query("@./globins.txt")) == set(GLOBINS)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("@nothing", "no saved list or gene set is called nothing", "--gmt"),
        ("@plain", "no saved list or gene set is called plain", "the file is @./plain"),
        ("@set:x", "no gene set is called x", "--gmt"),
        ("@list:mine ", "no saved list is called mine", "close to it: @mines"),
        ("@x : HBA1", "@x is a list", "@a - @b"),
        ("@x ~ HBA1", "@x is a list", "@a asks"),
        ("@x - @x", "nothing is left", "both signs"),
        ("@sets.gmt", "@sets.gmt is a file of gene sets", "--gmt sets.gmt"),
        ("@./my.GMT.gz", "is a file of gene sets", "--gmt ./my.GMT.gz"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_is_no_list_is_said(session: Session, text: str, message: str, hint: str) -> None:
    save_list("mines", ["HBA1", "HBB"])
    with pytest.raises((NoAnswer, QuerySyntaxError)) as caught:
        session.query(text)
    assert message in caught.value.message and hint in caught.value.hint


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe\x00\x01", "not UTF-8"),
        (b"HBA1\n\0\0\nHBB", "it is not text"),
        (b"# nothing\n\n", "holds no name"),
        (b"FOO\nBAR\n", "none of the 2 names"),
        (b"HBA1\nHBA1\nENSG00000206172\n", "one gene, HBA1"),
        (b"HBA1\n", "one gene, HBA1"),
        (b"HBA1\nFOO\nBAR\n", "1 of 3 names are members, 2 absent (FOO, BAR)"),
    ],
    ids=["missing", "binary", "zeros", "empty", "unknown", "duplicates", "one", "one known"],
)
def test_bad_files_are_one_line_and_a_hint(folder: Path, body: bytes | None, message: str) -> None:
    if body is not None:
        (folder / "bad.txt").write_bytes(body)
    done = run("query", "@bad.txt")
    assert done.code in (1, 3)
    lines = [line for line in done.err.splitlines() if not line.startswith("space:")]
    assert len(lines) == 2 and message in lines[0] and lines[1].startswith("hint: "), done.err


def test_a_file_without_end_is_refused(session: Session) -> None:
    with pytest.raises(FileError, match="device"):
        session.query("@/dev/zero")


def test_a_pipe_is_read(session: Session, folder: Path) -> None:
    pipe = folder / "pipe.txt"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("HBA1\nHBB\n",))
    writer.start()
    assert _members(session.query("@pipe.txt")) == {"HBA1", "HBB"}
    writer.join()


def test_a_list_is_a_term_of_a_sum(session: Session, folder: Path) -> None:
    (folder / "hormones.txt").write_text("INS\nGCG\nMB\n", encoding="utf-8")
    vectors = np.asarray(session.space.vectors, dtype=np.float64)

    def rows(*names: str) -> list[int]:
        return [session.resolver.resolve(name).row for name in names]

    def centre(names: tuple[str, ...]) -> np.ndarray:
        block = vectors[rows(*names)]
        lengths = np.linalg.norm(block, axis=1)
        mean = (block / lengths[:, None]).mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean) * lengths.mean())

    used = rows(*GLOBINS, "INS", "GCG", "MB")
    for text, target in {
        "@globins.txt - 2*@hormones.txt": centre(GLOBINS) - 2 * centre(("INS", "GCG", "MB")),
        "@globins.txt - MB + @hormones.txt": centre(GLOBINS)
        - vectors[rows("MB")[0]]
        + centre(("INS", "GCG", "MB")),
    }.items():
        result = session.query(text)
        cosines = vectors @ target / np.linalg.norm(vectors, axis=1) / np.linalg.norm(target)
        cosines[used] = -2
        assert [hit.score for hit in result.hits] == pytest.approx(sorted(cosines)[::-1][:10])
        assert sum(result.term_sizes) == len(result.query_genes)
    by_distance = session.query("@globins.txt + MB", metric="euclidean")
    target = vectors[rows(*GLOBINS)].mean(axis=0) + vectors[rows("MB")[0]]
    distances = -np.linalg.norm(vectors - target, axis=1)
    distances[rows(*GLOBINS, "MB")] = -np.inf
    assert by_distance.hits[0].score == pytest.approx(distances.max())


def test_lists_are_saved_by_any_harmless_name() -> None:
    assert saved_names() == []
    for name in ("tcells", "T cells % ü", "a:b", "日本"):
        save_list(f" {name} ", ["HBA1", "#tag", "a,b", "ü\n"])
        assert load_list(name) == ("HBA1", "#tag", "a,b", "ü\n")
    assert len(saved_names()) == 4
    with pytest.raises(AlreadyThere):
        save_list("tcells", ["HBB"])
    save_list("tcells", ["HBB"], replace=True)
    assert load_list("tcells") == ("HBB",)
    assert delete_list("tcells") and not delete_list("tcells")
    assert load_list("tcells") is None
    for name in ("", "  ", "../x", ".x", "@x", "list:x", "x" * 100, "a\nb", "日" * 60):
        with pytest.raises(UsageError):
            save_list(name, ["HBA1"])
        assert load_list(name) is None


def test_a_damaged_saved_list_is_one_line_and_a_hint() -> None:
    file = save_list("mine", ["HBA1", "HBB"])
    for body in (b"", b"\xff", b"[]", b'{"format": 9, "labels": []}', b'{"format":1,"labels":[1]}'):
        file.write_bytes(body)
        with pytest.raises(FileError, match="is not a saved list") as caught:
            Lists().find("mine")
        assert caught.value.hint


def test_a_changed_file_never_changes_an_old_answer(session: Session, folder: Path) -> None:
    result = session.query("@globins.txt")
    with History.open(folder / "history.sqlite") as history:
        history.add(result)
        (folder / "globins.txt").unlink()
        (entry,) = history.entries()
        assert entry.result() == result
    labels = [session.gene(name).label for name in GLOBINS]
    assert entry.canonical == ", ".join(labels) and entry.text == "@globins.txt"


def test_ten_thousand_names(session: Session, folder: Path) -> None:
    names = [session.space.gene(row).label for row in range(session.space.n - 5)]
    names += [f"NOSUCH{number}" for number in range(10_000)]
    (folder / "many.txt").write_text("\n".join(names), encoding="utf-8")
    result = session.query("@many.txt")
    assert len(result.members) == session.space.n - 5
    assert len(result.hits) == 5
    assert any("10,000 absent" in note and len(note) < 300 for note in result.notes)


@pytest.mark.usefixtures("folder")
def test_the_command_line_takes_lists(demonstration: Path) -> None:
    asked = ("query", '@"Oxygen transport" - @hormones', "--gmt", "sets.gmt", "--format", "json")
    done = run(*asked)
    assert done.code == 0, done.err
    assert done.json["canonical"] == '@"Oxygen transport" - @hormones'
    done = run("enrich", "@globins.txt", "--gmt", "sets.gmt", "--min-size", "2", "--all")
    assert done.code == 0 and "Oxygen transport" in done.out, done.err
    assert run("enrich", "HBA1 - HBB", "--gmt", "sets.gmt").code == 2
    done = run("compare", *[str(demonstration)] * 2, "@globins.txt", "--format", "json")
    assert done.code == 0, done.err
    assert not {shift["symbol1"] for shift in done.json["shifts"]} & set(GLOBINS)
    assert any("4 genes that both spaces have" in note for note in done.json["notes"])


def test_a_saved_list_is_renamed() -> None:
    save_list("one", ["HBA1"])
    save_list("two", ["HBB"])
    rename_list("one", "one")
    for other in ("two", "a/b", ""):
        with pytest.raises(UsageError):
            rename_list("one", other)
    with pytest.raises(FileError, match="no list called three"):
        rename_list("three", "four")
    rename_list("one", " three ")
    assert saved_names() == ["three", "two"] and load_list("three") == ("HBA1",)


def test_lists_like_a_half_typed_name(tmp_path: Path) -> None:
    save_list("globins", ["HBA1"])
    save_list("two globes", ["HBB"])
    file = tmp_path / "sets.gmt"
    file.write_text("Globin fold\tR-1\tHBA1\tHBB\nglobins\tna\tHBZ\tHBM\n")
    lists = Lists((file,))
    assert lists.like("GLOB", 9) == [
        ("globins", "saved list"),
        ("Globin fold", "gene set of 2, sets"),
        ("set:globins", "gene set of 2, sets"),
        ("two globes", "saved list"),
    ]
    assert [typed for typed, _ in lists.like("set:fold", 9)] == ["set:Globin fold"]
    assert [typed for typed, _ in lists.like("list:", 9)] == ["list:globins", "list:two globes"]
    assert len(lists.like("", 2)) == 2 and Lists().like("nothing", 9) == []
