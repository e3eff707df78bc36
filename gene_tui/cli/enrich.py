"""``gene-tui enrich``: which known gene sets a list of genes is rich in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gene_tui.cli.common import (
    cell_options,
    check_cells,
    check_unused,
    in_columns,
    open_session,
    running,
    space_options,
    write_out,
)
from gene_tui.cli.words import FILE, OUTPUT, QUESTION
from gene_tui.errors import UsageError
from gene_tui.run import IsCancelled, Run

if TYPE_CHECKING:
    from gene_tui.enrich import Enrichment, GeneSet, SetResult
    from gene_tui.export.table import Cells
    from gene_tui.session import Session


@click.command("enrich")
@click.argument("listed", metavar="[LIST]", type=QUESTION, required=False)
@click.option(
    "--gmt",
    "files",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="Gene sets, GMT or .gmt.gz; may be given several times. q counts the sets of all. "
    "Default: the setting gene_sets, else Reactome's pathways in the box.",
)
@space_options
@click.option(
    "--genes",
    type=FILE,
    metavar="FILE",
    help="The list: a name a line, or the first column of a table; - is stdin.",
)
@click.option(
    "--query",
    "text",
    type=QUESTION,
    metavar="TEXT",
    help="The list: the genes that answer a query.",
)
@click.option("-k", type=click.IntRange(1), default=100, show_default=True, help="Hits of --query.")
@click.option("--metric", type=click.Choice(["cosine", "euclidean"]), default="cosine")
@click.option("--type", "gene_type", metavar="TYPE", help="Background and list: of TYPE only.")
@click.option("--min-size", type=click.IntRange(1), default=5, show_default=True)
@click.option("--max-size", type=click.IntRange(1), default=1000, show_default=True)
@click.option(
    "--fdr",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    help="Print sets with q ≤ Q.",
)
@click.option("--all", "everything", is_flag=True, help="Print every tested set.")
@click.option("-n", "--top", type=click.IntRange(1), metavar="N", help="Print at most N sets.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "tsv", "csv", "markdown"]),
    default="table",
    show_default=True,
)
@cell_options
@click.option("-o", "--output", type=OUTPUT, metavar="FILE")
def enrich_command(
    files: tuple[Path, ...],
    listed: str | None,
    space: str | None,
    genes: Path | None,
    text: str | None,
    form: str,
    output: Path | None,
    raw: bool,
    quote_formulas: bool,
    fdr: float,
    everything: bool,
    top: int | None,
    **options: Any,
) -> None:
    """Which gene sets (Reactome's pathways, or those of GMT files) are over-represented in a list
    of genes.

    LIST is typed as in a query: names with commas between them, or @NAME, a file, a saved list or
    a gene set. Or the list is that of --genes, or the answer to a query. The background is
    the space's own genes (without those the query names). Nothing is sent anywhere.

    \b
    gene-tui enrich --query HBA1 -k 50
    gene-tui enrich --gmt hallmark.gmt @list.txt
    gene-tui enrich --gmt reactome.gmt --gmt go.gmt.gz --genes list.txt --space brain
    """
    from gene_tui.export.table import Cells

    if sum(given is not None for given in (listed, genes, text)) != 1:
        raise UsageError(
            "give the list of genes as LIST, --genes FILE or --query TEXT, one of them",
            "as in gene-tui enrich @list.txt",
        )
    if text is None:
        check_unused(("k", "metric"), "--query", "-n N prints fewer sets")
    check_cells(form, raw, quote_formulas)
    view = {name: options.pop(name) for name in ("center", "drop_components", "unit", "threads")}
    with running() as run:
        notes: list[str] = []
        sets = _read_sets(files, notes, run) if files else None
        session = open_session(space, **view, run=run)
        if files:
            session.lists.gene_sets = files
        found = _enrich(session, sets, notes, listed, genes, text, options, run)
    most_q = None if everything else fdr
    chosen = found.results[:top] if everything else found.best(most_q, top)
    printed = _render(
        found, chosen, form, most_q, cells=Cells(raw, quote_formulas), to_file=output is not None
    )
    if form == "table":
        from gene_tui.enrich.set_table import header

        for line in header(found, most_q):
            click.echo(line, err=True)
    write_out(printed, output)


def _read_sets(files: tuple[Path, ...], notes: list[str], run: Run) -> list[GeneSet]:
    from gene_tui.enrich import read_gmt
    from gene_tui.lists.gmt import told

    notes.append(told(files))
    return [found for file in files for found in read_gmt(file, notes=notes, run=run)]


def _typed(cancelled: IsCancelled) -> tuple[str, ...]:
    """The names that standard input holds."""
    from gene_tui.files import read_stdin
    from gene_tui.genes.name_lists import parse_names

    return parse_names(read_stdin(cancelled=cancelled).decode("utf-8-sig", "replace")).names


def _enrich(
    session: Session,
    sets: list[GeneSet] | None,
    notes: list[str],
    typed: str | None,
    genes: Path | None,
    text: str | None,
    options: dict[str, Any],
    run: Run,
) -> Enrichment:
    from gene_tui.enrich import enrich, locate, of_list, of_names, of_result

    kind = options["gene_type"]
    if text is not None:
        result = session.query(text, k=options["k"], metric=options["metric"], type=kind, run=run)
        listed = of_result(session, result)
    elif typed is not None:
        listed = of_list(session, typed, kind, run=run)
    else:
        names = _typed(run.cancelled) if str(genes) == "-" else genes or ()
        listed = of_names(session, names, kind, cancelled=run.cancelled)
    return enrich(
        session,
        listed,
        locate(session, sets, notes=notes, run=run),
        min_size=options["min_size"],
        max_size=options["max_size"],
        run=run,
    )


def _render(
    found: Enrichment,
    chosen: tuple[SetResult, ...],
    form: str,
    most_q: float | None,
    *,
    cells: Cells,
    to_file: bool,
) -> str:
    from gene_tui.enrich import set_table
    from gene_tui.enrich.over_representation import values

    if form == "json":
        return json.dumps(found.to_json(chosen), indent=2, allow_nan=False)
    if form == "markdown":
        return set_table.to_markdown(found, chosen, most_q)
    if form in ("tsv", "csv"):
        return values(chosen).delimited("\t" if form == "tsv" else ",", cells)
    return in_columns(set_table.table(chosen), to_file) if chosen else "no set\n"
