"""What the app uses of Textual's inside is there, and used in one place."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO, cast

import pytest
from textual import __version__
from textual.app import App
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

import gene_tui.ui
from gene_tui.ui import textual_parts, themes
from gene_tui.ui.widgets.results_table import ResultsTable
from tests.ui.conftest import Start


def test_textual_has_all_its_private_parts_that_the_app_stands_on() -> None:
    gone = textual_parts.missing(App())
    assert not gone, (
        f"Textual {__version__} has no {', '.join(gone)} (there in {textual_parts.TESTED}): "
        "mend gene_tui/ui/textual_parts.py or exclude this version in pyproject.toml"
    )


def test_a_part_that_is_gone_is_named(monkeypatch) -> None:
    monkeypatch.setattr(textual_parts, "PARTS", ((App, "_never_there"),))
    assert textual_parts.missing(App()) == ["textual.app.App._never_there"]


def test_no_other_module_uses_them() -> None:
    names = [name for _, name in textual_parts.PARTS] + list(textual_parts.OWN_PARTS)
    used = re.compile(rf"\b({'|'.join(names)})\b")
    folder = Path(gene_tui.ui.__file__).parent
    users = {file.name for file in folder.rglob("*.py") if used.search(file.read_text("utf-8"))}
    assert users == {"textual_parts.py"}


async def test_what_has_the_focus_is_styled_as_if_all_were_styled_anew(start: Start) -> None:
    async with start() as driver:
        screen, app = driver.main, driver.app

        def looks() -> dict[str, Any]:
            return {
                repr(node): (
                    node.styles.base.get_rules(),
                    {name: node.get_component_styles(name) for name in node._component_styles},
                )
                for node in screen.walk_children(with_self=True)
            }

        await driver.ask("HBA1")
        for theme in (themes.DARK.name, themes.PLAIN.name):
            app.theme = theme
            for widget in [*screen.focus_chain, screen.query_line, None]:
                screen.set_focus(widget)
                await driver.settle()
                found = looks()
                app.stylesheet.update(screen)
                assert found == looks(), f"{widget} has the focus in {theme}"


async def test_a_new_focus_does_not_draw_the_whole_screen(start: Start) -> None:
    async with start() as driver:
        screen = driver.main
        await driver.ask("HBA1")
        for widget in (screen.query_line, *screen.focus_chain):
            driver.draw()
            screen.set_focus(widget)
            assert not screen._repaint_required


async def test_what_waits_has_a_turn_before_a_frame(start: Start, monkeypatch) -> None:
    turns: list[str] = []
    async with start() as driver:
        screen = driver.main
        await driver.pilot.pause()
        monkeypatch.setattr(type(screen), "_compositor_refresh", lambda _: turns.append("frame"))

        loop = asyncio.get_running_loop()

        def long_turn() -> None:
            time.sleep(0.02)
            screen._dirty_widgets.add(screen.status)
            loop.call_later(0, turns.append, "other")

        for drawing in (screen._update_timer.resume, lambda: loop.create_task(screen._draw())):
            turns.clear()
            loop.call_soon(long_turn)
            loop.call_soon(drawing)
            await driver.until(lambda: {"other", "frame"} <= {*turns}, "both had turns")
            assert turns[:2] == ["other", "frame"]
            await driver.pilot.pause()

        async def late_turn() -> None:
            drawn = loop.create_task(screen._draw())
            await asyncio.sleep(0)
            long_turn()
            await drawn

        turns.clear()
        await late_turn()
        assert turns[:2] == ["other", "frame"]


async def test_what_is_in_a_view_changes_as_if_the_screen_were_laid_out_anew(
    start: Start, monkeypatch
) -> None:
    async with start(size=(90, 24)) as driver:
        screen = driver.main
        table = screen.results.query_one(ResultsTable)
        monkeypatch.setattr(screen.details, "follow", lambda *_: None)  # it comes a moment later

        async def look(told: str) -> None:
            await driver.settle()
            bars = [table.show_vertical_scrollbar, table.show_horizontal_scrollbar]
            before = (driver.screen_text, bars, table.max_scroll_y, table.scroll_offset)
            screen._refresh_layout()
            await driver.settle()
            bars = [table.show_vertical_scrollbar, table.show_horizontal_scrollbar]
            after = (driver.screen_text, bars, table.max_scroll_y, table.scroll_offset)
            assert before == after, told

        for query in ("HBA1", "CD3D ~ CD19", "CD3D : CD19", "HBA1 ~ HBB", "HBA1"):
            await driver.ask(query)
            await look(query)
        assert table.show_vertical_scrollbar
        await driver.press("G", "f", *"hb")
        await look("a filter leaves few rows")
        await driver.press("escape")
        await look("all rows again")
        await driver.press("slash")
        for length in (60, 30, 60):
            screen.query_line.write("A - B + " * length)
            await look("a query longer than the line")
            await driver.press("home")
            await look("its beginning")
            await driver.press("ctrl+k", "C")
            await look("a short one")


def test_what_is_written_to_a_lost_terminal_is_dropped_and_nobody_waits() -> None:
    master, terminal = os.openpty()
    file = os.fdopen(terminal, "w")
    os.close(master)
    with pytest.raises(OSError, match="5"):
        print("gone?", file=file, flush=True)
    writer = WriterThread(cast(TextIO, textual_parts.Losable(file)))
    writer.start()

    def write_much() -> None:
        for _ in range(3 * MAX_QUEUED_WRITES):
            writer.write("a frame")
        writer.stop()

    waiting = threading.Thread(target=write_much, daemon=True)
    waiting.start()
    waiting.join(20)
    with suppress(OSError):
        file.close()
    assert not waiting.is_alive()
