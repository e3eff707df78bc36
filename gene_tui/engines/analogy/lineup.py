"""A space lined up for the compiled loops of ``join.py``, and the search of one target in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Floats32, Matrix, Rows, Rows32, let_go
from gene_tui.engines.analogy.best import Best
from gene_tui.engines.analogy.bounds import Coordinates, Operands
from gene_tui.engines.pool import free_threads, run_blocks
from gene_tui.model.options import Metric
from gene_tui.run import Progress, Run
from gene_tui.spaces.geometry import Offsets

#: Coordinates that are compared first; those of a row lie in one line of the cache.
_TOGETHER = 16
#: Pairs visited between two looks at the threshold and at whether to stop: some 50 ms.
_BUDGET = 1 << 24
#: Products this inexact, by the shortest offsets, leave too many pairs.
_VAGUE = 0.01
_UNIT = 2.0**-24

#: A piece of work for the pool, and which.
_Piece = tuple[Callable[[int], int], int]


@dataclass(frozen=True, slots=True, eq=False)
class Lineup:
    """The rows of a space in the order of ascending ``reach``, for differences or for sums.

    Attributes:
        vectors: (n, d) float32, in the space's order.
        rows: (n,) int32, which row stands at each place.
        lengths: (n,) float64, of the rows.
        reach, neighbours, gaps: see ``geometry.Offsets``; neighbours are places in this order.
        first, rest: (n, 16) and (n, 16 i) float32, coordinates, filled up with zeros.
        half: (n,) float32, half the squared residual offsets, less 10⁻⁹ of ``squares``.
        squares: (n,) float32, no less than |x|² and |x − mean|², to which rounding errors of the
            coordinates are in proportion.
        typical: the median reach, as a share of the median length.
        spare: where its questions are worked out, the same for every lineup of a space.
    """

    vectors: Matrix
    rows: Rows32
    lengths: Floats
    reach: Floats32
    neighbours: Rows32
    gaps: Floats32
    first: Floats32
    rest: Floats32
    half: Floats32
    squares: Floats32
    typical: float
    spare: Spare

    @classmethod
    def of(
        cls,
        vectors: Matrix,
        lengths: Floats,
        coords: Coordinates,
        offsets: Offsets,
        origin: Floats,
        spare: Spare,
    ) -> Lineup:
        """Line up a space of coordinates about ``origin`` or as they are."""
        order = np.argsort(offsets.reach, kind="stable")
        n, m = len(order), coords.width
        place = np.full(n + 1, -1, dtype=np.int32)
        place[order] = np.arange(n, dtype=np.int32)
        # What is in an order of its own here is not looked at any more where it comes from.
        neighbours = np.ascontiguousarray(place[offsets.neighbours[order]])
        let_go(offsets.neighbours)
        gaps = np.ascontiguousarray(offsets.gaps[order])
        let_go(offsets.gaps)
        wide = max(-(-m // _TOGETHER), 1) * _TOGETHER
        first = np.zeros((n, _TOGETHER), dtype=np.float32)
        rest = np.zeros((n, wide - _TOGETHER), dtype=np.float32)
        for part, some in coords.blocks():
            first[place[part], :m] = some[:, :_TOGETHER]
            rest[place[part], : max(m - _TOGETHER, 0)] = some[:, _TOGETHER:]
        mean = float(origin @ origin)
        squares = np.asarray(2 * (np.square(lengths[order]) + mean), dtype=np.float32)
        reach = np.ascontiguousarray(offsets.reach[order])
        # Not np.median: it imports masked arrays.
        length = float(np.partition(lengths, n // 2)[n // 2]) if n else 0.0
        return cls(
            vectors=vectors,
            rows=order.astype(np.int32),
            lengths=lengths[order],
            reach=reach,
            neighbours=neighbours,
            gaps=gaps,
            first=first,
            rest=rest,
            half=np.square(offsets.residual[order]) / 2 - np.float32(1e-9) * squares,
            squares=squares,
            typical=float(reach[n // 2]) / length if length else 0.0,
            spare=spare,
        )

    def tells(self, error: float) -> bool:
        """Whether products that are off by ``error`` |x| leave few enough pairs to look at."""
        return error <= _VAGUE * self.typical


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What the loops need to know of a question.

    Attributes:
        metric: of the score. length: |target|, of which products are made (1 for directions).
        operands: with p of relative error ``error``: off by at most error · |x| · length.
        first, second: rows that C and D may take.
        once: a pair and its reverse are the same hit.
    """

    metric: Metric
    length: float
    operands: Operands
    error: float
    first: Rows
    second: Rows
    once: bool


