"""What chance says of analogies: z from random genes in the place of the ``?``, E and p_best
from random questions of the same kind."""

from __future__ import annotations

import numpy as np

from gene_tui.arrays import Floats, Rows
from gene_tui.engines.analogy.complete import all_scores
from gene_tui.engines.analogy.engine import AnalogyEngine, Places
from gene_tui.engines.analogy.ground import Limits
from gene_tui.engines.answers.background import (
    KEPT,
    SEED,
    NullModel,
    make_null,
    random_pairs,
    stored_null,
)
from gene_tui.engines.answers.question import Answer
from gene_tui.engines.found import Found
from gene_tui.errors import NoAnswer
from gene_tui.model.options import MEASURES, Measure, Metric, Options
from gene_tui.model.query import Kind
from gene_tui.run import QUIET, Progress, Run
from gene_tui.spaces.space import LARGE, Space

#: Random genes in the place of the ``?`` where every one costs a row's arithmetic.
SAMPLE = 5000
#: In a space of this size the random questions take a second or two, so they are asked when the
#: first question needs them instead of waiting for ``prepare``.
SMALL = 2000
SMALLEST = 5
_ASKED_AT_ONCE = (Kind.PAIRS, Kind.SUMS, Kind.COMPLETE)


class AnalogyChances:
    """Random answers and random questions of one space."""

    def __init__(self, space: Space, engine: AnalogyEngine) -> None:
        self.space = space
        self.engine = engine
        self._nulls: dict[str, NullModel] = {}

    def prepare(self, *, run: Run) -> None:
        """Ask the random questions that z, E and p_best of plain analogies rest on.

        Questions over all pairs are left out in a large space: they cost n² each.
        """
        if self.space.n < SMALLEST:
            return
        for measure in MEASURES:
            self._make_null(Kind.COMPLETE, measure, "cosine", run)
        if self.space.n <= LARGE:
            for kind in (Kind.PAIRS, Kind.SUMS):
                self._make_null(kind, "direction", "cosine", run)

    def pair_z(self, a: int, b: int, scores: Floats, metric: Metric, sum: bool) -> Floats | None:
        """z over the random pairs: a product with all rows and a gather."""
        pairs = random_pairs(self.space)
        if pairs is None:
            return None
        lengths = pairs.sums if sum else pairs.differences
        keep = pairs.untouched((a, b)) & (lengths > 0)
        rows = pairs.rows[keep]
        random = self.engine.pair_scores(
            a, b, rows[:, 0], rows[:, 1], lengths[keep], sum=sum, metric=metric
        )
        return standard_scores(scores, random)

    def random_completions(self, a: int, b: int, c: int, options: Options) -> Floats:
        """Scores of random genes as D, none of them A, B or C."""
        rng = np.random.default_rng(SEED)
        others = np.setdiff1d(np.arange(self.space.n), [a, b, c])
        if len(others) > SAMPLE:
            others = np.sort(rng.choice(others, SAMPLE, replace=False))
        rows = np.concatenate([[a, b, c], others])
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

    def attach(self, hits: Found, z: Floats | None, kind: Kind, options: Options) -> Answer:
        """E and p_best where the null model is made and the answer is not limited."""
        if options.candidates is not None or options.cap is not None or options.per_gene:
            return Answer(
                hits, z, notes=("E and p_best are known for answers without limits only",)
            )
        measure, metric = options.measure, options.metric
        null = self._null(kind, measure, metric)
        if null is None and SMALLEST <= self.space.n <= SMALL and kind in _ASKED_AT_ONCE:
            null = self._make_null(kind, measure, metric, QUIET)
        if null is None:
            return Answer(hits, z, notes=("E and p_best are not known for such questions here",))
        return Answer(hits, z, null.e_values(hits.scores), null.p_best(hits.scores), null.questions)

    def _null(self, kind: Kind, measure: str, metric: str) -> NullModel | None:
        key = f"{kind}-{measure}-{metric}"
        if key not in self._nulls:
            stored = stored_null(self.space, key)
            if stored is None:
                return None
            self._nulls[key] = stored
        return self._nulls[key]

    def _make_null(self, kind: Kind, measure: Measure, metric: Metric, run: Run) -> NullModel:
        made = self._null(kind, measure, metric)
        if made is not None:
            return made
        key = f"{kind}-{measure}-{metric}"

        def ask(genes: Rows) -> Floats:
            rows = [int(gene) for gene in genes]
            limits = Limits(KEPT)
            try:
                if kind is Kind.COMPLETE:
                    places: Places = (rows[0], rows[1], rows[2], None)
                    return self.engine.complete(
                        places, limits, measure=measure, metric=metric
                    ).scores
                return self.engine.pairs(
                    rows[0], rows[1], limits, sum=kind is Kind.SUMS, metric=metric, run=run.muted()
                ).scores
            except NoAnswer:  # two identical genes were drawn: a question without hits
                return np.empty(0)

        def named(progress: Progress) -> None:
            stage = f"{progress.stage} ({kind}, {measure})"
            run.report(Progress(stage, progress.done, progress.total))

        size = 3 if kind is Kind.COMPLETE else 2
        null = make_null(self.space, key, size, ask, run=Run(named, run.cancelled))
        self._nulls[key] = null
        return null


def standard_scores(scores: Floats, random: Floats) -> Floats | None:
    """Distance from the random scores' mean, in their standard deviations."""
    sd = float(random.std()) if len(random) > 1 else 0.0
    if sd <= 0:
        return None
    z: Floats = (scores - float(random.mean())) / sd
    return z
