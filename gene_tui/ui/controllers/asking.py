"""Questions and answers: asking, streaming, going back, more hits, other measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from gene_tui.errors import AmbiguousGene, Cancelled, GeneTuiError, UnknownGene
from gene_tui.language.tokens import tokenize
from gene_tui.model.naming import quote
from gene_tui.model.options import CODING, MEASURES, METRICS
from gene_tui.model.query import Query
from gene_tui.model.result import Joined, Result
from gene_tui.ui.controllers.loading import Loading
from gene_tui.ui.desk import Controller, Desk, Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.rows import Rows, measure_name
from gene_tui.ui.tasks import FIRST, Choice, answer, measures_of, with_opinions
from gene_tui.ui.widgets.cards import CardText

if TYPE_CHECKING:
    from gene_tui.session import Session

T = TypeVar("T")

#: Answers kept to walk back to; the history on disk has them all.
MOST = 200


@dataclass(frozen=True, slots=True)
class Visit:
    """An answer and how it was being looked at.

    Attributes:
        rows: the answer with filter, order and page. row, column: of the cursor.
    """

    rows: Rows
    row: int = 0
    column: int = 1

    @property
    def result(self) -> Result:
        """The answer."""
        return self.rows.result


@dataclass(slots=True)
class Trail:
    """The visits, oldest first, and which one is shown."""

    visits: list[Visit] = field(default_factory=list)
    at: int = -1

    @property
    def here(self) -> Visit | None:
        """The visit shown; None before the first."""
        return self.visits[self.at] if self.at >= 0 else None

    def go(self, rows: Rows) -> Visit:
        """A new answer: what lay forward is left behind."""
        first_gene = 1 if rows.result.query.unknowns else 0
        visit = Visit(rows, column=first_gene)
        self.visits = [*self.visits[: self.at + 1], visit][-MOST:]
        self.at = len(self.visits) - 1
        return self.visits[self.at]

    def update(self, *, rows: Rows | None = None, cursor: tuple[int, int] | None = None) -> None:
        """Remember how the present answer is looked at."""
        here = self.here
        if here is None:
            return
        if rows is not None:
            here = replace(here, rows=rows)
        if cursor is not None:
            here = replace(here, row=cursor[0], column=cursor[1])
        self.visits[self.at] = here

    def step(self, by: int) -> Visit | None:
        """Walk ``by`` visits; None (and no step) where there is none."""
        if not 0 <= self.at + by < len(self.visits):
            return None
        self.at += by
        return self.visits[self.at]


class Asking(Controller):
    """Owns the answers of this sitting.

    Attributes:
        trail: the answers, and which is shown. choice: how the next question is asked.
        streaming: whether what is shown is a long query's best so far.
        also: other spaces that say what they think of each hit. also_by: how genes are joined.
    """

    def __init__(self, desk: Desk, loader: Loading, choice: Choice) -> None:
        super().__init__(desk)
        self.loader = loader
        self.trail = Trail()
        self.choice = choice
        self.streaming: Rows | None = None
        self.also: tuple[Session, ...] = ()
        self.also_by: Joined = "id"
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
        session = self.loader.session
        if not text.strip():
            return
        if session is None:
            self.desk.warn("the space is still opening; ask again in a moment")
            return
        self.choice = replace(self.choice, k=k)
        choice = self.choice
        self._unanswered = text
        self.streaming = None

        also, by = self.also, self.also_by

        def work(ticket: Ticket) -> Result:
            found = answer(session, text, choice, ticket, lambda: self._preparing(session))
            return with_opinions(found, also, by, ticket)

        self.jobs.start(
            "ask",
            work,
            done=lambda result: self._answered(result, replaces),
            failed=lambda error: self._failed(error, text),
            partial=self._partly,
            progress=lambda _: self.desk.show_status(),
            label="searching",
        )
        self.desk.show_status()

    def ask_gene(self) -> None:
        """Ask for the neighbours of the gene under the cursor."""
        if gene := self.desk.results.gene:
            self.ask(self.loader.name_of(gene))

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

    def revise(self, before: Result, result: Result) -> None:
        """Put more into the answer that is shown; nothing where another one is by now."""
        here = self.settled
        if here is None or here.result is not before:
            return
        self.trail.update(rows=replace(here.rows, result=result))
        self._shown(self.trail.here or here)
        self.desk.keep(result, before)

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
        self.desk.keep(result)
        self.desk.show_status()

    def _partly(self, result: Result) -> None:
        """The best so far of a long query: the table fills while it runs. All hits of a relation,
        which then is tried out on its examples."""
        if not result.hits:
            return
        first = self.streaming is None
        self.streaming = Rows(result, growing=not result.complete)
        self.desk.results.put(self.streaming, (0, 1) if first else None)
        self.desk.results.note("Esc stops and keeps these")

    def _failed(self, error: GeneTuiError, text: str) -> None:
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
        self.desk.show_status(wrong=title.lower())
        self.desk.fail(error, title)
        if isinstance(error, Cancelled) and not self.desk.drafting:
            self.desk.results.focus_table()  # where r asks again
        if isinstance(error, AmbiguousGene) and error.candidates and not self.desk.drafting:
            self._pick(error, text)

    def _pick(self, error: AmbiguousGene, text: str) -> None:
        """Let one of the genes be chosen that a name could mean, and ask again with that one."""
        from gene_tui.ui.screens.choose import Choose
        from gene_tui.ui.screens.palette import PaletteEntry

        session = self.loader.session
        if session is None:
            return
        rows = [session.resolver.resolve(label).row for label in error.candidates]
        genes = [session.space.gene(row) for row in rows]

        def chosen(label: str | None) -> None:
            if label is not None:
                gene = next(gene for gene in genes if gene.label == label)
                self.ask(named_anew(text, error.name, self.loader.name_in_query(gene)))

        entries = [PaletteEntry(one.label, one.shown, one.label, one.name) for one in genes]
        told = f"{error.name} could mean {len(genes):,} genes"
        self.desk.open_dialog(Choose(told, entries, "asks again with it"), chosen)

    def _preparing(self, session: Session) -> bool:
        """Whether a space is being prepared. (From a job's thread.)"""
        job = self.jobs.running("prepare")
        mine = self.loader.session is session
        return mine and job is not None and not job.stop.is_set()

    # -- what is shown -----------------------------------------------------------------------

    @property
    def settled(self) -> Visit | None:
        """The answer shown; None while it is a long query's best so far."""
        return self.trail.here if self.streaming is None else None

    @property
    def rows(self) -> Rows | None:
        """What the table shows."""
        return self.streaming or (self.trail.here.rows if self.trail.here else None)

    def step(self, by: int) -> None:
        """Walk back or forward."""
        visit = self.trail.step(by)
        if visit is None:
            where = "back" if by < 0 else "forward"
            self.desk.say(f"there is nothing further {where}")
            return
        self.jobs.drop("ask")
        self.streaming = None
        self._shown(visit)
        self.desk.show_status()

    def _shown(self, visit: Visit) -> None:
        self._unanswered = None
        result = visit.result
        self.desk.results.show_filter(visit.rows.filter)
        if result.hits:
            self.desk.results.put(visit.rows, (visit.row, visit.column))
            self.desk.results.note("")
        else:
            hint = "; ".join(result.notes[-1:]) or "try a larger k, no cap, or all gene types"
            self.desk.results.show_card(CardText("No hits", "nothing in this space fits", hint))
        self.desk.answered(result)

    # -- measures ----------------------------------------------------------------------------

    def _next_metric(self) -> None:
        self.choice = replace(self.choice, metric=_next(METRICS, self.choice.metric))
        self._with_choice(f"metric: {self.choice.metric}", lambda _: True)

    def _next_measure(self) -> None:
        here = self.trail.here
        measures = MEASURES if here is None else measures_of(here.result.query)
        if len(measures) == 1:
            self.desk.say("3CosAdd and 3CosMul do not apply here: they score A : B :: C : ?")
            return
        self.choice = replace(self.choice, measure=_next(measures, self.choice.measure))
        self._with_choice(
            f"measure: {measure_name(self.choice.measure)}",
            lambda query: len(measures_of(query)) > 1,
        )

    def _toggle_coding(self) -> None:
        kind = None if self.choice.type else CODING
        self.choice = replace(self.choice, type=kind)
        self._with_choice(f"gene type: {kind or 'all'}", lambda _: True)

    def _with_choice(self, told: str, matters: Callable[[Query], bool]) -> None:
        self.desk.say(told)
        self.desk.show_status()
        here = self.trail.here
        if here is not None and matters(here.result.query):
            self.ask(here.result.canonical, k=here.result.options.k)


class AnswerController(Controller):
    """A controller of what is shown: the answer, and the space that is open."""

    def __init__(self, desk: Desk, asking: Asking) -> None:
        super().__init__(desk)
        self.asking = asking

    @property
    def session(self) -> Session | None:
        """The open space; None before the first."""
        return self.asking.loader.session


def named_anew(text: str, name: str, wanted: str) -> str:
    """A query with another gene where a name stands; as it was where the name stands nowhere."""
    for token in reversed(tokenize(text)):
        if token.is_name and not token.is_list and token.value == name:
            text = text[: token.name_start] + quote(wanted) + text[token.end :]
    return text


def _next(values: tuple[T, ...], present: T) -> T:
    """The value after the present one; the first after what is none of them."""
    at = values.index(present) if present in values else -1
    return values[(at + 1) % len(values)]
