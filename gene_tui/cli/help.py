"""``gene-tui help``: what ``--help`` says, for those who ask in words."""

from __future__ import annotations

import click

from gene_tui.cli.usage import meant_command
from gene_tui.errors import UsageError
from gene_tui.text import clip


@click.command("help", context_settings={"ignore_unknown_options": True})
@click.argument("path", metavar="[COMMAND]", nargs=-1)
@click.pass_context
def help_command(ctx: click.Context, path: tuple[str, ...]) -> None:
    """Say how COMMAND is used; without it, what commands there are and what can be asked.

    \b
    gene-tui help
    gene-tui help query
    gene-tui help index build
    """
    context = ctx.find_root()
    for word in path:
        if word.startswith("-"):
            raise UsageError(
                f"help takes a command, not an option: {clip(word)}",
                f"{context.command_path} --help lists the options there are",
            )
        group = context.command
        inner = group.get_command(context, word) if isinstance(group, click.Group) else None
        if inner is None:
            near = meant_command(word, group, context)
            hint = f"did you mean {near}? " if near else ""
            raise UsageError(
                f"{context.command_path} has no command {clip(word)!r}",
                f"{hint}{context.command_path} --help lists what there is",
            )
        context = click.Context(inner, parent=context, info_name=word)
    click.echo(context.get_help())
