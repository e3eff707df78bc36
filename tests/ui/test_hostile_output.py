"""Genes with hostile names, down to the bytes that reach a terminal."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import run
from tests.ui.hostile_space import ESCAPES, NAMES, write
from tests.ui.pseudo_terminal import FRESH, Harm, Program, Screen, gene_tui

#: A control character or one that turns the direction of writing; breaks between lines, and
#: tabs between columns, are a command's own.
HARMFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("hostile") / "space")


@pytest.fixture
def program(hostile: Path) -> Iterator[Program]:
    program = Program(gene_tui("--space", str(hostile)))
    try:
        program.until_shown("ready")
        yield program
    finally:
        program.close()


@pytest.mark.parametrize(
    "text", [ESCAPES, "\x1b]0;title\x1b[31m\x07\x9b", "\u202egnp.exe", "\x1bPq\x1b\\", "a\tb\x00"]
)
def test_the_tests_terminal_lets_nothing_through(text: str) -> None:
    """What it is to catch does harm a terminal that shows it as it is."""
    screen = Screen(80, 24)
    try:
        screen.feed(text)
    except Harm:
        return
    assert screen.copied or screen.titles


def test_hostile_names_reach_the_terminal_harmless_and_the_clipboard_unchanged(
    program: Program,
) -> None:
    """Whatever is not the app's own makes the terminal raise, at any byte of this."""
    program.ask("G1", "30 genes")
    for name in ("[/x]", "[bold red]loud[", "␛]52", "�gnp.exe", "中文基因", "L…"):
        program.until_shown(name)
    assert not program.screen.copied
    for _ in range(30):  # each gene in the details pane, and marked
        program.send(" ")
        program.until_quiet(0.15)
        program.send("j")
    program.until_shown("mean")  # the marked genes, above the keys
    program.send("Y")
    program.until_shown("row label")
    program.send("b")
    program.until(lambda: program.screen.copied, "copied")
    (copied,) = program.screen.copied
    assert all(name in copied for name in NAMES)
    for keys in ("\x10", "[/x]", "\x1b\x1b", "+", "\x1b", "/", "[/x]", "\x1b\x1b\x1b"):
        program.send(keys)  # the palette; a question of all of them, into the history; a name
        program.until_quiet(0.4)
    program.process.terminate()
    program.wait()
    assert program.screen.modes == FRESH
    assert not program.screen.titles
    assert len(program.screen.copied) == 1


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "tsv", "json"])
def test_what_the_command_line_prints_on_a_terminal_is_harmless(hostile: Path, form: str) -> None:
    asked = ("query", "G1", "-k", "40", "--space", str(hostile), "--format", form)
    run(*asked)  # what is slow the first time draws a bar, whose control codes are the program's
    program = Program(gene_tui(*asked))
    program.screen.feed = lambda _: None  # type: ignore[method-assign] # tabs are in order here
    try:
        assert program.wait() == 0
    finally:
        program.close()
    text = COLOUR.sub("", program.raw.decode())
    assert "[/x]" in text.replace("\\", "")
    assert HARMFUL.search(text) is None


def test_what_the_command_line_tells_of_a_hostile_space_is_harmless(hostile: Path) -> None:
    space = ("--space", str(hostile))
    for given in (
        ("info", str(hostile)),
        ("query", "G1", *space, "-k", "40"),
        ("query", f'"{ESCAPES[:3]}"', *space),
        ("query", "\x1b[31m \u202e ?", *space),
        ("query", "[/x] : G1 :: G2 : ?", *space),
        ("query", "G1", "--space", f"{hostile}{ESCAPES}"),
        ("history",),
    ):
        done = run(*given)
        assert done.out or done.err
        assert HARMFUL.search(done.out + done.err) is None, given


def test_what_is_written_for_programs_is_faithful(hostile: Path) -> None:
    def labels(form: str, *more: str) -> set[str]:
        asked = ("query", "G1", "-k", "40", "--space", str(hostile), "--format", form, *more)
        out = run(*asked).out
        if form == "json":
            assert HARMFUL.search(out) is None
            return {hit["genes"][0]["label"] for hit in json.loads(out)["hits"]}
        rows = list(csv.DictReader(io.StringIO(out, newline="")))
        return {row["gene1"] for row in rows}

    assert labels("json") > set(NAMES)
    assert labels("csv", "--raw") > set(NAMES)
    assert all(HARMFUL.search(label) is None for label in labels("csv"))
