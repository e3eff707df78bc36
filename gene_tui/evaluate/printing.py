"""An evaluation as text: aligned tables for the terminal, or Markdown.

Both have the same parts: what was evaluated, all questions together, then one table a figure
with a line a relation, so that measures and baselines stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gene_tui.evaluate import Evaluation, Scored, Tally
from gene_tui.evaluate.scores import METHODS, TITLES
from gene_tui.export import wording
from gene_tui.export.layout import Column, Painter, render
from gene_tui.export.records import markdown_table
from gene_tui.text import clean, clip, escape

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


@dataclass(frozen=True, slots=True)
class _Table:
    """Headings and cells; the first column is text, the others are figures."""

    title: str
    heads: list[str]
    rows: list[list[str]]


def to_markdown(evaluation: Evaluation) -> str:
    """As a Markdown document."""
    lines = [f"# Analogies in {escape(evaluation.space.name)}", ""]
    lines += [f"- {escape(line)}" for line in _circumstances(evaluation)]
    for table in _tables(evaluation):
        lines += ["", f"## {table.title}", ""]
        heads = [escape(head) for head in table.heads]
        lines += markdown_table(heads, table.rows, right=range(1, len(heads)))
    return "\n".join(lines) + "\n"


def to_text(evaluation: Evaluation, *, width: int | None) -> str:
    """As tables for reading.

    Args:
        width: columns of the terminal, which no line exceeds; None where there is none.
    """
    lines = [clip(line, width or 400) for line in _circumstances(evaluation)]
    for table in _tables(evaluation):
        columns = [
            Column(
                clean(head),
                [clean(row[place]) for row in table.rows],
                right=place > 0,
                least=0 if place else _LEAST_NAME,
            )
            for place, head in enumerate(table.heads)
        ]
        lines += ["", table.title, *render(columns, width, Painter(color=False))]
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


def _tables(evaluation: Evaluation) -> Iterator[_Table]:
    overall = evaluation.overall
    rows = []
    for method in METHODS:
        tally = overall.scores.get(method)
        figures = [_share(read(tally) if tally else None) for read in _FIGURES.values()]
        rows.append([TITLES[method], *figures])
    yield _Table("All questions", ["", *_FIGURES], rows)
    scored = [*evaluation.relations, overall]
    yield _Table(
        "Relations",
        ["relation", "questions", "covered", "coverage", "pairs", "AUC"],
        [
            [
                entry.name,
                f"{entry.questions:,}",
                f"{entry.covered:,}",
                _share(entry.coverage),
                f"{entry.pairs:,}",
                _share(entry.auc),
            ]
            for entry in scored
        ],
    )
    heads = ["relation", *(_SHORT.get(method, TITLES[method]) for method in METHODS)]
    for title, read in _FIGURES.items():
        yield _Table(title, heads, [[entry.name, *_read(entry, read)] for entry in scored])


def _read(entry: Scored, read: Callable[[Tally], float]) -> list[str]:
    tallies = [entry.scores.get(method) for method in METHODS]
    return [_share(read(tally) if tally else None) for tally in tallies]


def _share(value: float | None) -> str:
    return _NONE if value is None else f"{value:.3f}"
