"""The groups a list falls apart into: average linkage of its members by cosine."""

from __future__ import annotations

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.lists.coherence import random_coherences
from gene_tui.run import IsCancelled, never

#: The cosines of a longer list are not compared all with all.
MOST = 2000
#: Standard deviations above the mean cosine of random pairs at which groups are cut.
CUT_SD = 2.0


def group_cut(vectors: Matrix, norms: Floats, *, cancelled: IsCancelled = never) -> float | None:
    """The mean cosine that keeps two groups together: more than that of random pairs.

    Returns:
        Their mean and ``CUT_SD`` standard deviations; None where there are no random pairs.

    Raises:
        Cancelled: the user stopped it.
    """
    pairs = random_coherences(vectors, norms, 2, cancelled=cancelled)
    return float(pairs.mean() + CUT_SD * pairs.std()) if len(pairs) else None


def groups(vectors: Matrix, norms: Floats, members: Rows, cut: float) -> list[Rows]:
    """The members in groups, the largest first, their order kept within each.

    Two groups are joined, the closest first, as long as the mean cosine between their members
    reaches ``cut``. Members of length 0 are in none; a member alone is a group of its own.

    Args:
        members: (m,) different rows, m at most ``MOST``.
    """
    rows = members[norms[members] > 0]
    units = vectors[rows].astype(np.float64) / norms[rows][:, None]
    place = np.arange(len(rows))
    for first, second in _joined(np.clip(units @ units.T, -1.0, 1.0), cut):
        place[place == place[second]] = place[first]
    found = [rows[place == which] for which in dict.fromkeys(place.tolist())]
    return sorted(found, key=len, reverse=True)


def _joined(similar: Floats, cut: float) -> list[tuple[int, int]]:
    """Pairs of places whose groups are joined at a mean cosine of at least ``cut``.

    Every chain of nearest neighbours ends in two groups that are each other's nearest; for
    average linkage joining those first makes the same tree as joining the closest first
    (Murtagh 1983).

    Args:
        similar: (m, m) cosines; overwritten.
    """
    sizes = np.ones(len(similar))
    np.fill_diagonal(similar, -np.inf)
    joined = []
    alive = np.ones(len(similar), dtype=np.bool_)
    chain: list[int] = []
    while alive.sum() > 1:
        if not chain:
            chain = [int(np.flatnonzero(alive)[0])]
        last = chain[-1]
        near = int(np.argmax(similar[last]))
        # Of equals the one before in the chain, so that it ends.
        if len(chain) > 1 and similar[last, chain[-2]] >= similar[last, near]:
            near = chain[-2]
        if len(chain) < 2 or near != chain[-2]:
            chain.append(near)
            continue
        del chain[-2:]
        if similar[last, near] >= cut - 1e-12:
            joined.append((near, last))
        both = sizes[near] + sizes[last]
        mean = (sizes[near] * similar[near] + sizes[last] * similar[last]) / both
        similar[near] = similar[:, near] = mean
        similar[near, near] = -np.inf
        similar[last] = similar[:, last] = -np.inf
        sizes[near], alive[last] = both, False
    return joined
