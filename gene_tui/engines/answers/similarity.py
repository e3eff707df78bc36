"""Answers to ``A ~ ?``, ``A ~ B``, ``? ~ ?``, weighted sums and lists, with z, E and p_best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gene_tui.arrays import Floats, Rows
from gene_tui.engines.answers.background import (
    KEPT,
    NullModel,
    make_null,
    random_pairs,
    stored_null,
)
from gene_tui.engines.answers.distribution import of_all_pairs, of_scores
from gene_tui.engines.answers.gene_list import ListAnswers, target
from gene_tui.engines.answers.question import Answer, Question
from gene_tui.engines.exact import weighted_sum
from gene_tui.engines.found import Found
from gene_tui.engines.similarity import Population, Similarity
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.model.options import Options
from gene_tui.model.query import Kind
from gene_tui.model.result import Distribution
from gene_tui.run import QUIET, Run
from gene_tui.spaces.derive import norms
from gene_tui.spaces.space import LARGE, Space


class SimilarityAnswers:
    """The similarity engine of one space and its null models."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.norms = norms(space)
        self._engines: dict[str, Similarity] = {}
        self._nulls: dict[str, NullModel] = {}
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
        """Make the null models of plain nearest-gene questions, and the random pairs."""
        random_pairs(self.space)
        for metric in ("cosine", "euclidean"):
            self._null((1.0,), metric, None, run)

    def _nearest(self, question: Question, options: Options, run: Run) -> Answer:
        """Nearest genes to one gene, or to a weighted sum of genes."""
        weights = question.weights or (1.0,)
        genes = question.genes
        query = target(self.space.vectors, self.norms, question, options.metric)
        candidates = _candidates(options)
        engine = self.engine(options.metric)
        hits, population = engine.nearest(
            query, options.k, exclude=np.array(sorted(set(genes))), candidates=candidates
        )
        z = _z(hits.scores, population)
        null = None
        notes: tuple[str, ...] = ()
        if len(weights) > 1 or abs(weights[0]) != 1 or question.sizes:
            notes = ("E and p_best are not known for sums",)
        elif options.within is None:
            null = self._null(weights, options.metric, options, run)
        else:
            notes = ("E and p_best are not known for a candidate list",)
        if null is None:
            return Answer(hits, z, notes=notes)
        return Answer(hits, z, null.e_values(hits.scores), null.p_best(hits.scores), null.questions)

    def _list(self, question: Question, options: Options, run: Run) -> Answer:
        """Nearest genes to a list; how random lists are answered is not known."""
        members = np.array(question.genes, dtype=np.int64)
        engine = self.engine(options.metric)
        answer, population = self._lists.answer(engine, members, options, _candidates(options), run)
        return replace(answer, z=_z(answer.found.scores, population))

    def _null(
        self, weights: tuple[float, ...], metric: str, options: Options | None, run: Run
    ) -> NullModel | None:
        """How random genes (random sums with the same weights) score; a second's work once.

        In a large space it is only used when it was stored.
        """
        of_type = options.type if options else None
        key = "nearest-" + ",".join(f"{weight:g}" for weight in weights) + f"-{metric}"
        key += f"-{_file_safe(of_type)}" if of_type else ""
        if key in self._nulls:
            return self._nulls[key]
        null = stored_null(self.space, key)
        if null is None:
            prepared = options is None
            if (self.space.n > LARGE and not prepared) or self.space.n <= len(weights):
                return None
            engine, candidates = self.engine(metric), _candidates(options)

            def ask(genes: Rows) -> Floats:
                query = weighted_sum(self.space.vectors, genes.tolist(), weights)
                try:
                    hits, _ = engine.nearest(query, KEPT, exclude=genes, candidates=candidates)
                except NoAnswer:
                    return np.empty(0)
                return hits.scores

            null = make_null(self.space, key, len(weights), ask, run=run)
        self._nulls[key] = null
        return null

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


def _file_safe(text: str) -> str:
    return "".join(char if char.isalnum() or char == "-" else "_" for char in text)
