"""Do the pairs of a relation point the same way because of who is paired with whom?

All pairs liver gene → muscle gene point somewhat the same way, whoever is paired with whom,
because the two kinds of genes lie in different places. So the directions of the true pairs are
compared with those of the same genes paired otherwise, after the pairing consistency score of
Fournier, Dupoux and Dunbar 2020 (2020.conll-1.29).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Mask, Matrix, Rows
from gene_tui.engines.exact import lengths_of
from gene_tui.engines.pool import run_blocks
from gene_tui.run import IsCancelled, never

#: Times that partners are shuffled.
SHUFFLES = 50
#: A relation with more pairs is judged by this many of them, drawn at random.
MOST_PAIRS = 400


def pair_direction_auc(
    vectors: Matrix, pairs: Rows, *, seed: int, cancelled: IsCancelled = never
) -> float | None:
    """How well the direction of pairs tells true partners from shuffled ones, 0 to 1.

    The score of two pairs (A, B) and (C, D) with four different genes is cos(A − B, C − D).
    True scores are those of all two pairs of the relation. For the shuffled ones the B are
    dealt to the A at random, ``SHUFFLES`` times; of each deal, pairs that belong to the
    relation after all are left out, and so are those of two identical vectors. The result is
    the area under the ROC curve: the probability that a true score is higher than a shuffled
    one, equal ones counting half. 0.5: the pairing does not matter. 1: every two true pairs
    are more parallel than any shuffled two.

    Args:
        vectors: (n, d) float32. pairs: (p, 2) int64, rows, all different.
        seed: of the deals.

    Returns:
        None where there are not two such pairs to compare, true or shuffled.

    Raises:
        Cancelled: ``cancelled`` said so.
    """
    generator = np.random.default_rng(seed)
    if len(pairs) > MOST_PAIRS:
        pairs = pairs[np.sort(generator.choice(len(pairs), MOST_PAIRS, replace=False))]
    known = set(map(tuple, pairs.tolist()))
    deals = []
    for _ in range(SHUFFLES):
        deal = np.column_stack([pairs[:, 0], generator.permutation(pairs[:, 1])])
        deals.append(deal[[tuple(pair) not in known for pair in deal.tolist()]])
    true = _scores(vectors, pairs)
    found = list(run_blocks(lambda deal: _scores(vectors, deal), deals, cancelled=cancelled))
    shuffled = np.sort(np.concatenate(found))
    if not len(true) or not len(shuffled):
        return None
    below = np.searchsorted(shuffled, true, "left")
    up_to = np.searchsorted(shuffled, true, "right")
    return float((below + up_to).mean() / (2 * len(shuffled)))


def _scores(vectors: Matrix, pairs: Rows) -> Floats:
    """cos(A − B, C − D) of every two pairs with four different genes, rounded; (m,) float64."""
    first, second = (vectors[pairs[:, place]].astype(np.float64) for place in (0, 1))
    offsets = first - second
    usable = offsets.any(axis=1)
    offsets, pairs = offsets[usable], pairs[usable]
    units = offsets / lengths_of(offsets)[:, None]
    cosines = np.clip(units @ units.T, -1.0, 1.0)
    shared = np.zeros(cosines.shape, dtype=np.bool_)
    for one in pairs.T:
        for other in pairs.T:
            shared |= one[:, None] == other
    wanted: Mask = np.triu(~shared, 1)
    result: npt.NDArray[np.float64] = np.round(cosines[wanted], 12)
    return result
