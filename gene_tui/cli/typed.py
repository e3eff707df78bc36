"""The words of a command line, brought into the order that click reads.

What goes for a whole command (``--space``, ``--threads`` …) may stand before it; a question needs
no command. Apart from that, what the shell has done to a question's words before we see them.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click

from gene_tui.errors import QuerySyntaxError, UsageError
from gene_tui.model.naming import WEIGHT, quote
from gene_tui.text import clip

_QUESTION = "query"


@dataclass(frozen=True, slots=True)
class Arranged:
    """Words as click reads them.

    Attributes:
        words: command first, then its options.
        guessed: the word that stands where a command may, where it is none: a question is asked.
    """

    words: list[str]
    guessed: str | None = None

    @property
    def wants_json(self) -> bool:
        """Whether the answer is wanted as JSON: the last ``--format`` says so, or questions come
        from standard input and none says otherwise."""
        words = self.words[: self.words.index("--")] if "--" in self.words else self.words
        forms = [
            word.partition("=")[2] or following
            for word, following in pairwise([*words, ""])
            if word == "--format" or word.startswith("--format=")
        ]
        return forms[-1] == "json" if forms else self.words[:2] == [_QUESTION, "-"]


def is_text(word: str) -> bool:
    """Whether a word that begins with a minus belongs to a question: ``- HBB``, ``-2*HBB``,
    ``-@list``."""
    return word == "-" or word.startswith(("- ", "-@")) or WEIGHT.match(word) is not None


def arranged(words: Sequence[str], root: click.Group, commands: Container[str]) -> Arranged:
    """Words with the command first: options before it go behind it, and what begins with no
    command is a question.

    Args:
        root: the program's outermost command. commands: the names of those inside it.
    """
    words = list(words)
    if not words:
        return Arranged(words)
    before = 0
    if words[0].startswith("-") and not is_text(words[0]):
        context = click.Context(root, info_name="gene-tui")
        known = _options(words, root)
        if known is None:  # perhaps those of a question
            question = root.get_command(context, _QUESTION)
            known = None if question is None else _options(words, question)
            if known == len(words):
                return Arranged([_QUESTION, *words])
        if known is None or known == len(words):
            return Arranged(words)
        before = known
    options, rest = words[:before], words[before:]
    if options and options[-1] == "--":
        options.pop()
    if rest[0] not in commands:
        return Arranged([_QUESTION, *options, *rest], rest[0])
    reached = 1
    if options:
        inner = root.get_command(click.Context(root), rest[0])
        if isinstance(inner, click.Group) and len(rest) > 1:
            reached += rest[1] in inner.commands
    return Arranged([*rest[:reached], *options, *rest[reached:]])


def _options(words: Sequence[str], command: click.Command) -> int | None:
    """How many words are options of a command, and their values, before the first that is none;
    all of them where help is asked for, None where it has no such options."""
    options: list[click.Parameter] = [
        one for one in command.params if isinstance(one, click.Option)
    ]
    alone = click.Command(command.name, params=options)
    parser = alone.make_parser(click.Context(alone, help_option_names=["-h", "--help"]))
    parser.allow_interspersed_args = False
    # Words that only look like options are the end of them.
    plain = ["text" if is_text(word) else word for word in words]
    try:
        found, rest, _ = parser.parse_args(plain)
    except click.UsageError:
        return None
    return len(words) if {"help", "version"} & found.keys() else len(words) - len(rest)


def question(words: Sequence[str]) -> str:
    """The text of a question that stands in one word or in several.

    Raises:
        UsageError: the shell has replaced a lone ``?`` or ``~`` of it.
    """
    words = [word.removeprefix(" ") if is_text(word[1:]) else word for word in words]
    text = " ".join(words)
    restored = _restored(words)
    if restored != words:
        lost = [sign for sign in "?~" if restored.count(sign) > words.count(sign)]
        became = {"?": "the files here with a name of one letter", "~": "your home folder"}
        told = " and ".join(f"{sign} by {became[sign]}" for sign in lost)
        raise UsageError(
            f"the shell has replaced {told}: {clip(text, 100)}",
            f"put the question into quotes: gene-tui query {shlex.quote(' '.join(restored))}",
        )
    return text


def lost_quotes(words: Sequence[str]) -> str:
    """The hint for words that the shell has taken the quotes of, as those of "New York"; "" where
    a question with these quotes would be none either."""
    if len(words) < 2 or not any(" " in word.strip() for word in words):
        return ""
    from gene_tui.language.parser import parse

    meant = " ".join(quote(word) if " " in word.strip() else word for word in words)
    try:
        parse(meant)
    except QuerySyntaxError:
        return ""
    return f"the shell takes quotes away; put others around: gene-tui query {shlex.quote(meant)}"


def _restored(words: Sequence[str]) -> list[str]:
    """The words before the shell replaced a lone ``?`` by all files with names of one letter, and
    a lone ``~`` by the home folder; the same where it did not."""
    home = os.path.expanduser("~")  # noqa: PTH111 - as the shell writes it
    words = ["~" if word == home != "~" else word for word in words]
    if len(words) < 2:
        return words
    short = _short_names()
    restored: list[str] = []
    place = 0
    while place < len(words):
        if short and set(words[place : place + len(short)]) == short:
            restored.append("?")
            place += len(short)
        else:
            restored.append(words[place])
            place += 1
    return restored


def _short_names() -> set[str]:
    """What ``?`` stands for in this folder."""
    try:
        return {file.name for file in Path.cwd().iterdir() if len(file.name) == 1}
    except OSError:
        return set()
