"""Opening spaces: in the background, the old one usable until the new one is ready."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gene_tui import paths
from gene_tui.errors import Cancelled, FileError
from gene_tui.run import Progress
from gene_tui.ui.controllers import loading
from gene_tui.ui.screens.spaces import SpacePicker
from tests.ui.conftest import Start


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A source file of another space."""
    file = tmp_path / "other.npz"
    rng = np.random.default_rng(1)
    np.savez(file, embeddings=rng.normal(size=(30, 8)), genes=[f"W{n}" for n in range(30)])
    return file


async def test_the_first_screen_is_there_before_the_space(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    real = loading.open_session

    def slow(*given: Any) -> Any:
        given[2].report(Progress("reading vectors", 3, 10))
        assert release.wait(20)
        return real(*given)

    monkeypatch.setattr(loading, "open_session", slow)
    async with start(wait=False) as driver:
        await driver.until(lambda: "reading vectors" in driver.screen_text)
        assert "3/10" in driver.screen_text
        assert driver.main.query_line.has_focus
        await driver.pilot.press(*"HBA1", "enter")
        assert "still opening" in driver.said
        release.set()
        await driver.until(lambda: driver.main.loader.session)
        await driver.press("enter")
        await driver.until(lambda: driver.symbols)


async def test_escape_stops_the_opening(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_spec: Any, _opening: Any, ticket: Any) -> Any:
        while not ticket.cancelled():
            ticket.report(Progress("reading vectors"))
            time.sleep(0.01)
        raise Cancelled()

    monkeypatch.setattr(loading, "open_session", endless)
    async with start(wait=False) as driver:
        await driver.until(lambda: "Esc stops" in driver.screen_text)
        await driver.pilot.press("escape")
        await driver.until(lambda: "opening was stopped" in driver.card)
        assert "no space" in driver.screen_text


async def test_a_space_that_is_not_there_is_a_card_with_a_hint(start: Start) -> None:
    async with start(space="/nowhere/at/all", wait=False) as driver:
        await driver.until(lambda: "/nowhere/at/all" in driver.card)
        assert "→" in driver.card
        await driver.press("escape", "s")
        await driver.until(lambda: isinstance(driver.app.screen, SpacePicker))


async def test_the_old_space_stays_usable_while_another_opens(
    start: Start, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as driver:
        release = threading.Event()
        real = loading.open_session

        def slow(*given: Any) -> Any:
            assert release.wait(20)
            return real(*given)

        monkeypatch.setattr(loading, "open_session", slow)
        driver.main.loader.open(str(other))
        driver.main.asking.ask("HBA1")
        await driver.until(lambda: driver.symbols)
        assert driver.symbols[0] == ("HBA2",)
        release.set()
        await driver.until(lambda: driver.main.loader.session.space.name == "other")
        driver.main.asking.ask("W1")
        await driver.until(lambda: driver.symbols[0][0].startswith("W"))


async def test_a_failing_space_leaves_the_old_one_open(start: Start, tmp_path: Path) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK\x03\x04 not really")
    async with start() as driver:
        driver.main.loader.open(str(broken))
        await driver.until(lambda: "broken.npz" in driver.card)
        assert driver.main.loader.session.space.name == "demonstration"
        await driver.ask("HBA1")
        assert driver.symbols[0] == ("HBA2",)


async def test_the_picker_lists_spaces_narrows_and_opens(start: Start, other: Path) -> None:
    from gene_tui.spaces.importing import Recipe, import_space

    import_space(Recipe(other), paths.spaces_dir() / "mine", name="mine")
    (paths.spaces_dir() / "damaged").mkdir()
    (paths.spaces_dir() / "damaged" / "manifest.json").write_text("{")
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("s")
        await driver.until(lambda: isinstance(driver.app.screen, SpacePicker))
        text = driver.screen_text
        assert all(name in text for name in ("mine", "30 × 8", "damaged", "the human genome by"))
        await driver.pilot.press(*"min")
        await driver.pilot.press("enter")
        await driver.until(lambda: driver.main.loader.session.space.name == "mine")


async def test_the_picker_takes_a_files_name(start: Start, other: Path) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("s")
        await driver.until(lambda: isinstance(driver.app.screen, SpacePicker))
        driver.app.screen.query_one("Input").value = str(other)
        await driver.pilot.press("enter")
        await driver.until(lambda: driver.main.loader.session.space.name == "other")


@pytest.mark.usefixtures("no_space_chosen")
async def test_the_last_space_is_remembered_and_one_that_is_gone_is_told(
    start: Start, other: Path
) -> None:
    async with start(space=other):
        pass
    assert json.loads(paths.state_file().read_text()) == {"space": str(other)}
    async with start(space=None) as driver:
        assert driver.main.loader.session.space.name == "other"
    other.unlink()
    async with start(space=None, wait=False) as driver:
        await driver.until(lambda: driver.main.loader.session)
        assert driver.main.loader.session.space.name == "atlas"
        assert "the atlas opens instead" in driver.screen_text.replace("\n", "")


def test_remembering_is_relative_to_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.npz").write_bytes(b"")
    loading.remember_space("here.npz")
    assert loading.last_space() == str(tmp_path / "here.npz")
    loading.remember_space("a-name")
    assert loading.last_space() == "a-name"


@pytest.mark.parametrize("content", ["", "[]", '{"space": 3}', "{", '{"space": ""}'])
def test_a_damaged_state_file_is_no_error(content: str) -> None:
    paths.ensure(paths.state_file().parent)
    paths.state_file().write_text(content)
    assert loading.last_space() is None


def test_a_home_that_cannot_be_written_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> Path:
        raise FileError(f"{folder} cannot be made")

    monkeypatch.setattr(paths, "ensure", refuse)
    loading.remember_space("x")
    assert loading.last_space() is None


async def test_nothing_heavy_is_imported_on_the_loops_thread(demo: Path) -> None:
    """In a fresh process: who imports numpy, faiss, numba or pandas is a job's thread."""
    import subprocess
    import sys

    program = f"""
import asyncio, builtins, sys, threading
real = builtins.__import__
heavy, culprits = {{"numpy", "faiss", "numba", "pandas", "scipy"}}, []
def noted(name, *given, **named):
    root = name.partition(".")[0]
    if root in heavy and root not in sys.modules:
        if threading.current_thread() is threading.main_thread():
            culprits.append(name)
    return real(name, *given, **named)
builtins.__import__ = noted
from gene_tui.ui.app import GeneTui
async def main():
    app = GeneTui({str(demo)!r})
    assert not heavy & set(sys.modules), heavy & set(sys.modules)
    async with app.run_test(size=(140, 40)) as pilot:
        for _ in range(2000):
            await pilot.pause(0.01)
            if app.main.loader.session: break
        for text in ("HBA1", "PYGL : PYGM"):
            app.main.asking.ask(text)
            for _ in range(2000):
                await pilot.pause(0.01)
                here = app.main.asking.trail.here
                if here and here.result.canonical == text: break
        await pilot.press("j", "j")
        await pilot.pause(0.5)
    app.finish()
asyncio.run(main())
print("culprits", culprits, "numpy" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "culprits [] True", done.stdout + done.stderr
