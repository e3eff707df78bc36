"""What chance does: random pairs for z, random questions for E and p_best.

z of a score is its distance from the mean of the same score over 100,000 seeded random pairs
that do not touch the query's genes, in their standard deviations.

E is how many hits this good a random question of the same kind gets in this space: the mean
number of hits scoring at least s over R seeded random questions, each keeping its best 200.
p_best is the share of those questions whose best hit reaches s. Both are counted, not fitted.
Hits that share a gene depend on each other: E counts them all, p_best does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Rows
from gene_tui.run import QUIET, Progress, Run
from gene_tui.spaces.space import Space

QUESTIONS = 300
KEPT = 200
PAIRS = 100_000
SEED = 20_829
VERSION = 1
#: Of the random pairs' recipe.
PAIRS_VERSION = 2


@dataclass(frozen=True, slots=True)
class RandomPairs:
    """100,000 seeded random pairs of different rows and what is known of each.

    A space that has no more ordered pairs than that is counted whole, each pair once.

    Attributes:
        rows: (m, 2) int64.
        differences, sums: (m,) float64, |C − D| and |C + D|.
        cosines: (m,) float64, cos(C, D); NaN where one of the two has length 0.
    """

    rows: Rows
    differences: Floats
    sums: Floats
    cosines: Floats

    def untouched(self, genes: Iterable[int]) -> npt.NDArray[np.bool_]:
        """(m,) bool, which pairs hold none of ``genes``."""
        keep = np.ones(len(self.rows), dtype=bool)
        for gene in genes:
            keep &= (self.rows[:, 0] != gene) & (self.rows[:, 1] != gene)
        return keep


@dataclass(frozen=True, slots=True)
class NullModel:
    """How random questions of one kind score.

    Attributes:
        scores: all kept scores of all questions, ascending.
        best: each question's best score, ascending; -inf for a question without hits.
        questions: R.
    """

    scores: Floats
    best: Floats
    questions: int

    @classmethod
    def of(cls, kept: npt.NDArray[np.floating]) -> NullModel:
        """From an (R, KEPT) array of scores, each row falling and padded with -inf."""
        values = np.asarray(kept, dtype=np.float64)
        flat = np.sort(values[np.isfinite(values)])
        return cls(flat, np.sort(values[:, 0]), len(values))

    def e_values(self, scores: Floats) -> Floats:
        """Mean number of hits scoring at least s. 0 means fewer than 1/R; the count stops at
        200 a question."""
        # float32 storage: a score is compared with what was rounded when it was stored
        reached = len(self.scores) - np.searchsorted(self.scores, scores.astype(np.float32))
        values: Floats = reached / self.questions
        return values

    def p_best(self, scores: Floats) -> Floats:
        """Share of the questions whose best hit scores at least s."""
        reached = len(self.best) - np.searchsorted(self.best, scores.astype(np.float32))
        values: Floats = reached / self.questions
        return values


def random_pairs(space: Space) -> RandomPairs | None:
    """The space's random pairs; made and kept at first use. None for a single gene."""
    if space.n < 2:
        return None
    names = [
        f"random-{part}-{PAIRS_VERSION}" for part in ("pairs", "differences", "sums", "cosines")
    ]
    count = min(PAIRS, space.n * (space.n - 1))
    rows = space.derived.get(names[0], shape=(count, 2), dtype=np.int32, below=space.n)
    values = [space.derived.get(name, shape=(count,), dtype=np.float64) for name in names[1:]]
    if rows is not None and (rows >= 0).all():
        differences, sums, cosines = values
        if differences is not None and sums is not None and cosines is not None:
            return RandomPairs(rows.astype(np.int64), differences, sums, cosines)
    pairs = _make_random_pairs(space.vectors)
    arrays = (pairs.rows.astype(np.int32), pairs.differences, pairs.sums, pairs.cosines)
    space.derived.put(dict(zip(names, arrays, strict=True)))
    return pairs


def _make_random_pairs(vectors: npt.NDArray[np.float32]) -> RandomPairs:
    n = len(vectors)
    count = min(PAIRS, n * (n - 1))
    if count < PAIRS:
        first, step = np.divmod(np.arange(count), n - 1)
        step += 1
    else:
        rng = np.random.default_rng(SEED)
        first, step = rng.integers(0, n, count), rng.integers(1, n, count)
    second = (first + step) % n
    differences, sums, cosines = (np.empty(count) for _ in range(3))
    for start in range(0, count, 8192):
        part = slice(start, start + 8192)
        x, y = vectors[first[part]].astype(np.float64), vectors[second[part]].astype(np.float64)
        differences[part] = np.linalg.norm(x - y, axis=1)
        sums[part] = np.linalg.norm(x + y, axis=1)
        lengths = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            cosines[part] = np.einsum("ij,ij->i", x, y) / lengths
    return RandomPairs(np.stack([first, second], axis=1), differences, sums, cosines)


def stored_null(space: Space, key: str) -> NullModel | None:
    """The null model ``key`` if it was made for this space."""
    kept = space.derived.get(f"null-{key}-{VERSION}", shape=(-1, KEPT), dtype=np.float32)
    return None if kept is None or not len(kept) else NullModel.of(kept)


def make_null(
    space: Space,
    key: str,
    genes_a_question: int,
    ask: Callable[[Rows], Floats],
    *,
    run: Run = QUIET,
) -> NullModel:
    """Ask random questions, keep each one's best 200 scores, and store them with the space.

    Args:
        key: names kind, measure and metric ("pairs-direction-cosine").
        genes_a_question: how many different random genes a question names.
        ask: from (genes_a_question,) rows to the best scores, best first; it may return none.

    Raises:
        Cancelled: nothing is stored.
    """
    questions = random_questions(space.n, genes_a_question)
    kept = np.full((len(questions), KEPT), -np.inf, dtype=np.float32)
    for number, genes in enumerate(questions):
        run.check()
        scores = ask(genes)[:KEPT]
        kept[number, : len(scores)] = scores
        run.report(Progress("asking random questions", number + 1, len(questions)))
    space.derived.put({f"null-{key}-{VERSION}": kept})
    return NullModel.of(kept)


def random_questions(n: int, genes_a_question: int, *, held_out: int = 0) -> Rows:
    """(R, genes_a_question) seeded random rows, different within a question.

    Args:
        held_out: 0 for the null model's own; another number for another stream of R
            questions, to check the model with.
    """
    rng = np.random.default_rng([SEED, genes_a_question, held_out])
    if genes_a_question > n:
        return np.empty((0, genes_a_question), dtype=np.int64)
    if genes_a_question == 1:
        # every gene at most once while there are enough of them
        return rng.permutation(n)[:QUESTIONS, None]
    return np.stack([rng.choice(n, genes_a_question, replace=False) for _ in range(QUESTIONS)])
