"""What several commands share: progress bars, Ctrl-C, options, output files."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, TypeVar

import click
from click.core import ParameterSource

from gene_tui.cli.words import FILE, SPACE, THREADS
from gene_tui.errors import UsageError
from gene_tui.run import IsCancelled, Progress, Report, Run

if TYPE_CHECKING:
    import rich.progress

    from gene_tui.export.table import Table
    from gene_tui.session import Session

F = TypeVar("F", bound=Callable[..., object])

#: Work shorter than this shows no bar.
PATIENCE_S = 0.4


@contextmanager
def _interruptible() -> Iterator[IsCancelled]:
    """Ctrl-C asks the work to stop; a second one stops it at once."""
    stop = threading.Event()

    def handle(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    try:
        before = signal.signal(signal.SIGINT, handle)
    except ValueError:  # not the main thread: Ctrl-C is handled elsewhere
        yield stop.is_set
        return
    try:
        yield stop.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def running() -> Iterator[Run]:
    """What a command's work is told and tells: Ctrl-C, and progress bars."""
    with _interruptible() as cancelled, _bars() as report:
        yield Run(report, cancelled)


@contextmanager
def _bars() -> Iterator[Report]:
    """Progress bars on standard error, where that is a terminal and work takes a while."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    shown = _Bars()
    try:
        yield shown.report
    finally:
        shown.close()


class _Bars:
    """One bar a stage. Reports may come from any thread."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._progress: rich.progress.Progress | None = None
        self._tasks: dict[str, rich.progress.TaskID] = {}

    def report(self, progress: Progress) -> None:
        if self._progress is None and time.monotonic() - self._began < PATIENCE_S:
            return
        with self._lock:
            shown = self._progress or self._start()
            if progress.stage not in self._tasks:
                # A stage that never said how much there was is over too when the next begins.
                for task in shown.tasks:
                    if task.total is None:
                        shown.update(task.id, completed=1, total=1)
                self._tasks[progress.stage] = shown.add_task(progress.stage, total=None)
            shown.update(
                self._tasks[progress.stage],
                completed=progress.done,
                total=progress.total or None,
            )

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _start(self) -> rich.progress.Progress:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._progress = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._progress.start()
        return self._progress


def space_options(command: F) -> F:
    """``--space`` and the transforms."""
    options = [
        click.option(
            "--space",
            "-s",
            type=SPACE,
            metavar="S",
            help="A space's name or folder, a source file, or a folder in the earlier scripts' "
            "layout. Default: $GENE_TUI_SPACE, the config, the atlas.",
        ),
        click.option("--center", is_flag=True, help="Subtract the mean vector."),
        click.option(
            "--drop-components",
            type=click.IntRange(0),
            default=0,
            metavar="M",
            help="Remove the first M principal components.",
        ),
        click.option("--unit", is_flag=True, help="Scale every vector to length 1."),
        click.option("--threads", type=THREADS, metavar="N", help="Use at most N threads."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def cell_options(command: F) -> F:
    """``--raw`` and ``--quote-formulas``, for csv and tsv."""
    options = [
        click.option(
            "--raw", is_flag=True, help="csv and tsv: text as it is, control characters included."
        ),
        click.option(
            "--quote-formulas",
            is_flag=True,
            help="csv and tsv: put ' before text that begins with = + - or @, which a "
            "spreadsheet would run as a formula.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def check_cells(form: str, raw: bool, quote_formulas: bool) -> None:
    """Refuse ``--raw`` and ``--quote-formulas`` where there are no cells of csv or tsv.

    Raises:
        UsageError: naming the option.
    """
    if form not in ("csv", "tsv") and (raw or quote_formulas):
        option = "--raw" if raw else "--quote-formulas"
        raise UsageError(f"{option} goes with csv and tsv", "add --format csv, or leave it out")


def check_unused(names: Sequence[str], goes_with: str, hint: str) -> None:
    """Refuse options of the running command that would change nothing.

    Args:
        names: of its parameters. goes_with: what they need, in words. hint: what to do.

    Raises:
        UsageError: naming the first that was given.
    """
    context = click.get_current_context()
    for option in context.command.params:
        source = context.get_parameter_source(option.name or "")
        if option.name in names and source is not ParameterSource.DEFAULT:
            raise UsageError(f"{max(option.opts, key=len)} goes with {goes_with}", hint)


def gene_sets_option(command: F) -> F:
    """``--gmt``: gene sets that ``@NAME`` may mean."""
    return click.option(
        "--gmt",
        "gene_sets",
        type=FILE,
        multiple=True,
        metavar="FILE",
        help="Gene sets that @NAME may mean, GMT or .gmt.gz; may be given several times.",
    )(command)


def open_session(
    space: str | None,
    *,
    center: bool = False,
    drop_components: int = 0,
    unit: bool = False,
    threads: int | None = None,
    run: Run,
) -> Session:
    """Open the chosen space; a default, and doubts about a source, are told on standard error."""
    from gene_tui.engines.pool import set_threads
    from gene_tui.spaces import atlas
    from gene_tui.spaces.catalog import chosen
    from gene_tui.text import clean, clip

    set_threads(threads)
    spec, origin = chosen(space)
    if spec is None:
        click.echo(f"space: {atlas.NAME}, {atlas.TITLE}; --space S chooses another", err=True)
    elif origin:
        click.echo(clean(f"space: {clip(spec, 200)} (from {origin})"), err=True)
    return open_other(spec, center=center, drop_components=drop_components, unit=unit, run=run)


def open_other(
    spec: str | None,
    *,
    center: bool = False,
    drop_components: int = 0,
    unit: bool = False,
    run: Run,
) -> Session:
    """Open a space that was named; doubts about a source are told on standard error."""
    from gene_tui import paths
    from gene_tui.session import open_space
    from gene_tui.spaces.source import WARNING
    from gene_tui.text import clean

    session = open_space(spec, center=center, drop_components=drop_components, unit=unit, run=run)
    if session.space.folder.parent == paths.imported_dir():  # read just now, or before
        for note in session.space.manifest.notes:
            if note.startswith(WARNING):
                click.echo(clean(note), err=True)
    return session


@contextmanager
def output_handle(file: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a file that appears under its name when all is written.

    Raises:
        FileError: the file cannot be written.
    """
    if file is None:
        yield sys.stdout
        return
    from gene_tui.files import replacing_text

    with replacing_text(file) as handle:
        yield handle


def write_out(text: str, file: Path | None) -> None:
    """Write a text that ends with a line break to a file or to standard output."""
    with output_handle(file) as handle:
        handle.write(text if text.endswith("\n") else text + "\n")


def in_columns(table: Table, to_file: bool) -> str:
    """A table as the terminal has room for; whole and without colours for a file or a pipe."""
    width = None if to_file else terminal_width()
    return table.text(width, color=width is not None and colour_wanted())


def terminal_width() -> int | None:
    """Columns of the terminal on standard output, None where it is none."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def colour_wanted() -> bool:
    """Whether colours may be used on a terminal (NO_COLOR, TERM=dumb)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
