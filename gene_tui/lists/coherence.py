"""How well the genes of a list go together: centre, fit, coherence; all in float64.

The centre is the mean of the members' unit vectors (cosine; its length does not matter) or of
their vectors (Euclidean). A member's fit is its cosine to the centre of the others. Coherence
is the mean cosine over all pairs of members. Members of length 0 have no direction: they have no
fit and no part in the coherence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.model.options import Metric
from gene_tui.run import IsCancelled, check, never

#: Random lists that a coherence is compared with, and their seed.
RANDOM_LISTS = 1000
SEED = 20_829
#: Members held as float64 at a time.
_CHUNK = 4096
#: A sum this short against the lengths it was made of has cancelled out; what is left is rounding.
_CANCELLED = 1e-12
#: Above this share of the space, random lists are summed by one product instead of row by row.
_MANY = 0.1
#: Bytes that say which genes are in which of those.
_HELD = 32 << 20


@dataclass(frozen=True, slots=True)
class Togetherness:
    """How well the members of a list go together.

    Attributes:
        centre: (d,) float64; None where the members cancel each other out or none has a
            direction (cosine only).
        fits: (m,) float64, NaN where unknown.
        coherence: mean cosine over all pairs; None with fewer than two directions.
        directed: how many members have a direction.
    """

    centre: Floats | None
    fits: Floats
    coherence: float | None
    directed: int


def togetherness(vectors: Matrix, norms: Floats, members: Rows, metric: Metric) -> Togetherness:
    """Centre, fits and coherence of a list.

    Args:
        vectors: (n, d). norms: (n,) float64, lengths of the rows. members: (m,), different rows.
    """
    unit = metric == "cosine"
    directed = int(np.count_nonzero(norms[members]))
    units = _sum(vectors, norms, members, unit=True)
    total = units if unit else _sum(vectors, norms, members, unit=False)
    lengths = float(directed) if unit else float(norms[members].sum())
    fits = np.full(len(members), np.nan)
    for start, block in _blocks(vectors, norms, members, unit=unit):
        own = np.sqrt(np.einsum("ij,ij->i", block, block))
        others = total - block
        rest = np.sqrt(np.einsum("ij,ij->i", others, others))
        known = (own > 0) & (rest > _CANCELLED * lengths)
        products = np.einsum("ij,ij->i", block, others)[known]
        part = fits[start : start + len(block)]
        part[known] = np.clip(products / (own * rest)[known], -1.0, 1.0)
    coherence = None
    if directed > 1:
        coherence = float(_mean_cosine(units[None], directed)[0])
    cancelled = np.linalg.norm(total) <= _CANCELLED * lengths
    centre = None if unit and cancelled else total / (directed if unit else len(members))
    return Togetherness(centre, fits, coherence, directed)


def as_vector(vectors: Matrix, norms: Floats, members: Rows, metric: Metric) -> Floats:
    """What a list is as one vector, (d,) float64: by cosine the unit vector of its centre, as
    long as its members are on average; the mean of their vectors else. Zero where they cancel
    each other out.
    """
    if metric == "euclidean":
        return _sum(vectors, norms, members, unit=False) / len(members)
    total = _sum(vectors, norms, members, unit=True)
    length = float(np.linalg.norm(total))
    if length <= _CANCELLED * np.count_nonzero(norms[members]):
        return np.zeros_like(total)
    result: Floats = total * (float(norms[members].mean()) / length)
    return result


def random_coherences(
    vectors: Matrix, norms: Floats, size: int, *, cancelled: IsCancelled = never
) -> Floats:
    """Coherence of ``RANDOM_LISTS`` seeded random lists of ``size`` genes; (r,) float64.

    The genes of a list are different and have a direction. Empty where there are not more than
    ``size`` of those, or ``size`` is below 2.

    Raises:
        Cancelled: the user stopped it.
    """
    genes = np.flatnonzero(norms)
    if not 2 <= size < len(genes):
        return np.empty(0)
    rng = np.random.default_rng(SEED)
    sums = np.zeros((RANDOM_LISTS, vectors.shape[1]))
    if size < _MANY * len(genes):
        for place in range(RANDOM_LISTS):
            check(cancelled)
            rows = genes[rng.choice(len(genes), size, replace=False)]
            sums[place] = _sum(vectors, norms, rows, unit=True)
        return _mean_cosine(sums, size)
    at_once = max(1, _HELD // len(genes))
    for first in range(0, RANDOM_LISTS, at_once):
        part = sums[first : first + at_once]
        chosen = np.zeros((len(part), len(genes)), dtype=np.bool_)
        for row in chosen:
            check(cancelled)
            row[rng.choice(len(genes), size, replace=False)] = True
        for start, block in _blocks(vectors, norms, genes, unit=True):
            check(cancelled)
            part += chosen[:, start : start + len(block)].astype(np.float64) @ block
    return _mean_cosine(sums, size)


def _mean_cosine(sums: Floats, size: int) -> Floats:
    """Mean cosine over the pairs of lists of unit vectors, from the sums of those; (r,)."""
    squares = np.einsum("ij,ij->i", sums, sums)
    result: Floats = np.clip((squares - size) / (size * (size - 1.0)), -1.0, 1.0)
    return result


def _sum(vectors: Matrix, norms: Floats, rows: Rows, *, unit: bool) -> Floats:
    total = np.zeros(vectors.shape[1])
    for _, block in _blocks(vectors, norms, rows, unit=unit):
        total += block.sum(axis=0)
    return total


def _blocks(
    vectors: Matrix, norms: Floats, rows: Rows, *, unit: bool
) -> Iterator[tuple[int, Floats]]:
    """Where each block of rows begins, and their vectors in float64, of unit length if wanted."""
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        block = vectors[part].astype(np.float64)
        if unit:
            block /= np.where(norms[part] > 0, norms[part], 1.0)[:, None]
        yield start, block
