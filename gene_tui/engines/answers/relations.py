"""Answers to ``A : B, E : F :: ? : ?`` and its kin: who stands in the relation of examples."""

from __future__ import annotations

import numpy as np

from gene_tui.arrays import Floats
from gene_tui.engines.analogy.engine import AnalogyEngine
from gene_tui.engines.analogy.ground import Limits
from gene_tui.engines.analogy.held_out import ExampleRanks, held_out
from gene_tui.engines.analogy.relation import Relation, RelationEngine
from gene_tui.engines.answers.chances import AnalogyChances, standard_scores
from gene_tui.engines.answers.question import Answer, Question
from gene_tui.engines.found import Found
from gene_tui.errors import UsageError
from gene_tui.model.options import Options
from gene_tui.run import QUIET, Run


class RelationAnswers:
    """Relations by example in one space; "1 in N" of such questions is not known."""

    def __init__(self, engine: AnalogyEngine, chances: AnalogyChances) -> None:
        self.engine = RelationEngine(engine.ground)
        self.chances = chances

    def answer(self, question: Question, options: Options, *, run: Run = QUIET) -> Answer:
        """See ``Engines.answer``."""
        if options.metric != "cosine":
            raise UsageError(
                "a relation is a direction without a length, so there is no distance to it",
                "leave the metric at cosine",
            )
        c, d = question.slots[-2:]
        if options.measure != "direction" and c is None and d is None:
            raise UsageError(
                f"--measure {options.measure} needs a gene that is completed",
                "A : B, E : F :: C : ?",
            )
        relation = self.relation(question)
        limits = limits_of(options)
        if c is not None and d is not None:
            return self._judge(relation, c, d, options, run)
        if c is None and d is None:
            hits = self.engine.pairs(relation, limits, run=run)
            z = self.chances.target_z(relation.target, np.unique(relation.examples), hits.scores)
            return Answer(hits, z)
        relation = relation.turned if c is None else relation
        known = c if c is not None else d
        assert known is not None
        measure = options.measure
        hits = self.engine.complete(
            relation, known, limits, measure=measure, cancelled=run.cancelled
        )
        random = self._random(relation, known, options)
        return Answer(hits, standard_scores(hits.scores, random))

    def relation(self, question: Question) -> Relation:
        """What the examples of a question have in common.

        Raises:
            NoAnswer: they have no direction, or none in common.
        """
        return Relation.of(self.engine.ground, question.examples)

    def held_out(self, question: Question, *, run: Run = QUIET) -> ExampleRanks | None:
        """How each example does when the others are asked for it; None where it has no others.

        Raises:
            Cancelled: the user stopped it.
        """
        relation = self.relation(question)
        if len(relation.examples) < 2:
            return None
        return held_out(self.engine.ground, relation, run=run)

    def _judge(self, relation: Relation, c: int, d: int, options: Options, run: Run) -> Answer:
        judged = self.engine.judge(relation, c, d, measure=options.measure, cancelled=run.cancelled)
        hit = Found(
            np.empty((1, 0), dtype=np.int64),
            np.array([judged.score]),
            method="one pass over all genes, float64 scores",
        )
        random = self._random(relation, c, options)
        return Answer(
            hit,
            standard_scores(hit.scores, random),
            rank_ab=judged.rank,
            percentile=100.0 * float(np.mean(random < judged.score)) if len(random) else None,
        )

    def _random(self, relation: Relation, known: int, options: Options) -> Floats:
        """Scores of random genes in the place of the ``?``."""
        rows = self.chances.random_genes([*np.unique(relation.examples), known])
        scores = self.engine.scores(relation, known, rows, measure=options.measure)
        return scores[np.isfinite(scores)]


def limits_of(options: Options) -> Limits:
    """The limits of a question about rows."""
    rows = None if options.candidates is None else np.asarray(options.candidates, np.int64)
    return Limits(options.k, options.cap, options.per_gene, rows)
