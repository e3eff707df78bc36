"""Questions without a command, without quotes, with options anywhere; what the shell has eaten."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

import gene_tui
from gene_tui.cli.query import tell_long
from tests.cli import Ran, run

pytestmark = pytest.mark.usefixtures("small")


def asked(done: Ran) -> str:
    assert done.code == 0, done.err
    text: str = done.json["canonical"]
    return text


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("HBA1", "HBA1"),
        ("'CD3D : CD19'", "CD3D : CD19"),
        ("query CD3D : CD19", "CD3D : CD19"),
        ("CD3D : CD19 :: '?' : ?", "CD3D : CD19"),
        ("CD3D : CD19 :: CD3E :  '?'", "CD3D : CD19 :: CD3E : ?"),
        ("query HBA1 - HBB + MYC", "HBA1 - HBB + MYC"),
        ("query - HBB + HBA1", "- HBB + HBA1"),
        ("'- HBB' + HBA1", "- HBB + HBA1"),
        ("-2*HBB + HBA1", "- 2*HBB + HBA1"),
        ("query HBA1, HBB, MYC", "HBA1, HBB, MYC"),
        ("-k 2 HBA1", "HBA1"),
        ("--metric euclidean query HBA1 -k 2", "HBA1"),
        ("--threads 1 HBA1 ~ HBB --unit", "HBA1 ~ HBB"),
    ],
)
def test_a_question_is_asked_however_it_is_typed(typed: str, canonical: str) -> None:
    assert asked(run(*shlex.split(typed), "--format", "json")) == canonical
    assert asked(run("--format", "json", *shlex.split(typed))) == canonical
    assert asked(run("--format", "json", "--", "HBA1")) == "HBA1"


def test_options_count_before_and_behind_the_command(small_space: Path) -> None:
    for words in (
        ("--space", str(small_space), "--threads", "1", "-k", "3", "query", "HBA1"),
        ("query", "HBA1", "--space", str(small_space), "--threads", "1", "-k", "3"),
        ("-s", str(small_space), "HBA1", "--threads=1", "-k3"),
    ):
        done = run(*words, "--format", "json")
        assert done.code == 0 and len(done.json["hits"]) == 3
        assert "$GENE_TUI_SPACE" not in done.err
    built = run("--threads", "1", "index", "build", "nowhere")
    assert built.code == 3 and "no space called nowhere" in built.err


def test_a_word_that_is_no_command_and_no_gene_may_have_been_one() -> None:
    for typed, near in (("qurey", "query"), ("qurey HBA1 HBB", "query"), ("Inof", "info")):
        done = run(*typed.split())
        assert (done.code, done.out) == (2, "")
        assert f"error: {typed.split()[0]} is no command" in done.err
        assert f"hint: did you mean gene-tui {near}" in done.err
    done = run("HBA1", ":", "qurey")
    assert done.code == 1 and "no gene is called qurey" in done.err
    done = run("XQZ77")
    assert done.code == 1 and "gene-tui --help lists the commands" in done.err


def test_a_gene_comes_before_a_suggestion_and_a_command_before_a_gene(tmp_path: Path) -> None:
    import numpy as np

    file = tmp_path / "words.npz"
    names = np.array(["qurey", "help", "other", "more"])
    np.savez(file, embeddings=np.random.default_rng(1).standard_normal((4, 6)), genes=names)
    assert asked(run("qurey", "-s", str(file), "--format", "json")) == "qurey"
    assert run("help").out.startswith("Usage: gene-tui ")
    assert asked(run("query", "help", "-s", str(file), "--format", "json")) == "help"


def test_help_is_had_in_words() -> None:
    assert run("help").out == run("--help").out
    assert run("help", "query").out == run("query", "--help").out
    assert run("help", "index", "build").out == run("index", "build", "--help").out
    done = run("help", "qurey")
    assert done.code == 2 and "did you mean query?" in done.err


@pytest.mark.parametrize(
    ("typed", "files", "meant"),
    [
        (["HBA1", ":", "a"], "a", "HBA1 : ?"),
        (["a", "b", "~", "a", "b"], "ab", "? ~ ?"),
        (["HBA1", ":", "b", "a", "::", "HBB", ":", "MYC"], "ab", "HBA1 : ? :: HBB : MYC"),
        (["HBA1", "HOME", "HBB"], "", "HBA1 ~ HBB"),
        (["HBA1", "HOME", "x"], "x", "HBA1 ~ ?"),
    ],
)
@pytest.mark.parametrize("command", [(), ("query",)])
def test_what_the_shell_has_eaten_is_explained(
    typed: list[str],
    files: str,
    meant: str,
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (*files, "longer"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    words = [str(Path.home()) if word == "HOME" else word for word in typed]
    done = run(*command, *words)
    assert (done.code, done.out) == (2, "")
    first, second = done.err.splitlines()
    assert first.startswith("error: the shell has replaced ")
    assert second == f"hint: put the question into quotes: gene-tui query '{meant}'"


def test_letters_that_the_shell_did_not_put_there_are_genes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        (tmp_path / name).touch()
    for text in (["HBA1", ":", "a"], ["HBA1 : a b"], ["a"]):
        assert "the shell" not in run("query", *text).err


def test_csv_says_beside_it_that_a_gene_was_meant_by_an_alias() -> None:
    done = run("NOPE", "-s", "atlas", "-k", "1", "--format", "csv")
    assert done.code == 0 and done.out.startswith("rank,")
    assert "NOPE → IGDCC4 (alias)" in done.err


def test_what_the_whole_space_takes_is_said_first(capsys: pytest.CaptureFixture[str]) -> None:
    session = gene_tui.open_space("atlas")
    tell_long(session, "? : ?", None)
    said = capsys.readouterr().err
    assert "193,365,945 pairs A, B" in said and " min and " in said and " MB" in said
    assert "gene-tui scan atlas keeps what is done" in said
    tell_long(session, "? : ?", 500)
    tell_long(session, "HBA1 : ?", None)
    assert capsys.readouterr().err == ""
