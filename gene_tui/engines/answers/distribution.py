"""How the scores of all pairs of a space are distributed, without holding n × n numbers."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Rows
from gene_tui.engines.pool import run_blocks
from gene_tui.engines.similarity import TILE, Similarity
from gene_tui.model.result import Distribution
from gene_tui.run import QUIET, Progress, Run

BINS = 40


def of_scores(scores: Floats) -> Distribution:
    """The distribution of given scores, (m,) finite, m ≥ 1."""
    low, high = float(scores.min()), float(scores.max())
    counts, edges = np.histogram(scores, BINS, (low, max(high, low + 1e-9)))
    return Distribution(
        mean=float(scores.mean()),
        sd=float(scores.std()),
        min=low,
        max=high,
        pairs=len(scores),
        histogram=tuple(counts.tolist()),
        edges=tuple(edges.tolist()),
    )


def of_all_pairs(
    engine: Similarity, candidates: Rows | None, *, run: Run = QUIET
) -> Distribution | None:
    """Mean, standard deviation, extremes and histogram over all pairs, each once.

    Floats are float32 products; sums are float64. By cosine, rows of length 0 are left out.
    None when there are no two rows.
    """
    rows = np.arange(len(engine.vectors)) if candidates is None else candidates
    if engine.metric == "cosine":
        rows = rows[engine.norms[rows] > 0]
    if len(rows) < 2:
        return None
    # By cosine scores span [-1, 1]; no distance exceeds the two longest vectors end to end.
    low = (
        -1.0
        if engine.metric == "cosine"
        else float(engine.restored(-2.0 * engine.norms[rows].max()))
    )
    high = 1.0 if engine.metric == "cosine" else 0.0
    totals = _Totals(low, high if high > low else low + 1e-9)
    starts = range(0, len(rows), TILE)
    tiles = [(i, j) for i in starts for j in starts if i <= j]

    def add(tile: tuple[int, int]) -> None:
        first, second = rows[tile[0] : tile[0] + TILE], rows[tile[1] : tile[1] + TILE]
        scores = engine.tile_scores(first, second)
        if tile[0] == tile[1]:
            totals.add(scores[np.triu_indices(len(first), 1)])
        else:
            totals.add(scores.ravel())

    for done, _ in enumerate(run_blocks(add, tiles, cancelled=run.cancelled), start=1):
        run.report(Progress("distribution of all pairs", done, len(tiles)))
    return totals.finish()


class _Totals:
    """Running sums of all threads."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high
        self._lock = threading.Lock()
        self._count, self._sum, self._squares = 0, 0.0, 0.0
        self._min, self._max = np.inf, -np.inf
        self._histogram = np.zeros(BINS, dtype=np.int64)

    def add(self, scores: npt.NDArray[np.float32]) -> None:
        if not len(scores):
            return
        total = float(scores.sum(dtype=np.float64))
        squares = float(np.einsum("i,i->", scores, scores, dtype=np.float64))
        places = ((scores - self._low) * (BINS / (self._high - self._low))).astype(np.int64)
        counts = np.bincount(np.clip(places, 0, BINS - 1, out=places), minlength=BINS)
        low, high = float(scores.min()), float(scores.max())
        with self._lock:
            self._count += len(scores)
            self._sum += total
            self._squares += squares
            self._min, self._max = min(self._min, low), max(self._max, high)
            self._histogram += counts

    def finish(self) -> Distribution:
        mean = self._sum / self._count
        variance = max(self._squares / self._count - mean**2, 0.0)
        return Distribution(
            mean=mean,
            sd=variance**0.5,
            min=self._min,
            max=self._max,
            pairs=self._count,
            histogram=tuple(self._histogram.tolist()),
            edges=tuple(np.linspace(self._low, self._high, BINS + 1).tolist()),
        )
