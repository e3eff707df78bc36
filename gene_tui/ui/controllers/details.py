"""The details pane follows the cursor, a moment later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url
from gene_tui.model.result import Hit
from gene_tui.ui.controllers.asking import AnswerController, Asking
from gene_tui.ui.desk import Desk, Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.tasks import facts
from gene_tui.ui.widgets.gene_sidebar import Facts

if TYPE_CHECKING:
    from textual.timer import Timer


#: Seconds the cursor must rest before the pane follows.
REST = 0.12


class Details(AnswerController):
    """Owns which gene the pane shows."""

    def __init__(self, desk: Desk, asking: Asking) -> None:
        super().__init__(desk, asking)
        self._timer: Timer | None = None
        self._shown: tuple[Gene, Hit | None] | None = None

    def actions(self) -> Doers:
        return {
            "details-down": self.desk.sidebar.scroll_down,
            "details-up": self.desk.sidebar.scroll_up,
        }

    def follow(self, gene: Gene | None, hit: Hit | None) -> None:
        """The cursor went to a gene."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.desk.set_timer(REST, lambda: self._rest(gene, hit))

    def refresh(self) -> None:
        """Show the gene under the cursor again: the pane was opened, or another space."""
        self._shown = None
        self._rest(self.desk.results.gene, self.desk.results.hit)

    def _rest(self, gene: Gene | None, hit: Hit | None) -> None:
        if not self.desk.sidebar.display:
            self.desk.results.note(_line(gene) if gene else "")
            return
        if gene is None:
            self._shown = None
            self.desk.sidebar.put(None)
            return
        if self._shown == (gene, hit):
            return
        self._shown = (gene, hit)
        session, rows = self.session, self.asking.rows
        if session is None or rows is None:
            self.desk.sidebar.put(Facts(gene))
            return
        result = rows.result

        def work(ticket: Ticket) -> Facts:
            return facts(session, gene, hit, result, ticket)

        self.jobs.start(
            "gene",
            work,
            done=self.desk.sidebar.put,
            failed=lambda error: self.desk.sidebar.put(Facts(gene, note=error.message)),
        )


def _line(gene: Gene) -> str:
    """The gene in one line, for the border where the pane is folded."""
    link = (atlas_url(gene) or "").removeprefix("https://www.")
    parts = [gene.shown, link, gene.name]
    return " · ".join(part for part in parts if part)
