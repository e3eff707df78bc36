"""The app on a small space, driven by keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot

from gene_tui.config import Settings
from gene_tui.ui.app import GeneTui
from gene_tui.ui.main import MainScreen
from tests.conftest import MadeOnce
from tests.demonstration import NAME, write

PATIENCE = 20.0


@pytest.fixture(scope="session")
def demo(made_once: MadeOnce) -> Path:
    """The small space in a folder of its own, prepared once for all tests."""

    def make(home: Path) -> None:
        import gene_tui
        from gene_tui.engines.analogy.compiled import warm_up

        warm_up()  # else every app that starts would try

        with pytest.MonkeyPatch.context() as patch:
            for kind in ("DATA", "CACHE", "CONFIG"):
                patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
            gene_tui.open_space(write(home / NAME).folder).prepare()

    return made_once("demo", make) / NAME


_RENDER_UPDATE = Compositor.render_update


def _draw_later(compositor: Compositor, full: bool = False, **given: Any) -> Any:
    """Keep in mind what has changed; only whole screens, which are asked for, are drawn."""
    return _RENDER_UPDATE(compositor, full=True, **given) if full else None


_PARSE_RULES = Stylesheet._parse_rules
_RULES: dict[tuple[Any, ...], list[RuleSet]] = {}


def _rules_once(sheet: Stylesheet, *given: Any, **named: Any) -> list[RuleSet]:
    key = (given, *named.items(), *sheet._variables.items())
    if key not in _RULES:
        _RULES[key] = _PARSE_RULES(sheet, *given, **named)
    return _RULES[key]


class Driver:
    """One running app: presses keys and waits for what they lead to."""

    def __init__(self, app: GeneTui, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    def draw(self) -> None:
        """Draw what has changed since the last frame."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Compositor, "render_update", _RENDER_UPDATE)
            self.app.screen._compositor_refresh()

    @property
    def main(self) -> MainScreen:
        return self.app.main

    @property
    def computed(self) -> list[str]:
        """Kinds of the jobs that were started since ``watch`` was called."""
        return self._computed

    def watch(self) -> None:
        """From now on note the jobs that are started."""
        self._computed: list[str] = []
        start = self.main.jobs.start

        def noted(kind: str, *given: Any, **named: Any) -> Any:
            self._computed.append(kind)
            return start(kind, *given, **named)

        self.main.jobs.start = noted  # type: ignore[method-assign]

    async def until(self, what: Callable[[], object], told: str = "") -> None:
        """Wait until ``what`` holds."""
        end = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < end, f"never: {told or what}"
            await asyncio.sleep(0.02)
            if what():
                await self.pilot.pause()

    async def settle(self) -> None:
        """Wait until no job runs and every message was handled."""
        await self.until(
            lambda: (
                not any(
                    self.main.jobs.running(kind) for kind in ("space", "ask", "suggest", "spaces")
                )
            )
        )
        await self.pilot.pause()
        self.draw()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        names = {" ": "space", ":": "colon", "?": "question_mark", "+": "plus", "-": "minus"}
        await self.pilot.press(*(names.get(char, char) for char in text))
        await self.settle()

    async def ask(self, text: str) -> None:
        """Ask a query through the query line."""
        self.main.query_line.focus()
        self.main.query_line.put(text)
        before = self.main.asking.trail.here
        await self.press("enter")
        await self.until(lambda: self.main.asking.trail.here is not before or self.card, text)

    @property
    def card(self) -> str:
        """The card's text; "" where the table is shown."""
        card = self.main.query_one("#card")
        return str(card.render()) if card.display else ""

    @property
    def said(self) -> str:
        """What was said in passing and can still be read, one a line, not wrapped."""
        return "\n".join(str(one.message) for one in self.app._notifications)

    @property
    def notice(self) -> str:
        """The line above the query."""
        return str(self.main.query_one("#notice").render())

    @property
    def symbols(self) -> list[tuple[str, ...]]:
        """The symbols of the hits shown."""
        rows = self.main.results.rows
        return [tuple(g.shown for g in rows.genes(hit)) for hit in rows.shown] if rows else []

    @property
    def screen_text(self) -> str:
        """The whole screen as text."""
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in lines)


Start = Callable[..., AbstractAsyncContextManager[Driver]]


@pytest.fixture(autouse=True)
def _styles_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A style sheet with the same colours says the same in every app."""
    monkeypatch.setattr(Stylesheet, "_parse_rules", _rules_once)


@pytest.fixture(autouse=True)
def _frames_that_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal nobody sees what is between one key and the next: ``Driver.settle``
    draws what has changed since the last time, at once."""
    monkeypatch.setattr(Compositor, "render_update", _draw_later)


@pytest.fixture
def start(demo: Path) -> Start:
    """Start the app on the small space (or another) and wait until it is open."""

    @asynccontextmanager
    async def started(
        size: tuple[int, int] = (140, 40),
        space: Path | str | None = demo,
        settings: Settings | None = None,
        wait: bool = True,
    ) -> AsyncIterator[Driver]:
        app = GeneTui(str(space) if space else None, settings=settings or Settings())
        async with app.run_test(size=size) as pilot:
            driver = Driver(app, pilot)
            if wait:
                await driver.until(lambda: driver.main.loader.session, "the space opens")
                await driver.settle()
            yield driver
        app.finish()

    return started
