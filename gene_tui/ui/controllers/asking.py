"""Questions and answers: asking, streaming, going back, more hits, other measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from gene_tui.errors import Cancelled, GeneTuiError, UnknownGene
from gene_tui.model.query import Kind
from gene_tui.model.result import Result
from gene_tui.progress import Progress
from gene_tui.ui.controllers.base import Controller, Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.rows import Rows, measure_name
from gene_tui.ui.tasks import FIRST, Choice, answer
from gene_tui.ui.trail import Trail, Visit
from gene_tui.ui.widgets.cards import CardText

if TYPE_CHECKING:
    from gene_tui.session import Session
    from gene_tui.ui.screens.main import MainScreen

_METRICS = ("cosine", "euclidean")
_MEASURES = ("direction", "3cosadd", "3cosmul")
CODING = "protein-coding"
#: Kinds that can be scored by other measures than the direction.
MEASURED = frozenset({Kind.COMPLETE, Kind.ANALOGY})


class Asking(Controller):
    """Owns the answers of this sitting.

    Attributes:
        trail: the answers, and which is shown. choice: how the next question is asked.
        streaming: whether what is shown is a long query's best so far.
    """

    def __init__(self, screen: MainScreen, choice: Choice) -> None:
        super().__init__(screen)
        self.trail = Trail()
        self.choice = choice
        self.streaming: Rows | None = None
        self._unanswered: str | None = None

    def actions(self) -> Doers:
        return {
            "ask-gene": self.ask_gene,
            "back": lambda: self.step(-1),
            "forward": lambda: self.step(1),
            "again": self.again,
            "metric": self._next_metric,
            "measure": self._next_measure,
            "coding": self._toggle_coding,
        }

    # -- asking ------------------------------------------------------------------------------

    def ask(self, text: str, *, k: int = FIRST, replaces: bool = False) -> None:
        """Answer a query in the background.

        Args:
            replaces: the answer takes the present one's place (more hits, another metric).
        """
        session = self.screen.loader.session
        if not text.strip():
            return
        if session is None:
            self.screen.warn("the space is still opening; ask again in a moment")
            return
        self.choice = replace(self.choice, k=k)
        choice = self.choice
        self._unanswered = text
        self.streaming = None

        def work(ticket: Ticket) -> Result:
            return answer(session, text, choice, ticket, lambda: self._preparing(session))

        self.jobs.start(
            "ask",
            work,
            done=lambda result: self._answered(result, replaces),
            failed=self._failed,
            partial=self._partly,
            progress=self._told,
            label="searching",
        )
        self.screen.tell()

    def ask_gene(self) -> None:
        """Ask for the neighbours of the gene under the cursor."""
        if gene := self.screen.results.gene:
            self.ask(self.screen.name_of(gene))

    def again(self) -> None:
        """Ask the question shown again, or the one that was stopped or had no answer."""
        if self._unanswered is not None:
            if not self.jobs.running("ask"):
                self.ask(self._unanswered, k=self.choice.k)
        elif here := self.trail.here:
            self.ask(here.result.canonical, k=here.result.options.k)

    def show(self, result: Result) -> None:
        """Show an answer that need not be computed."""
        self.jobs.drop("ask")
        self.streaming = None
        self._shown(self.trail.go(Rows(result)))

    def _answered(self, result: Result, replaces: bool) -> None:
        at = None
        rows = Rows(result)
        here = self.trail.here
        if replaces and here:
            rows = replace(here.rows, result=result)
            at = (here.row, here.column)
            rows = rows.turned(0)
        self.streaming = None
        visit = self.trail.go(rows)
        if at:
            self.trail.update(cursor=at)
            visit = self.trail.here or visit
        self._shown(visit)
        self.screen.remembering.keep(result)
        self.screen.tell()

    def _partly(self, result: Result) -> None:
        """The best so far of a long query: the table fills while it runs."""
        if not result.hits:
            return
        first = self.streaming is None
        self.streaming = Rows(result, growing=True)
        self.screen.results.put(
            self.streaming, self.screen.marking.labels, (0, 1) if first else None
        )
        self.screen.results.note("Esc stops and keeps these")

    def _failed(self, error: GeneTuiError) -> None:
        if isinstance(error, Cancelled) and self.streaming is not None:
            # What there is stays, and says what it is.
            self._answered(self.streaming.result, replaces=False)
            return
        self.streaming = None
        title = "Stopped" if isinstance(error, Cancelled) else "No answer"
        if isinstance(error, Cancelled):
            error = Cancelled("the search was stopped before it had an answer", "r asks again")
        if isinstance(error, UnknownGene) and error.suggestions and not error.hint:
            error.hint = "did you mean " + ", ".join(error.suggestions) + "?"
        self.screen.tell(wrong=title.lower())
        self.screen.fail(error, title)
        if isinstance(error, Cancelled) and not self.screen.typing.drafting:
            self.screen.results.focus_table()  # where r asks again

    def _told(self, _: Progress) -> None:
        self.screen.tell()

    def _preparing(self, session: Session) -> bool:
        """Whether a space is being prepared. (From a job's thread.)"""
        job = self.jobs.running("prepare")
        mine = self.screen.loader.session is session
        return mine and job is not None and not job.stop.is_set()

    # -- looking -----------------------------------------------------------------------------

    @property
    def rows(self) -> Rows | None:
        """What the table shows."""
        return self.streaming or (self.trail.here.rows if self.trail.here else None)

    def step(self, by: int) -> None:
        """Walk back or forward."""
        visit = self.trail.step(by)
        if visit is None:
            where = "back" if by < 0 else "forward"
            self.screen.say(f"there is nothing further {where}")
            return
        self.jobs.drop("ask")
        self.streaming = None
        self._shown(visit)
        self.screen.tell()

    def _shown(self, visit: Visit) -> None:
        self._unanswered = None
        result = visit.result
        self.screen.results.show_filter(visit.rows.filter)
        if result.hits:
            self.screen.results.put(
                visit.rows, self.screen.marking.labels, (visit.row, visit.column)
            )
            self.screen.results.note("")
        else:
            hint = "; ".join(result.notes[-1:]) or "try a larger k, no cap, or all gene types"
            self.screen.results.tell(CardText("No hits", "nothing in this space fits", hint))
        self.screen.answered(result)

    # -- measures ----------------------------------------------------------------------------

    def _next_metric(self) -> None:
        self.choice = replace(self.choice, metric=_next(_METRICS, self.choice.metric))
        self._with_choice(f"metric: {self.choice.metric}", lambda _: True)

    def _next_measure(self) -> None:
        here = self.trail.here
        if here is not None and here.result.query.kind not in MEASURED:
            self.screen.say("3CosAdd and 3CosMul do not apply here: they score A : B :: C : ?")
            return
        self.choice = replace(self.choice, measure=_next(_MEASURES, self.choice.measure))
        self._with_choice(
            f"measure: {measure_name(self.choice.measure)}", lambda kind: kind in MEASURED
        )

    def _toggle_coding(self) -> None:
        kind = None if self.choice.type else CODING
        self.choice = replace(self.choice, type=kind)
        self._with_choice(f"gene type: {kind or 'all'}", lambda _: True)

    def _with_choice(self, told: str, matters: Callable[[Kind], bool]) -> None:
        self.screen.say(told)
        self.screen.tell()
        here = self.trail.here
        if here is not None and matters(here.result.query.kind):
            self.ask(here.result.canonical, k=here.result.options.k)


def _next(values: tuple[str, ...], present: str) -> str:
    return values[(values.index(present) + 1) % len(values)]
