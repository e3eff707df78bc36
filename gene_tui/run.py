"""How long work tells where it is and learns that it should stop.

Everything that may take longer than a blink takes one ``Run``. Where nothing can be told, a
function takes ``cancelled`` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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


def check(cancelled: IsCancelled) -> None:
    """Raise ``Cancelled`` if the user asked to stop."""
    if cancelled():
        raise Cancelled()


def roughly(seconds: float) -> str:
    """An estimated time in words: "40 s", "12 min", "10.5 h"."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
