"""``gene-tui query``: one question, or one a line from standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypedDict

import click
from click.core import ParameterSource

from gene_tui.cli.common import (
    cell_options,
    check_cells,
    colour_wanted,
    gene_sets_option,
    open_other,
    open_session,
    output_handle,
    running,
    space_options,
    terminal_width,
    write_out,
)
from gene_tui.cli.typed import is_text, lost_quotes, question
from gene_tui.cli.words import FILE, GENE_SETS, OUTPUT, QUESTION, SPACE, check_files
from gene_tui.errors import (
    Cancelled,
    GeneTuiError,
    QueryError,
    QuerySyntaxError,
    UsageError,
    internal,
)
from gene_tui.model.query import Kind
from gene_tui.model.result import SCHEMA
from gene_tui.run import Run, roughly
from gene_tui.text import clean

if TYPE_CHECKING:
    from gene_tui.export.table import Cells
    from gene_tui.model.query import Query
    from gene_tui.model.result import Joined, Result
    from gene_tui.session import Session

#: Formats that hold more than hits; how far a relation holds is found before they are written.
_WITH_HELD_OUT = ("json", "markdown")
#: The analogies of a space of so few genes are found in a second.
_SOON = 1000
FORMATS = ("table", "json", "tsv", "csv", "markdown")


class _QueryCommand(click.Command):
    """A command whose text may begin with a minus: ``gene-tui query "- HBB + HBA1"``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # No option begins with a blank; ``question`` takes it away again.
        args = [f" {word}" if word != "-" and is_text(word) else word for word in args]
        return super().parse_args(ctx, args)


