"""The best analogies that contain one gene: A : ? :: ? : ?, all B, C and D at once.

Asked from C and D, with the unit offsets from every B to A in groups (``around.py``). The
threshold starts close to its end, from C near A and D near B, so that almost nothing has to be
looked at: rows are multiplied with the unit offsets twice, which takes most of the time. Scores
are in float64.
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
from gene_tui.engines.analogy.field import Directions, Field, groups_of
from gene_tui.engines.analogy.gram import Gram
from gene_tui.engines.analogy.pieces import LEAST, lowered, products_of
from gene_tui.engines.exact import lengths_of
from gene_tui.engines.pool import free_threads, run_blocks, wait_for
from gene_tui.run import QUIET, IsCancelled, Progress, Run, check, roughly

#: Rows of which products are made in one piece of work: few enough to stop soon.
_BLOCK = 256
#: Of those, as many C at a time: where many bounds are weak it takes a second.
_STEP = 16
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
#: Room for hits, and for close pairs C, D, at first.
_ROOM = 1 << 14
#: B that a pair C, D may leave to be looked at one by one; a product with all costs as much.
_LEFT = 400
#: Close pairs whose own products are made at a time; so many of them may wait.
_CLOSE, _WAITING = 256, 1 << 18
_UNIT = 2.0**-24


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
    stage = f"analogies, {_megabytes(gram):,.0f} MB"
    run.report(Progress(stage, 0, 2 * n))
    if n < 4:
        return
    may_c = gram.panel(a, a + 1, cap).allowed[0] > -np.inf
    _seed(gram, a, may_c, best, cap, risen, run.cancelled)
    if best.threshold < LEAST:
        _seed_at_random(gram, a, may_c, best, cap, run.cancelled)
    if risen is not None:
        risen()
    if best.threshold < LEAST:
        _everything(gram, a, may_c, best, cap, run)
        return
    around = wait_for(_kernels, run.cancelled)
    asked = _Asked(around, field, a, may_c, best, cap)

    def first(start: int) -> int:
        run.check()
        return asked.fill(start, min(start + _BLOCK, n))

    def second(start: int) -> int:
        return asked.ask(start, min(start + _BLOCK, n), run)

    def clumps(clump: tuple[int, int]) -> int:
        asked.ask_clump(*clump, run)
        return 0

    def third(close: _Close) -> int:
        run.check()
        asked.ask_close(close)
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
        took += asked.seconds(sample.tolist(), run) * len(starts) / free_threads()
        stage = f"analogies, {roughly(took)}, {_megabytes(gram):,.0f} MB"

    def all_of_them() -> Iterator[int]:
        yield from estimated()
        yield from run_blocks(first, left.tolist(), cancelled=run.cancelled)
        yield from run_blocks(second, starts.tolist(), cancelled=run.cancelled)
        yield from run_blocks(clumps, map(tuple, field.clumps.tolist()), cancelled=run.cancelled)
        yield from run_blocks(third, asked.waiting.parts(), cancelled=run.cancelled)

    done, last, seen = 0, time.monotonic(), best.threshold
    for count in all_of_them():
        done += count
        run.report(Progress(stage, done, 2 * n))
        if risen is not None and best.threshold > seen and time.monotonic() - last > _PAUSE:
            last, seen = time.monotonic(), best.threshold
            risen()


def _megabytes(gram: Gram) -> float:
    """What the answer takes beyond the rows: unit offsets, what bounds groups, products."""
    n, d = gram.centred.shape
    numbers = 2 * n * d + n * groups_of(n) + 2 * free_threads() * _BLOCK * n
    return float(numbers * 4 / 1e6)


def _kernels() -> ModuleType:
    from gene_tui.engines.analogy import around

    return around


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


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """What is known of a run of C; see ``around.triples_of``.

    Attributes:
        start: place of the first.
    """

    start: int
    products: Matrix
    inner: Matrix
    low: Matrix
    low_over: Matrix

    def __len__(self) -> int:
        return len(self.products)

    def parts(self, size: int) -> Iterator[_Block]:
        """A few C at a time."""
        for begin in range(0, len(self), size):
            part = slice(begin, begin + size)
            yield _Block(
                self.start + begin,
                self.products[part],
                self.inner[part],
                self.low[part],
                self.low_over[part],
            )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Rows as C and D of one question, about an origin of their own.

    Attributes:
        places: (m,) in the whole. centred: (m, d) float32. lengths: (m,) float32.
        coords: (m, …) float32, coordinates about the same origin; squares: (m,) float32, of them,
            and half of what squared offsets have outside them.
        left, right, names, skipped, may_c: see ``around.triples_of``. own: (m,), see
            ``around.highest_of``.
        high, high_over, highest: (m, groups), (m, groups of groups), (m,), filled later.
    """

    places: Rows
    centred: Matrix
    lengths: Matrix
    coords: Matrix
    squares: Matrix
    left: Matrix
    right: Matrix
    own: Rows
    names: Rows32
    skipped: Rows
    may_c: Mask
    high: Matrix
    high_over: Matrix
    highest: Matrix

    @classmethod
    def whole(cls, field: Field, a: int, to_a: Directions, may_c: Mask, cap: float | None) -> _Part:
        """All rows."""
        gram = field.gram
        n = len(gram)
        own = np.full(n, -1, dtype=np.int64)
        own[to_a.rows] = np.arange(len(to_a.rows))
        skipped = np.zeros((n, 2), dtype=np.int64)
        for start, stop in field.clumps.tolist():
            skipped[start:stop] = start, stop
        left, right = _limits(gram, a, to_a, cap)
        coords = field.coords
        return cls(
            np.arange(n),
            gram.centred,
            gram.lengths,
            coords,
            np.einsum("ij,ij->i", coords, coords) + gram.residual / 2,
            left,
            right,
            own,
            to_a.rows.astype(np.int32),
            skipped,
            may_c,
            *_room(n, to_a),
        )

    def clump(self, gram: Gram, to_a: Directions, start: int, stop: int) -> _Part:
        """Some of the whole, about their mean."""
        part = slice(start, stop)
        vectors = gram.vectors[gram.rows[part]].astype(np.float64)
        offsets = vectors - vectors.mean(axis=0)
        # Coordinates about the mean of all rows would be too inexact here; these are no more work.
        centred = offsets.astype(np.float32)
        # −(D − o) · w is −D · w + o · w.
        right = self.right.copy()
        right[3] += self.centred[part].mean(axis=0) @ to_a.units.T
        names = np.full(len(to_a.rows), -1, dtype=np.int32)
        own = self.own[part]
        names[own[own >= 0]] = np.flatnonzero(own >= 0)
        return _Part(
            self.places[part],
            centred,
            lengths_of(offsets).astype(np.float32),
            centred,
            np.einsum("ij,ij->i", centred, centred),
            self.left[part],
            right,
            own,
            names,
            np.zeros((stop - start, 2), dtype=np.int64),
            self.may_c[part],
            *_room(stop - start, to_a),
        )

    def __len__(self) -> int:
        return len(self.places)


