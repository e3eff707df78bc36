"""The best analogies of a whole space, ? : ? :: ? : ?, in parts that need not know each other.

An analogy can be told in four ways (``engine.TURNS``), two of them with its shorter pair first.
So the pairs (A, B) of the space are cut into square tiles: a part meets every analogy whose
shorter pair lies in its tile, and together they meet all. One whose pairs are equally long may
be met by two parts; it is told with its lowest row as A, so it is the same hit. What parts
share is a threshold: the k-th best score known anywhere. It only rises, and handing an old one
to a part costs time, never a hit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import NamedTuple

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy.best import Best
from gene_tui.engines.analogy.engine import AnalogyEngine
from gene_tui.engines.analogy.gram import Gram, Panel
from gene_tui.engines.analogy.ground import Limits
from gene_tui.engines.analogy.pieces import LEAST, offer, pairs, products_of
from gene_tui.engines.found import Found, stopped
from gene_tui.engines.pool import run_blocks, threads, wait_for
from gene_tui.errors import Cancelled, UsageError
from gene_tui.model.options import DEFAULT_CAP
from gene_tui.run import QUIET, Progress, Run
from gene_tui.spaces.derive import geometry_of
from gene_tui.spaces.geometry import Geometry
from gene_tui.spaces.space import LARGE

#: Genes on a side of a tile at most: with fewer, most of the time goes into their products.
_SIDE = 256
#: Rows of A and of B in one call of the compiled loops: what is read of the B stays in the
#: second cache, and stopping takes a tenth of a second.
_A, _B = 32, 128
#: Of so many genes every so-many-th is searched first, for a threshold to begin with.
_FEW, _SHARE = 64, 16
#: Pairs tried where nothing is known yet, and genes from each end of them.
_TRIED, _SEEDS = 256, 24
#: Seconds between two reports of the best hits so far.
_PAUSE = 0.5
#: Bytes a number takes, and what a row takes beside its vector and coordinates.
_FLOAT32, _PER_ROW = 4, 512
#: Seconds of a core that a pair A, B takes for each gene there is, measured at 4,000 and 20,829.
_PAIR_S = 6e-10
#: What is being done, for progress.
STAGE = "analogies of the whole space"
METHOD = "bounded search for every A and B, float64 scores"


class Part(NamedTuple):
    """Pairs of a row from ``first`` to ``first_stop`` and one from ``second`` to ``second_stop``.

    Both are the same rows, or ``second`` come later.
    """

    first: int
    first_stop: int
    second: int
    second_stop: int

    @property
    def pairs(self) -> int:
        """Pairs of two different rows, each once."""
        high, wide = self.first_stop - self.first, self.second_stop - self.second
        return high * (high - 1) // 2 if self.first == self.second else high * wide


def parts_of(n: int, side: int | None = None) -> list[Part]:
    """Cut the pairs of n genes into tiles, in the order of their rows.

    The same arguments give the same parts, always: an unfinished scan relies on it.

    Args:
        side: genes on a side of a tile; None for the usual number.

    Raises:
        UsageError: n is beyond what a search over all triples of each gene can do.
    """
    if n > LARGE:
        raise UsageError(
            f"? : ? goes through all analogies, too many for {n:,} genes",
            f"limit it to {LARGE:,} with --truncate",
        )
    side = side or min(max(-(-n // 8), 16), _SIDE)
    starts = range(0, n, side)
    tiles = [Part(a, min(a + side, n), b, min(b + side, n)) for a in starts for b in starts]
    return [tile for tile in tiles if tile.first <= tile.second and tile.pairs > 0]


def memory_mb(n: int, d: int) -> float:
    """What a search over n genes of d dimensions takes on all threads, MB at most."""
    panels = 2 * 2 * min(n, _SIDE) * n * _FLOAT32
    once = n * (2 * d * _FLOAT32 + _PER_ROW)
    return (once + threads() * (panels + n * _PER_ROW)) / 1e6


def seconds(n: int) -> float:
    """What a search over n genes takes on all threads, about: each pair A, B meets rows of both."""
    return _PAIR_S * n * (n * (n - 1) / 2) / threads()


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


def gram_of(vectors: Matrix, geometry: Geometry | None = None, *, run: Run = QUIET) -> Gram:
    """What a search over a whole space needs to know of it.

    Args:
        vectors: (n, d) float32. geometry: their shape; computed where it is not given.

    Raises:
        UsageError: too many rows. Cancelled: while the shape was computed.
    """
    parts_of(len(vectors))
    if geometry is None:
        geometry = geometry_of(vectors, spread=run_blocks, run=run)
    engine = AnalogyEngine(vectors, norms=geometry.lengths, geometry=geometry)
    # As the engine has them: both scaled alike where lengths are extreme.
    assert engine.geometry is not None
    return Gram.of(engine.vectors, engine.geometry, np.arange(len(vectors)))


def search(
    gram: Gram,
    parts: Iterable[Part],
    best: Best,
    cap: float | None = DEFAULT_CAP,
    *,
    run: Run = QUIET,
) -> Iterator[Part]:
    """Offer every analogy of some parts to ``best`` that can be among its k best.

    Yields each part when it is finished, in any order.

    Args:
        best: takes hits of four rows, the lowest first.
        cap: hits whose A·C or B·D cosine exceeds it are left out.

    Raises:
        Cancelled: the user stopped it; ``best`` then holds the best so far.
    """
    tiles = wait_for(_tiles, run.cancelled)

    def work(part: Part) -> Part:
        _search(tiles, gram, part, best, cap, run)
        return part

    yield from run_blocks(work, parts, cancelled=run.cancelled)


def search_few(gram: Gram, best: Best, cap: float | None, *, run: Run = QUIET) -> None:
    """Raise the threshold of ``best``: by all analogies of few genes, of more, and of more.

    Half of them are the shortest about the mean, where good analogies are most likely, the
    others come from everywhere. It takes a hundredth of the whole search, which then leaves
    out most of what it would have to look at.

    Raises:
        Cancelled: as ``search``.
    """
    n = len(gram) // _SHARE
    if n < _FEW:
        return
    short = np.argsort(gram.lengths, kind="stable")[: n // 2]
    even = np.linspace(0, len(gram) - 1, n - n // 2).astype(np.int64)
    some = gram.some(np.union1d(short, even))
    search_few(some, best, cap, run=run)
    for _ in search(some, parts_of(len(some)), best, cap, run=run):
        pass


def in_order(parts: list[Part]) -> list[int]:
    """Places of the parts, shuffled, so that what is left to do is like what is done."""
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
    if limits.candidates is None and ground.shape is not None:
        # The engine's own rows are scaled; so is the shape it knows.
        parts_of(len(engine.vectors))
        gram = Gram.of(engine.vectors, ground.shape, allowed)
    else:
        gram = gram_of(engine.vectors[allowed], run=run)
    ended = False

    def answer(best: Best, complete: bool) -> Found:
        rows, scores = best.hits()
        return Found(allowed[rows], scores, complete, complete, METHOD)

    def one_search(k: int, left_out: Rows) -> tuple[Rows, Floats]:
        nonlocal ended
        best = Best(k, 4)

        def tell() -> None:
            # Under --per-gene the best so far may still be left out.
            if run.found is not None and limits.per_gene is None:
                run.found(answer(best, complete=False))

        places = np.flatnonzero(~np.isin(allowed, left_out))
        if not ended and len(places) >= 4:
            try:
                some = gram if len(places) == len(allowed) else gram.some(places)
                _all_parts(some, best, limits.cap, tell, run)
            except Cancelled:
                ended = True
        known = answer(best, complete=True)
        return known.rows, known.scores

    whole = ground.limited(one_search, limits, 4, "cosine", METHOD)
    return stopped(whole) if ended else whole


def _all_parts(
    gram: Gram, best: Best, cap: float | None, tell: Callable[[], None], run: Run
) -> None:
    """Search part after part, with one threshold for all."""
    parts = parts_of(len(gram))
    total = sum(part.pairs for part in parts)
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
    search_few(gram, best, cap, run=run.muted())
    risen()
    for part in search(gram, (parts[place] for place in in_order(parts)), best, cap, run=run):
        done += part.pairs
        run.report(Progress(STAGE, done, total))
        risen()


# -- one part ------------------------------------------------------------------------------


def _tiles() -> ModuleType:
    from gene_tui.engines.analogy import tiles

    return tiles


def _search(
    tiles: ModuleType, gram: Gram, part: Part, best: Best, cap: float | None, run: Run
) -> None:
    run.check()
    if best.threshold < LEAST:
        _seed(gram, part, best, cap, run)
    one = gram.panel(part.first, part.first_stop, cap, tiles)
    two = one
    if part.second != part.first:
        two = gram.panel(part.second, part.second_stop, cap, tiles)
    if best.threshold < LEAST:
        _everything(gram, one, two, best, cap, run)
        return
    for a in range(0, len(one), _A):
        for b in range(0, len(two), _B):
            left, right = one.part(a, _A), two.part(b, _B)
            if left.start < right.start + len(right) - 1:
                run.check()
                pairs(tiles, gram, left, right, best, cap)


def _seed(gram: Gram, part: Part, best: Best, cap: float | None, run: Run) -> None:
    """Offer likely hits of a few pairs: C and D from the two ends of A − B."""
    random = np.random.default_rng(0)
    size = _SEEDS + int(np.sqrt(best.k))
    for _ in range(min(_TRIED, part.pairs)):
        run.check()
        a = int(random.integers(part.first, part.first_stop))
        b = int(random.integers(part.second, part.second_stop))
        offset = gram.vectors[gram.rows[a]].astype(np.float64) - gram.vectors[gram.rows[b]]
        length = float(np.sqrt(offset @ offset))
        if length == 0:
            continue
        p = gram.centred @ (offset / length).astype(np.float32)
        may = np.ones((2, len(gram)), dtype=np.bool_)
        if cap is not None:
            may = np.concatenate([gram.panel(row, row + 1, cap).allowed for row in (a, b)])
            may = may > -np.inf
        may[:, [a, b]] = False
        c, d = np.flatnonzero(may[0]), np.flatnonzero(may[1])
        c = c[np.argsort(-p[c], kind="stable")[:size]]
        d = d[np.argsort(p[d], kind="stable")[:size]]
        offer(gram, best, products_of(a, b, c, d), cap)
        if best.threshold >= LEAST:
            return


def _everything(
    gram: Gram, one: Panel, two: Panel, best: Best, cap: float | None, run: Run
) -> None:
    """Offer all there are, where no bound holds: k is larger than there are good hits."""
    for a in range(one.start, one.start + len(one)):
        for b in range(max(two.start, a + 1), two.start + len(two)):
            run.check()
            c = np.flatnonzero(one.allowed[a - one.start] > -np.inf)
            d = np.flatnonzero(two.allowed[b - two.start] > -np.inf)
            step = max(1, (1 << 20) // max(len(d), 1))
            for start in range(0, len(c), step):
                part = c[start : start + step]
                offer(gram, best, products_of(a, b, part, d), cap)
