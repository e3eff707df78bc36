"""How long work tells where it is and learns that it should stop.

Everything that may take longer than a blink takes two callables: ``report`` is given
``Progress`` values (often, from any thread, so it must be cheap), ``cancelled`` is asked
between blocks of work and ends it with ``errors.Cancelled``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    """A report that nobody hears."""


def never() -> bool:
    """A cancellation that never comes."""
    return False


def roughly(seconds: float) -> str:
    """A time that is only guessed at: "40 s", "12 min", "10.5 h"."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def check(cancelled: IsCancelled) -> None:
    """Raise ``Cancelled`` if the user asked to stop."""
    if cancelled():
        raise Cancelled()
