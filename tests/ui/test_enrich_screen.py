"""Gene sets: the dialog, the table, the marked genes, stopping, and what goes wrong."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

import gene_tui
from gene_tui.errors import Cancelled
from gene_tui.run import Progress
from gene_tui.ui.screens.enrich import EnrichDialog
from gene_tui.ui.screens.tables import TableScreen
from gene_tui.ui.widgets.choice_line import ChoiceLine
from tests.ui.conftest import Driver, Start

GLOBINS = ("HBA2", "HBB", "HBD", "HBG1", "HBG2", "HBZ", "HBM", "HBE1")


@pytest.fixture
def gmt(tmp_path: Path) -> Path:
    """Three sets: globins, others, and one with a name that means harm."""
    file = tmp_path / "sets.gmt"
    others = ("PYGL", "PYGM", "GYS1", "GYS2", "ALDOB", "ALDOC", "MYH7", "MYL2")
    lines = [
        ("OTHERS", "no globin", *others),
        ("GLOBINS", "oxygen", *GLOBINS),
        ("[/x]\x1b]52;c;AA\x07", "harm", *others[:5], "HBB"),
    ]
    file.write_text("\n".join("\t".join(line) for line in lines), encoding="utf-8")
    return file


async def dialog(driver: Driver) -> EnrichDialog:
    """Wait for the dialog."""
    await driver.until(lambda: isinstance(driver.app.screen, EnrichDialog))
    await driver.pilot.pause()
    screen = driver.app.screen
    assert isinstance(screen, EnrichDialog)
    return screen


async def name(driver: Driver, file: Path | str, told: str) -> None:
    """Name the file in the dialog and wait until the job ended and the screen tells of it."""
    driver.app.screen.query_one("#file", Input).value = str(file)
    await driver.press("enter")
    await driver.until(lambda: not driver.main.jobs.running("enrich"))
    await driver.until(lambda: told in " ".join(driver.screen_text.split()), told)


async def test_the_answer_is_tested_as_the_core_tests_it(
    start: Start, demo: Path, gmt: Path
) -> None:
    from gene_tui.enrich import enrich, locate, of_result, read_gmt

    session = gene_tui.open_space(str(demo))
    listed = of_result(session, session.query("HBA1", k=50))
    wanted = enrich(session, listed, locate(session, read_gmt(gmt))).best()
    async with start((140, 40)) as driver:
        await driver.ask("HBA1")
        driver.main.action_do("enrich")
        await dialog(driver)
        await name(driver, gmt, "sets tested")
        screen = driver.app.screen
        assert isinstance(screen, TableScreen) and screen.page is not None
        assert [row[0] for row in screen.page.table.rows()] == [one.name for one in wanted]
        assert screen.page.table.rows()[0][0] == "GLOBINS"
        assert float(screen.page.table.rows()[0][1]) == pytest.approx(wanted[0].q, rel=0.05)
        assert screen.page.table.rows()[0][2] == f"{wanted[0].overlap}/{wanted[0].size}"
        assert screen.page.passing == sum(one.q <= 0.05 for one in wanted) > 0
        text = driver.screen_text
        assert "GLOBINS: " + ", ".join(gene.shown for gene in wanted[0].genes) in text
        assert "50 genes of" in text
        assert "[/x]␛]52;c;AA␇" in text and "\x1b" not in text
        await driver.press("escape")
        assert driver.app.screen is driver.main


async def test_no_file_named_is_the_sets_in_the_box(start: Start) -> None:
    async with start((140, 40)) as driver:
        await driver.ask("HBA1")
        driver.main.action_do("enrich")
        await dialog(driver)
        await name(driver, "", "sets tested")
        assert "gene sets: Reactome-2024-09-18 (in the box)" in driver.screen_text
        assert "R-HSA-" in driver.screen_text or "oxygen" in driver.screen_text


async def test_marked_genes_are_a_list_too(start: Start, gmt: Path) -> None:
    async with start((80, 24)) as driver:
        await driver.ask("HBA1")
        await driver.press("space", "j", "space")
        marked = [gene.shown for gene in driver.main.marking.basket.genes]
        driver.main.action_do("enrich")
        screen = await dialog(driver)
        screen.query_one("#list", ChoiceLine).chosen = 1
        await name(driver, gmt, "the marked genes · 2 genes of")
        assert "GLOBINS: " + ", ".join(marked) in driver.screen_text


async def test_what_goes_wrong_is_said_where_it_can_be_mended(start: Start, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.gmt"
    damaged.write_text("only a name\n", encoding="utf-8")
    async with start((80, 24)) as driver:
        driver.main.action_do("enrich")
        await driver.pilot.pause()
        assert driver.app.screen is driver.main
        assert "neither hits" in driver.said
        await driver.ask("HBA1")
        driver.main.action_do("enrich")
        await dialog(driver)
        about = " ".join(driver.screen_text.replace("│", " ").split())
        assert "or a file's." in about  # whole, on as many lines as it takes
        await name(driver, "https://sets.org/x.gmt", "an address")
        assert isinstance(driver.app.screen, EnrichDialog)
        for file, told in ((tmp_path / "none.gmt", "none.gmt"), (damaged, "line 1")):
            await name(driver, file, told)
            again = await dialog(driver)
            assert "→" in driver.screen_text
            assert again.query_one("#file", Input).value == str(file)


async def test_progress_is_shown_and_escape_stops(
    start: Start, gmt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = []

    def endless(*_: Any, run: Any, **_kw: Any) -> Any:
        while not run.cancelled():
            run.report(Progress("finding genes of sets", 3, 10))
            time.sleep(0.01)
        stopped.append(True)
        raise Cancelled()

    monkeypatch.setattr("gene_tui.enrich.locate", endless)
    async with start() as driver:
        await driver.ask("HBA1")
        driver.main.action_do("enrich")
        await dialog(driver)
        driver.app.screen.query_one("#file", Input).value = str(gmt)
        await driver.press("enter")
        await driver.until(lambda: "finding genes of sets" in driver.screen_text)
        assert "3/10" in driver.screen_text and "Esc stops" in driver.screen_text
        await driver.press("escape")
        await driver.until(lambda: stopped)
        assert driver.app.screen is driver.main
