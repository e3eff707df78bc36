"""What chance does: random pairs for z, random questions for "1 in N".

z of a score is its distance from the mean of the same score over 100,000 seeded random pairs
that do not touch the query's genes, in their standard deviations.

A hit is "1 in N" where a comparable random question has a best hit this good once in N. Of R
seeded random questions of the same kind, metric and measure, those most like the asked one, b
have a best hit that scores at least as much; N = (R + 1) / (b + 1), which is never more than the
questions can tell. Like means: as long a gene, as long an offset; long genes have fewer close
neighbours than short ones, so that without matching N would tell lengths apart, not relations.
Random questions that hold a gene of the query or of the hit are left out, else mutual partners
would count against each other. Everything is counted, nothing is fitted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from gene_tui.arrays import Floats, Mask, Matrix, Rows
from gene_tui.model.options import CODING, Measure, Metric
from gene_tui.model.query import Kind
from gene_tui.run import QUIET, Progress, Run
from gene_tui.spaces.space import Space

PAIRS = 100_000
SEED = 20_829
#: Of the random questions' recipe.
VERSION = 2
#: Of the random pairs' recipe.
PAIRS_VERSION = 2
#: In spaces of fewer genes, a window is a tenth of the questions.
_FEW = 2000
#: Genes compared one by one; beyond that sorting them first takes less time.
_CELLS = 100_000
#: Of so many values one is looked at first.
_SOME = 8
#: Seconds between two times what was asked is kept.
_KEPT_EVERY = 5.0


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

    def untouched(self, genes: Iterable[int]) -> Mask:
        """(m,) bool, which pairs hold none of ``genes``."""
        keep = np.ones(len(self.rows), dtype=bool)
        for gene in genes:
            keep &= (self.rows[:, 0] != gene) & (self.rows[:, 1] != gene)
        return keep


@dataclass(frozen=True, slots=True)
class Rarity:
    """How often comparable random questions have a best hit as good, one number a hit.

    Attributes:
        count: (h,) int64, b: those that do. of: (h,) int64, R: those that were compared.
    """

    count: Rows
    of: Rows

    @property
    def n(self) -> Floats:
        """(h,) float64, N of "1 in N": (R + 1) / (b + 1)."""
        result: Floats = (self.of + 1) / (self.count + 1)
        return result


@dataclass(frozen=True, slots=True)
class RandomQuestions:
    """Seeded random questions of one kind and the score of each one's best hit.

    Attributes:
        rows: (q, g) int64, the genes each names; where that is one, never the same.
        best: (q,) float64, in units of ``unit`` and rounded as scores are compared; -inf for a
            question without hits.
        window: how many of them, those most like the asked question, are compared with it.
        unit: scores are told apart by 10⁻¹² of it.
    """

    rows: Rows
    best: Floats
    window: int
    unit: float = 1.0

    def rarity(self, far: Floats, asked: Iterable[int], hits: Rows, scores: Floats) -> Rarity:
        """Of some hits of an asked question.

        Args:
            far: (q,) how unlike the asked question each random one is, at least 0.
            asked: rows of the asked question's own genes.
            hits: (h, u) rows of the hits' genes. scores: (h,) of the hits.
        """
        reached = np.round(scores / self.unit, 12)
        if self.rows.shape[1] == 1 and hits.shape[1] == 1:
            return self._of_single_genes(far, list(asked), hits[:, 0], reached)
        order = np.argsort(far, kind="stable")
        order = order[_without(self.rows[order], list(asked))]
        usual = order[: self.window]
        count = self._reaching(usual, reached)
        of = np.full(len(scores), len(usual), dtype=np.int64)
        held = self.rows[usual].ravel()
        for place in np.flatnonzero(_any_of(hits, held)) if hits.size else ():
            others = order[_without(self.rows[order], hits[place].tolist())][: self.window]
            count[place] = int((self.best[others] >= reached[place]).sum())
            of[place] = len(others)
        return Rarity(count, of)

    def _reaching(self, questions: Rows, scores: Floats) -> Rows:
        """How many of some questions have a best hit that scores at least as much; (h,) int64."""
        best = np.sort(self.best[questions])
        return np.asarray(len(questions) - best.searchsorted(scores), dtype=np.int64)

    def _of_single_genes(self, far: Floats, asked: list[int], hits: Rows, scores: Floats) -> Rarity:
        """The same where every question names one gene, none the same, and so does a hit.

        Which questions are compared is told without sorting, which would take longer than the
        rest of a short answer; where one of them is about the hit, the next takes its place.

        Args:
            far: (q,). hits: (h,) rows. scores: (h,), rounded, in units of ``unit``.
        """
        genes = self.rows[:, 0]
        keep = np.ones(len(genes), dtype=np.bool_)
        for gene in asked:
            keep &= genes != gene
        usual, following = np.flatnonzero(keep), None
        if len(usual) > self.window:
            far = np.where(keep, far, np.inf)
            limit = _value_at(far, self.window)
            closer, level = np.flatnonzero(far < limit), np.flatnonzero(far == limit)
            usual = np.concatenate([closer, level[: self.window - len(closer)]])
            following = level[self.window - len(closer)]
        count = self._reaching(usual, scores)
        of = np.full(len(scores), len(usual), dtype=np.int64)
        usual = usual[np.argsort(genes[usual])]
        place = np.minimum(genes[usual].searchsorted(hits), max(0, len(usual) - 1))
        held = np.flatnonzero(genes[usual][place] == hits) if len(usual) else place[:0]
        if len(held):
            count[held] -= self.best[usual[place[held]]] >= scores[held]
            if following is None:
                of[held] -= 1
            else:
                count[held] += self.best[following] >= scores[held]
        return Rarity(count, of)


def _value_at(values: Floats, place: int) -> float:
    """The value at a place, from 0, of some values in their order.

    Looked for among those that are no more than what every eighth of them lets one expect: of
    thousands that takes a third of the time.
    """
    some, at = values[::_SOME], place // _SOME * 3 // 2 + _SOME
    if at < len(some):
        few = values[values <= np.partition(some, at)[at]]
        if len(few) > place:
            values = few
    return float(np.partition(values, place)[place])


def _any_of(hits: Rows, genes: Rows) -> Mask:
    """Which hits (h, u) hold one of some genes; (h,) bool."""
    if hits.size * genes.size > _CELLS:
        return np.asarray(np.isin(hits, genes).any(axis=1))
    return np.asarray((hits[:, :, None] == genes).any(axis=(1, 2)))


def _without(questions: Rows, genes: list[int]) -> Mask:
    """Which questions (q, g) hold none of a few genes; (q,) bool."""
    keep = np.ones(len(questions), dtype=np.bool_)
    for gene in genes:
        keep &= (questions != gene).all(axis=1)
    return keep


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


def _make_random_pairs(vectors: Matrix) -> RandomPairs:
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


def ranks(values: Floats, among: Floats | None = None) -> Floats:
    """The place of each value among others (among all of them), as a share from 0 to 1; equal
    ones share one."""
    ordered = np.sort(values if among is None else among)
    low, high = np.searchsorted(ordered, values), np.searchsorted(ordered, values, "right")
    result: Floats = (low + np.maximum(high - 1, low)) / (2 * max(1, len(ordered) - 1))
    return result


def window_of(space_n: int, questions: int, usual: int) -> int:
    """How many of the random questions are compared with an asked one."""
    return max(1, questions // 10) if space_n < _FEW else min(usual, questions)


def count_of(n: int, genes_a_question: int, count: int) -> int:
    """How many ``seeded_questions`` there are about n rows."""
    if genes_a_question > n:
        return 0
    return min(count, {1: n, 2: n * (n - 1) // 2}.get(genes_a_question, count))


def seeded_questions(rows: Rows, genes_a_question: int, count: int, *, held_out: int = 0) -> Rows:
    """(q, genes_a_question) random rows, different within a question.

    Where there are no more single genes or unordered pairs than ``count``, all of them.

    Args:
        rows: those to draw from.
        held_out: 0 for the questions "1 in N" rests on; another number for another stream, to
            check them with.
    """
    n = len(rows)
    count = count_of(n, genes_a_question, count)
    rng = np.random.default_rng([SEED, genes_a_question, held_out])
    if genes_a_question == 1:
        return rows[rng.permutation(n)[:count, None]]
    if genes_a_question == 2 and n * (n - 1) // 2 == count:
        return rows[np.column_stack(np.triu_indices(n, 1))]
    drawn = [rng.choice(n, genes_a_question, replace=False) for _ in range(count)]
    return rows[np.array(drawn, dtype=np.int64).reshape(count, genes_a_question)]


def stored_best(space: Space, key: str, questions: int) -> Floats | None:
    """The best scores of the random questions ``key``; NaN for those not asked yet. None where
    none was."""
    return space.derived.get(f"best-{key}-{VERSION}", shape=(questions,), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Form:
    """What random questions ask.

    Attributes:
        among: rows that ask and answer, where those are the protein-coding ones; None for all.
        genes: how many each names. count: how many there are, at most. window: how many of
            them are compared with an asked one, at most.
        unit: scores are told apart by 10⁻¹² of it.
    """

    kind: Kind
    measure: Measure
    metric: Metric
    among: Rows | None
    genes: int
    count: int
    window: int
    unit: float

    @property
    def key(self) -> str:
        """Under which name their best scores are kept."""
        measure = () if self.kind is Kind.NEAREST else (self.measure,)
        coding = () if self.among is None else (CODING,)
        return "-".join((self.kind, *measure, self.metric, *coding))


class QuestionBank:
    """The random questions of one space that were asked, by what they ask."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self._known: dict[str, RandomQuestions] = {}
        #: For each form that was not there: the state of the store then.
        self._missed: dict[str, tuple[object, ...]] = {}

    def known(self, form: Form) -> RandomQuestions | None:
        """Those of a form; None where not all of them were asked yet."""
        if form.key not in self._known:
            state = self.space.derived.state()
            if self._missed.get(form.key) == state:
                return None
            # Drawing them takes longer than some answers, so not before they are there.
            count = count_of(self._genes(form), form.genes, form.count)
            best = stored_best(self.space, form.key, count)
            if best is None or np.isnan(best).any():
                self._missed[form.key] = state
                return None
            self._keep(form, self._rows(form), best)
        return self._known[form.key]

    def asked(
        self, form: Form, ask: Callable[[Rows], Floats], *, at_once: int = 1, run: Run = QUIET
    ) -> RandomQuestions:
        """The same, after those that are due were asked; see ``ask_all``."""
        known = self.known(form)
        if known is not None:
            return known
        rows = self._rows(form)
        self._keep(form, rows, ask_all(self.space, form.key, rows, ask, at_once=at_once, run=run))
        return self._known[form.key]

    def _genes(self, form: Form) -> int:
        """How many genes a form draws from."""
        return self.space.n if form.among is None else len(form.among)

    def _rows(self, form: Form) -> Rows:
        rows = np.arange(self.space.n) if form.among is None else form.among
        return seeded_questions(rows, form.genes, form.count)

    def _keep(self, form: Form, rows: Rows, best: Floats) -> None:
        window = window_of(self._genes(form), len(rows), form.window)
        rounded = np.round(best / form.unit, 12)
        self._known[form.key] = RandomQuestions(rows, rounded, window, form.unit)


