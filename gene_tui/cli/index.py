"""``gene-tui index``: FAISS indexes over all pairs, the approximate second engine."""

from __future__ import annotations

import re
from pathlib import Path

import click

from gene_tui.cli.common import open_session, running
from gene_tui.cli.words import FILE, SPACE, THREADS
from gene_tui.errors import UsageError

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@click.group("index", no_args_is_help=False)
def index_command() -> None:
    """Build and check FAISS indexes over all pairs of a space.

    They answer A : B approximately, without looking at the space's vectors. The exact engine
    needs no index; these are for comparing, and for indexes that exist already.
    """


@index_command.command("build")
@click.argument("space", type=SPACE)
@click.option("--out", type=FILE, metavar="FILE", help="Default: SPACE.faiss in this folder.")
@click.option("--truncate", type=click.IntRange(4), metavar="N", help="The first N genes only.")
@click.option("--sum", "sums", is_flag=True, help="Index sums of pairs instead of differences.")
@click.option("--factory", default="IVF4096,PQ32", show_default=True, metavar="F")
@click.option("--memory", default="8G", show_default=True, metavar="M", help="As 500M or 8G.")
@click.option("--threads", type=THREADS, metavar="N", help="Use at most N threads.")
def build(
    space: str,
    out: Path | None,
    truncate: int | None,
    sums: bool,
    factory: str,
    memory: str,
    threads: int | None,
) -> None:
    """Build an index of all pairs of SPACE in bounded memory.

    When it is stopped or killed, the same command goes on where it was.
    """
    from gene_tui.engines.pair_index.build import build as build_index

    size = _bytes(memory)
    with running() as run:
        session = open_session(space, threads=threads, run=run)
        target = out or Path(f"{session.space.name}{'-sums' if sums else ''}.faiss")
        built = build_index(
            session.space.vectors,
            target,
            n_truncate=truncate,
            sum=sums,
            factory=factory,
            memory=size,
            run=run,
        )
    for note in built.notes:
        click.echo(note, err=True)
    info = built.info
    went_on = " (went on with an earlier build)" if built.resumed else ""
    click.echo(
        f"{info.path}: {info.ntotal:,} pairs, {info.kind}, {info.bytes / 1e6:,.1f} MB{went_on}",
        err=True,
    )


@index_command.command("info")
@click.argument("file", type=FILE)
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def info_(file: Path, form: str) -> None:
    """Say what an index FILE holds."""
    import json
    from dataclasses import asdict

    from gene_tui.engines.pair_index.file import check_file
    from gene_tui.engines.pair_index.plan import rows_of
    from gene_tui.engines.pair_index.sidecar import read_sidecar

    with running() as run:
        info = check_file(file, run=run)
    known = read_sidecar(file)
    genes = known.genes or rows_of(info.ntotal)
    facts = asdict(info) | {"path": str(info.path), "sum": known.sum, "genes": genes}
    facts["recall"] = known.recall_at(info.default_nprobe)
    if form == "json":
        click.echo(json.dumps(facts, indent=2, allow_nan=False))
        return
    for name, value in facts.items():
        shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
        click.echo(f"{name:10}  {'not known' if value is None else shown}")


@index_command.command("recall")
@click.argument("file", type=FILE)
@click.argument("space", type=SPACE)
@click.option("-k", type=click.IntRange(1), default=10, show_default=True)
@click.option("--queries", type=click.IntRange(1), default=50, show_default=True)
@click.option("--nprobe", type=click.IntRange(1), metavar="N", help="Visit N lists.")
@click.option("--threads", type=THREADS, metavar="N", help="Use at most N threads.")
def recall(
    file: Path, space: str, k: int, queries: int, nprobe: int | None, threads: int | None
) -> None:
    """Measure which share of the true best hits the index FILE finds in SPACE.

    Over seeded random pairs, against the exact engine; kept beside the file, and said with
    every answer from it.
    """
    with running() as run:
        session = open_session(space, threads=threads, run=run)
        index = session.open_index(file, run=run)
        value = session.index_recall(queries=queries, k=k, nprobe=nprobe, run=run)
    probed = nprobe or index.nprobe
    click.echo(f"recall@{k} = {value:.3f}  ({queries} random queries, nprobe {probed})")


def _bytes(text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not match:
        raise UsageError(f"--memory {text} is no size", "as 500M or 8G")
    return int(float(match[1]) * _UNITS[match[2].upper()])
