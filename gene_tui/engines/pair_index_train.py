"""Training an index on a sample of pairs: where its lists' centres are, and how it codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.engines.pair_index_faiss import faiss
from gene_tui.engines.pair_index_numbers import Matrix, pairs_of, unit_offsets
from gene_tui.engines.pair_index_plan import Plan
from gene_tui.engines.pool import run_blocks
from gene_tui.errors import UsageError
from gene_tui.progress import IsCancelled, Progress, Report, check

ITERATIONS = 10
#: Vectors that train the codes, once the lists are there.
CODE_SAMPLE = 1 << 15
_BLOCK = 1024


def sample_pairs(
    vectors: Matrix, count: int, *, sum: bool, seed: int, cancelled: IsCancelled
) -> Matrix:
    """Unit offsets of ``count`` pairs drawn with a seed, those without direction left out.

    Returns:
        (m, d) float32, m <= count.

    Raises:
        UsageError: no pair drawn has a direction.
    """
    n, d = vectors.shape
    total = n * (n - 1) // 2
    rng = np.random.default_rng(seed)
    # All of them, or draws that may repeat: among this many a repetition changes nothing.
    numbers = np.arange(total) if count >= total else np.sort(rng.integers(0, total, count))
    sample = np.empty((numbers.size, d), dtype=np.float32)
    kept = 0
    for start in range(0, numbers.size, _BLOCK):
        check(cancelled)
        i, j = pairs_of(numbers[start : start + _BLOCK], n)
        rows = unit_offsets(vectors, i, j, sum=sum)
        rows = rows[rows.any(axis=1)]
        sample[kept : kept + len(rows)] = rows
        kept += len(rows)
    if not kept:
        raise UsageError("no pair of this space has a direction: all vectors are equal")
    sample = sample[:kept]
    rng.shuffle(sample)
    return sample


def train(plan: Plan, sample: Matrix, *, seed: int, report: Report, cancelled: IsCancelled) -> Any:
    """A trained, empty FAISS index for ``plan``.

    Raises:
        Cancelled: between two blocks of clustering.
    """
    module = faiss()
    index = module.index_factory(plan.d, plan.factory, module.METRIC_INNER_PRODUCT)
    if not plan.nlist:
        return index
    index.quantizer.add(cluster(sample, plan.nlist, seed=seed, report=report, cancelled=cancelled))
    report(Progress("training the codes"))
    check(cancelled)
    if hasattr(index, "do_polysemous_training"):
        # It orders the codes for comparing their bits, which nothing here does, and is slow.
        index.do_polysemous_training = False
    index.train(sample[:CODE_SAMPLE])  # the lists have their centres, so this is the codes only
    index.nprobe = plan.nprobe
    return index


def cluster(
    sample: Matrix, count: int, *, seed: int, report: Report, cancelled: IsCancelled
) -> Matrix:
    """Centres of ``count`` clusters by spherical k-means, unit length: (count, d) float32."""
    rng = np.random.default_rng(seed + 1)
    centres = sample[np.sort(rng.choice(len(sample), count, replace=len(sample) < count))].copy()
    starts = range(0, len(sample), _BLOCK)
    steps = ITERATIONS * len(starts)
    labels = np.empty(len(sample), dtype=np.int64)

    def nearest(start: int) -> int:
        block = sample[start : start + _BLOCK]
        labels[start : start + _BLOCK] = (block @ centres.T).argmax(axis=1)
        return start

    for iteration in range(ITERATIONS):
        for done, _ in enumerate(run_blocks(nearest, starts, cancelled=cancelled), start=1):
            report(Progress("finding lists", iteration * len(starts) + done, steps))
        centres = _means(sample, labels, centres, rng, cancelled)
    return centres


def _means(
    sample: Matrix,
    labels: npt.NDArray[np.int64],
    centres: Matrix,
    rng: np.random.Generator,
    cancelled: IsCancelled,
) -> Matrix:
    """The clusters' mean directions; an empty cluster starts again at some vector."""
    sums = np.zeros(centres.shape, dtype=np.float64)
    for start in range(0, len(sample), _BLOCK):
        check(cancelled)
        block = labels[start : start + _BLOCK]
        order = np.argsort(block, kind="stable")
        present, first = np.unique(block[order], return_index=True)
        rows = sample[start : start + _BLOCK][order].astype(np.float64)
        sums[present] += np.add.reduceat(rows, first, axis=0)
    lengths = np.linalg.norm(sums, axis=1)
    empty = np.flatnonzero(lengths == 0)
    sums[empty] = sample[rng.integers(0, len(sample), empty.size)]
    lengths[empty] = 1.0
    return np.ascontiguousarray(sums / lengths[:, None], dtype=np.float32)
