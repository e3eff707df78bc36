"""Settings in the app: what is wrong with them is said, and the app starts whatever they hold."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import gene_tui
from gene_tui import paths
from gene_tui.config import Settings
from gene_tui.terminal import detect
from gene_tui.ui.actions import Keys
from tests.ui.conftest import Start
from tests.ui.pseudo_terminal import Program
from tests.ui.pseudo_terminal import gene_tui as command


def written(content: bytes) -> Path:
    file = paths.config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"theme = plain", "line 1, column 9"),
        (b"\xff", "line 1: not UTF-8"),
        (b"thread = 3", "thread is no setting; did you mean threads?"),
        (b"theme = 'nosuch'", "there is no theme 'nosuch'"),
        (b"[keys]\nquit = 'nosuch'", "quit has 'nosuch', which is no key"),
    ],
    ids=["toml", "utf-8", "name", "theme", "key"],
)
def test_the_real_program_starts_and_says_what_is_wrong(content: bytes, told: str) -> None:
    written(content)
    # Without --space: the file that cannot be read may name one.
    program = Program(command(), (140, 40))
    try:
        program.until_shown("ready")
        words = "".join(told.split())
        program.until(lambda: words in "".join(program.screen.text.split()), told)
        if "line" in told:
            program.until(lambda: "config.toml" in program.screen.text, "the file's name")
        program.ask("HBA1", "50 genes")
        program.send("q")
        assert program.wait() == 0
    finally:
        program.close()


@pytest.mark.parametrize(
    ("key", "known"),
    [
        *((key, True) for key in ("y", "Y", ",", "é", "f12", "ctrl+y", "alt+enter", "slash")),
        *((key, True) for key in ("question_mark", "shift+f3", "pageup", "space", "?")),
        *((key, False) for key in ("yy", "q,x", "ctrl+", "nosuch", "strg+y", "\x1b", "a b")),
    ],
)
def test_keys_that_no_terminal_sends_are_told(key: str, known: bool) -> None:
    told = Keys({"copy-menu": (key,)}).warnings
    assert any("no key" in line for line in told) != known


@pytest.mark.parametrize(
    ("environment", "inside"),
    [
        ({"TERM": "screen", "STY": "1.pts"}, True),
        ({"TERM": "xterm-256color", "STY": "1.pts"}, True),
        ({"TERM": "screen.xterm-256color", "SSH_TTY": "/dev/pts/1"}, True),
        ({"TERM": "screen", "SSH_TTY": "/dev/pts/1"}, True),
        ({"TERM": "screen", "TMUX": "/tmp/s,1,0"}, False),
        ({"TERM": "screen-256color", "TMUX": "/tmp/s,1,0"}, False),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/s,1,0"}, False),
        ({"TERM": "xterm-256color"}, False),
    ],
)
@pytest.mark.parametrize("setting", [None, True, False])
def test_the_mouse_is_off_in_gnu_screen_unless_asked_for(
    environment: dict[str, str],
    inside: bool,
    setting: bool | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from gene_tui.ui.app import GeneTui

    for name in ("TERM", "STY", "TMUX", "SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert detect(environment).in_screen == inside
    wanted = not inside if setting is None else setting
    assert GeneTui(settings=Settings(mouse=setting)).mouse == wanted


@pytest.mark.parametrize(("sty", "listens"), [("", True), ("1.pts-0.host", False)])
def test_what_the_terminal_is_told_of_the_mouse(demo: Path, sty: str, listens: bool) -> None:
    program = Program(command("--space", str(demo)), (80, 24), STY=sty)
    try:
        program.until_shown("ready")
        assert (1000 in program.screen.modes) == listens
    finally:
        program.close()


async def test_a_space_that_is_removed_while_it_is_open_goes_on_answering(
    start: Start, tmp_path: Path
) -> None:
    file = tmp_path / "some.npz"
    rng = np.random.default_rng(1)
    np.savez(file, embeddings=rng.normal(size=(60, 8)), genes=[f"W{n}" for n in range(60)])
    folder = gene_tui.open_space(str(file)).space.folder
    async with start(space=folder) as driver:
        gone = folder.rename(tmp_path / "gone")  # at once, whatever is being written into it
        shutil.rmtree(gone, ignore_errors=True)
        for query in ("W1", "W1 ~ W2", "? ~ ?", "W1 : W2", "W1 - W2 + W3", "W1 : W2 :: W3 : ?"):
            await driver.ask(query)
            assert "internal error" not in driver.card
            assert driver.main.asking.trail.here is not None or driver.card
        driver.main.loader.open(str(folder))
        await driver.until(lambda: driver.card, "a card")
        assert "there is no space called" in driver.card
        assert "→" in driver.card
        assert not folder.exists(), "nothing half made is left in its place"
        assert driver.main.loader.session is not None


async def test_an_error_of_the_disk_is_a_card_that_names_the_file(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as driver:
        session = driver.main.loader.session

        def gone(*_: object, **__: object) -> None:
            Path("/nowhere/at/all.npy").read_bytes()

        monkeypatch.setattr(session, "query", gone)
        driver.main.query_line.put("HBA1")
        await driver.press("enter")
        await driver.until(lambda: driver.card, "a card")
        assert "/nowhere/at/all.npy: No such file or directory" in driver.card
        assert "→" in driver.card
