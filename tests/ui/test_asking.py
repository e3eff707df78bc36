"""Asking: from the query line to the table and the details."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gene_tui.genes.suggest import Suggester, Suggestion
from gene_tui.model.result import Result
from gene_tui.ui import tasks
from gene_tui.ui.controllers import asking
from gene_tui.ui.controllers.asking import named_anew
from gene_tui.ui.screens.choose import Choose
from gene_tui.ui.screens.help import Help
from tests.ui.conftest import Start


async def test_a_gene_typed_shows_its_neighbours_and_the_first_ones_details(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        assert driver.symbols[0] == ("HBA2",)
        assert len(driver.symbols) == 50
        assert "50 genes · exact" in driver.screen_text
        await driver.until(lambda: "hemoglobin subunit alpha 2" in driver.screen_text)
        await driver.until(lambda: "www.proteinatlas.org/ENSG00000188536" in driver.screen_text)


async def test_a_pair_typed_shows_pairs_with_their_offsets(start: Start) -> None:
    async with start() as driver:
        await driver.ask("PYGL : PYGM")
        assert driver.symbols[0] == ("GYS2", "GYS1")
        await driver.until(lambda: "cos A·B" in driver.screen_text)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_a_relation_shows_pairs_and_how_far_it_holds(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(size) as driver:
        await driver.ask("PYGL : PYGM, GYS2 : GYS1, MYL9 : MYL1 :: ? : ?")
        await driver.until(lambda: "holds for partners" in driver.screen_text)
        assert "50 pairs · exact" in driver.screen_text
        if size[0] == 140:
            await driver.until(lambda: "held-out ranks: " in driver.screen_text)
        await driver.ask("PYGL : PYGM, GYS2 : GYS1 :: MYL9 : ?")
        await driver.until(lambda: "holds for partners" in driver.screen_text)
        await driver.press("M")
        await driver.until(lambda: "3CosAdd" in driver.screen_text)
        await driver.press("M")
        assert "3CosAdd" not in driver.screen_text and "direction" in driver.screen_text


async def test_what_is_typed_is_read_aloud(start: Start) -> None:
    async with start() as driver:
        await driver.type("PYGL : PYGM")
        assert "pairs parallel to PYGL − PYGM" in driver.screen_text
        driver.main.query_line.put("PYGL : :")
        await driver.pilot.pause()
        assert driver.main.query_box.reading.tone == "wrong"
        assert driver.main.query_box.reading.wrong_at == 7
        assert "at 8:" in driver.screen_text


async def test_an_unknown_gene_is_an_error_card_and_the_app_goes_on(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA11")
        assert "HBA11" in driver.card
        assert "HBA1" in driver.card.split("→")[1]
        await driver.ask("HBA1")
        assert driver.symbols[0] == ("HBA2",)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Questions wait for this before they are answered."""
    gate = threading.Event()

    def slow(*given: Any) -> Result:
        gate.wait(10)
        return tasks.answer(*given)

    monkeypatch.setattr(asking, "answer", slow)
    return gate


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (("H", "B", "Z"), "PYGL : PYGMHBZ"),
        (("ctrl+u", "H", "B", "Z", "tab"), "HBZ "),
    ],
    ids=["typed", "completed"],
)
async def test_an_answer_leaves_the_next_question_alone_while_it_is_typed(
    start: Start, held: threading.Event, keys: tuple[str, ...], left: str
) -> None:
    async with start() as driver:
        line = driver.main.query_line
        line.focus()
        line.put("PYGL : PYGM")
        await driver.pilot.press("enter")
        for key in keys:
            if key == "tab":
                await driver.until(lambda: driver.main.suggestions.display, "suggestions")
            await driver.pilot.press(key)
        held.set()
        await driver.until(lambda: driver.main.asking.trail.here, "the answer")
        await driver.settle()
        assert driver.symbols[0] == ("GYS2", "GYS1")
        assert line.value == left
        assert driver.main.focused is line
        await driver.press("escape")
        await driver.press("escape")
        assert line.value == "PYGL : PYGM"
        assert driver.main.focused is not line


