"""What an engine hands back: rows and scores, nothing about names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Rows
from gene_tui.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first; equal scores (to 12 digits) in row order.

    Attributes:
        rows: (h, slots) int64, the rows that fill the ``?``, left to right.
        scores: (h,) float64; finite.
        exact: every hit and its place is certain.
        complete: False when stopped early; then the best so far.
        method: how, in a few words.
        notes: what the reader should know, one sentence each.
    """

    rows: Rows
    scores: Floats
    exact: bool = True
    complete: bool = True
    method: str = ""
    notes: tuple[str, ...] = field(default=())


def stopped(whole: Found) -> Found:
    """The answer of a search that was stopped: the best so far, and it says so.

    Raises:
        Cancelled: nothing was found yet.
    """
    if not len(whole.rows):
        raise Cancelled()
    notes = ("stopped early: these are the best hits so far", *whole.notes)
    return replace(whole, exact=False, complete=False, notes=notes)


def order(scores: Floats, rows: Rows) -> npt.NDArray[np.int64]:
    """Indices that put hits best first: score rounded to 12 digits, then rows, ascending.

    Args:
        scores: (h,). rows: (h, slots).
    """
    keys = [rows[:, place] for place in reversed(range(rows.shape[1]))]
    return np.lexsort([*keys, -np.round(scores, 12)])
