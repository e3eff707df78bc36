"""The best analogies of a whole space, ? : ? :: ? : ?, in parts that need not know each other.

An analogy can be told in four ways (``analogy.TURNS``), and exactly one of them has its lowest
row as A. So the space is cut into runs of rows: a part meets every analogy whose lowest row
lies in its run, no two parts meet the same one, and together they meet all. What they share is
a threshold: the k-th best score known anywhere. It only rises, and handing an old one to a
part costs time, never a hit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy import containing
from gene_tui.engines.analogy.best import Best
from gene_tui.engines.analogy.engine import AnalogyEngine
from gene_tui.engines.analogy.field import Field, Task
from gene_tui.engines.analogy.ground import Limits
from gene_tui.engines.found import Found, stopped
from gene_tui.engines.pool import run_blocks, single_threaded_blas
from gene_tui.errors import Cancelled, UsageError
from gene_tui.model.options import DEFAULT_CAP
from gene_tui.run import QUIET, Progress, Run
from gene_tui.spaces.derive import geometry_of
from gene_tui.spaces.geometry import Geometry
from gene_tui.spaces.space import LARGE

#: Pairs A, B of the first part, about: a part is a minute's work at most.
_PAIRS = 50_000
#: Seconds between two reports of the best hits so far.
_PAUSE = 0.5
#: What is being done, for progress.
STAGE = "analogies of the whole space"


class Part(NamedTuple):
    """Rows ``start`` to ``stop`` as A, each with the rows behind it as B, C and D."""

    start: int
    stop: int

    def work(self, n: int) -> int:
        """Pairs A, B of this part times the rows that are looked at for each."""
        return (self.stop - self.start) * (n - self.start) ** 2

    def pairs(self, n: int) -> int:
        """Pairs A, B of this part."""
        return sum(n - 1 - a for a in range(*self))


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
    def of(cls, vectors: Matrix, geometry: Geometry | None = None, *, run: Run = QUIET) -> Grounds:
        """Of (n, d) float32 vectors; their shape is computed where it is not given.

        Raises:
            UsageError: too many rows. Cancelled: while the shape was computed.
        """
        parts_of(len(vectors))
        if geometry is None:
            geometry = geometry_of(vectors, spread=run_blocks, run=run)
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
    rows: Rows | None = None,
    risen: Callable[[], None] | None = None,
    run: Run = QUIET,
) -> None:
    """Offer every analogy of a part to ``best`` that can be among its k best.

    Args:
        best: takes hits of four rows, the lowest first.
        cap: hits whose A·C or B·D cosine exceeds it are left out.
        rows: those that may stand in an analogy, ascending; the part counts among them. None
            for all.
        risen: called now and then when ``best`` may have risen.

    Raises:
        Cancelled: the user stopped it; ``best`` then holds the best so far.
    """
    if rows is None:
        rows = np.arange(len(grounds.engine.vectors))
    # Rows before the part are in none of its analogies; without them all else is smaller.
    field = Field.of(grounds.engine.vectors, grounds.shape, rows[part.start :])
    tasks = [
        Task.of(field, a, grounds.engine.ground.row(a), cap, field.rows > a)
        for a in rows[part.start : part.stop].tolist()
    ]
    containing.search(field, tasks, best, risen=risen, run=run)


def in_order(parts: list[Part]) -> list[int]:
    """Places of the parts, shuffled: some from everywhere first raise the threshold for all."""
    order: list[int] = np.random.default_rng(0).permutation(len(parts)).tolist()
    return order


def best_of_all(engine: AnalogyEngine, limits: Limits, *, run: Run = QUIET) -> Found:
    """``? : ? :: ? : ?`` in this process: hits of four rows, the lowest first, each told once.

    When stopped it hands back the best so far (``complete`` False).

    Args:
        run: given the best so far, now and then, in the calling thread.

    Raises:
        NoAnswer: fewer than four genes. UsageError: too many of them.
        Cancelled: nothing was found yet.
    """
    ground = engine.ground
    ground.distinct(())
    allowed = ground.candidates(limits)
    method = "bounded search for every A and B, float64 scores"
    if limits.candidates is None:
        # The engine's own rows are scaled; so is the shape it knows.
        vectors, shape = engine.vectors, ground.shape
    else:
        vectors, shape = engine.vectors[allowed], None
    grounds = Grounds.of(vectors, shape, run=run)
    ended = False

    def answer(best: Best, complete: bool) -> Found:
        rows, scores = best.hits()
        return Found(allowed[rows], scores, complete, complete, method)

    def one_search(k: int, left_out: Rows) -> tuple[Rows, Floats]:
        nonlocal ended
        best = Best(k, 4)

        def tell() -> None:
            # Under --per-gene the best so far may still be left out.
            if run.found is not None and limits.per_gene is None:
                run.found(answer(best, complete=False))

        if not ended:
            rows = np.flatnonzero(~np.isin(allowed, left_out))
            try:
                _all_parts(grounds, rows, best, limits.cap, tell, run)
            except Cancelled:
                ended = True
        known = answer(best, complete=True)
        return known.rows, known.scores

    whole = ground.limited(one_search, limits, 4, "cosine", method)
    return stopped(whole) if ended else whole


def _all_parts(
    grounds: Grounds, rows: Rows, best: Best, cap: float | None, tell: Callable[[], None], run: Run
) -> None:
    """Search part after part of some rows, with one threshold for all."""
    parts = parts_of(len(rows))
    total = sum(part.pairs(len(rows)) for part in parts)
    done, last, seen = 0, -np.inf, (-np.inf, 0)

    def risen() -> None:
        nonlocal last, seen
        if time.monotonic() - last <= _PAUSE:
            return
        # As long as there are fewer than k hits, it is their number that rises.
        reached = best.threshold, len(best.hits()[0])
        if reached > seen:
            last, seen = time.monotonic(), reached
            tell()

    run.report(Progress(STAGE, 0, total))
    for place in in_order(parts):
        part = parts[place]
        search(grounds, part, best, cap, rows=rows, risen=risen, run=run.muted())
        done += part.pairs(len(rows))
        run.report(Progress(STAGE, done, total))
        risen()
