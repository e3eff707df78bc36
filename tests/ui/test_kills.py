"""kill -9 at any moment: what the app has listed is kept, and nothing is half made."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

from gene_tui import paths
from gene_tui.history import History
from tests.ui.pseudo_terminal import Program, gene_tui

TRIES = int(os.environ.get("GENE_TUI_TRIES", "3"))
#: What else is going on as the program is killed: pinning, exporting, another space, a long job.
BESIDE = ("", "H\x1b", "e\r", "s\r", "m", "/PYGL : ?\r", "\x10", "/HBB\r")


def newest(program: Program) -> str:
    """The first row of the history pane."""
    rows = program.screen.text.splitlines()
    at = next((n for n, row in enumerate(rows) if "─ History ─" in row), None)
    return rows[at + 1][1:31] if at is not None else ""


def session(demo: Path, rng: random.Random, number: int, where: Path) -> list[str]:
    """Start, ask, do something else, and be killed; the questions that were listed."""
    program = Program(gene_tui("--space", str(demo)), (140, 40), cwd=where)
    kept = []
    try:
        if number % 5:  # else it is killed while it starts
            program.until_shown("ready")
            for turn in range(rng.randint(1, 3)):
                query = f"{number * 10 + turn + 1}*HBA1 + HBB"
                program.send(f"/\x05\x15{query}\r")
                if rng.random() < 0.7:
                    program.until(lambda query=query: query in newest(program), query)
                    kept.append(query)
            program.send(rng.choice(BESIDE))
        end = time.monotonic() + rng.uniform(0, 0.5)
        while time.monotonic() < end:  # any moment will do: nothing is measured
            program.read(0.02)
    finally:
        program.close()
    return kept


def test_kills_lose_nothing_that_was_listed_and_leave_nothing_half_made(
    demo: Path, tmp_path: Path
) -> None:
    """``GENE_TUI_TRIES`` kills."""
    rng = random.Random(TRIES)
    listed: list[str] = []
    for number in range(TRIES):
        listed += session(demo, rng, number, tmp_path)
        with History.open() as history:
            assert (history.warning, history.in_memory) == ("", False), f"after kill {number + 1}"
            entries = history.entries(limit=100_000)
            assert {entry.text for entry in entries} >= set(listed), f"after kill {number + 1}"
            assert all(entry.result().query.text == entry.text for entry in entries)
        state = paths.state_file()
        assert not state.exists() or json.loads(state.read_text())["space"]
    for file in tmp_path.glob("*.md"):
        assert file.read_text().rstrip().splitlines(), f"{file} is half written"
    print(f"{TRIES} kills: {len(listed)} listed, all kept, {len(entries)} on disk")
