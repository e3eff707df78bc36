"""Compiled loops for A : ? where C and D lie closer to each other than A and B.

Then the question is asked from C and D: with e = C − D, B must have

    A · e − B · e ≥ t · |e| · |A − B|,    |A − B| ≥ |e|.

B are in groups of rows that lie in one direction. For each row and group two numbers are kept,
the largest of −x · B and of x · B over those B that the cap allows; they bound the left side for
a whole group, and with all groups taken together for all B. What is left is looked at B by B:
x · B is known in 8 bits, rounded up, and multiplied out where that is not enough.

Serial and without the GIL; see ``compiled.py``, and ``tiles.py`` for the room left for float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats32, Rows, Rows32
from gene_tui.engines.analogy.jit import LARGEST, compiled, larger

Bytes = npt.NDArray[np.int8]

#: D that are gone through for all C before the next are.
TOGETHER = 16


@compiled(
    "void(float32[:, ::1], float32[:, ::1], int64[::1], float32[::1], float32[:, ::1],"
    " float32[:, ::1], int8[:, ::1])",
    LARGEST,
)
def groups_of(
    products: Floats32,
    allowed: Floats32,
    starts: Rows,
    steps: Floats32,
    low: Floats32,
    high: Floats32,
    rough: Bytes,
) -> None:
    """For some rows: the largest −x · B and allowed x · B of every group, and all in 8 bits.

    Args:
        products, allowed: (h, n), of a ``gram.Panel``.
        starts: (groups + 1,). steps: (h,), what the last bit counts; 127 of it are enough.
        low, high: (h, groups). rough: (h, n), or of no columns.
    """
    for i in range(products.shape[0]):
        for group in range(low.shape[1]):
            of_all = products[i, starts[group] : starts[group + 1]]
            of_some = allowed[i, starts[group] : starts[group + 1]]
            least, most = np.float32(-np.inf), np.float32(-np.inf)
            for x in range(len(of_all)):
                least = larger(least, -of_all[x])
            for x in range(len(of_some)):
                most = larger(most, of_some[x])
            low[i, group], high[i, group] = least, most
        over = np.float32(1.0) / steps[i]
        for x in range(rough.shape[1]):
            bits = larger(allowed[i, x] * over, np.float32(-126.0))
            rough[i, x] = np.int8(np.int32(np.floor(bits)) + 1)


@compiled(
    "float32(float32[::1], float32[::1], float32[::1], float32, float32)",
    LARGEST,
)
def _most_of_groups(
    low: Floats32, high: Floats32, near: Floats32, length: np.float32, scaled: np.float32
) -> Any:
    most = np.float32(-np.inf)
    for group in range(len(low)):
        most = larger(most, low[group] + high[group] - scaled * larger(length, near[group]))
    return most


@compiled("float32(float32[::1], int8[::1], float32[::1], float32, float32)", LARGEST)
def _most_of_rows(
    products: Floats32, rough: Bytes, apart: Floats32, step: np.float32, scaled: np.float32
) -> Any:
    most = np.float32(-np.inf)
    for x in range(len(products)):
        most = larger(most, step * np.float32(rough[x]) - products[x] - scaled * apart[x])
    return most


@compiled(
    "void(float32[::1], float32[::1], float32[::1], float32[::1], float32, float32, float32,"
    " float32, float32, float32[::1])"
)
def _margins(
    products: Floats32,
    of_a: Floats32,
    lengths: Floats32,
    high: Floats32,
    most: np.float32,
    length: np.float32,
    error: np.float32,
    half: np.float32,
    threshold: np.float32,
    out: Floats32,
) -> None:
    for d in range(len(out)):
        size = length + lengths[d]
        square = length * length + lengths[d] * lengths[d] - np.float32(2.0) * products[d]
        out[d] = most - of_a[d] + high[d] + error * size - threshold * (square - half * size * size)


@compiled(
    "UniTuple(int64, 2)(int64, int64, int64, int64, float32[:, ::1], float32[:, ::1],"
    " float32[:, ::1], float32[:, ::1], float32[:, ::1], float32[::1], int8[:, ::1],"
    " float32[::1], int64[::1], int64[::1], float32[::1], float32[::1], float32[::1],"
    " float32[::1], uint8[::1], float32[::1], float32[:, ::1], float32, float32, float32,"
    " int32[:, ::1], int32[:, ::1])"
)
def triples_of(
    a: int,
    c_start: int,
    d_start: int,
    d_stop: int,
    products: Floats32,
    low: Floats32,
    high: Floats32,
    low_over: Floats32,
    high_over: Floats32,
    highest: Floats32,
    rough: Bytes,
    steps: Floats32,
    starts: Rows,
    over: Rows,
    of_a: Floats32,
    apart: Floats32,
    near: Floats32,
    near_over: Floats32,
    may_c: npt.NDArray[np.uint8],
    lengths: Floats32,
    centred: Floats32,
    longest: np.float32,
    gamma: np.float32,
    threshold: np.float32,
    out: Rows32,
    close: Rows32,
) -> tuple[int, int]:
    """Write (B, C, D), |C − D| ≤ |A − B|, that can score ``threshold`` or more, for some C and D.

    Returns how many, and how many (C, D) were written to ``close``: pairs so close to each
    other that bounds on them mean little. What has no room is counted only.

    Args:
        products: (h, n), of the C with all rows, from row ``c_start`` on.
        d_start, d_stop: of the D.
        low: (h, groups), of the C. high: (n, groups); both of ``groups_of``.
        highest: (n,), largest of ``high``, −inf for A's row, which cannot be D.
        rough: (n, n) or (n, 0). steps: (n,).
        of_a: (n,), A · x. apart: (n,), lower bounds of |A − x|, of A itself ∞. near: (groups,),
            the least of them.
        low_over, high_over, near_over: the same for groups of groups; ``over`` tells where in
            the groups these begin.
    """
    margin = np.empty((products.shape[0], d_stop - d_start), dtype=np.float32)
    error = gamma * (lengths[a] + longest)
    half = gamma * np.float32(0.5)
    count, closer = 0, 0
    for i in range(products.shape[0]):
        most = np.float32(-np.inf)
        for group in range(low_over.shape[1]):
            most = max(most, low_over[i, group])
        _margins(
            products[i, d_start:d_stop],
            of_a[d_start:d_stop],
            lengths[d_start:d_stop],
            highest[d_start:d_stop],
            of_a[c_start + i] + most,
            lengths[c_start + i],
            error,
            half,
            threshold,
            margin[i],
        )
    # What is known of a D is scattered; C next to each other ask for much the same of it.
    for begin in range(d_start, d_stop, TOGETHER):
        for i in range(products.shape[0]):
            c = c_start + i
            if may_c[c] == 0:
                continue
            length = lengths[c]
            for d in range(begin, min(begin + TOGETHER, d_stop)):
                if margin[i, d - d_start] < np.float32(0.0) or d == a or d == c:  # noqa: SIM109 - compiled
                    continue
                size = length + lengths[d]
                square = length * length + lengths[d] * lengths[d]
                square -= np.float32(2.0) * products[i, d]
                # Also where the last of 8 bits is much of what a B may miss.
                if square < np.float32(16.0) * gamma * size * size + np.float32(1e-30) or (
                    square < np.float32(100.0) * steps[d] * steps[d] / (longest * longest)
                ):
                    if closer < close.shape[0]:
                        close[closer, 0], close[closer, 1] = c, d
                    closer += 1
                    continue
                e = np.sqrt(square - half * size * size)
                scaled = threshold * e
                need = of_a[d] - of_a[c] - error * size
                if _most_of_groups(low_over[i], high_over[d], near_over, e, scaled) < need:
                    continue
                if _most_of_groups(low[i], high[d], near, e, scaled) < need:
                    continue
                for above in range(low_over.shape[1]):
                    bound = low_over[i, above] + high_over[d, above]
                    if bound - scaled * max(e, near_over[above]) < need:
                        continue
                    for group in range(over[above], over[above + 1]):
                        bound = low[i, group] + high[d, group]
                        if bound - scaled * max(e, near[group]) < need:
                            continue
                        start, stop = starts[group], starts[group + 1]
                        if rough.shape[1] > 0 and (
                            _most_of_rows(
                                products[i, start:stop],
                                rough[d, start:stop],
                                apart[start:stop],
                                steps[d],
                                scaled,
                            )
                            < need
                        ):
                            continue
                        for b in range(start, stop):
                            least = need + products[i, b] + scaled * apart[b]
                            if high[d, group] < least or apart[b] < e * np.float32(0.999):
                                continue
                            if rough.shape[1] > 0 and steps[d] * np.float32(rough[d, b]) < least:
                                continue
                            if b == c or b == d:  # noqa: SIM109 - compiled
                                continue
                            total = np.float32(0.0)
                            for column in range(centred.shape[1]):
                                total += centred[b, column] * centred[d, column]
                            if total < least:
                                continue
                            if count < out.shape[0]:
                                out[count, 0], out[count, 1], out[count, 2] = b, c, d
                            count += 1
    return count, closer


@compiled("float32(float32[::1], float32[::1], float32[::1], float32, float32)", LARGEST)
def _most_either_way(
    products: Floats32, slack: Floats32, apart: Floats32, of_a: np.float32, threshold: np.float32
) -> Any:
    most = np.float32(-np.inf)
    for x in range(len(products)):
        most = larger(most, np.abs(of_a - products[x]) + slack[x] - threshold * apart[x])
    return most


@compiled(
    "int64(int64, int32[:, ::1], uint8[::1], float32[:, ::1], float32[::1], float32[::1],"
    " float32[::1], float32, int32[:, ::1])"
)
def close_triples_of(
    a: int,
    pairs: Rows32,
    ways: npt.NDArray[np.uint8],
    products: Floats32,
    slack: Floats32,
    apart: Floats32,
    lengths: Floats32,
    threshold: np.float32,
    out: Rows32,
) -> int:
    """The same for pairs with products of their own; returns how many.

    Args:
        pairs: (h, 2). ways: (h,), 1 where the first may be C, 2 where the second may, 3 both.
        products: (h, n), of the unit offset, first less second, with all rows.
        slack: (n,), what such a product and A's may be off.
        lengths: (h,), lower bounds of the offsets' lengths.
    """
    count = 0
    for i in range(products.shape[0]):
        of_a = products[i, a]
        if _most_either_way(products[i], slack, apart, of_a, threshold) < np.float32(0.0):
            continue
        first, second = pairs[i, 0], pairs[i, 1]
        for b in range(products.shape[1]):
            rise = of_a - products[i, b]
            least = threshold * apart[b] - slack[b]
            if abs(rise) < least or apart[b] < lengths[i]:
                continue
            if b == first or b == second:  # noqa: SIM109 - compiled
                continue
            if rise >= least and ways[i] & 1:
                if count < out.shape[0]:
                    out[count, 0], out[count, 1], out[count, 2] = b, first, second
                count += 1
            if -rise >= least and ways[i] & 2:
                if count < out.shape[0]:
                    out[count, 0], out[count, 1], out[count, 2] = b, second, first
                count += 1
    return count
