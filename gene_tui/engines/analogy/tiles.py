"""Compiled loops: the best analogies of many pairs (A, B), each told with its shorter pair first.

An analogy A : B :: C : D may be asked from either of its pairs. Asked from the shorter one,
|C − D| ≥ |A − B|, so that with p = products with A − B a hit needs not only
p_C − p_D ≥ t · |A − B| · |C − D| but p_C − p_D ≥ t · |A − B|² as well. That leaves nothing to
look at for most (A, B), which is found out in this order: from what A and B add to the span of p
at most (O(1)); from the span itself, max and min over all rows, in wide registers; from the
lists of what can still be C and D; from pairs of those.

Serial and without the GIL, so that the engines' pool runs several at once. Importing this
module compiles them, or loads them from numba's cache; see ``compiled.py``.

Rows are those of a ``gram.Gram``: about their mean, in the order of the space. All bounds leave
room for float32: a product of two rows is off by at most γ|x||y|, γ = (d + 16) 2⁻²⁴, which is 13
roundings more than it can be, so that sums of p are covered too; the threshold comes lowered by
10⁻⁵ for what is multiplied with it; squared distances are trusted to 3·10⁻⁴ and 10⁻⁹ of the
rows' squares.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gene_tui.arrays import Floats32, Rows, Rows32
from gene_tui.engines.analogy.jit import LARGEST, compiled, larger

#: Columns gone through at once: a row of A and four of B stay in the first cache.
CHUNK = 512
#: Ends of buckets that the range of products is cut into.
_ENDS = 257


@compiled(
    "void(float32[:, ::1], float32[:, ::1], float32[:, ::1], float32[:, ::1])",
    LARGEST,
)
def allowed_of(products: Floats32, left: Floats32, right: Floats32, out: Floats32) -> None:
    """Copy products, (h, n), where they are at most left · right, −inf elsewhere.

    Args:
        left: (h, 4). right: (4, n).
    """
    one, two, three, four = right[0], right[1], right[2], right[3]
    for i in range(products.shape[0]):
        by_one, by_two, by_three, by_four = left[i, 0], left[i, 1], left[i, 2], left[i, 3]
        of_all, some = products[i], out[i]
        for x in range(len(some)):
            most = by_one * one[x] + by_two * two[x] + by_three * three[x] + by_four * four[x]
            some[x] = of_all[x] if of_all[x] <= most else np.float32(-np.inf)


@compiled("float32(float32[::1], float32[::1])", LARGEST)
def _reach(products: Floats32, allowed: Floats32) -> Any:
    """What a row adds at most to max − min of p, as A or as B."""
    nothing = np.float32(-np.inf)
    # Each by itself: one loop over both is not done in wide registers.
    most, least = nothing, nothing
    for x in range(len(allowed)):
        most = larger(most, allowed[x])
    for x in range(len(products)):
        least = larger(least, -products[x])
    return most + least


@compiled(
    "void(float32[::1], float32[::1], float32[:, ::1], float32[:, ::1], int32[::1], int64, int64,"
    " float32[:, ::1], float32[:, ::1])",
    LARGEST,
)
def _spans(
    products: Floats32,
    allowed: Floats32,
    other_products: Floats32,
    other_allowed: Floats32,
    todo: Rows32,
    count: int,
    chunk: int,
    high: Floats32,
    low: Floats32,
) -> None:
    """Within a chunk, for one A and B of ``todo``: max of (A − B) · C, and of (B − A) · D.

    Four B at a time share what is read of A.

    Args:
        products, allowed: (n,), A · x; the same, −inf where x cannot be C (or, for a B, D).
        other_products, other_allowed: (B, n), of the B.
        high, low: (B, chunks), what is written.
    """
    start = chunk * CHUNK
    stop = min(start + CHUNK, products.shape[0])
    of_a, of_c = products[start:stop], allowed[start:stop]
    nothing = np.float32(-np.inf)
    for place in range(0, count, 4):
        first, second = todo[place], todo[min(place + 1, count - 1)]
        third, fourth = todo[min(place + 2, count - 1)], todo[min(place + 3, count - 1)]
        b_1, d_1 = other_products[first, start:stop], other_allowed[first, start:stop]
        b_2, d_2 = other_products[second, start:stop], other_allowed[second, start:stop]
        b_3, d_3 = other_products[third, start:stop], other_allowed[third, start:stop]
        b_4, d_4 = other_products[fourth, start:stop], other_allowed[fourth, start:stop]
        high_1, high_2, high_3, high_4 = nothing, nothing, nothing, nothing
        low_1, low_2, low_3, low_4 = nothing, nothing, nothing, nothing
        for x in range(len(of_a)):
            high_1 = larger(high_1, of_c[x] - b_1[x])
            high_2 = larger(high_2, of_c[x] - b_2[x])
            high_3 = larger(high_3, of_c[x] - b_3[x])
            high_4 = larger(high_4, of_c[x] - b_4[x])
            low_1 = larger(low_1, d_1[x] - of_a[x])
            low_2 = larger(low_2, d_2[x] - of_a[x])
            low_3 = larger(low_3, d_3[x] - of_a[x])
            low_4 = larger(low_4, d_4[x] - of_a[x])
        high[first, chunk], high[second, chunk] = high_1, high_2
        high[third, chunk], high[fourth, chunk] = high_3, high_4
        low[first, chunk], low[second, chunk] = low_1, low_2
        low[third, chunk], low[fourth, chunk] = low_3, low_4


_LISTS = (
    "int32[::1], float32[::1], int32[::1], float32[::1], int32[::1], float32[::1], float32[::1],"
    " float32[:, ::1], int32[::1], int64[::1]"
)
_GRAM = "float32[::1], float32[::1], float32[:, ::1], float32[:, ::1], float32[:, ::1]"
_GRAM += ", float32[::1], float32[::1], float32"


@compiled(
    "int64(int64, int64, float32[::1], float32[::1], float32[::1], float32[::1], float32[::1],"
    f" float32[::1], float32, float32, float32, {_LISTS}, {_GRAM}, int64, int32[:, ::1])"
)
def _joined(
    a: int,
    b: int,
    products: Floats32,
    allowed: Floats32,
    other_products: Floats32,
    other_allowed: Floats32,
    highs: Floats32,
    lows: Floats32,
    apart: np.float32,
    unit: np.float32,
    error: np.float32,
    c_rows: Rows32,
    c_high: Floats32,
    d_rows: Rows32,
    d_low: Floats32,
    sorted_rows: Rows32,
    sorted_low: Floats32,
    sorted_away: Floats32,
    sorted_first: Floats32,
    bucket_of: Rows32,
    ends: Rows,
    lengths: Floats32,
    nearest: Floats32,
    first: Floats32,
    rest: Floats32,
    centred: Floats32,
    residual: Floats32,
    squares: Floats32,
    longest: float,
    count: int,
    out: Rows32,
) -> int:
    """Write (a, b, C, D) that may be hits with |C − D| ≥ |A − B|; the new count of them.

    A hit has p_C − p_D ≥ ``unit`` · max(|A − B|, |C − D|), where p are products with A − B.
    First the rows that can be C are listed, and those that can be D, each against the best
    that the other side has; then both lists once more, as long as one shrinks; then D is
    sorted into buckets by p, so that every C meets the D it can reach, and pairs are measured
    until they are too far apart.

    Args:
        products, allowed, other_products, other_allowed: (n,), see ``_spans``.
        highs, lows: (chunks,), what that wrote.
        apart: lower bound of |A − B|. unit: the threshold, times ``apart`` where products are
            with A − B as it is. error: what p may be off, per length of x.
        c_rows … ends: room for n numbers each, for _ENDS the last.
        longest: no length is larger.
    """
    n = products.shape[0]
    slack = np.float32(2.0) * error * longest
    top, bottom = np.float32(-np.inf), np.float32(-np.inf)
    for chunk in range(highs.shape[0]):
        top, bottom = max(top, highs[chunk]), max(bottom, lows[chunk])
    need = unit * apart
    if not top + bottom + slack >= need:
        return count
    cs = 0
    least = need - bottom - slack
    for chunk in range(highs.shape[0]):
        if highs[chunk] >= least:
            for x in range(chunk * CHUNK, min(n, (chunk + 1) * CHUNK)):
                p = allowed[x] - other_products[x]
                if p >= least:
                    p += error * lengths[x]
                    if p + bottom + slack >= unit * nearest[x] and x != b:
                        c_rows[cs], c_high[cs] = x, p
                        cs += 1
    ds = 0
    least = need - top - slack
    for chunk in range(lows.shape[0]):
        if lows[chunk] >= least:
            for x in range(chunk * CHUNK, min(n, (chunk + 1) * CHUNK)):
                p = other_allowed[x] - products[x]
                if p >= least:
                    p += error * lengths[x]
                    if p + top + slack >= unit * nearest[x] and x != a:
                        d_rows[ds], d_low[ds] = x, p
                        ds += 1
    while True:
        top, bottom = np.float32(-np.inf), np.float32(-np.inf)
        for place in range(cs):
            top = max(top, c_high[place])
        for place in range(ds):
            bottom = max(bottom, d_low[place])
        before = cs + ds
        left, cs = cs, 0
        for place in range(left):
            x = c_rows[place]
            if c_high[place] + bottom >= unit * max(apart, nearest[x]):
                c_rows[cs], c_high[cs] = x, c_high[place]
                cs += 1
        left, ds = ds, 0
        for place in range(left):
            x = d_rows[place]
            if d_low[place] + top >= unit * max(apart, nearest[x]):
                d_rows[ds], d_low[ds] = x, d_low[place]
                ds += 1
        if cs == 0 or ds == 0:
            return count
        if cs + ds == before:
            break
    # Largest first. Only D that can be in a hit are listed: all of them lie above need − top.
    scale = np.float32(_ENDS - 1) / max(bottom + top - need, np.float32(1e-30))
    for bucket in range(_ENDS):
        ends[bucket] = 0
    for place in range(ds):
        bucket = min(_ENDS - 2, max(0, int((bottom - d_low[place]) * scale)))
        bucket_of[place] = bucket
        ends[bucket + 1] += 1
    for bucket in range(1, _ENDS):
        ends[bucket] += ends[bucket - 1]
    for place in range(ds):
        bucket, x = bucket_of[place], d_rows[place]
        to = ends[bucket]
        ends[bucket] += 1
        sorted_rows[to], sorted_low[to] = x, d_low[place]
        sorted_away[to] = unit * max(apart, nearest[x]) - d_low[place]
        for column in range(16):
            sorted_first[to, column] = first[x, column]
    over = np.float32(1.0) / unit
    shortest = apart * apart * np.float32(0.999)
    for at in range(cs):
        i, high = c_rows[at], c_high[at]
        away = unit * max(apart, nearest[i]) - high
        # One bucket further than computed: float32 may round across their border.
        end = ends[min(_ENDS - 2, max(0, int((bottom - away) * scale) + 1))]
        for place in range(end):
            if sorted_low[place] < away or sorted_away[place] > high:
                continue
            j = sorted_rows[place]
            rise = (high + sorted_low[place]) * over
            rounding = np.float32(1e-9) * (squares[i] + squares[j])
            most = rise * rise * np.float32(1.0003) + rounding
            total = (residual[i] + residual[j]) * np.float32(0.5)
            for column in range(16):
                step = first[i, column] - sorted_first[place, column]
                total += step * step
            if total > most or i == j:
                continue
            for start in range(0, rest.shape[1], 16):
                for column in range(start, start + 16):
                    step = rest[i, column] - rest[j, column]
                    total += step * step
                if total > most:
                    break
            if total > most:
                continue
            total = np.float32(0.0)
            for column in range(centred.shape[1]):
                step = centred[i, column] - centred[j, column]
                total += step * step
            if shortest - rounding <= total <= most:
                if count < out.shape[0]:
                    out[count, 0], out[count, 1], out[count, 2], out[count, 3] = a, b, i, j
                count += 1
    return count


@compiled(
    "UniTuple(int64, 2)(int64, float32[:, ::1], float32[:, ::1], int64, float32[:, ::1],"
    f" float32[:, ::1], float64, float64, {_GRAM}, int32[:, ::1], int32[:, ::1])"
)
def quadruples_of(
    a_start: int,
    products: Floats32,
    allowed: Floats32,
    b_start: int,
    other_products: Floats32,
    other_allowed: Floats32,
    threshold: float,
    gamma: float,
    lengths: Floats32,
    nearest: Floats32,
    first: Floats32,
    rest: Floats32,
    centred: Floats32,
    residual: Floats32,
    squares: Floats32,
    longest: float,
    out: Rows32,
    lost: Rows32,
) -> tuple[int, int]:
    """Write (A, B, C, D), |C − D| ≥ |A − B|, that can score ``threshold`` or more.

    A are the rows from ``a_start`` on, B those behind A from ``b_start`` on. Returns how many
    were found (without room they are counted only), and how many pairs (A, B) were written to
    ``lost``, since what products of float32 say of their distance is lost in rounding.

    Args:
        products, allowed: (A, n), products of the A with all rows about the mean; the same,
            −inf where the row cannot be C (for a B: D). other_products, other_allowed: (B, n).
        gamma: what a product may be off, per length of both rows.
        lengths … longest: of a ``Gram``.
        lost: (A · B, 2).
    """
    n = products.shape[1]
    a_count, b_count = products.shape[0], other_products.shape[0]
    chunks = (n + CHUNK - 1) // CHUNK
    todo = np.empty((a_count, b_count), dtype=np.int32)
    counts = np.zeros(a_count, dtype=np.int64)
    apart = np.empty((a_count, b_count), dtype=np.float32)
    # What a row adds to the span of p: at most over C and D as A, then as B.
    a_reach = np.empty(a_count, dtype=np.float32)
    b_reach = np.empty(b_count, dtype=np.float32)
    for place in range(a_count):
        a_reach[place] = _reach(products[place], allowed[place])
    for place in range(b_count):
        b_reach[place] = _reach(other_products[place], other_allowed[place])
    missed = 0
    for one in range(a_count):
        a = a_start + one
        for two in range(b_count):
            b = b_start + two
            # Where A and B come from the same rows, every pair comes twice.
            if b <= a:
                continue
            size = np.float64(lengths[a]) + np.float64(lengths[b])
            square = (
                np.float64(lengths[a]) * np.float64(lengths[a])
                + np.float64(lengths[b]) * np.float64(lengths[b])
                - 2.0 * np.float64(products[one, b])
            )
            if square < 16.0 * gamma * size * size + 1e-30:
                lost[missed, 0], lost[missed, 1] = a, b
                missed += 1
                continue
            square -= gamma * size * size / 2.0
            span = np.float64(a_reach[one]) + np.float64(b_reach[two])
            if span + 2.0 * gamma * size * longest < threshold * square:
                continue
            apart[one, two] = np.sqrt(square)
            todo[one, counts[one]] = two
            counts[one] += 1
    high = np.empty((a_count, b_count, chunks), dtype=np.float32)
    low = np.empty((a_count, b_count, chunks), dtype=np.float32)
    # Chunk by chunk, so that what is read of the B stays in a core's cache for all A.
    for chunk in range(chunks):
        for one in range(a_count):
            _spans(
                products[one],
                allowed[one],
                other_products,
                other_allowed,
                todo[one],
                counts[one],
                chunk,
                high[one],
                low[one],
            )
    c_rows, c_high = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.float32)
    d_rows, d_low = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.float32)
    sorted_rows, sorted_low = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.float32)
    sorted_away = np.empty(n, dtype=np.float32)
    sorted_first = np.empty((n, 16), dtype=np.float32)
    bucket_of, ends = np.empty(n, dtype=np.int32), np.empty(_ENDS, dtype=np.int64)
    count = 0
    for one in range(a_count):
        for place in range(counts[one]):
            two = todo[one, place]
            a, b = a_start + one, b_start + two
            count = _joined(
                a,
                b,
                products[one],
                allowed[one],
                other_products[two],
                other_allowed[two],
                high[one, two],
                low[one, two],
                apart[one, two],
                np.float32(threshold) * apart[one, two],
                np.float32(gamma) * (lengths[a] + lengths[b]),
                c_rows,
                c_high,
                d_rows,
                d_low,
                sorted_rows,
                sorted_low,
                sorted_away,
                sorted_first,
                bucket_of,
                ends,
                lengths,
                nearest,
                first,
                rest,
                centred,
                residual,
                squares,
                longest,
                count,
                out,
            )
    return count, missed


@compiled(
    "int64(int32[:, ::1], float32[:, ::1], float32[:, ::1], float32[:, ::1], float32[::1],"
    f" float64, float64, {_GRAM}, int32[:, ::1])"
)
def lost_quadruples_of(
    pairs: Rows32,
    products: Floats32,
    allowed: Floats32,
    other_allowed: Floats32,
    apart: Floats32,
    threshold: float,
    gamma: float,
    lengths: Floats32,
    nearest: Floats32,
    first: Floats32,
    rest: Floats32,
    centred: Floats32,
    residual: Floats32,
    squares: Floats32,
    longest: float,
    out: Rows32,
) -> int:
    """The same for pairs (A, B) one by one, from products with their unit offset.

    Args:
        pairs: (h, 2). products: (h, n), with (A − B) / |A − B|, made in float64.
        allowed: (h, n), the same, −inf where the row cannot be C.
        other_allowed: (h, n), 0, −inf where the row cannot be D.
        apart: (h,), lower bounds of |A − B|.
    """
    n = products.shape[1]
    chunks = (n + CHUNK - 1) // CHUNK
    high, low = np.empty((1, chunks), dtype=np.float32), np.empty((1, chunks), dtype=np.float32)
    zeros, only = np.zeros((1, n), dtype=np.float32), np.zeros(1, dtype=np.int32)
    c_rows, c_high = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.float32)
    d_rows, d_low = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.float32)
    sorted_rows, sorted_low = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.float32)
    sorted_away = np.empty(n, dtype=np.float32)
    sorted_first = np.empty((n, 16), dtype=np.float32)
    bucket_of, ends = np.empty(n, dtype=np.int32), np.empty(_ENDS, dtype=np.int64)
    count = 0
    for place in range(pairs.shape[0]):
        for chunk in range(chunks):
            _spans(
                products[place],
                allowed[place],
                zeros,
                other_allowed[place : place + 1],
                only,
                1,
                chunk,
                high,
                low,
            )
        count = _joined(
            pairs[place, 0],
            pairs[place, 1],
            products[place],
            allowed[place],
            zeros[0],
            other_allowed[place],
            high[0],
            low[0],
            apart[place],
            np.float32(threshold),
            np.float32(gamma),
            c_rows,
            c_high,
            d_rows,
            d_low,
            sorted_rows,
            sorted_low,
            sorted_away,
            sorted_first,
            bucket_of,
            ends,
            lengths,
            nearest,
            first,
            rest,
            centred,
            residual,
            squares,
            longest,
            count,
            out,
        )
    return count
