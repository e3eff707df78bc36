"""What a relation tells of one of its pairs: each pair asked of all the others.

Of a pair (C, D) every gene but C competes with D as the answer to C, by

    direction      cos(relation of the other pairs, C − D)
    3CosAvg        cos(c − mean(a) + mean(b), d): 3CosAdd with means (Drozd et al. 2016, C16-1332)
    one pair       3CosAdd, or the direction, of A : B :: C : ?, in the mean over the other
                   pairs that share no gene with it
    nearest to C   a baseline that ignores the relation
    mean of B      nearest to the mean of the other B: a baseline that ignores C

The genes of the other pairs compete too: a method that only hands back what it was given must not
gain by that. (A single pair's own A and B do not, as everywhere.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gene_tui.arrays import Floats, Rows
from gene_tui.engines.analogy.ground import Ground
from gene_tui.engines.analogy.held_out import ranks_among_all
from gene_tui.engines.analogy.products import products
from gene_tui.engines.analogy.relation import unit_offsets
from gene_tui.engines.exact import CANCELLED, DIGITS, identical_to
from gene_tui.evaluate.scores import METHODS, Method
from gene_tui.run import QUIET, Run

#: Ways to answer, in the order of the tables.
WAYS: Mapping[str, str] = {
    "direction": "direction",
    "3cosavg": "3CosAvg",
    "one_3cosadd": "one pair, 3CosAdd",
    "one_direction": "one pair, direction",
    "nearest_to_c": "nearest to C",
    "mean_of_b": "mean of B",
}
#: Which measure is that of a single pair.
_SINGLE: Mapping[str, Method] = {"one_3cosadd": "3cosadd", "one_direction": "direction"}
#: Relations with fewer pairs say little.
SMALL = 10
#: Draws of pairs with replacement, and the share of them that an interval holds.
_DRAWS = 1000
_INTERVAL = (0.025, 0.975)
#: Pairs whose scores are held at once, and how many numbers those are at most.
_AT_ONCE = 64
_HELD = 8_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """How often a way found the answer.

    Attributes:
        hit_at_1, hit_at_10, mrr: means over the pairs of a relation, or over relations.
        low, high: 95 % interval of hit_at_10 over draws of pairs.
    """

    hit_at_1: float
    hit_at_10: float
    mrr: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """As written with ``--format json``."""
        return {
            "hit_at_1": self.hit_at_1,
            "hit_at_10": self.hit_at_10,
            "hit_at_10_low": self.low,
            "hit_at_10_high": self.high,
            "mrr": self.mrr,
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One relation asked for each of its pairs, or the mean over relations.

    Attributes:
        name: the relation's, or "macro mean".
        pairs: how many pairs were asked. chance: hit@10 of a gene drawn at random.
        estimates: way → estimate; ways that were not asked are missing.
    """

    name: str
    pairs: int
    chance: float
    estimates: dict[str, Estimate]

    @property
    def is_small(self) -> bool:
        """Whether there are too few pairs to say much."""
        return self.pairs < SMALL

    def to_json(self) -> dict[str, Any]:
        """As written with ``--format json``."""
        return {
            "relation": self.name,
            "pairs": self.pairs,
            "small": self.is_small,
            "chance_hit_at_10": self.chance,
            "scores": {way: self.estimates[way].to_json() for way in self.estimates},
        }


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """What was found of each pair of one relation.

    Attributes:
        name: the relation's. genes: how many compete for an answer.
        figures: way → (p, 3) float64, hit@1, hit@10 and 1/rank of each pair.
    """

    name: str
    genes: int
    figures: dict[str, Floats]

    @property
    def pairs(self) -> int:
        """How many pairs were asked."""
        return len(self.figures["direction"])


def asked_pairs(
    ground: Ground, name: str, pairs: Rows, single: Floats, *, run: Run = QUIET
) -> Asked | None:
    """Ask each pair of a relation of the others; None where there are not two with a direction.

    Args:
        pairs: (p, 2) int64, different rows A and B.
        single: (len(METHODS), p, 3) float64, the figures of each as an answer to single other
            pairs, in the mean; NaN where none was asked.

    Raises:
        Cancelled: the user stopped it.
    """
    if len(pairs) < 2:
        return None
    offsets = unit_offsets(ground, pairs)
    directed = ~np.isnan(offsets[:, 0])
    pairs, offsets, single = pairs[directed], offsets[directed], single[:, directed]
    if len(pairs) < 2:
        return None
    ranks = {"direction": ranks_among_all(ground, pairs, offsets, run=run)}
    ranks |= _by_angles(ground, pairs, run)
    figures = {way: figures_of(found) for way, found in ranks.items()}
    for way, method in _SINGLE.items():
        alone = single[METHODS.index(method)]
        figures[way] = alone[~np.isnan(alone[:, 0])]
    return Asked(name, len(ground.vectors) - 1, {way: figures[way] for way in WAYS})


