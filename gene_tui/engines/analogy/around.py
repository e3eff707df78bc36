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
from gene_tui.engines.analogy.jit import LARGEST, compiled
from gene_tui.engines.analogy.tiles import _larger

Bytes = npt.NDArray[np.int8]


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
                least = _larger(least, -of_all[x])
            for x in range(len(of_some)):
                most = _larger(most, of_some[x])
            low[i, group], high[i, group] = least, most
        over = np.float32(1.0) / steps[i]
        for x in range(rough.shape[1]):
            bits = _larger(allowed[i, x] * over, np.float32(-126.0))
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
        most = _larger(most, low[group] + high[group] - scaled * _larger(length, near[group]))
    return most


@compiled("float32(float32[::1], int8[::1], float32[::1], float32, float32)", LARGEST)
def _most_of_rows(
    products: Floats32, rough: Bytes, apart: Floats32, step: np.float32, scaled: np.float32
) -> Any:
    most = np.float32(-np.inf)
    for x in range(len(products)):
        most = _larger(most, step * np.float32(rough[x]) - products[x] - scaled * apart[x])
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
    "UniTuple(int64, 2)(int64, int64, float32[:, ::1], float32[:, ::1], float32[:, ::1],"
    " float32[::1], int8[:, ::1], float32[::1], int64[::1], float32[::1], float32[::1],"
    " float32[::1], uint8[::1], float32[::1], float32[:, ::1], float32, float32, float32,"
    " int32[:, ::1], int32[:, ::1])"
)
def triples_of(
    a: int,
    c_start: int,
    products: Floats32,
    low: Floats32,
    high: Floats32,
    highest: Floats32,
    rough: Bytes,
    steps: Floats32,
    starts: Rows,
    of_a: Floats32,
    apart: Floats32,
    near: Floats32,
    may_c: npt.NDArray[np.uint8],
    lengths: Floats32,
    centred: Floats32,
    longest: np.float32,
    gamma: np.float32,
    threshold: np.float32,
    out: Rows32,
    short: Rows32,
) -> tuple[int, int]:
    """Write (B, C, D), |C − D| ≤ |A − B|, that can score ``threshold`` or more, for some C.

    Returns how many, and how many (C, D) were written to ``short``: pairs so close to each
    other that bounds on them mean little. What has no room is counted only.

    Args:
        products: (h, n), of the C with all rows, from row ``c_start`` on.
        low: (h, groups), of the C. high: (n, groups); both of ``groups_of``.
        highest: (n,), largest of ``high``, −inf for A's row, which cannot be D.
        rough: (n, n) or (n, 0). steps: (n,).
        of_a: (n,), A · x. apart: (n,), lower bounds of |A − x|. near: (groups,), the least of
            them but A's own.
    """
    n = products.shape[1]
    margin = np.empty(n, dtype=np.float32)
    error = gamma * (lengths[a] + longest)
    half = gamma * np.float32(0.5)
    count, shorts = 0, 0
    for i in range(products.shape[0]):
        c = c_start + i
        if may_c[c] == 0:
            continue
        length = lengths[c]
        most = np.float32(-np.inf)
        for group in range(low.shape[1]):
            most = max(most, low[i, group])
        _margins(
            products[i],
            of_a,
            lengths,
            highest,
            of_a[c] + most,
            length,
            error,
            half,
            threshold,
            margin,
        )
        for d in range(n):
            if margin[d] < np.float32(0.0) or d == a or d == c:  # noqa: SIM109 - compiled
                continue
            size = length + lengths[d]
            square = length * length + lengths[d] * lengths[d] - np.float32(2.0) * products[i, d]
            # Also where the last of 8 bits is much of what a B may miss.
            if square < np.float32(16.0) * gamma * size * size + np.float32(1e-30) or (
                square < np.float32(100.0) * steps[d] * steps[d] / (longest * longest)
            ):
                if shorts < short.shape[0]:
                    short[shorts, 0], short[shorts, 1] = c, d
                shorts += 1
                continue
            e = np.sqrt(square - half * size * size)
            scaled = threshold * e
            need = of_a[d] - of_a[c] - error * size
            if _most_of_groups(low[i], high[d], near, e, scaled) < need:
                continue
            for group in range(low.shape[1]):
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
                    if b == a or b == c or b == d:  # noqa: SIM109 - compiled
                        continue
                    total = np.float32(0.0)
                    for column in range(centred.shape[1]):
                        total += centred[b, column] * centred[d, column]
                    if total < least:
                        continue
                    if count < out.shape[0]:
                        out[count, 0], out[count, 1], out[count, 2] = b, c, d
                    count += 1
    return count, shorts
