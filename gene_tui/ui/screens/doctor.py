"""What the doctor found, in a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from gene_tui.doctor import Finding
from gene_tui.ui import format as show
from gene_tui.ui.screens.dialog import Dialog


class DoctorScreen(Dialog[None]):
    """One page to scroll; what will not work well comes first."""

    BINDINGS: ClassVar = [Binding("escape,q", "dismiss", "close", show=False)]

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__()
        self._findings = sorted(findings, key=lambda finding: finding.ok)

    def compose(self) -> ComposeResult:
        wrong = sum(not finding.ok for finding in self._findings)
        told = f"{wrong} to look at" if wrong else "nothing to change"
        with self.box("Doctor", told), VerticalScroll():
            yield Static(show.Prose.of(Content("\n").join(self._lines())))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _lines(self) -> list[Content]:
        width = max((len(finding.topic) for finding in self._findings), default=0)
        lines = []
        for finding in self._findings:
            mark = ("✓ ", "$success") if finding.ok else ("! ", "bold $error")
            topic = (f"{finding.topic:<{width}}  ", "$text-muted")
            lines.append(Content.assemble(mark, topic, show.safe(finding.value, 200)))
            if finding.advice:
                lines.append(Content.assemble(("  → ", "$accent"), show.safe(finding.advice, 300)))
        return lines
