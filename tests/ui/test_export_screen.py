"""Exporting: e, the dialog, the files, and every way it can fail."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
from pathlib import Path

import pytest
from textual.widgets import Input

from gene_tui.errors import UsageError
from gene_tui.run import Run
from gene_tui.ui.screens.confirm import Confirm
from gene_tui.ui.screens.export import ExportScreen
from gene_tui.ui.widgets.choice_line import ChoiceLine
from tests.ui.conftest import Driver, Start

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def opened(driver: Driver) -> ExportScreen:
    """Press e; the dialog."""
    await driver.press("e")
    return await dialog(driver)


async def dialog(driver: Driver) -> ExportScreen:
    """Wait for the dialog."""
    await driver.until(lambda: isinstance(driver.app.screen, ExportScreen))
    await driver.pilot.pause()
    screen = driver.app.screen
    assert isinstance(screen, ExportScreen)
    return screen


async def name(driver: Driver, text: str) -> None:
    """Type a file's name in place of the one offered."""
    line = driver.app.screen.query_one("#file", Input)
    line.focus()
    line.value = ""
    await driver.pilot.pause()
    line.insert_text_at_cursor(text)
    await driver.pilot.pause()


async def written(driver: Driver) -> str:
    """Wait until the export ended; the notice."""
    await driver.until(lambda: not driver.main.jobs.running("export"))
    await driver.pilot.pause()
    return driver.said


async def export(driver: Driver, text: str) -> str:
    """Export to a file; the notice."""
    await opened(driver)
    await name(driver, text)
    await driver.press("enter")
    return await written(driver)


def reading(driver: Driver) -> str:
    """What the dialog says that it will do."""
    return str(driver.app.screen.query_one("#reading").render())


# -- the dialog --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_e_offers_a_report_in_the_working_folder(
    start: Start, folder: Path, size: tuple[int, int]
) -> None:
    async with start(size) as driver:
        await driver.ask("HBA1")
        screen = await opened(driver)
        offered = screen.query_one("#file", Input).value
        assert offered == "HBA1.md"
        text = driver.screen_text
        assert "● Markdown   ○ csv   ○ tsv   ○ json   ○ SVG" in text
        assert "● this answer   ○ the whole session (1)" in text
        assert "a Markdown report" in text
        assert reading(driver).endswith(f"in {folder}")
        await driver.press("escape")
        assert driver.app.screen is driver.main
        assert list(folder.iterdir()) == []


async def test_the_outputs_folder_is_used_where_there_is_one(start: Start, folder: Path) -> None:
    (folder / "outputs").mkdir()
    async with start() as driver:
        await driver.ask("HBA1")
        screen = await opened(driver)
        assert screen.query_one("#file", Input).value == "outputs/HBA1.md"


