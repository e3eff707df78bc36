"""``gene-tui get``: public models and gene tables, fetched, checked and imported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gene_tui.cli.common import running
from gene_tui.cli.words import FILE
from gene_tui.errors import FileError, UsageError
from gene_tui.run import Run

if TYPE_CHECKING:
    from gene_tui.hub import FetchPlan, Product


@click.command("get")
@click.argument(
    "what",
    type=click.Choice(
        [
            *("geneformer", "geneformer-v2", "geneformer-v2-316m"),
            *("gene2vec", "genept", "prott5", "genes", "mouse-genes", "protein-atlas"),
        ]
    ),
    metavar="[WHAT]",
    required=False,
)
@click.option("--dry-run", is_flag=True, help="Say what, from where, how big; fetch nothing.")
@click.option(
    "--mirror",
    metavar="URL",
    help="Another server with the same paths. Default for models: $HF_ENDPOINT, Hugging Face.",
)
@click.option("--revision", metavar="R", help="Another commit or branch of the model.")
@click.option("--to", "folder", type=FILE, metavar="FOLDER", help="Keep the files there.")
@click.option("--name", metavar="N", help="The space's name. Default: WHAT.")
@click.option(
    "--annotations",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="Name the genes by FILE instead of HGNC's and NCBI's tables.",
)
@click.option("--no-annotations", is_flag=True, help="Leave the genes with their Ensembl IDs.")
@click.option("--replace", is_flag=True, help="Replace a space of that name.")
@click.option("--no-derive", is_flag=True, help="Do not prepare it for fast answers now.")
def get_command(
    what: str | None,
    dry_run: bool,
    mirror: str | None,
    revision: str | None,
    folder: Path | None,
    annotations: tuple[Path, ...],
    no_annotations: bool,
    **options: Any,
) -> None:
    """Fetch a public model, gene or protein embeddings, or the Human Protein Atlas's newest
    expression tables, and make a space of it, or fetch tables that name genes. Without WHAT: what
    there is, how big, under which licence, whom to cite.

    What was fetched is checked, and kept: after an interruption the same command goes on where
    it was. Models bring the gene tables along, unless they are there already or others are
    given.

    \b
    gene-tui get
    gene-tui get geneformer --dry-run
    gene-tui get geneformer-v2 --name v2
    gene-tui get protein-atlas --name atlas-new
    gene-tui get genept
    gene-tui get genes
    """
    from gene_tui.hub import PRODUCTS, REVISION, plan
    from gene_tui.hub.report import describe, listing, size_text

    if what is None:
        if any([mirror, revision, folder, annotations, no_annotations, *options.values()]):
            raise UsageError("what is to be fetched?", f"one of {', '.join(PRODUCTS)}")
        click.echo("\n".join(listing(PRODUCTS.values())))
        return
    product = PRODUCTS[what]
    _check(product, revision, annotations, no_annotations, options)
    plans = [plan(product, revision=revision or REVISION, mirror=mirror, folder=folder)]
    if product.kind == "model" and not annotations and not no_annotations:
        plans.append(plan(PRODUCTS["genes"], folder=folder))
    name = product.key if options["name"] is None else options["name"]
    if dry_run:
        for one in plans:
            click.echo("\n".join(describe(one)))
        unknown = any(not one.there and not one.file.bytes for it in plans for one in it.files)
        known = sum(one.bytes for one in plans)
        sizes = [size_text(known)] if known or not unknown else []
        sizes += ["what is not known"] if unknown else []
        click.echo(f"to fetch: {' and '.join(sizes)}")
        if product.kind != "tables":
            click.echo(f"then a space called {name} is made of it")
        return
    with running() as run:
        if product.kind != "tables":
            _make(plans, name, annotations, options, run)
        else:
            _fetch_tables(plans[0], run)


def _check(
    product: Product,
    revision: str | None,
    annotations: tuple[Path, ...],
    no_annotations: bool,
    options: dict[str, Any],
) -> None:
    """Options that do not go together are said before anything is fetched."""
    if annotations and no_annotations:
        raise UsageError(
            "--annotations and --no-annotations do not go together", "leave one of them out"
        )
    chosen = [revision, options["name"], annotations, no_annotations]
    if product.kind == "tables" and any([*chosen, options["replace"], options["no_derive"]]):
        raise UsageError(
            f"{product.key} are tables, no space is made of them",
            f"of the options only --dry-run, --mirror and --to go with {product.key}",
        )
    if product.kind in ("expression", "vectors") and (revision or no_annotations):
        raise UsageError(
            "--revision and --no-annotations go with models",
            "another release: fetch its files, then gene-tui import FILE_OR_FOLDER",
        )
    for file in annotations:
        if not file.is_file():
            raise FileError(f"{file} is not there", "give a table for --annotations")


def _fetch_tables(plan: FetchPlan, run: Run) -> None:
    from gene_tui.hub import fetch

    for file in fetch(plan, run=run):
        click.echo(file)
    click.echo("give them to gene-tui import with --annotations FILE, in this order", err=True)


def _make(
    plans: list[FetchPlan],
    name: str,
    annotations: tuple[Path, ...],
    options: dict[str, Any],
    run: Run,
) -> None:
    from gene_tui.cli.spaces import prepare, say_imported
    from gene_tui.hub import fetch, import_model
    from gene_tui.spaces import catalog

    target = catalog.folder_of(name)
    if target.exists() and not options["replace"]:
        raise UsageError(
            f"there is a space called {name} already",
            "--replace replaces it, --name N gives another name",
        )
    model, *tables = plans
    fetch(model, run=run)
    files = list(annotations)
    for one in tables:
        try:
            files += fetch(one, renew=False, run=run)
        except FileError as error:
            hint = "the model is there; --no-annotations does without the tables"
            raise FileError(error.message, f"{hint}, or {error.hint}") from None
    space = import_model(
        model, target, name=name, annotations=files, replace=options["replace"], run=run
    )
    say_imported(space.manifest)
    if not options["no_derive"]:
        prepare(space, run)
