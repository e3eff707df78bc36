"""What chance says of analogies: z from random genes in the place of the ``?``, "1 in N" from
comparable random questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gene_tui.arrays import Floats, Rows
from gene_tui.engines.analogy.complete import all_scores
from gene_tui.engines.analogy.engine import AnalogyEngine, Places
from gene_tui.engines.analogy.ground import Limits
from gene_tui.engines.answers.background import (
    SEED,
    Form,
    QuestionBank,
    RandomQuestions,
    random_pairs,
    ranks,
)
from gene_tui.engines.answers.question import Answer
from gene_tui.engines.answers.wanted import LIMITED, Entry, Wanted, is_limited, not_known
from gene_tui.engines.exact import offset
from gene_tui.engines.found import Found
from gene_tui.errors import NoAnswer
from gene_tui.model.options import Measure, Metric, Options
from gene_tui.model.query import Kind
from gene_tui.run import Progress, Run
from gene_tui.spaces.space import LARGE, Space

#: Random genes in the place of the ``?`` where every one costs a row's arithmetic.
SAMPLE = 5000
#: An analogy and a random pair beside it need so many genes.
SMALLEST = 5
#: Random questions, and how many of them are compared with an asked one.
_PAIRS = (1000, 300)
_COMPLETIONS = (3000, 600)
#: Asked at once.
_AT_ONCE = 512
#: No more of them than so many for each gene of a small space.
_QUESTIONS_A_GENE = 10


class AnalogyChances:
    """Random answers and random questions of one space."""

    def __init__(self, space: Space, engine: AnalogyEngine, wanted: Wanted) -> None:
        self.space = space
        self.engine = engine
        self.wanted = wanted
        self._bank = QuestionBank(space)
        self._lengths: dict[str, Floats] = {}
        self._length_ranks: Floats | None = None

    def prepare(self, *, run: Run) -> None:
        """Ask the random questions that "1 in N" of plain analogies by direction rests on, and
        those that were wanted since.

        Questions over all pairs are left out in a large space: they cost n² each.
        """
        due: list[Entry] = [
            (Kind.COMPLETE, "direction", "cosine", None),
            (Kind.PAIRS, "direction", "cosine", None),
            *self.wanted.take(Kind.COMPLETE, Kind.PAIRS),
        ]
        for kind, measure, metric, rows in due:
            if self._can_ask(kind):
                self._ask(kind, measure, metric, rows, run)

    def _can_ask(self, kind: Kind) -> bool:
        """Whether there are genes enough, and not too many for questions over all pairs."""
        return self.space.n >= SMALLEST and (kind is not Kind.PAIRS or self.space.n <= LARGE)

    def pair_z(self, a: int, b: int, scores: Floats, metric: Metric, sum: bool) -> Floats | None:
        """z over the random pairs; see ``target_z``."""
        target = offset(self.engine.vectors, a, b, sum=sum)
        return self.target_z(target, np.array([a, b]), scores, metric, sum)

    def target_z(
        self,
        target: Floats,
        genes: Rows,
        scores: Floats,
        metric: Metric = "cosine",
        sum: bool = False,
    ) -> Floats | None:
        """z over the random pairs that touch no gene of the question.

        Args:
            target: (d,) float64, what the scored pairs are like. genes: rows.
        """
        random = self.random_pair_scores(target, genes, metric=metric, sum=sum)
        return standard_scores(scores, random)

    def random_pair_scores(
        self, target: Floats, genes: Rows, *, metric: Metric = "cosine", sum: bool = False
    ) -> Floats:
        """Scores of the random pairs that touch no gene of the question; empty where there are
        none. A product with all rows and a gather.
        """
        pairs = random_pairs(self.space)
        if pairs is None:
            return np.empty(0)
        lengths = pairs.sums if sum else pairs.differences
        keep = ~np.isin(pairs.rows, genes).any(axis=1) & (lengths > 0)
        rows = pairs.rows[keep]
        return self.engine.target_scores(
            target, rows[:, 0], rows[:, 1], lengths[keep], sum=sum, metric=metric
        )

    def random_completions(self, a: int, b: int, c: int, options: Options) -> Floats:
        """Scores of random genes as D, none of them A, B or C."""
        rows = np.concatenate([[a, b, c], self.random_genes((a, b, c))])
        scores = all_scores(
            self.engine.vectors[rows],
            self.engine.norms[rows],
            0,
            1,
            2,
            measure=options.measure,
            metric=options.metric,
        )
        return scores[np.isfinite(scores)]

    def random_genes(self, besides: Sequence[int]) -> Rows:
        """Seeded random rows, ascending, none of those named; all others in a small space."""
        others = np.setdiff1d(np.arange(self.space.n), besides)
        if len(others) <= SAMPLE:
            return others
        return np.sort(np.random.default_rng(SEED).choice(others, SAMPLE, replace=False))

    def random_parallels(self, places: Places, metric: str) -> Floats:
        """Scores with random genes in the place of the two ``?``."""
        pairs = random_pairs(self.space)
        if pairs is None:
            return np.empty(0)
        known = [row for row in places if row is not None]
        rows = pairs.rows[pairs.untouched(known)][:SAMPLE]
        vectors = self.space.vectors
        filled = {}
        free = iter(rows.T)
        for place, row in enumerate(places):
            filled[place] = np.full(len(rows), row) if row is not None else next(free)
        first = vectors[filled[0]].astype(np.float64) - vectors[filled[1]]
        second = vectors[filled[2]].astype(np.float64) - vectors[filled[3]]
        if metric == "euclidean":
            return np.asarray(-np.linalg.norm(first - second, axis=1))
        lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        keep = lengths > 0
        products = np.einsum("ij,ij->i", first[keep], second[keep])
        return np.asarray(products / lengths[keep])

    def attach(
        self,
        hits: Found,
        z: Floats | None,
        kind: Kind,
        options: Options,
        genes: tuple[int, ...],
        answers: Rows | None = None,
    ) -> Answer:
        """An answer with "1 in N" of its hits, where that is known.

        Args:
            genes: rows of A, B (and C) of the asked question, turned so that D is unknown.
            answers: (h, u) rows of the hits' genes, where those are not the hits' own.
        """
        if kind not in (Kind.PAIRS, Kind.COMPLETE):
            return Answer(hits, z)
        if is_limited(options) or (options.type is not None and kind is Kind.COMPLETE):
            return Answer(hits, z, notes=(LIMITED,))
        measure, metric = options.measure, options.metric
        rows = None if options.type is None else np.asarray(options.candidates, dtype=np.int64)
        if not self._can_ask(kind):
            return Answer(hits, z, notes=('"1 in" is not counted in a space of this size',))
        form = self._form(kind, measure, metric, rows)
        random = self._bank.known(form)
        if random is None:
            self.wanted.add(kind, measure, metric, rows)
            return Answer(hits, z, notes=(not_known(options, self.space),))
        far = self._far(form, random, genes)
        held = hits.rows if answers is None else answers
        return Answer(hits, z, random.rarity(far, genes, held, hits.scores))

    def _far(self, form: Form, random: RandomQuestions, genes: tuple[int, ...]) -> Floats:
        """How unlike an asked question random ones are, by what makes close answers likely."""
        a, b, *rest = genes
        far: Floats = np.zeros(len(random.rows))
        if form.kind is Kind.COMPLETE:
            if self._length_ranks is None:
                self._length_ranks = ranks(self.engine.norms)
            far = np.abs(self._length_ranks[random.rows[:, 2]] - self._length_ranks[rest[0]])
            if form.measure == "direction":
                return far
        if form.key not in self._lengths:
            self._lengths[form.key] = self._offsets(random.rows)
        offsets, own = self._lengths[form.key], self._offsets(np.array([[a, b]]))
        if form.kind is Kind.PAIRS:
            return np.asarray(np.abs(offsets - own))
        return np.asarray(np.hypot(far, ranks(offsets) - ranks(own, offsets)))

    def _offsets(self, rows: Rows) -> Floats:
        """|A − B| of some questions, (q,) float64."""
        vectors = self.engine.vectors
        first = vectors[rows[:, 0]].astype(np.float64)
        return np.asarray(np.linalg.norm(first - vectors[rows[:, 1]], axis=1))

    def _form(self, kind: Kind, measure: Measure, metric: Metric, among: Rows | None) -> Form:
        genes = 2 if kind is Kind.PAIRS else 3
        count, window = _PAIRS if kind is Kind.PAIRS else _COMPLETIONS
        count = min(count, _QUESTIONS_A_GENE * (self.space.n if among is None else len(among)))
        unit = self._unit(metric)
        return Form(kind, measure, metric, among, genes, count, window, unit)

    def _unit(self, metric: Metric) -> float:
        """What distances are rounded in proportion to; see ``Similarity``."""
        longest = float(self.engine.norms.max(initial=0.0))
        if metric == "cosine" or not longest:
            return 1.0
        unit = np.array([2.0 ** float(np.frexp(longest)[1])])
        return float(self.engine.ground.unscaled(unit, metric)[0])

    def _ask(
        self, kind: Kind, measure: Measure, metric: Metric, among: Rows | None, run: Run
    ) -> None:
        limits = Limits(1, candidates=among)

        def one(rows: Rows) -> float:
            places: Places = (int(rows[0]), int(rows[1]), int(rows[2]), None)
            try:
                found = self.engine.complete(places, limits, measure=measure, metric=metric)
            except NoAnswer:  # two identical genes were drawn: a question without hits
                return -np.inf
            return float(found.scores[0]) if len(found.scores) else -np.inf

        def ask(some: Rows) -> Floats:
            if kind is Kind.PAIRS:
                return self.engine.best_pair_scores(some, limits, metric=metric, run=run.muted())
            if (measure, metric) == ("direction", "cosine"):
                return self.engine.best_completion_scores(some, among, run=run.muted())
            return np.array([one(rows) for rows in some])

        def named(progress: Progress) -> None:
            stage = f"{progress.stage} ({kind}, {measure})"
            run.report(Progress(stage, progress.done, progress.total))

        form = self._form(kind, measure, metric, among)
        self._bank.asked(form, ask, at_once=_AT_ONCE, run=Run(named, run.cancelled))


def standard_scores(scores: Floats, random: Floats) -> Floats | None:
    """Distance from the random scores' mean, in their standard deviations."""
    sd = float(random.std()) if len(random) > 1 else 0.0
    if sd <= 0:
        return None
    z: Floats = (scores - float(random.mean())) / sd
    return z
