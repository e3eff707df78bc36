"""The app: first paint, ready, stalls of its event loop, bytes sent to the terminal.

    ./create_env.sh python benchmarks/app.py [ROUNDS]

First paint and ready are of the real program in a pseudo-terminal of 140 × 40 on the real human
embedding, prepared. Everything is measured beside what it is compared with, in turns, ROUNDS (3)
times; medians are printed. A stall is how much later than due the event loop's thread gets its
turn: beside it stands the same for a bare loop while a thread imports the same modules.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

BEAT = 0.002
QUERIES = ("HBA1", "ACTA2 : JAGN1", "HBA1 - HBB + HBD", "ACTA2 : JAGN1 :: TAGLN : ?")
TYPED = "HBG1 : HBB :: CKM"


# -- in the pseudo-terminal ------------------------------------------------------------------


def paint(space: str) -> tuple[float, float, float]:
    """Seconds to the first paint, from there to ready, and from Enter to the first answer."""
    from tests.ui.pseudo_terminal import Program, gene_tui

    began = time.perf_counter()
    program = Program(gene_tui("--space", space))
    try:
        program.until_shown("Query")
        painted = time.perf_counter()
        program.until(lambda: "genes ×" in program.screen.text.splitlines()[0], "an open space")
        ready = time.perf_counter()
        program.ask("HBA1", "50 genes")
        asked = time.perf_counter()
    finally:
        program.close()
    return painted - began, ready - painted, asked - ready


def bare() -> float:
    """Seconds of a Python that imports Textual's app and ends."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
    return time.perf_counter() - began


def sent(space: str, size: tuple[int, int]) -> tuple[int, int]:
    """Bytes of a step of the cursor down, the most of nine; of the details that follow."""
    from tests.ui.pseudo_terminal import Program, gene_tui

    program = Program(gene_tui("--space", space), size)
    steps, details = [], []
    try:
        program.until_shown("genes ×")
        program.ask("ACTA2 : JAGN1", "50 pairs")
        program.until_quiet(1)
        for _ in range(9):
            before = len(program.screen.frames)
            program.send("j")
            program.until_quiet(0.7)
            first, *rest = [frame.size for frame in program.screen.frames[before:]]
            steps.append(first)
            details.append(sum(rest))
    finally:
        program.close()
    return max(steps), max(details)


# -- stalls ----------------------------------------------------------------------------------


class Pulse:
    """The worst of each phase, in seconds: how late a turn of the loop comes, and how long its
    own thread computes between two turns, which other programs on the machine do not change."""

    def __init__(self) -> None:
        self.late: dict[str, float] = {}
        self.busy: dict[str, float] = {}
        self.phase = "idle"

    async def beat(self) -> None:
        """Until cancelled."""
        while True:
            due, computed = time.perf_counter() + BEAT, time.thread_time()
            await asyncio.sleep(BEAT)
            for worst, found in (
                (self.late, time.perf_counter() - due),
                (self.busy, time.thread_time() - computed),
            ):
                worst[self.phase] = max(worst.get(self.phase, 0.0), found)


async def stalls(space: str) -> dict[str, Any]:
    """Load, ask and type in this process; the worst stalls, and the modules this imported."""
    from gene_tui.config import Settings
    from gene_tui.ui.app import GeneTui
    from gene_tui.ui.collector import collect_rarely

    collect_rarely()  # as the program does
    pulse = Pulse()
    app = GeneTui(space, settings=Settings())
    first = app.main.loader.first
    gate = threading.Event()

    def held(spec: str | None) -> None:
        pulse.phase = "load"
        gate.set()
        first(spec)

    app.main.loader.first = held  # type: ignore[method-assign]
    async with app.run_test(size=(140, 40)) as pilot:
        before = set(sys.modules)
        beating = asyncio.create_task(pulse.beat())

        async def until(what: Any) -> None:
            while not what():
                await asyncio.sleep(0.02)

        await until(lambda: app.main.loader.session)
        await pilot.pause(0.5)
        pulse.phase = "between"
        await until(lambda: not app.main.jobs.running("prepare"))
        for query in QUERIES:
            pulse.phase = "query"
            app.main.asking.ask(query)
            await until(
                lambda query=query: (
                    (here := app.main.asking.trail.here) and here.result.canonical.startswith(query)
                )
            )
            await pilot.pause(0.5)  # the details, the history
        pulse.phase = "between"
        app.main.query_line.focus()
        app.main.query_line.put("")
        await pilot.pause(0.3)
        pulse.phase = "type"
        names = {" ": "space", ":": "colon"}
        for char in TYPED:
            await pilot.press(names.get(char, char))
            await asyncio.sleep(0.06)
        await pilot.pause(0.3)
        beating.cancel()
    app.finish()
    after = [name for name in sys.modules if name not in before]
    return {"late": pulse.late, "busy": pulse.busy, "modules": after}


