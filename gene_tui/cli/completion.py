"""``gene-tui completion``: what a shell runs so that Tab completes commands, spaces and genes."""

from __future__ import annotations

import os
import re
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    get_completion_class,
)

#: Where the shell's script asks for completions; click derives it from the program's name.
VARIABLE = "_GENE_TUI_COMPLETE"
_SHELLS = ("bash", "zsh", "fish")
_PLAIN = re.compile(r"([^\w@%+=:,./-])", re.ASCII)


class _Bash(BashComplete):
    """Bash, where nobody else puts a backslash before the blank in a name."""

    def format_completion(self, item: CompletionItem[Any]) -> str:
        words = os.environ["COMP_WORDS"].split("\n")
        place = int(os.environ["COMP_CWORD"])
        quoted = place < len(words) and words[place].startswith(("'", '"'))
        if item.type == "plain" and not quoted:
            return f"plain,{_PLAIN.sub(_escaped, item.value)}"
        return super().format_completion(item)


def _escaped(match: re.Match[str]) -> str:
    return "\\" + match[1] if match[1].isascii() else match[1]


def prepare() -> None:
    """Before the shell's question is answered."""
    add_completion_class(_Bash)


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS), metavar="bash|zsh|fish")
@click.pass_context
def completion_command(ctx: click.Context, shell: str) -> None:
    """Print what makes Tab complete commands, options, names of spaces and genes in a shell.

    \b
    eval "$(gene-tui completion bash)"       in ~/.bashrc
    eval "$(gene-tui completion zsh)"        in ~/.zshrc, below compinit
    gene-tui completion fish | source        in ~/.config/fish/config.fish

    Genes are those of the space that would be asked ($GENE_TUI_SPACE, --space before them), once
    it was opened.
    """
    prepare()
    found = get_completion_class(shell)
    if found is not None:
        root = ctx.find_root()
        click.echo(found(root.command, {}, "gene-tui", VARIABLE).source(), nl=False)
