"""The best analogies of a whole space, ? : ? :: ? : ?, in parts that need not know each other.

An analogy can be told in four ways (``analogy.TURNS``), and exactly one of them has its lowest
row as A. So the space is cut into runs of rows: a part meets every analogy whose lowest row
lies in its run, no two parts meet the same one, and together they meet all. What they share is
a threshold: the k-th best score known anywhere. It only rises, and handing an old one to a
part costs time, never a hit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gene_tui.engines import containing
from gene_tui.engines.analogy import AnalogyEngine
from gene_tui.engines.best import Best
from gene_tui.engines.exact import Matrix
from gene_tui.engines.field import Field, Task
from gene_tui.engines.pool import run_blocks, single_threaded_blas
from gene_tui.errors import UsageError
from gene_tui.progress import IsCancelled, Report, never, silent
from gene_tui.spaces.derive import geometry_of
from gene_tui.spaces.geometry import Geometry
from gene_tui.spaces.space import LARGE

#: The other gene of a pair may not be nearer than this cosine; without it near-copies win.
DEFAULT_CAP = 0.8
#: Pairs A, B of the first part, about: a part is a minute's work at most.
_PAIRS = 50_000


class Part(NamedTuple):
    """Rows ``start`` to ``stop`` as A, each with the rows behind it as B, C and D."""

    start: int
    stop: int

    def work(self, n: int) -> int:
        """Pairs A, B of this part times the rows that are looked at for each."""
        return (self.stop - self.start) * (n - self.start) ** 2


def parts_of(n: int, first: int | None = None) -> list[Part]:
    """Cut a space of n genes into parts of about equal work, in the order of their rows.

    The same arguments give the same parts, always: an unfinished scan relies on it.

    Args:
        first: genes of the first part; later ones have fewer rows behind them and more genes.

    Raises:
        UsageError: n is beyond what a search over all triples of each gene can do.
    """
    if n > LARGE:
        raise UsageError(
            f"? : ? goes through all analogies, too many for {n:,} genes",
            f"limit it to {LARGE:,} with --truncate",
        )
    wanted = Part(0, first or min(max(_PAIRS // max(n, 1), 3), 16)).work(n)
    parts, start = [], 0
    while start < n - 3:
        size = max(1, wanted // (n - start) ** 2)
        # What is left of the rows when it is less than half a part goes with the last one.
        stop = min(start + size, n - 3)
        if n - 3 - stop < size // 2:
            stop = n - 3
        parts.append(Part(start, stop))
        start = stop
    return parts


class SharedBest(Best):
    """The best of a part, above what is known elsewhere.

    With a threshold from elsewhere fewer than k hits may be kept, and none below it.
    """

    def __init__(self, k: int, threshold: float = -np.inf) -> None:
        """Args:
        k: at least 1. threshold: another ``Best``'s, over the same kind of hits and k.
        """
        super().__init__(k, 4)
        self.raise_to(threshold)

    def raise_to(self, threshold: float) -> None:
        """Take note of a threshold reached elsewhere."""
        with self._lock:
            self._threshold = max(self._threshold, threshold)


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """What a search over a whole space needs to know of it.

    Attributes:
        engine: answers about the space. shape: the space's shape, scaled as the engine is.
    """

    engine: AnalogyEngine
    shape: Geometry

    @classmethod
    def of(
        cls,
        vectors: Matrix,
        geometry: Geometry | None = None,
        *,
        cancelled: IsCancelled = never,
        report: Report = silent,
    ) -> Grounds:
        """Of (n, d) float32 vectors; their shape is computed where it is not given.

        Raises:
            UsageError: too many rows. Cancelled: while the shape was computed.
        """
        parts_of(len(vectors))
        if geometry is None:
            geometry = geometry_of(vectors, run=run_blocks, cancelled=cancelled, report=report)
        engine = AnalogyEngine(vectors, norms=geometry.lengths, geometry=geometry)
        shape = engine.geometry
        assert shape is not None
        return cls(engine, shape)


@single_threaded_blas()
def search(
    grounds: Grounds,
    part: Part,
    best: Best,
    cap: float | None = DEFAULT_CAP,
    *,
    cancelled: IsCancelled = never,
    report: Report = silent,
) -> None:
    """Offer every analogy of a part to ``best`` that can be among its k best.

    Args:
        best: takes hits of four rows, the lowest first.
        cap: hits whose A·C or B·D cosine exceeds it are left out.

    Raises:
        Cancelled: the user stopped it; ``best`` then holds the best so far.
    """
    n = len(grounds.engine.vectors)
    # Rows before the part are in none of its analogies; without them all else is smaller.
    field = Field.of(grounds.engine.vectors, grounds.shape, np.arange(part.start, n))
    tasks = [
        Task.of(field, a, grounds.engine.ground.row(a), cap, field.rows > a)
        for a in range(part.start, part.stop)
    ]
    containing.search(field, tasks, best, cancelled=cancelled, report=report)
