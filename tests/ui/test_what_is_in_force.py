"""How an answer was made is on the screen at every size: its space, its measure, its cap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from textual import events

from gene_tui.errors import Cancelled
from gene_tui.run import Run
from gene_tui.ui.widgets.query_line import pasted_names
from tests.ui.conftest import Driver, Start

SIZES = pytest.mark.parametrize("size", [(80, 24), (110, 30), (140, 40)], ids=str)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    file = tmp_path / "other.npz"
    rng = np.random.default_rng(1)
    np.savez(file, embeddings=rng.normal(size=(40, 8)), genes=[f"W{n}" for n in range(40)])
    return file


def border(driver: Driver) -> str:
    """The upper border of the answer, as much of it as there is room for."""
    title = str(driver.main.results.border_title)
    assert len(title) <= driver.main.results.size.width - 4
    return title


@SIZES
async def test_an_answer_of_another_space_names_it(
    start: Start, other: Path, size: tuple[int, int]
) -> None:
    async with start(size) as driver:
        await driver.ask("HBA1")
        assert " in " not in border(driver)
        driver.main.loader.open(str(other))
        await driver.until(lambda: driver.main.loader.session.space.name == "other")
        await driver.until(lambda: "50 genes in demonstration" in border(driver))
        assert "other" in str(driver.main.status.render())
        await driver.ask("W1")
        assert " in " not in border(driver)
        await driver.press("left_square_bracket")
        await driver.until(lambda: "50 genes in demonstration" in border(driver))


@SIZES
async def test_the_measure_and_the_cap_are_there(start: Start, size: tuple[int, int]) -> None:
    async with start(size) as driver:
        for query, told in (
            ("HBA1", "cosine"),
            ("PYGL : PYGM", "direction"),
            ("PYGL : ?", "direction · cap 0.8"),
        ):
            await driver.ask(query)
            await driver.until(lambda told=told: told in border(driver), told)
        await driver.ask("PYGL : PYGM :: GYS2 : ?")
        await driver.until(lambda: driver.main.pane == "results")
        await driver.press("M")
        await driver.until(lambda: "3CosAdd" in border(driver))
        assert "3CosAdd" in str(driver.main.status.render())
        await driver.press("m")
        assert driver.main.asking.choice.metric in str(driver.main.status.render())


async def test_another_measure_does_not_apply_to_pairs_and_that_is_said(start: Start) -> None:
    async with start((80, 24)) as driver:
        await driver.ask("PYGL : PYGM")
        await driver.until(lambda: driver.main.pane == "results")
        driver.watch()
        await driver.press("M")
        assert "do not apply" in driver.said
        assert driver.main.asking.choice.measure == "direction"
        assert "ask" not in driver.computed


async def test_r_asks_again_what_was_stopped(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start() as driver:
        await driver.ask("HBB")
        session = driver.main.loader.session
        query = session.query

        def stopped(*_: object, run: Run, **__: object) -> None:
            while not run.cancelled():
                pass
            raise Cancelled

        monkeypatch.setattr(session, "query", stopped)
        driver.main.query_line.put("HBA1")
        driver.main.set_focus(driver.main.query_line)
        await driver.pilot.press("enter")
        await driver.until(lambda: driver.main.jobs.running("ask"))
        await driver.pilot.press("escape")
        await driver.until(lambda: "r asks again" in driver.card)
        monkeypatch.setattr(session, "query", query)
        await driver.press("r")
        await driver.until(lambda: driver.main.asking.trail.here.result.query.text == "HBA1")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("HBA1\nHBB\n\nMB\n", ["HBA1", "HBB", "MB"]),
        ("HBA1\tup\r\nHBB\tdown\r\n", ["HBA1", "HBB"]),
        ("# de genes\nHBA1,\nHBB;\nHBA1\n", ["HBA1", "HBB"]),
        ("HLA-A\nHLA-B", ["HLA-A", "HLA-B"]),
        ("HBA1", []),
        ("HBA1 : HBB\nMB : NGB", []),
        ("? ~ ?\nMB", []),
        ("", []),
    ],
)
def test_a_column_of_names_is_a_list(text: str, names: list[str]) -> None:
    assert pasted_names(text) == names


async def test_a_paste_of_many_lines_becomes_a_list_or_says_what_it_left_out(start: Start) -> None:
    async with start((80, 24)) as driver:
        line = driver.main.query_line
        driver.app.post_message(events.Paste("HBA1\nHBB\nMB\n"))
        await driver.until(lambda: line.value == "HBA1, HBB, MB")
        await driver.until(lambda: "3 names were pasted as a list" in driver.said)
        await driver.until(lambda: driver.main.query_box.reading.tone == "right")
        assert not driver.main.suggestions.display, "MB is offered as the beginning of others"
        await driver.press("enter")
        await driver.until(lambda: driver.symbols)
        line.put("")
        driver.main.set_focus(line)
        names = ["HBA1", "HBB", *(f"G{n}" for n in range(130))]
        driver.app.post_message(events.Paste("\n".join(names)))
        await driver.until(lambda: line.value == "@pasted")
        await driver.until(lambda: "132 names were pasted as the list @pasted" in driver.said)
        await driver.press("enter")
        await driver.until(lambda: driver.main.asking.rows.result.canonical == "@pasted")
        result = driver.main.asking.rows.result
        assert {member.gene.symbol for member in result.members} == {"HBA1", "HBB"}
        assert any("130 absent" in note for note in result.notes)
        line.put("")
        driver.main.set_focus(line)
        driver.app.post_message(events.Paste("HBA1 : HBB\nMB : NGB\n"))
        await driver.until(lambda: line.value == "HBA1 : HBB")
        await driver.until(lambda: "1 more were left out" in driver.said)