def ask_all(
    space: Space,
    key: str,
    questions: Rows,
    ask: Callable[[Rows], Floats],
    *,
    at_once: int = 1,
    run: Run = QUIET,
) -> Floats:
    """The best score of each random question; what was asked before is not asked again.

    Args:
        key: names kind, measure and metric ("pairs-direction-cosine").
        questions: (q, g).
        ask: from (m, g) questions to their (m,) best scores, -inf where there is none.
        at_once: the most questions ``ask`` is given.

    Raises:
        Cancelled: what was asked until then is kept.
    """
    name = f"best-{key}-{VERSION}"
    known = stored_best(space, key, len(questions))
    best = np.full(len(questions), np.nan) if known is None else np.array(known)
    due = np.flatnonzero(np.isnan(best))
    asked, kept = 0, time.monotonic()
    try:
        for start in range(0, len(due), at_once):
            run.check()
            part = due[start : start + at_once]
            best[part] = ask(questions[part])
            asked += len(part)
            if time.monotonic() - kept > _KEPT_EVERY:
                space.derived.put({name: best})
                asked, kept = 0, time.monotonic()
            done = len(questions) - len(due) + start + len(part)
            run.report(Progress("asking random questions", done, len(questions)))
    finally:
        if asked:
            space.derived.put({name: best})
    return best
