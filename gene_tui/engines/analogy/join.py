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

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from gene_tui.arrays import Floats32, Rows32

Function = TypeVar("Function", bound=Callable[..., Any])

#: Sums may be added up in any order, which is what lets them use wide registers.
_SUMS = {"reassoc", "contract"}
#: The range of products is cut into this many buckets.
BUCKETS = 128


def _compiled(signature: Any) -> Callable[[Function], Function]:
    def compile_(function: Function) -> Function:
        try:
            made = numba.njit(signature, nogil=True, cache=True, fastmath=_SUMS)(function)
        except RuntimeError:
            # Neither the package nor the user's cache can be written.
            made = numba.njit(signature, nogil=True, fastmath=_SUMS)(function)
        return cast(Function, made)

    return compile_


@numba.njit(inline="always", fastmath=_SUMS)
def _may_be(
    most: float,
    i: int,
    j: int,
    sign: float,
    first: Floats32,
    rest: Floats32,
    vectors: Floats32,
    rows: Rows32,
    residual: Floats32,
    squares: Floats32,
) -> bool:
    """Whether the offset of rows i and j can be as short as the root of ``most``.

    Adds up its square until that is too large: the first 16 coordinates, which lie together, the
    others by 16, then all of the vectors. The limit is widened by what float32 may have got wrong:
    3·10⁻⁴ of it, and what the rounding of the rows can do beyond that.
    """
    limit = most * np.float32(1.0003) + np.float32(1e-9) * (squares[i] + squares[j])
    total = (residual[i] + residual[j]) * np.float32(0.5)
    for column in range(16):
        step = first[i, column] + sign * first[j, column]
        total += step * step
    if total > limit:
        return False
    for start in range(0, rest.shape[1], 16):
        for column in range(start, start + 16):
            step = rest[i, column] + sign * rest[j, column]
            total += step * step
        if total > limit:
            return False
    total = np.float32(0.0)
    one, two = rows[i], rows[j]
    for column in range(vectors.shape[1]):
        step = vectors[one, column] + sign * vectors[two, column]
        total += step * step
    return bool(total <= limit)


@_compiled(
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
_LINE, _TABLE, _PAIRS = _FLOAT[::1], _FLOAT[:, ::1], numba.int32[:, ::1]
#: Vectors may be mapped from a file.
_VECTORS = numba.types.Array(_FLOAT, 2, "C", readonly=True)


@_compiled(
    numba.void(
        *(_INT[::1], _INT, _INT, _INT, numba.boolean, numba.boolean),
        *(_FLOAT, _FLOAT, _FLOAT, _LINE, _LINE, _LINE, _FLOAT, _FLOAT, _PAIRS),
        *(_TABLE, _TABLE, _VECTORS, numba.int32[::1], _LINE, _LINE, _PAIRS),
    )
)
def join(
    state: Floats32,
    part: int,
    parts: int,
    budget: int,
    once: bool,
    distance: bool,
    sign: float,
    lowest: float,
    highest: float,
    high: Floats32,
    low: Floats32,
    need: Floats32,
    over: float,
    rest_of_target: float,
    lists: Rows32,
    first: Floats32,
    rest: Floats32,
    vectors: Floats32,
    rows: Rows32,
    residual: Floats32,
    squares: Floats32,
    out: Rows32,
) -> None:
    """Write pairs (C, D) that can be hits and are not each other's listed neighbours.

    Rows are gone through by reach: each meets those before it, kept in buckets by their product,
    so that of all pairs only those are visited whose rise is what the longer reach asks for. Of
    every ``parts`` rows one meets others here, so several calls share a question.

    Args:
        state: [next row, pairs written], both to start from and to go on from: a call ends when
            ``budget`` pairs were visited or ``out``, which holds 2 n at least, could not take
            another row's; the caller takes what was written and sets the latter to 0.
        lowest, highest: least ``low`` and largest ``high``. over: 1 / t².
        rest_of_target: |target|² − e².
        lists: (4, n + BUCKETS) the buckets, all -1 to start with.
    """
    n, room = high.shape[0], out.shape[0]
    i, count = state[0], state[1]
    scale = np.float32(BUCKETS) / (highest - lowest)
    next_c, next_d = lists[0], lists[1]
    first_c, first_d = lists[2], lists[3]
    visited = 0
    while i < n:
        away = need[i]
        is_c = high[i] - away >= lowest
        is_d = low[i] + away <= highest
        if (is_c or is_d) and i % parts == part:
            if visited >= budget or room - count < 2 * n:
                break
            # Buckets are taken one further than computed: float32 may round across their border.
            if is_c:
                last = min(BUCKETS - 1, int((high[i] - away - lowest) * scale) + 1)
                for bucket in range(last + 1):
                    j = first_d[bucket]
                    while j >= 0:
                        rise = high[i] - low[j]
                        if rise >= away:
                            visited += 1
                            if distance:
                                most = np.float32(2.0) * rise - rest_of_target
                            else:
                                most = rise * rise * over
                            if _may_be(
                                most, i, j, sign, first, rest, vectors, rows, residual, squares
                            ):
                                out[count, 0], out[count, 1] = i, j
                                count += 1
                        j = next_d[j]
            if is_d and not once:
                start = max(0, int((low[i] + away - lowest) * scale) - 1)
                for bucket in range(start, BUCKETS):
                    j = first_c[bucket]
                    while j >= 0:
                        rise = high[j] - low[i]
                        if rise >= away:
                            visited += 1
                            if distance:
                                most = np.float32(2.0) * rise - rest_of_target
                            else:
                                most = rise * rise * over
                            if _may_be(
                                most, i, j, sign, first, rest, vectors, rows, residual, squares
                            ):
                                out[count, 0], out[count, 1] = j, i
                                count += 1
                        j = next_c[j]
        if is_c:
            bucket = min(BUCKETS - 1, max(0, int((high[i] - lowest) * scale)))
            next_c[i], first_c[bucket] = first_c[bucket], i
        if is_d:
            bucket = min(BUCKETS - 1, max(0, int((low[i] - lowest) * scale)))
            next_d[i], first_d[bucket] = first_d[bucket], i
        i += 1
    state[0], state[1] = i, count
