"""Whatever is pressed, in whatever order and however fast: the program goes on, or leaves well."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.ui.pseudo_terminal import Harm, Program, gene_tui

SECONDS = 8.0
#: All single keys but the one that leaves.
KEYS = [*"/?hjklgGfStveiHDyYoua+rnNmMXpdsw[] 123", "\r", "\r", "\t", "\x7f", "\x15", "\x12", "\x10"]
KEYS += ["\x1b[27u"] * 4 + [
    f"\x1b[{key}" for key in ("A", "B", "C", "D", "5~", "6~", "H", "F", "Z")
]
LINES = ["HBA1", "PYGL : PYGM", "PYGL : ?", "? : ?", "? ~ ?", "HBA1 ~ HBB", "HBA1 - HBB + HBD"]
LINES += ["PYGL : PYGM :: GYS2 : ?", "HBA1 : ? :: HBB : ?", "HBA1:HBB", "[/x]", '"']
VERBS = ["compare", "doctor", "theme", "enrich", "missed", "scan", "export"]


def keys(chance: random.Random, size: tuple[int, int]) -> str:
    """One to five of them, as they may arrive together."""
    typed = ""
    for _ in range(chance.choice([1, 1, 1, 2, 3, 5])):
        what = chance.random()
        if what < 0.1:
            typed += f"/{chance.choice(LINES)}\r"
        elif what < 0.14:
            typed += f"\x10{chance.choice(VERBS)}\r"
        elif what < 0.2:
            button, x, y = chance.choice([0, 64, 65]), *map(chance.randrange, size)
            typed += f"\x1b[<{button};{x + 1};{y + 1}M\x1b[<{button};{x + 1};{y + 1}m"
        else:
            typed += chance.choice(KEYS)
    return typed


def listens(program: Program) -> bool:
    """Whether it still hears keys: those that open and close a dialog, whatever is shown."""
    for _ in range(20):
        before = len(program.screen.frames)
        program.send("\x1b[27u?")
        while program.read(0.3):
            pass
        if len(program.screen.frames) > before:
            return True
    return False


@pytest.mark.parametrize("size", [(140, 40), (80, 24)], ids=["wide", "narrow"])
def test_no_keys_bring_it_down(demo: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    chance = random.Random(size[0])
    pressed: list[str] = []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        program = Program(gene_tui("--space", str(demo)), size, cwd=tmp_path)  # it may export
        try:
            program.until_shown("ready")
            while time.monotonic() < end and program.process.poll() is None:
                pressed.append(keys(chance, size))
                program.send(pressed[-1])
                program.read(chance.choice([0.0, 0.01, 0.05, 0.2]))
                while program.read(0.01):
                    pass
            if program.process.poll() is None:
                assert listens(program)
        except (Harm, AssertionError, OSError):
            # The palette can also leave: what was still typed is then the terminal's to show.
            shown = program.screen.text
            rest = program.give_up()
            assert program.process.poll() == 0, f"after {pressed[-8:]}\n{shown}\n{rest}"
        finally:
            program.close()
        assert b"Traceback" not in program.raw
    assert len(pressed) > 20
