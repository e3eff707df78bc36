"""JSON as it is documented: answers of every form and errors, against the schema in docs/."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gene_tui import errors
from gene_tui.model.query import SHAPES, Kind
from tests.cli import run
from tests.conftest import ROOT

SCHEMA = json.loads((ROOT / "docs" / "answer.schema.json").read_text())
CHECK = jsonschema.Draft202012Validator(SCHEMA)

#: One of each form the language has, mirrored ones too.
ASKED = {
    "HBA1": Kind.NEAREST,
    "? ~ HBA1": Kind.NEAREST,
    "HBA1 ~ HBB": Kind.COMPARE,
    "? ~ ?": Kind.CLOSEST,
    "HBA1 - HBB + 2*MYC": Kind.ARITHMETIC,
    "@genes.txt - HBB": Kind.ARITHMETIC,
    "HBA1, HBB, MYC": Kind.LIST,
    "@genes.txt": Kind.LIST,
    "CD3D : CD19": Kind.PAIRS,
    "? : ? :: CD3D : CD19": Kind.PAIRS,
    "HBA1 + HBB :: ? + ?": Kind.SUMS,
    "CD3D : CD19 :: CD3E : ?": Kind.COMPLETE,
    "CD3D : CD19 :: CD3E : MS4A1": Kind.ANALOGY,
    "CD3D : ? :: CD3E : ?": Kind.PARALLEL,
    "CD3D : ?": Kind.CONTAINING,
    "? : ?": Kind.ALL,
    "PYGL : PYGM, GYS2 : GYS1 :: ? : ?": Kind.RELATION,
    "PYGL : PYGM, GYS2 : GYS1 :: MYL9 : ?": Kind.RELATION,
    "@pairs.tsv :: MYL9 : MYL7": Kind.RELATION,
}


@pytest.fixture(autouse=True)
def _folder(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del small
    monkeypatch.chdir(tmp_path)
    Path("genes.txt").write_text("HBA1\nHBA2\nHBG1\n")
    Path("pairs.tsv").write_text("PYGL\tPYGM\nGYS2\tGYS1\nAMPD2\tAMPD1\n")


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"]["answer"]["properties"]["kind"]["enum"] == [str(kind) for kind in Kind]


def test_every_kind_is_asked() -> None:
    assert set(ASKED.values()) == set(Kind)
    assert len(ASKED) >= len(SHAPES)


def checked(form: Any) -> Any:
    CHECK.validate(form)
    assert form["schema"] == 1
    return form


@pytest.mark.parametrize("text", ASKED)
@pytest.mark.parametrize("derived", [False, True])
def test_answers(text: str, derived: bool, small_space: Path) -> None:
    space = small_space
    if derived:
        spaces = Path(os.environ["XDG_DATA_HOME"]) / "gene-tui" / "spaces"
        shutil.copytree(small_space, spaces / "own")
        assert run("derive", "own").code == 0
        space = spaces / "own"
    done = run("query", text, "-k", "3", "-s", str(space), "--format", "json")
    assert done.code == 0, done.err
    form = checked(done.json)
    assert form["kind"] == str(ASKED[text]) and form["hits"]
    analogy = " : " in form["canonical"]
    assert (form["measure"] == "direction") is analogy
    assert re.search(r"NaN|Infinity", done.out) is None


def test_answers_with_all_that_stands_beside_a_question(small_space: Path) -> None:
    source = str(small_space.parent / "small.npz")
    assert run("import", source, "--name", "other", "--truncate", "25").code == 0
    for words in (
        ("HBA1", "--metric", "euclidean", "--center", "--unit"),
        ("HBA1", "--within", "genes.txt", "--type", "protein-coding", "--truncate", "20"),
        ("CD3D : CD19 :: CD3E : ?", "--measure", "3cosmul", "--cap", "0.9", "--per-gene", "2"),
        ("HBA1", "--also", "other", "--order", "agreement"),
        ("CD3D : CD19", "--also", "other", "--also-by", "name"),
    ):
        done = run("query", *words, "--format", "json")
        assert done.code == 0, done.err
        checked(done.json)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("query", "HBA1 :"), "syntax"),
        (("query", "HBA9"), "unknown gene"),
        (("HBA9",), "unknown gene"),
        (("query", "HBA1 : HBA1"), "no answer"),
        (("query", "HBA1", "-k", "x"), "usage"),
        (("query", "HBA1", "--raw"), "usage"),
        (("query", "HBA1", "-s", "nowhere"), "file"),
        (("info", "nowhere"), "file"),
        (("enrich", "--gmt", "nowhere", "HBA1"), "file"),
        (("qurey",), "usage"),
    ],
)
def test_errors(words: tuple[str, ...], kind: str) -> None:
    told = run(*words)
    assert told.out == ""
    for form in (("--format", "json"), ("--format=json",), ("--format", "csv", "--format=json")):
        done = run(*words, *form)
        assert done.code == told.code != 0
        if "--raw" not in words:
            assert done.err == told.err
        error = checked(done.json)["error"]
        assert (error["kind"], error["exit_code"]) == (kind, done.code)
        assert f"error: {error['message']}" in done.err and error["hint"] in done.err


def test_errors_in_a_stream_and_before_it() -> None:
    done = run("query", "-", stdin="HBA1\nHBA9\nHBA1 :\n")
    answer, *wrong = map(checked, map(json.loads, done.out.splitlines()))
    assert answer["hits"] and [one["query"] for one in wrong] == ["HBA9", "HBA1 :"]
    assert [one["error"]["kind"] for one in wrong] == ["unknown gene", "syntax"]
    assert checked(run("query", "-", "-s", "nowhere").json)["error"]["exit_code"] == 3


def test_ctrl_c_and_faults_are_errors_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from gene_tui.session import Session

    for fault, kind, code in (
        (KeyboardInterrupt(), "stopped", 130),
        (MemoryError(), "file", 3),
        (ZeroDivisionError("ours"), "internal", 1),
        (
            errors.AmbiguousGene("x", "x could mean 2 genes", "type one", ["a", "b"]),
            "ambiguous gene",
            1,
        ),
    ):

        def fails(*_: object, fault: BaseException = fault, **__: object) -> None:
            raise fault

        monkeypatch.setattr(Session, "query", fails)
        done = run("query", "HBA1", "--format", "json")
        assert done.code == code
        assert checked(done.json)["error"]["kind"] == kind


def test_the_example_in_the_documentation_is_one() -> None:
    page = (ROOT / "docs" / "json.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    checked(json.loads(example))
    for kind in SCHEMA["$defs"]["error"]["properties"]["kind"]["enum"]:
        assert f"`{kind}`" in page or kind == "error"
