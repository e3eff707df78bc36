"""Compiled loops: which (C, D) may complete A : B, for many B, given what bounds say.

Serial and without the GIL, so that the engines' pool runs several at once. Importing this
module compiles them, or loads them from numba's cache beside the source, or in the user's
cache where that cannot be written; so it is imported only where a search needs it.

In all of them arrays of rows are in the order of ascending ``reach``; ``high`` is the upper
bound of a row's product with the target, −inf where the row cannot be C; ``low`` the lower
bound, +inf where it cannot be D. A hit has high_C − low_D ≥ t · |C − D|.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats32, Rows32
from gene_tui.engines.analogy.jit import SUMS, compiled

#: The range of products is cut into this many buckets.
_BUCKETS = 64

_GEOMETRY = "float32[:, ::1], float32[:, ::1], float32[:, ::1], float32[::1], float32[::1]"


# Inlined: a call would count references to every array, which takes longer than the test.
@numba.njit(inline="always", fastmath=set(SUMS))
def _may_be(
    rise: float,
    i: int,
    j: int,
    first: Floats32,
    rest: Floats32,
    vectors: Floats32,
    residual: Floats32,
    squares: Floats32,
) -> bool:
    """Whether rows i and j can be as close as ``rise``.

    Adds up their squared distance until it is too large: the first 16 coordinates, which lie
    together, the others by 16, then all of the vectors. The limit is widened by what float32
    may have got wrong: 3·10⁻⁴ of it, and what the rounding of the rows can do beyond that.
    """
    most = rise * rise * np.float32(1.0003) + np.float32(1e-9) * (squares[i] + squares[j])
    total = (residual[i] + residual[j]) * np.float32(0.5)
    for column in range(8):
        step = first[i, column] - first[j, column]
        total += step * step
    if total > most:
        return False
    for column in range(8, 16):
        step = first[i, column] - first[j, column]
        total += step * step
    if total > most:
        return False
    for start in range(0, rest.shape[1], 16):
        for column in range(start, start + 16):
            step = rest[i, column] - rest[j, column]
            total += step * step
        if total > most:
            return False
    total = np.float32(0.0)
    for column in range(vectors.shape[1]):
        step = vectors[i, column] - vectors[j, column]
        total += step * step
    return bool(total <= most)


@compiled(
    "int64(int64, int64, float32[::1], float32[::1], float32, float32[::1], float32[::1],"
    f" int32[:, ::1], float32[:, ::1], {_GEOMETRY}, int32[:, ::1])"
)
def pairs_of(
    b: int,
    count: int,
    high: Floats32,
    low: Floats32,
    threshold: float,
    reach: Floats32,
    nearest: Floats32,
    neighbours: Rows32,
    gaps: Floats32,
    first: Floats32,
    rest: Floats32,
    vectors: Floats32,
    residual: Floats32,
    squares: Floats32,
    out: Rows32,
) -> int:
    """Write (b, C, D) for pairs that can score ``threshold`` or more; the new count of them.

    A hit has high_C − low_D ≥ t · max(reach_C, reach_D), unless one is a listed neighbour of
    the other. Rows are gone through by reach: each meets those before it, kept in buckets by
    their product, so that only pairs that pass that test are visited.

    Args:
        b: what to write in front.
        count: entries of ``out`` in use. Where there is no room, pairs are counted only.
        residual: squares of the shortest offsets outside the coordinates.
        squares: of the rows and of their coordinates, whichever is more.
    """
    n = high.shape[0]
    room = out.shape[0]
    over = np.float32(1.0) / threshold
    lowest = np.float32(np.inf)
    for j in range(n):
        lowest = min(lowest, low[j])
    highest = np.float32(-np.inf)
    for i in range(n):
        if high[i] - threshold * nearest[i] >= lowest:
            highest = max(highest, high[i])
    if not highest > lowest:
        return count
    # Listed neighbours, one by one; the lists are ordered by length.
    for i in range(n):
        as_c, as_d = high[i] - lowest, highest - low[i]
        most = max(as_c, as_d)
        if most < threshold * nearest[i]:
            continue
        for place in range(neighbours.shape[1]):
            gap = threshold * gaps[i, place]
            if gap > most:
                break
            j = neighbours[i, place]
            if j < 0:
                continue
            if as_c >= gap:
                rise = high[i] - low[j]
                if rise >= gap and _may_be(
                    rise * over, i, j, first, rest, vectors, residual, squares
                ):
                    if count < room:
                        out[count, 0], out[count, 1], out[count, 2] = b, i, j
                    count += 1
            if as_d >= gap:
                rise = high[j] - low[i]
                if rise >= gap and _may_be(
                    rise * over, j, i, first, rest, vectors, residual, squares
                ):
                    if count < room:
                        out[count, 0], out[count, 1], out[count, 2] = b, j, i
                    count += 1
    # All other pairs, the one of smaller reach first.
    scale = np.float32(_BUCKETS) / (highest - lowest)
    first_c = np.full(_BUCKETS, -1, dtype=np.int32)
    first_d = np.full(_BUCKETS, -1, dtype=np.int32)
    next_c = np.empty(n, dtype=np.int32)
    next_d = np.empty(n, dtype=np.int32)
    top, bottom = -1, _BUCKETS
    for i in range(n):
        away = threshold * reach[i]
        is_c = high[i] - away >= lowest
        is_d = low[i] + away <= highest
        # Buckets are taken one further than computed: float32 may round across their border.
        if is_c:
            last = min(_BUCKETS - 1, int((high[i] - away - lowest) * scale) + 1)
            for bucket in range(bottom, last + 1):
                j = first_d[bucket]
                while j >= 0:
                    rise = high[i] - low[j]
                    if rise >= away and _may_be(
                        rise * over, i, j, first, rest, vectors, residual, squares
                    ):
                        if count < room:
                            out[count, 0], out[count, 1], out[count, 2] = b, i, j
                        count += 1
                    j = next_d[j]
        if is_d:
            start = max(0, int((low[i] + away - lowest) * scale) - 1)
            for bucket in range(start, top + 1):
                j = first_c[bucket]
                while j >= 0:
                    rise = high[j] - low[i]
                    if rise >= away and _may_be(
                        rise * over, j, i, first, rest, vectors, residual, squares
                    ):
                        if count < room:
                            out[count, 0], out[count, 1], out[count, 2] = b, j, i
                        count += 1
                    j = next_c[j]
        if is_c:
            bucket = min(_BUCKETS - 1, max(0, int((high[i] - lowest) * scale)))
            next_c[i] = first_c[bucket]
            first_c[bucket] = i
            top = max(top, bucket)
        if is_d:
            bucket = min(_BUCKETS - 1, max(0, int((low[i] - lowest) * scale)))
            next_d[i] = first_d[bucket]
            first_d[bucket] = i
            bottom = min(bottom, bucket)
    return count


@compiled(
    "int64(int32[::1], float32[:, ::1], float32[::1], float32[::1], float32[::1], float32[::1],"
    " uint8[::1], uint8[::1], float32[::1], float32, float32[::1], float32[::1],"
    f" int32[:, ::1], float32[:, ::1], {_GEOMETRY}, int32[:, ::1])"
)
def triples_of(
    block: Rows32,
    inner: Floats32,
    products: Floats32,
    apart: Floats32,
    errors: Floats32,
    most: Floats32,
    may_c: npt.NDArray[np.uint8],
    may_d: npt.NDArray[np.uint8],
    lengths: Floats32,
    threshold: float,
    reach: Floats32,
    nearest: Floats32,
    neighbours: Rows32,
    gaps: Floats32,
    first: Floats32,
    rest: Floats32,
    vectors: Floats32,
    residual: Floats32,
    squares: Floats32,
    out: Rows32,
) -> int:
    """Write (B, C, D) that can score ``threshold`` or more, for a block of B; their number.

    Where it exceeds the room in ``out``, the call must be made again with more.

    Args:
        block: (h,) places of the B; -1 to leave one out.
        inner: (h, n), B · x. products: (n,), A · x. apart: (h,), |A − B|.
        errors: (h,), what a product with the unit target may be off, per length of x.
        most: (h,), D must have B · D ≤ this times its length.
        may_c, may_d: (n,), which rows can be C and D, 1 or 0.
    """
    n = products.shape[0]
    high = np.empty(n, dtype=np.float32)
    low = np.empty(n, dtype=np.float32)
    nothing = np.float32(np.inf)
    count = 0
    for place in range(block.shape[0]):
        b = block[place]
        if b < 0:
            continue
        over, error, cap = np.float32(1.0) / apart[place], errors[place], most[place]
        for j in range(n):
            p = (products[j] - inner[place, j]) * over
            slack = error * lengths[j]
            high[j] = p + slack if may_c[j] else -nothing
            close = inner[place, j] > cap * lengths[j]
            low[j] = p - slack if may_d[j] and not close else nothing
        high[b], low[b] = -nothing, nothing
        count = pairs_of(
            b,
            count,
            high,
            low,
            threshold,
            reach,
            nearest,
            neighbours,
            gaps,
            first,
            rest,
            vectors,
            residual,
            squares,
            out,
        )
    return count
