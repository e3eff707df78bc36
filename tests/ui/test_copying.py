"""Copying: the menu, many genes at once, and what a real tmux gets."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gene_tui.ui import clipboard
from gene_tui.ui.screens.copy_menu import CopyMenu
from tests.ui.conftest import Start

HBA2 = "https://www.proteinatlas.org/ENSG00000188536"
HBB = "https://www.proteinatlas.org/ENSG00000244734"


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to the clipboard, in order."""
    texts: list[str] = []

    def perform(plan: clipboard.CopyPlan, text: str, write: object) -> clipboard.Outcome:
        assert callable(write)
        texts.append(text)
        return clipboard.Outcome(plan.routes, (), plan.notice)

    monkeypatch.setattr(clipboard, "perform", perform)
    return texts


async def test_y_copies_the_link_and_says_where_it_went(start: Start, copied: list[str]) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("y")
        await driver.until(lambda: copied)
        await driver.until(lambda: HBA2 in driver.said)
        assert copied == [HBA2]
        assert "sent to" in driver.said


async def test_y_copies_all_marked_genes_at_once(start: Start, copied: list[str]) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("space", "j", "space", "j", "y")
        await driver.until(lambda: copied)
        assert copied == [f"{HBA2}\n{HBB}"]
        await driver.until(lambda: "1 more line" in driver.said)


@pytest.mark.parametrize(
    ("key", "beginning"),
    [
        ("l", HBA2),
        ("e", "ENSG00000188536"),
        ("s", "HBA2"),
        ("b", "HBA2"),
        ("E", "https://www.ensembl.org/id/ENSG00000188536"),
        ("r", "1\tHBA2\t"),
        ("t", "rank\t"),
        ("m", "# HBA1"),
    ],
)
async def test_the_menu_copies_each_thing(
    start: Start, copied: list[str], key: str, beginning: str
) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("Y")
        assert isinstance(driver.app.screen, CopyMenu)
        await driver.press(key)
        await driver.until(lambda: copied)
        assert copied[0].startswith(beginning)


async def test_the_table_is_copied_as_it_is_shown(start: Start, copied: list[str]) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("f")
        await driver.type("hemoglobin")
        await driver.press("enter", "Y", "t")
        await driver.until(lambda: copied)
        lines = copied[0].splitlines()
        assert len(lines) == len(driver.symbols) + 1
        assert all("hemoglobin" in line for line in lines[1:])


async def test_the_menu_by_arrow_and_enter_and_escape(start: Start, copied: list[str]) -> None:
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("Y", "escape")
        assert driver.app.screen is driver.main
        await driver.press("Y", "j", "enter")
        await driver.until(lambda: copied)
        assert copied == ["ENSG00000188536"]


async def test_without_a_gene_nothing_is_copied(start: Start, copied: list[str]) -> None:
    async with start() as driver:
        driver.main.action_do("copy-link")
        driver.main.action_do("copy-menu")
        driver.main.action_do("open-link")
        await driver.pilot.pause()
        assert "no gene here" in driver.said
        assert copied == []


async def test_without_a_browser_opening_says_how_to_copy(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    async with start() as driver:
        await driver.ask("HBA1")
        await driver.press("o")
        await driver.until(lambda: "no browser here" in driver.said)
        assert HBA2 in driver.said


PROGRAM = "import sys; from gene_tui.ui.app import run; sys.exit(run(sys.argv[1]))"


@pytest.mark.skipif(not shutil.which("tmux"), reason="there is no tmux here")
def test_y_fills_the_buffer_of_a_real_tmux(demo: Path, tmp_path: Path, short: Path) -> None:
    socket = short / "s"
    environment = {**os.environ, "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    for name in ("TMUX", "STY", "DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)

    def tmux(*words: str, check: bool = True) -> str:
        return subprocess.run(
            ["tmux", "-S", str(socket), "-f", "/dev/null", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=check,
        ).stdout

    def until(wanted: str) -> None:
        end = time.monotonic() + 40
        while wanted not in tmux("capture-pane", "-p"):
            assert time.monotonic() < end, tmux("capture-pane", "-p")
            time.sleep(0.1)

    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = f"{sys.executable} {program} {demo}"
    tmux("new-session", "-d", "-x", "80", "-y", "24", command)
    try:
        until("Type a gene")
        tmux("send-keys", "HBA1", "Enter")
        until("50 genes")
        tmux("send-keys", "y")
        until("sent to")
        end = time.monotonic() + 40
        while tmux("show-buffer", check=False) != HBA2:
            assert time.monotonic() < end
            time.sleep(0.1)
        tmux("send-keys", "q")
    finally:
        tmux("kill-server", check=False)
