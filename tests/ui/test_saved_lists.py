"""Saved lists in the app: offered while one types, asked, renamed, deleted and brought back."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from gene_tui import paths
from gene_tui.lists.saved import load_list, save_list, saved_names
from gene_tui.ui.screens.confirm import Confirm
from gene_tui.ui.screens.enrich import EnrichDialog
from gene_tui.ui.screens.save_list import SaveList
from gene_tui.ui.screens.saved_lists import SavedLists
from gene_tui.ui.screens.tables import TableScreen
from tests.ui.conftest import Driver, Start

GLOBINS = ("HBA1", "HBB", "HBD", "HBG1")


@pytest.fixture
def lists(_home_of_its_own: None) -> None:
    """Two saved lists."""
    save_list("globins", GLOBINS)
    save_list("my enzymes", ["PYGL", "PYGM", "GYS1"])


async def saved(driver: Driver) -> SavedLists:
    """Wait for the dialog of saved lists."""
    await driver.until(lambda: isinstance(driver.app.screen, SavedLists))
    await driver.until(lambda: driver.app.screen.is_ready)  # type: ignore[attr-defined]
    screen = driver.app.screen
    assert isinstance(screen, SavedLists)
    return screen


async def opened(driver: Driver) -> SavedLists:
    await driver.press("escape", "B")
    return await saved(driver)


@pytest.mark.usefixtures("lists")
async def test_names_of_lists_are_offered_and_taken(start: Start, tmp_path: Path) -> None:
    sets = tmp_path / "sets.gmt"
    sets.write_text("Glo set\tR-1\tHBA1\tHBB\nglobins\tna\tHBA1\tHBZ\n")
    async with start() as driver:
        session = driver.main.loader.session
        assert session is not None
        session.lists.gene_sets = (sets,)
        offers = driver.main.suggestions

        async def typed(text: str, told: str) -> list[str]:
            driver.main.query_line.focus()
            driver.main.query_line.put("")
            await driver.pilot.pause()
            await driver.type(text)
            await driver.until(lambda: offers.display and driver.main.query_line.value == text)
            await driver.until(lambda: any(told in one.typed for one in offers.offers), told)
            return [one.typed for one in offers.offers]

        assert await typed("@glo", "Glo") == ["@globins", '@"Glo set"', "@set:globins"]
        assert await typed("HBB - @my", "my") == ['@"my enzymes"']
        await driver.press("tab")
        assert driver.main.query_line.value == 'HBB - @"my enzymes" '
        assert await typed("@list:enz", "enz") == ['@list:"my enzymes"']
        await driver.press("tab", "enter")
        await driver.until(lambda: driver.main.asking.settled is not None)
        assert len(driver.main.asking.settled.result.members) == 3  # type: ignore[union-attr]


@pytest.mark.usefixtures("lists")
async def test_lists_are_asked_renamed_deleted_and_brought_back(start: Start) -> None:
    async with start((80, 24)) as driver:
        screen = await opened(driver)
        assert [one.name for one in screen.entries] == ["globins", "my enzymes"]
        assert "HBA1, HBB, HBD, HBG1" in driver.screen_text
        await driver.press("d")
        screen = await saved(driver)
        assert saved_names() == ["my enzymes"] and "@globins is deleted" in driver.said
        assert "u brings globins back" in driver.screen_text
        await driver.press("d")
        screen = await saved(driver)
        assert saved_names() == [] and not screen.entries
        await driver.press("u")
        await driver.until(lambda: saved_names() == ["my enzymes"])
        await saved(driver)
        await driver.press("u")
        await driver.until(lambda: saved_names() == ["globins", "my enzymes"])
        assert load_list("globins") == GLOBINS
        screen = await saved(driver)
        await driver.until(lambda: len(saved_of(driver)) == 2)
        driver.app.screen.listed.highlighted = 0  # type: ignore[attr-defined]
        await driver.press("n")
        await driver.until(lambda: isinstance(driver.app.screen, SaveList))
        await driver.pilot.pause()
        driver.app.screen.query_one(Input).value = "my enzymes"
        await driver.press("enter")
        await driver.until(lambda: "called my enzymes already" in driver.screen_text)
        driver.app.screen.query_one(Input).value = "oxygen"
        await driver.press("enter")
        await driver.until(lambda: saved_names() == ["my enzymes", "oxygen"])
        await saved(driver)
        driver.app.screen.listed.highlighted = 1  # type: ignore[attr-defined]
        await driver.press("enter")
        await driver.until(lambda: driver.main.asking.settled is not None)
        assert driver.main.query_line.value == "@oxygen"


@pytest.mark.usefixtures("lists")
async def test_a_list_grows_by_marked_hits_and_is_saved(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("escape", "L")
        assert "not that of a list" in driver.said
        await driver.ask("@globins")
        await driver.press("escape", "L")
        assert "no other gene is marked yet" in driver.said
        await driver.press("space", "j", "space")
        marked = [gene.symbol for gene in driver.main.marking.basket.genes]
        assert len(marked) == 2
        await driver.press("L")
        await driver.until(lambda: driver.main.query_line.value == f"@globins, {', '.join(marked)}")
        here = driver.main.asking.settled
        assert here is not None and len(here.result.members) == 6
        assert not driver.main.marking.basket.genes
        await driver.press("b")
        await driver.until(lambda: isinstance(driver.app.screen, SaveList))
        await driver.pilot.pause()
        driver.draw()
        assert "Save the 6 genes of this list" in driver.screen_text
        driver.app.screen.query_one(Input).value = "grown"
        await driver.press("enter")
        await driver.until(lambda: "grown" in saved_names())
        labels = [member.gene.label for member in here.result.members]
        assert load_list("grown") == tuple(labels)


def saved_of(driver: Driver) -> tuple[str, ...]:
    screen = driver.app.screen
    return tuple(one.name for one in screen.entries) if isinstance(screen, SavedLists) else ()


async def test_a_damaged_list_is_deleted_only_when_that_was_confirmed(start: Start) -> None:
    async with start() as driver:
        await driver.press("escape", "B")
        await driver.until(lambda: "no list is saved yet" in driver.said)
        save_list("broken", GLOBINS)
        (paths.lists_dir() / "broken.json").write_text("{")
        screen = await opened(driver)
        assert "is not a saved list" in screen.entries[0].problem
        await driver.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        await driver.press("n")
        await saved(driver)
        assert saved_names() == ["broken"]
        await driver.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        await driver.press("y")
        await driver.until(lambda: saved_names() == [])


@pytest.mark.usefixtures("lists")
async def test_the_members_of_a_list_are_tested_against_gene_sets(
    start: Start, tmp_path: Path
) -> None:
    sets = tmp_path / "sets.gmt"
    others = "\t".join(["PYGL", "PYGM", "GYS1", "GYS2", "ALDOB", "ALDOC"])
    sets.write_text("OXYGEN\tna\t" + "\t".join((*GLOBINS, "HBZ")) + f"\nOTHERS\tna\t{others}\n")
    async with start() as driver:
        await driver.ask("@globins")
        driver.main.action_do("enrich")
        await driver.until(lambda: isinstance(driver.app.screen, EnrichDialog))
        await driver.pilot.pause()
        driver.draw()
        assert "the list (4)" in driver.screen_text
        driver.app.screen.query_one("#file", Input).value = str(sets)
        await driver.press("enter")
        await driver.until(lambda: not driver.main.jobs.running("enrich"))
        await driver.until(lambda: "OXYGEN" in driver.screen_text)
        screen = driver.app.screen
        assert isinstance(screen, TableScreen) and screen.page is not None
        assert screen.page.table.rows()[0][2] == "4/5"
