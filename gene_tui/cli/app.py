"""``gene-tui`` without a command: the app."""

from __future__ import annotations

import sys
from pathlib import Path

from gene_tui.errors import UsageError


def open_app(
    space: str | None = None,
    *,
    index: Path | None = None,
    center: bool = False,
    drop_components: int = 0,
    unit: bool = False,
    threads: int | None = None,
) -> int:
    """Open the app and stay until the user leaves; the exit code.

    Raises:
        UsageError: there is no terminal to open it in.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the app needs a terminal", "gene-tui query TEXT answers without one; see --help"
        )
    from gene_tui.ui.app import run

    return run(
        space,
        index=index,
        center=center,
        drop_components=drop_components,
        unit=unit,
        threads=threads,
    )
