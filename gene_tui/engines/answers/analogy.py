"""Answers to every shape of analogy, with z and "1 in N" where they are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from gene_tui.engines.analogy import compiled
from gene_tui.engines.analogy.engine import TURNS, AnalogyEngine, Places
from gene_tui.engines.analogy.whole_space import best_of_all
from gene_tui.engines.answers.chances import AnalogyChances, standard_scores
from gene_tui.engines.answers.question import Answer, Question
from gene_tui.engines.answers.relations import RelationAnswers, limits_of
from gene_tui.engines.answers.wanted import Wanted
from gene_tui.engines.exact import cosines
from gene_tui.engines.found import Found
from gene_tui.engines.pool import run_blocks
from gene_tui.errors import UsageError
from gene_tui.model.options import Options
from gene_tui.model.query import Kind
from gene_tui.run import QUIET, IsCancelled, Run
from gene_tui.spaces.derive import derive, geometry, norms
from gene_tui.spaces.space import LARGE, Space

if TYPE_CHECKING:
    from gene_tui.engines.pair_index.index import PairIndex


#: So many pair questions in one process are worth loading the compiled loops for.
_MANY = 10
#: Of an analogy's four ways to be told.
ONCE = "each analogy is told once, with the gene that comes first in the space as A"


class AnalogyAnswers:
    """The analogy engine of one space and what chance says of its answers."""

    def __init__(self, space: Space, wanted: Wanted) -> None:
        self.space = space
        self.engine = AnalogyEngine(space.vectors, norms=norms(space), geometry=geometry(space))
        self.chances = AnalogyChances(space, self.engine, wanted)
        self._asked = 0
        self.relations = RelationAnswers(self.engine, self.chances)

    def answer(self, question: Question, options: Options, *, run: Run = QUIET) -> Answer:
        """See ``Engines.answer``."""
        kind = question.kind
        if kind is Kind.RELATION:
            return self.relations.answer(question, options, run=run)
        if options.measure != "direction" and kind not in (Kind.COMPLETE, Kind.ANALOGY):
            raise UsageError(
                f"--measure {options.measure} needs an analogy with one unknown gene",
                "A : B :: C : ?",
            )
        if kind in (Kind.PAIRS, Kind.SUMS):
            return self._pairs(question, options, run)
        if kind is Kind.COMPLETE:
            return self._complete(question, options, run.cancelled)
        if kind is Kind.ANALOGY:
            return self._judge(question, options, run.cancelled)
        if kind is Kind.PARALLEL:
            return self._parallel(question, options, run)
        if kind is Kind.CONTAINING:
            return self._containing(question, options, run)
        return self._all(options, run)

    def from_index(
        self,
        question: Question,
        options: Options,
        index: PairIndex,
        nprobe: int | None,
        *,
        run: Run = QUIET,
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
        limits = limits_of(options)
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
            run=run,
        )
        z = self.chances.pair_z(a, b, hits.scores, "cosine", sum)
        if index.n < self.space.n:  # random questions were asked of the whole space
            answer = Answer(hits, z, notes=('"1 in" is not known for a part of the space',))
        else:
            answer = self.chances.attach(hits, z, question.kind, options, (a, b))
        return self._with_cosines(answer, a, b)

    @property
    def shape_is_due(self) -> bool:
        """Whether what the bounds of the search need is missing and will be computed."""
        return self.engine.geometry is None and self.space.n <= LARGE

    def prepare_geometry(self, *, run: Run = QUIET) -> None:
        """Compute what the bounds of the search need, where it is missing; it costs n²."""
        if self.shape_is_due:
            self.engine.geometry = derive(self.space, spread=run_blocks, run=run)

    def _pairs(self, question: Question, options: Options, run: Run) -> Answer:
        a, b = question.genes
        sum = question.kind is Kind.SUMS
        metric = options.metric
        self._asked += 1
        if self._asked == _MANY and compiled.are_kept():
            compiled.load(run.cancelled)
        hits = self.engine.pairs(a, b, limits_of(options), sum=sum, metric=metric, run=run)
        z = self.chances.pair_z(a, b, hits.scores, metric, sum)
        answer = self.chances.attach(hits, z, question.kind, options, (a, b))
        return self._with_cosines(answer, a, b)

    def _with_cosines(self, answer: Answer, a: int, b: int) -> Answer:
        """With how like A each C is, and B each D."""
        rows, vectors, norms = answer.found.rows, self.engine.vectors, self.engine.norms
        cos_ac, cos_bd = (
            cosines(vectors, norms, one, rows[:, place]) for place, one in enumerate((a, b))
        )
        return replace(answer, cos_ac=cos_ac, cos_bd=cos_bd)

    def _complete(self, question: Question, options: Options, cancelled: IsCancelled) -> Answer:
        places = cast(Places, question.slots)
        hits = self.engine.complete(
            places,
            limits_of(options),
            measure=options.measure,
            metric=options.metric,
            cancelled=cancelled,
        )
        missing = places.index(None)
        turn = next(turn for turn in TURNS if turn[3] == missing)
        a, b, c = (cast(int, places[place]) for place in turn[:3])
        z = standard_scores(hits.scores, self.chances.random_completions(a, b, c, options))
        return self.chances.attach(hits, z, question.kind, options, (a, b, c))

    def _parallel(self, question: Question, options: Options, run: Run) -> Answer:
        places = cast(Places, question.slots)
        hits = self.engine.parallel(places, limits_of(options), metric=options.metric, run=run)
        random = self.chances.random_parallels(places, options.metric)
        return Answer(hits, standard_scores(hits.scores, random))

    def _containing(self, question: Question, options: Options, run: Run) -> Answer:
        """Three unknown genes: z and rarity of such questions are not known."""
        hits = self.engine.containing(
            cast(Places, question.slots),
            limits_of(options),
            metric=options.metric,
            partial=True,
            run=run,
        )
        return Answer(hits)

    def _all(self, options: Options, run: Run) -> Answer:
        """Four unknown genes: z and rarity of such questions are not known."""
        if options.metric != "cosine":
            raise UsageError(
                "? : ? compares directions; by distance its best hits are near-duplicates",
                "leave the metric at cosine",
            )
        hits = best_of_all(self.engine, limits_of(options), run=run)
        return Answer(hits, notes=(ONCE,) if len(hits.rows) else ())

    def _judge(self, question: Question, options: Options, cancelled: IsCancelled) -> Answer:
        a, b, c, d = question.genes
        judged = self.engine.judge(
            a,
            b,
            c,
            d,
            measure=options.measure,
            metric=options.metric,
            cancelled=cancelled,
        )
        hit = Found(
            np.empty((1, 0), dtype=np.int64),
            np.array([judged.score]),
            method="one pass over all genes, float64 scores",
        )
        random = self.chances.random_completions(a, b, c, options)
        z = standard_scores(hit.scores, random)
        answer = self.chances.attach(hit, z, Kind.COMPLETE, options, (a, b, c), np.array([[d]]))
        percentile = 100.0 * float(np.mean(random < judged.score)) if len(random) else None
        return Answer(
            hit,
            answer.z,
            answer.rarity,
            rank_ab=judged.rank,
            percentile=percentile,
            notes=answer.notes,
        )