async def test_nothing_is_suggested_for_what_nobody_types(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []
    suggest = Suggester.suggest

    def noted(self: Suggester, text: str, *given: Any) -> list[Suggestion]:
        texts.append(text)
        return suggest(self, text, *given)

    monkeypatch.setattr(Suggester, "suggest", noted)
    async with start() as driver:
        driver.main.asking.ask("PYGL : PYGM")
        await driver.until(lambda: driver.main.query_line.value == "PYGL : PYGM", "the answer")
        await driver.settle()
        assert driver.main.query_box.reading.tone == "right"
        assert not texts
        await driver.press("slash", "H")
        await driver.until(lambda: driver.main.suggestions.display, "suggestions")
        assert texts == ["H"]


async def test_half_a_name_is_no_wrong_name_while_the_cursor_moves(start: Start) -> None:
    async with start() as driver:
        box = driver.main.query_box
        await driver.press("slash", *"HBA1", "space", "colon", "space", *"PYG")
        assert box.reading.tone == ""
        await driver.press("left")
        assert box.reading.tone == ""
        await driver.press("end", *"QQQ")
        assert (box.reading.tone, box.reading.wrong_at) == ("wrong", 7)


async def test_an_answer_leaves_the_focus_to_who_went_to_the_query_line(
    start: Start, held: threading.Event
) -> None:
    async with start() as driver:
        held.set()
        await driver.ask("HBA1")
        held.clear()
        driver.main.asking.ask("PYGL : PYGM")
        await driver.pilot.press("slash")
        held.set()
        await driver.until(lambda: driver.symbols[0] == ("GYS2", "GYS1"), "the answer")
        await driver.settle()
        assert driver.main.focused is driver.main.query_line
        await driver.pilot.press("q", "H")
        assert driver.main.query_line.value == "qH"


async def test_the_first_card_tries_genes_that_the_space_has(start: Start, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    for labels, told, untold in (
        (["CD3D", "CD19", "X1", "X2", "X3"], "CD3D : CD19 ", "HBA1"),
        (["apple", "pear", "plum", "fig", "nut"], "genes are called apple, pear, plum", "CD3D"),
    ):
        file = tmp_path / f"{labels[0]}.npz"
        np.savez(file, embeddings=random.standard_normal((5, 8)), genes=labels)
        async with start(space=file) as driver:
            assert told in driver.card
            assert untold not in driver.card
            assert "A ~ B" in driver.card


_QUERY = """
import sys
from gene_tui.cli import main
sys.argv[1:] = ["query", "HBA1", "--space", sys.argv[1], "--format", "markdown"]
try:
    main()
except SystemExit as leaving:
    assert not leaving.code
"""
_APP = """
import asyncio, sys
from gene_tui.ui.app import GeneTui

async def main():
    app = GeneTui(sys.argv[1])
    async with app.run_test() as pilot:
        while app.main.loader.session is None:
            await pilot.pause(0.02)
        app.main.query_line.put("HBA1")
        await pilot.press("enter")
        while app.main.asking.trail.here is None:
            await pilot.pause(0.02)
    app.finish()

asyncio.run(main())
"""


@pytest.mark.parametrize("code", [_QUERY, _APP], ids=["query", "app"])
def test_an_answer_needs_no_pandas(demo: Path, code: str) -> None:
    last = "print('pandas' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{last}", str(demo)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    ("typed", "first"), [("q", "quit"), ("?", "help"), ("quit", "quit"), ("HELP", "help")]
)
async def test_a_key_or_command_typed_as_a_query_is_explained_and_offered(
    start: Start, typed: str, first: str
) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        driver.main.query_line.focus()
        driver.main.query_line.put(typed)
        await driver.press("enter")
        dialog = driver.app.screen
        assert isinstance(dialog, Choose)
        assert dialog.shown[0].id == first
        assert "every letter types; Esc leaves it" in str(dialog.query_one("#told").render())
        await driver.press("escape")
        assert driver.main.query_line.has_focus
        assert driver.main.query_line.value == typed
        await driver.press("enter")
        if first == "quit":
            await driver.press("down")
        await driver.press("enter")
        assert isinstance(driver.app.screen, Help)
        await driver.press("escape", "slash")
        driver.main.query_line.put("q")
        await driver.press("enter")
        await driver.pilot.press("enter")
        await driver.until(lambda: driver.app.return_code == 0, "it leaves")


async def test_of_genes_that_a_name_could_mean_one_is_picked(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "some.tsv"
    rows = ["gene\t" + "\t".join(f"d{n}" for n in range(4))]
    rng = random.Random(1)
    labels = ["ENSG00000041982", "ENSG00000163815", "ENSG00000114854", "ENSG00000101470"]
    rows += [f"{name}\t" + "\t".join(f"{rng.gauss(0, 1):.4f}" for _ in range(4)) for name in labels]
    file.write_text("\n".join(rows) + "\n")
    async with start(space=file) as driver:
        driver.main.query_line.focus()
        driver.main.query_line.put("TN - TNNC1")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, Choose), "which gene")
        dialog = driver.app.screen
        assert isinstance(dialog, Choose)
        assert [entry.name for entry in dialog.shown] == ["TNC", "CLEC3B"]
        assert "TN could mean 2 genes" in driver.screen_text
        await driver.press("down")
        await driver.pilot.press("enter")
        await driver.until(lambda: driver.main.asking.trail.here, "the answer")
        here = driver.main.asking.trail.here
        assert here is not None
        assert here.result.canonical == "CLEC3B - TNNC1"


def test_another_gene_is_named_where_the_name_stands() -> None:
    assert named_anew("TN : A :: 2TN : TN", "TN", "x y") == '"x y" : A :: 2TN : "x y"'
    assert named_anew('2*"TN" - B', "TN", "TNC") == "2*TNC - B"
    assert named_anew("@TN + TN", "TN", "TNC") == "@TN + TNC"
