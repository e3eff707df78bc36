"""What a space says of answers that are given: their scores, and where they stand among its own.

No answer is searched for: a product with all rows gives the ranks of any number of genes, and
the score of a pair needs its own four rows alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy.complete import ranked_among
from gene_tui.engines.analogy.engine import Places
from gene_tui.engines.answers.background import Rarity
from gene_tui.engines.answers.gene_list import target
from gene_tui.engines.answers.question import Question
from gene_tui.engines.answers.wanted import not_known
from gene_tui.engines.exact import lengths_of, offset, pair_cosines, pair_scores
from gene_tui.engines.found import Found
from gene_tui.model.options import Measure, Metric, Options
from gene_tui.model.query import Kind
from gene_tui.run import QUIET, Run

if TYPE_CHECKING:
    from gene_tui.engines.answers.engines import Engines

#: Float64 numbers held at once while offsets are formed (16 MB).
_CHUNK = 2_000_000


@dataclass(frozen=True, eq=False, slots=True)
class Given:
    """What is said of some answers to a question.

    Attributes:
        scores: (h,) float64, NaN for what cannot be one.
        ranks: (h,) int64, of each among all genes that could answer, 1 + those that score
            strictly better to 12 digits; None for answers of several genes.
        rarity: of pairs; None where it is not known.
        notes: why the rarity of pairs can never be known in this space, one sentence each.
    """

    scores: Floats
    ranks: Rows | None = None
    rarity: Rarity | None = None
    notes: tuple[str, ...] = ()


def judge(
    engines: Engines,
    question: Question,
    rows: Rows,
    *,
    metric: Metric = "cosine",
    measure: Measure = "direction",
    run: Run = QUIET,
) -> Given:
    """Judge given answers to a question, as if nothing limited it.

    Args:
        rows: (h, u), the genes that fill the ``?`` of each answer; none of them is of the
            question. Of a question without ``?`` one of no genes.

    Raises:
        NoAnswer: the question has no meaning in this space.
        UsageError: the measure does not go with it.
        Cancelled: the user stopped it.
    """
    kind = question.kind
    if kind in (Kind.NEAREST, Kind.ARITHMETIC, Kind.LIST):
        return _nearest(engines, question, rows[:, 0], metric)
    if kind is Kind.COMPARE:
        score, rank, _ = engines.similarity.engine(metric).compare(*question.genes)
        return Given(np.array([score]), np.array([rank]))
    if kind is Kind.CLOSEST:
        return Given(_closeness(engines, rows, metric))
    if kind is Kind.RELATION:
        return _related(engines, question, rows, measure, run)
    places = cast(Places, question.slots)
    engine = engines.analogy.engine
    if kind is Kind.COMPLETE:
        ranks, scores = engine.ranked(
            places, rows[:, 0], measure=measure, metric=metric, cancelled=run.cancelled
        )
        return Given(scores, ranks)
    if kind is Kind.ANALOGY:
        a, b, c, d = question.genes
        judged = engine.judge(a, b, c, d, measure=measure, metric=metric, cancelled=run.cancelled)
        return Given(np.array([judged.score]), np.array([judged.rank]))
    if kind in (Kind.PAIRS, Kind.SUMS):
        return _pairs(engines, question, rows, metric)
    return Given(_filled(engines.space.vectors, question, rows, metric))


def _nearest(engines: Engines, question: Question, rows: Rows, metric: Metric) -> Given:
    answers = engines.similarity
    query = target(answers.space.vectors, answers.norms, question, metric)
    exclude = np.array(sorted(set(question.genes)), dtype=np.int64)
    ranks, scores = answers.engine(metric).ranked(query, rows, exclude=exclude)
    return Given(scores, ranks)


def _pairs(engines: Engines, question: Question, rows: Rows, metric: Metric) -> Given:
    a, b = question.genes
    vectors, sum = engines.space.vectors, question.kind is Kind.SUMS
    offset_ab = offset(vectors, a, b, sum=sum)
    scores = pair_scores(vectors, rows[:, 0], rows[:, 1], offset_ab, sum=sum, metric=metric)
    known = np.where(np.isfinite(scores), scores, np.nan)
    if sum or not len(rows):
        return Given(known)
    found = Found(rows, scores)
    options = Options(metric=metric)
    answer = engines.analogy.chances.attach(found, None, Kind.PAIRS, options, (a, b))
    due = not_known(options, engines.space)
    notes = tuple(note for note in answer.notes if note != due)
    return Given(known, rarity=answer.rarity, notes=notes)


def _related(engines: Engines, question: Question, rows: Rows, measure: Measure, run: Run) -> Given:
    answers = engines.analogy.relations
    relation = answers.relation(question)
    c, d = question.slots[-2:]
    if c is None and d is None:
        found = pair_scores(engines.space.vectors, rows[:, 0], rows[:, 1], relation.target)
        return Given(np.where(np.isfinite(found), found, np.nan))
    engine, cancelled = answers.engine, run.cancelled
    if c is not None and d is not None:
        judged = engine.judge(relation, c, d, measure=measure, cancelled=cancelled)
        return Given(np.array([judged.score]), np.array([judged.rank]))
    relation, known = (relation.turned, d) if c is None else (relation, c)
    assert known is not None
    scores = engine.scores(relation, known, measure=measure, cancelled=cancelled)
    ranks, found = ranked_among(scores, rows[:, 0])
    return Given(found, ranks)


def _closeness(engines: Engines, rows: Rows, metric: Metric) -> Floats:
    """Scores of pairs as ``? ~ ?`` has them, (h,)."""
    vectors, norms = engines.space.vectors, engines.similarity.norms
    if metric == "cosine":
        known = (norms[rows] > 0).all(axis=1)
        return np.where(known, pair_cosines(vectors, norms, *rows.T), np.nan)
    first, second = (vectors[column].astype(np.float64) for column in rows.T)
    return -lengths_of(first - second)


def _filled(vectors: Matrix, question: Question, rows: Rows, metric: Metric) -> Floats:
    """Scores of whole analogies, (h,), where the ``?`` of each stand on both sides."""
    scores = np.empty(len(rows))
    step = max(1, _CHUNK // vectors.shape[1])
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        free = iter(part.T)
        a, b, c, d = (
            vectors[next(free) if row is None else np.full(len(part), row)].astype(np.float64)
            for row in question.slots
        )
        one, other = a - b, c - d
        if metric == "euclidean":
            scores[start : start + step] = -lengths_of(one - other)
            continue
        lengths = lengths_of(one) * lengths_of(other)
        with np.errstate(invalid="ignore"):  # nothing has no direction: 0 / 0
            cosines = np.einsum("ij,ij->i", one, other) / lengths
        scores[start : start + step] = np.clip(cosines, -1.0, 1.0)
    return scores