def search(
    lineup: Lineup,
    target: Target,
    best: Best,
    offer: Callable[[Rows, Rows], None],
    loops: ModuleType,
    run: Run,
) -> None:
    """Offer every pair that can reach the threshold of ``best``, which is above 0 or a distance.

    Args:
        offer: is given rows C and D; scores them exactly, and raises the threshold.
        loops: the module ``join``.

    Raises:
        Cancelled: the user stopped it; ``best`` holds the best so far.
    """
    n = len(lineup.rows)
    high, low = _ends(lineup, target, best.threshold)
    lowest, highest = low.min(), high.max()
    need, *_ = _need(lineup.reach, target, best.threshold)
    spread = highest - lowest - need.min()
    # Below 0 only listed neighbours, which may be nearer than the reach of a row, can be hits.
    # A distance may ask for less than nothing, and all products may be so: see ``lay_out``.
    width = max(highest - lowest, spread)
    scale = np.float32(loops.BUCKETS) / width if width > 0 else np.float32(1)
    sign = np.float32(target.operands.sign)
    parts = free_threads()
    step = -(-n // parts)
    room = lineup.spare.take(n, parts, loops)

    def laid_out(side: int) -> int:
        ends = high if side > 0 else low
        room.sides[side].lay_out(loops, lineup, side, lowest, highest, scale, ends, need)
        return 0

    def pairs(out: npt.NDArray[np.int32], count: int) -> None:
        it = out[:count]
        offer(lineup.rows[it[:, 0]].astype(np.int64), lineup.rows[it[:, 1]].astype(np.int64))

    def listed(part: int) -> int:
        start, stop = part * step, min((part + 1) * step, n)
        if start >= stop or lineup.gaps.shape[1] == 0:
            return 0
        gaps, *_ = _need(lineup.gaps[start:stop], target, best.threshold)
        near, out = lineup.neighbours[start:stop], room.found[part]
        while True:
            count = loops.listed(start, target.once, high, low, gaps, near, out)
            if count <= len(out):
                break
            out = np.empty((count, 2), dtype=np.int32)
        pairs(out, count)
        return stop - start

    def met(part: int) -> int:
        state = np.zeros(2, dtype=np.int64)
        out = room.found[part]
        as_c, as_d = (room.sides[side].arrays() for side in (1, -1))
        while state[0] < n:
            run.check()
            now, *most = _need(lineup.reach, target, best.threshold)
            state[1] = 0
            loops.join(
                state,
                part,
                parts,
                _BUDGET,
                target.once,
                sign,
                lowest,
                highest,
                scale,
                *most,
                high,
                low,
                now,
                *as_c,
                *as_d,
                lineup.half,
                lineup.first,
                lineup.rest,
                lineup.vectors,
                lineup.rows,
                lineup.squares,
                out,
            )
            pairs(out, int(state[1]))
        return step

    def work(piece: _Piece) -> int:
        return piece[0](piece[1])

    # Close pairs first: they are the likelier hits, and the threshold rises.
    first: list[_Piece] = [(listed, part) for part in range(parts)]
    second: list[_Piece] = []
    if spread >= 0:
        first = [(laid_out, 1), (laid_out, -1), *first]
        second = [(met, part) for part in range(parts)]
    done = 0
    for pieces in (first, second):
        for rows in run_blocks(work, pieces, cancelled=run.cancelled):
            done += rows
            run.report(Progress("pairs", min(done, 2 * n), 2 * n))
    lineup.spare.put(room)


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The rows that can be C, or D, in buckets; see ``join.lay_out``."""

    bucket: Rows32
    names: Rows32
    values: Floats32
    halves: Floats32
    columns: Floats32
    starts: Rows

    @classmethod
    def room(cls, n: int, loops: ModuleType) -> _Side:
        """Room for n rows."""
        return cls(
            np.empty(n, dtype=np.int32),
            np.empty(n, dtype=np.int32),
            np.empty(n, dtype=np.float32),
            np.empty(n, dtype=np.float32),
            np.empty((loops.WIDTH, n), dtype=np.float32),
            np.empty(loops.BUCKETS + 1, dtype=np.int64),
        )

    def lay_out(
        self,
        loops: ModuleType,
        lineup: Lineup,
        side: int,
        lowest: np.float32,
        highest: np.float32,
        scale: np.float32,
        ends: Floats32,
        need: Floats32,
    ) -> None:
        """Fill it."""
        loops.lay_out(
            np.float32(side),
            lowest,
            highest,
            scale,
            ends,
            need,
            lineup.half,
            lineup.first,
            self.bucket,
            self.starts,
            self.names,
            self.values,
            self.halves,
            self.columns,
        )

    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """What ``join`` takes of a side, with bucket ends of its own."""
        ends = self.starts[:-1].copy()
        return self.bucket, self.names, self.values, self.halves, self.columns, self.starts, ends


@dataclass(frozen=True, slots=True, eq=False)
class _Room:
    """What a question is worked out in: both sides, and pairs found by each part of it."""

    sides: dict[int, _Side]
    found: list[Rows32]


class Spare:
    """The room of the last question, for the next one; as much again where several are asked.

    Fresh memory costs a question some percent of its time, and each thread of the pool would keep
    for good what it once asked for.
    """

    def __init__(self) -> None:
        self._rooms: list[_Room] = []

    def take(self, n: int, parts: int, loops: ModuleType) -> _Room:
        """Room for n rows and so many parts, which nobody else has."""
        try:
            room = self._rooms.pop()
        except IndexError:
            room = _Room({side: _Side.room(n, loops) for side in (1, -1)}, [])
        while len(room.found) < parts:
            room.found.append(np.empty((2 * n + 4096, 2), dtype=np.int32))
        return room

    def put(self, room: _Room) -> None:
        """Keep it. Not that of a question that was stopped: who knows what still writes there."""
        if not self._rooms:
            self._rooms.append(room)


def _ends(lineup: Lineup, target: Target, threshold: float) -> tuple[Floats32, Floats32]:
    """(high, low), each (n,): bounds of what each row adds as C and takes off as D."""
    n = len(lineup.rows)
    it = target.operands
    # 10⁻¹² stands for products in float64; the rounding of the ends comes with each.
    slack = (target.error + 1e-12) * target.length * lineup.lengths
    if target.metric == "euclidean":
        # The difference 2 rise − rest, and the least rise, are as inexact as their larger term.
        slack += 40 * _UNIT * (target.length**2 + threshold**2)
    result = []
    for values, rows, side, nothing in (
        (it.p, target.first, 1, -np.inf),
        (it.y, target.second, -1, np.inf),
    ):
        placed = values[lineup.rows]
        ends = (placed + side * (slack + 4 * _UNIT * np.abs(placed))).astype(np.float32)
        if len(rows) < n:
            allowed = np.zeros(n, dtype=np.bool_)
            allowed[rows] = True
            ends[~allowed[lineup.rows]] = nothing
        result.append(ends)
    return result[0], result[1]


def _need(
    lengths: Floats32, target: Target, threshold: float
) -> tuple[Floats32, np.float32, np.float32, np.float32]:
    """The least rise that offsets so long ask for, with room for float32; and what the square
    of the longest offset is for a rise: (a, b, c) of a · rise² + b · rise + c."""
    if target.metric == "cosine":
        t = np.float32(threshold * (1 - 1e-5))
        return lengths * t, np.float32(1.0) / (t * t), np.float32(0), np.float32(0)
    size = target.length
    rest = (size + threshold) * (size - threshold)
    least = lengths * lengths
    least += np.float32(rest)
    least *= np.float32(0.5)
    np.maximum(least, np.float32(size * (size + threshold)), out=least)
    # Where it is negative, and what else the terms of the sum may lose, is in the ends of the rows.
    least *= np.float32(1 - 2e-6)
    return least, np.float32(0), np.float32(2), np.float32(-rest)
