"""The command line: what goes to which stream, exit codes, errors as one line and a hint."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli import run


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    file = tmp_path / "tiny.npz"
    rows = rng.standard_normal((30, 5)).astype(np.float32)
    rows[4] = 0
    np.savez(file, embeddings=rows, genes=np.array([f"g{i}" for i in range(30)]))
    return file


def test_data_goes_to_stdout_and_the_rest_to_stderr() -> None:
    done = run("query", "HBA1", "-k", "3")
    assert done.code == 0
    assert "HBA2" in done.out and "HBA2" not in done.err
    assert "(from $GENE_TUI_SPACE)" in done.err
    assert "\x1b" not in done.out


def test_json_has_the_documented_fields() -> None:
    form = run("query", "HBA1", "-k", "2", "--format", "json").json
    assert list(form) == [
        "schema",
        "query",
        "canonical",
        "kind",
        "query_genes",
        "space",
        "metric",
        "measure",
        "options",
        "transforms",
        "exact",
        "complete",
        "method",
        "elapsed_s",
        "load_s",
        "z_by_chance",
        "hits",
        "notes",
    ]
    assert list(form["hits"][0]) == [
        "rank",
        "genes",
        "score",
        "z",
        "rarity",
        "rarity_of",
        "rarity_count",
        "back",
        "mutual_rank",
    ]
    assert list(form["hits"][0]["genes"][0]) == ["label", "id", "symbol", "name", "url"]
    assert list(form["options"]) == ["k", "cap", "per_gene", "within", "type", "truncate"]
    assert list(form["space"]) == ["name", "genes", "dims", "fingerprint"]


def test_delimited_formats_hold_the_same_hits() -> None:
    for form, sep in (("csv", ","), ("tsv", "\t")):
        done = run("query", "PYGL : PYGM", "-k", "4", "--format", form)
        rows = list(csv.DictReader(io.StringIO(done.out), delimiter=sep))
        assert len(rows) == 4
        assert (rows[0]["symbol1"], rows[0]["symbol2"]) == ("GYS2", "GYS1")


def test_markdown_links_genes_and_names_the_space() -> None:
    done = run("query", "HBA1", "--format", "markdown")
    assert "https://www.proteinatlas.org/ENSG00000188536" in done.out
    assert "- Space: demonstration, " in done.out


def test_output_file_is_written_whole(tmp_path: Path) -> None:
    file = tmp_path / "hits.json"
    done = run("query", "HBA1", "--format", "json", "-o", str(file))
    assert done.out == ""
    assert json.loads(file.read_text())["kind"] == "nearest"
    failed = run("query", "HBA1", "-o", str(tmp_path / "no" / "where.json"))
    assert failed.code == 3 and "where.json cannot be written" in failed.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("query", "A - "), 1, "query:1:5 expected a gene after '-'"),
        (("query", "NOSUCHGENE"), 1, "NOSUCHGENE"),
        (("query", "HBA1", "--space", "nowhere"), 3, "there is no space called nowhere"),
        (("query", "HBA1", "-k", "0"), 2, "0"),
        (("query", "HBA1", "--metric", "taxicab"), 2, "taxicab"),
        (("query", "HBA1", "--measure", "3cosmul"), 2, "--measure 3cosmul"),
        (("import", "/nowhere/at/all.npz"), 3, "/nowhere/at/all.npz"),
        (("info", "nowhere"), 3, "nowhere"),
        (("remove", "nowhere"), 3, "nowhere"),
        (("import", "x.npz", "--name", "../evil"), 2, "../evil"),
        (("nonsense",), 1, "no gene is called nonsense"),
        (("qurey",), 2, "qurey is no command and no gene"),
    ],
)
def test_errors_are_a_line_a_hint_and_an_exit_code(
    arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = run(*arguments)
    assert done.code == code, done.err
    assert message in done.err
    assert done.out == ""
    assert "Traceback" not in done.err and "internal error" not in done.err


def test_debug_gives_the_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gene_tui", "query", "NOSUCHGENE", "--debug"],
        capture_output=True,
        text=True,
    )
    assert "Traceback" in done.stderr and done.returncode == 1


def test_a_space_is_imported_listed_described_and_removed(source: Path) -> None:
    made = run("import", str(source), "--name", "tiny")
    assert made.code == 0, made.err
    assert "tiny: 29 genes × 5 dimensions" in made.err
    assert "1 row dropped (all zero): g4" in made.err
    _, *listed = run("spaces", "--format", "json").json
    assert [(entry["name"], entry["genes"]) for entry in listed] == [("tiny", 29)]
    info = run("info", "tiny", "--format", "json").json
    assert info["dropped"] == [{"reason": "all zero", "count": 1, "examples": ["g4"]}]
    assert info["derived_bytes"] > 0
    assert info["remake"].startswith("gene-tui import ") and str(source) in info["remake"]
    assert run("query", "g1", "--space", "tiny", "--format", "json").json["space"]["genes"] == 29
    refused = run("import", str(source), "--name", "tiny")
    assert refused.code == 2 and "--replace" in refused.err
    again = run("import", str(source), "--name", "tiny", "--replace", "--truncate", "10")
    assert again.code == 0
    assert run("info", "tiny", "--format", "json").json["genes"] == 10
    assert run("remove", "tiny").code == 0
    (box,) = run("spaces", "--format", "json").json
    assert box["in_the_box"] is True


def test_the_atlas_is_listed_before_it_was_opened_and_after() -> None:
    for _ in range(2):
        first = run("spaces").out.splitlines()[1].split()
        assert first[:3] == ["atlas", "19,666", "128"]
        (box,) = run("spaces", "--format", "json").json
        assert (box["name"], box["genes"], box["dims"]) == ("atlas", 19_666, 128)
        assert run("info", "atlas").code == 0


def test_listings_never_cut_a_name_off_outside_a_terminal(source: Path) -> None:
    name = "a-rather-long-name-" * 5
    assert run("import", str(source), "--name", name[:100], "--no-derive").code == 0
    assert name[:100] in run("spaces").out


def test_queries_from_standard_input_answer_line_by_line() -> None:
    done = run("query", "-", "-k", "2", stdin="HBA1\n\nNOSUCHGENE\nA - \nHBA1 ~ HBB\n")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 1
    assert [line["query"] for line in lines] == ["HBA1", "NOSUCHGENE", "A -", "HBA1 ~ HBB"]
    assert lines[1]["error"]["position"] is None and lines[1]["error"]["hint"]
    assert lines[2]["error"]["message"].startswith("query:4:4 ")
    assert lines[2]["error"]["position"] == 3
    assert lines[3]["hits"][0]["rank_ab"] >= 1
    assert run("query", "-", stdin="HBA1\nHBB\n").code == 0
    assert len(run("query", "-", "--format", "json", stdin="HBA1\nHBB\n").out.splitlines()) == 2


@pytest.mark.parametrize("form", ["table", "tsv", "csv", "markdown"])
def test_a_stream_answers_in_every_form(form: str) -> None:
    done = run("query", "-", "-k", "2", "--format", form, stdin="HBA1\nNOSUCH\nHBA1 ~ HBB\n")
    assert done.code == 1
    assert "HBA2" in done.out and "HBA1 ~ HBB" in done.out
    assert "query:2 no gene is called NOSUCH" in done.err and "NOSUCH" not in done.out


def test_nothing_ends_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    from gene_tui.engines.answers.engines import Engines

    asked = [
        b"HBA1",
        b"H\xffBA1",
        b"# a comment",
        b'"#tag"',
        b"HBB",
        b"HBD : HBD",
        b"x" * 3_000_000,
    ]
    asked += [b"? ~ ? ~ ?", b"HBA1 : HBB :: HBD : ?", b"HBG1"]
    real = Engines.answer

    def fails(self: Engines, question: object, *rest: object, **more: object) -> object:
        if getattr(question, "kind", None) == "complete" or "COMPLETE" in str(question):
            raise ZeroDivisionError("ours")
        return real(self, question, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Engines, "answer", fails)
    done = run("query", "-", "-k", "2", stdin=b"\n".join(asked))
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 1 and len(lines) == len(asked) - 1
    wrong = [line.get("error", {}).get("message", "") for line in lines]
    assert [bool(text) for text in wrong] == [0, 1, 1, 0, 1, 1, 1, 1, 0]
    assert "UTF-8" in wrong[1] and "#tag" in wrong[2] and "too long" in wrong[5]
    assert "internal error: ZeroDivisionError" in wrong[7]


def test_sums_of_any_length_leave_no_files(shared_cache: Path) -> None:
    genes = [hit["genes"][0]["symbol"] for hit in hits_of("HBA1", 200)]
    before = sorted(shared_cache.rglob("*.npy"))
    many = run("query", " + ".join(genes[:150]), "--format", "json")
    assert many.code == 0 and len(many.json["query_genes"]) == 150
    assert run("query", "0.5*HBA1 - 3*HBB").code == 0
    assert sorted(shared_cache.rglob("*.npy")) == before


def test_equal_genes_of_a_sum_count_together() -> None:
    twice = run("query", "HBA1 + HBA1", "--format", "json").json
    assert twice["canonical"] == "2*HBA1" and len(twice["query_genes"]) == 1
    label = twice["query_genes"][0]["label"]
    by_name = run("query", f"HBA1 + {label} - HBB", "--format", "json").json
    assert by_name["canonical"] == "2*HBA1 - HBB"
    once = run("query", f"HBB + HBA1 - {label}", "--format", "json").json
    assert once["canonical"] == "1*HBB" and once["hits"] == run_hits("1*HBB")
    for nothing in (f"HBA1 - {label}", "HBA1 - HBA1", "0*HBA1"):
        done = run("query", nothing)
        assert done.code == 1 and "nothing is left" in done.err


def run_hits(text: str) -> Any:
    return run("query", text, "--format", "json").json["hits"]


def hits_of(text: str, k: int) -> Any:
    return run("query", text, "-k", str(k), "--format", "json").json["hits"]


def test_the_environment_and_the_config_choose_the_space(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENE_TUI_SPACE", str(source))
    done = run("query", "g1", "--format", "json")
    assert done.json["space"]["genes"] == 29
    assert "$GENE_TUI_SPACE" in done.err
    monkeypatch.delenv("GENE_TUI_SPACE")
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "gene-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'space = "{source}"\n')
    done = run("query", "g1", "--format", "json")
    assert done.json["space"]["genes"] == 29 and "config.toml" in done.err


def test_ctrl_c_during_an_import_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    with file.open("w") as handle:
        handle.write("200000 20\n")
        for row in range(200_000):
            handle.write(f"w{row} " + " ".join(["0.125"] * 20) + "\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "gene_tui", "import", str(file), "--name", "large"],
        stderr=subprocess.PIPE,
        text=True,
    )
    spaces = Path(os.environ["XDG_DATA_HOME"]) / "gene-tui" / "spaces"
    waited = time.monotonic() + 30
    while time.monotonic() < waited and not (spaces.is_dir() and any(spaces.iterdir())):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert list(spaces.iterdir()) == []


def test_a_reader_that_goes_away_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m gene_tui query '? ~ ?' -k 5000 --format csv | head -1",
        shell=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("rank,")
    assert "Broken" not in done.stderr and "Traceback" not in done.stderr


def test_a_query_may_begin_with_a_minus() -> None:
    form = run("query", "-k", "1", "- HBB + HBA1", "--format", "json").json
    assert form["kind"] == "arithmetic" and form["canonical"] == "- HBB + HBA1"


def test_an_unknown_glued_query_is_corrected_as_a_whole() -> None:
    done = run("query", "PYGL:PYGM :: GYS2 : ?")
    assert done.code == 1
    assert "PYGL : PYGM :: GYS2 : ?" in done.err