async def imports(names: list[str]) -> dict[str, Any]:
    """The same of a bare loop: at rest, and while a thread imports these modules."""
    import gene_tui.ui.app  # noqa: F401 - what is there before the app begins to load

    pulse = Pulse()
    beating = asyncio.create_task(pulse.beat())
    await asyncio.sleep(1)
    pulse.phase = "import"

    def work() -> None:
        for name in names:
            with suppress(Exception):
                importlib.import_module(name)

    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        await asyncio.sleep(0.02)
    beating.cancel()
    return {"late": pulse.late, "busy": pulse.busy}


def child(mode: str, given: str) -> dict[str, Any]:
    """Run a mode in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, mode], input=given, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


# -- all of it -------------------------------------------------------------------------------


def prepared() -> str:
    """The real human embedding as a space of this home, asked once; its name."""
    from common import imported

    import gene_tui

    name = imported()
    session = gene_tui.open_space(name)
    session.prepare()
    for query in QUERIES:  # compile what is compiled once
        session.query(query)
    return name


def main(rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        for kind in ("DATA", "CACHE", "CONFIG"):
            os.environ[f"XDG_{kind}_HOME"] = str(Path(home) / kind.lower())
        space = prepared()
        paint(space)
        pairs = [(bare(), paint(space)) for _ in range(rounds)]
        lags = []
        for _ in range(rounds):
            app = child("--stalls", space)
            loop = child("--imports", json.dumps(app["modules"]))
            lags.append([app[kind] | loop[kind] for kind in ("late", "busy")])
        cost = {size: sent(space, size) for size in ((140, 40), (80, 24))}

    def middle(values: list[float]) -> float:
        return statistics.median(values)

    print(f"median of {rounds} rounds; load of the machine {os.getloadavg()[0]:.1f}\n")
    print(f"import textual.app        {middle([b for b, _ in pairs]):6.2f} s")
    print(f"first paint               {middle([p[0] for _, p in pairs]):6.2f} s", end="")
    print(f"   {middle([p[0] / b for b, p in pairs]):.2f} × (at most 2)")
    print(f"from there to ready       {middle([p[1] for _, p in pairs]):6.2f} s   (at most 1.5)")
    print(f"first question, answered  {middle([p[2] for _, p in pairs]):6.2f} s")
    print("\nworst stall of the loop      a turn is late, ms    its thread computes, ms")
    labels = {
        "idle": "nothing but the loop",
        "import": "importing in a thread",
        "load": "the app, loading",
        "query": "the app, asking",
        "type": "the app, typing",
    }
    for name, label in labels.items():
        late, busy = ([1000 * lag[kind].get(name, 0) for lag in lags] for kind in (0, 1))
        print(f"{label:<28}{''.join(f'{ms:6.0f}' for ms in late):<24}", end="")
        print("".join(f"{ms:6.0f}" for ms in busy))
    print("\nbytes sent for         a step   its details")
    for (columns, rows), (step, details) in cost.items():
        print(f"{columns:>4} × {rows}           {step:>8,}     {details:>8,}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--stalls"]:
        print(json.dumps(asyncio.run(stalls(sys.stdin.read()))))
    elif sys.argv[1:] == ["--imports"]:
        print(json.dumps(asyncio.run(imports(json.load(sys.stdin)))))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 3)
