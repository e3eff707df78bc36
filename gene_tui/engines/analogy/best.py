"""The best k hits so far, shared by all threads of one search, and the rule "at most m a gene"."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from gene_tui.arrays import Floats, Rows
from gene_tui.engines.exact import DIGITS
from gene_tui.engines.found import Found, order
from gene_tui.errors import UsageError

#: More hits than this are not kept: equal scores could fill the memory.
MOST = 1_000_000


def check_k(k: int) -> None:
    """Raise UsageError unless k is 1 to ``MOST``."""
    if not 1 <= k <= MOST:
        raise UsageError(f"-k takes 1 to {MOST:,}, not {k:,}")


class Best:
    """The best k hits offered so far; every hit counts once however often it is offered.

    ``threshold`` only rises. A hit below it can no longer be among the best k; one that ties
    with the k-th to 12 digits is not below it, for the rows decide between those.
    """

    def __init__(self, k: int, slots: int, *, places: Sequence[int] | None = None) -> None:
        """Args:
            k: at least 1.
            slots: genes a hit fills.
            places: column of the offered rows that becomes each column of the hits; decides
                the order among ties too. None keeps them.

        Raises:
            UsageError: k is below 1 or above ``MOST``.
        """
        check_k(k)
        self.k = k
        self._places = list(places) if places is not None else None
        self._lock = threading.Lock()
        self._rows: Rows = np.empty((0, slots), dtype=np.int64)
        self._scores: Floats = np.empty(0)
        self._waiting: list[tuple[Rows, Floats]] = []
        self._waiting_count = 0
        self._threshold = -np.inf

    @property
    def threshold(self) -> float:
        """What a hit needs to matter; -inf until k hits are known."""
        return self._threshold

    def offer(self, rows: Rows, scores: Floats) -> None:
        """Hits (h, slots) and their float64 scores; what is not finite is not a hit."""
        keep = np.isfinite(scores) & (scores >= self._threshold)
        if not keep.any():
            return
        rows = np.asarray(rows, dtype=np.int64)[keep]
        if self._places is not None:
            rows = rows[:, self._places]
        with self._lock:
            self._waiting.append((rows, scores[keep]))
            self._waiting_count += int(keep.sum())
            # Merging costs O(k), so with a large k offers are gathered first.
            if len(self._scores) < self.k or self._waiting_count > self.k // 4:
                self._merge()

    def hits(self) -> tuple[Rows, Floats]:
        """The best so far, best first."""
        with self._lock:
            self._merge()
            return self._rows, self._scores

    def found(self, method: str, *, complete: bool = True, notes: tuple[str, ...] = ()) -> Found:
        """The best so far as an answer."""
        rows, scores = self.hits()
        return Found(rows, scores, exact=complete, complete=complete, method=method, notes=notes)

    def _merge(self) -> None:
        if not self._waiting:
            return
        rows = np.concatenate([self._rows, *(part for part, _ in self._waiting)])
        scores = np.concatenate([self._scores, *(part for _, part in self._waiting)])
        self._waiting, self._waiting_count = [], 0
        first = _first_of_each(rows)
        rows, scores = rows[first], scores[first]
        best = order(scores, rows)[: self.k]
        self._rows, self._scores = rows[best], scores[best]
        if len(best) == self.k:
            worst = float(np.round(self._scores[-1], DIGITS))
            self._threshold = max(self._threshold, worst - 10.0**-DIGITS)


def _first_of_each(rows: Rows) -> Rows:
    """Indices of the first occurrence of every distinct row."""
    if len(rows) == 0 or rows.shape[1] == 0:
        return np.arange(len(rows))
    keys = [rows[:, place] for place in range(rows.shape[1])]
    sort = np.lexsort(keys)
    ordered = rows[sort]
    fresh = np.ones(len(rows), dtype=np.bool_)
    fresh[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return np.asarray(sort[fresh])


def at_most_per_gene(
    search: Callable[[int, Rows], tuple[Rows, Floats]], k: int, limit: int, slots: int
) -> tuple[Rows, Floats]:
    """The best k hits in which no gene stands more than ``limit`` times.

    Greedy from the best: a hit that would make a gene appear once too often is left out.
    A gene that has reached the limit takes no further part, so it is enough to search again
    without those genes, and nothing needs a list of all hits.

    Args:
        search: (k, rows left out) → the best k hits without those genes, best first.

    Raises:
        UsageError: limit is below 1.
    """
    if limit < 1:
        raise UsageError("--per-gene needs at least 1")
    count: Counter[int] = Counter()
    taken: dict[tuple[int, ...], float] = {}
    full: Rows = np.empty(0, dtype=np.int64)
    while len(taken) < k:
        wanted = min(len(taken) + max(4 * (k - len(taken)), 64), MOST)
        rows, scores = search(wanted, full)
        for hit, score in zip(map(tuple, rows.tolist()), scores.tolist(), strict=True):
            if hit in taken or any(count[gene] >= limit for gene in hit):
                continue
            taken[hit] = score
            count.update(hit)
            if len(taken) == k:
                break
        grown = np.array(sorted(g for g, times in count.items() if times >= limit), dtype=np.int64)
        if len(rows) < wanted or len(grown) == len(full):
            break
        full = grown
    hits = np.array(list(taken), dtype=np.int64).reshape(len(taken), slots)
    return hits, np.array(list(taken.values()), dtype=np.float64)
