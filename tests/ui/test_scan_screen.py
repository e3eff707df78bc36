"""A scan's table, browsed as an answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from textual.widgets import Input

import gene_tui
from gene_tui.scan import scan, write_table
from gene_tui.scan.table import FILE
from gene_tui.ui.screens.file_dialog import OpenFile, Trouble
from tests.ui.conftest import Driver, Start


@pytest.fixture
def scanned(tmp_path: Path) -> Path:
    """A folder with a source file, and beside it the table of its scan."""
    random = np.random.default_rng(8)
    x = random.standard_normal((14, 6))
    x[5] = x[4] + x[1] - x[0] + 0.01
    np.savez(tmp_path / "small.npz", embeddings=x, genes=[f"G{row}" for row in range(14)])
    session = gene_tui.open_space(str(tmp_path / "small.npz"))
    write_table(scan(session, k=20), session, tmp_path / FILE)
    return tmp_path


async def name(driver: Driver, file: Path | str) -> None:
    """Name a table in the dialog."""
    driver.main.action_do("open-scan")
    await driver.until(lambda: isinstance(driver.app.screen, OpenFile))
    await driver.pilot.pause()
    driver.app.screen.query_one("#file", Input).value = str(file)
    await driver.pilot.press("enter")
    await driver.until(lambda: not driver.main.jobs.running("scan"))
    await driver.pilot.pause()


def trouble(driver: Driver) -> str:
    """What the dialog says was wrong the last time, in its card and below its line."""
    said = [*driver.app.screen.query(Trouble), *driver.app.screen.query("#reading")]
    return "\n".join(str(one.render()) for one in said)


async def test_a_table_is_browsed_and_remembered_as_an_answer(start: Start, scanned: Path) -> None:
    async with start(space=scanned / "small.npz") as driver:
        await name(driver, scanned / FILE)
        assert len(driver.symbols) == 20
        assert driver.symbols[0] == ("G0", "G1", "G4", "G5")
        assert driver.main.query_line.value == "? : ?"
        assert "exact" in driver.screen_text
        await driver.press("right")
        await driver.press("enter")
        await driver.until(lambda: driver.main.query_line.value == "G1")
        await driver.press("left_square_bracket")
        assert driver.symbols[0] == ("G0", "G1", "G4", "G5")
        await driver.until(
            lambda: any("? : ?" in entry.text for entry in driver.main.history.entries)
        )
        # The folder will do as well.
        await name(driver, scanned)
        assert len(driver.symbols) == 20


async def test_a_file_that_is_no_table_is_refused_where_it_was_named(
    start: Start, scanned: Path
) -> None:
    async with start(space=scanned / "small.npz") as driver:
        for file, told in (
            (scanned / "small.npz", "small.npz cannot be read"),
            (scanned / "none.tsv", "none.tsv cannot be read"),
            ("", "no file is named"),
        ):
            await name(driver, file)
            assert isinstance(driver.app.screen, OpenFile)
            assert told in trouble(driver)
            await driver.press("escape")


async def test_a_table_of_another_space_says_so(start: Start, scanned: Path) -> None:
    async with start() as driver:
        await name(driver, scanned / FILE)
        assert isinstance(driver.app.screen, OpenFile)
        assert "this space has none of its analogies" in trouble(driver)
