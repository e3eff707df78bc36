"""The history: kept, listed, reopened, recalled."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from textual import events

from gene_tui import paths
from gene_tui.ui.screens.confirm import Confirm
from gene_tui.ui.widgets.history_pane import HistoryList
from tests.ui.conftest import Driver, Start


def texts(driver: Driver) -> list[str]:
    return [entry.text for entry in driver.main.history.entries]


async def listed(driver: Driver, *wanted: str) -> None:
    await driver.until(lambda: texts(driver) == list(wanted), f"the history lists {wanted}")


async def test_answers_are_listed_newest_first_and_kept_for_the_next_start(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.ask("PYGL : PYGM")
        await listed(driver, "PYGL : PYGM", "HBA1")
    async with start() as driver:
        await listed(driver, "PYGL : PYGM", "HBA1")


async def test_an_entry_listed_is_on_disk(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await listed(driver, "HBA1")
        with sqlite3.connect(f"file:{paths.history_file()}?mode=ro", uri=True) as other:
            assert other.execute("SELECT text FROM entries").fetchall() == [("HBA1",)]


async def test_reopening_computes_nothing(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        hits = driver.symbols
        await driver.ask("PYGL")
        await listed(driver, "PYGL", "HBA1")
        driver.watch()
        driver.main.history.focus_list()
        await driver.press("j", "enter")
        await driver.until(lambda: driver.main.query_line.value == "HBA1")
        assert driver.symbols == hits
        assert "ask" not in driver.computed


async def test_running_an_entry_again_asks_anew(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await listed(driver, "HBA1")
        driver.main.history.focus_list()
        await driver.press("r")
        await driver.until(lambda: len(driver.main.history.entries[0].numbers) == 2)
        assert texts(driver) == ["HBA1"], "a repeated question is listed once"
        assert "HBA1 ×2" in driver.screen_text


async def test_a_question_is_answered_once(start: Start) -> None:
    async with start() as driver:
        answers: list[bool | None] = []
        driver.main.confirm("Clear", "All of it?", "Clear", answers.append)
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        await driver.pilot.pause()
        question = driver.app.screen
        assert isinstance(question, Confirm)
        question.action_answer(True)
        question.action_answer(False)
        await driver.settle()
        assert answers == [True]
        assert driver.app.screen is driver.main


async def test_pin_delete_and_clear_with_confirmation(start: Start) -> None:
    async with start() as driver:
        for name in ("HBA1", "HBB", "PYGL"):
            await driver.ask(name)
        await listed(driver, "PYGL", "HBB", "HBA1")
        driver.main.history.focus_list()
        await driver.press("d")
        await listed(driver, "HBB", "HBA1")
        await driver.press("p")
        await driver.until(lambda: driver.main.history.entries[0].pinned)
        await driver.press("X")
        assert driver.app.screen is not driver.main
        await driver.press("escape")
        await listed(driver, "HBB", "HBA1")
        await driver.press("X", "y")
        await listed(driver, "HBB")


async def test_deleting_keeps_the_cursor_where_it_is_and_can_be_undone(start: Start) -> None:
    async with start() as driver:
        for name in ("HBA1", "HBB", "PYGL", "MB"):
            await driver.ask(name)
        await listed(driver, "MB", "PYGL", "HBB", "HBA1")
        pane = driver.main.history
        pane.focus_list()
        await driver.press("j", "d")
        await listed(driver, "MB", "HBB", "HBA1")
        assert pane.entry and pane.entry.text == "HBB"
        await driver.press("d")
        await listed(driver, "MB", "HBA1")
        await driver.press("d")
        await listed(driver, "MB")
        assert pane.entry and pane.entry.text == "MB"
        await driver.press("u")
        await listed(driver, "MB", "HBA1")
        assert pane.entry and pane.entry.text == "HBA1"
        await driver.press("u")
        await driver.settle()
        await listed(driver, "MB", "HBA1")


async def test_what_is_pinned_does_not_go_without_a_question(start: Start) -> None:
    async with start() as driver:
        for name in ("HBA1", "HBA1", "MB"):
            await driver.ask(name)
        await listed(driver, "MB", "HBA1")
        pane = driver.main.history
        pane.focus_list()
        await driver.press("j", "p")
        await driver.until(lambda: pane.entries[1].pinned)
        await driver.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm))
        await driver.press("n")
        await driver.until(lambda: driver.app.screen is driver.main)
        await listed(driver, "MB", "HBA1")
        await driver.press("d", "y")
        await listed(driver, "MB")
        await driver.press("u")
        await listed(driver, "MB", "HBA1")
        assert pane.entries[1].pinned
        assert len(pane.entries[1].numbers) == 2


async def test_answers_that_wait_for_a_lock_are_kept_when_it_goes(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gene_tui.ui.controllers.remembering.PATIENCE", 0.05)
    monkeypatch.setattr("gene_tui.ui.controllers.remembering.AGAIN", 0.05)
    async with start() as driver:
        await driver.ask("HBA1")
        await listed(driver, "HBA1")
        other = sqlite3.connect(paths.history_file(), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        await driver.ask("HBB")
        await driver.ask("MB")
        notice = driver.main.query_one("#notice")
        await driver.until(lambda: "locked by another program" in str(notice.render()))
        assert driver.symbols, "the app goes on meanwhile"
        assert texts(driver) == ["HBA1"], "what is listed is on disk"
        other.close()
        await listed(driver, "MB", "HBB", "HBA1")
        assert "locked" not in str(notice.render())


async def test_filter_as_you_type(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.ask("PYGL : PYGM")
        driver.main.history.focus_list()
        await driver.press("f")
        await driver.type("pyg")
        await listed(driver, "PYGL : PYGM")
        await driver.press("escape")
        await listed(driver, "PYGL : PYGM", "HBA1")


async def test_up_recalls_what_begins_so_and_down_returns_to_the_draft(start: Start) -> None:
    async with start() as driver:
        for text in ("HBA1", "PYGL : PYGM", "PYGB"):
            await driver.ask(text)
        await listed(driver, "PYGB", "PYGL : PYGM", "HBA1")
        line = driver.main.query_line
        line.focus()
        line.put("")
        await driver.pilot.pause()
        await driver.type("PYGL")
        await driver.press("escape")
        await driver.press("up")
        await driver.until(lambda: line.value == "PYGL : PYGM")
        assert not driver.main.suggestions.display
        await driver.press("down")
        assert line.value == "PYGL"


async def test_ctrl_r_finds_what_contains_the_text(start: Start) -> None:
    async with start() as driver:
        await driver.ask("PYGL : PYGM")
        await driver.ask("HBA1")
        await listed(driver, "HBA1", "PYGL : PYGM")
        line = driver.main.query_line
        line.focus()
        line.put("pygm")
        await driver.press("ctrl+r")
        await driver.until(lambda: line.value == "PYGL : PYGM")


async def asked(driver: Driver, *queries: str) -> None:
    for text in queries:
        await driver.ask(text)
    await driver.until(lambda: texts(driver)[0] == queries[-1], "it is listed")
    driver.main.set_focus(driver.main.query_line)
    driver.main.query_line.put("")
    await driver.pilot.pause()


async def test_ctrl_r_searches_as_in_a_shell(start: Start) -> None:
    async with start() as driver:
        await asked(driver, "PYGL", "HBA1", "PYGL : PYGM", "HBB")
        line, box = driver.main.query_line, driver.main.query_box
        await driver.type("HB")
        await driver.press("escape")
        line.put("")
        await driver.press("ctrl+r")
        assert "Search" in str(box.border_title)
        await driver.type("pyg")
        assert line.value == "PYGL : PYGM", "the newest first"
        await driver.press("ctrl+r")
        assert line.value == "PYGL"
        await driver.press("ctrl+r")
        assert line.value == "PYGL", "and no further"
        await driver.press("down")
        assert line.value == "PYGL : PYGM"
        await driver.type("x")
        assert "no earlier query" in box.reading.text
        await driver.press("backspace")
        assert line.value == "PYGL : PYGM"
        await driver.press("escape")
        assert (line.value, str(box.border_title)) == ("", "Query"), "as it was before"
        await driver.press("ctrl+r")
        await driver.type("pygm")
        await driver.press("enter")
        await driver.until(lambda: driver.symbols and len(driver.symbols[0]) == 2)
        assert line.value == "PYGL : PYGM"


async def test_ctrl_r_and_up_work_when_all_keys_come_at_once(start: Start) -> None:
    async with start() as driver:
        await asked(driver, "PYGL : PYGM", "HBA1", "HBB")
        keys = ("ctrl+r", *"pyg", "enter")
        for key in keys:
            driver.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await driver.until(lambda: driver.symbols and len(driver.symbols[0]) == 2)
        await asked(driver, "MB")
        for key in ("H", "up", "up", "enter"):
            driver.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await driver.until(lambda: driver.main.query_line.value == "HBA1")
        await driver.until(lambda: driver.symbols and driver.symbols[0] == ("HBA2",))


async def test_a_key_that_moves_in_the_text_takes_what_was_found(start: Start) -> None:
    async with start() as driver:
        await asked(driver, "PYGL : PYGM", "HBA1")
        line = driver.main.query_line
        await driver.press("ctrl+r", *"pyg", "left")
        assert (line.value, line.cursor_position) == ("PYGL : PYGM", len("PYGL : PYGM") - 1)
        assert str(driver.main.query_box.border_title) == "Query"


async def test_a_history_that_cannot_be_written_is_said_and_goes_on_in_memory(
    start: Start,
) -> None:
    paths.history_file().parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(paths.history_file()) as other:
        other.execute("CREATE TABLE somebody_elses (x)")
    async with start() as driver:
        await driver.ask("HBA1")
        await listed(driver, "HBA1")
        assert "history is kept in memory only" in driver.screen_text.replace("\n", "")


async def test_an_entry_of_another_space_opens_and_says_where_it_is_from(
    start: Start, tmp_path: Path
) -> None:
    import numpy as np

    file = tmp_path / "other.npz"
    rng = np.random.default_rng(1)
    np.savez(file, embeddings=rng.normal(size=(20, 8)), genes=[f"W{n}" for n in range(20)])
    async with start(space=file) as driver:
        await driver.ask("W1")
        await listed(driver, "W1")
    async with start() as driver:
        await listed(driver, "W1")
        driver.main.history.focus_list()
        await driver.press("enter")
        await driver.until(lambda: driver.symbols)
        facts = driver.main.sidebar
        await driver.until(lambda: facts._facts and "answered in other" in facts._facts.note)


async def test_the_list_is_where_the_focus_goes(start: Start) -> None:
    async with start((80, 24)) as driver:
        await driver.ask("HBA1")
        assert not driver.main.history.display
        await driver.press("H")
        assert driver.main.history.display
        assert isinstance(driver.main.focused, HistoryList)
        await driver.press("H")
        assert not driver.main.history.display
        assert driver.main.pane == "results"
