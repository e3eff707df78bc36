"""What click finds wrong with a command line, in the program's own two lines.

Apart from ``main`` because it is imported only when something is wrong.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import click

from gene_tui.errors import GeneTuiError, QuerySyntaxError, UnknownGene, UsageError
from gene_tui.text import clip


def no_question(error: GeneTuiError, word: str, root: click.Group) -> GeneTuiError:
    """What to say where a question without a command could not be asked: its first word may be
    a command that was mistyped. Other errors as they are.

    Args:
        word: the first word. root: the program's outermost command.
    """
    unknown = isinstance(error, UnknownGene) and error.name == word
    if not unknown and not isinstance(error, QuerySyntaxError):
        return error
    if unknown and (hint := _opens(word)):
        return UsageError(f"{clip(word)} is no command and no gene", hint)
    if near := meant_command(word, root, click.Context(root)):
        genes = ", ".join(error.suggestions) if isinstance(error, UnknownGene) else ""
        either = f", or a gene, as {genes}" if genes else ""
        return UsageError(
            f"{clip(word)} is no command{' and no gene' if unknown else ''}",
            f"did you mean gene-tui {near}{either}?",
        )
    if unknown:
        error.hint += "; gene-tui --help lists the commands"
    return error


def _opens(word: str) -> str:
    """How the app is opened on what a word names, a space or a file; "" where it names neither."""
    from gene_tui.spaces import catalog

    try:
        path = Path(word)
        found = ("folder" if path.is_dir() else "file") if path.exists() else ""
        kind = "space" if catalog.made(word) else found
    except (GeneTuiError, OSError, ValueError):
        return ""
    quoted = shlex.quote(word)
    keeps = f", gene-tui import {quoted} keeps it as a space" if kind in ("file", "folder") else ""
    return f"it is a {kind}: gene-tui --space {quoted} opens it{keeps}" if kind else ""


def meant_command(word: str, group: click.Command, context: click.Context) -> str:
    """The command of a group that a misspelt word may be; "" if none comes near."""
    known = group.list_commands(context) if isinstance(group, click.Group) else []
    return next(iter(get_close_matches(word.casefold(), known, 1)), "")


def explained(
    error: click.ClickException, root: click.Command, arguments: Sequence[str]
) -> tuple[str, str]:
    """An error of click as (message, hint).

    Args:
        root: the program's outermost command. arguments: as typed.
    """
    context = error.ctx if isinstance(error, click.UsageError) else None
    command, path = _reached(root, arguments) if context is None else _of(context)
    return _message(error, context), _hint(error, context, command, path)


def _message(error: click.ClickException, context: click.Context | None) -> str:
    if isinstance(error, click.MissingParameter) and error.param is not None and context:
        kind, name = error.param.param_type_name, error.param.get_error_hint(context)
        return f"missing {kind} {name}"
    # Suggestions belong to the hint: click keeps them out of `message`, not of what it formats.
    guessed = getattr(error, "possibilities", None) is not None
    said = error.message if guessed else error.format_message()
    said = " ".join(said.split("\n")).removesuffix(".")
    return said[:1].lower() + said[1:]


def _hint(
    error: click.ClickException,
    context: click.Context | None,
    command: click.Command,
    path: str,
) -> str:
    see = f"see {path} --help"
    of_space = isinstance(error, click.NoSuchOption) and error.option_name in ("--space", "-s")
    if of_space and any(parameter.name == "space" for parameter in command.params):
        return f"{path} takes its space as a word: {path} SPACE; {see}"
    if close := _close(error, command):
        return f"did you mean {close}? {see}"
    if isinstance(command, click.Group) and not isinstance(error, click.BadParameter):
        if isinstance(error, click.NoSuchOption | click.BadOptionUsage):
            return see
        if context is None or context.parent is None:
            return f"{path} query TEXT answers a question; {see}"
        return f"it takes one of {', '.join(command.list_commands(context))}; {see}"
    if isinstance(error, click.BadOptionUsage) and "requires" in error.message:
        return _with_value(error.option_name, command) + see
    if isinstance(error, click.BadParameter) and error.param is not None:
        if not isinstance(error, click.MissingParameter):
            return _takes(error.param) + see
        if context is not None and isinstance(error.param, click.Argument):
            return f"it goes {_usage(context)}; {see}"
    if context is not None and type(error) is click.UsageError:  # words too many
        texts = any(isinstance(one, click.Argument) for one in context.command.params)
        return f"it goes {_usage(context)}{'; text with spaces goes into quotes' if texts else ''}"
    return see


def _with_value(option: str, command: click.Command) -> str:
    """How an option is given that came without its value."""
    for parameter in command.params:
        if option in parameter.opts:
            context = click.Context(command)
            return f"it is given as {option} {parameter.make_metavar(context)}; "
    return ""


def _takes(parameter: click.Parameter) -> str:
    """What numbers an option takes."""
    kind = parameter.type
    if not isinstance(kind, click.IntRange | click.FloatRange):
        return "it takes a number; " if kind in (click.INT, click.FLOAT) else ""
    whole = "whole number" if isinstance(kind, click.IntRange) else "number"
    if kind.max is None:
        return f"it takes a {whole} from {kind.min} up; "
    return f"it takes a {whole} from {kind.min} to {kind.max}; "


def _close(error: click.ClickException, command: click.Command) -> str:
    """What was probably meant, "" if nothing comes near."""
    close = list(getattr(error, "possibilities", None) or ())
    if given := re.match(r"No such command '(.*)'", error.message):
        return meant_command(given[1], command, click.Context(command))
    if isinstance(error, click.BadParameter) and error.param is not None:
        kind, given = error.param.type, re.match(r"'(.*?)' is not one of ", error.message)
        if isinstance(kind, click.Choice) and given:
            known = [str(choice) for choice in kind.choices]
            close = get_close_matches(given[1].casefold(), known)
    return close[0] if close else ""


def _usage(context: click.Context) -> str:
    return " ".join([context.command_path, *context.command.collect_usage_pieces(context)])


def _of(context: click.Context) -> tuple[click.Command, str]:
    return context.command, context.command_path


def _reached(root: click.Command, arguments: Sequence[str]) -> tuple[click.Command, str]:
    """The command that ``arguments`` lead to, and how it is called: click does not say where it
    was when it found an option without its value."""
    context = click.Context(root, info_name="gene-tui")
    for word in arguments:
        if not isinstance(context.command, click.Group):
            break
        inner = context.command.get_command(context, word)
        if inner is not None:
            context = click.Context(inner, parent=context, info_name=word)
    return _of(context)
