"""The tables of the docs and the map for contributors name what there is."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from gene_tui.language.parser import parse

ROOT = Path(__file__).parents[2]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_query_of_the_table_parses() -> None:
    table = page("docs/questions.md").split("| typed | means |")[1].split("\n\n")[0]
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
    table = page("docs/app.md").split("| key | does |")[1].split("\n\n")[0]
    keys = re.findall(r"`([^`]+)`", table)
    assert len(keys) > 25
    for key in keys:
        if key == "hjkl":
            assert set(key) <= bound
        else:
            assert named.get(key, key) in bound, key


def test_scripts_that_are_named_exist() -> None:
    named = [*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    for text in map(Path.read_text, named):
        for script in re.findall(r"(?:benchmarks|assets)/\w+\.py", text):
            assert (ROOT / script).is_file(), script


def test_the_map_for_contributors_names_what_there_is() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:gene_tui/|assets/|ui/|session|engines/|language/)[\w./]*)`", text)
    assert len(named) > 20
    for path in named:
        places = [ROOT / path, ROOT / "gene_tui" / path, ROOT / "gene_tui" / f"{path}.py"]
        assert any(place.exists() for place in places), path
    rooms = set(re.findall(r"`([a-z]+)/?`", text.split("## The way")[0]))
    modules = {child.stem for child in (ROOT / "gene_tui").iterdir() if child.name[0] not in "_."}
    assert modules - {"py"} <= rooms, modules - rooms


def test_every_function_on_the_way_of_a_question_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    way = text.split("## The way of")[1].split("\n## ")[0]
    assert 5 <= len(re.findall(r"^\d\. ", way, re.MULTILINE)) <= 8
    steps = re.findall(r"`([a-z/_]+)\.py`\s+`([\w.]+)`", way)
    assert len(steps) >= 10
    for file, names in steps:
        found: object = importlib.import_module("gene_tui." + file.replace("/", "."))
        for name in names.split("."):
            found = getattr(found, name, None)
        assert callable(found), f"{file}.py has no {names}"
