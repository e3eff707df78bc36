"""Training an index on a sample of pairs, and the two passes over all pairs that fill it.

The first finds the list of every pair: the one whose centre its offset has the largest product
with. The product of V_i - V_j with a centre is a difference of two numbers known per row, so a
pair costs one subtraction a list, not d multiplications.

The second writes the vectors. FAISS writes an IVF index as a head (sizes, centres, codebooks),
then "ilar", the number of lists, the code size and every list's size, then list after list its
codes and its numbers. Once the lists' sizes are known, so is the place of every vector. A flat
index is a head and the vectors in order.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Matrix, Rows, Rows32
from gene_tui.engines.pair_index.file import faiss
from gene_tui.engines.pair_index.plan import (
    IndexPlan,
    pair_numbers,
    pairs_of,
    row_starts,
    unit_offsets,
)
from gene_tui.engines.pair_index.workshop import BuildJob, open_for_update, write_at
from gene_tui.engines.pool import run_blocks
from gene_tui.errors import FileError, UsageError
from gene_tui.run import IsCancelled, Progress, Run, check

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


def train(plan: IndexPlan, sample: Matrix, *, seed: int, run: Run) -> Any:
    """A trained, empty FAISS index for ``plan``.

    Raises:
        Cancelled: between two blocks of clustering.
    """
    module = faiss()
    index = module.index_factory(plan.d, plan.factory, module.METRIC_INNER_PRODUCT)
    if not plan.nlist:
        return index
    index.quantizer.add(cluster(sample, plan.nlist, seed=seed, run=run))
    run.report(Progress("training the codes"))
    run.check()
    if hasattr(index, "do_polysemous_training"):
        # It orders the codes for comparing their bits, which nothing here does, and is slow.
        index.do_polysemous_training = False
    index.train(sample[:CODE_SAMPLE])  # the lists have their centres, so this is the codes only
    index.nprobe = plan.nprobe
    return index


def cluster(sample: Matrix, count: int, *, seed: int, run: Run) -> Matrix:
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
        for done, _ in enumerate(run_blocks(nearest, starts, cancelled=run.cancelled), start=1):
            run.report(Progress("finding lists", iteration * len(starts) + done, steps))
        centres = _means(sample, labels, centres, rng, run.cancelled)
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


#: Below this share of the two rows' lengths a difference of products is rounding, not signal.
_DOUBTFUL = 1e-3
#: Right rows compared at a time: so few that they stay in the cache.
_STRIPE = 32


def find_lists(job: BuildJob, centres: Matrix) -> None:
    """Write every pair's list number, tile of rows after tile of rows.

    Raises:
        Cancelled: within a tile; what was finished is remembered.
    """
    n, pairs, starts = job.plan.n, job.plan.pairs, row_starts(job.plan.n)
    # A difference is the same from any origin; from the mean row it is rounded least.
    origin = np.zeros(job.plan.d) if job.sum else job.vectors.mean(axis=0, dtype=np.float64)
    frame = _Frame(centres, origin.astype(np.float32), _exponent(job.vectors))
    first_row = int(pairs_of(np.array([job.shop.done]), n)[0][0]) if job.shop.done else 0
    lows = range(first_row, n - 1, job.budget.tile)
    tiles = [(low, min(low + job.budget.tile, n - 1)) for low in lows]
    finished: dict[int, int] = {}
    done = int(starts[first_row])

    def work(tile: tuple[int, int]) -> tuple[int, npt.NDArray[np.int32]]:
        return int(starts[tile[0]]), _Tile(job, frame, *tile).lists()

    with open_for_update(job.shop.lists) as file:
        for begin, lists in run_blocks(work, tiles, cancelled=job.run.cancelled):
            write_at(file, lists, 4 * begin)
            finished[begin] = begin + lists.size
            while done in finished:
                done = finished.pop(done)
            job.run.report(Progress("finding each pair's list", done, pairs))
            job.shop.advance("lists", done, file)
        job.shop.advance("codes", 0, file, now=True)


def _exponent(vectors: Matrix) -> int:
    """The power of two that the largest number is just below: without it nothing overflows."""
    largest = max(float(vectors.max()), -float(vectors.min()))
    return int(np.frexp(largest)[1])


@dataclass(frozen=True, slots=True)
class _Frame:
    """How rows are compared with the lists' centres.

    Attributes:
        centres: (lists, d) float32. origin: (d,) float32, taken off every row.
        exponent: rows are divided by 2 to this; products then fit float32.
    """

    centres: Matrix
    origin: npt.NDArray[np.float32]
    exponent: int

    def rows(self, vectors: Matrix) -> Matrix:
        """Rows shifted and scaled."""
        return np.ldexp(vectors, -self.exponent) - np.ldexp(self.origin, -self.exponent)


class _Tile:
    """The pairs (i, j), j > i, of rows i from ``low`` to ``high``."""

    def __init__(self, job: BuildJob, frame: _Frame, low: int, high: int) -> None:
        self.job, self.frame, self.centres = job, frame, frame.centres
        self.low, self.high, self.n = low, high, job.plan.n
        self.starts = row_starts(self.n)[low:high]
        self.begin = int(self.starts[0])
        self.out = np.empty(int(self.starts[-1]) + self.n - high - self.begin, dtype=np.int32)
        self.doubtful: list[tuple[int, Rows]] = []

    def lists(self) -> npt.NDArray[np.int32]:
        """Their list numbers, by pair number."""
        left, left_sure = self._products(self.low, self.high)
        step = max(_STRIPE, min(512, (16 << 20) // (4 * len(self.centres))))
        for first in range(self.low + 1, self.n, step):
            right, right_sure = self._products(first, min(first + step, self.n))
            if not self.job.sum:
                np.negative(right, out=right)
            for part in range(0, len(right), _STRIPE):
                self.job.run.check()
                stripe = slice(part, part + _STRIPE)
                self._compare(left, left_sure, right[stripe], right_sure[stripe], first + part)
        for i, others in self.doubtful:
            self._decide(i, others)
        return self.out

    def _products(self, low: int, high: int) -> tuple[Matrix, Matrix]:
        """Products of rows with all centres, and how large a score of theirs must be."""
        rows = self.frame.rows(self.job.vectors[low:high])
        sure = np.asarray(_DOUBTFUL * np.linalg.norm(rows, axis=1), dtype=np.float32)
        products: Matrix = rows @ self.centres.T
        return products, sure

    def _compare(
        self, left: Matrix, left_sure: Matrix, right: Matrix, right_sure: Matrix, first: int
    ) -> None:
        """Every left row with the right rows from ``first`` on that come after it."""
        scratch = np.empty_like(right)
        for i in range(self.low, min(self.high, first + len(right) - 1)):
            skip = max(0, i + 1 - first)
            scores = np.add(left[i - self.low], right[skip:], out=scratch[skip:])
            best = scores.argmax(axis=1)
            place = int(self.starts[i - self.low]) - self.begin + first + skip - i - 1
            self.out[place : place + best.size] = best
            top = scores[np.arange(best.size), best]
            unsure = np.flatnonzero(top <= left_sure[i - self.low] + right_sure[skip:])
            if unsure.size:
                self.doubtful.append((i, first + skip + unsure))

    def _decide(self, i: int, others: Rows) -> None:
        """Pairs of near-equal rows, from their offsets themselves."""
        rows = unit_offsets(self.job.vectors, np.full(others.size, i), others, sum=self.job.sum)
        numbers = pair_numbers(i, others, self.n) - self.begin
        self.out[numbers] = (rows @ self.centres.T).argmax(axis=1)


#: Pairs coded by one task.
_CHUNK = 4096

Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things are in the file.

    Attributes:
        head: what stands before the vectors.
        sizes: vectors of each list (of the only one, in a flat index).
        begins: where in the file each list begins.
        total: bytes of the whole file.
    """

    head: bytes
    sizes: Rows
    begins: Rows
    total: int


