"""Compiled loops for A : ?, asked from C and D for all B at once.

With w_B = (A − B) / |A − B| and e = C − D a hit needs

    C · w_B − D · w_B ≥ t · |e|.

The unit offsets w_B are in groups of similar direction. For each row and group two numbers are
enough: the largest x · w_B, and the largest −x · w_B over those B that the cap allows; they bound
the left side for a whole group, and with all groups taken together for all B. What is left is
looked at B by B.

Serial and without the GIL; see ``compiled.py``. A product of a row with a unit offset is off by
at most γ|x|, γ = (d + 16) 2⁻²⁴, which leaves room for ten more roundings; the threshold comes
lowered by 10⁻⁵; distances by coordinates are trusted to 3·10⁻⁴.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats32, Rows, Rows32
from gene_tui.engines.analogy.jit import LARGEST, compiled, larger

#: D that are gone through for all C before the next are.
TOGETHER = 16


@compiled(
    "void(float32[:, ::1], float32[:, ::1], float32[:, ::1], int64[::1], int64[::1],"
    " float32[:, ::1])",
    LARGEST,
)
def highest_of(
    products: Floats32, left: Floats32, right: Floats32, own: Rows, starts: Rows, high: Floats32
) -> None:
    """The largest allowed −x · w of every group, for some rows x.

    Args:
        products: (h, B), x · w. left: (h, 4), right: (4, B): allowed is −x · w ≤ left · right.
        own: (h,), which w belongs to the row itself, −1 for none; that is not allowed.
        starts: (groups + 1,), where they begin. high: (h, groups), what is written.
    """
    nothing = np.float32(-np.inf)
    one, two, three, four = right[0], right[1], right[2], right[3]
    allowed = np.empty(products.shape[1], dtype=np.float32)
    for i in range(products.shape[0]):
        by_one, by_two, by_three, by_four = left[i, 0], left[i, 1], left[i, 2], left[i, 3]
        of_all = products[i]
        for x in range(len(allowed)):
            most = by_one * one[x] + by_two * two[x] + by_three * three[x] + by_four * four[x]
            allowed[x] = -of_all[x] if -of_all[x] <= most else nothing
        if own[i] >= 0:
            allowed[own[i]] = nothing
        for group in range(high.shape[1]):
            some, most = allowed[starts[group] : starts[group + 1]], nothing
            for x in range(len(some)):
                most = larger(most, some[x])
            high[i, group] = most


@compiled("void(float32[:, ::1], int64[::1], float32[:, ::1])", LARGEST)
def largest_of(values: Floats32, starts: Rows, out: Floats32) -> None:
    """The largest value of every group, (h, groups), of (h, …) in groups."""
    for i in range(values.shape[0]):
        for group in range(out.shape[1]):
            some, most = values[i, starts[group] : starts[group + 1]], np.float32(-np.inf)
            for x in range(len(some)):
                most = larger(most, some[x])
            out[i, group] = most


@compiled("float32(float32[::1])", LARGEST)
def _largest(values: Floats32) -> Any:
    most = np.float32(-np.inf)
    for x in range(len(values)):
        most = larger(most, values[x])
    return most


@compiled("float32(float32[::1], float32[::1])", LARGEST)
def _largest_sum(one: Floats32, two: Floats32) -> Any:
    most = np.float32(-np.inf)
    for x in range(len(one)):
        most = larger(most, one[x] + two[x])
    return most


@compiled("float32(float32[::1], float32[::1])")
def _dot(one: Floats32, two: Floats32) -> Any:
    total = np.float32(0.0)
    for x in range(len(one)):
        total += one[x] * two[x]
    return total


@compiled("float32(float32[::1], float32[::1])")
def _apart(one: Floats32, two: Floats32) -> Any:
    """|one − two|."""
    total = np.float32(0.0)
    for x in range(len(one)):
        step = one[x] - two[x]
        total += step * step
    return np.sqrt(total)


@compiled(
    "void(float32[::1], float32[::1], float32[::1], float32[::1], float32, float32, float32,"
    " float32, float32, float32[::1])"
)
def _margins(
    inner: Floats32,
    squares: Floats32,
    lengths: Floats32,
    highest: Floats32,
    most: np.float32,
    square: np.float32,
    length: np.float32,
    gamma: np.float32,
    threshold: np.float32,
    out: Floats32,
) -> None:
    """Below 0 for D that are in no hit with one C; see ``triples_of``."""
    for d in range(len(out)):
        size = length + lengths[d]
        rise = most + highest[d] + gamma * size
        apart = (square + squares[d] - np.float32(2.0) * inner[d]) * np.float32(0.9997)
        apart -= gamma * np.float32(0.5) * size * size
        # Squares below 10⁻³⁰ say nothing any more.
        out[d] = rise * np.abs(rise) - threshold * threshold * apart + np.float32(1e-30)


@compiled(
    "UniTuple(int64, 2)(int64, int64, int64, float32[:, ::1], float32[:, ::1], float32[:, ::1],"
    " float32[:, ::1], float32[:, ::1], float32[:, ::1], float32[::1], float32[:, ::1],"
    " float32[:, ::1], float32[::1], uint8[::1], float32[::1], float32[:, ::1], float32[:, ::1],"
    " int32[::1], int64[:, ::1], int64[::1], int64[::1], float32, float32, int64, int32[::1],"
    " int32[:, ::1], int32[:, ::1])"
)
def triples_of(
    c_start: int,
    d_start: int,
    d_stop: int,
    products: Floats32,
    inner: Floats32,
    low: Floats32,
    low_over: Floats32,
    high: Floats32,
    high_over: Floats32,
    highest: Floats32,
    left: Floats32,
    right: Floats32,
    squares: Floats32,
    may_c: npt.NDArray[np.uint8],
    lengths: Floats32,
    centred: Floats32,
    units: Floats32,
    names: Rows32,
    skipped: Rows,
    starts: Rows,
    over: Rows,
    gamma: np.float32,
    threshold: np.float32,
    limit: int,
    some: Rows32,
    out: Rows32,
    close: Rows32,
) -> tuple[int, int]:
    """Write (B, C, D) that can score ``threshold`` or more, for some C and D among m rows.

    B is written as the number of its unit offset.

    Returns how many, and how many (C, D) were written to ``close``: pairs of which bounds on
    single rows say too little. What has no room is counted only.

    Args:
        products: (h, B), of the C with the unit offsets, from row ``c_start`` on.
        inner: (h, m), of their coordinates with those of all m rows. d_start, d_stop: of the D.
        low: (h, groups), the largest of ``products`` in each. high: (m, groups), of
            ``highest_of``. low_over, high_over: the same for groups of groups; ``over`` tells
            where in the groups these begin.
        highest: (m,), largest of ``high``, −inf for A's row, which cannot be D.
        left: (m, 4), right: (4, B), see ``highest_of``.
        squares: (m,), with ``inner`` these bound distances: |C − D|² ≥ both less twice that.
        centred: (m, d), the rows about some origin. lengths: (m,), of those.
        units: (B, d), the unit offsets. names: (B,), which of the rows they are of, if any.
        skipped: (m, 2), D that are not asked with a C: the first, and the first after them.
        limit: a pair that leaves more B than that is written to ``close``.
        some: room for so many B and one more group.
    """
    margin = np.empty((products.shape[0], d_stop - d_start), dtype=np.float32)
    offset = np.empty(centred.shape[1], dtype=np.float32)
    count, closer = 0, 0
    for i in range(products.shape[0]):
        c = c_start + i
        _margins(
            inner[i, d_start:d_stop], squares[d_start:d_stop], lengths[d_start:d_stop],
            highest[d_start:d_stop], _largest(low_over[i]), squares[c], lengths[c], gamma,
            threshold, margin[i],
        )  # fmt: skip
    # What is known of a D is scattered; C next to each other ask for much the same of it.
    for begin in range(d_start, d_stop, TOGETHER):
        end = min(begin + TOGETHER, d_stop)
        for i in range(products.shape[0]):
            c = c_start + i
            if may_c[c] == 0:
                continue
            if _largest(margin[i, begin - d_start : end - d_start]) < np.float32(0.0):
                continue
            most = _largest(low_over[i])
            for d in range(begin, end):
                if margin[i, d - d_start] < np.float32(0.0) or d == c or highest[d] == -np.inf:
                    continue
                if skipped[c, 0] <= d < skipped[c, 1]:
                    continue
                size = lengths[c] + lengths[d]
                e = _apart(centred[c], centred[d])
                # The offset's rounding is small beside its length, or its length is not known.
                if e <= max(np.float32(8.0) * gamma * size, np.float32(1e-15)):
                    if closer < close.shape[0]:
                        close[closer, 0], close[closer, 1] = c, d
                    closer += 1
                    continue
                need = threshold * e - gamma * size
                if most + highest[d] < need:
                    continue
                if _largest_sum(low_over[i], high_over[d]) < need:
                    continue
                if _largest_sum(low[i], high[d]) < need:
                    continue
                found, fits = 0, True
                for above in range(low_over.shape[1]):
                    if low_over[i, above] + high_over[d, above] < need:
                        continue
                    for group in range(over[above], over[above + 1]):
                        if low[i, group] + high[d, group] < need:
                            continue
                        least = need - high[d, group]
                        for b in range(starts[group], starts[group + 1]):
                            some[found] = b
                            found += products[i, b] >= least
                        if found > limit:
                            fits = False
                            break
                    if not fits:
                        break
                if not fits:
                    if closer < close.shape[0]:
                        close[closer, 0], close[closer, 1] = c, d
                    closer += 1
                    continue
                if found:
                    for column in range(len(offset)):
                        offset[column] = centred[c, column] - centred[d, column]
                for place in range(found):
                    b = some[place]
                    rise = _dot(offset, units[b])
                    if rise < need or names[b] == c or names[b] == d:
                        continue
                    # −D · w, which both products make inexact.
                    of_d = rise - products[i, b] - np.float32(2.0) * gamma * size
                    allowed = left[d, 0] * right[0, b] + left[d, 1] * right[1, b]
                    if of_d > allowed + left[d, 2] * right[2, b] + left[d, 3] * right[3, b]:
                        continue
                    if count < out.shape[0]:
                        out[count, 0], out[count, 1], out[count, 2] = b, c, d
                    count += 1
    return count, closer


@compiled("float32(float32[::1])", LARGEST)
def _largest_either_way(values: Floats32) -> Any:
    most = np.float32(-np.inf)
    for x in range(len(values)):
        most = larger(most, np.abs(values[x]))
    return most


@compiled("int64(int32[:, ::1], uint8[::1], float32[:, ::1], int32[::1], float32, int32[:, ::1])")
def close_triples_of(
    pairs: Rows32,
    ways: npt.NDArray[np.uint8],
    products: Floats32,
    names: Rows32,
    least: np.float32,
    out: Rows32,
) -> int:
    """The same for pairs with products of their own; returns how many.

    Args:
        pairs: (h, 2). ways: (h,), 1 where the first may be C, 2 where the second may, 3 both.
        products: (h, B), of the unit offset, first less second, with the unit offsets.
        least: the threshold, less what such a product may be off.
    """
    count = 0
    for i in range(products.shape[0]):
        if _largest_either_way(products[i]) < least:
            continue
        first, second = pairs[i, 0], pairs[i, 1]
        for b in range(products.shape[1]):
            score, name = products[i, b], names[b]
            if abs(score) < least or name == first or name == second:  # noqa: SIM109 - compiled
                continue
            if score > 0 and ways[i] & 1:
                if count < out.shape[0]:
                    out[count, 0], out[count, 1], out[count, 2] = name, first, second
                count += 1
            if score < 0 and ways[i] & 2:
                if count < out.shape[0]:
                    out[count, 0], out[count, 1], out[count, 2] = name, second, first
                count += 1
    return count
