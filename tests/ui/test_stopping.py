"""Long questions: their best so far, stopping them, and what is left then."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gene_tui.engines.analogy import whole_space
from gene_tui.errors import Cancelled
from gene_tui.run import QUIET, Progress, Run
from tests.ui.conftest import Driver, Start


class Slow:
    """Stands before a session's ``query``: streams hits one by one until it is stopped."""

    def __init__(self, driver: Driver, *, hands_over: bool) -> None:
        self.session = driver.main.loader.session
        self.query = self.session.query
        self.hands_over = hands_over
        self.shown = threading.Event()
        self.stopped_after = 0.0
        self.session.query = self

    def __call__(self, query: Any, **options: Any) -> Any:
        if options.get("run", QUIET).found is None:  # the details pane asks, too
            return self.query(query, **options)
        whole = self.query(query, **{**options, "run": QUIET})
        end = time.monotonic() + 20
        sent = 0
        while not options["run"].cancelled() and time.monotonic() < end:
            sent = min(sent + 1, len(whole.hits))
            options["run"].report(Progress("searching", sent, 1000))
            best = replace(whole, hits=whole.hits[:sent], exact=False, complete=False)
            options["run"].found(lambda best=best: best)
            self.shown.set()
            time.sleep(0.01)
        if not self.hands_over:
            raise Cancelled()
        return replace(whole, hits=whole.hits[:sent], exact=False, complete=False)

    def restore(self) -> None:
        self.session.query = self.query


@pytest.fixture(params=["the engine hands over what it has", "the engine only gives up"])
def hands_over(request: pytest.FixtureRequest) -> Iterator[bool]:
    yield "hands over" in request.param


async def begin(driver: Driver, text: str = "PYGL : PYGM") -> None:
    driver.main.query_line.put(text)
    await driver.pilot.press("enter")


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_the_best_so_far_streams_in_and_stays_when_stopped(
    start: Start, hands_over: bool, key: str
) -> None:
    async with start() as driver:
        slow = Slow(driver, hands_over=hands_over)
        await begin(driver)
        await driver.until(lambda: len(driver.symbols) > 5, "hits stream in")
        assert driver.symbols[0] == ("GYS2", "GYS1")
        assert "Esc stops" in driver.screen_text
        assert "best so far" in driver.screen_text
        assert "stopped" not in driver.screen_text
        began = time.monotonic()
        await driver.pilot.press(key)
        await driver.until(lambda: driver.main.jobs.running("ask") is None, "it stops")
        assert time.monotonic() - began < 10  # and not the 20 s it would go on for
        slow.restore()
        assert "stopped, not exact" in driver.screen_text
        assert driver.symbols[0] == ("GYS2", "GYS1")
        assert not driver.main.asking.rows.result.complete
        await driver.ask("HBA1")
        assert driver.symbols[0] == ("HBA2",)


