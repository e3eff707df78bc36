"""Only what changes is sent to the terminal, and it then shows what it would if all were sent."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import struct
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import get_character_cell_size

from gene_tui.ui.canvas import _SURE, Canvas
from tests.ui.pseudo_terminal import Pen, Program, Screen, gene_tui

PENS = (
    "",
    "1",
    "4",
    "7",
    "1;2",
    "48;2;1;2;3",
    "38;2;200;10;20;48;2;1;2;3",
    "1;38;2;9;9;9;48;2;1;2;3",
    "4;31;48;2;1;2;3",
    "21;97;107",
    "38;5;7;48;5;20",
)
WORDS = ("gene", " ", "    ", "a b", "──", "▇▇", "漢字", "e\u0301a", "☃", "🧬 x", "❯ ", "⣿")


def test_characters_said_to_take_one_cell_do() -> None:
    found = [char for char in map(chr, range(0x11000)) if _SURE.fullmatch(char)]
    assert len(found) > 2000
    assert [char for char in found if get_character_cell_size(char) != 1] == []


def write(target: Screen, text: str, row: int, column: int, pen: str) -> None:
    """As a program that sends everything."""
    target.feed(f"\x1b[{row + 1};{column + 1}H\x1b[0;{pen}m{text}")


@pytest.mark.parametrize("seed", range(40))
def test_the_terminal_shows_what_was_put(seed: int) -> None:
    chance = random.Random(seed)
    canvas, sent, whole = Canvas(), Screen(24, 6), Screen(24, 6)
    canvas.begin(24, 6)
    for row in range(6):
        canvas.put(row, 0, [(" " * 24, "")])
    sent.feed(canvas.changes())
    for _ in range(30):
        canvas.begin(24, 6)
        for _ in range(chance.randint(1, 6)):
            # Whole rows: half of a wide character is nowhere.
            row = chance.randrange(6)
            pieces, room = [], 24
            while room:
                word, pen = chance.choice(WORDS), chance.choice(PENS)
                cells = sum(map(get_character_cell_size, word))
                word, cells = (word, cells) if cells <= room else (" " * room, room)
                pieces.append((word, pen))
                room -= cells
            canvas.put(row, 0, pieces)
            at = 0
            for word, pen in pieces:
                write(whole, word, row, at, pen)
                at += sum(map(get_character_cell_size, word))
        sent.feed(canvas.changes())
        assert sent.looks == whole.looks
        assert sent.pen == Pen(), "the next update begins without colours"


def test_what_is_there_is_not_sent_again_until_the_terminal_is_another() -> None:
    canvas = Canvas()

    def update(text: str, columns: int = 40) -> str:
        canvas.begin(columns, 2)
        canvas.put(1, 0, [(text, "31;48;2;1;2;3")])
        return canvas.changes()

    first = update("nearest genes to HBA1")
    assert "nearest genes to HBA1" in first
    assert update("nearest genes to HBA1") == ""
    assert update("nearest genes to HBA2") == "\x1b[2;21H\x1b[31;48;2;1;2;3m2\x1b[m"
    assert update("nearest genes to HBB") == "\x1b[2;20H\x1b[31;48;2;1;2;3mB\x1b[m"
    assert "nearest genes to HBB" in update("nearest genes to HBB", 41)
    canvas.forget()
    assert "nearest genes to HBB" in update("nearest genes to HBB", 41)


def test_of_blanks_only_their_ground_counts() -> None:
    canvas = Canvas()
    canvas.begin(20, 1)
    canvas.put(0, 0, [("a b", "1;31;44"), ("   ", "32;44"), ("c", "1;31;44")])
    assert canvas.changes() == "\x1b[1;1H\x1b[1;31;44ma b   c\x1b[m"
    canvas.begin(20, 1)
    canvas.put(0, 0, [("a b", "1;31;44"), ("   ", "44"), ("c", "1;31;44")])
    assert canvas.changes() == ""


# -- the program -----------------------------------------------------------------------------


@pytest.fixture
def program(demo: Path) -> Iterator[Program]:
    program = Program(gene_tui("--space", str(demo)), (100, 30))
    try:
        program.until_shown("ready")
        program.until_quiet()
        yield program
    finally:
        program.close()


def looks_the_same_drawn_anew(program: Program) -> int:
    """Whether all that was sent in parts looks as the whole does; bytes of the whole."""
    program.until_quiet(1)
    before, sent = program.screen.looks, len(program.raw)
    program.send("\x0c")  # ^l
    program.until_quiet()
    assert len(program.raw) - sent > 3000
    assert program.screen.looks == before
    return len(program.raw) - sent


def test_after_every_action_the_screen_looks_as_if_drawn_anew(program: Program) -> None:
    for keys, shows in (
        ("HB", "hemoglobin"),
        ("A1\r", "Nearest ─"),
        ("jjl ", "● HB"),
        ("G", "50  "),
        ("g", "HBA2"),
        ("f", "words in a symbol"),
        ("beta", " of 50 genes"),
        ("\x1b[27u", " 50 genes"),
        ("?", "In the results"),
        ("\x1b[27u", " 50 genes"),
        ("\x10", "any part of a name"),
        ("them", "Change the theme"),
        ("\x1b[27u", " 50 genes"),
        ("Y", "a letter or ⏎ copies"),
        ("\x1b[27u", " 50 genes"),
        ("/PYGL : PYGM\r", "Analogy ─"),  # the details come last
        ("[", "Nearest ─"),
        ("v", "Background"),
    ):
        program.send(keys)
        program.until_shown(shows)
        looks_the_same_drawn_anew(program)


def test_what_something_else_wrote_goes_away_and_so_it_does_after_a_pause(
    program: Program,
) -> None:
    def spoilt() -> None:
        program.until_quiet()
        program.screen.feed("\x1b[10;10Hnoise\x1b[0m")
        assert "noise" in program.screen.text

    spoilt()
    program.send("\x0c")
    program.until(lambda: "noise" not in program.screen.text, "^l")
    spoilt()
    fcntl.ioctl(program.master, termios.TIOCSWINSZ, struct.pack("4H", 30, 100, 0, 0))
    os.killpg(program.process.pid, signal.SIGWINCH)
    program.until(lambda: "noise" not in program.screen.text, "a size told anew")


def test_where_nothing_changes_nothing_is_sent(program: Program) -> None:
    program.send("QQQ\x1b[H")
    program.until_shown("❯ QQQ")
    program.until_quiet(1)
    sent = len(program.raw)
    program.send("\x1b[H" * 5)  # Home, where the cursor is already
    program.until_quiet(1)
    assert len(program.raw) == sent
