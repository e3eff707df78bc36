"""The compiled loops: when they are there, and how they come to be without anybody waiting.

Compiling takes seconds, once for each machine and version; loading what was kept takes half a
second, mostly of importing the compiler. A single short question is answered sooner by numpy, so
it takes the loops where they are loaded and never waits for them. Long questions wait.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

from gene_tui.engines.pool import wait_for
from gene_tui.run import IsCancelled, check, never

#: Modules of this package that are compiled when imported.
MODULES = ("join", "tiles", "around")
#: Seconds between two looks at the process that compiles.
_NAP = 0.05

_join: ModuleType | None = None


def loaded() -> ModuleType | None:
    """The loops for one target (``join``), where this process has them."""
    return _join


def load(cancelled: IsCancelled = never) -> ModuleType | None:
    """The same; loads them, or compiles them where nothing is kept. None where the compiler
    cannot run: numpy then answers.

    Raises:
        Cancelled: the user stopped it; loading then ends by itself.
    """
    global _join
    if _join is None:

        def imported() -> ModuleType | None:
            try:
                from gene_tui.engines.analogy import join
            except ImportError:
                return None
            return join

        _join = wait_for(imported, cancelled)
    return _join


def are_kept() -> bool:
    """Whether something compiled lies beside the source (it may also lie elsewhere).

    Whether it is of this very source is the compiler's to say: where it is not, the first
    question compiles.
    """
    cache = Path(__file__).parent / "__pycache__"
    return all(any(cache.glob(f"{name}.*.nbi")) for name in MODULES)


def warm_up(cancelled: IsCancelled = never) -> None:
    """Have the loops compiled before the first question needs them, by a process of its own.

    The compiler takes seconds and holds the interpreter's lock for a fifth of one at a time,
    which somebody who types would feel; reading what it kept on disk later does not. Nothing
    happens where it is there already, and nothing is lost where it cannot be kept.

    Raises:
        Cancelled: the process is stopped.
    """
    if are_kept():
        return
    # -P: a file named numba.py in the folder one happens to stand in is not imported.
    wanted = ", ".join(f"gene_tui.engines.analogy.{name}" for name in MODULES)
    code = f"import os; os.nice(10); import {wanted}"
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:  # no room for another process: the first question compiles
        return
    try:
        while child.poll() is None:
            check(cancelled)
            time.sleep(_NAP)
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
