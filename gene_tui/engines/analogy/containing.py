"""The best analogies that contain one gene: A : ? :: ? : ?, all B, C and D at once.

For each B it is the question of ``pairs.py``, with one threshold for all of them: it starts
close to its end, from C near A and D near B, so that almost nothing of a B has to be looked
at. Products of many B with all rows are one matrix product; compiled loops (``kernels.py``)
find the few pairs that can still be hits, and those are scored in float64.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy.best import Best
from gene_tui.engines.analogy.field import Field, Task
from gene_tui.engines.exact import DIGITS, lengths_of
from gene_tui.engines.pool import run_blocks, wait_for
from gene_tui.run import QUIET, IsCancelled, Progress, Run, check

#: Genes tried as B in one piece of work: few enough that stopping takes milliseconds.
_BLOCK = 24
#: Genes nearest to A that are tried as C, with every B and D near B, to find likely hits.
_SEEDS = 24
#: Genes tried as B at random where those find too little.
_RANDOM = 64
#: Below this cosine the bounds are not worth their rounding errors.
_LEAST = 1e-3
#: Seconds between two reports of the best hits so far.
_PAUSE = 0.5
#: With a larger error of a product, per length, B is treated on its own.
_LOST = 0.01
_UNIT = 2.0**-24


def search(
    field: Field,
    tasks: Sequence[Task],
    best: Best,
    *,
    risen: Callable[[], None] | None = None,
    run: Run = QUIET,
) -> None:
    """Offer every (A, B, C, D) to ``best`` that can be among its k best.

    Several A share the products of each B with all rows, and the threshold.

    Args:
        best: takes hits of four rows; may have seen other A before.
        risen: called now and then when ``best`` has risen.

    Raises:
        Cancelled: the user stopped it; ``best`` holds the best so far.
    """
    tasks = [task for task in tasks if task.answerable]
    run.report(Progress("analogies", 0, len(field.rows)))
    for task in tasks:
        _seed(field, task, best, run.cancelled)
    for task in tasks:
        if best.threshold < _LEAST:
            _seed_at_random(field, task, best, run.cancelled)
    if risen is not None:
        risen()
    if best.threshold < _LEAST:
        for task in tasks:
            _everything(field, task, best, run)
        return
    if not tasks:
        return
    kernels = wait_for(_kernels, run.cancelled)
    order = np.flatnonzero(np.logical_or.reduce([task.may_b for task in tasks]))
    # Likely B first: the threshold then rises early.
    order = order[np.argsort(tasks[0].apart[order], kind="stable")]

    def work(start: int) -> int:
        block = order[start : start + _BLOCK]
        inner = field.vectors[block] @ field.vectors.T
        for task in tasks:
            run.check()
            _block(kernels, field, task, best, block, inner)
        return len(block)

    done, last, seen = 0, time.monotonic(), best.threshold
    run.report(Progress("analogies", 0, len(order)))
    for count in run_blocks(work, range(0, len(order), _BLOCK), cancelled=run.cancelled):
        done += count
        run.report(Progress("analogies", done, len(order)))
        if risen is not None and best.threshold > seen and time.monotonic() - last > _PAUSE:
            last, seen = time.monotonic(), best.threshold
            risen()


def _kernels() -> ModuleType:
    from gene_tui.engines.analogy import kernels

    return kernels


def _seed(field: Field, task: Task, best: Best, cancelled: IsCancelled) -> None:
    """Offer likely hits: C near A, D near B, for every B."""
    rows = np.flatnonzero(task.may_c)
    sizes = np.where(field.lengths > 0, field.lengths, 1.0)
    near = rows[np.argsort(-(task.products / sizes)[rows], kind="stable")[:_SEEDS]]
    b = np.flatnonzero(task.may_b)
    d = field.neighbours[b]
    gaps = field.gaps[b].astype(np.float64)
    usable = (d >= 0) & task.may_d[d]
    squares = np.square(field.short_lengths)
    inner = (squares[b][:, None] + squares[d] - gaps**2) / 2
    if task.cap is not None:
        usable &= inner <= task.cap * sizes[b][:, None] * sizes[d]
    if not usable.any():
        return
    wanted = min(2 * best.k + 16, d.size)
    for c in near:
        check(cancelled)
        to_c = (field.vectors @ field.vectors[c]).astype(np.float64)
        apart = np.sqrt(np.maximum(squares + squares[c] - 2 * to_c, 1e-30))
        rise = (task.products[c] - to_c[b])[:, None] + inner - task.products[d]
        rough = rise / (task.apart[b][:, None] * apart[d])
        # Near-duplicates are too inexact here.
        rough[~usable | (d == c) | (apart[d] < 1e-3 * sizes[c])] = -np.inf
        rough[b == c] = -np.inf
        chosen = np.argpartition(-rough.ravel(), wanted - 1)[:wanted]
        chosen = chosen[rough.ravel()[chosen] > max(best.threshold - 1e-3, -2.0)]
        one, place = np.divmod(chosen, d.shape[1])
        _offer(field, task, best, b[one], np.full(len(one), c), d[one, place].astype(np.int64))


def _block(
    kernels: ModuleType, field: Field, task: Task, best: Best, block: Rows, inner: Matrix
) -> None:
    """Offer what may be a hit with B in ``block``; ``inner`` are their products with all rows."""
    gamma = (field.vectors.shape[1] + 16) * _UNIT
    size = float(np.sqrt(task.vector @ task.vector))
    lengths, apart = field.lengths[block], task.apart[block]
    usable = task.may_b[block]
    apart = np.where(usable, apart, 1.0)
    errors = (gamma * lengths + 8 * _UNIT * (size + lengths)) / apart + 16 * _UNIT
    # Where B is so close to A that their difference is lost in the products, one at a time.
    lost = usable & (errors > _LOST)
    for b in block[lost]:
        _one(kernels, field, task, best, int(b))
    # What is too close to the cap to call stays; it is decided with the scores.
    most = np.full(len(block), np.inf)
    if task.cap is not None:
        most = lengths * (task.cap + gamma + 1e-6)
    hits = _all_of(
        lambda out: kernels.triples_of(
            np.where(usable & ~lost, block, -1).astype(np.int32),
            inner,
            task.short_products,
            apart.astype(np.float32),
            errors.astype(np.float32),
            most.astype(np.float32),
            task.may_c.view(np.uint8),
            task.may_d.view(np.uint8),
            field.short_lengths,
            *field.bounds(best.threshold),
            out,
        )
    )
    _offer(field, task, best, hits[:, 0], hits[:, 1], hits[:, 2])


def _one(kernels: ModuleType, field: Field, task: Task, best: Best, b: int) -> None:
    """Offer what may be a hit with one B, from float64 products."""
    p = _exact_products(field, task, b)
    slack = np.float32(16 * _UNIT) * field.short_lengths
    high = np.where(task.may_c, p + slack, np.float32(-np.inf))
    low = np.where(task.may_d, p - slack, np.float32(np.inf))
    high[b], low[b] = -np.inf, np.inf
    hits = _all_of(
        lambda out: kernels.pairs_of(b, 0, high, low, *field.bounds(best.threshold), out)
    )
    _offer(field, task, best, hits[:, 0], hits[:, 1], hits[:, 2])


def _all_of(write: Callable[[npt.NDArray[np.int32]], int]) -> Rows:
    """All (B, C, D) that a kernel writes, with as much room as it needs."""
    room = 4096
    while True:
        out = np.empty((room, 3), dtype=np.int32)
        count = write(out)
        if count <= room:
            return out[:count].astype(np.int64)
        room = count


def _exact_products(field: Field, task: Task, b: int) -> Matrix:
    unit = (task.vector - field.vectors[b]) / task.apart[b]
    result = np.empty(len(field.rows), dtype=np.float32)
    for start in range(0, len(result), 512):
        part = slice(start, start + 512)
        result[part] = field.vectors[part].astype(np.float64) @ unit
    return result


def _offer(field: Field, task: Task, best: Best, b: Rows, c: Rows, d: Rows) -> None:
    """Score hits in float64, drop those over the cap, and offer the rest."""
    keep = (c != d) & (b != c) & (b != d)
    b, c, d = b[keep], c[keep], d[keep]
    for start in range(0, len(b), 4096):
        part = slice(start, start + 4096)
        one, two, three = b[part], c[part], d[part]
        offsets = field.vectors[two].astype(np.float64) - field.vectors[three]
        targets = task.vector - field.vectors[one]
        lengths = lengths_of(offsets)
        real = (lengths > 0) & (task.apart[one] > 0)
        lengths[~real] = 1.0
        scores = np.einsum("ij,ij->i", offsets / lengths[:, None], targets)
        scores = np.clip(scores / np.where(real, task.apart[one], 1.0), -1.0, 1.0)
        scores[~real] = -np.inf
        if task.cap is not None:
            over = np.flatnonzero(scores >= best.threshold)
            close = _cosines(field, one[over], three[over])
            scores[over[np.round(close, DIGITS) > task.cap]] = -np.inf
        rows = field.rows
        first = np.full(len(one), task.a, dtype=np.int64)
        best.offer(np.column_stack([first, rows[one], rows[two], rows[three]]), scores)


def _cosines(field: Field, one: Rows, two: Rows) -> Floats:
    sizes = np.where(field.lengths > 0, field.lengths, 1.0)
    left = field.vectors[one].astype(np.float64) / sizes[one][:, None]
    right = field.vectors[two].astype(np.float64) / sizes[two][:, None]
    result: Floats = np.einsum("ij,ij->i", left, right)
    return result


def _seed_at_random(field: Field, task: Task, best: Best, cancelled: IsCancelled) -> None:
    """Offer likely hits of a few B: C and D from the two ends of A − B."""
    random = np.random.default_rng(0)
    b_rows, c_rows, d_rows = (np.flatnonzero(m) for m in (task.may_b, task.may_c, task.may_d))
    for b in random.permutation(b_rows)[:_RANDOM].tolist():
        check(cancelled)
        p = _exact_products(field, task, b)
        size = _SEEDS + int(np.sqrt(best.k))
        c = c_rows[np.argsort(-p[c_rows], kind="stable")[:size]]
        d = d_rows[np.argsort(p[d_rows], kind="stable")[:size]]
        pairs = np.stack(np.meshgrid(c, d, indexing="ij"), axis=-1).reshape(-1, 2)
        _offer(field, task, best, np.full(len(pairs), b), pairs[:, 0], pairs[:, 1])
        if best.threshold >= _LEAST:
            return


def _everything(field: Field, task: Task, best: Best, run: Run) -> None:
    """Offer all there are, where no bound holds: k is larger than there are good hits."""
    b_rows, c_rows, d_rows = (np.flatnonzero(m) for m in (task.may_b, task.may_c, task.may_d))

    def work(b: int) -> None:
        for c in c_rows.tolist():
            run.check()
            _offer(field, task, best, np.full(len(d_rows), b), np.full(len(d_rows), c), d_rows)

    for done, _ in enumerate(run_blocks(work, b_rows.tolist(), cancelled=run.cancelled), start=1):
        run.report(Progress("analogies", done, len(b_rows)))