async def test_format_and_extension_follow_each_other(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        screen = await opened(driver)
        await name(driver, "my.results.csv")
        assert "● csv" in driver.screen_text
        assert "comma-separated" in reading(driver)
        await driver.press("tab", "right")
        assert screen.query_one("#file", Input).value == "my.results.tsv"
        await driver.press("left", "left", "left")
        assert screen.query_one("#file", Input).value == "my.results.svg"
        await name(driver, "results")
        assert "no format to export" in reading(driver)
        await driver.press("enter")
        assert driver.app.screen is screen
        await driver.press("tab", "space")
        assert screen.query_one("#file", Input).value == "results.md"
        await name(driver, "")
        assert "no file is named" in reading(driver)


async def test_a_click_chooses_too(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        screen = await opened(driver)
        await driver.pilot.click("#form", offset=(15, 0))
        assert screen.query_one("#file", Input).value.endswith(".csv")


async def test_without_an_answer_there_is_nothing_to_export(start: Start) -> None:
    async with start() as driver:
        driver.main.action_do("export")
        await driver.pilot.pause()
        assert driver.app.screen is driver.main
        assert "no answer to export" in driver.said


# -- the files ---------------------------------------------------------------------------------


async def test_a_report_is_written_with_its_pictures(start: Start, folder: Path) -> None:
    pytest.importorskip("matplotlib")
    async with start() as driver:
        await driver.ask("PYGL : PYGM")
        told = await export(driver, "r.md")
        assert "r.md and 5 pictures beside it" in told
        text = (folder / "r.md").read_text()
        assert text.startswith("# PYGL : PYGM\n")
        assert "- Space: demonstration, " in text
        assert text.count("](https://www.proteinatlas.org/") >= 100
        assert "![Parallelogram](r-parallelogram.png)" in text
        assert len(list(folder.glob("r-*.png"))) == 5


async def test_a_report_without_pictures_is_one_file(start: Start, folder: Path) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await opened(driver)
        await name(driver, "r.md")
        await driver.press("tab", "tab", "tab", "right", "enter")
        await written(driver)
        assert [path.name for path in folder.iterdir()] == ["r.md"]
        assert "![" not in (folder / "r.md").read_text()


async def test_tables_hold_every_hit(start: Start, folder: Path) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        symbols = [row[0] for row in driver.symbols]
        for form, sep in (("csv", ","), ("tsv", "\t")):
            assert f"t.{form}" in await export(driver, f"t.{form}")
            with (folder / f"t.{form}").open(newline="") as file:
                rows = list(csv.DictReader(file, delimiter=sep))
            assert [row["symbol1"] for row in rows] == symbols


async def test_json_is_what_the_command_line_prints(start: Start, folder: Path) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await export(driver, "r.json")
        form = json.loads((folder / "r.json").read_text())
        here = driver.main.asking.trail.here
        assert here is not None
        assert form == here.result.to_json()


async def test_a_screenshot_shows_the_screen_and_not_the_dialog(start: Start, folder: Path) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await export(driver, "s.svg")
        text = (folder / "s.svg").read_text().replace("&#160;", " ")
        assert text.startswith("<svg")
        assert "hemoglobin" in text
        assert "Esc closes" not in text


async def test_the_whole_session_is_one_report_in_the_order_asked(
    start: Start, folder: Path
) -> None:
    async with start() as driver:
        for text in ("HBA1", "PYGL", "HBA1 ~ HBB"):
            await driver.ask(text)
        driver.main.action_do("back")
        await driver.settle()
        screen = await opened(driver)
        assert "the whole session (3)" in driver.screen_text
        await name(driver, "s.md")
        await driver.press("tab", "tab", "right")
        assert "all answers of this session" in reading(driver)
        await driver.press("tab", "right", "enter")
        assert driver.app.screen is not screen
        await written(driver)
        lines = (folder / "s.md").read_text().split("\n")
        heads = [line for line in lines if line.startswith("#")]
        asked = ["# gene-tui session", "## 1. HBA1", "## 2. PYGL", "## 3. HBA1 ~ HBB"]
        assert heads == asked


async def test_the_whole_session_as_json_is_a_list_and_as_csv_one_answer(
    start: Start, folder: Path
) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.ask("PYGL")
        await opened(driver)
        await name(driver, "s.json")
        await driver.press("tab", "tab", "right", "enter")
        await written(driver)
        forms = json.loads((folder / "s.json").read_text())
        assert [form["query"] for form in forms] == ["HBA1", "PYGL"]
        await opened(driver)
        await name(driver, "s.csv")
        await driver.press("tab", "tab", "right")
        assert "one answer only" in reading(driver)


# -- what goes wrong ---------------------------------------------------------------------------


async def test_a_file_that_is_there_is_replaced_only_after_asking(
    start: Start, folder: Path
) -> None:
    file = folder / "r.json"
    file.write_text("precious")
    async with start() as driver:
        await driver.ask("HBA1")
        await export(driver, "r.json")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        assert "r.json exists already. Replace it?" in driver.screen_text
        await driver.press("n")
        screen = await dialog(driver)
        assert screen.query_one("#file", Input).value == "r.json"
        assert file.read_text() == "precious"
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        await driver.press("y")
        assert "written" in await written(driver)
        assert json.loads(file.read_text())["query"] == "HBA1"


async def test_a_folder_that_is_not_there_is_an_error_card_and_can_be_mended(
    start: Start, folder: Path
) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await export(driver, "nowhere/r.json")
        screen = await dialog(driver)
        assert "nowhere/r.json cannot be written" in driver.screen_text
        assert "there is no folder nowhere" in driver.screen_text
        assert screen.query_one("#file", Input).value == "nowhere/r.json"
        await name(driver, "r.json")
        await driver.press("enter")
        assert "written" in await written(driver)
        assert (folder / "r.json").is_file()


@pytest.mark.parametrize(
    ("number", "hint"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "may write to")]
)
async def test_a_full_or_read_only_disk_is_an_error_card(
    start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    from gene_tui import files

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    async with start() as driver:
        await driver.ask("HBA1")
        monkeypatch.setattr(files, "_fresh", fail)
        await export(driver, "r.csv")
        await dialog(driver)
        assert "Not written" in driver.screen_text
        assert hint in driver.screen_text
        assert list(folder.iterdir()) == []
        await driver.press("escape")
        await driver.ask("PYGL")
        assert driver.symbols


async def test_an_export_can_be_stopped(
    start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from gene_tui.pictures import pictures

    going = threading.Event()

    def slow(*_: object, run: Run, **__: object) -> tuple[object, ...]:

        going.set()
        while True:
            threading.Event().wait(0.01)
            run.check()

    async with start() as driver:
        await driver.ask("HBA1")
        monkeypatch.setattr(pictures, "pictures", slow)
        await opened(driver)
        await name(driver, "r.md")
        await driver.pilot.press("enter")
        await driver.until(going.is_set)
        assert "exporting" in driver.screen_text
        await driver.press("escape")
        assert "nothing was written" in await written(driver)
        assert list(folder.iterdir()) == []


async def test_answers_of_another_space_have_no_pictures_but_are_in_the_report(
    start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gene_tui.pictures import pictures

    def refuse(*_: object, **__: object) -> None:
        raise UsageError("elsewhere answered this", "")

    async with start() as driver:
        await driver.ask("HBA1")
        monkeypatch.setattr(pictures, "pictures", refuse)
        await export(driver, "r.md")
        assert [path.name for path in folder.iterdir()] == ["r.md"]
        assert "HBA2" in (folder / "r.md").read_text()


async def test_a_files_name_says_what_it_holds_and_is_free(start: Start, folder: Path) -> None:
    (folder / "PYGL_PYGM.md").touch()
    async with start() as driver:
        await driver.ask("PYGL : PYGM")
        screen = await opened(driver)
        line = screen.query_one("#file", Input)
        assert line.value == "PYGL_PYGM_2.md"
        what = screen.query_one("#what", ChoiceLine)
        what.action_choose(1)
        await driver.settle()
        assert re.fullmatch(r"session_20\d{6}_\d{4}\.md", line.value)
        screen.query_one("#form", ChoiceLine).action_choose(3)
        await driver.settle()
        assert line.value.endswith(".json")
        what.action_choose(0)
        await driver.settle()
        assert line.value == "PYGL_PYGM_2.json"
        line.value = "mine.json"
        what.action_choose(1)
        await driver.settle()
        assert line.value == "mine.json"
