"""Testing the hits or the marked genes against gene sets of a local file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gene_tui.errors import Cancelled, GeneTuiError, UsageError
from gene_tui.ui.controllers.asking import AnswerController, Asking
from gene_tui.ui.controllers.marking import Marking
from gene_tui.ui.desk import Desk, Doers
from gene_tui.ui.jobs import Ticket

if TYPE_CHECKING:
    from gene_tui.model.gene import Gene
    from gene_tui.model.result import Result
    from gene_tui.session import Session
    from gene_tui.ui.screens.enrich import SetsAsked, Tested
    from gene_tui.ui.screens.tables import Page


class Enriching(AnswerController):
    """Owns the last file that was asked for."""

    def __init__(self, desk: Desk, asking: Asking, marking: Marking) -> None:
        super().__init__(desk, asking)
        self._marking = marking
        self._last: SetsAsked | None = None

    def actions(self) -> Doers:
        return {"enrich": self.choose}

    def choose(self, error: GeneTuiError | None = None) -> None:
        """Ask for the file and the list.

        Args:
            error: what went wrong with the last ones.
        """
        from gene_tui.ui.screens.enrich import EnrichDialog

        result, marked = self._result(), self._marking.basket.genes
        genes: dict[Tested, int] = {"marked": len(marked)}
        if result is not None:
            genes["members"] = len(result.members)
            genes["hits"] = len({gene.label for hit in result.hits for gene in hit.genes})
        if self.session is None or not any(genes.values()):
            self.desk.say("there are neither hits nor marked genes to test yet")
            return
        last = self._last
        view = EnrichDialog(
            str(last.file) if last and last.file else "",
            genes,
            of=last.of if last else None,
            error=error,
        )
        self.desk.open_dialog(view, self._chosen)

    def _result(self) -> Result | None:
        here = self.asking.settled
        return here.result if here else None

    def _chosen(self, asked: SetsAsked | None) -> None:
        from gene_tui.ui.screens.tables import TableScreen

        session, result = self.session, self._result()
        if asked is None or session is None:
            return
        self._last = asked
        marked = tuple(self._marking.basket.genes)
        title = "the marked genes" if asked.of == "marked" or result is None else result.canonical
        view = TableScreen(f"Gene sets  ·  {title}", lambda: self.jobs.cancel("enrich"))
        view.when_closed = lambda: self.jobs.drop("enrich")
        self.desk.open_dialog(view)

        def work(ticket: Ticket) -> list[Page]:
            return enrich_pages(session, asked, result, marked, ticket)

        def failed(error: GeneTuiError) -> None:
            if isinstance(error, Cancelled):
                return
            view.dismiss()
            self.choose(error)

        self.jobs.start("enrich", work, done=view.put, failed=failed, progress=view.show_progress)


def enrich_pages(
    session: Session,
    asked: SetsAsked,
    result: Result | None,
    marked: tuple[Gene, ...],
    ticket: Ticket,
) -> list[Page]:
    """In a job's thread: read the sets, find their genes, test them.

    Raises:
        FileError: the file is no GMT.
        UsageError: the answer is of another space.
        NoAnswer: no gene of the list is one of the space.
    """
    from gene_tui.enrich import enrich, locate, of_names, of_result, read_gmt
    from gene_tui.lists.gmt import told
    from gene_tui.ui.screens.enrich import enrich_page

    notes: list[str] = []
    sets = None
    if asked.file is not None:
        sets = read_gmt(asked.file, notes=notes, run=ticket.run)
        notes.append(told((asked.file,)))
    if asked.of == "marked" or result is None:
        names = [gene.label for gene in marked]
        genes = replace(of_names(session, names), origin="the marked genes")
    elif result.space.fingerprint != session.space.fingerprint:
        raise UsageError(
            f"this was answered in {result.space.name}, which is not the space open now",
            "ask again, then test",
        )
    elif asked.of == "members":
        names = [member.gene.label for member in result.members]
        genes = replace(of_names(session, names), origin=f"the list {result.canonical}")
    else:
        genes = of_result(session, result)
    if asked.file is not None:
        session.lists.gene_sets = (asked.file,)  # what @NAME may mean from now on
    located = locate(session, sets, notes=notes, run=ticket.run)
    return [enrich_page(enrich(session, genes, located, run=ticket.run))]
