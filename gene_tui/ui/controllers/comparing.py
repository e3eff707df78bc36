"""Comparing the open space with another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gene_tui.errors import Cancelled, GeneTuiError, UsageError
from gene_tui.model.query import Kind
from gene_tui.ui.controllers.asking import AnswerController
from gene_tui.ui.controllers.program import space_offers
from gene_tui.ui.desk import Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.tasks import FIRST, Opening, open_session

if TYPE_CHECKING:
    from gene_tui.compare import Comparison, GeneOverlap
    from gene_tui.model.result import Result
    from gene_tui.session import Session
    from gene_tui.ui.screens.spaces import SpaceOffer
    from gene_tui.ui.screens.tables import Page


class Comparing(AnswerController):
    """Owns nothing but the screens it opens; the other space is let go with them."""

    def actions(self) -> Doers:
        return {"compare": self.pick}

    def pick(self) -> None:
        """Ask which space to compare with."""
        if self.session is None:
            self.desk.say("there is no open space to compare yet")
            return

        def failed(error: GeneTuiError) -> None:
            self.desk.warn(f"{error.message}. {error.hint}")

        self.jobs.start("spaces", space_offers, done=self._pick, failed=failed)

    def _pick(self, offers: list[SpaceOffer]) -> None:
        from gene_tui.ui.screens.spaces import SpacePicker

        session = self.session
        if session is None:
            return
        current = session.space.name
        others = [offer for offer in offers if offer.name != current]

        def chosen(spec: str | None) -> None:
            if spec is not None:
                self.compare(spec)

        title = f"Compare {current} with"
        self.desk.open_dialog(SpacePicker(others, (), title, "compares"), chosen)

    def compare(self, spec: str) -> None:
        """Compare with a space, and the question shown with it."""
        from gene_tui.ui.screens.tables import TableScreen

        session, here = self.session, self.asking.settled
        if session is None:
            return
        asked = here.result if here else None
        metric, opening = self.asking.choice.metric, self.asking.loader.opening
        view = TableScreen(f"{session.space.name}  ↔  {spec}", lambda: self.jobs.cancel("compare"))
        view.when_closed = lambda: self.jobs.drop("compare")
        self.desk.open_dialog(view)

        def work(ticket: Ticket) -> list[Page]:
            return compare_pages(session, spec, opening, metric, asked, ticket)

        def failed(error: GeneTuiError) -> None:
            if isinstance(error, Cancelled):
                error = Cancelled("stopped: the query was not compared")
            view.fail(error, "Not compared")

        self.jobs.start(
            "compare",
            work,
            done=view.put,
            failed=failed,
            progress=view.show_progress,
            partial=lambda pages: view.put(pages, complete=False),
        )


def compare_pages(
    a: Session, spec: str, opening: Opening, metric: str, asked: Result | None, ticket: Ticket
) -> list[Page]:
    """In a job's thread: open the other space and compare; the neighbourhoods come first.

    Raises:
        UsageError: it is the same space.
    """
    from gene_tui.compare import compare
    from gene_tui.ui.screens.compare import gene_pages
    from gene_tui.ui.screens.tables import MOST_ROWS

    b = open_session(spec, opening, ticket)
    if b.space.fingerprint == a.space.fingerprint:
        raise UsageError(f"{b.space.name} is the space that is open", "choose another one")
    found = compare(a, b, metric=metric, run=ticket.run)

    def listed(comparison: Comparison, *, least_first: bool) -> list[GeneOverlap]:
        places = comparison.order(least_first=least_first)[:MOST_ROWS].tolist()
        return comparison.genes(a, b, places)

    pages = gene_pages(found, listed(found, least_first=False), listed(found, least_first=True))
    if asked is None:
        return pages
    ticket.partial(lambda: pages)
    return [*pages, _asked(a, b, asked, ticket)]


def _asked(a: Session, b: Session, asked: Result, ticket: Ticket) -> Page:
    """The question in both spaces, or why it cannot be asked."""
    from gene_tui.compare import compare_query
    from gene_tui.ui.screens.compare import no_query_page, query_page

    if asked.query.kind is Kind.ALL:
        return no_query_page(asked.canonical, "it takes long: gene-tui scan asks it of each space")
    try:
        found = compare_query(
            a,
            b,
            asked.canonical,
            k=min(asked.options.k, FIRST),
            metric=asked.options.metric,
            measure=asked.options.measure,
            run=ticket.run,
        )
    except Cancelled:
        raise
    except GeneTuiError as error:
        return no_query_page(asked.canonical, f"{error.message}; {error.hint}".strip("; "))
    return query_page(found)
