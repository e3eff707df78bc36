"""The README shows what the program really prints."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import pytest

from gene_tui.language.parser import parse
from tests.cli import run

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
TOUR = re.search(r"```console\n(.*?)```", README, re.DOTALL)
assert TOUR is not None
STEPS = [step.split("\n", 1) for step in TOUR[1].removeprefix("$ ").split("\n$ ")]


def words(line: str, count: int) -> list[str]:
    return line.split()[:count]


@pytest.mark.usefixtures("no_space_chosen")
@pytest.mark.parametrize(("command", "shown"), STEPS, ids=[step[0][:40] for step in STEPS])
def test_the_tour_prints_what_it_says(command: str, shown: str) -> None:
    arguments = shlex.split(command, comments=True)
    assert arguments[0] == "gene-tui"
    done = run(*arguments[1:])
    lines = [line for line in shown.splitlines() if line]
    if done.code:
        for line in lines:
            assert line in done.err
        return
    # The terminal of the README is 80 wide, the test's has no width: names may be cut there.
    numbers = 7 if "back" in lines[0] else 5
    printed = [words(line, numbers) for line in done.out.splitlines()]
    for line in lines:
        assert words(line, numbers) in printed
    assert len(lines) > 2


def test_every_query_of_the_table_parses() -> None:
    table = README.split("## What to ask")[1].split("\n\n")[1]
    queries = [
        query
        for line in table.splitlines()[2:]
        for query in re.findall(r"`([^`]+)`", line.split("|")[1])
    ]
    assert len(queries) >= 11
    for query in queries:
        parse(query)


def test_every_key_of_the_table_does_something() -> None:
    from gene_tui.ui.actions import ACTIONS

    bound = {key for action in ACTIONS for key in action.keys}
    named = {
        "/": "slash",
        "⏎": "enter",
        "[": "left_square_bracket",
        "]": "right_square_bracket",
        "+": "plus",
        "?": "question_mark",
        "Esc": "escape",
        "Tab": "tab",
        "↑": "up",
        "↓": "down",
        "Ctrl+R": "ctrl+r",
        "Ctrl+P": "ctrl+p",
    }
    table = README.split("| key | does |")[1].split("\n\n")[0]
    keys = re.findall(r"`([^`]+)`", table)
    assert len(keys) > 25
    for key in keys:
        if key == "hjkl":
            assert set(key) <= bound
        else:
            assert named.get(key, key) in bound, key


def test_pictures_and_commands_exist() -> None:
    root = Path(__file__).parents[2]
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (root / picture).is_file(), picture
    for script in re.findall(r"python (benchmarks/\w+\.py)", README):
        assert (root / script).is_file(), script
    from gene_tui.cli import COMMANDS

    for command in re.findall(r"gene-tui ([a-z]+)", README):
        assert command in COMMANDS, command


def test_the_map_for_contributors_names_what_there_is() -> None:
    root = Path(__file__).parents[2]
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:gene_tui/|assets/|ui/|session|engines/|language/)[\w./]*)`", text)
    assert len(named) > 20
    for path in named:
        places = [root / path, root / "gene_tui" / path, root / "gene_tui" / f"{path}.py"]
        assert any(place.exists() for place in places), path
    rooms = set(re.findall(r"`([a-z]+)/?`", text.split("## The way")[0]))
    modules = {child.stem for child in (root / "gene_tui").iterdir() if child.name[0] not in "_."}
    assert modules - {"py"} <= rooms, modules - rooms


def test_every_function_on_the_way_of_a_question_exists() -> None:
    root = Path(__file__).parents[2]
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    way = text.split("## The way of")[1].split("\n## ")[0]
    assert 5 <= len(re.findall(r"^\d\. ", way, re.MULTILINE)) <= 8
    steps = re.findall(r"`([a-z/_]+)\.py`\s+`([\w.]+)`", way)
    assert len(steps) >= 10
    for file, names in steps:
        found: object = importlib.import_module("gene_tui." + file.replace("/", "."))
        for name in names.split("."):
            found = getattr(found, name, None)
        assert callable(found), f"{file}.py has no {names}"
