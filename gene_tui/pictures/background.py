"""Scores of random answers to a question: what its hits stand out from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from gene_tui.arrays import Floats
from gene_tui.engines.analogy.complete import all_scores
from gene_tui.engines.analogy.engine import TURNS, Places
from gene_tui.engines.answers.background import SEED, random_pairs
from gene_tui.engines.answers.engines import Engines
from gene_tui.engines.answers.gene_list import target
from gene_tui.engines.answers.question import Question
from gene_tui.engines.exact import offset
from gene_tui.model.options import Metric, Options
from gene_tui.model.query import ANALOGIES, Kind
from gene_tui.run import IsCancelled, check, never
from gene_tui.spaces.derive import norms

#: Random answers where more than two genes are free.
RANDOM = 50_000
_BLOCK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Scores of random answers.

    Attributes:
        scores: (m,) float64, finite. who: what was scored, in words ("all other genes").
    """

    scores: Floats
    who: str


def background(
    engines: Engines, question: Question, options: Options, *, cancelled: IsCancelled = never
) -> Background:
    """Scores that answers to a question get, however good they are.

    Where one gene is free, every gene in its place; else random ones. Limits of the
    question (gene types, caps) do not count here.

    Raises:
        NoAnswer: the question has no meaning in this space.
        Cancelled: the user stopped it.
    """
    kind, genes = question.kind, question.genes
    if kind in (Kind.COMPARE, Kind.CLOSEST):
        return _pairs_of_genes(engines, genes, options.metric)
    if kind is Kind.RELATION:
        return _related(engines, question, options, cancelled)
    if kind not in ANALOGIES:
        return _all_genes(engines, question, options.metric)
    if kind in (Kind.PAIRS, Kind.SUMS):
        return _random_pairs(engines, question, options.metric)
    if kind in (Kind.COMPLETE, Kind.ANALOGY):
        return _completions(engines, question, options, cancelled)
    return _random_analogies(engines, question, options.metric, cancelled)


def _all_genes(engines: Engines, question: Question, metric: Metric) -> Background:
    query = target(engines.space.vectors, norms(engines.space), question, metric)
    engine = engines.similarity.engine(metric)
    scores, _error = engine.approximate(engine.scaled(query))
    scores[list(question.genes)] = -np.inf
    scores = scores[np.isfinite(scores)]
    if metric == "euclidean":
        scores = engine.restored(-np.sqrt(np.maximum(-scores, 0.0)))
    return Background(scores, f"all {len(scores):,} other genes")


def _pairs_of_genes(engines: Engines, genes: tuple[int, ...], metric: str) -> Background:
    pairs = random_pairs(engines.space)
    if pairs is None:
        return Background(np.empty(0), "no pairs")
    scores = pairs.cosines if metric == "cosine" else -pairs.differences
    scores = scores[pairs.untouched(genes)]
    scores = scores[np.isfinite(scores)]
    return Background(scores, f"{len(scores):,} random pairs of genes")


def _random_pairs(engines: Engines, question: Question, metric: Metric) -> Background:
    """The same random pairs that z rests on."""
    a, b = question.genes
    sum = question.kind is Kind.SUMS
    target = offset(engines.analogy.engine.vectors, a, b, sum=sum)
    scores = engines.analogy.chances.random_pair_scores(
        target, np.array([a, b]), metric=metric, sum=sum
    )
    return Background(scores, f"{len(scores):,} random pairs C, D")


def _related(
    engines: Engines, question: Question, options: Options, cancelled: IsCancelled
) -> Background:
    """Random pairs, or every gene in the place of the ``?``; of a whole pair, of D."""
    relations = engines.analogy.relations
    relation = relations.relation(question)
    c, d = question.slots[-2:]
    known = d if c is None else c
    if known is None:
        genes = np.unique(relation.examples)
        scores = engines.analogy.chances.random_pair_scores(relation.target, genes)
        return Background(scores, f"{len(scores):,} random pairs C, D")
    scores = relations.engine.scores(
        relation.turned if c is None else relation,
        known,
        measure=options.measure,
        cancelled=cancelled,
    )
    if c is not None and d is not None:
        scores[d] = -np.inf
    scores = scores[np.isfinite(scores)]
    return Background(scores, f"all {len(scores):,} other genes as {'C' if c is None else 'D'}")


def _completions(
    engines: Engines, question: Question, options: Options, cancelled: IsCancelled
) -> Background:
    """Every gene in the place of the ``?``; of a whole analogy, in the place of D."""
    slots = question.slots if None in question.slots else (*question.slots[:3], None)
    places = cast(Places, slots)
    turn = next(turn for turn in TURNS if turn[3] == places.index(None))
    a, b, c = (cast(int, places[place]) for place in turn[:3])
    scores = all_scores(
        engines.space.vectors.view(np.ndarray),
        engines.similarity.norms,
        a,
        b,
        c,
        measure=options.measure,
        metric=options.metric,
        cancelled=cancelled,
    )
    letter = "ABCD"[places.index(None)]
    if question.kind is Kind.ANALOGY:
        scores[question.genes[3]] = -np.inf
    scores = scores[np.isfinite(scores)]
    return Background(scores, f"all {len(scores):,} other genes as {letter}")


def _random_analogies(
    engines: Engines, question: Question, metric: str, cancelled: IsCancelled
) -> Background:
    """Random genes in all free places of A : B :: C : D."""
    vectors = engines.space.vectors
    rng = np.random.default_rng([SEED, len(question.genes)])
    free = [slot is None for slot in question.slots]
    rows = rng.integers(0, len(vectors), (RANDOM, 4))
    for place, slot in enumerate(question.slots):
        if slot is not None:
            rows[:, place] = slot
    ordered = np.sort(rows, axis=1)
    rows = rows[(ordered[:, 1:] != ordered[:, :-1]).all(axis=1)]
    scores = np.empty(len(rows))
    for start in range(0, len(rows), _BLOCK):
        check(cancelled)
        part = rows[start : start + _BLOCK]
        a, b, c, d = (vectors[part[:, place]].astype(np.float64) for place in range(4))
        scores[start : start + _BLOCK] = _offset_scores(a - b, c - d, metric)
    scores = scores[np.isfinite(scores)]
    letters = ", ".join(letter for letter, is_free in zip("ABCD", free, strict=True) if is_free)
    return Background(scores, f"{len(scores):,} random choices of {letters}")


def _offset_scores(left: Floats, right: Floats, metric: str) -> Floats:
    if metric == "euclidean":
        distances: Floats = -np.linalg.norm(left - right, axis=1)
        return distances
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    scores: Floats = np.full(len(left), np.nan)
    np.divide(np.einsum("ij,ij->i", left, right), lengths, out=scores, where=lengths > 0)
    return np.clip(scores, -1.0, 1.0)
