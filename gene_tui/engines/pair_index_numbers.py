"""How an all-pairs index numbers its vectors, and what the vectors are.

Pair (i, j), i < j, of n rows has the number it gets when the upper triangle is read row by
row: (0,1), (0,2) … (0,n-1), (1,2) … Its vector is the unit offset (V_i - V_j)/|V_i - V_j|, or
in an index of sums (V_i + V_j)/|V_i + V_j|; zeros where that has no direction.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]


def pair_count(n: int) -> int:
    """n(n-1)/2."""
    return n * (n - 1) // 2


def rows_of(count: int) -> int | None:
    """The n with n(n-1)/2 = count, at least 2; None where no n has."""
    if count < 1:
        return None
    n = (1 + math.isqrt(1 + 8 * count)) // 2
    return n if pair_count(n) == count else None


def row_starts(n: int) -> Int:
    """(n,) int64: the number of the first pair of each row; the last row has none."""
    i: Int = np.arange(n, dtype=np.int64)
    starts: Int = i * n - i * (i + 1) // 2
    return starts


def pair_numbers(i: Int | int, j: Int | int, n: int) -> Int:
    """Numbers of the pairs (i, j), i < j; either may be one row for all."""
    first, second = np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64)
    numbers: Int = first * n - first * (first + 1) // 2 + (second - first - 1)
    return numbers


def pairs_of(numbers: Int, n: int) -> tuple[Int, Int]:
    """Rows (i, j), i < j, of pair numbers. Exact: by bisection, without a square root."""
    numbers = np.asarray(numbers, dtype=np.int64)
    starts = row_starts(n)[: n - 1]
    i = np.searchsorted(starts, numbers, side="right").astype(np.int64) - 1
    return i, numbers - starts[i] + i + 1


def numbers_touching(row: int, n: int) -> Int:
    """Numbers of the n-1 pairs that contain ``row``."""
    below = np.arange(row, dtype=np.int64)
    above = np.arange(row + 1, n, dtype=np.int64)
    return np.concatenate([pair_numbers(below, row, n), pair_numbers(row, above, n)])


def offsets(vectors: Matrix, i: Int, j: Int, *, sum: bool) -> npt.NDArray[np.float64]:
    """V_i - V_j, or V_i + V_j, in float64: (m, d)."""
    left, right = vectors[i].astype(np.float64), vectors[j].astype(np.float64)
    return left + right if sum else left - right


def unit(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rows at length 1; zero rows stay zero.

    The square of the smallest float32 difference is far from vanishing in float64, so a row's
    length is zero only where the row is.
    """
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float64)


def unit_offsets(vectors: Matrix, i: Int, j: Int, *, sum: bool) -> Matrix:
    """What the index stores for the pairs (i, j): (m, d) float32."""
    return unit(offsets(vectors, i, j, sum=sum)).astype(np.float32)
