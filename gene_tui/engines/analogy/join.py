"""Compiled loops for one target: which pairs (C, D) can score what a threshold asks.

Serial and without the GIL, so that the engines' pool runs several at once. Importing this
module compiles them, or loads them from numba's cache; see ``compiled.py``.

In all of them arrays of rows are in the order of ascending ``reach`` (``lineup.Lineup``);
``high`` is the upper bound of a row's product with the target, −inf where the row cannot be C;
``low`` the lower bound of what it takes off as D, +inf where it cannot. With rise = high_C − low_D
a hit needs (see ``bounds.py``)

    direction:  rise ≥ t · |C + σD|                    so |C + σD|² ≤ rise² / t²
    distance:   |C + σD|² ≤ 2 rise − (|target|² − e²)

``need`` is the least rise that an offset as long as the row's reach asks for; it rises with it.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from gene_tui.arrays import Floats32, Rows, Rows32
from gene_tui.engines.analogy.jit import LARGEST, compiled, larger

Number = float | np.float32

#: The range of products is cut into this many buckets.
BUCKETS = 64
#: Coordinates of which each lies side by side for all rows of a bucket, to compare them at once.
WIDTH = 16
#: Rows compared at once; only where one of them passes are those that do picked out.
CHUNK = 64


@compiled(
    "int64(int64, boolean, float32[::1], float32[::1], float32[:, ::1], int32[:, ::1],"
    " int32[:, ::1])"
)
def listed(
    start: int,
    once: bool,
    high: Floats32,
    low: Floats32,
    need: Floats32,
    neighbours: Rows32,
    out: Rows32,
) -> int:
    """Write (C, D) of the rows from ``start`` on and their listed neighbours; their number.

    Where ``out`` has no room, pairs are counted only.

    Args:
        once: a pair and its reverse are the same hit.
        need: (h, K), the least rise that a neighbour's offset asks for; inf for no neighbour.
        neighbours: (h, K), of those rows.
    """
    count, room = 0, out.shape[0]
    width = neighbours.shape[1]
    for row in range(need.shape[0]):
        i = start + row
        as_c, as_d = high[i], low[i]
        some = 0
        for place in range(width):
            j = max(neighbours[row, place], 0)
            least = need[row, place]
            some += (as_c - low[j] >= least) | (high[j] - as_d >= least)
        if some == 0:
            continue
        for place in range(width):
            j = max(neighbours[row, place], 0)
            least = need[row, place]
            if as_c - low[j] >= least:
                if count < room:
                    out[count, 0], out[count, 1] = i, j
                count += 1
            if high[j] - as_d >= least and not once:
                if count < room:
                    out[count, 0], out[count, 1] = j, i
                count += 1
    return count


_INT, _FLOAT = numba.int64, numba.float32
_LINE, _TABLE = _FLOAT[::1], _FLOAT[:, ::1]
_NAMES, _PAIRS = numba.int32[::1], numba.int32[:, ::1]
#: Vectors may be mapped from a file.
_VECTORS = numba.types.Array(_FLOAT, 2, "C", readonly=True)


@compiled(
    numba.void(
        *(_FLOAT, _FLOAT, _FLOAT, _FLOAT, _LINE, _LINE, _LINE, _TABLE),
        *(_NAMES, _INT[::1], _NAMES, _LINE, _LINE, _TABLE),
    )
)
def lay_out(
    side: float,
    lowest: float,
    highest: float,
    scale: float,
    ends: Floats32,
    need: Floats32,
    half: Floats32,
    first: Floats32,
    bucket: Rows32,
    starts: Rows,
    names: Rows32,
    values: Floats32,
    halves: Floats32,
    columns: Floats32,
) -> None:
    """Put the rows that can be C (or D) into buckets by their product, in the order of reach.

    Args:
        side: 1 for C, whose ``ends`` are ``high``; -1 for D with ``low``.
        lowest, highest: least ``low`` and largest ``high``; where the least rise asked for is
            negative, the former may be the larger.
        scale: buckets for each unit of the products, from ``lowest`` on.
        bucket: (n,) set to each row's bucket, -1 where it can be in no hit.
        starts: (BUCKETS + 1,) set to where each begins.
        names, values, halves, columns: (n,) and (WIDTH, n): set to what is in the buckets.
    """
    n = ends.shape[0]
    sizes = np.zeros(BUCKETS, dtype=np.int64)
    for i in range(n):
        bucket[i] = -1
        inside = ends[i] - need[i] >= lowest if side > 0 else ends[i] + need[i] <= highest
        if inside:
            place = min(BUCKETS - 1, max(0, int((ends[i] - lowest) * scale)))
            bucket[i] = place
            sizes[place] += 1
    total = 0
    for place in range(BUCKETS):
        starts[place] = total
        total += sizes[place]
    starts[BUCKETS] = total
    free = starts[:BUCKETS].copy()
    for i in range(n):
        if bucket[i] >= 0:
            at = free[bucket[i]]
            free[bucket[i]] = at + 1
            names[at] = i
            values[at] = ends[i]
            halves[at] = half[i]
            for column in range(WIDTH):
                columns[column, at] = first[i, column]


@numba.njit(inline="always", fastmath=set(LARGEST))
def _lefts(
    start: int,
    until: int,
    side: Number,
    own: Number,
    away: Number,
    sign: Number,
    square: Number,
    linear: Number,
    constant: Number,
    own_half: Number,
    values: Floats32,
    halves: Floats32,
    columns: Floats32,
    mine: Floats32,
    lefts: Floats32,
) -> Any:
    """How long the offsets to the rows from ``start`` on can be outside the first coordinates,
    squared; below 0 where the pair is no hit. Returns the largest, or less than 0.

    Limits are widened by 3·10⁻⁴ of them, more than float32 may have got wrong.
    """
    most: Any = np.float32(-1.0)
    # Unsigned: no place can be negative, which would need a look at each.
    first = np.uint64(start)
    for x in range(first, np.uint64(until)):
        rise = (own - values[x]) * side
        total = halves[x] + own_half
        for column in range(WIDTH):
            step = mine[column] + sign * columns[column, x]
            total += step * step
        left = ((square * rise + linear) * rise + constant) * np.float32(1.0003) - total
        left = left if rise >= away else np.float32(-1.0)
        lefts[x - first] = left
        most = larger(most, left)
    return most


@numba.njit(inline="always", fastmath=set(LARGEST))
def _still(
    i: int,
    kept: int,
    sign: Number,
    rest: Floats32,
    names: Rows32,
    places: Rows32,
    lefts: Floats32,
) -> Any:
    """Which of the ``kept`` rows at ``places`` remain with the other coordinates, 16 at a time.

    Without branches: what a processor has to fetch for one row it fetches beside others'.
    """
    for start in range(0, rest.shape[1], 16):
        again = 0
        for place in range(kept):
            x = places[place]
            j = names[x]
            total = np.float32(0.0)
            for column in range(start, start + 16):
                step = rest[i, column] + sign * rest[j, column]
                total += step * step
            left = lefts[place] - total
            places[again], lefts[again] = x, left
            again += left >= np.float32(0.0)
        kept = again
    return kept


_SIDE = (_NAMES, _NAMES, _LINE, _LINE, _TABLE, _INT[::1], _INT[::1])


@compiled(
    numba.void(
        *(_INT[::1], _INT, _INT, _INT, numba.boolean, _FLOAT, _FLOAT, _FLOAT, _FLOAT, _FLOAT),
        *(_FLOAT, _FLOAT, _LINE, _LINE, _LINE, *_SIDE, *_SIDE),
        *(_LINE, _TABLE, _TABLE, _VECTORS, _NAMES, _LINE, _PAIRS),
    ),
    LARGEST,
)
def join(
    state: Rows,
    part: int,
    parts: int,
    budget: int,
    once: bool,
    sign: float,
    lowest: float,
    highest: float,
    scale: float,
    square: float,
    linear: float,
    constant: float,
    high: Floats32,
    low: Floats32,
    need: Floats32,
    bucket_c: Rows32,
    names_c: Rows32,
    values_c: Floats32,
    halves_c: Floats32,
    columns_c: Floats32,
    starts_c: Rows,
    ends_c: Rows,
    bucket_d: Rows32,
    names_d: Rows32,
    values_d: Floats32,
    halves_d: Floats32,
    columns_d: Floats32,
    starts_d: Rows,
    ends_d: Rows,
    half: Floats32,
    first: Floats32,
    rest: Floats32,
    vectors: Floats32,
    rows: Rows32,
    squares: Floats32,
    out: Rows32,
) -> None:
    """Write pairs (C, D) that can be hits and are not each other's listed neighbours.

    Rows are gone through by reach: each meets those before it, in buckets by their product, so
    that of all pairs only those are visited whose rise is about what the longer reach asks for.
    Of every ``parts`` rows one meets others here, so several calls share a question.

    Args:
        state: [next row, pairs written], both to start from and to go on from: a call ends when
            ``budget`` pairs were visited or ``out``, which holds 2 n at least, could not take
            another row's; the caller takes what was written and sets the latter to 0.
        square, linear, constant: of the longest squared offset that a rise allows.
        bucket_c … ends_c: of ``lay_out``; ``ends`` are up to where each bucket was gone
            through, a copy of ``starts`` at first. The same for D.
        half: (n,) half the squared residual offsets less what rounding may have lost.
    """
    n, room = high.shape[0], out.shape[0]
    i, count = state[0], state[1]
    mine, lefts = np.empty(WIDTH, dtype=np.float32), np.empty(CHUNK, dtype=np.float32)
    # One further is written to than is kept.
    places = np.empty(n + 1, dtype=np.int32)
    lefts_kept = np.empty(n + 1, dtype=np.float32)
    visited = 0
    while i < n:
        is_c, is_d = bucket_c[i] >= 0, bucket_d[i] >= 0
        if (is_c or is_d) and i % parts == part:
            if visited >= budget or room - count < 2 * n:
                break
            for column in range(WIDTH):
                mine[column] = first[i, column]
            # As C it meets the D before it, as D the C.
            for side in range(2):
                if (side == 0 and not is_c) or (side == 1 and (once or not is_d)):
                    continue
                if side == 0:
                    own, up = high[i], np.float32(1.0)
                    names, values, halves = names_d, values_d, halves_d
                    columns, starts, ends = columns_d, starts_d, ends_d
                else:
                    own, up = low[i], np.float32(-1.0)
                    names, values, halves = names_c, values_c, halves_c
                    columns, starts, ends = columns_c, starts_c, ends_c
                away = need[i]
                edge = own - up * away
                # Buckets are taken one further than computed: float32 may round across their
                # border.
                if side == 0:
                    if edge < lowest:
                        continue
                    begin, end = 0, min(BUCKETS - 1, int((edge - lowest) * scale) + 1) + 1
                else:
                    if edge > highest:
                        continue
                    begin, end = max(0, int((edge - lowest) * scale) - 1), BUCKETS
                kept = 0
                for bucket in range(begin, end):
                    start, stop = starts[bucket], ends[bucket]
                    visited += stop - start
                    while start < stop:
                        until = min(start + CHUNK, stop)
                        most = _lefts(
                            start, until, up, own, away, sign, square, linear, constant, half[i],
                            values, halves, columns, mine, lefts,
                        )  # fmt: skip
                        if most >= np.float32(0.0):
                            for x in range(until - start):
                                places[kept], lefts_kept[kept] = start + x, lefts[x]
                                kept += lefts[x] >= np.float32(0.0)
                        start = until
                if kept == 0:
                    continue
                kept = _still(i, kept, sign, rest, names, places, lefts_kept)
                one = rows[i]
                for place in range(kept):
                    x = places[place]
                    j = names[x]
                    rise = (own - values[x]) * up
                    # Beyond 3·10⁻⁴, what the rounding of the rows can do.
                    limit = ((square * rise + linear) * rise + constant) * np.float32(1.0003)
                    limit += np.float32(1e-9) * (squares[i] + squares[j])
                    total = np.float32(0.0)
                    two = rows[j]
                    for column in range(vectors.shape[1]):
                        step = vectors[one, column] + sign * vectors[two, column]
                        total += step * step
                    if total <= limit:
                        out[count, side], out[count, 1 - side] = i, j
                        count += 1
        if is_c:
            ends_c[bucket_c[i]] += 1
        if is_d:
            ends_d[bucket_d[i]] += 1
        i += 1
    state[0], state[1] = i, count
