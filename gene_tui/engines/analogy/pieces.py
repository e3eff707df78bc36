"""Hits of pairs (A, B): what the compiled loops of ``tiles.py`` find, scored and offered."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from gene_tui.arrays import Rows, Rows32
from gene_tui.engines.analogy.best import Best
from gene_tui.engines.analogy.gram import Gram, Panel
from gene_tui.engines.exact import lengths_of

#: Pairs A, B whose own products are made at a time.
_LOST = 64
#: Analogies there is room for at first.
_ROOM = 1 << 14
#: Below this cosine the bounds are not worth their rounding errors.
LEAST = 1e-3
#: From the place of the lowest row: which place of an analogy comes where.
_FROM = np.array([(0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0)])


def pairs(
    tiles: ModuleType,
    gram: Gram,
    one: Panel,
    two: Panel,
    best: Best,
    cap: float | None,
) -> None:
    """Offer what may be a hit with A in ``one`` and B in ``two``, |C − D| ≥ |A − B|.

    A comes before B; hits are turned so that their lowest row is A.
    """
    lost = np.empty((len(one) * len(two), 2), dtype=np.int32)
    room = _ROOM
    while True:
        out = np.empty((room, 4), dtype=np.int32)
        count, missed = tiles.quadruples_of(
            one.start,
            one.products,
            one.allowed,
            two.start,
            two.products,
            two.allowed,
            lowered(best),
            gram.gamma,
            *gram.bounds,
            out,
            lost,
        )
        offer(gram, best, out[: min(count, room)], cap)
        if count <= room:
            break
        # The threshold has risen now; what is left comes in smaller pieces, or needs the room.
        if len(one) > 1:
            half = len(one) // 2
            pairs(tiles, gram, one.part(0, half), two, best, cap)
            pairs(tiles, gram, one.part(half, len(one)), two, best, cap)
            return
        room = count
    for start in range(0, missed, _LOST):
        close = lost[start : min(start + _LOST, missed)]
        _lost_pairs(tiles, gram, one, two, close, best, cap)


def _lost_pairs(
    tiles: ModuleType,
    gram: Gram,
    one: Panel,
    two: Panel,
    pairs: Rows32,
    best: Best,
    cap: float | None,
) -> None:
    """The same for single pairs, too close to each other for products of float32."""
    vectors, rows = gram.vectors, gram.rows
    offsets = vectors[rows[pairs[:, 0]]].astype(np.float64) - vectors[rows[pairs[:, 1]]]
    apart = lengths_of(offsets)
    pairs, offsets, apart = pairs[apart > 0], offsets[apart > 0], apart[apart > 0]
    if len(pairs) == 0:
        return
    products = (offsets / apart[:, None]).astype(np.float32) @ gram.centred.T
    may_c = one.allowed[pairs[:, 0] - one.start] > -np.inf
    may_d = two.allowed[pairs[:, 1] - two.start] > -np.inf
    nothing = np.float32(-np.inf)
    room = _ROOM
    while True:
        out = np.empty((room, 4), dtype=np.int32)
        count = tiles.lost_quadruples_of(
            pairs,
            products,
            np.where(may_c, products, nothing),
            np.where(may_d, np.float32(0), nothing),
            (apart * (1 - 1e-6)).astype(np.float32),
            lowered(best),
            gram.gamma,
            *gram.bounds,
            out,
        )
        offer(gram, best, out[: min(count, room)], cap)
        if count <= room:
            return
        room = count


def offer(gram: Gram, best: Best, places: Rows | Rows32, cap: float | None) -> None:
    """Offer analogies (h, 4), each turned so that its lowest row is A."""
    rows = places.astype(np.int64)
    if len(rows):
        gram.offer(best, np.take_along_axis(rows, _FROM[rows.argmin(axis=1)], axis=1), cap)


def lowered(best: Best) -> float:
    """The threshold with room for what float32 multiplies it with."""
    return best.threshold * (1 - 1e-5)


def products_of(a: int, b: int, c: Rows, d: Rows) -> Rows:
    """(A, B, C, D) with every C and D, (h, 4), no row twice."""
    c, d = np.repeat(c, len(d)), np.tile(d, len(c))
    apart = (c != d) & (c != a) & (c != b) & (d != a) & (d != b)
    c, d = c[apart], d[apart]
    return np.column_stack([np.full(len(c), a), np.full(len(c), b), c, d])
