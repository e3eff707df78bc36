"""The details pane follows the cursor, a moment later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url
from gene_tui.model.result import Hit
from gene_tui.ui.controllers.base import Controller, Doers
from gene_tui.ui.gene_facts import Facts
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.tasks import facts

if TYPE_CHECKING:
    from textual.timer import Timer

    from gene_tui.ui.screens.main import MainScreen

#: Seconds the cursor must rest before the pane follows.
REST = 0.12


class Details(Controller):
    """Owns which gene the pane shows."""

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(screen)
        self._timer: Timer | None = None
        self._shown: tuple[Gene, Hit | None] | None = None

    def actions(self) -> Doers:
        return {
            "details-down": self.screen.sidebar.scroll_down,
            "details-up": self.screen.sidebar.scroll_up,
        }

    def follow(self, gene: Gene | None, hit: Hit | None) -> None:
        """The cursor went to a gene."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.screen.set_timer(REST, lambda: self._rest(gene, hit))

    def refresh(self) -> None:
        """Show the gene under the cursor again: the pane was opened, or another space."""
        self._shown = None
        self._rest(self.screen.results.gene, self.screen.results.hit)

    def _rest(self, gene: Gene | None, hit: Hit | None) -> None:
        if not self.screen.sidebar.display:
            self.screen.results.note(_line(gene) if gene else "")
            return
        if gene is None:
            self._shown = None
            self.screen.sidebar.put(None)
            return
        if self._shown == (gene, hit):
            return
        self._shown = (gene, hit)
        session, rows = self.screen.loader.session, self.screen.asking.rows
        if session is None or rows is None:
            self.screen.sidebar.put(Facts(gene))
            return
        result = rows.result

        def work(ticket: Ticket) -> Facts:
            return facts(session, gene, hit, result, ticket)

        self.jobs.start(
            "gene",
            work,
            done=self.screen.sidebar.put,
            failed=lambda error: self.screen.sidebar.put(Facts(gene, note=error.message)),
        )


def _line(gene: Gene) -> str:
    """The gene in one line, for the border where the pane is folded."""
    link = (atlas_url(gene) or "").removeprefix("https://www.")
    parts = [gene.shown, link, gene.name]
    return " · ".join(part for part in parts if part)
