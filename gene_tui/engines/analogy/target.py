"""Pairs whose offset is like one target's: the question put to the search of ``pairs.py``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gene_tui.arrays import Floats, Floats32, Rows
from gene_tui.engines.analogy import compiled
from gene_tui.engines.analogy import pairs as pair_search
from gene_tui.engines.analogy.best import Best
from gene_tui.engines.analogy.bounds import Bound, Direction, Distance
from gene_tui.engines.analogy.ground import Ground, Limits
from gene_tui.engines.analogy.products import products, products32
from gene_tui.engines.exact import gamma
from gene_tui.engines.found import Found
from gene_tui.model.options import Metric
from gene_tui.run import QUIET, IsCancelled, Run


def pairs_like(
    ground: Ground,
    examples: Rows,
    target: Floats,
    limits: Limits,
    *,
    sum: bool = False,
    metric: Metric = "cosine",
    inner: Floats32 | None = None,
    run: Run = QUIET,
) -> Found:
    """Pairs whose offset is like a target's, none of the examples' genes in them.

    Args:
        examples: (m, 2) rows of the pairs that the target is made of.
        target: (d,) float64, not zero.
        inner: (n,) the target's float32 products with all rows (of length 1, for directions),
            where they are there already.

    Raises:
        Cancelled: the user stopped it.
    """
    question = _pair_question(
        ground,
        examples,
        target,
        limits,
        sum=sum,
        metric=metric,
        inner=inner,
        cancelled=run.cancelled,
    )
    bound = bound_of(question)

    def search(k: int, left_out: Rows) -> tuple[Rows, Floats]:
        best = Best(k, 2)
        asked = question
        if len(left_out):
            asked = replace(
                question,
                first=np.setdiff1d(question.first, left_out, assume_unique=True),
                second=np.setdiff1d(question.second, left_out, assume_unique=True),
            )
        pair_search.search(asked, bound, best, run=run)
        return best.hits()

    return ground.limited(
        search, limits, 2, metric, "bounded search over all pairs, float64 scores"
    )


def _pair_question(
    ground: Ground,
    examples: Rows,
    target: Floats,
    limits: Limits,
    *,
    sum: bool,
    metric: Metric,
    inner: Floats32 | None = None,
    cancelled: IsCancelled,
) -> pair_search.PairQuestion:
    """The question of one target; see ``pairs_like``."""
    size = 1.0 if metric == "euclidean" else float(np.sqrt(target @ target))
    # Lining up a space takes longer than a question, so only the loops that need it ask for it.
    loops = compiled.loaded()
    lineup = None if loops is None else ground.lineup(sum=sum)
    search = None if lineup is None or loops is None else (lineup, loops)
    columns = [target / size]
    listed = None if search is None or ground.shape is None else ground.shape.difference.neighbours
    if listed is None:
        columns += [ground.middle(rows) for rows in examples.T]
    # Only the compiled loops are told how far products may be off.
    error = gamma(ground.vectors.shape[1])
    if lineup is None or not lineup.tells(error):
        error = 0.0
        values = products(ground.vectors, np.column_stack(columns))
    elif inner is not None and len(columns) == 1:
        values = inner.astype(np.float64)[:, None]
    else:
        values = products32(ground.vectors, np.column_stack(columns))
    allowed = ground.candidates(limits)
    free = np.ones(len(ground.vectors), dtype=np.bool_)
    free[examples] = False
    allowed = allowed[free[allowed]]
    if listed is not None:
        # The nearest of each example's genes; their share, where there are many examples.
        share = max(1, 2 * pair_search.SEEDS // len(examples))
        near = listed[examples[: 2 * pair_search.SEEDS], :share].astype(np.int64)
        likely = (np.unique(near[:, 0]), np.unique(near[:, 1]))
    else:
        lengths = np.where(ground.norms > 0, ground.norms, 1.0)
        near_a, near_b = (values[:, 1:] / lengths[:, None]).T
        likely = (_most_like(near_a, allowed), _most_like(near_b, allowed))
    first = second = allowed
    if limits.cap is not None:
        first, second = (ground.all_under_cap(allowed, rows, limits.cap) for rows in examples.T)
        if sum:
            first = second = np.intersect1d(first, second, assume_unique=True)
    return pair_search.PairQuestion(
        vectors=ground.vectors,
        target=target,
        metric=metric,
        sum=sum,
        first=first,
        second=second,
        operands=ground.operands(values[:, 0], sum=sum, cancelled=cancelled),
        likely=likely,
        compiled=search,
        error=error,
    )


def _most_like(similar: Floats, allowed: Rows) -> Rows:
    """The rows of largest cosine, enough of them to look for likely pairs."""
    count = pair_search.SEEDS
    if len(allowed) <= count:
        return allowed
    return allowed[np.argpartition(-similar[allowed], count)[:count]]


def bound_of(question: pair_search.PairQuestion) -> Bound:
    if question.metric == "euclidean":
        return Distance(question.operands, float(np.sqrt(question.target @ question.target)))
    return Direction(question.operands)
