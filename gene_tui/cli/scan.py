"""``gene-tui scan``: the best analogies of a whole space."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gene_tui.cli.common import (
    colour_wanted,
    open_session,
    running,
    terminal_width,
)
from gene_tui.cli.words import FILE, FOLDER, SPACE, THREADS
from gene_tui.errors import Cancelled, UsageError
from gene_tui.model.options import DEFAULT_CAP
from gene_tui.run import Run

if TYPE_CHECKING:
    from gene_tui.scan import Scan, Scheduler
    from gene_tui.session import Session

#: Analogies printed; all of them are in the table.
_SHOWN = 10
#: Columns where there is no terminal.
_WIDTH = 100


@click.command("scan")
@click.argument("space", type=SPACE, required=False)
@click.option(
    "-k", type=click.IntRange(1), default=1000, show_default=True, help="Analogies to keep."
)
@click.option(
    "--cap",
    type=click.FloatRange(-1, 1),
    default=DEFAULT_CAP,
    show_default=True,
    help="Leave out analogies whose A·C or B·D cosine exceeds this; 1 for no cap.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="A running Dask scheduler, tcp://host:port, to spread the work over other machines. "
    "Default: the cores of this machine, without Dask and without opening a port.",
)
@click.option("--tls-ca", type=FILE, metavar="FILE", help="Who signs for the scheduler, PEM.")
@click.option("--tls-cert", type=FILE, metavar="FILE", help="This side's certificate, PEM.")
@click.option(
    "--tls-key",
    type=FILE,
    metavar="FILE",
    help="Its key, PEM; the three go together. Without them Dask's own configuration counts.",
)
@click.option(
    "--threads",
    "--workers",
    "threads",
    type=THREADS,
    metavar="N",
    help="Cores of this machine to use. Default: all.",
)
@click.option(
    "-o",
    "--out",
    type=FOLDER,
    metavar="DIR",
    help="Where the checkpoint and the table go; a scan begun there goes on. "
    "Default: scan-NAME in this folder.",
)
@click.option("--truncate", type=click.IntRange(4), metavar="N", help="Scan the first N rows only.")
def scan_command(
    space: str | None,
    k: int,
    cap: float,
    scheduler: str | None,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    threads: int | None,
    out: Path | None,
    truncate: int | None,
) -> None:
    """Find the best analogies A : B :: C : D of the whole of SPACE.

    Every analogy can be told in four ways (A : B :: C : D, C : D :: A : B, B : A :: D : C,
    D : C :: B : A); it is listed once, with the gene that comes first in the space as A. The
    answer is exact, and the same however many workers found it. It grows with the third power
    of the number of genes; what is done is kept in --out, also after Ctrl-C or a crash, and
    the same command goes on from there.

    \b
    gene-tui scan brain
    gene-tui scan brain -k 200 --truncate 2000 -o brain-2000
    gene-tui scan brain --scheduler tcp://node7:8786
    """
    from gene_tui.engines.pool import set_threads
    from gene_tui.scan import Scheduler

    if scheduler is None and (tls_ca or tls_cert or tls_key):
        raise UsageError(
            "the --tls options go with --scheduler tls://host:port", "see gene-tui scan --help"
        )
    if scheduler is not None and threads is not None:
        raise UsageError(
            "--threads is for this machine, --scheduler uses workers that run already",
            "leave one of them out",
        )
    away = None if scheduler is None else Scheduler(scheduler, tls_ca, tls_cert, tls_key)
    with running() as run:
        session = _opened(space, truncate, run)
        set_threads(threads)
        if away is None:
            _announce(session)
        folder = out or Path(f"scan-{_file_safe(session.space.name)}")
        click.echo(f"keeping what is done in {folder}", err=True)
        found = _scanned(session, folder, run, k, cap, away)
    _print(found, session, folder)
    if not found.complete:
        raise Cancelled(
            f"stopped with {found.done:,} of {found.parts:,} parts done",
            "the same command goes on from there",
        )


def _opened(name: str | None, truncate: int | None, run: Run) -> Session:
    from gene_tui.session import Session
    from gene_tui.spaces.space import View

    session = open_session(name, run=run)
    if truncate is None or truncate >= session.space.n:
        return session
    return Session(session.space.with_view(View(truncate=truncate)))


def _announce(session: Session) -> None:
    from gene_tui.engines.analogy.whole_space import memory_mb
    from gene_tui.engines.pool import threads

    space = session.space
    click.echo(
        f"{space.n:,} genes, {space.n * (space.n - 1) // 2:,} pairs A, B on {threads()} threads; "
        f"at most {memory_mb(space.n, space.d):,.0f} MB of memory beyond the program's own",
        err=True,
    )


def _scanned(
    session: Session, folder: Path, run: Run, k: int, cap: float, scheduler: Scheduler | None
) -> Scan:
    from gene_tui.scan import scan, write_table
    from gene_tui.scan.table import FILE

    found = scan(
        session, k=k, cap=None if cap >= 1 else cap, scheduler=scheduler, out=folder, run=run
    )
    write_table(found, session, folder / FILE)
    return found


def _print(found: Scan, session: Session, folder: Path) -> None:
    from dataclasses import replace

    from gene_tui.export.results import header, to_text
    from gene_tui.scan.table import FILE

    width = terminal_width()
    result = found.result(session)
    for line in header(result):
        click.echo(line, err=True)
    shown = replace(result, hits=result.hits[:_SHOWN])
    color = width is not None and colour_wanted()
    click.echo(to_text(shown, width=width or _WIDTH, color=color), nl=False)
    click.echo(f"all {len(result.hits):,} are in {folder / FILE}", err=True)


def _file_safe(name: str) -> str:
    safe = "".join(char if char.isalnum() or char in "-_." else "_" for char in name)
    return safe.strip(".") or "space"
