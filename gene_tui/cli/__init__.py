"""The command line: parse options, call the Session or a command's module, print.

Each command lives in a module that is imported when the command is used, so that
``gene-tui --version`` and ``gene-tui --help`` answer at once.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gene_tui import __version__
from gene_tui.cli.common import space_options
from gene_tui.cli.typed import Arranged, arranged
from gene_tui.cli.words import FILE
from gene_tui.errors import Cancelled, FileError, GeneTuiError, UsageError, internal

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: command → (module in this package, its one-line help)
COMMANDS: dict[str, tuple[str, str]] = {
    "query": ("query", "Answer a query, or one a line from standard input."),
    "import": ("spaces", "Make a space from a source file."),
    "spaces": ("spaces", "List the spaces there are."),
    "info": ("spaces", "Say what is in a space."),
    "remove": ("spaces", "Delete a space."),
    "index": ("index", "Build and check FAISS indexes over all pairs."),
    "history": ("tools", "Print what was asked in the app."),
    "doctor": ("tools", "Say what this terminal and machine can do."),
    "verify": ("spaces", "Compare a space with the checksums of when it was made."),
    "derive": ("spaces", "Prepare a space for fast answers, z and 1 in N."),
    "get": ("hub", "Fetch public models, embeddings, gene tables; list them."),
    "compare": ("compare", "Compare two spaces by the genes both have."),
    "enrich": ("enrich", "Find the gene sets a list of genes is rich in."),
    "scan": ("scan", "Find the best analogies of a whole space; a long job."),
    "evaluate": ("evaluate", "Score a space on analogies whose answer is known."),
    "completion": ("completion", "Print what makes Tab complete names in a shell."),
    "help": ("help", "Say how a command is used."),
}

#: The hint where standard output takes nothing.
OUTPUT = "see -o FILE"

EPILOG = """
\b
What to ask:
{shapes}A question needs no command: gene-tui HBA1. Quotes keep the shell from reading it first.
Names with spaces, a lone : ~ + - ? or a comma at the end go into "quotes".
@NAME is a file (@x.txt, @./x), a saved list or a gene set; @list:x and @set:x say which.

\b
Exit codes: 0 answered; 1 the query cannot be answered; 2 usage; 3 a file or space is
bad; 130 interrupted.
"""


class LazyGroup(click.Group):
    """A group whose commands are imported when used, listed with the help given here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"gene_tui.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if ctx.resilient_parsing and args[0] not in COMMANDS:  # a question is being completed
            return "query", self.get_command(ctx, "query"), args
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        found = super().shell_complete(ctx, incomplete)
        if incomplete and not incomplete.startswith("-"):
            from click.shell_completion import CompletionItem

            from gene_tui.cli.words import questions_like

            found += [CompletionItem(text) for text in questions_like(ctx, incomplete)]
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry[1]) for name, entry in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from gene_tui.model.query import SHAPES

        shapes = [f"  {shape.typed:<24}{shape.asks}\n" for shape in SHAPES]
        self.epilog = EPILOG.format(shapes="".join(shapes))
        super().format_epilog(ctx, formatter)


@click.group(
    cls=LazyGroup,
    subcommand_metavar="[QUESTION | COMMAND ...]",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
)
@click.version_option(__version__, prog_name="gene-tui")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("--index", type=FILE, metavar="FILE", help="A pair index.")
@space_options
@click.pass_context
def cli(ctx: click.Context, /, debug: bool, index: Path | None, **view: Any) -> None:
    """Explore gene embedding spaces: nearest genes and exact analogies.

    Without a command and a question the app opens, on the space given, the configured one, the
    last one, or the atlas, the human genome by expression.
    """
    del debug  # read by main, which sees the errors
    if ctx.invoked_subcommand is not None:
        if ctx.invoked_subcommand != "doctor":  # which tells of them itself
            _warn_of_settings()
        return
    from gene_tui.cli.app import open_app

    ctx.exit(open_app(index=index, **view))


def _warn_of_settings() -> None:
    """Say once what the settings hold that is not understood. A file that cannot be read at all
    is an error where a setting is needed, and of no concern elsewhere."""
    from gene_tui import config

    try:
        lines = config.load().warnings
    except GeneTuiError:
        return
    for line in lines:
        warn(line)


def main() -> NoReturn:
    """Run the command line; every error becomes one line, one hint and an exit code."""
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    # OpenBLAS 0.3.30 raises the processor's flag for what lies beyond the numbers it was given,
    # once in a million products; vectors are checked to be finite when they are imported.
    warnings.filterwarnings("ignore", "invalid value encountered in matmul", RuntimeWarning)
    arguments = sys.argv[1:]
    debug = "--debug" in arguments
    if debug:  # allowed at any place
        arguments = [word for word in arguments if word != "--debug"]
    if "_GENE_TUI_COMPLETE" in os.environ:  # a shell asks what a word may become
        from gene_tui.cli import completion

        completion.prepare()
    typed = arranged(arguments, cli, COMMANDS)
    try:
        code = cli.main(args=typed.words, prog_name="gene-tui", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader closed the pipe, as head does: no error.
        _discard_output()
        sys.exit(0)
    except (Exception, KeyboardInterrupt, click.Abort) as error:  # never a traceback
        told = _told(error, typed)
        if debug and not isinstance(error, click.ClickException | KeyboardInterrupt | click.Abort):
            raise
        _tell(told, typed.wants_json)
        sys.exit(told.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def _told(error: BaseException, typed: Arranged) -> GeneTuiError:
    """What is told of whatever stopped a command."""
    if isinstance(error, GeneTuiError):
        if typed.guessed is None:
            return error
        from gene_tui.cli.usage import no_question

        return no_question(error, typed.guessed, cli)
    if isinstance(error, click.ClickException):
        from gene_tui.cli.usage import explained

        return UsageError(*explained(error, cli, typed.words))
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Cancelled()
    if isinstance(error, MemoryError):
        hint = "close other programs, or use a smaller space (--truncate)"
        return FileError("not enough memory", hint)
    if isinstance(error, OSError):
        if error.filename is None:
            return FileError(f"the output cannot be written: {error.strerror or error}", OUTPUT)
        # A folder that cannot be looked at, a name that is too long.
        return FileError(f"{error.filename}: {error.strerror}", "check its name and permissions")
    return internal(error)


def _tell(error: GeneTuiError, as_json: bool) -> None:
    """Two lines on standard error; where JSON was asked for also an object on standard output."""
    hint = error.hint or ("see gene-tui help COMMAND" if error.exit_code == 2 else "")
    complain(error.message, hint)
    if error.hint == OUTPUT:
        _discard_output()
    elif as_json:
        import json

        from gene_tui.model.result import SCHEMA

        click.echo(json.dumps({"schema": SCHEMA, "error": error.to_json()}, indent=2))


def _discard_output() -> None:
    """Send what is still to be printed to nowhere, so that leaving does not stumble over it."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Closed(io.TextIOBase):
    """Standard output where the caller closed it."""

    def write(self, text: str) -> int:
        del text
        raise OSError(errno.EBADF, "standard output is closed")


def complain(message: str, hint: str = "") -> None:
    """One line that says what is wrong, one what to do, on standard error."""
    _say(f"error: {message}")
    if hint:
        _say(f"hint: {hint}")


def warn(message: str) -> None:
    """One line on standard error of what is doubtful and stops nothing."""
    _say(f"warning: {message}")


def _say(line: str) -> None:
    from gene_tui.text import clean, shortened

    click.echo(clean(shortened(line)), err=True)
