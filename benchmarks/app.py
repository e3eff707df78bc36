"""The app: time to the first paint, to an answer, and how long the event loop is held up.

    python benchmarks/app.py [SPACE]

First paint is measured in a pseudo-terminal, beside ``import textual.app`` in the same run.
Stalls are gaps in a 5 ms heartbeat while a space is opened, questions are asked and a query is
typed, beside those of a bare event loop while a thread imports the same modules. On a busy
machine a pause says little; the loop's own work between two beats is what the app adds.
"""

from __future__ import annotations

import asyncio
import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from importlib import import_module

from common import real_data

BEAT = 0.005
RUNS = 5
HEAVY = ("numpy", "gene_tui.session", "gene_tui.genes.suggest")


def import_time() -> float:
    """Seconds of ``python -c "import textual.app"``."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
    return time.perf_counter() - began


def paint_and_ready(space: str) -> tuple[float, float]:
    """Seconds from the start to the first frame, and from there to "ready"."""
    program = "import sys; from gene_tui.ui.app import run; sys.exit(run(sys.argv[1]))"
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="140", LINES="40")
        os.execv(sys.executable, [sys.executable, "-c", program, space])
    seen, painted = b"", 0.0
    while b"ready" not in seen:
        if select.select([terminal], [], [], 60)[0]:
            seen += os.read(terminal, 65536)
        if not painted and b"Query" in seen:
            painted = time.perf_counter() - began
    ready = time.perf_counter() - began - painted
    os.write(terminal, b"\x11")
    with suppress(OSError):
        while os.read(terminal, 65536):
            pass
    os.waitpid(pid, 0)
    os.close(terminal)
    return painted, ready


class Heart:
    """Beats on the loop and remembers its longest pause."""

    def __init__(self) -> None:
        self.worst = self.work = 0.0
        self._task = asyncio.ensure_future(self._beat())

    async def _beat(self) -> None:
        while True:
            before, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(BEAT)
            self.worst = max(self.worst, time.perf_counter() - before - BEAT)
            self.work = max(self.work, time.thread_time() - worked)

    def take(self) -> str:
        """The worst since the last time in milliseconds, and the loop's own work in one."""
        told = f"{1000 * self.worst:.0f} (own work {1000 * self.work:.0f})"
        self.worst = self.work = 0.0
        return told


async def bare() -> str:
    """The worst stall of a loop that does nothing while a thread imports, milliseconds."""
    heart = Heart()
    await asyncio.sleep(0.1)
    heart.take()
    thread = threading.Thread(target=lambda: [import_module(name) for name in HEAVY])
    thread.start()
    while thread.is_alive():
        await asyncio.sleep(BEAT)
    return heart.take()


async def stalls(space: str) -> dict[str, str]:
    """The worst stall of each part of a sitting, milliseconds."""
    from gene_tui.ui.app import GeneTui

    found = {}
    app = GeneTui(space)
    async with app.run_test(size=(140, 40)) as pilot:
        heart = Heart()
        main = app.main
        while main.loader.session is None:
            await asyncio.sleep(BEAT)
        found["opening"] = heart.take()
        for text in ("HBA1", "ACTA2 : JAGN1", "HBA1 - HBB + HBD"):
            main.asking.ask(text)
            while main.jobs.running("ask"):
                await asyncio.sleep(BEAT)
            await asyncio.sleep(0.4)
        found["asking"] = heart.take()
        main.query_line.focus()
        main.query_line.put("")
        for key in "ACTA2 : JAGN1":
            await pilot.press({" ": "space", ":": "colon"}.get(key, key))
            await asyncio.sleep(0.02)
        found["typing"] = heart.take()
    app.finish()
    return found


def main() -> None:
    """Print what is measured."""
    default = str(real_data() / "seed_layout" / "geneformer")
    space = sys.argv[1] if len(sys.argv) > 1 else default
    part = os.environ.get("PART")
    if part == "bare":
        print(asyncio.run(bare()))
        return
    if part == "stalls":
        print(*(f"{name} {worst}" for name, worst in asyncio.run(stalls(space)).items()))
        return
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(XDG_DATA_HOME=f"{home}/data", XDG_CONFIG_HOME=f"{home}/config")
        os.environ.setdefault("XDG_CACHE_HOME", f"{home}/cache")
        paint_and_ready(space)  # imports the space into the cache and warms the disk
        pairs = [(import_time(), *paint_and_ready(space)) for _ in range(RUNS)]
        textual, paint, ready = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"import textual.app {textual:.2f} s, first paint {paint:.2f} s", end="")
        print(f" ({paint / textual:.2f}×), ready {ready:.2f} s after it (medians of {RUNS})")
        for name in ("bare", "stalls"):
            for _ in range(2):
                done = subprocess.run(
                    [sys.executable, __file__, space],
                    env={**os.environ, "PART": name},
                    capture_output=True,
                    text=True,
                    check=True,
                )
                what = "bare loop, imports in a thread:" if name == "bare" else "app:"
                print(f"worst stalls in ms, {what} {done.stdout.strip()}")


if __name__ == "__main__":
    main()
