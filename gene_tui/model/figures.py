"""How the figures of a hit are written, wherever that is."""

from __future__ import annotations


def two_digits(value: float) -> str:
    """A number from 1 on with two digits: 1.0, 3.1, 15, 320, 1,500."""
    if value < 9.95:
        return f"{value:.1f}"
    step = 10 ** (len(f"{value:.0f}") - 2)
    return f"{round(value / step) * step:,}"


def one_in(rarity: float | None, of: int | None, count: int | None) -> str:
    """N of "1 in N" with two digits; ">600" where none of 600 random questions did as well; ""
    where it is not known."""
    if rarity is None or not of:
        return ""
    return two_digits(rarity) if count else f">{of:,}"