def figures_of(ranks: Rows) -> Floats:
    """hit@1, hit@10 and 1/rank of ranks, (…, 3) float64; rank 0 was not found."""
    found = ranks > 0
    return np.stack(
        [ranks == 1, found & (ranks <= 10), np.where(found, 1 / np.maximum(ranks, 1), 0.0)],
        axis=-1,
    ).astype(np.float64)


def _by_angles(ground: Ground, pairs: Rows, run: Run) -> dict[str, Rows]:
    """Ranks of D by the cosine to a vector, for the ways that have one."""
    ways = ("3cosavg", "nearest_to_c", "mean_of_b")
    norms = ground.norms
    lengths = np.where(norms > 0, norms, np.inf)  # a vector of zeros stays one
    c, d = (ground.vectors[rows].astype(np.float64) / lengths[rows][:, None] for rows in pairs.T)
    many = len(pairs) - 1
    others_a, others_b = ((unit.sum(axis=0) - unit) / many for unit in (c, d))
    wanted = np.stack([c - others_a + others_b, c, others_b])
    ranks = np.zeros((len(ways), len(pairs)), dtype=np.int64)
    at_once = min(_AT_ONCE, max(1, _HELD // len(norms) // len(ways)))
    for start in range(0, len(pairs), at_once):
        run.check()
        part = wanted[:, start : start + at_once]
        columns = part.reshape(-1, part.shape[2])
        sizes = np.sqrt(np.einsum("ij,ij->i", columns, columns))
        points = sizes > 3 * CANCELLED
        units = columns / np.where(points, sizes, 1.0)[:, None]
        scores = np.round(products(ground.vectors, units.T) / lengths[:, None], DIGITS).T
        scores[:, norms == 0] = -np.inf
        scores[~points] = -np.inf
        scores = scores.reshape(len(ways), -1, len(norms))
        for place, (own, answer) in enumerate(pairs[start : start + at_once].tolist()):
            scores[:, place, identical_to(ground.vectors, own)] = -np.inf
            mine = scores[:, place, answer]
            higher = (scores[:, place] > mine[:, None]).sum(axis=1)
            ranks[:, start + place] = np.where(np.isfinite(mine), 1 + higher, 0)
    return dict(zip(ways, ranks, strict=True))


def estimated(asked: Sequence[Asked], seed: int) -> tuple[list[LeftOut], LeftOut]:
    """Each relation's figures, and the means over relations, with intervals over draws of pairs.

    Args:
        asked: at least one relation.
        seed: of the draws.
    """
    generator = np.random.default_rng(seed)
    found: list[LeftOut] = []
    means: dict[str, list[Floats]] = {way: [] for way in WAYS}
    draws: dict[str, list[Floats]] = {way: [] for way in WAYS}
    for relation in asked:
        estimates = {}
        for way, figures in relation.figures.items():
            if not len(figures):
                continue
            picked = generator.integers(0, len(figures), (_DRAWS, len(figures)))
            drawn = figures[:, 1][picked].mean(axis=1)
            means[way].append(figures.mean(axis=0))
            draws[way].append(drawn)
            estimates[way] = _estimate(means[way][-1], drawn)
        chance = min(1.0, 10 / relation.genes)
        found.append(LeftOut(relation.name, relation.pairs, chance, estimates))
    overall = {
        way: _estimate(np.mean(means[way], axis=0), np.mean(draws[way], axis=0))
        for way in WAYS
        if means[way]
    }
    pairs = sum(relation.pairs for relation in asked)
    chance = float(np.mean([relation.chance for relation in found]))
    return found, LeftOut("macro mean", pairs, chance, overall)


def _estimate(figures: Floats, drawn: Floats) -> Estimate:
    low, high = np.quantile(drawn, _INTERVAL)
    first, ten, reciprocal = figures.tolist()
    return Estimate(first, ten, reciprocal, float(low), float(high))
