"""Clicks where something was a moment ago."""

from __future__ import annotations

import pytest
from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from gene_tui.ui.widgets.results_table import ResultsTable
from tests.ui.conftest import Start


async def test_a_click_on_what_was_just_taken_away_does_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notice goes, or a dialog, and the screen is drawn without it only in the next frame."""
    async with start() as driver:
        await driver.ask("HBA1")
        gone = Static("a notice")
        asked: list[Offset] = []

        def under(_screen: Screen[None], x: int, y: int) -> tuple[Widget, Offset]:
            asked.append(Offset(x, y))
            return gone, Offset(0, 0)

        monkeypatch.setattr(Screen, "get_widget_and_offset_at", under)
        await driver.pilot.mouse_down(ResultsTable, offset=(8, 2))
        await driver.pilot.hover(ResultsTable, offset=(20, 5))
        await driver.pilot.mouse_up(ResultsTable, offset=(20, 5))
        monkeypatch.undo()
        assert asked
        await driver.ask("HBB")
        assert driver.app.is_running
