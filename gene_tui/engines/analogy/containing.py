"""The best analogies that contain one gene: A : ? :: ? : ?, all B, C and D at once.

Those whose C and D lie at least as far apart as A and B are found as those of a whole space
are (``tiles.py``); the others are asked from C and D (``around.py``). The threshold starts
close to its end, from C near A and D near B, so that almost nothing has to be looked at: rows
are multiplied with each other twice, which takes most of the time. Scores are in float64.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Mask, Matrix, Rows, Rows32
from gene_tui.engines.analogy.best import Best
from gene_tui.engines.analogy.gram import Gram
from gene_tui.engines.analogy.pieces import LEAST, lowered, pairs, products_of
from gene_tui.engines.exact import lengths_of
from gene_tui.engines.pool import free_threads, run_blocks, wait_for
from gene_tui.run import QUIET, IsCancelled, Progress, Run, check, roughly
from gene_tui.spaces.geometry import Geometry

#: Rows of which products are made in one piece of work: few enough to stop soon.
_BLOCK = 128
#: Of those, as many C at a time: where many bounds are weak it takes a second.
_STEP = 16
#: Rows of a group, groups of a group of these, about, and rounds in which they are made.
_GROUP, _TOGETHER, _ROUNDS = 80, 8, 4
#: Genes nearest to A that are tried as C, with every B and D near B, to find likely hits.
_SEEDS = 24
#: After so many of them the best hits so far are told for the first time.
_TOLD = 6
#: Genes tried as B at random where those find too little.
_RANDOM = 64
#: Blocks that are looked at first, to tell how long all will take.
_SAMPLED = 5
#: Seconds between two reports of the best hits so far.
_PAUSE = 0.5
#: With more rows products are not kept in 8 bits: it would be 600 MB and more.
_ROUGH = 25_000
#: Room for hits, and for close pairs C, D, at first.
_ROOM = 1 << 14
#: Close pairs whose own products are made at a time; so many of them may wait.
_CLOSE, _WAITING = 64, 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Rows in groups of similar direction, and these in groups again.

    Attributes:
        gram: the rows, group by group. starts: (groups + 1,) places where they begin.
        over: (groups of groups + 1,), the groups where those begin.
    """

    gram: Gram
    starts: Rows
    over: Rows

    @classmethod
    def of(cls, vectors: Matrix, shape: Geometry, rows: Rows) -> Field:
        """Of some rows of a space. Any groups are right; these are found by k-means."""
        coords = np.asarray(shape.coords[rows])
        label, centres = _alike(_units(coords), max(1, len(rows) // _GROUP))
        above, _ = _alike(centres, max(1, len(centres) // _TOGETHER))
        # Groups that belong together stand together.
        place = np.empty(len(centres), dtype=np.int64)
        place[np.argsort(above, kind="stable")] = np.arange(len(centres))
        label = place[label]
        order = np.argsort(label, kind="stable")
        return cls(
            Gram.of(vectors, shape, rows[order]),
            np.append(np.flatnonzero(np.diff(label[order], prepend=-1)), len(rows)),
            np.append(np.flatnonzero(np.diff(np.sort(above), prepend=-1)), len(centres)),
        )


def _units(rows: Matrix) -> Matrix:
    """Rows of length 1; a row of zeros stays."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return np.asarray(rows / np.where(lengths > 0, lengths, 1)[:, None], dtype=np.float32)


def _alike(units: Matrix, count: int) -> tuple[Rows, Matrix]:
    """Groups of similar direction, ``count`` or fewer: which each row is in; (…, m) centres."""
    centres = units[np.random.default_rng(0).choice(len(units), count, replace=False)]
    for _ in range(_ROUNDS):
        label = (units @ centres.T).argmax(axis=1)
        order = np.argsort(label, kind="stable")
        begins = np.flatnonzero(np.diff(label[order], prepend=-1))
        # Of length 1: longer ones, of larger groups, would grow still larger.
        centres = _units(np.add.reduceat(units[order], begins, axis=0))
    # Without those that nothing was in.
    return np.unique(label, return_inverse=True)[1].ravel(), centres


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """What ``around.groups_of`` knows of all rows, filled block by block.

    Attributes:
        low, high: (n, groups). rough: (n, n), or of no columns. steps: (n,).
    """

    low: Matrix
    high: Matrix
    rough: npt.NDArray[np.int8]
    steps: Matrix

    @classmethod
    def empty(cls, field: Field) -> Groups:
        """Not filled yet."""
        n, groups = len(field.gram), len(field.starts) - 1
        lengths = field.gram.lengths
        return cls(
            np.empty((n, groups), dtype=np.float32),
            np.empty((n, groups), dtype=np.float32),
            np.empty((n, n if n <= _ROUGH else 0), dtype=np.int8),
            np.maximum(lengths * (lengths.max() / np.float32(126)), np.float32(1e-30)),
        )


def search(
    field: Field,
    a: int,
    best: Best,
    cap: float | None,
    *,
    risen: Callable[[], None] | None = None,
    run: Run = QUIET,
) -> None:
    """Offer every (A, B, C, D) to ``best`` that can be among its k best.

    Args:
        a: place of A.
        best: takes hits of four rows.
        risen: called now and then when ``best`` has risen.

    Raises:
        Cancelled: the user stopped it; ``best`` holds the best so far.
    """
    gram = field.gram
    n = len(gram)
    stage = f"analogies, {_megabytes(field):,.0f} MB"
    run.report(Progress(stage, 0, 2 * n))
    if n < 4:
        return
    of_a = gram.panel(a, a + 1, cap)
    may_c = of_a.allowed[0] > -np.inf
    _seed(gram, a, may_c, best, cap, risen, run.cancelled)
    if best.threshold < LEAST:
        _seed_at_random(gram, a, may_c, best, cap, run.cancelled)
    if risen is not None:
        risen()
    if best.threshold < LEAST:
        _everything(gram, a, may_c, best, cap, run)
        return
    tiles, around = wait_for(_kernels, run.cancelled)
    groups = Groups.empty(field)
    pass_ = _Shorter(around, field, groups, a, may_c, of_a.products[0], _apart(gram, a), best, cap)

    def first(start: int) -> int:
        run.check()
        panel = gram.panel(start, min(start + _BLOCK, n), cap, tiles)
        part = slice(start, start + len(panel))
        around.groups_of(
            panel.products,
            panel.allowed,
            field.starts,
            groups.steps[part],
            groups.low[part],
            groups.high[part],
            groups.rough[part],
        )
        pass_.fill(part)
        pairs(tiles, gram, of_a, panel, best, cap, around=True)
        return len(panel)

    def second(start: int) -> int:
        block = gram.centred[start : start + _BLOCK] @ gram.centred.T
        for begin in range(0, len(block), _STEP):
            run.check()
            pass_.ask(start + begin, block[begin : begin + _STEP])
        return len(block)

    def third(close: _Close) -> int:
        run.check()
        pass_.ask_close(close)
        return 0

    starts = np.arange(0, n, _BLOCK)
    sample = np.random.default_rng(0).permutation(starts)[:_SAMPLED]
    left = np.setdiff1d(starts, sample)

    def estimated() -> Iterator[int]:
        """The sample of the first pass, and ``stage`` with the time that all will take."""
        nonlocal stage
        took = time.perf_counter()
        yield from run_blocks(first, sample.tolist(), cancelled=run.cancelled)
        took = (time.perf_counter() - took) * len(starts) / len(sample)
        took += pass_.seconds(sample.tolist(), run) * len(starts) / free_threads()
        stage = f"analogies, {roughly(took)}, {_megabytes(field):,.0f} MB"

    def all_of_them() -> Iterator[int]:
        yield from estimated()
        yield from run_blocks(first, left.tolist(), cancelled=run.cancelled)
        yield from run_blocks(second, starts.tolist(), cancelled=run.cancelled)
        yield from run_blocks(third, pass_.waiting.parts(), cancelled=run.cancelled)

    done, last, seen = 0, time.monotonic(), best.threshold
    for count in all_of_them():
        done += count
        run.report(Progress(stage, done, 2 * n))
        if risen is not None and best.threshold > seen and time.monotonic() - last > _PAUSE:
            last, seen = time.monotonic(), best.threshold
            risen()


def _megabytes(field: Field) -> float:
    """What the answer takes beyond the rows, mostly for products of all rows in 8 bits."""
    n, groups = len(field.gram), len(field.starts) - 1
    panels = 3 * free_threads() * _BLOCK * n * 4
    return ((n * n if n <= _ROUGH else 0) + 2 * n * groups * 4 + panels) / 1e6


def _kernels() -> tuple[ModuleType, ModuleType]:
    from gene_tui.engines.analogy import around, tiles

    return tiles, around


def _apart(gram: Gram, a: int) -> Matrix:
    """Lower bounds of |A − x|, (n,) float32; of A itself ∞, for it cannot be B."""
    result = np.empty(len(gram), dtype=np.float32)
    vector = gram.vectors[gram.rows[a]].astype(np.float64)
    for start in range(0, len(gram), 512):
        part = slice(start, start + 512)
        result[part] = lengths_of(vector - gram.vectors[gram.rows[part]]) * (1 - 1e-6)
    result[a] = np.inf
    return result


@dataclass(frozen=True, slots=True, eq=False)
class _Close:
    """Pairs of rows so close to each other that bounds on them mean little.

    Attributes:
        rows: (h, 2) places, the lower first. ways: (h,) uint8, 1 where the first may be C, 2
            where the second may, 3 for both: their offsets are opposite, their products too.
    """

    rows: Rows32
    ways: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, pairs: Rows32) -> _Close:
        """Of pairs (C, D), (h, 2)."""
        rows, which = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True)
        ways = np.zeros(len(rows), dtype=np.uint8)
        np.bitwise_or.at(
            ways, which.ravel(), np.where(pairs[:, 0] < pairs[:, 1], 1, 2).astype(np.uint8)
        )
        return cls(rows, ways)

    def parts(self) -> Iterator[_Close]:
        """A few at a time."""
        for start in range(0, len(self.rows), _CLOSE):
            part = slice(start, start + _CLOSE)
            yield _Close(self.rows[part], self.ways[part])


class _Waiting:
    """Close pairs (C, D) that several threads put by, since most come from both sides."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pairs: list[Rows32] = []
        self._count = 0

    def add(self, pairs: Rows32) -> _Close | None:
        """Put some by. What has to be asked now, where too many would wait."""
        with self._lock:
            self._pairs.append(pairs)
            self._count += len(pairs)
            full = self._count > _WAITING
        return self._taken() if full else None

    def parts(self) -> Iterator[_Close]:
        """All that waits, a few at a time."""
        yield from self._taken().parts()

    def _taken(self) -> _Close:
        with self._lock:
            pairs, self._pairs, self._count = self._pairs, [], 0
        return _Close.of(np.concatenate([np.empty((0, 2), dtype=np.int32), *pairs]))


class _Shorter:
    """The pass over all C for hits with |C − D| ≤ |A − B|."""

    def __init__(
        self,
        around: ModuleType,
        field: Field,
        groups: Groups,
        a: int,
        may_c: Mask,
        of_a: Matrix,
        apart: Matrix,
        best: Best,
        cap: float | None,
    ) -> None:
        """Args:
        groups: filled block by block, each before ``fill``. of_a: (n,), A · x.
        apart: (n,), of ``_apart``.
        """
        self._around, self._field, self._groups = around, field, groups
        self._a, self._may_c, self._of_a, self._apart = a, may_c, of_a, apart
        self._best, self._cap = best, cap
        self.waiting = _Waiting()
        n, over = len(field.gram), field.over[:-1]
        self._near = np.minimum.reduceat(apart, field.starts[:-1])
        self._near_over = np.minimum.reduceat(self._near, over)
        self._low_over = np.empty((n, len(over)), dtype=np.float32)
        self._high_over = np.empty((n, len(over)), dtype=np.float32)
        self._highest = np.empty(n, dtype=np.float32)

    def fill(self, part: slice) -> None:
        """Take of some rows what bounds groups of groups."""
        over = self._field.over[:-1]
        self._low_over[part] = np.maximum.reduceat(self._groups.low[part], over, axis=1)
        high = self._high_over[part]
        np.maximum.reduceat(self._groups.high[part], over, axis=1, out=high)
        self._highest[part] = high.max(axis=1)

    def seconds(self, starts: list[int], run: Run) -> float:
        """About how long one block takes one thread, from those that are filled."""
        gram, end = self._field.gram, len(self._field.gram)
        out, close = np.empty((_ROOM, 3), dtype=np.int32), np.empty((_ROOM, 2), dtype=np.int32)
        product: list[float] = []
        nothing: list[float] = []
        own: list[float] = []
        others: list[float] = []
        clock = time.perf_counter
        for start in starts:
            began = clock()
            products = gram.centred[start : start + _BLOCK] @ gram.centred.T
            product.append(clock() - began)
            for begin in starts:
                run.check()
                began = clock()
                self._triples(start, products, begin, begin, out, close)
                nothing.append(clock() - began)
                began = clock()
                self._triples(start, products, begin, min(begin + _BLOCK, end), out, close)
                (own if begin == start else others).append(clock() - began)
        calls = -(-end // _BLOCK)
        # Rows of a block resemble each other, so pairs within one are no sample of all.
        mean = sum(others) / len(others) if others else 0.0
        pairs_ = sum(own) / len(own) + (calls - 1) * mean - calls * min(nothing)
        return sum(product) / len(product) + max(pairs_, 0.0)

    def ask(self, start: int, products: Matrix) -> None:
        """Offer what may be a hit with C from ``start`` on, and put by what is too close.

        Args:
            products: (h, n), of these C with all rows.
        """
        gram = self._field.gram
        rooms = _ROOM, _ROOM
        while True:
            out = np.empty((rooms[0], 3), dtype=np.int32)
            close = np.empty((rooms[1], 2), dtype=np.int32)
            count, closer = self._triples(start, products, 0, len(gram), out, close)
            found = out[: min(count, rooms[0])]
            gram.offer(self._best, np.insert(found.astype(np.int64), 0, self._a, axis=1), self._cap)
            if count <= rooms[0] and closer <= rooms[1]:
                break
            rooms = max(count, rooms[0]), max(closer, rooms[1])
        now = self.waiting.add(close[:closer].copy()) if closer else None
        if now is not None:
            for part in now.parts():
                self.ask_close(part)

    def _triples(
        self, start: int, products: Matrix, begin: int, end: int, out: Rows32, close: Rows32
    ) -> tuple[int, int]:
        """``around.triples_of`` for D from ``begin`` to ``end``."""
        gram, groups = self._field.gram, self._groups
        stop = start + len(products)
        found: tuple[int, int] = self._around.triples_of(
            self._a,
            start,
            begin,
            end,
            products,
            groups.low[start:stop],
            groups.high,
            self._low_over[start:stop],
            self._high_over,
            self._highest,
            groups.rough,
            groups.steps,
            self._field.starts,
            self._field.over,
            self._of_a,
            self._apart,
            self._near,
            self._near_over,
            self._may_c.view(np.uint8),
            gram.lengths,
            gram.centred,
            gram.lengths.max(),
            np.float32(gram.gamma),
            np.float32(lowered(self._best)),
            out,
            close,
        )
        return found

    def ask_close(self, close: _Close) -> None:
        """Offer what may be a hit with single pairs, from products with their unit offset."""
        gram, a = self._field.gram, self._a
        offsets = gram.vectors[gram.rows[close.rows[:, 0]]].astype(np.float64)
        offsets -= gram.vectors[gram.rows[close.rows[:, 1]]]
        lengths = lengths_of(offsets)
        some = lengths > 0
        rows, offsets, lengths = close.rows[some], offsets[some], lengths[some]
        if len(rows) == 0:
            return
        products = (offsets / lengths[:, None]).astype(np.float32) @ gram.centred.T
        slack = np.float32(gram.gamma) * (gram.lengths + gram.lengths[a])
        room = _ROOM
        while True:
            out = np.empty((room, 3), dtype=np.int32)
            count = self._around.close_triples_of(
                a,
                rows,
                close.ways[some],
                products,
                slack,
                self._apart,
                (lengths * 0.999).astype(np.float32),
                np.float32(lowered(self._best)),
                out,
            )
            if count <= room:
                break
            room = count
        found = out[:count].astype(np.int64)
        gram.offer(self._best, np.insert(found, 0, a, axis=1), self._cap)


def _seed(
    gram: Gram,
    a: int,
    may_c: Mask,
    best: Best,
    cap: float | None,
    risen: Callable[[], None] | None,
    cancelled: IsCancelled,
) -> None:
    """Offer likely hits: C near A, D near B, for every B."""
    offsets, rows = gram.shape.difference, gram.rows
    place = np.full(len(gram.norms) + 1, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    d, gaps = place[offsets.neighbours[rows]], offsets.gaps[rows].astype(np.float64)
    if d.size == 0:
        return
    norms = gram.norms[rows]
    sizes = np.where(norms > 0, norms, 1.0)
    of_a = (gram.centred @ gram.centred[a]).astype(np.float64)
    cosines = (of_a + gram.along + gram.along[a]) / sizes
    c_rows = np.flatnonzero(may_c)
    nearest = c_rows[np.argsort(-cosines[c_rows], kind="stable")[:_SEEDS]]
    squares = np.square(gram.lengths.astype(np.float64))
    inner = (squares[:, None] + squares[d] - gaps**2) / 2
    usable = (d >= 0) & (d != a)
    usable[a] = False
    if cap is not None:
        along = gram.along
        usable &= inner + along[:, None] + along[d] <= cap * sizes[:, None] * sizes[d]
    if not usable.any():
        return
    wanted = min(2 * best.k + 16, d.size)
    to_a = np.sqrt(np.maximum(squares + squares[a] - 2 * of_a, 1e-30))
    for number, c in enumerate(nearest.tolist()):
        check(cancelled)
        if number == _TOLD and risen is not None and best.threshold > -np.inf:
            risen()
        of_c = (gram.centred @ gram.centred[c]).astype(np.float64)
        apart = np.sqrt(np.maximum(squares + squares[c] - 2 * of_c, 1e-30))
        rise = (of_a[c] - of_c)[:, None] + inner - of_a[d]
        rough = np.where(usable, rise / apart[d] / to_a[:, None], -np.inf).ravel()
        rough[d.ravel() == c] = -np.inf
        chosen = np.argpartition(-rough, wanted - 1)[:wanted]
        chosen = chosen[rough[chosen] > max(best.threshold - 1e-3, -2.0)]
        b, column = np.divmod(chosen, d.shape[1])
        keep = b != c
        b, column = b[keep], column[keep]
        of_one = np.full((2, len(b)), (a, c)[0])
        of_one[1] = c
        gram.offer(best, np.column_stack([of_one[0], b, of_one[1], d[b, column]]), cap)


def _seed_at_random(
    gram: Gram, a: int, may_c: Mask, best: Best, cap: float | None, cancelled: IsCancelled
) -> None:
    """Offer likely hits of a few B: C and D from the two ends of A − B."""
    vector = gram.vectors[gram.rows[a]].astype(np.float64)
    size = _SEEDS + int(np.sqrt(best.k))
    for b in np.random.default_rng(0).permutation(len(gram))[:_RANDOM].tolist():
        check(cancelled)
        offset: Floats = vector - gram.vectors[gram.rows[b]]
        length = float(np.sqrt(offset @ offset))
        if length == 0:
            continue
        p = gram.centred @ (offset / length).astype(np.float32)
        may_d = gram.panel(b, b + 1, cap).allowed[0] > -np.inf
        c, d = np.flatnonzero(may_c), np.flatnonzero(may_d)
        c = c[np.argsort(-p[c], kind="stable")[:size]]
        d = d[np.argsort(p[d], kind="stable")[:size]]
        gram.offer(best, products_of(a, b, c, d), cap)
        if best.threshold >= LEAST:
            return


def _everything(gram: Gram, a: int, may_c: Mask, best: Best, cap: float | None, run: Run) -> None:
    """Offer all there are, where no bound holds: k is larger than there are good hits."""
    c_rows, n = np.flatnonzero(may_c), len(gram)

    def work(b: int) -> None:
        d = np.flatnonzero(gram.panel(b, b + 1, cap).allowed[0] > -np.inf)
        step = max(1, (1 << 18) // max(len(d), 1))
        for start in range(0, len(c_rows), step):
            run.check()
            gram.offer(best, products_of(a, b, c_rows[start : start + step], d), cap)

    others = [b for b in range(n) if b != a]
    for done, _ in enumerate(run_blocks(work, others, cancelled=run.cancelled), start=1):
        run.report(Progress("analogies", 2 * done, 2 * n))
