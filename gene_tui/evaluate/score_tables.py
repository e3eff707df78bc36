"""An evaluation's tables: aligned for the terminal, or in a Markdown document.

Both have the same parts: what was evaluated, all questions together, then one table a figure
with a line a relation, so that measures and baselines stand side by side. Gene sets are told by
their number of genes, and the closest and loosest of them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gene_tui.evaluate import Evaluation, Tally
from gene_tui.evaluate.closeness import Closeness, MeanCloseness, SetCloseness
from gene_tui.evaluate.leave_one_out import SMALL, WAYS, Estimate, LeftOut
from gene_tui.evaluate.scores import METHODS, TITLES
from gene_tui.export import wording
from gene_tui.export.table import Column, Table
from gene_tui.text import clip, escape

#: Where a figure cannot be computed.
_NONE = "-"
_SHOWN_WORDS = 8
_LEAST_NAME = 12
#: Sets at either end of the order that are shown.
_SHOWN_SETS = 10
#: "nearest to C" as a heading over figures of five characters.
_SHORT = {"nearest_to_c": "near C", "nearest_to_b": "near B"}
#: The ways a left-out pair is asked for, as briefly.
_WAYS = {
    "direction": "direction",
    "3cosavg": "3CosAvg",
    "one_3cosadd": "1 pair",
    "one_direction": "1 dir",
    "nearest_to_c": "near C",
    "mean_of_b": "mean B",
}

_FIGURES: dict[str, Callable[[Tally], float]] = {
    "hit@1": lambda tally: tally.hit_at_1,
    "hit@10": lambda tally: tally.hit_at_10,
    "MRR": lambda tally: tally.mrr,
}


def to_markdown(evaluation: Evaluation | Closeness) -> str:
    """As a Markdown document."""
    title, circumstances, tables = _parts(evaluation)
    lines = [f"# {title} {escape(evaluation.space.name)}", ""]
    lines += [f"- {escape(line)}" for line in circumstances]
    for title, table in tables:
        lines += ["", f"## {title}", "", *table.markdown()]
    return "\n".join(lines) + "\n"


def to_text(evaluation: Evaluation | Closeness, *, width: int | None) -> str:
    """As tables for reading; cells are cut, but no column is left out.

    Args:
        width: columns of the terminal, which no line exceeds; None where there is none.
    """
    _, circumstances, tables = _parts(evaluation)
    lines = [clip(line, width or 400) for line in circumstances]
    for title, table in tables:
        lines += ["", title, *table.lines(width)]
    return "\n".join(lines) + "\n"


def _parts(
    evaluation: Evaluation | Closeness,
) -> tuple[str, Iterator[str], Iterator[tuple[str, Table]]]:
    """What a document is called, what was evaluated, and the tables under their titles."""
    if isinstance(evaluation, Closeness):
        return "Gene sets in", _judged(evaluation), _set_tables(evaluation)
    return "Analogies in", _circumstances(evaluation), _tables(evaluation)


def _space(evaluation: Evaluation | Closeness) -> Iterator[str]:
    space = evaluation.space
    sizes = f"{space.genes:,} genes × {space.dims:,} dimensions"
    done = ", ".join(evaluation.transforms)
    yield f"space: {space.name}, {sizes}" + (f", {done}" if done else "")


def _circumstances(evaluation: Evaluation) -> Iterator[str]:
    yield from _space(evaluation)
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
    if evaluation.macro is not None:
        yield from _left_out([*evaluation.left_out, evaluation.macro])


def _left_out(asked: list[LeftOut]) -> Iterator[tuple[str, Table]]:
    """Each pair asked of the others of its relation: hit@10, and its intervals."""
    names = _names("relation", [one.name for one in asked])
    pairs = [f"{one.pairs:,}{'*' if one.is_small else ''}" for one in asked]
    found = {way: [one.estimates.get(way) for one in asked] for way in WAYS}
    yield (
        f"Pairs asked of the others: hit@10 (* under {SMALL} pairs)",
        Table(
            [
                names,
                Column("pairs", pairs, right=True),
                *(
                    Column(
                        _WAYS[way],
                        [None if one is None else one.hit_at_10 for one in column],
                        _share,
                        right=True,
                    )
                    for way, column in found.items()
                ),
                Column("chance", [f"{one.chance:.4f}" for one in asked], right=True),
            ]
        ),
    )
    yield (
        "The same, 95 % intervals over draws of pairs",
        Table(
            [
                names,
                *(
                    Column(_WAYS[way], [_interval(one) for one in column], right=True)
                    for way, column in found.items()
                ),
            ]
        ),
    )


def _interval(estimate: Estimate | None) -> str:
    """Two shares between 0 and 1, as briefly as can be: ".12-.41"."""
    if estimate is None:
        return _NONE
    low, high = (f"{value:.2f}" for value in (estimate.low, estimate.high))
    return f"{low.removeprefix('0')}-{high.removeprefix('0')}"


def _judged(closeness: Closeness) -> Iterator[str]:
    yield from _space(closeness)
    judged = f"{len(closeness.sets):,} of {closeness.sets_in_file:,}"
    bounds = f"{closeness.overall.smallest} to {closeness.overall.largest}"
    yield f"gene sets: {closeness.gmt_file}, {judged} with {bounds} genes in the space"
    how = {"id": "the Ensembl ID of their approved symbol", "name": "their names"}
    yield f"genes: {closeness.genes:,} in any set, found by {how[closeness.joined]}"
    yield f"held against: {closeness.pairs:,} random pairs of them, by cosine"
    yield from closeness.notes
    yield f"time: {wording.duration(closeness.elapsed_s)}"


def _set_tables(closeness: Closeness) -> Iterator[tuple[str, Table]]:
    yield "Gene sets", _means([*closeness.by_size, closeness.overall])
    ranked = sorted(closeness.sets, key=lambda one: -one.auc)
    if len(ranked) <= 2 * _SHOWN_SETS:
        yield "From closest to loosest", _sets(ranked)
    else:
        yield "Closest", _sets(ranked[:_SHOWN_SETS])
        yield "Loosest", _sets(ranked[-_SHOWN_SETS:])


def _means(means: list[MeanCloseness]) -> Table:
    names = [f"{one.smallest} to {one.largest} genes" for one in means[:-1]]
    intervals = [f"{_share(one.low)} to {_share(one.high)}" for one in means]
    return Table(
        [
            _names("", [*names, "overall"]),
            Column("sets", [one.sets for one in means], ",", right=True),
            Column("AUC", [one.auc for one in means], _share, right=True),
            Column("95 % interval", intervals, right=True),
        ]
    )


def _sets(sets: list[SetCloseness]) -> Table:
    return Table(
        [
            _names("set", [one.name for one in sets]),
            Column("genes", [one.genes for one in sets], ",", right=True),
            Column("present", [one.present for one in sets], ",", right=True),
            Column("AUC", [one.auc for one in sets], _share, right=True),
        ]
    )


def _names(title: str, names: list[str]) -> Column:
    return Column(title, names, least=_LEAST_NAME)


def _scores(title: str, tallies: list[Tally | None], read: Callable[[Tally], float]) -> Column:
    values = [None if tally is None else read(tally) for tally in tallies]
    return Column(title, values, _share, right=True)


def _share(value: float | None) -> str:
    return _NONE if value is None else f"{value:.3f}"
