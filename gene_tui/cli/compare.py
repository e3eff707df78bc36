"""``gene-tui compare``: two spaces side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gene_tui.cli.common import (
    cell_options,
    check_cells,
    check_unused,
    gene_sets_option,
    in_columns,
    running,
    write_out,
)
from gene_tui.cli.words import GENE_SETS, OUTPUT, QUESTION, SPACE, THREADS, check_files

if TYPE_CHECKING:
    from gene_tui.compare import Comparison, GeneOverlap, QueryComparison
    from gene_tui.export.table import Cells


@click.command("compare")
@click.argument("space_a", type=SPACE)
@click.argument("space_b", type=SPACE)
@click.argument("query", type=QUESTION, required=False)
@click.option("-k", type=click.IntRange(1), default=10, show_default=True, help="Neighbours, hits.")
@click.option("--metric", type=click.Choice(["cosine", "euclidean"]), default="cosine")
@click.option(
    "--measure",
    type=click.Choice(["direction", "3cosadd", "3cosmul"]),
    default="direction",
    help="How analogies are scored; with QUERY.",
)
@click.option("--center", is_flag=True, help="Subtract the mean vector, in both spaces.")
@click.option("--drop-components", type=click.IntRange(0), default=0, metavar="M")
@click.option("--unit", is_flag=True, help="Scale every vector to length 1.")
@click.option("--threads", type=THREADS, metavar="N", help="Use at most N threads.")
@click.option(
    "--sample",
    type=click.IntRange(2),
    metavar="N",
    help="Ask for the neighbours of N genes drawn at random. Default: all, 2,000 of large spaces.",
)
@click.option(
    "-n",
    "--top",
    type=click.IntRange(1),
    metavar="N",
    help="Genes to print. Default: 20 in a table and in Markdown, else all.",
)
@gene_sets_option
@click.option("--least", is_flag=True, help="Genes that keep the fewest neighbours first.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "tsv", "csv", "markdown"]),
    default="table",
    show_default=True,
)
@cell_options
@click.option("-o", "--output", type=OUTPUT, metavar="FILE")
def compare_command(
    space_a: str,
    space_b: str,
    query: str | None,
    form: str,
    output: Path | None,
    raw: bool,
    quote_formulas: bool,
    top: int | None,
    least: bool,
    gene_sets: tuple[Path, ...],
    threads: int | None,
    **options: Any,
) -> None:
    """Compare SPACE_A and SPACE_B by the genes both have.

    Without QUERY: how many of their k nearest genes (among the shared ones) genes have in
    common, with the chance level. With QUERY: its answers and their ranks in both spaces.

    \b
    gene-tui compare brain blood
    gene-tui compare brain blood HBA1 -k 20
    gene-tui compare brain blood @genes.txt
    """
    from gene_tui.engines.pool import set_threads
    from gene_tui.export.table import Cells

    if query is None:
        check_unused(("measure",), "a question", "gene-tui compare SPACE_A SPACE_B QUERY")
    else:
        check_unused(("sample", "top", "least"), "neighbours", "leave QUERY out, or the option")
    check_cells(form, raw, quote_formulas)
    check_files(gene_sets, GENE_SETS)
    set_threads(threads)
    if top is None and form in ("table", "markdown"):
        top = 20
    with running() as run:
        found, rows = _compare(space_a, space_b, query, options, top, least, gene_sets, run=run)
    printed = _render(
        found, rows, form, cells=Cells(raw, quote_formulas), to_file=output is not None
    )
    if form == "table":
        from gene_tui.compare.side_by_side import header

        for line in header(found):
            click.echo(line, err=True)
    write_out(printed, output)


def _compare(
    space_a: str,
    space_b: str,
    query: str | None,
    options: dict[str, Any],
    top: int | None,
    least: bool,
    gene_sets: tuple[Path, ...],
    **run: Any,
) -> tuple[Comparison | QueryComparison, list[GeneOverlap]]:
    from gene_tui.compare import compare, compare_query
    from gene_tui.language.parser import parse
    from gene_tui.session import open_space

    if query is not None:
        parse(query)  # a syntax error is said before a space is opened
    view = {name: options.pop(name) for name in ("center", "drop_components", "unit")}
    a, b = (open_space(name, **view, **run) for name in (space_a, space_b))
    a.lists.gene_sets = gene_sets or a.lists.gene_sets
    if query is not None:
        options.pop("sample")
        return compare_query(a, b, query, **options, **run), []
    options.pop("measure")
    found = compare(a, b, **options, **run)
    places = found.order(least_first=least)[:top].tolist()
    return found, found.genes(a, b, places)


def _render(
    found: Comparison | QueryComparison,
    rows: list[GeneOverlap],
    form: str,
    *,
    cells: Cells,
    to_file: bool,
) -> str:
    from gene_tui.compare import Comparison, side_by_side

    if form == "json":
        return json.dumps(side_by_side.to_json(found, rows), indent=2, allow_nan=False)
    if form == "markdown":
        return side_by_side.to_markdown(found, rows)
    if form in ("tsv", "csv"):
        return side_by_side.values(found, rows).delimited("\t" if form == "tsv" else ",", cells)
    if not isinstance(found, Comparison) and found.query.unknowns and not found.shifts:
        return "no hits\n"
    return in_columns(side_by_side.table(found, rows), to_file)
