"""``gene-tui doctor``: what this terminal and this machine can do, and what to change.

It looks and never writes, and imports nothing heavy: versions are read from the metadata of
the installed packages.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from gene_tui.doctor.files import look_at_files
from gene_tui.doctor.finding import Finding
from gene_tui.doctor.machine import look_at_machine
from gene_tui.doctor.screen import Ask, Size, ask, look_at_terminal, terminal_size
from gene_tui.text import clean

__all__ = ["Finding", "diagnose", "to_text"]


def diagnose(
    environment: Mapping[str, str] | None = None,
    *,
    platform: str = sys.platform,
    size: Size = None,
    ask: Ask = ask,
) -> list[Finding]:
    """Look at everything; takes well under a second unless a multiplexer hangs (2 s).

    Args:
        environment: ``os.environ`` by default.
        platform: as ``sys.platform`` spells it.
        size: columns and rows of the terminal; by default they are asked of it.
        ask: runs a command for its output; replaced in tests.
    """
    known = os.environ if environment is None else environment
    return [
        *look_at_terminal(known, platform, size or terminal_size(), ask),
        *look_at_files(known),
        *look_at_machine(known),
    ]


def to_text(findings: Sequence[Finding]) -> str:
    """The report, one line a finding; ``!`` marks what will not work well. ASCII marks only:
    the locale may be what is wrong."""
    width = max((len(finding.topic) for finding in findings), default=0)
    lines = []
    for finding in findings:
        mark = " " if finding.ok else "!"
        lines.append(f"{mark} {finding.topic:<{width}}  {clean(finding.value)}".rstrip())
        if finding.advice:
            lines.append(f"  {'':<{width}}    {clean(finding.advice)}")
    wrong = sum(not finding.ok for finding in findings)
    lines.append("")
    lines.append(f"{wrong} to look at, marked with !" if wrong else "nothing to change")
    return "\n".join(lines) + "\n"
