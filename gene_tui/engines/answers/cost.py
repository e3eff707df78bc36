"""What a long question in a large space will cost, said before it starts.

Up to ``LARGE`` genes every question but ``? : ?`` takes seconds. Beyond, what is known of the
space's shape is not enough to leave most pairs out, so questions about pairs may have to look
at all of them: in bounded memory, but for minutes or hours.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from gene_tui.engines.analogy.pairs import PART
from gene_tui.engines.answers.question import Question
from gene_tui.engines.pool import single_threaded_blas, threads
from gene_tui.model.options import Options
from gene_tui.model.query import Kind
from gene_tui.run import roughly
from gene_tui.spaces.derive import COORDINATES
from gene_tui.spaces.space import LARGE, Space

#: Rows on each side of the product that is measured; as many as the engines take at once.
_SIDE = 1024
_RUNS = 3
#: Bytes of float32 and of what else one row takes (lengths, products, coordinates' squares).
_FLOAT32, _PER_ROW = 4, 64
#: Memory of one thread's tiles, MB.
_TILES_MB = 30.0
#: Memory of the search for likely pairs, MB.
_SEEDS_MB = 60.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What answering takes.

    Attributes:
        pairs: pairs of genes to compare, at most.
        seconds: on this machine's threads, from a measured sample; at most, where bounds help.
        memory_mb: beyond the mapped rows.
    """

    pairs: int
    seconds: float
    memory_mb: float

    @property
    def text(self) -> str:
        """One line, with what makes it less."""
        return (
            f"up to {self.pairs:,} pairs, about {roughly(self.seconds)} and "
            f"{self.memory_mb:,.0f} MB; --truncate or --within makes it less"
        )


def estimate(space: Space, question: Question, options: Options) -> Cost | None:
    """The cost of a question about pairs among more than ``LARGE`` genes, else None.

    Takes a fraction of a second: one product of the engines' size is measured.
    """
    n = space.n if options.candidates is None else len(options.candidates)
    all_pairs = question.kind in (Kind.CLOSEST, Kind.PAIRS, Kind.SUMS, Kind.PARALLEL)
    related = question.kind is Kind.RELATION and question.slots[-2:] == (None, None)
    if n <= LARGE or not (all_pairs or related):
        return None
    unordered = question.kind in (Kind.CLOSEST, Kind.SUMS)
    pairs = n * (n - 1) // (2 if unordered else 1)
    memory = _TILES_MB * threads() + space.n * _PER_ROW / 1e6
    if question.kind is not Kind.CLOSEST:
        # A part of the rows on each side of the product, and rough scores of likely pairs.
        memory += 2 * PART * (space.d + 2 * COORDINATES) * _FLOAT32 / 1e6 + _SEEDS_MB
    if question.kind in (Kind.PAIRS, Kind.RELATION) or (
        question.kind is Kind.PARALLEL and options.metric == "euclidean"
    ):
        # The rows about their mean.
        memory += space.n * space.d * _FLOAT32 / 1e6
    return Cost(pairs, _seconds_per_pair(space) * pairs / threads(), memory)


@single_threaded_blas()
def _seconds_per_pair(space: Space) -> float:
    """Seconds one thread takes for a pair: its share of a product and of a look at it."""
    first = np.array(space.vectors[:_SIDE])
    second = np.array(space.vectors[-_SIDE:])
    taken = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        np.flatnonzero((first @ second.T) > np.float32(np.inf))
        taken.append(time.perf_counter() - start)
    return min(taken) / (len(first) * len(second))