def _room(rows: int, to_a: Directions) -> tuple[Matrix, Matrix, Matrix]:
    """For what bounds rows as D."""
    groups, over = len(to_a.starts) - 1, len(to_a.over) - 1
    sizes = (rows, groups), (rows, over), rows
    return tuple(np.empty(size, dtype=np.float32) for size in sizes)  # type: ignore[return-value]


class _Asked:
    """One question: first what all rows can do as D is bounded, then every C is asked.

    Attributes:
        waiting: pairs (C, D) that are asked by themselves at the end.
    """

    def __init__(
        self,
        around: ModuleType,
        field: Field,
        a: int,
        may_c: Mask,
        best: Best,
        cap: float | None,
    ) -> None:
        self._around, self._gram, self._a = around, field.gram, a
        self._best, self._cap = best, cap
        self._to_a = it = Directions.of(field, a)
        self._whole = _Part.whole(field, a, it, may_c, cap)
        self._room = _LEFT + int(np.diff(it.starts).max(initial=0)) + 1
        self.waiting = _Waiting()

    def fill(self, start: int, stop: int) -> int:
        """Bound what some rows can do as D; returns how many these are."""
        self._fill(self._whole, start, stop)
        return stop - start

    def ask(self, start: int, stop: int, run: Run) -> int:
        """Offer what may be a hit with some C, and put by what is too close; returns how many
        C these are."""
        self._ask(self._whole, start, stop, run)
        return stop - start

    def ask_clump(self, start: int, stop: int, run: Run) -> None:
        """The same for C and D among some rows."""
        part = self._whole.clump(self._gram, self._to_a, start, stop)
        blocks = range(0, len(part), _BLOCK)
        for begin in blocks:
            run.check()
            self._fill(part, begin, min(begin + _BLOCK, len(part)))
        for begin in blocks:
            self._ask(part, begin, min(begin + _BLOCK, len(part)), run)

    def seconds(self, starts: list[int], run: Run) -> float:
        """About how long one block of C takes one thread, from those that are filled."""
        n, clock = len(self._gram), time.perf_counter
        product: list[float] = []
        nothing: list[float] = []
        own: list[float] = []
        others: list[float] = []
        for start in starts:
            began = clock()
            block = self._block(self._whole, start, min(start + _BLOCK, n))
            product.append(clock() - began)
            for begin in starts:
                run.check()
                began = clock()
                for some in block.parts(_STEP):
                    self._triples(self._whole, some, begin, begin)
                nothing.append(clock() - began)
                began = clock()
                for some in block.parts(_STEP):
                    self._triples(self._whole, some, begin, min(begin + _BLOCK, n))
                (own if begin == start else others).append(clock() - began)
        calls = -(-n // _BLOCK)
        # Rows of a block resemble each other, so pairs within one are no sample of all.
        mean = sum(others) / len(others) if others else 0.0
        pairs = sum(own) / len(own) + (calls - 1) * mean - calls * min(nothing)
        return float(np.mean(product)) + max(pairs, 0.0)

    def _fill(self, part: _Part, start: int, stop: int) -> None:
        it, rows = self._to_a, slice(start, stop)
        products = part.centred[rows] @ it.units.T
        high = part.high[rows]
        self._around.highest_of(
            products, part.left[rows], part.right, part.own[rows], it.starts, high
        )
        self._around.largest_of(high, it.over, part.high_over[rows])
        part.highest[rows] = high.max(axis=1, initial=-np.inf)
        part.highest[rows][part.places[rows] == self._a] = -np.inf

    def _block(self, part: _Part, start: int, stop: int) -> _Block:
        it = self._to_a
        products = part.centred[start:stop] @ it.units.T
        low = np.empty((stop - start, len(it.starts) - 1), dtype=np.float32)
        self._around.largest_of(products, it.starts, low)
        low_over = np.empty((stop - start, len(it.over) - 1), dtype=np.float32)
        self._around.largest_of(low, it.over, low_over)
        inner = part.coords[start:stop] @ part.coords.T
        return _Block(start, products, inner, low, low_over)

    def _ask(self, part: _Part, start: int, stop: int, run: Run) -> None:
        run.check()
        for some in self._block(part, start, stop).parts(_STEP):
            run.check()
            self._ask_some(part, some)

    def _ask_some(self, part: _Part, block: _Block) -> None:
        rooms = _ROOM, _ROOM
        while True:
            out, close, count, closer = self._triples(part, block, 0, len(part), rooms)
            found = out[: min(count, rooms[0])]
            self._offer(self._to_a.rows[found[:, 0]], part.places[found[:, 1:]])
            if count <= rooms[0] and closer <= rooms[1]:
                break
            rooms = max(count, rooms[0]), max(closer, rooms[1])
        if closer:
            now = self.waiting.add(part.places[close[:closer]].astype(np.int32))
            for some in now.parts() if now is not None else ():
                self.ask_close(some)

    def _offer(self, b: Rows, c_and_d: Rows) -> None:
        """Offer hits: (h,) and (h, 2) places."""
        rows = np.column_stack([np.full(len(b), self._a), b, c_and_d])
        self._gram.offer(self._best, rows, self._cap)

    def _triples(
        self,
        part: _Part,
        block: _Block,
        d_start: int,
        d_stop: int,
        rooms: tuple[int, int] = (_ROOM, _ROOM),
    ) -> tuple[Rows32, Rows32, int, int]:
        """``around.triples_of`` for D from ``d_start`` to ``d_stop``: what it wrote, and counts."""
        it = self._to_a
        out, close = np.empty((rooms[0], 3), np.int32), np.empty((rooms[1], 2), np.int32)
        count, closer = self._around.triples_of(
            block.start,
            d_start,
            d_stop,
            block.products,
            block.inner,
            block.low,
            block.low_over,
            part.high,
            part.high_over,
            part.highest,
            part.left,
            part.right,
            part.squares,
            part.may_c.view(np.uint8),
            part.lengths,
            part.centred,
            it.units,
            part.names,
            part.skipped,
            it.starts,
            it.over,
            np.float32(self._gram.gamma),
            np.float32(lowered(self._best)),
            _LEFT,
            np.empty(self._room, dtype=np.int32),
            out,
            close,
        )
        return out, close, count, closer

    def ask_close(self, close: _Close) -> None:
        """Offer what may be a hit with single pairs, from products with their unit offset."""
        gram = self._gram
        offsets = gram.vectors[gram.rows[close.rows[:, 0]]].astype(np.float64)
        offsets -= gram.vectors[gram.rows[close.rows[:, 1]]]
        lengths = lengths_of(offsets)
        some = lengths > 0
        rows, offsets, lengths = close.rows[some], offsets[some], lengths[some]
        if len(rows) == 0:
            return
        products = (offsets / lengths[:, None]).astype(np.float32) @ self._to_a.units.T
        least = np.float32(lowered(self._best) - gram.gamma)
        room = _ROOM
        while True:
            out = np.empty((room, 3), dtype=np.int32)
            count = self._around.close_triples_of(
                rows, close.ways[some], products, self._whole.names, least, out
            )
            if count <= room:
                break
            room = count
        found = out[:count].astype(np.int64)
        self._offer(found[:, 0], found[:, 1:])


def _limits(gram: Gram, a: int, to_a: Directions, cap: float | None) -> tuple[Matrix, Matrix]:
    """What −D · w of allowed B is at most, as a product of (n, 4) for D and (4, B), float32.

    B · D ≤ cap |B||D| with the products about the mean, B · D = A · D − |A − B| D · w; with
    room for what both sides may be off.
    """
    left = np.zeros((len(gram), 4))
    right = np.zeros((4, len(to_a.rows)))
    left[:, 3] = 1
    if cap is None or cap >= 1:
        right[3] = np.inf
        return left.astype(np.float32), right.astype(np.float32)
    norms = gram.norms[gram.rows]
    sizes = norms + gram.lengths + gram.origin
    of_a = gram.centred @ gram.centred[a]
    left[:, 0] = cap * norms
    left[:, 1] = (2 * gram.gamma + 32 * _UNIT) * sizes
    left[:, 2] = 1e-36 - gram.along - of_a
    b = to_a.rows
    # Nearer to A than that, its products with all rows are those of A.
    apart = np.maximum(to_a.apart, 1e-30)
    right[:] = np.stack([norms[b], sizes[b] + sizes[a], np.ones(len(b)), -gram.along[b]]) / apart
    return left.astype(np.float32), right.astype(np.float32)


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
