"""An evaluation's tables: aligned for the terminal, or in a Markdown document.

Both have the same parts: what was evaluated, all questions together, then one table a figure
with a line a relation, so that measures and baselines stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gene_tui.evaluate import Evaluation, Tally
from gene_tui.evaluate.scores import METHODS, TITLES
from gene_tui.export import wording
from gene_tui.export.table import Column, Table
from gene_tui.text import clip, escape

#: Where a figure cannot be computed.
_NONE = "-"
_SHOWN_WORDS = 8
_LEAST_NAME = 12
#: "nearest to C" as a heading over figures of five characters.
_SHORT = {"nearest_to_c": "near C", "nearest_to_b": "near B"}

_FIGURES: dict[str, Callable[[Tally], float]] = {
    "hit@1": lambda tally: tally.hit_at_1,
    "hit@10": lambda tally: tally.hit_at_10,
    "MRR": lambda tally: tally.mrr,
}


def to_markdown(evaluation: Evaluation) -> str:
    """As a Markdown document."""
    lines = [f"# Analogies in {escape(evaluation.space.name)}", ""]
    lines += [f"- {escape(line)}" for line in _circumstances(evaluation)]
    for title, table in _tables(evaluation):
        lines += ["", f"## {title}", "", *table.markdown()]
    return "\n".join(lines) + "\n"


def to_text(evaluation: Evaluation, *, width: int | None) -> str:
    """As tables for reading; cells are cut, but no column is left out.

    Args:
        width: columns of the terminal, which no line exceeds; None where there is none.
    """
    lines = [clip(line, width or 400) for line in _circumstances(evaluation)]
    for title, table in _tables(evaluation):
        lines += ["", title, *table.lines(width)]
    return "\n".join(lines) + "\n"


def _circumstances(evaluation: Evaluation) -> Iterator[str]:
    space = evaluation.space
    sizes = f"{space.genes:,} genes × {space.dims:,} dimensions"
    done = ", ".join(evaluation.transforms)
    yield f"space: {space.name}, {sizes}" + (f", {done}" if done else "")
    if space.demo:
        yield wording.DEMO
    overall = evaluation.overall
    asked = f"{len(evaluation.relations):,} relations, {overall.questions:,} questions"
    yield f"analogies: {evaluation.pairs_file}, {asked}"
    yield f"covered: {overall.covered:,} ({_share(overall.coverage)}), {overall.pairs:,} pairs"
    if words := overall.unknown:
        more = f" and {len(words) - _SHOWN_WORDS:,} more" if len(words) > _SHOWN_WORDS else ""
        yield f"not known or ambiguous: {', '.join(words[:_SHOWN_WORDS])}{more}"
    yield f"time: {wording.duration(evaluation.elapsed_s)}"


def _tables(evaluation: Evaluation) -> Iterator[tuple[str, Table]]:
    """The tables under their titles."""
    overall = evaluation.overall
    tallies = [overall.scores.get(method) for method in METHODS]
    figures = [_scores(title, tallies, read) for title, read in _FIGURES.items()]
    yield "All questions", Table([_names("", [TITLES[method] for method in METHODS]), *figures])
    scored = [*evaluation.relations, overall]
    relations = _names("relation", [entry.name for entry in scored])
    yield (
        "Relations",
        Table(
            [
                relations,
                Column("questions", [entry.questions for entry in scored], ",", right=True),
                Column("covered", [entry.covered for entry in scored], ",", right=True),
                Column("coverage", [entry.coverage for entry in scored], _share, right=True),
                Column("pairs", [entry.pairs for entry in scored], ",", right=True),
                Column("AUC", [entry.auc for entry in scored], _share, right=True),
            ]
        ),
    )
    for title, read in _FIGURES.items():
        columns = [
            _scores(
                _SHORT.get(method, TITLES[method]),
                [entry.scores.get(method) for entry in scored],
                read,
            )
            for method in METHODS
        ]
        yield title, Table([relations, *columns])


def _names(title: str, names: list[str]) -> Column:
    return Column(title, names, least=_LEAST_NAME)


def _scores(title: str, tallies: list[Tally | None], read: Callable[[Tally], float]) -> Column:
    values = [None if tally is None else read(tally) for tally in tallies]
    return Column(title, values, _share, right=True)


def _share(value: float | None) -> str:
    return _NONE if value is None else f"{value:.3f}"
