"""Bytes that the app sends to the terminal, action by action: what a slow line has to carry.

    ./create_env.sh python benchmarks/bytes.py [SPACE]

The real program in a pseudo-terminal of 80 × 24 and of 140 × 40, on SPACE (or the real human
embedding). Every figure is of a state that came to rest before and after: the figures depend on
what is shown, not on how fast or busy the machine is. Those with a limit end the program with 1
where they are over it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.ui.pseudo_terminal import Program, gene_tui  # noqa: E402

SIZES = ((80, 24), (140, 40))
ESC, DOWN, CTRL_P = "\x1b[27u", "j", "\x10"
#: The most bytes an action may cost: on any terminal, or on the one of that size.
LIMITS: dict[str, int | dict[tuple[int, int], int]] = {
    "first answer": {(80, 24): 14_000},
    "a letter, suggestions open": 1_500,
    "a letter, no suggestions": 400,
    "a step down, with its details": 3_000,
    "help, opened": {(140, 40): 20_000},
    "help, closed": {(140, 40): 20_000},
    "palette, opened": {(140, 40): 20_000},
    "palette, closed": {(140, 40): 20_000},
}


def measure(space: str, size: tuple[int, int]) -> dict[str, list[int]]:
    """Bytes of each action, once or several times."""
    program = Program(gene_tui("--space", space), size)
    found: dict[str, list[int]] = {}

    def rest() -> int:
        program.until_quiet(0.7)
        return len(program.raw)

    def does(name: str, act: Callable[[], object]) -> None:
        before = rest()
        act()
        found.setdefault(name, []).append(rest() - before)

    def types(name: str, keys: str) -> None:
        for key in keys:
            does(name, lambda key=key: program.send(key))

    try:
        program.until_shown("genes ×")
        found["first paint, until ready"] = [rest()]
        program.send("ACTA2 : JAGN1")
        rest()
        does("first answer", lambda: program.send("\r"))
        types("a step down, with its details", DOWN * 5)
        types("to the last row and back", "Gg")
        types("the query line and back", "/")
        types("a letter that opens suggestions", "T")
        types("a letter, suggestions open", "NNT2")
        types("a letter that closes suggestions", " ")
        types("a letter, no suggestions", ": ")
        types("a letter that opens suggestions", "T")
        types("a letter, suggestions open", "NN")
        program.send("\x15XQQXQ")
        types("a letter, no suggestions", "QXQ")
        does("the query line and back", lambda: program.send(ESC))
        for name, key in (("help", "?"), ("palette", CTRL_P), ("copy menu", "Y"), ("export", "e")):
            does(f"{name}, opened", lambda key=key: program.send(key))
            does(f"{name}, closed", lambda: program.send(ESC))
        types("a mark", " ")
        does("another answer", lambda: program.send("\r"))
        types("back and forward", "[]")
    finally:
        program.close()
    return found


def main(space: str | None) -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = home
        if space is None:
            for kind in ("DATA", "CACHE"):
                os.environ[f"XDG_{kind}_HOME"] = str(Path(home) / kind.lower())
            from common import imported

            space = imported()
        found = {size: measure(space, size) for size in SIZES}
    titles = "".join(f"{f'{columns} × {rows}':>10}{'':<11}" for columns, rows in SIZES)
    print(f"{'bytes, the most of several':<34}{titles}")
    over = 0
    for name in found[SIZES[0]]:
        cells = []
        for size in SIZES:
            limit = LIMITS.get(name)
            limit = limit.get(size) if isinstance(limit, dict) else limit
            worst = max(found[size][name])
            wrong = limit is not None and worst > limit
            over += wrong
            cells.append(
                f"{worst:>10,}{'! ' if wrong else '  '}{f'≤ {limit:,}' if limit else '':<9}"
            )
        print(f"{name:<34}" + "".join(cells))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if sys.argv[1:] else None))