async def test_the_whole_space_is_searched_like_any_long_question(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    # After its first part the search waits until it is stopped: a small space takes a second.
    all_parts = whole_space.search

    def held(*arguments: Any, run: Run, **options: Any) -> Iterator[Any]:
        for part in all_parts(*arguments, run=run, **options):
            yield part
            while not run.cancelled():
                time.sleep(0.01)

    monkeypatch.setattr(whole_space, "search", held)
    async with start() as driver:
        await begin(driver, "? : ?")
        await driver.until(lambda: driver.symbols, "hits stream in")
        assert "best so far" in driver.screen_text
        assert "whole space" in driver.screen_text.splitlines()[0]
        assert len(driver.symbols[0]) == 4
        assert "cap 0.8" in str(driver.main.results.border_title)
        await driver.pilot.press("escape")
        await driver.until(lambda: driver.main.jobs.running("ask") is None, "it stops")
        await driver.settle()
        assert "stopped, not exact" in driver.screen_text
        assert len(driver.symbols) == 50


async def test_a_stopped_answer_is_kept_as_such_in_the_history(start: Start) -> None:
    async with start() as driver:
        slow = Slow(driver, hands_over=True)
        await begin(driver)
        await driver.until(lambda: driver.symbols)
        await driver.pilot.press("escape")
        await driver.until(lambda: driver.main.history.entries)
        slow.restore()
        await driver.ask("HBA1")
        await driver.until(lambda: len(driver.main.history.entries) == 2)
        driver.main.history.focus_list()
        await driver.press("j", "enter")
        await driver.until(lambda: "stopped, not exact" in driver.screen_text)


async def test_a_newer_question_replaces_the_one_that_runs(start: Start) -> None:
    async with start() as driver:
        slow = Slow(driver, hands_over=True)
        await begin(driver)
        await driver.until(lambda: driver.symbols)
        slow.restore()
        driver.main.asking.ask("HBA1")
        await driver.until(lambda: driver.symbols and driver.symbols[0] == ("HBA2",))
        await driver.settle()
        assert [visit.result.canonical for visit in driver.main.asking.trail.visits] == ["HBA1"]


async def test_the_keyboard_works_while_hits_stream_in(start: Start) -> None:
    async with start() as driver:
        Slow(driver, hands_over=True)
        await begin(driver)
        await driver.until(lambda: len(driver.symbols) > 8)
        driver.main.results.focus_table()
        await driver.pilot.press("j", "j")
        await driver.until(lambda: len(driver.symbols) > 12)
        table = driver.main.query_one("#table")
        assert table.cursor_row == 2
        await driver.pilot.press("f", "S", "n", "left_square_bracket", "space", "y")
        await driver.pilot.press("escape", "escape")
        await driver.until(lambda: driver.main.jobs.running("ask") is None)


async def test_stopping_before_any_hit_is_a_card_and_the_answer_before_can_be_seen(
    start: Start,
) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        session = driver.main.loader.session
        query = session.query
        entered = threading.Event()

        def endless(_: Any, **options: Any) -> Any:
            entered.set()
            while not options["run"].cancelled():
                time.sleep(0.01)
            raise Cancelled()

        session.query = endless
        driver.main.asking.ask("HBB")
        await driver.until(entered.is_set)
        await driver.pilot.press("escape")
        await driver.until(lambda: driver.card)
        assert "stopped" in driver.card
        session.query = query
        await driver.press("left_square_bracket")
        assert driver.symbols[0] == ("HBA2",)


async def test_preparing_stops_and_similarity_answers_meanwhile(start: Start) -> None:
    async with start() as driver:
        entered, stopped = threading.Event(), threading.Event()

        def prepare(*, run: Any) -> None:
            entered.set()
            while not run.cancelled():
                run.report(Progress("distances", 1, 10))
                time.sleep(0.01)
            stopped.set()
            raise Cancelled()

        driver.main.loader.session.prepare = prepare
        driver.main.action_do("prepare")
        await driver.until(entered.is_set)
        await driver.ask("HBA1")
        assert driver.symbols[0] == ("HBA2",)
        await driver.until(lambda: "Esc stops" in driver.screen_text)
        began = time.monotonic()
        driver.main.results.focus_table()
        await driver.pilot.press("escape")
        await driver.until(stopped.is_set)
        assert time.monotonic() - began < 10  # and not the 20 s it would go on for
        await driver.until(lambda: "ready" in driver.screen_text)


async def test_nothing_to_stop_says_how_to_leave(start: Start) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.until(lambda: not driver.main.jobs.running("prepare"))
        await driver.press("ctrl+c")
        assert "leave the program with q" in driver.said
        assert driver.app.is_running


async def test_a_question_goes_before_preparing(start: Start) -> None:
    async with start() as driver:
        session = driver.main.loader.session
        asking, preparing, enough = threading.Event(), threading.Event(), threading.Event()
        steps: list[bool] = []
        query = session.query

        def prepare(*, run: Any, **_: Any) -> None:
            preparing.set()
            while not enough.is_set() and not run.cancelled():
                steps.append(asking.is_set())
                time.sleep(0.005)

        def slow(text: Any, **options: Any) -> Any:
            if options.get("run", QUIET).found is not None:
                time.sleep(0.3)  # the step that preparing was in the middle of
                asking.set()
                time.sleep(0.3)
                asking.clear()
            return query(text, **options)

        session.prepare, session.query = prepare, slow
        driver.main.action_do("prepare")
        await driver.until(preparing.is_set)
        await driver.ask("HBA1")
        assert driver.symbols[0] == ("HBA2",)
        before = len(steps)
        await driver.until(lambda: len(steps) > before, "preparing goes on")
        enough.set()
        assert not any(steps)


async def test_escape_without_an_answer_keeps_what_was_typed(start: Start) -> None:
    async with start() as driver:
        await driver.type("HBA1 : ")
        await driver.press("escape", "escape")
        assert not driver.main.query_line.has_focus
        assert driver.main.query_line.value == "HBA1 : "


async def test_a_long_question_waits_for_what_it_would_compute_itself(
    start: Start, tmp_path: Path
) -> None:
    file = tmp_path / "new.npz"
    rows = np.random.default_rng(1).normal(size=(40, 6))
    np.savez(file, embeddings=rows, genes=[f"W{n}" for n in range(40)])
    enough = threading.Event()

    def prepare(_session: Any, *, run: Any, **_: Any) -> None:
        while not enough.is_set() and not run.cancelled():
            time.sleep(0.01)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gene_tui.session.Session.prepare", prepare)
        async with start(space=file) as driver:
            assert driver.main.jobs.running("prepare")
            driver.main.asking.ask("W1 : ?")
            await driver.until(lambda: "preparing the space first" in driver.screen_text)
            driver.main.results.focus_table()
            await driver.pilot.press("escape")
            await driver.until(lambda: "stopped" in driver.card)
            driver.main.asking.ask("W1 : ?")
            await driver.until(lambda: "preparing the space first" in driver.screen_text)
            assert driver.symbols == []
            enough.set()
            await driver.until(lambda: driver.symbols)
            assert len(driver.symbols[0]) == 3
