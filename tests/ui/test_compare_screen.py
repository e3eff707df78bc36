"""Comparing the open space with another: the picker, the tables, stopping, and what goes wrong."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.widgets import DataTable, Input

import gene_tui
from gene_tui.errors import Cancelled
from gene_tui.run import Progress
from gene_tui.ui.screens.spaces import SpacePicker
from gene_tui.ui.screens.tables import MOST_ROWS, TableScreen
from tests.ui.conftest import Driver, Start


@pytest.fixture(scope="module")
def other(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two thirds of the small space's genes, their vectors blurred: a source file."""
    space = gene_tui.open_space(str(demo)).space
    rows = np.flatnonzero(np.arange(space.n) % 3 > 0)
    vectors = np.asarray(space.vectors[rows])
    noise = np.random.default_rng(3).normal(scale=vectors.std() / 2, size=vectors.shape)
    genes = [space.gene(int(row)).label for row in rows]
    genes[-1] = "[/x]\x1b]52;c;AA\x07"
    file = tmp_path_factory.mktemp("other") / "blurred.npz"
    np.savez(file, embeddings=(vectors + noise).astype(np.float32), genes=genes)
    return file


async def compared(driver: Driver, file: Path, told: str) -> TableScreen:
    """Choose the file in the picker; wait until the job ended and the screen tells of it."""
    driver.main.action_do("compare")
    await driver.until(lambda: isinstance(driver.app.screen, SpacePicker))
    await driver.pilot.pause()
    driver.app.screen.query_one(Input).value = str(file)
    await driver.press("enter")
    await driver.until(lambda: not driver.main.jobs.running("compare"))
    await driver.until(lambda: told in " ".join(driver.screen_text.split()), told)
    screen = driver.app.screen
    assert isinstance(screen, TableScreen)
    return screen


async def test_neighbourhoods_and_ranks_are_those_of_the_core(
    start: Start, demo: Path, other: Path
) -> None:
    a, b = gene_tui.open_space(str(demo)), gene_tui.open_space(str(other))
    from gene_tui.compare import compare, compare_query

    whole, one = compare(a, b), compare_query(a, b, "HBA2", k=50)
    async with start() as driver:
        await driver.ask("HBA2")
        screen = await compared(driver, other, "3 HBA")
        assert screen.page is not None and len(screen.page.table.rows()) == MOST_ROWS
        head = "\n".join(screen.page.head)
        for told in (f"mean {whole.mean:.4f}", f"median {whole.median:.4f}"):
            assert told in head and told in driver.screen_text
        assert f"by chance {whole.chance:.4f}" in driver.screen_text
        assert f"{len(whole.shared):,} shared genes" in driver.screen_text
        shares = [float(row[2]) for row in screen.page.table.rows()]
        assert shares == sorted(shares, reverse=True)
        assert shares[0] == round(float(whole.jaccard.max()), 3)
        await driver.press("2")
        assert float(screen.page.table.rows()[0][2]) == round(float(whole.jaccard.min()), 3)
        await driver.press("3")
        assert [row[:3] for row in screen.page.table.rows()] == [
            (s.genes[0].shown, f"{s.rank_a:,}", f"{s.rank_b:,}") for s in one.shifts
        ]
        assert screen.query_one(DataTable).row_count == len(one.shifts)
        await driver.press("j")
        assert f"{one.shifts[1].genes[0].shown}  {one.shifts[1].genes[0].name}" in (
            driver.screen_text
        )
        await driver.press("escape")
        assert driver.app.screen is driver.main


async def test_a_gene_that_is_missing_there_is_said_beside_the_neighbourhoods(
    start: Start, other: Path
) -> None:
    async with start((80, 24)) as driver:
        await driver.ask("HBA1")
        screen = await compared(driver, other, "3 HBA")
        assert screen.page is not None and screen.page.table.rows()
        await driver.press("3")
        assert "HBA1 is in demonstration, but not" in driver.screen_text


async def test_no_such_space_and_the_same_space_are_cards(start: Start, demo: Path) -> None:
    async with start((80, 24)) as driver:
        await compared(driver, Path("nowhere.npz"), "→")
        assert "nowhere.npz" in driver.screen_text
        await driver.press("escape")
        await compared(driver, demo, "is the space that is open")
        await driver.press("escape")
        assert driver.app.screen is driver.main


async def test_progress_is_shown_and_escape_stops_the_query_before_it_closes(
    start: Start, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: Any, run: Any, **__: Any) -> Any:
        while not run.cancelled():
            run.report(Progress("scoring shared genes", 3, 10))
            time.sleep(0.01)
        raise Cancelled()

    monkeypatch.setattr("gene_tui.compare.compare_query", endless)
    async with start() as driver:
        await driver.ask("HBA2")
        driver.main.action_do("compare")
        await driver.until(lambda: isinstance(driver.app.screen, SpacePicker))
        driver.app.screen.query_one(Input).value = str(other)
        await driver.press("enter")
        await driver.until(lambda: "scoring shared genes" in driver.screen_text)
        assert "3/10" in driver.screen_text and "Esc stops" in driver.screen_text
        assert driver.app.screen.query_one(DataTable).row_count == MOST_ROWS
        await driver.press("escape")
        await driver.until(lambda: "the query was not compared" in driver.screen_text)
        assert driver.app.screen.query_one(DataTable).row_count == MOST_ROWS
        await driver.press("escape")
        assert driver.app.screen is driver.main
        assert driver.main.jobs.running("compare") is None
