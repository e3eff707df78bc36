"""History entries as the pane shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Remembered:
    """One question.

    Attributes:
        numbers: of its entries, the newest first.
        text: the query as typed. setting: how it was asked, where that is not as usual.
        when: it was asked the last time, in few words.
        pinned: whether any of its entries is.
    """

    numbers: tuple[int, ...]
    text: str
    when: str
    pinned: bool = False
    setting: str = ""

    @property
    def id(self) -> int:
        """The number of its newest entry."""
        return self.numbers[0]


def ago(asked: datetime, now: datetime) -> str:
    """``14:05`` today, ``Tue 14:05`` this week, ``3 Mar`` this year, else ``2024``."""
    days = (now.date() - asked.date()).days
    if days <= 0:
        return asked.strftime("%H:%M")
    if days < 7:
        return asked.strftime("%a %H:%M")
    return f"{asked.day} {asked:%b}" if asked.year == now.year else f"{asked:%b %Y}"


def told_setting(setting: str) -> str:
    """An entry's setting in fewer words, without the number of hits."""
    words = [part for part in setting.split(", ") if not part.startswith("k ")]
    return ", ".join(part.removeprefix("metric ").removeprefix("measure ") for part in words)
