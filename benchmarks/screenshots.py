"""Makes the README's pictures from the real program on the atlas.

    ./create_env.sh python benchmarks/screenshots.py

Nothing is drawn by hand: each picture is what the app shows after the keys below. A home of its
own keeps the user's spaces and history out of it. SVG files go to assets/screenshots/.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from drawn import Frame, film, frame, still

OUT = Path(__file__).parent.parent / "assets" / "screenshots"

#: What is done, and a text: "ask" a question, "type" into the query line, "press" a key.
Step = tuple[str, str]

#: file → (columns, rows, theme, steps)
SHOTS: dict[str, tuple[int, int, str, tuple[Step, ...]]] = {
    "analogy": (
        140,
        36,
        "gene-dark",
        (
            ("ask", "HBA1"),
            ("ask", "TNNT2 : TNNT1"),
            ("ask", "CD3D : CD19"),
            ("press", "down"),
            ("press", "right"),
        ),
    ),
    "nearest": (
        80,
        24,
        "gene-light",
        (("ask", "HBA1"), ("press", "down"), ("press", "down")),
    ),
    "parallelogram": (
        110,
        32,
        "gene-dark",
        (("ask", "CD3D : CD19"), ("press", "v"), ("press", "2")),
    ),
}

#: The film: a step, and the seconds that what it led to is shown (0: not at all).
FILM: tuple[tuple[Step, float], ...] = (
    (("type", "HB"), 1.0),
    (("type", "HBA1"), 1.0),
    (("ask", "HBA1"), 3.5),
    (("press", "down"), 0.6),
    (("press", "down"), 2.0),
    (("type", "CD3D"), 0.8),
    (("type", "CD3D : CD19"), 1.2),
    (("ask", "CD3D : CD19"), 4.0),
    (("press", "v"), 0.0),
    (("press", "2"), 3.5),
    (("press", "escape"), 0.6),
    (("type", "MKI67, TOP2A, BUB1, CCNB2"), 1.4),
    (("ask", "MKI67, TOP2A, BUB1, CCNB2"), 4.0),
)
FILM_SIZE = (100, 28)
#: What is waited for before a picture is taken.
JOBS = ("space", "prepare", "ask", "gene", "suggest", "picture", "drawing")
#: The frame that is seen where nothing moves: the answer to CD3D : CD19.
AT_REST = 7


class Stage:
    """The app, and somebody at its keys."""

    def __init__(self, app: Any, pilot: Any) -> None:
        self._app = app
        self._pilot = pilot

    async def do(self, step: Step) -> None:
        """Do a step, and wait until no job runs and what it led to is shown."""
        kind, text = step
        if kind == "press":
            await self._pilot.press(text)
        else:
            self._app.main.query_line.focus()
            self._app.main.query_line.put(text)
            if kind == "ask":
                await self._pilot.press("enter")
        await self.quiet()

    async def quiet(self) -> None:
        """Until no job runs."""
        end, calm = time.monotonic() + 300, 0
        while calm < 3 and time.monotonic() < end:  # what one job ends may begin another
            await self._pilot.pause(0.3)
            busy = any(self._app.main.jobs.running(kind) for kind in JOBS)
            calm = 0 if busy else calm + 1

    def frame(self) -> Frame:
        """The screen as it is."""
        return frame(self._app.export_screenshot(simplify=True), *self._app.size)


@asynccontextmanager
async def stage(size: tuple[int, int], theme: str) -> AsyncIterator[Stage]:
    """The app on the atlas."""
    from gene_tui.config import Settings
    from gene_tui.ui.app import GeneTui

    app = GeneTui(None, settings=Settings(theme=theme))
    async with app.run_test(size=size) as pilot:
        acting = Stage(app, pilot)
        await acting.quiet()
        yield acting


async def shoot(size: tuple[int, int], theme: str, steps: Sequence[Step]) -> Frame:
    """What the app shows after some steps."""
    async with stage(size, theme) as acting:
        for step in steps:
            await acting.do(step)
        return acting.frame()


async def record() -> list[tuple[Frame, float]]:
    """The frames of the film, each with its seconds."""
    frames = []
    async with stage(FILM_SIZE, "gene-dark") as acting:
        for step, seconds in FILM:
            await acting.do(step)
            if seconds:
                frames.append((acting.frame(), seconds))
    return frames


def keep(name: str, svg: str) -> None:
    """Write a picture and say so."""
    file = OUT / f"{name}.svg"
    file.write_text(svg, encoding="utf-8")
    print(f"{file}  {len(svg) / 1e3:.0f} kB")


def main() -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory() as home:
        for kind in ("DATA", "CACHE", "CONFIG"):
            os.environ[f"XDG_{kind}_HOME"] = str(Path(home) / kind.lower())
        os.environ.pop("NO_COLOR", None)
        import gene_tui

        gene_tui.open_space().prepare()
        OUT.mkdir(parents=True, exist_ok=True)
        for name, (columns, rows, theme, steps) in SHOTS.items():
            keep(name, still(asyncio.run(shoot((columns, rows), theme, steps))))
        keep("session", film(asyncio.run(record()), AT_REST))


if __name__ == "__main__":
    main()
