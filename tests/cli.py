"""Running the command line inside the test process, as ``main`` runs it."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from dataclasses import dataclass
from typing import Any
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


def run(*arguments: str, stdin: str | bytes = "") -> Ran:
    """``gene-tui ARGUMENTS`` in this process."""
    # Some of the output is written as bytes, past the text.
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True)
    err = io.StringIO()
    code = 0
    typed: io.TextIOBase = (
        io.StringIO(stdin)
        if isinstance(stdin, str)
        else io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    )
    with (
        mock.patch.object(sys, "argv", ["gene-tui", *arguments]),
        mock.patch.object(sys, "stdin", typed),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
    out.seek(0)
    return Ran(code, out.read(), err.getvalue())
