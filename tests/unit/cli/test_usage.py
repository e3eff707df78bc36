"""Every wrong use of the command line is one line that says so, one that says what to do."""

from __future__ import annotations

import shlex

import pytest

from tests.cli import run

#: What is typed: what is said, what the hint holds.
WRONG = {
    "quary HBA1": ("quary is no command", "did you mean gene-tui query?"),
    "--treads 2": ("no such option '--treads'", "did you mean --threads?"),
    "--threads": ("option '--threads' requires an argument", "see gene-tui --help"),
    "--threads 0": ("invalid value for '--threads': 0 is not in the range 1<=x", "from 1 to 1024"),
    "--space x info y": ("no such option '--space'", "its space as a word: gene-tui info SPACE"),
    "info -s x": ("no such option '-s'", "its space as a word: gene-tui info SPACE"),
    "query": ("missing argument 'TEXT'", "it goes gene-tui query [OPTIONS] TEXT; see gene-tui"),
    "query HBA1 --frmat json": ("no such option '--frmat'", "did you mean --format?"),
    "query HBA1 --format jsn": ("invalid value for '--format': 'jsn' is", "did you mean json?"),
    "query HBA1 --metric x": ("invalid value for '--metric': 'x' is not", "gene-tui query --help"),
    "query HBA1 -k": ("option '-k' requires an argument", "see gene-tui query --help"),
    "query HBA1 -k x": ("invalid value for '-k': 'x' is not a valid", "see gene-tui query --help"),
    "query HBA1 --unit=1": ("option '--unit' does not take a value", "see gene-tui query --help"),
    "query HBA1 -o /": ("invalid value for '-o' / '--output'", "see gene-tui query --help"),
    "query HBA1 --figures": (
        "--figures goes with --format markdown and -o FILE",
        "beside a report",
    ),
    "index": ("missing command", "it takes one of build, info, recall; see gene-tui index --help"),
    "index biuld": ("no such command 'biuld'", "did you mean build? see gene-tui index --help"),
    "index zzz": ("no such command 'zzz'", "it takes one of build, info, recall"),
    "index build": ("missing argument 'SPACE'", "it goes gene-tui index build [OPTIONS] SPACE"),
    "index build a --memory": ("option '--memory' requires an arg", "gene-tui index build --help"),
    "compare a": ("missing argument 'SPACE_B'", "[OPTIONS] SPACE_A SPACE_B [QUERY]"),
    "enrich --metric far x": ("invalid value for '--metric'", "gene-tui enrich --help"),
    "enrich": ("give the list of genes as LIST, --genes FILE or", "@list.txt"),
    "scan --tls-ca x": ("the --tls options go with --scheduler", "see gene-tui scan --help"),
    "get --replace": ("what is to be fetched?", "one of geneformer, geneformer-v2,"),
    "get geneformr": ("invalid value for '[WHAT]'", "did you mean geneformer? see gene-tui get"),
    "scan --cap 5": ("invalid value for '--cap': 5.0 is not in the range", "gene-tui scan --help"),
    "spaces x": ("got unexpected extra argument (x)", "it goes gene-tui spaces [OPTIONS]"),
}


@pytest.mark.parametrize("typed", WRONG)
def test_a_wrong_use_is_told_in_two_lines(typed: str) -> None:
    said, hint = WRONG[typed]
    done = run(*shlex.split(typed))
    assert (done.code, done.out) == (2, "")
    first, *rest = done.err.splitlines()
    assert first.startswith(f"error: {said}")
    assert not first.endswith(".")
    assert "Did you mean" not in first
    assert all(word not in done.err for word in ("Usage:", "Error:", "Traceback", "Try '"))
    (second,) = rest
    assert second.startswith("hint: ")
    assert hint in second


def test_what_was_typed_has_no_power_over_the_terminal() -> None:
    done = run("query", "HBA1", "--for\x1b[2Jmat\n")
    assert done.code == 2
    assert done.err.replace("\n", "").isprintable()
    assert len(done.err.splitlines()) == 2
