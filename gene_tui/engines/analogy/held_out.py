"""How far a relation holds: each example asked of the others.

For an example (A, B) the relation of the other examples is asked what completes A. B's place among
all genes but A and the other examples' genes is its held-out rank: 1 + the number of genes with a
higher score, by direction. Two yardsticks stand beside the median of these ranks: what a random B
would get, and what the same examples get when their partners are dealt anew.

All of it follows from one product of all rows with the examples' offsets and their A, for the
relation of the others is a sum of offsets less one, and so is that of a dealing. The true ranks
come from these products as far as those decide them, and by definition where they do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from gene_tui.arrays import Floats, Mask, Matrix, Rows
from gene_tui.engines.analogy.ground import Ground
from gene_tui.engines.analogy.products import products
from gene_tui.engines.analogy.relation import Relation
from gene_tui.engines.exact import CANCELLED, DIGITS, lengths_of, offset_scores
from gene_tui.engines.pool import single_threaded_blas
from gene_tui.model.result import Yardstick
from gene_tui.run import QUIET, Progress, Run

SEED = 20_829
#: Dealings that are looked at, and how many examples have all theirs gone through.
DEALINGS = 200
_ALL_OF = 5
#: Of more examples so many are dealt.
MOST_DEALT = 100
#: Seeded draws among which dealings are looked for.
_TRIES = 4000
#: Medians of random ranks that are drawn, and the quantile below which nothing is chance.
_DRAWN = 10_000
_QUANTILE = 0.05
#: Examples whose products are held at once, and how many numbers of one kind that are at most.
_AT_ONCE = 64
_HELD = 16_000_000
#: Rows whose products are summed at once: stays in a core's cache.
_COLUMNS = 2048
#: |A − D|² below this share of |A|² + |D|² is taken from the difference itself.
_CLOSE = 1e-3


@dataclass(frozen=True, eq=False, slots=True)
class ExampleRanks:
    """How the examples of a relation do when each is asked of the others.

    Attributes:
        ranks: (m,) int64, B's rank; 0 where the others cancel each other out.
        of: (m,) int64, how many genes compete for it, B among them.
        fits: (m,) float64, cosine of an example's offset and the relation of the others; NaN
            where that has no direction.
        random: with a random B. dealt: with partners dealt anew; None where they cannot be.
    """

    ranks: Rows
    of: Rows
    fits: Floats
    random: Yardstick | None
    dealt: Yardstick | None

    @property
    def median(self) -> float | None:
        """The median rank; None where none is known."""
        known = self.ranks[self.ranks > 0]
        return float(np.median(known)) if len(known) else None


@dataclass(frozen=True, eq=False, slots=True)
class _Lines:
    """What ranks need of some examples.

    Attributes:
        examples: (m, 2) rows. own: (m, n) products with the unit offsets. first: with A.
        apart: (m, n) |A − D|; NaN where it is zero, which is never a hit.
        close: (m, n) bool, where only the difference itself tells what it is.
    """

    examples: Rows
    own: Floats
    first: Floats
    apart: Floats
    close: Mask

    @classmethod
    def of(cls, ground: Ground, examples: Rows, offsets: Floats) -> _Lines:
        a = examples[:, 0]
        columns = np.concatenate([offsets, ground.vectors[a].astype(np.float64)]).T
        own, first = np.split(np.ascontiguousarray(products(ground.vectors, columns).T), 2)
        squares = ground.norms**2
        both = squares + squares[a][:, None]
        apart = both - 2 * first
        close = apart <= _CLOSE * both
        np.sqrt(np.maximum(apart, 0.0, out=apart), out=apart)
        for place, row in enumerate(a.tolist()):
            near = np.flatnonzero(close[place])
            exact = lengths_of(ground.row(row) - ground.vectors[near].astype(np.float64))
            apart[place, near] = np.where(exact > 0, exact, np.nan)
        return cls(examples, own, first, apart, close)


@single_threaded_blas()
def held_out(ground: Ground, relation: Relation, *, run: Run = QUIET) -> ExampleRanks:
    """Ask each example of a relation of the others.

    Args:
        relation: of at least two examples.

    Raises:
        Cancelled: the user stopped it.
    """
    examples, offsets = relation.examples, relation.offsets
    many = len(examples)
    ranks, of, lines = _ranked(ground, examples, offsets, run, taken=np.unique(examples))
    others = offsets.sum(axis=0) - offsets
    known = ranks > 0
    fits = np.full(many, np.nan)
    alike = np.einsum("ij,ij->i", offsets, others)[known] / lengths_of(others[known])
    fits[known] = np.clip(alike, -1.0, 1.0)
    competing = of[known]
    random = _by_chance(int(np.median(competing)), len(competing)) if len(competing) else None
    most = min(MOST_DEALT, max(_ALL_OF, _HELD // len(ground.vectors)))
    asked = np.ones(many, dtype=np.bool_)
    if many > most:
        asked[:] = False
        asked[np.random.default_rng(SEED).choice(many, most, replace=False)] = True
    if many > most or lines is None:
        lines = _Lines.of(ground, examples[asked], offsets[asked])
    dealt = _dealt_anew(ground, lines, examples[~asked], run)
    if dealt is not None and (own := ranks[asked & known]).size:
        dealt = replace(dealt, own=float(np.median(own)))
    return ExampleRanks(ranks, of, fits, random, dealt)


@single_threaded_blas()
def ranks_among_all(ground: Ground, examples: Rows, offsets: Floats, *, run: Run = QUIET) -> Rows:
    """The ranks of each B by the relation of the other examples where all genes but A compete;
    (m,) int64, 0 where the others cancel each other out.

    Args:
        examples: (m, 2) rows, at least two. offsets: (m, d) float64, the unit offsets A − B.

    Raises:
        Cancelled: the user stopped it.
    """
    return _ranked(ground, examples, offsets, run, taken=None)[0]


def _ranked(
    ground: Ground, examples: Rows, offsets: Floats, run: Run, *, taken: Rows | None
) -> tuple[Rows, Rows, _Lines | None]:
    """Ranks, among how many, and the lines of the examples where those are all held at once.

    Args:
        taken: rows that do not compete, but for B itself; None for A alone.
    """
    many = len(examples)
    total = offsets.sum(axis=0)
    lengths = lengths_of(total - offsets)
    known = lengths > CANCELLED * many
    at_once = min(_AT_ONCE, max(1, _HELD // len(ground.vectors) // 2))
    along = products(ground.vectors, total[:, None])[:, 0] if many > at_once else None
    ranks, of = np.zeros(many, dtype=np.int64), np.zeros(many, dtype=np.int64)
    for start in range(0, many, at_once):
        run.report(Progress("held-out ranks", start, many))
        part = slice(start, start + at_once)
        lines = _Lines.of(ground, examples[part], offsets[part])
        sums = lines.own.sum(axis=0) if along is None else along
        for place in range(len(lines.examples)):
            run.check()
            at = start + place
            if known[at]:
                aim = (total - offsets[at]) / lengths[at]
                shares = (sums - lines.own[place]) / lengths[at]
                error = (many + 1) / lengths[at]
                out = examples[at, :1] if taken is None else taken
                ranks[at], of[at] = _rank(ground, lines, place, out, aim, shares, error)
    return ranks, of, lines if along is None else None


def _rank(
    ground: Ground,
    lines: _Lines,
    place: int,
    taken: Rows,
    aim: Floats,
    shares: Floats,
    error: float,
) -> tuple[int, int]:
    """B's rank, and among how many.

    Args:
        taken: rows that do not compete. aim: (d,) float64, the relation of the others.
        shares: (n,) the rows' products with it. error: how far those can be off, in what a
            product of unit vectors can be.
    """
    a, b = lines.examples[place].tolist()
    apart = lines.apart[place]
    free = ~np.isnan(apart)
    free[taken] = False
    free[b] = False
    own = _exact(ground, a, np.array([b]), aim)[0]
    quick = (shares[a] - shares) / apart
    unit = (ground.vectors.shape[1] + 8) * 2.0**-52
    slack = 2 * unit * (1 / _CLOSE + error * np.sqrt(2 / _CLOSE)) + 10.0**-DIGITS
    above = free & (quick > own + slack) & ~lines.close[place]
    doubtful = np.flatnonzero(free & ((np.abs(quick - own) <= slack) | lines.close[place]))
    higher = int(above.sum()) + int((_exact(ground, a, doubtful, aim) > own).sum())
    return 1 + higher, 1 + int(free.sum())


def _exact(ground: Ground, a: int, rows: Rows, aim: Floats) -> Floats:
    """cos(aim, A − D) from the vectors, rounded as scores are; (r,) float64."""
    offsets = ground.row(a) - ground.vectors[rows].astype(np.float64)
    return np.round(offset_scores(offsets, aim), DIGITS)


def _by_chance(genes: int, examples: int) -> Yardstick:
    """The median rank of as many random B: medians of uniform draws, by their order statistics."""
    rng = np.random.default_rng(SEED)
    half = examples // 2
    if examples % 2:
        medians = rng.beta(half + 1, half + 1, _DRAWN)
    else:
        lower = rng.beta(half, half + 1, _DRAWN)
        medians = lower + (1 - lower) * rng.beta(1, half, _DRAWN) / 2
    return Yardstick((genes + 1) / 2, 0.5 + genes * float(np.quantile(medians, _QUANTILE)))


def _dealt_anew(ground: Ground, lines: _Lines, rest: Rows, run: Run) -> Yardstick | None:
    """The median held-out ranks of examples whose partners were dealt otherwise.

    Args:
        lines: of the examples that are asked. rest: (r, 2) the other examples, whose partners are
            dealt among themselves.
    """
    first, second = (ground.vectors[rows].astype(np.float64) for rows in lines.examples.T)
    lengths = np.array([lengths_of(a - second) for a in first])
    deals = _dealings(lines.examples, lengths)
    if not len(deals):
        return None
    # The products of B follow from those of A and of the offset. Only differences between rows
    # matter; about their mean they lose the fewest digits.
    seconds = lines.first - np.diagonal(lengths)[:, None] * lines.own
    sides = np.concatenate([lines.first, -seconds])
    sides -= sides.mean(axis=1, keepdims=True)
    taken = np.unique(np.concatenate([lines.examples, rest]))
    apart_from = _dealt_sums(ground, rest, len(deals), run)
    ranks = np.zeros(deals.shape)
    others = np.empty(deals.shape)
    shares, scaled = np.empty((2, sides.shape[1]), dtype=np.float32)
    higher = np.empty(sides.shape[1], dtype=np.bool_)
    together = max(1, _HELD // sides.shape[1])
    for start in range(0, len(deals), together):
        some = slice(start, start + together)
        sums, others[some] = _sums_of(
            deals[some], lengths, sides, first, second, apart_from[some], ground
        )
        run.report(Progress("partners dealt anew", start, len(deals)))
        for place in range(len(first)):
            apart = lines.apart[place].astype(np.float32)
            for partner in np.unique(deals[some, place]).tolist():
                run.check()
                unit = sides[place] + sides[len(first) + partner]
                unit /= lengths[place, partner]
                single = unit.astype(np.float32)
                a, b = lines.examples[place, 0], lines.examples[partner, 1]
                for deal in np.flatnonzero(deals[some, place] == partner).tolist():
                    # A gene scores higher than B where shares + score · |A − D| are lower.
                    np.subtract(sums[deal], single, out=shares)
                    np.multiply(apart, (shares[a] - shares[b]) / apart[b], out=scaled)
                    np.add(shares, scaled, out=shares)
                    np.less(shares, shares[b], out=higher)
                    higher[taken] = False
                    ranks[start + deal, place] = 1 + np.count_nonzero(higher)
    ranks[others <= CANCELLED * (len(first) + len(rest))] = np.nan
    known = ranks[~np.isnan(ranks).all(axis=1)]
    if not len(known):
        return None
    medians = np.nanmedian(known, axis=1)
    low = float(np.quantile(medians, _QUANTILE))
    return Yardstick(float(np.median(medians)), low, len(known), len(first))


def _dealt_sums(ground: Ground, examples: Rows, dealings: int, run: Run) -> Floats:
    """Sums of the unit offsets of examples whose partners are dealt at random, (g, d) float64."""
    sums = np.zeros((dealings, ground.vectors.shape[1]))
    if not len(examples):
        return sums
    rng = np.random.default_rng(SEED)
    first, second = (ground.vectors[rows] for rows in examples.T)
    for number, total in enumerate(sums):
        run.check()
        run.report(Progress("dealing partners", number, dealings))
        offsets = first - second[rng.permutation(len(second))]
        lengths = np.sqrt(np.einsum("ij,ij->i", offsets, offsets))
        total += np.where(lengths > 0, 1 / np.where(lengths > 0, lengths, 1), 0) @ offsets
    return sums


def _sums_of(
    deals: Rows,
    lengths: Floats,
    sides: Floats,
    first: Floats,
    second: Floats,
    rest: Floats,
    ground: Ground,
) -> tuple[Matrix, Floats]:
    """The rows' products with the sum of each dealing's unit offsets, (g, n) float32; and |that
    sum less an offset|, (g, m).

    Args:
        deals: (g, m). lengths: (m, m) |A − B|. sides: (2m, n), products of the rows with A and
            with −B. first, second: (m, d), A and B. rest: (g, d), what else is in the sums.
    """
    places = np.arange(len(first))
    shares = np.zeros((len(deals), len(sides)))
    others = np.empty(deals.shape)
    for number, deal in enumerate(deals):
        sizes = lengths[places, deal]
        shares[number, places] = shares[number, len(first) + deal] = 1 / sizes
        units = (first - second[deal]) / sizes[:, None]
        others[number] = lengths_of(units.sum(axis=0) + rest[number] - units)
    sums = np.empty((len(deals), sides.shape[1]), dtype=np.float32)
    for start in range(0, sides.shape[1], _COLUMNS):
        part = slice(start, start + _COLUMNS)
        sums[:, part] = shares @ sides[:, part]
    if rest.any():
        more = products(ground.vectors, rest.T)
        sums += (more - more.mean(axis=0)).T.astype(np.float32)
    return sums, others


def _dealings(examples: Rows, lengths: Floats) -> Rows:
    """Ways to deal the partners so that nobody keeps theirs and every pair has a direction.

    Args:
        lengths: (m, m) |A − B| of every A and every B.

    Returns:
        (g, m) int64, which example's B each A gets; of up to five examples all ways, else seeded
        ones.
    """
    many = len(examples)
    if many <= _ALL_OF:
        deals = np.array(list(permutations(range(many))))
    else:
        rng = np.random.default_rng(SEED)
        deals = rng.permuted(np.tile(np.arange(many), (_TRIES, 1)), axis=1)
    partners = examples[:, 1][deals]
    fit = (partners != examples[:, 1]).all(axis=1) & (partners != examples[:, 0]).all(axis=1)
    fit &= (lengths[np.arange(many), deals] > 0).all(axis=1)
    deals, partners = deals[fit], partners[fit]
    if many <= _ALL_OF:
        # Where two examples have the same B, dealings look alike.
        _, first = np.unique(partners, axis=0, return_index=True)
        deals = deals[np.sort(first)]
    found: Rows = deals[:DEALINGS]
    return found
