"""History entries as the pane shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Remembered:
    """One entry: its number, the query as typed, when (in few words), and whether it is kept."""

    id: int
    text: str
    when: str
    pinned: bool = False


def ago(asked: datetime, now: datetime) -> str:
    """``14:05`` today, ``Tue 14:05`` this week, ``3 Mar`` this year, else ``2024``."""
    days = (now.date() - asked.date()).days
    if days <= 0:
        return asked.strftime("%H:%M")
    if days < 7:
        return asked.strftime("%a %H:%M")
    return f"{asked.day} {asked:%b}" if asked.year == now.year else f"{asked:%b %Y}"
