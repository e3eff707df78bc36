"""Products of all rows with a few vectors, in float64, without a float64 copy of the space."""

from __future__ import annotations

import numpy as np

from gene_tui.arrays import Floats, Matrix
from gene_tui.engines.pool import run_blocks

#: Rows converted to float64 at a time: stays in a core's cache at any usual width.
_ROWS = 512
#: Rows in one piece of work for the pool.
_PIECE = 4096


def products(vectors: Matrix, columns: Floats) -> Floats:
    """``vectors @ columns``: (n, d) float32 by (d, c) float64, (n, c) float64."""
    result = np.empty((len(vectors), columns.shape[1]))

    def work(start: int) -> None:
        stop = min(start + _PIECE, len(vectors))
        for begin in range(start, stop, _ROWS):
            part = slice(begin, min(begin + _ROWS, stop))
            result[part] = vectors[part].astype(np.float64) @ columns

    for _ in run_blocks(work, range(0, len(vectors), _PIECE)):
        pass
    return result


def products32(vectors: Matrix, columns: Floats) -> Floats:
    """The same of float32 products, off by at most ``exact.gamma(d)`` |x| |column|; (n, c)
    float64."""
    short = np.ascontiguousarray(columns.T, dtype=np.float32)
    result = np.empty((len(vectors), len(short)), dtype=np.float32)

    def work(start: int) -> None:
        part = slice(start, start + _PIECE)
        for place, column in enumerate(short):
            result[part, place] = vectors[part] @ column

    for _ in run_blocks(work, range(0, len(vectors), _PIECE)):
        pass
    return result.astype(np.float64)


def squared_lengths(vectors: Matrix) -> Floats:
    """|x_i|², (n,) float64."""
    result = np.empty(len(vectors))
    for start in range(0, len(vectors), _ROWS):
        rows = vectors[start : start + _ROWS].astype(np.float64)
        result[start : start + _ROWS] = np.einsum("ij,ij->i", rows, rows)
    return result
