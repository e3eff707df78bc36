"""How long work tells where it is and learns that it should stop.

Everything that may take longer than a blink takes one ``Run``. Where nothing can be told, a
function takes ``cancelled`` alone.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

from gene_tui.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a piece of work stands: ``done`` of ``total`` units of ``stage``.

    ``total`` is 0 where it cannot be known. ``unit`` is "" for plain counts, "B" for bytes.
    """

    stage: str
    done: int = 0
    total: int = 0
    unit: str = ""


#: Work shorter than this shows no bar; a bar is drawn no more often than so, and so wide.
_PATIENCE_S = 0.4
_BETWEEN_S = 0.1
_BAR = 24

Report = Callable[[Progress], None]
IsCancelled = Callable[[], bool]


def silent(_: Progress) -> None:
    """A report that does nothing."""


def never() -> bool:
    """A cancellation that never comes."""
    return False


@dataclass(frozen=True, slots=True)
class Run:
    """What a long piece of work is told, and tells.

    Attributes:
        report: given ``Progress`` values, often and from any thread, so it must be cheap.
        cancelled: asked between blocks of work; where it says so the work ends with
            ``errors.Cancelled``, or with what it has where that is an answer.
        found: given the best hits so far by the long kinds of question, from any thread: a
            ``Found`` by the engines, what makes a ``Result`` of it by the Session.
    """

    report: Report = silent
    cancelled: IsCancelled = never
    found: Callable[[Any], None] | None = None

    def check(self) -> None:
        """Raise ``Cancelled`` if the user asked to stop."""
        check(self.cancelled)

    def muted(self) -> Run:
        """The same without progress reports: the step can only be cancelled."""
        return Run(cancelled=self.cancelled)


#: Without reports; never cancelled.
QUIET = Run()


def progress_bar(stream: TextIO | None = None) -> Run:
    """A run that shows in one line of text where a long piece of work stands, as a notebook or a
    script wants it: ``session.query("TTN : ?", run=gene_tui.progress_bar())``.

    Args:
        stream: where to write; None for standard error.
    """
    out, lock = stream or sys.stderr, threading.Lock()
    began = last = time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        done = bool(progress.total) and progress.done >= progress.total
        # Work that is soon done shows nothing; a line is renewed ten times a second.
        if now - began < _PATIENCE_S or (now - last < _BETWEEN_S and not done):
            return
        with lock:
            last = now
            share = min(1.0, progress.done / progress.total) if progress.total else 0.0
            bar = "█" * round(_BAR * share) + "·" * (_BAR - round(_BAR * share))
            line = (
                f"{progress.stage:<28.28} {bar} {share:>4.0%}"
                if progress.total
                else (f"{progress.stage:<28.28} {progress.done or '…'}")
            )
            out.write(f"\r{line:<{_BAR + 36}}" + ("\n" if done else ""))
            out.flush()

    return Run(report)


def check(cancelled: IsCancelled) -> None:
    """Raise ``Cancelled`` if the user asked to stop."""
    if cancelled():
        raise Cancelled()


def roughly(seconds: float) -> str:
    """An estimated time in words: "40 s", "12 min", "10.5 h"."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
