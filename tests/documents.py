"""What README and docs show: their fenced blocks, and running them as their reader would.

    console   commands behind ``$ ``, each with what a terminal of 80 columns shows: run, compared
    python    run; examples with ``>>>`` are compared, as a doctest
    sh        commands that need a network, hours or the reader's own: not run, but every command
              and option of gene-tui in them must exist
    toml      settings, none of them misunderstood
    json      parsed

The blocks of a page are run one after the other, in one folder. A line ``…`` stands for lines left
out, ``…`` in a line for what was cut or is different every time. What is shown below a command is
standard output alone, or all that a terminal shows.
"""

from __future__ import annotations

import difflib
import doctest
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli import shown

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_OPERATORS = re.compile(r"[|&;<>$`*]")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        kind: the word behind the fence. line: of the file, the first of the text.
    """

    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class Step:
    """A command and what is shown below it."""

    command: str
    below: str


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    return [
        Block(found[1], found[2], page[: found.start(2)].count("\n") + 1)
        for found in _BLOCK.finditer(page)
    ]


def steps(text: str) -> list[Step]:
    """The commands of a console block."""
    if not text.startswith("$ "):
        raise ValueError("a console block begins with a command behind '$ '")
    parts = [step.partition("\n") for step in ("\n" + text).split("\n$ ")[1:]]
    return [Step(command, below.rstrip()) for command, _, below in parts]


def fits(below: str, printed: str) -> bool:
    """Whether lines shown in a page are those printed, with ``…`` for what was left out."""
    pattern = "".join(
        r"(?:.*\n)*?"
        if line == "…"
        else ".*".join(map(re.escape, line.rstrip().split("…"))) + r" *\n"
        for line in below.splitlines()
    )
    return re.fullmatch(pattern, printed.rstrip() + "\n" if printed.strip() else "") is not None


def wrong_with(step: Step) -> str | None:
    """What a command prints other than the page shows; None where it is as shown."""
    if step.command.startswith("gene-tui ") and not _OPERATORS.search(unquoted(step.command)):
        done = shown(*shlex.split(step.command, comments=True)[1:])
        code, out, both = done.code, done.out, done.both
    else:
        # The shell's own commands, pipes, files: in a shell, without a terminal.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ran = subprocess.run(
            ["bash", "-c", step.command],
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        code, out, both = ran.returncode, ran.stdout, ran.stdout
    failed = "error:" in step.below
    if (code != 0) is failed and (fits(step.below, out) or fits(step.below, both)):
        return None
    changes = difflib.unified_diff(
        step.below.splitlines(), both.splitlines(), "shown", f"printed, exit code {code}", n=99
    )
    return f"$ {step.command}\n" + "\n".join(changes)


def unquoted(command: str) -> str:
    """A command without its comment and what stands in quotes."""
    return re.sub(r'"[^"]*"|\'[^\']*\'|#.*', "", command)


def wrong_with_python(text: str, names: dict[str, Any]) -> str | None:
    """What is wrong with a Python block; what it defines stays in ``names``."""
    if ">>> " not in text:
        exec(compile(text, "block", "exec"), names)
        return None
    told = io.StringIO()
    test = doctest.DocTestParser().get_doctest(text, names, "block", None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(test, out=told.write, clear_globs=False)
    names.update(test.globs)
    return told.getvalue() or None


def commands(text: str) -> Iterator[list[str]]:
    """The words behind ``gene-tui`` of every call in shell text."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        part: list[str] = []
        for word in [*words, ";"]:
            if set(word) <= set("|&;<>()"):
                if "gene-tui" in part[:2]:
                    yield part[part.index("gene-tui") + 1 :]
                part = []
            else:
                part.append(word)


def wrong_with_call(words: list[str]) -> str | None:
    """Which command or option of a call does not exist; None where all do."""
    import click

    from gene_tui.cli import COMMANDS, cli
    from gene_tui.cli.typed import arranged

    words = arranged(words, cli, COMMANDS).words
    if not words or words[0] in ("--help", "--version"):
        return None
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        inner = command.get_command(click.Context(command), words[0])
        if inner is None:
            return f"no command {words[0]}"
        command, words = inner, words[1:]
    context = click.Context(command, help_option_names=["-h", "--help"])
    try:
        command.make_parser(context).parse_args(words)
    except click.UsageError as error:
        return f"{command.name}: {error.format_message()}"
    return None


def wrong_with_settings(text: str) -> str | None:
    """What of settings is not understood."""
    from gene_tui.config import load

    file = Path("config.toml")
    file.write_text(text, encoding="utf-8")
    return "\n".join(load(file).warnings) or None


def wrong_with_page(page: Path) -> list[str]:
    """Everything on a page that is not so, block by block, in the folder one stands in."""
    wrong: list[str] = []
    names: dict[str, Any] = {}

    def note(block: Block, check: Callable[[], str | None]) -> None:
        try:
            told = check()
        except Exception as error:  # noqa: BLE001 (whatever a page's code raises is told)
            told = f"{type(error).__name__}: {error}"
        if told:
            wrong.append(f"{page.name}:{block.line}: {told}")

    for block in blocks(page.read_text(encoding="utf-8")):
        if block.kind == "console":
            for step in steps(block.text):
                note(block, lambda step=step: wrong_with(step))
        elif block.kind == "python":
            note(block, lambda text=block.text: wrong_with_python(text, names))
        elif block.kind == "sh":
            for call in commands(block.text):
                note(block, lambda call=call: wrong_with_call(call))
        elif block.kind == "toml":
            note(block, lambda text=block.text: wrong_with_settings(text))
        elif block.kind == "json":
            note(block, lambda text=block.text: str(json.loads(text))[:0])
        else:
            note(block, lambda kind=block.kind: f"a block of no known kind: {kind!r}")
    return wrong
