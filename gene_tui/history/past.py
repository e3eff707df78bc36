"""Earlier queries as they are sought and recalled: each text once, without its answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Past:
    """One text as typed, and what it can be found by, in lower case: the query with its genes'
    symbols and labels, and its space's name."""

    text: str
    sought: str
