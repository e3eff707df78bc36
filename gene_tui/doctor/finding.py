"""One line of the report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: what, in a few words; each occurs once in a report.
        value: how it is here.
        advice: what to change, or what to know; "" where there is nothing to say.
        ok: False where something will not work well as it is.
    """

    topic: str
    value: str
    advice: str = ""
    ok: bool = True
