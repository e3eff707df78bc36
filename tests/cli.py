"""Running the command line inside the test process, as ``main`` runs it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TextIO
from unittest import mock

from gene_tui.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Shown:
    """What a command left on a terminal: exit code, standard output, that with standard error."""

    code: int
    out: str
    both: str


def run(*arguments: str, stdin: str | bytes = "") -> Ran:
    """``gene-tui ARGUMENTS`` in this process."""
    # Some of the output is written as bytes, past the text.
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True)
    err = io.StringIO()
    typed: io.TextIOBase = (
        io.StringIO(stdin)
        if isinstance(stdin, str)
        else io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    )
    code = _run(arguments, typed, out, err)
    out.seek(0)
    return Ran(code, out.read(), err.getvalue())


class _Both(io.BytesIO):
    """Bytes that are written on in another place too."""

    def __init__(self, other: io.BytesIO) -> None:
        super().__init__()
        self._other = other

    def write(self, data: Any, /) -> int:
        self._other.write(data)
        return super().write(data)


class _Terminal(io.TextIOWrapper):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(*arguments: str, columns: int = 80) -> Shown:
    """``gene-tui ARGUMENTS`` in this process, as a terminal without colours shows it. No bars of
    progress are drawn."""
    screen = io.BytesIO()
    written = _Both(screen)
    out = _Terminal(written, encoding="utf-8", newline="", write_through=True)
    err = io.TextIOWrapper(screen, encoding="utf-8", newline="", write_through=True)
    width = {"COLUMNS": str(columns), "LINES": "24", "NO_COLOR": "1"}
    with mock.patch.dict(os.environ, width):
        code = _run(arguments, io.StringIO(), out, err)
    return Shown(code, written.getvalue().decode(), screen.getvalue().decode())


def _run(arguments: Sequence[str], stdin: Any, out: TextIO, err: TextIO) -> int:
    """Run the command with these streams; its exit code."""
    with (
        mock.patch.object(sys, "argv", ["gene-tui", *arguments]),
        mock.patch.object(sys, "stdin", stdin),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as leaving:
            return leaving.code if isinstance(leaving.code, int) else 1
    return 0
