"""Answers to every shape of analogy, with z, E and p_best where they are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from gene_tui.engines.analogy import TURNS, AnalogyEngine, Limits, Places
from gene_tui.engines.answer import Answer, Question
from gene_tui.engines.background import (
    KEPT,
    SEED,
    NullModel,
    make_null,
    random_pairs,
    stored_null,
)
from gene_tui.engines.complete import Measure, all_scores
from gene_tui.engines.exact import Metric
from gene_tui.engines.found import Found, Scores
from gene_tui.engines.pool import run_blocks
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.progress import IsCancelled, Progress, Report, never, silent
from gene_tui.query.query import Kind
from gene_tui.query.result import Options
from gene_tui.spaces.derive import derive, geometry, norms
from gene_tui.spaces.space import LARGE, Space

if TYPE_CHECKING:
    from gene_tui.engines.pair_index import PairIndex

Indices = npt.NDArray[np.int64]

#: Random genes in the place of the ``?`` of a completion, for z.
SAMPLE = 5000
MEASURES: tuple[Measure, ...] = ("direction", "3cosadd", "3cosmul")


class AnalogyAnswers:
    """The analogy engine of one space and its null models."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.engine = AnalogyEngine(space.vectors, norms=norms(space), geometry=geometry(space))
        self._nulls: dict[str, NullModel] = {}

    def answer(
        self,
        question: Question,
        options: Options,
        *,
        found: Callable[[Found], None] | None = None,
        report: Report = silent,
        cancelled: IsCancelled = never,
    ) -> Answer:
        """See ``Engines.answer``."""
        kind = question.kind
        if options.measure != "direction" and kind not in (Kind.COMPLETE, Kind.ANALOGY):
            raise UsageError(
                f"--measure {options.measure} needs an analogy with one unknown gene",
                "A : B :: C : ?",
            )
        if kind in (Kind.PAIRS, Kind.SUMS):
            return self._pairs(question, options, report, cancelled)
        if kind is Kind.COMPLETE:
            return self._complete(question, options, cancelled)
        if kind is Kind.ANALOGY:
            return self._judge(question, options, cancelled)
        del found
        raise NoAnswer(f"analogies of the kind {kind} are not built yet", "ask A : B")

    def from_index(
        self,
        question: Question,
        options: Options,
        index: PairIndex,
        nprobe: int | None,
        *,
        report: Report = silent,
        cancelled: IsCancelled = never,
    ) -> Answer:
        """The approximate answer of an index over all pairs, scored in float64.

        Raises:
            UsageError: the index does not hold what the question asks for.
        """
        if question.kind not in (Kind.PAIRS, Kind.SUMS) or options.metric != "cosine":
            raise UsageError(
                "an index answers A : B and A + B :: ? + ? by cosine only",
                "leave --index away: the exact engine answers all",
            )
        a, b = question.genes
        limits = self._limits(options)
        sum = question.kind is Kind.SUMS
        hits = index.search(
            a,
            b,
            limits.k,
            nprobe=nprobe,
            sum=sum,
            candidates=limits.candidates,
            cap=limits.cap,
            per_gene=limits.per_gene,
            report=report,
            cancelled=cancelled,
        )
        z = self._pair_z(a, b, hits.scores, "cosine", sum)
        return self._with_chances(hits, z, question.kind, options)

    def prepare_geometry(self, *, report: Report = silent, cancelled: IsCancelled = never) -> None:
        """Compute what the bounds of the search need, where it is missing; it costs n²."""
        if self.engine.geometry is None and self.space.n <= LARGE:
            self.engine.geometry = derive(
                self.space, run=run_blocks, report=report, cancelled=cancelled
            )

    def prepare_chances(self, *, report: Report = silent, cancelled: IsCancelled = never) -> None:
        """Ask the random questions that z, E and p_best of plain analogies rest on.

        Questions over all pairs are left out in a large space: they cost n² each.
        """
        if self.space.n < 5:
            return
        for measure in MEASURES:
            self._make_null(Kind.COMPLETE, measure, "cosine", report, cancelled)
        if self.space.n <= LARGE:
            for kind in (Kind.PAIRS, Kind.SUMS):
                self._make_null(kind, "direction", "cosine", report, cancelled)

    def _limits(self, options: Options) -> Limits:
        rows = None if options.candidates is None else np.asarray(options.candidates, np.int64)
        return Limits(options.k, options.cap, options.per_gene, rows)

    def _pairs(
        self, question: Question, options: Options, report: Report, cancelled: IsCancelled
    ) -> Answer:
        a, b = question.genes
        sum = question.kind is Kind.SUMS
        metric = cast(Metric, options.metric)
        hits = self.engine.pairs(
            a,
            b,
            self._limits(options),
            sum=sum,
            metric=metric,
            report=report,
            cancelled=cancelled,
        )
        return self._with_chances(
            hits, self._pair_z(a, b, hits.scores, metric, sum), question.kind, options
        )

    def _pair_z(self, a: int, b: int, scores: Scores, metric: Metric, sum: bool) -> Scores | None:
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
        return _z(scores, random)

    def _complete(self, question: Question, options: Options, cancelled: IsCancelled) -> Answer:
        places = cast(Places, question.slots)
        hits = self.engine.complete(
            places,
            self._limits(options),
            measure=cast(Measure, options.measure),
            metric=cast(Metric, options.metric),
            cancelled=cancelled,
        )
        missing = places.index(None)
        turn = next(turn for turn in TURNS if turn[3] == missing)
        a, b, c = (cast(int, places[place]) for place in turn[:3])
        z = _z(hits.scores, self._random_completions(a, b, c, options))
        return self._with_chances(hits, z, question.kind, options)

    def _random_completions(self, a: int, b: int, c: int, options: Options) -> Scores:
        """Scores of random genes as D, none of them A, B or C."""
        rng = np.random.default_rng(SEED)
        others = np.setdiff1d(np.arange(self.space.n), [a, b, c])
        if len(others) > SAMPLE:
            others = np.sort(rng.choice(others, SAMPLE, replace=False))
        rows = np.concatenate([[a, b, c], others])
        scores = all_scores(
            self.space.vectors[rows],
            self.engine.norms[rows],
            0,
            1,
            2,
            measure=cast(Measure, options.measure),
            metric=cast(Metric, options.metric),
        )
        return scores[np.isfinite(scores)]

    def _judge(self, question: Question, options: Options, cancelled: IsCancelled) -> Answer:
        a, b, c, d = question.genes
        judged = self.engine.judge(
            a,
            b,
            c,
            d,
            measure=cast(Measure, options.measure),
            metric=cast(Metric, options.metric),
            cancelled=cancelled,
        )
        hit = Found(
            np.empty((1, 0), dtype=np.int64),
            np.array([judged.score]),
            method="one pass over all genes, float64 scores",
        )
        random = self._random_completions(a, b, c, options)
        answer = self._with_chances(hit, _z(hit.scores, random), Kind.COMPLETE, options)
        percentile = 100.0 * float(np.mean(random < judged.score)) if len(random) else None
        return Answer(
            hit,
            answer.z,
            answer.e_values,
            answer.p_best,
            answer.questions,
            rank_ab=judged.rank,
            percentile=percentile,
            notes=answer.notes,
        )

    def _with_chances(self, hits: Found, z: Scores | None, kind: Kind, options: Options) -> Answer:
        """E and p_best where the null model is made and the answer is not limited."""
        if options.candidates is not None or options.cap is not None or options.per_gene:
            return Answer(
                hits, z, notes=("E and p_best are known for answers without limits only",)
            )
        null = self._null(kind, options.measure, options.metric)
        if null is None:
            return Answer(hits, z, notes=("E and p_best are not known yet for such questions",))
        return Answer(hits, z, null.e_values(hits.scores), null.p_best(hits.scores), null.questions)

    def _null(self, kind: Kind, measure: str, metric: str) -> NullModel | None:
        key = f"{kind}-{measure}-{metric}"
        if key not in self._nulls:
            stored = stored_null(self.space, key)
            if stored is None:
                return None
            self._nulls[key] = stored
        return self._nulls[key]

    def _make_null(
        self, kind: Kind, measure: Measure, metric: Metric, report: Report, cancelled: IsCancelled
    ) -> None:
        if self._null(kind, measure, metric) is not None:
            return
        key = f"{kind}-{measure}-{metric}"

        def ask(genes: Indices) -> Scores:
            rows = [int(gene) for gene in genes]
            limits = Limits(KEPT)
            try:
                if kind is Kind.COMPLETE:
                    places: Places = (rows[0], rows[1], rows[2], None)
                    return self.engine.complete(
                        places, limits, measure=measure, metric=metric
                    ).scores
                return self.engine.pairs(
                    rows[0],
                    rows[1],
                    limits,
                    sum=kind is Kind.SUMS,
                    metric=metric,
                    cancelled=cancelled,
                ).scores
            except NoAnswer:  # two identical genes were drawn: a question without hits
                return np.empty(0)

        def named(progress: Progress) -> None:
            stage = f"{progress.stage} ({kind}, {measure})"
            report(Progress(stage, progress.done, progress.total))

        size = 3 if kind is Kind.COMPLETE else 2
        self._nulls[key] = make_null(self.space, key, size, ask, report=named, cancelled=cancelled)


def _z(scores: Scores, random: Scores) -> Scores | None:
    """Distance from the random scores' mean, in their standard deviations."""
    sd = float(random.std()) if len(random) > 1 else 0.0
    if sd <= 0:
        return None
    z: Scores = (scores - float(random.mean())) / sd
    return z
