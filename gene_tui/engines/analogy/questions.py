"""Questions with two and three unknown genes, turned into the searches that answer them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gene_tui.engines.analogy import containing as containing_search
from gene_tui.engines.analogy import pairs as pair_search
from gene_tui.engines.analogy import parallel as parallel_search
from gene_tui.engines.analogy.best import Best
from gene_tui.engines.analogy.bounds import Bound, Direction, Distance
from gene_tui.engines.analogy.complete import Measure, all_scores, best_rows
from gene_tui.engines.analogy.field import Field, Task
from gene_tui.engines.analogy.ground import Ground, Limits
from gene_tui.engines.analogy.products import products
from gene_tui.engines.exact import Floats, Metric, Rows, identical_to, offset, under_cap
from gene_tui.engines.found import Found, stopped
from gene_tui.errors import Cancelled
from gene_tui.run import IsCancelled, Run


def pairs(
    ground: Ground, a: int, b: int, limits: Limits, *, sum: bool, metric: Metric, run: Run
) -> Found:
    """A : B :: ? : ? and A + B :: ? + ?; see ``AnalogyEngine.pairs``."""
    target = offset(ground.vectors, a, b, sum=sum)
    question = _pair_question(
        ground, a, b, target, limits, sum=sum, metric=metric, cancelled=run.cancelled
    )
    bound = _bound(question)

    def search(k: int, left_out: Rows) -> tuple[Rows, Floats]:
        best = Best(k, 2)
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
    a: int,
    b: int,
    target: Floats,
    limits: Limits,
    *,
    sum: bool,
    metric: Metric,
    cancelled: IsCancelled,
) -> pair_search.Question:
    size = 1.0 if metric == "euclidean" else float(np.sqrt(target @ target))
    columns = np.column_stack([target / size, ground.row(a), ground.row(b)])
    p, near_a, near_b = products(ground.vectors, columns).T
    lengths = np.where(ground.norms > 0, ground.norms, 1.0)
    near_a = near_a / lengths / lengths[a]
    near_b = near_b / lengths / lengths[b]
    allowed = np.setdiff1d(ground.candidates(limits), [a, b])
    may_c = under_cap(ground.vectors, ground.norms, a, near_a, limits.cap)
    may_d = under_cap(ground.vectors, ground.norms, b, near_b, limits.cap)
    if sum:
        may_c = may_d = may_c & may_d
    return pair_search.Question(
        vectors=ground.vectors,
        target=target,
        metric=metric,
        sum=sum,
        first=allowed[may_c[allowed]],
        second=allowed[may_d[allowed]],
        operands=ground.operands(p, sum=sum, cancelled=cancelled),
        likely=(near_a, near_b),
    )


def _bound(question: pair_search.Question) -> Bound:
    if question.metric == "euclidean":
        return Distance(question.operands, float(np.sqrt(question.target @ question.target)))
    return Direction(question.operands)


def parallel(
    ground: Ground, ask: parallel_search.Ask, limits: Limits, *, metric: Metric, run: Run
) -> Found:
    """One ``?`` on each side; see ``AnalogyEngine.parallel``."""
    pair_cap = limits.cap if ask.sign > 0 else None

    def search(k: int, left_out: Rows) -> tuple[Rows, Floats]:
        best = Best(k, 2)
        allowed = np.setdiff1d(ground.candidates(limits), [ask.x, ask.z, *left_out])
        one, two = _parallel_rows(ground, ask, allowed, limits.cap)
        if len(one) == 0 or len(two) == 0:
            return best.hits()
        if metric == "euclidean":
            question = _parallel_distances(ground, ask, one, two, pair_cap, run.cancelled)
            bound = _bound(question)
            pair_search.search(question, bound, best, run=run)
        else:
            sides = parallel_search.Sides.of(ground.vectors, ground.norms, ask, one, two, pair_cap)
            near = ground.offsets().neighbours
            parallel_search.search(sides, best, near, run=run)
        return best.hits()

    return ground.limited(
        search, limits, 2, metric, "bounded product of all offsets, float64 scores"
    )


def _parallel_rows(
    ground: Ground, ask: parallel_search.Ask, allowed: Rows, cap: float | None
) -> tuple[Rows, Rows]:
    """Rows the left and the right ``?`` may take."""
    one = np.setdiff1d(allowed, identical_to(ground.vectors, ask.x))
    two = np.setdiff1d(allowed, identical_to(ground.vectors, ask.z))
    if cap is None:
        return one, two
    if ask.sign < 0:
        # Known and unknown gene of the same cap stand on different sides.
        return ground.under_cap(one, ask.z, cap), ground.under_cap(two, ask.x, cap)
    # One of the two cosines is the same for all hits, the other is a hit's own.
    return (one[:0], two[:0]) if ground.over_cap(ask.x, ask.z, cap) else (one, two)


def _parallel_distances(
    ground: Ground,
    ask: parallel_search.Ask,
    one: Rows,
    two: Rows,
    cap: float | None,
    cancelled: IsCancelled,
) -> pair_search.Question:
    """By distance it is a question about pairs:

    (A − B) − (C − D) = (A − C) − (B − D), and (A − B) − (D − C) = (A + C) − (B + D).
    """
    target = ground.row(ask.x) - ask.sign * ground.row(ask.z)
    sum = ask.sign < 0
    p = products(ground.vectors, target[:, None])[:, 0]
    return pair_search.Question(
        vectors=ground.vectors,
        target=target,
        metric="euclidean",
        sum=sum,
        first=one,
        second=two,
        operands=ground.operands(p, sum=sum, even_zero=True, cancelled=cancelled),
        zero_is_hit=True,
        ordered=True,
        norms=ground.norms,
        cap=cap,
    )


def containing(
    ground: Ground,
    field: Field,
    a: int,
    columns: Sequence[int],
    limits: Limits,
    *,
    partial: bool,
    run: Run,
) -> Found:
    """Three ``?``; see ``AnalogyEngine.containing``.

    Args:
        columns: which of A, B, C, D each ``?`` is, left to right.
    """
    method = "bounded search for every B, float64 scores"
    ended = False

    def search(k: int, left_out: Rows) -> tuple[Rows, Floats]:
        nonlocal ended
        best = Best(k, 3, places=columns)
        if ended:
            return best.hits()
        allowed = ~np.isin(field.rows, left_out)
        task = Task.of(field, a, ground.row(a), limits.cap, allowed)

        def tell() -> None:
            # Under --per-gene the best so far may still be left out.
            if run.found is not None and limits.per_gene is None:
                run.found(best.found(method, complete=False))

        try:
            containing_search.search(field, [task], best, risen=tell, run=run)
        except Cancelled:
            if not partial:
                raise
            ended = True
        return best.hits()

    answer = ground.limited(search, limits, 3, "cosine", method)
    return stopped(answer) if ended else answer


def complete(
    ground: Ground,
    known: tuple[int, int, int],
    limits: Limits,
    *,
    measure: Measure,
    metric: Metric,
    sum: bool,
    cancelled: IsCancelled,
) -> Found:
    """A : B :: C : ?; see ``AnalogyEngine.complete``."""
    a, b, c = known
    scores = all_scores(
        ground.vectors,
        ground.norms,
        a,
        b,
        c,
        measure=measure,
        metric=metric,
        sum=sum,
        cancelled=cancelled,
    )
    allowed = ground.candidates(limits)
    if limits.cap is not None:
        # A·C is the same for all hits.
        over = ground.over_cap(a, c, limits.cap)
        allowed = allowed[:0] if over else ground.under_cap(allowed, b, limits.cap)
    found = best_rows(scores, allowed, limits.k, "one pass over all genes, float64 scores")
    return replace(found, scores=ground.unscaled(found.scores, metric))
