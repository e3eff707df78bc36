"""How often so many marked items are drawn by chance, and many such chances at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence


def log_tail(overlap: int, population: int, marked: int, drawn: int) -> float:
    """ln P(X ≥ overlap), X the marked items among ``drawn`` of ``population`` without return.

    The first probability is a sum of ``lgamma``, the others follow by their ratios, all of one
    sign; on the near side of the mean the complement is summed. So nothing cancels and nothing
    underflows, and the relative error of P stays below 1e-9 up to a million items.

    Raises:
        ValueError: more marked or drawn items than there are, or fewer than none.
    """
    if not (0 <= marked <= population and 0 <= drawn <= population):
        raise ValueError(f"cannot draw {drawn} of {population} with {marked} marked")
    least = max(0, drawn + marked - population)
    most = min(marked, drawn)
    if overlap <= least:
        return 0.0
    if overlap > most:
        return -math.inf
    if overlap * population > marked * drawn:
        first = log_probability(overlap, population, marked, drawn)
        up = _ratios_up(overlap, most, population, marked, drawn)
        return min(0.0, first + math.log(_series(up)))
    first = log_probability(overlap - 1, population, marked, drawn)
    down = _ratios_down(overlap - 1, least, population, marked, drawn)
    below = math.exp(first) * _series(down)
    return math.log1p(-below) if below < 1.0 else -math.inf


def log_probability(overlap: int, population: int, marked: int, drawn: int) -> float:
    """ln P(X = overlap); the overlap must be possible."""
    return math.fsum(
        sign * math.lgamma(count + 1.0)
        for sign, count in (
            (1, marked),
            (-1, overlap),
            (-1, marked - overlap),
            (1, population - marked),
            (-1, drawn - overlap),
            (-1, population - marked - drawn + overlap),
            (1, drawn),
            (1, population - drawn),
            (-1, population),
        )
    )


def log_benjamini_hochberg(log_p: Sequence[float]) -> list[float]:
    """ln of the false discovery rates at which each test would be called, in the order given.

    q of the i-th smallest of m values is the least p_j·m/j over all j ≥ i. In logarithms, as p
    may be too small for a float.

    Args:
        log_p: ln p of each test.
    """
    count = len(log_p)
    log_q = [0.0] * count
    least = 0.0
    order = sorted(range(count), key=log_p.__getitem__)
    for rank, place in zip(range(count, 0, -1), reversed(order), strict=True):
        least = min(least, log_p[place] + math.log(count / rank))
        log_q[place] = least
    return log_q


def _series(ratios: Iterator[float]) -> float:
    """1 + r₁ + r₁r₂ + …, until further terms cannot matter (the ratios fall)."""
    total = term = 1.0
    for ratio in ratios:
        term *= ratio
        total += term
        if ratio < 1.0 and term < total * 1e-18:
            break
    return total


def _ratios_up(start: int, most: int, population: int, marked: int, drawn: int) -> Iterator[float]:
    """P(X = i+1) / P(X = i) for i from ``start`` to ``most`` - 1."""
    spare = population - marked - drawn
    for i in range(start, most):
        yield (marked - i) * (drawn - i) / ((i + 1) * (spare + i + 1))


def _ratios_down(
    start: int, least: int, population: int, marked: int, drawn: int
) -> Iterator[float]:
    """P(X = i-1) / P(X = i) for i from ``start`` down to ``least`` + 1."""
    spare = population - marked - drawn
    for i in range(start, least, -1):
        yield i * (spare + i) / ((marked - i + 1) * (drawn - i + 1))
