"""``gene-tui import``, ``spaces``, ``info``, ``remove`` and ``derive``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from gene_tui.cli.common import running, terminal_width
from gene_tui.cli.words import FILE, SPACE, THREADS
from gene_tui.model.options import CODING
from gene_tui.run import Run
from gene_tui.text import clean

if TYPE_CHECKING:
    from gene_tui.spaces.catalog import ListedSpace
    from gene_tui.spaces.manifest import Manifest
    from gene_tui.spaces.space import Space

_FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@click.command("import")
@click.argument("source", type=FILE)
@click.option("--name", metavar="N", help="The space's name. Default: from the file's name.")
@click.option(
    "--annotations",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="NCBI gene_info, HGNC table, description JSON, or a table with named columns; may be "
    "given several times, the first wins per field.",
)
@click.option("--truncate", type=click.IntRange(1), metavar="N", help="Keep the first N rows.")
@click.option("--replace", is_flag=True, help="Replace a space of that name.")
@click.option("--no-derive", is_flag=True, help="Do not prepare it for fast answers now.")
@click.option(
    "--source-format",
    metavar="F",
    help="The source's format, if not recognised: npz, npy, word2vec-text, word2vec-binary, "
    "glove, json, records, projector, table, parquet, h5ad, hdf5, geneformer, scgpt, gensim, "
    "pickle, checkpoint.",
)
@click.option("--key", metavar="KEY", help="Which array inside the source (h5ad: of varm).")
@click.option(
    "--labels",
    "--tokens",
    "labels",
    type=FILE,
    metavar="FILE",
    help="File with the row names, or a model's token dictionary.",
)
@click.option(
    "--labels-from",
    default="",
    metavar="COLUMN",
    help="Tables, h5ad: the column that names the rows, by title or number from 1.",
)
@click.option(
    "--genes-in",
    type=click.Choice(["rows", "columns"]),
    help="Tables: whether a gene is a row or a column.",
)
@click.option(
    "--dims",
    default="",
    metavar="PATTERN",
    help="Tables: the dimensions' titles, with the shell's wildcards: 'dim_*', 'PC[0-9]*'.",
)
def import_command(
    source: Path,
    name: str | None,
    annotations: tuple[Path, ...],
    truncate: int | None,
    replace: bool,
    no_derive: bool,
    source_format: str | None,
    key: str | None,
    labels: Path | None,
    labels_from: str,
    genes_in: Literal["rows", "columns"] | None,
    dims: str,
) -> None:
    """Make a space from SOURCE, a file or a folder with embeddings.

    \b
    gene-tui import gene_embeddings.npz --name brain --annotations Homo_sapiens.gene_info.gz
    """
    from gene_tui.spaces import catalog
    from gene_tui.spaces.importers.reading import ByHand
    from gene_tui.spaces.importing import Recipe, import_space

    hand = ByHand(labels_from, genes_in or "", dims)
    recipe = Recipe(source, annotations, source_format, key, labels, truncate, hand)
    name = catalog.default_name(source) if name is None else name
    target = catalog.folder_of(name)
    with running() as run:
        space = import_space(recipe, target, name=name, replace=replace, run=run)
        say_imported(space.manifest)
        if symbols := sum(map(bool, space.column("symbol"))):
            click.echo(f"  {symbols:,} genes have a symbol", err=True)
        if not no_derive:
            prepare(space, run)


@click.command("spaces")
@_FORMAT
def spaces_command(form: str) -> None:
    """List the spaces there are: the atlas that comes with the program, and your own."""
    from gene_tui.spaces import atlas, catalog

    entries, box = catalog.entries(), catalog.in_the_box()
    n, d = atlas.load()["codes"].shape
    if form == "json":
        first = _entry_json(box) | {"genes": n, "dims": d, "problem": None, "in_the_box": True}
        _print_json([first, *(_entry_json(entry) | {"in_the_box": False} for entry in entries)])
        return
    rows = [["name", "genes", "dims", "labels", "source"]]
    rows.append([box.name, f"{n:,}", str(d), "ensembl", f"in the box: {atlas.TITLE}"])
    for entry in entries:
        manifest = entry.manifest
        if manifest is None:
            rows.append([entry.name, "", "", "", f"cannot be opened: {entry.problem}"])
            continue
        source = str(manifest.source.get("path", ""))
        sizes = [f"{manifest.genes:,}", str(manifest.dims)]
        rows.append([entry.name, *sizes, manifest.labels, source])
    print_columns(rows)
    if not entries:
        click.echo("gene-tui import FILE makes one of your own", err=True)


@click.command("info")
@click.argument("space", type=SPACE)
@_FORMAT
def info_command(space: str, form: str) -> None:
    """Say what is in SPACE: where it came from, what was dropped and why, and whether it is
    still what it was when it was made."""
    from gene_tui.spaces import catalog, store
    from gene_tui.spaces.clean import summary

    with running() as run:
        opened = catalog.find(space, run=run)
        verdict = store.verify(opened.folder, run=run)
    manifest = opened.manifest
    facts = _facts(opened) | {
        "whole": not verdict.damaged,
        "damaged": list(verdict.damaged),
        "not_verified": list(verdict.unknown),
    }
    if form == "json":
        _print_json(manifest.to_json() | facts)
        return
    source = manifest.source
    rows = [
        ["name", manifest.name],
        ["genes", f"{manifest.genes:,} × {manifest.dims} dimensions"],
        ["labels", manifest.labels],
        ["symbols", f"{facts['with_symbol']:,} genes, descriptions {facts['with_description']:,}"],
        ["source", str(source.get("path", ""))],
        ["format", str(source.get("format", ""))],
        ["sha256", str(source.get("sha256", ""))],
        *[["dropped", line] for line in summary(manifest.dropped)],
        *[["note", note] for note in manifest.notes],
        ["fingerprint", manifest.fingerprint],
        ["verified", f"no: {', '.join(verdict.damaged)}" if verdict.damaged else "as it was made"],
        *[["not verified", line] for line in verdict.unknown],
        ["made", manifest.created],
        ["again with", manifest.remake],
        ["folder", facts["folder"]],
        ["prepared", f"{facts['derived_bytes'] / 1e6:,.1f} MB of derived arrays"],
    ]
    print_columns([row for row in rows if row[1]])


@click.command("verify")
@click.argument("space", type=SPACE)
@_FORMAT
@click.pass_context
def verify_command(ctx: click.Context, /, space: str, form: str) -> None:
    """Read all of SPACE and say whether it is what it was when it was made.

    Every file is compared with the checksum in the space's manifest, and the vectors and labels
    with its fingerprint. Derived arrays that are not as they were are made again when they are
    next needed. Exit code 3 where the space itself is damaged.
    """
    from gene_tui.cli import complain
    from gene_tui.errors import FileError
    from gene_tui.spaces import catalog, store

    with running() as run:
        folder = catalog.folder_meant(space)
        if folder is None:
            folder = catalog.find(space, run=run).folder
        found = store.verify(folder, run=run)
    broken = [name for name, whole in found.derived.items() if not whole]
    if form == "json":
        _print_json(
            {
                "name": found.space.name,
                "folder": str(folder),
                "fingerprint": found.space.fingerprint,
                "whole": not found.damaged,
                "damaged": list(found.damaged),
                "not_verified": list(found.unknown),
                "derived": {"whole": len(found.derived) - len(broken), "damaged": broken},
            }
        )
    else:
        if not found.damaged:
            click.echo(f"{clean(found.space.name)}: as it was made, {found.space.fingerprint}")
        for line in found.unknown:
            click.echo(f"not verified: {line}")
        if broken:
            listed = ", ".join(map(clean, broken))
            click.echo(f"derived arrays that will be made again: {listed}")
    if found.damaged:
        what = f"{folder} is not what it was when it was made: {', '.join(found.damaged)}"
        hint = f"make it again: {found.space.remake}" if found.space.remake else "import it again"
        if form != "json":
            raise FileError(what, hint)
        complain(what, hint)  # the answer stands on standard output already
        ctx.exit(FileError.exit_code)


@click.command("remove")
@click.argument("space", type=SPACE)
def remove_command(space: str) -> None:
    """Delete SPACE and its derived arrays. The source file stays."""
    from gene_tui.spaces import catalog, store

    manifest = store.remove(catalog.existing(space))
    click.echo(f"{clean(space)} removed ({manifest.genes:,} genes)", err=True)
    if manifest.remake:
        click.echo(f"it can be made again with: {clean(manifest.remake)}", err=True)


@click.command("derive")
@click.argument("space", type=SPACE)
@click.option(
    "--type",
    "gene_type",
    type=click.Choice([CODING]),
    help="Also random questions among genes of this type alone.",
)
@click.option("--threads", type=THREADS, metavar="N", help="Use at most N threads.")
def derive_command(space: str, gene_type: str | None, threads: int | None) -> None:
    """Prepare SPACE: arrays for fast answers, random questions for z and 1 in N."""
    from gene_tui.engines.pool import set_threads
    from gene_tui.spaces import catalog

    set_threads(threads)
    with running() as run:
        prepare(catalog.find(space, run=run), run, gene_type)


def prepare(space: Space, run: Run, gene_type: str | None = None) -> None:
    """Derive what a space lacks and say how large it is.

    Raises:
        Cancelled: naming the command that goes on.
        FileError: what was derived could not be kept.
    """
    from gene_tui.errors import Cancelled, FileError
    from gene_tui.session import Session

    try:
        Session(space).prepare(type=gene_type, run=run)
    except Cancelled:
        raise Cancelled(
            f"{space.name} is there, preparing it was stopped", "gene-tui derive goes on with it"
        ) from None
    if space.derived.problems:
        problem = space.derived.problems[-1]
        raise FileError(
            f"{space.name} is there, but not ready for fast answers: {problem.message}",
            f"{problem.hint}; gene-tui derive goes on with it",
        )
    megabytes = space.derived.bytes() / 1e6
    click.echo(f"prepared: {megabytes:,.1f} MB of derived arrays", err=True)


def say_imported(manifest: Manifest) -> None:
    """What came in, what was dropped, what is worth knowing; on standard error."""
    from gene_tui.spaces.clean import summary

    kind = manifest.source.get("format", "")
    click.echo(
        f"{manifest.name}: {manifest.genes:,} genes × {manifest.dims} dimensions ({kind})", err=True
    )
    for line in [*summary(manifest.dropped), *manifest.notes]:
        click.echo(f"  {clean(line)}", err=True)


def _entry_json(entry: ListedSpace) -> dict[str, Any]:
    form: dict[str, Any] = {"name": entry.name, "folder": str(entry.folder)}
    if entry.manifest is None:
        return form | {"problem": entry.problem}
    return entry.manifest.to_json() | form | {"problem": None}


def _facts(space: Space) -> dict[str, Any]:
    """What the manifest does not say and the reader may ask."""
    return {
        "folder": str(space.folder),
        "with_symbol": sum(map(bool, space.column("symbol"))),
        "with_description": sum(
            bool(name or text)
            for name, text in zip(space.column("name"), space.column("description"), strict=True)
        ),
        "derived_bytes": space.derived.bytes(),
    }


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, allow_nan=False))


def print_columns(rows: list[list[str]]) -> None:
    """Aligned columns; only a terminal's last column is ever cut."""
    cleaned = [[clean(cell) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in cleaned) for place in range(len(cleaned[0]))]
    limit = terminal_width() if sys.stdout.isatty() else None
    for row in cleaned:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
        line = "  ".join([*cells, row[-1]])
        if limit and len(line) > limit:
            line = line[: limit - 1] + "…"
        click.echo(line)
