"""Keys that arrive in one read are applied in their order, in every line there is."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui.conftest import Driver, Start
from tests.ui.multiplexers import GnuScreen, Tmux, multiplexer
from tests.ui.pseudo_terminal import Program, gene_tui

TRIES = int(os.environ.get("GENE_TUI_TRIES", "12"))

#: A key's bytes, by what it does.
KEYS = {
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "left": "\x1b[D",
    "right": "\x1b[C",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "ctrl+a": "\x01",
    "ctrl+e": "\x05",
    "ctrl+d": "\x04",
    "ctrl+k": "\x0b",
    "ctrl+u": "\x15",
    "ctrl+w": "\x17",
}
LETTERS = "ABCDEHGKMTVXZ0123789 -+:~"


def edited(keys: list[str]) -> str:
    """What an empty line holds after these keys: letters, and names of ``KEYS``."""
    left, right = "", ""
    for key in keys:
        if key == "backspace":
            left = left[:-1]
        elif key in ("delete", "ctrl+d"):
            right = right[1:]
        elif key == "left" and left:
            left, right = left[:-1], left[-1] + right
        elif key == "right" and right:
            left, right = left + right[0], right[1:]
        elif key in ("home", "ctrl+a"):
            left, right = "", left + right
        elif key in ("end", "ctrl+e"):
            left, right = left + right, ""
        elif key == "ctrl+k":
            right = ""
        elif key == "ctrl+u":
            left = ""
        elif key == "ctrl+w":
            words = [match.start() for match in re.finditer(r"(?<=\W)\w", left)]
            left = left[: words[-1] if words else 0]
        elif len(key) == 1:
            left += key
    return left + right


def burst(rng: random.Random) -> list[str]:
    """Keys as somebody types who corrects much; at most what the line shows at 80 columns."""
    keys = []
    for _ in range(rng.randint(4, 40)):
        keys.append(rng.choice(LETTERS) if rng.random() < 0.65 else rng.choice([*KEYS]))
    return [*keys, rng.choice(LETTERS[:13])]  # so that the line is not empty


def sent(keys: list[str]) -> str:
    return "".join(KEYS.get(key, key) for key in keys)


@pytest.fixture(params=["plain", "tmux", "screen"])
def terminal(request: pytest.FixtureRequest, demo: Path) -> Iterator[Program | Tmux | GnuScreen]:
    command = gene_tui("--space", str(demo))
    if request.param == "plain":
        program = Program(command, (80, 24), SSH_CONNECTION="10.0.0.1 5000 10.0.0.2 22")
        try:
            program.until_shown("ready")
            yield program
        finally:
            program.close()
    else:
        with multiplexer(Tmux if request.param == "tmux" else GnuScreen) as server:
            server.start(command)
            server.until_shown("ready")
            yield server


def line(terminal: Program | Tmux | GnuScreen) -> str:
    """What stands in the query line."""
    screen = terminal.screen
    text = screen if isinstance(screen, str) else screen.text
    rows = text.splitlines()
    at = next((n for n, row in enumerate(rows) if " Query " in row), None)
    # Between the frame and the prompt, which GNU screen writes as it likes.
    return re.sub(r"^[^-A-Z0-9+:~]+|[^-A-Z0-9+:~]+$", "", rows[at + 1]) if at is not None else ""


def test_bursts_are_applied_in_order(terminal: Program | Tmux | GnuScreen) -> None:
    """``GENE_TUI_TRIES`` bursts, each one write to the terminal."""
    rng = random.Random(17)
    right = 0
    for _ in range(TRIES):
        keys = burst(rng)
        wanted = edited(keys).strip()
        terminal.send("\x05\x15" + sent(keys))

        def shown(wanted: str = wanted) -> bool:
            return line(terminal) == wanted

        terminal.until(shown, f"{wanted!r} of {keys}, but {line(terminal)!r}")
        right += 1
    print(f"{right} of {TRIES} bursts right")


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        ("ACTA3\x7f2\r", "ACTA2"),
        ("XYZ\x15HBB\r", "HBB"),
        ("HBB\x01\x1b[3~\x05\x7fA1\x01H\r", "HBA1"),
    ],
    ids=["backspace", "ctrl+u", "ctrl+a"],
)
def test_a_query_and_its_corrections_in_one_write(
    terminal: Program | Tmux | GnuScreen, keys: str, asked: str
) -> None:
    terminal.send(keys)
    terminal.until_shown("50 genes")
    assert line(terminal) == asked


# -- the other lines, and what comes behind them ---------------------------------------------


async def sent_at_once(driver: Driver, *keys: str) -> None:
    """Post keys as one read does, none waiting for the one before."""
    from textual import events

    characters = {"space": " "}
    for key in keys:
        character = characters.get(key, key if len(key) == 1 else None)
        driver.app.post_message(events.Key(key, character))
    await driver.settle()


EDITING = ("a", "b", "x", "backspace", "left", "left", "Y", "end", "z", "home", "delete", "W")
EDITED = "Wabz"  # "ab" → "Yab" → "Yabz" → "abz" → "Wabz"


@pytest.mark.parametrize(
    ("opens", "selector"),
    [
        (("f",), "#filter"),
        (("H", "f"), "#history-filter"),
        (("e", "ctrl+u"), "#file"),
        (("ctrl+p",), "Line"),
        (("slash", "ctrl+u"), "#query"),
    ],
    ids=["filter", "history", "file", "palette", "query"],
)
async def test_every_line_takes_keys_in_order_also_with_the_key_that_opens_it(
    start: Start, opens: tuple[str, ...], selector: str
) -> None:
    async with start((80, 24)) as driver:
        await driver.ask("HBA1")
        await driver.until(lambda: driver.main.pane == "results")
        await sent_at_once(driver, *opens, *EDITING)
        await driver.until(lambda: driver.app.screen.query(selector))
        value: Callable[[], str] = lambda: driver.app.screen.query_one(selector).value  # noqa: E731
        await driver.until(lambda: value() == EDITED, EDITED)


async def test_a_paste_of_several_lines_into_a_filter_says_what_it_left_out(start: Start) -> None:
    from textual import events

    async with start() as driver:
        await driver.ask("HBA1")
        await driver.until(lambda: driver.main.pane == "results")
        await driver.press("f")
        driver.app.post_message(events.Paste("\n HBB \nHBD\r\nMB\n"))
        await sent_at_once(driver, "x", "backspace")
        await driver.until(lambda: driver.main.results.query_one("#filter").value == "HBB")
        await driver.until(lambda: "2 more were left out" in driver.said)