def write_codes(job: BuildJob, index: Any) -> None:
    """Lay the file out at its full size, then code the pairs and put them in place.

    Args:
        index: trained and without vectors; it loses its own (empty) lists.

    Raises:
        Cancelled: within a group of pairs; finished groups are remembered.
        FileError: the list numbers are damaged, or FAISS writes another form of file.
    """
    plan, shop = job.plan, job.shop
    layout = _lay_out(index, plan, _list_sizes(job, plan.pairs))
    with open_for_update(shop.index) as file:
        if shop.index.stat().st_size != layout.total:
            shop.done = 0
            os.truncate(file.fileno(), layout.total)
        write_at(file, np.frombuffer(layout.head, dtype=np.uint8), 0)
        cursor = _list_sizes(job, shop.done)
        for start in range(shop.done, plan.pairs, job.budget.group):
            end = min(start + job.budget.group, plan.pairs)
            lists = shop.read_lists(start, end) if plan.nlist else None
            codes = _codes(job, index, start, end, lists)
            if lists is None:
                write_at(file, codes, len(layout.head) + start * plan.code_size)
            else:
                _scatter(file, codes, lists, start, cursor, layout)
            shop.advance("codes", end, file)
        shop.advance("codes", plan.pairs, file, now=True)


def _lay_out(index: Any, plan: IndexPlan, sizes: Rows) -> _Layout:
    head = _head(index, plan, sizes)
    per_pair = plan.code_size + (8 if plan.nlist else 0)
    ends = len(head) + np.cumsum(sizes) * per_pair
    return _Layout(head, sizes, ends - sizes * per_pair, len(head) + plan.pairs * per_pair)


