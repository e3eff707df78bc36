"""Other spaces beside the answer: asked with a key, shown as columns, kept with the answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from textual.widgets import Input

import gene_tui
from gene_tui.second import second_opinions
from gene_tui.ui.screens.confirm import Confirm
from gene_tui.ui.screens.spaces import SpacePicker
from tests.ui.conftest import Driver, Start


@pytest.fixture(scope="module")
def others(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Two blurred halves of the small space by Ensembl ID, and one of words."""
    space = gene_tui.open_space(str(demo)).space
    folder = tmp_path_factory.mktemp("others")
    draw = np.random.default_rng(3)
    files = []
    for name, step, dims in (("blurred", 2, 128), ("short", 3, 60)):
        rows = np.flatnonzero(np.arange(space.n) % step < step - 1)
        vectors = np.asarray(space.vectors[rows])[:, :dims]
        noise = draw.normal(scale=vectors.std() / 2, size=vectors.shape)
        ids = [f"{space.gene(int(row)).id}.3" for row in rows]
        np.savez(folder / f"{name}.npz", embeddings=(vectors + noise).astype("f4"), genes=ids)
        files.append(folder / f"{name}.npz")
    words = [f"word{place}" for place in range(20)]
    np.savez(folder / "words.npz", embeddings=draw.normal(size=(20, 4)).astype("f4"), genes=words)
    return files[0], files[1], folder / "words.npz"


async def pick(driver: Driver, what: str) -> None:
    """Choose a space in the dialog of second opinions."""
    await driver.press("escape", "A")
    await driver.until(lambda: isinstance(driver.app.screen, SpacePicker))
    await driver.pilot.pause()
    driver.app.screen.query_one(Input).value = what
    await driver.press("enter")
    await driver.until(lambda: not driver.main.jobs.running("also"))
    await driver.pilot.pause()


def _column(driver: Driver, key: str) -> list[str]:
    table = driver.main.query_one("#table")
    return [str(cell).strip() for cell in table.get_column(key)]  # type: ignore[attr-defined]


async def test_a_column_a_space_with_the_ranks_of_the_core(
    start: Start, demo: Path, others: tuple[Path, Path, Path]
) -> None:
    session = gene_tui.open_space(str(demo))
    seconds = [gene_tui.open_space(str(file)) for file in others[:2]]
    told = second_opinions(session.query("HBA1", k=50), seconds)
    async with start() as driver:
        await driver.ask("HBA1")
        await pick(driver, str(others[0]))
        await pick(driver, str(others[1]))
        for place in (0, 1):
            expected = [
                "absent" if hit.also[place].absent else f"{hit.also[place].rank:,}"
                for hit in told.hits
            ]
            assert _column(driver, f"also{place}") == expected
        assert "blurred" in driver.screen_text and "short" in driver.screen_text
        assert "also blurred" in driver.screen_text.splitlines()[0]
        await driver.until(lambda: driver.main.history.entries, "the history")
        (entry,) = driver.main.history.entries
        assert len(entry.numbers) == 1, "the answer says more, it was not asked again"
        await driver.ask(session.space.gene(60).symbol)  # in all three
        here = driver.main.asking.settled
        assert here is not None and [one.space.name for one in here.result.also] == [
            "blurred",
            "short",
        ]
        await driver.press("escape", "O")
        rows = driver.main.results.rows
        assert rows is not None
        assert rows.shown[0].agreement is not None
        agreed = [hit.agreement for hit in rows.shown if hit.agreement is not None]
        assert agreed == sorted(agreed) and [hit.rank for hit in rows.shown] != list(range(1, 51))
        assert "agree" in driver.screen_text
        await driver.press("left_square_bracket")  # the answer before, as it was
        here = driver.main.asking.settled
        assert here is not None and here.result.hits == told.hits
        await pick(driver, "blurred")  # let go of
        here = driver.main.asking.settled
        assert here is not None and [one.space.name for one in here.result.also] == ["short"]
        assert "blurred" not in driver.screen_text.splitlines()[0]


async def test_one_space_in_the_place_of_the_names_on_a_narrow_screen(
    start: Start, others: tuple[Path, Path, Path]
) -> None:
    async with start((80, 24)) as driver:
        await driver.ask("HBA1")
        assert "hemoglobin" in driver.screen_text
        await pick(driver, str(others[0]))
        await pick(driver, str(others[1]))
        keys = [column.key for column in driver.main.results._columns]
        assert "also0" in keys and "also1" not in keys and "name0" not in keys
        await driver.ask("PYGL : PYGM")
        keys = [column.key for column in driver.main.results._columns]
        assert "also0" in keys and "also1" not in keys


async def test_what_another_space_cannot_say_is_said(
    start: Start, demo: Path, others: tuple[Path, Path, Path]
) -> None:
    async with start() as driver:
        absent = next(
            gene
            for gene in map(gene_tui.open_space(str(demo)).space.gene, range(1, 99, 2))
            if gene.symbol
        )
        await driver.ask(absent.symbol)
        await driver.press("escape", "O")
        assert "no other space was asked" in driver.said
        await pick(driver, str(others[0]))
        assert f"also blurred: {absent.symbol} ({absent.id}) is not there" in driver.notice
        await pick(driver, "nowhere.npz")
        assert "there is no space called nowhere.npz" in driver.said
        await pick(driver, str(others[0]))
        assert "blurred is asked already" in driver.said
        await pick(driver, str(others[2]))
        assert isinstance(driver.app.screen, Confirm)
        await driver.press("escape")
        assert len(driver.main.asking.also) == 1
        await pick(driver, str(others[2]))
        await driver.press("tab", "enter")
        await driver.until(lambda: len(driver.main.asking.also) == 2)
        await driver.until(lambda: "also words" in driver.notice, driver.notice)


async def test_an_old_answer_shows_again_as_it_was(
    start: Start, others: tuple[Path, Path, Path]
) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await pick(driver, str(others[0]))
        first = _column(driver, "also0")
        await driver.until(lambda: driver.main.history.entry is not None)
    async with start() as driver:
        await driver.until(lambda: driver.main.history.entry is not None, "the history is read")
        driver.main.history.focus_list()
        await driver.press("enter")
        await driver.until(lambda: driver.main.asking.settled is not None)
        await driver.pilot.pause()
        assert _column(driver, "also0") == first
        assert driver.main.asking.also == ()