@click.command("query", cls=_QueryCommand)
@click.argument("words", metavar="TEXT", nargs=-1, required=True, type=QUESTION)
@space_options
@click.option("-k", type=click.IntRange(1), default=10, show_default=True, help="Hits wanted.")
@click.option("--metric", type=click.Choice(["cosine", "euclidean"]), default="cosine")
@click.option(
    "--measure",
    type=click.Choice(["direction", "3cosadd", "3cosmul"]),
    default="direction",
    help="How analogies are scored; the last two where one gene is unknown.",
)
@click.option(
    "--cap",
    type=float,
    metavar="X",
    help="Leave out hits whose A·C or B·D cosine exceeds X. Default: 0.8 for 'A : ?' and "
    "'? : ?', else none.",
)
@click.option("--per-gene", type=click.IntRange(1), metavar="M", help="No gene more than M times.")
@click.option(
    "--within",
    type=FILE,
    metavar="FILE",
    help="Only genes named in FILE, one a line, may answer.",
)
@click.option("--type", "gene_type", metavar="TYPE", help="Only genes of TYPE: protein-coding, …")
@click.option("--truncate", type=click.IntRange(1), metavar="N", help="Search the first N rows.")
@gene_sets_option
@click.option(
    "--also",
    multiple=True,
    type=SPACE,
    metavar="SPACE",
    help="Say what this space thinks of each hit; may be given several times.",
)
@click.option(
    "--also-by",
    type=click.Choice(["id", "name"]),
    default="id",
    show_default=True,
    help="Join the genes of --also by Ensembl ID, or by symbol where they have none.",
)
@click.option(
    "--order",
    type=click.Choice(["score", "agreement"]),
    default="score",
    show_default=True,
    help="agreement: first the hits that rank high in this space and in those of --also.",
)
@click.option(
    "--index",
    type=FILE,
    metavar="FILE",
    help="Ask this FAISS index over all pairs instead of the exact engine.",
)
@click.option("--resident", is_flag=True, help="Read the index into memory instead of mapping it.")
@click.option("--nprobe", type=click.IntRange(1), metavar="N", help="Visit N lists of the index.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@cell_options
@click.option(
    "-o",
    "--output",
    type=OUTPUT,
    metavar="FILE",
    help="Write there instead of to standard output.",
)
@click.option(
    "--figures",
    is_flag=True,
    help="With --format markdown and -o: pictures beside the report (PNG with the plots extra).",
)
@click.pass_context
def query_command(
    ctx: click.Context,
    /,
    words: tuple[str, ...],
    space: str | None,
    center: bool,
    drop_components: int,
    unit: bool,
    threads: int | None,
    form: str,
    output: Path | None,
    raw: bool,
    quote_formulas: bool,
    figures: bool,
    gene_type: str | None,
    gene_sets: tuple[Path, ...],
    also: tuple[str, ...],
    also_by: Joined,
    order: str,
    index: Path | None,
    resident: bool,
    **options: Any,
) -> None:
    """Answer TEXT; '-' reads queries from standard input, one a line, and answers each: with one
    JSON object a line, or in the --format given. Lines that begin with # are comments (quotes
    make a name of it: "#tag"). A line that cannot be answered is said and ends nothing; the exit
    code is then 1.

    \b
    gene-tui query HBA1
    gene-tui query "PYGL : PYGM" -k 5 --format markdown
    gene-tui query "ACTA2 : JAGN1" --space human-expression --type protein-coding
    gene-tui query "PYGL : PYGM, GYS2 : GYS1 :: MYL9 : ?"
    gene-tui query "@pairs.tsv :: ? : ?"
    gene-tui query @genes.txt
    gene-tui query '@"Interferon Signaling" - HBB' --gmt reactome.gmt
    gene-tui query HBA1 --space human-expression --also geneformer

    \b
    z      the score in standard deviations above that of random pairs
    1 in   a comparable random question (as long a gene or offset) has a best
           hit this good once in N
    back   nearest genes: the rank of the asked gene among those nearest to the hit
    beats  lists: the share of members that fit the list no better
    held-out rank  relations: the place of an example's B when the other examples
           are asked for it; beside the median what a random B gets, and what the
           examples get with their partners dealt anew
    *      stands out: 1 in 20 or rarer, and back at most 3

    A column named after a space of --also has a hit's rank there, among all its genes, or, for
    answers of several genes, its score there (and 1 in N). The transforms are those of both.
    """
    from gene_tui.export.table import Cells

    text = question(words)
    options["type"] = gene_type
    check_cells(form, raw, quote_formulas)
    check_files(gene_sets, GENE_SETS)
    cells = Cells(raw, quote_formulas)
    if index is None and (resident or options["nprobe"] is not None):
        option = "--resident" if resident else "--nprobe"
        raise UsageError(f"{option} goes with an index", "name it with --index FILE")
    if figures and (form != "markdown" or output is None):
        raise UsageError(
            "--figures goes with --format markdown and -o FILE", "pictures stand beside a report"
        )
    if order == "agreement" and not also:
        raise UsageError("--order agreement needs a second space", "name it with --also SPACE")
    if not also and ctx.get_parameter_source("also_by") is not ParameterSource.DEFAULT:
        raise UsageError("--also-by needs a second space", "name it with --also SPACE")
    if text == "-":
        if figures:
            raise UsageError("--figures goes with one query", "ask one query at a time")
        if ctx.get_parameter_source("form") is ParameterSource.DEFAULT:
            form = "json"
    view = _View(center=center, drop_components=drop_components, unit=unit)
    with running() as run:
        if text != "-":
            _parse_first(text, words)
        session = open_session(space, **view, threads=threads, run=run)
        session.lists.gene_sets = gene_sets or session.lists.gene_sets
        others = [open_other(one, **view, run=run) for one in also]
        asking = _Asking(session, options, others, also_by, order == "agreement", run)
        if index is not None:
            session.open_index(index, resident=resident, run=run)
            options["use_index"] = True
        if text == "-":
            with output_handle(output) as handle:
                stream = _Stream(asking, form, cells, output is not None)
                code = stream.answer_all(handle)
            ctx.exit(code)
        tell_long(session, text, options["truncate"])
        result = asking.answer(text)
        if form in _WITH_HELD_OUT:
            result = session.held_out(result, run=run)
        if figures and output is not None:
            _write_report(session, result, output, run)
            ctx.exit(0 if result.complete else 130)
        printed = render(session, result, form, cells, to_file=output is not None, run=run)
    if form == "table":
        from gene_tui.export.results import header

        for line in header(result):
            click.echo(line, err=True)
    elif form in ("csv", "tsv"):  # the other forms hold what is to be known of an answer
        for note in result.notes:
            click.echo(clean(note), err=True)
    write_out(printed, output)
    if form == "table":
        _tell_held_out(session, result)
    ctx.exit(0 if result.complete else 130)


def tell_long(session: Session, text: str, truncate: int | None) -> None:
    """Say what the analogies of a whole space will take, and what else finds them."""
    n = min(session.space.n, truncate or session.space.n)
    if n <= _SOON or session.parse(text).kind is not Kind.ALL:
        return
    from gene_tui.engines.analogy.whole_space import memory_mb, seconds
    from gene_tui.engines.pool import threads
    from gene_tui.spaces.space import LARGE

    if n > LARGE:  # it will be refused
        return

    click.echo(
        f"{n * (n - 1) // 2:,} pairs A, B on {threads()} threads: up to about "
        f"{roughly(seconds(n))} and {memory_mb(n, session.space.d):,.0f} MB beyond the "
        f"program's own; Ctrl-C shows the best so far, gene-tui scan {session.space.name} keeps "
        "what is done",
        err=True,
    )


def _tell_held_out(session: Session, result: Result) -> None:
    """How far a relation holds, once its hits stand there."""
    from gene_tui.export.wording import held_out

    with running() as run:
        for line in held_out(session.held_out(result, run=run)):
            click.echo(clean(line), err=True)


def render(
    session: Session,
    result: Result,
    form: str,
    cells: Cells,
    *,
    to_file: bool,
    run: Run,
) -> str:
    """A result as text in the chosen format."""
    if form == "json":
        return json.dumps(result.to_json(), indent=2, allow_nan=False)
    if form == "markdown":
        from gene_tui.export.results import to_markdown

        return to_markdown(result, summary=session.distribution(result, run=run.muted()))
    from gene_tui.export.results import to_delimited, to_text

    if form in ("tsv", "csv"):
        return to_delimited(result, "\t" if form == "tsv" else ",", cells=cells)
    width = None if to_file else terminal_width()
    return to_text(result, width=width, color=width is not None and colour_wanted())


class _View(TypedDict):
    """What is done to the vectors of every space."""

    center: bool
    drop_components: int
    unit: bool


@dataclass(frozen=True, slots=True)
class _Asking:
    """Where questions are asked, and how."""

    session: Session
    options: dict[str, Any]
    others: list[Session]
    joined: Joined
    by_agreement: bool
    run: Run

    def __post_init__(self) -> None:
        if self.others:
            from gene_tui.second import check_different

            check_different(self.session.info, self.others)

    def answer(self, query: str | Query) -> Result:
        """The answer, with second opinions where they are wanted."""
        result = self.session.query(query, run=self.run, **self.options)
        if not self.others:
            return result
        from gene_tui.second import by_agreement, second_opinions

        result = second_opinions(result, self.others, by=self.joined, run=self.run)
        return by_agreement(result) if self.by_agreement else result


def _write_report(session: Session, result: Result, file: Path, run: Run) -> None:
    """A Markdown report with its pictures beside it."""
    from gene_tui.export.documents import write_report
    from gene_tui.pictures.pictures import pictures

    drawn = pictures(session.engines, result, run=run)
    summary = session.distribution(result, run=run)
    files = write_report([result], file, summary=summary, pictures=[drawn], replace=True, run=run)
    click.echo("written: " + ", ".join(map(str, files)), err=True)


def _parse_first(text: str, words: Sequence[str]) -> None:
    """A syntax error is said before a space is opened, unless it may be about a name there."""
    from gene_tui.language.parser import parse

    try:
        parse(text)
    except QuerySyntaxError as error:
        if hint := lost_quotes(words):
            raise QuerySyntaxError(error.detail, error.position, hint) from None
        if "," not in text:
            raise


#: No question is longer.
_LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class _Stream:
    """Questions from standard input, one a line, and how they are answered."""

    asking: _Asking
    form: str
    cells: Cells
    to_file: bool

    def answer_all(self, handle: IO[str]) -> int:
        """Answer them; the exit code."""
        failed = False
        for number, line in _lines():
            if self.asking.run.cancelled():
                return 130
            text = line if isinstance(line, str) else line.decode("utf-8", "replace")
            text = text.strip()
            if not text or text.startswith("#"):
                continue
            try:
                printed, complete = self._answer(line, text, number)
            except Cancelled:
                return 130
            except GeneTuiError as error:
                failed = True
                printed, complete = self._wrong(text, number, error), True
            except Exception as error:  # noqa: BLE001 - the other lines are answered all the same
                failed = True
                printed, complete = self._wrong(text, number, internal(error)), True
            handle.write(printed)
            handle.flush()
            if not complete:
                return 130
        return 1 if failed else 0

    def _answer(self, line: str | bytes, text: str, number: int) -> tuple[str, bool]:
        if len(line) >= _LONGEST_LINE:
            raise QueryError("this line is too long for a question")
        if isinstance(line, bytes):
            try:
                line.decode()
            except UnicodeDecodeError:
                raise QueryError("this line is not UTF-8 text") from None
        session = self.asking.session
        result = self.asking.answer(session.parse(text, number))
        if self.form in _WITH_HELD_OUT:
            result = session.held_out(result, run=self.asking.run)
        if self.form == "json":
            return json.dumps(result.to_json(), allow_nan=False) + "\n", result.complete
        run = self.asking.run
        printed = render(session, result, self.form, self.cells, to_file=self.to_file, run=run)
        # Tables of different questions have different columns: each says whose it is.
        title = "" if self.form == "markdown" else f"# {clean(result.canonical)}\n"
        return f"{title}{printed.rstrip()}\n\n", result.complete

    def _wrong(self, text: str, number: int, error: GeneTuiError) -> str:
        if self.form == "json":
            said = {"schema": SCHEMA, "query": text[:1000], "error": error.to_json()}
            return json.dumps(said, allow_nan=False) + "\n"
        from gene_tui.cli import complain

        placed = error.message.startswith("query:")
        complain(error.message if placed else f"query:{number} {error.message}", error.hint)
        return ""


def _lines() -> Iterator[tuple[int, str | bytes]]:
    """The lines of standard input with their numbers from 1; of endless ones the beginning."""
    stream: Any = getattr(sys.stdin, "buffer", sys.stdin)
    number = 0
    while line := stream.readline(_LONGEST_LINE):
        number += 1
        yield number, line
        end = "\n" if isinstance(line, str) else b"\n"
        while len(line) >= _LONGEST_LINE and not line.endswith(end):
            rest = stream.readline(_LONGEST_LINE)
            if not rest or rest.endswith(end):
                break
