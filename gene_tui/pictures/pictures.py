"""Pictures of an answer as plain data: what to draw, computed from the space it came from.

Costs about as much as the question itself, the first time for a space a little more (its
principal plane); meant for a thread.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gene_tui.engines.answers.engines import Engines
from gene_tui.engines.answers.question import Question
from gene_tui.errors import NoAnswer, UsageError
from gene_tui.model.query import BY_OFFSET, Kind
from gene_tui.model.result import Hit, Result
from gene_tui.pictures.analogies import offsets, parallelogram
from gene_tui.pictures.background import background
from gene_tui.pictures.heatmaps import members
from gene_tui.pictures.maps import maps
from gene_tui.pictures.picture import Histogram, Mark, Parallelogram, Picture
from gene_tui.run import QUIET, IsCancelled, Progress, Run
from gene_tui.spaces import store

#: Bins of a histogram at least and at most, and hits marked in it.
BINS = (20, 72)
MARKS = 200


def pictures(
    engines: Engines, result: Result, *, hit: int = 0, run: Run = QUIET
) -> tuple[Picture, ...]:
    """The pictures that suit an answer, the most telling first.

    Args:
        engines: of the space that answered.
        hit: which of the hits the parallelogram shows, from 0.

    Raises:
        UsageError: another space answered.
        NoAnswer: there is nothing to draw.
        Cancelled: the user stopped it.
    """
    engines = _answering(engines, result)
    made: list[Picture] = []
    run.report(Progress("scores of random answers"))
    if histogram := _histogram(engines, result, run.cancelled):
        made.append(histogram)
    run.check()
    if corners := parallelogram(engines.space.vectors, result, hit):
        made.append(corners)
    if heatmap := offsets(engines.space.vectors, result):
        made.append(heatmap)
    if together := members(engines.space.vectors, result):
        made.append(together)
    run.check()
    run.report(Progress("principal axes"))
    made += maps(engines.space, result)
    if not made:
        raise NoAnswer("there is nothing to draw: the answer has no hits", "ask something else")
    return tuple(made)


def parallelograms(engines: Engines, result: Result, most: int = MARKS) -> list[Parallelogram]:
    """The analogy of each of the first hits in its own plane; none for other questions.

    Raises:
        UsageError: another space answered.
    """
    vectors = _answering(engines, result).space.vectors
    found = (parallelogram(vectors, result, hit) for hit in range(min(most, len(result.hits))))
    return [corners for corners in found if corners]


def _answering(engines: Engines, result: Result) -> Engines:
    """The engines of just those rows that answered."""
    space, count = engines.space, result.options.truncate
    if count is not None and count < space.n:
        view = replace(space.view, truncate=count)
        space = store.open_folder(space.folder).with_view(view)
        engines = Engines(space)
    if space.fingerprint != result.space.fingerprint:
        raise UsageError(
            f"{result.space.name} answered this, and {space.name} is open now",
            "ask again here, or open that space",
        )
    return engines


def _histogram(engines: Engines, result: Result, cancelled: IsCancelled) -> Histogram | None:
    behind = background(engines, Question.of_result(result), result.options, cancelled=cancelled)
    hits = result.hits[:MARKS]
    if len(behind.scores) < 2 or not hits:
        return None
    scores = np.array([hit.score for hit in hits])
    low = min(float(behind.scores.min()), float(scores.min()))
    high = max(float(behind.scores.max()), float(scores.max()))
    if not high > low:
        return None
    bins = min(max(round(2 * len(behind.scores) ** (1 / 3)), BINS[0]), BINS[1])
    counts, edges = np.histogram(behind.scores, bins, (low, high))
    edges[0], edges[-1] = low, high
    axis = _axis(result)
    mean, sd = float(behind.scores.mean()), float(behind.scores.std())
    marked = "the hit is marked" if len(hits) == 1 else f"the best {len(hits):,} hits are marked"
    about = f"{axis} of {behind.who}: mean {mean:.3g}, sd {sd:.3g}; {marked}."
    if not result.query.unknowns:
        above = int((behind.scores >= scores.max()).sum())
        about += f" {above:,} of the others {'scores' if above == 1 else 'score'} as high."
    marks = tuple(Mark(_named(result, hit), hit.score) for hit in hits)
    return Histogram(
        "Background",
        about[0].upper() + about[1:],
        axis,
        tuple(edges.tolist()),
        tuple(counts.tolist()),
        marks,
    )


def _axis(result: Result) -> str:
    options = result.options
    kind = result.query.kind
    if options.measure != "direction":
        return {"3cosadd": "3CosAdd", "3cosmul": "3CosMul"}[options.measure]
    if kind in BY_OFFSET:
        offsets = "sums" if kind is Kind.SUMS else "offsets"
        return f"cosine of {offsets}" if options.metric == "cosine" else f"−distance of {offsets}"
    return "cosine" if options.metric == "cosine" else "−distance"


def _named(result: Result, hit: Hit) -> str:
    return " : ".join(gene.shown for gene in hit.genes) or result.canonical
