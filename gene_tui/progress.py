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


def check(cancelled: IsCancelled) -> None:
    """Raise ``Cancelled`` if the user asked to stop."""
    if cancelled():
        raise Cancelled()