def _head(index: Any, plan: IndexPlan, sizes: Rows) -> bytes:
    """What FAISS writes before the vectors, with the lists' sizes put in."""
    module = faiss()
    index.ntotal = plan.pairs
    if not plan.nlist:
        # An empty flat index ends with the number of its floats, none.
        raw = module.serialize_index(index).tobytes()
        _expect(raw, struct.pack("<Q", 0))
        return bytes(raw[:-8]) + struct.pack("<Q", plan.pairs * plan.d)
    index.own_invlists = False
    index.invlists = None
    raw = module.serialize_index(index).tobytes()
    _expect(raw, b"il00")  # its mark for "no lists here"
    counts = struct.pack("<QQ4sQ", plan.nlist, plan.code_size, b"full", plan.nlist)
    return bytes(raw[:-4]) + b"ilar" + counts + sizes.astype("<u8").tobytes()


def _expect(raw: bytes, end: bytes) -> None:
    if not raw.endswith(end):
        raise FileError(
            f"FAISS {faiss().__version__} writes indexes in a form that is not known here",
            "install an earlier faiss-cpu",
        )


def _list_sizes(job: BuildJob, count: int) -> Rows:
    """How many of the first ``count`` pairs each list holds; one "list" in a flat index."""
    if not job.plan.nlist:
        return np.array([count], dtype=np.int64)
    damaged = FileError(f"{job.shop.lists} is damaged", f"delete {job.shop.folder} to start over")
    sizes = np.zeros(job.plan.nlist, dtype=np.int64)
    for start in range(0, count, 1 << 22):
        job.run.check()
        lists = job.shop.read_lists(start, min(start + (1 << 22), count))
        if lists.size and not (lists.min() >= 0 and lists.max() < sizes.size):
            raise damaged
        sizes += np.bincount(lists, minlength=sizes.size)
    if int(sizes.sum()) != count:
        raise damaged
    return sizes


def _codes(job: BuildJob, index: Any, start: int, end: int, lists: Rows32 | None) -> Codes:
    """Codes of pairs start to end: (end - start, code size); float32 without lists."""
    module = faiss()
    codes = np.empty((end - start, job.plan.code_size), dtype=np.uint8)

    def work(low: int) -> int:
        module.omp_set_num_threads(1)  # the pool's threads share the work already
        high = min(low + _CHUNK, end)
        i, j = pairs_of(np.arange(low, high), job.plan.n)
        rows = unit_offsets(job.vectors, i, j, sum=job.sum)
        part = codes[low - start : high - start]
        if lists is None:
            part[:] = rows.view(np.uint8)
        else:
            numbers = lists[low - start : high - start].astype(np.int64)
            pointers = [module.swig_ptr(array) for array in (rows, numbers, part)]
            index.encode_vectors(high - low, *pointers)
        return high - low

    done = start
    for count in run_blocks(work, range(start, end, _CHUNK), cancelled=job.run.cancelled):
        done += count
        job.run.report(Progress("coding pairs", done, job.plan.pairs))
    return codes


def _scatter(
    file: BinaryIO, codes: Codes, lists: Rows32, start: int, cursor: Rows, layout: _Layout
) -> None:
    """Put one group's codes and numbers where their lists are; ``cursor`` moves on."""
    size = codes.shape[1]
    order = np.argsort(lists, kind="stable")
    present, first = np.unique(lists[order], return_index=True)
    bounds = [*first.tolist(), lists.size]
    for place, number in enumerate(present.tolist()):
        members = order[bounds[place] : bounds[place + 1]]
        at, begin = int(cursor[number]), int(layout.begins[number])
        write_at(file, codes[members], begin + at * size)
        write_at(file, members + start, begin + int(layout.sizes[number]) * size + at * 8)
        cursor[number] += members.size
