"""Answers to ``A ~ ?``, ``A ~ B``, ``? ~ ?``, sums and lists, with z, "1 in N" and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gene_tui.arrays import Floats, Rows
from gene_tui.engines.answers.background import (
    Form,
    QuestionBank,
    RandomQuestions,
    random_pairs,
    ranks,
)
from gene_tui.engines.answers.distribution import of_all_pairs, of_scores
from gene_tui.engines.answers.gene_list import ListAnswers, target
from gene_tui.engines.answers.question import Answer, Question
from gene_tui.engines.answers.wanted import LIMITED, Wanted, is_limited, not_known
from gene_tui.engines.found import Found
from gene_tui.engines.similarity import Population, Similarity
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.model.options import Metric, Options
from gene_tui.model.query import Kind
from gene_tui.model.result import Distribution
from gene_tui.run import QUIET, Run
from gene_tui.spaces.derive import norms
from gene_tui.spaces.space import LARGE, Space

#: In a space of this size the random questions take a moment and are asked when first needed.
SMALL = 2000
#: Random questions, how many of them are compared with an asked one, and how many are asked at
#: once.
_QUESTIONS = 6000
_WINDOW = 600
_AT_ONCE = 256
#: Hits whose way back is looked up: each costs a product with all genes.
_MOST_BACK = 1000


class SimilarityAnswers:
    """The similarity engine of one space and its null models."""

    def __init__(self, space: Space, wanted: Wanted) -> None:
        self.space = space
        self.norms = norms(space)
        self.wanted = wanted
        self._engines: dict[str, Similarity] = {}
        self._bank = QuestionBank(space)
        self._by_chance: dict[Metric, float | None] = {}
        self._length_ranks: Floats | None = None
        self._lists = ListAnswers(space.vectors, self.norms)

    def engine(self, metric: str) -> Similarity:
        """The engine for a metric."""
        if metric not in self._engines:
            self._engines[metric] = Similarity(self.space.vectors, self.norms, metric)
        return self._engines[metric]

    def answer(self, question: Question, options: Options, *, run: Run = QUIET) -> Answer:
        """See ``Engines.answer``; these kinds are short, so ``found`` is never called."""
        if options.measure != "direction":
            raise UsageError(
                f"--measure {options.measure} goes with analogies only", "leave --measure out"
            )
        if options.cap is not None or options.per_gene is not None:
            raise UsageError("--cap and --per-gene go with analogies only", "leave them out")
        if question.kind is Kind.COMPARE:
            return self._compare(question, options)
        if question.kind is Kind.CLOSEST:
            return self._closest(options, run)
        if question.kind is Kind.LIST:
            return self._list(question, options, run)
        return self._nearest(question, options, run)

    def prepare(self, *, run: Run = QUIET) -> None:
        """Make the random pairs, and ask the random questions of plain nearest-gene answers by
        cosine and those that were wanted since."""
        random_pairs(self.space)
        if self.space.n < 2:
            return
        self._ask("cosine", None, run)
        for _, _, metric, rows in self.wanted.take(Kind.NEAREST):
            self._ask(metric, rows, run)

    def _nearest(self, question: Question, options: Options, run: Run) -> Answer:
        """Nearest genes to one gene, or to a weighted sum of genes."""
        genes = question.genes
        query = target(self.space.vectors, self.norms, question, options.metric)
        candidates = _candidates(options)
        engine = self.engine(options.metric)
        hits, population = engine.nearest(
            query, options.k, exclude=np.array(sorted(set(genes))), candidates=candidates
        )
        z = _z(hits.scores, population)
        if question.kind is not Kind.NEAREST or question.sizes:
            return Answer(hits, z)
        back = engine.back_ranks(genes[0], hits.rows[:_MOST_BACK, 0])
        by_chance = self._z_by_chance(options.metric)
        random = None
        if not is_limited(options):
            random = self._questions(options.metric, candidates, run)
        if random is None:
            note = LIMITED if is_limited(options) else not_known(options, self.space)
            return Answer(hits, z, back=back, z_by_chance=by_chance, notes=(note,))
        if self._length_ranks is None:
            self._length_ranks = ranks(self.norms)
        far = np.abs(self._length_ranks[random.rows[:, 0]] - self._length_ranks[genes[0]])
        rarity = random.rarity(far, genes, hits.rows, hits.scores)
        return Answer(hits, z, rarity, back, by_chance)

    def _list(self, question: Question, options: Options, run: Run) -> Answer:
        """Nearest genes to a list; how random lists are answered is not known."""
        members = np.array(question.genes, dtype=np.int64)
        engine = self.engine(options.metric)
        answer, population = self._lists.answer(engine, members, options, _candidates(options), run)
        return replace(answer, z=_z(answer.found.scores, population))

    def _z_by_chance(self, metric: Metric) -> float | None:
        """The z that the best of as many random pairs as there are other genes has."""
        if metric not in self._by_chance:
            random = self._random_scores(metric, ())
            known = random is not None and self.space.n > 2 and random.std() > 0
            self._by_chance[metric] = None
            if random is not None and known:
                best = quantile(random, 1 - 1 / (self.space.n - 1))
                self._by_chance[metric] = (best - float(random.mean())) / float(random.std())
        return self._by_chance[metric]

    def _questions(self, metric: Metric, among: Rows | None, run: Run) -> RandomQuestions | None:
        """The random questions answers are compared with; None where they were not asked yet."""
        random = self._bank.known(self._form(metric, among))
        if random is None and self.space.n <= SMALL:
            return self._ask(metric, among, run)
        if random is None:
            self.wanted.add(Kind.NEAREST, "direction", metric, among)
        return random

    def _form(self, metric: Metric, among: Rows | None) -> Form:
        engine = self.engine(metric)
        unit = float(engine.restored(np.array([engine.unit]))[0])
        return Form(Kind.NEAREST, "direction", metric, among, 1, _QUESTIONS, _WINDOW, unit)

    def _ask(self, metric: Metric, among: Rows | None, run: Run) -> RandomQuestions:
        engine = self.engine(metric)

        def ask(some: Rows) -> Floats:
            return engine.best_neighbours(some[:, 0], among)

        return self._bank.asked(self._form(metric, among), ask, at_once=_AT_ONCE, run=run)

    def _compare(self, question: Question, options: Options) -> Answer:
        a, b = question.genes
        if a == b:
            raise NoAnswer("both sides name the same gene", "compare two different genes")
        score, rank_ab, rank_ba = self.engine(options.metric).compare(a, b)
        found = Found(
            np.empty((1, 0), dtype=np.int64), np.array([score]), method="two matrix-vector products"
        )
        random = self._random_scores(options.metric, (a, b))
        if random is None:
            return Answer(found, rank_ab=rank_ab, rank_ba=rank_ba)
        population = Population(float(random.mean()), float(random.std()))
        # The share of all pairs: those of the two genes count here, the pair itself does not.
        everything = self._random_scores(options.metric, (), besides=(a, b))
        tie = 1e-9 * (1.0 if options.metric == "cosine" else abs(score))
        lower = everything is not None and np.mean(everything < score - tie)
        percentile = 100.0 * float(lower) if everything is not None else None
        return Answer(
            found,
            _z(found.scores, population),
            rank_ab=rank_ab,
            rank_ba=rank_ba,
            percentile=percentile,
        )

    def _closest(self, options: Options, run: Run) -> Answer:
        engine = self.engine(options.metric)
        found = engine.closest_pairs(options.k, candidates=_candidates(options), run=run)
        random = self._random_scores(options.metric, ())
        alike = self._identical(found)
        notes = (f"{alike} of these pairs have identical vectors",) if alike else ()
        if random is None:
            return Answer(found, notes=notes)
        population = Population(float(random.mean()), float(random.std()))
        return Answer(found, _z(found.scores, population), notes=notes)

    def _identical(self, found: Found) -> int:
        """How many pairs of an answer have the very same vector twice."""
        vectors = self.space.vectors
        return sum(bool((vectors[c] == vectors[d]).all()) for c, d in found.rows.tolist())

    def distribution(self, options: Options, *, run: Run = QUIET) -> Distribution | None:
        """How the scores of all pairs are distributed; of the random pairs in a large space."""
        rows = _candidates(options)
        count = self.space.n if rows is None else len(rows)
        if count < 2:
            return None
        if count > LARGE:
            scores = self._random_scores(options.metric, ())
            return None if scores is None else of_scores(scores)
        return of_all_pairs(self.engine(options.metric), rows, run=run)

    def _random_scores(
        self, metric: str, genes: tuple[int, ...], besides: tuple[int, int] | None = None
    ) -> Floats | None:
        """Scores of the random pairs that touch none of ``genes``; None if there are few.

        Args:
            besides: a pair that is left out, whichever way round.
        """
        pairs = random_pairs(self.space)
        if pairs is None:
            return None
        scores = pairs.cosines if metric == "cosine" else -pairs.differences
        keep = pairs.untouched(genes)
        if besides is not None:
            keep &= ~(np.sort(pairs.rows, axis=1) == sorted(besides)).all(axis=1)
        scores = scores[keep]
        scores = scores[np.isfinite(scores)]
        return scores if len(scores) > 1 else None


def _candidates(options: Options | None) -> Rows | None:
    if options is None or options.candidates is None:
        return None
    return np.asarray(options.candidates, dtype=np.int64)


def _z(scores: Floats, population: Population) -> Floats | None:
    if population.sd <= 0:
        return None
    z: Floats = (scores - population.mean) / population.sd
    return z


def quantile(values: Floats, share: float) -> float:
    """As ``np.quantile``, which imports masked arrays for it: a tenth of a first question."""
    place = share * (len(values) - 1)
    low = int(place)
    above, high = place - low, min(low + 1, len(values) - 1)
    one, other = np.partition(values, (low, high))[[low, high]].tolist()
    # From the nearer of the two, as NumPy does it, so that both give the same last digit.
    if above < 0.5:
        return float(one + (other - one) * above)
    return float(other - (other - one) * (1 - above))
