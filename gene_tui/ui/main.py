"""The one screen people work on: lays out the panes and wires them to the controllers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.notifications import SeverityLevel
from textual.screen import ScreenResultType
from textual.widgets import Input, Label

from gene_tui.errors import GeneTuiError
from gene_tui.export import wording
from gene_tui.model.naming import quote
from gene_tui.model.result import Result
from gene_tui.ui import format as show
from gene_tui.ui.actions import BY_ID, Keys, bindings
from gene_tui.ui.controllers.asking import Asking
from gene_tui.ui.controllers.comparing import Comparing
from gene_tui.ui.controllers.copying import Copying
from gene_tui.ui.controllers.details import Details
from gene_tui.ui.controllers.enriching import Enriching
from gene_tui.ui.controllers.exporting import Exporting
from gene_tui.ui.controllers.indexing import Indexing
from gene_tui.ui.controllers.listing import Listing
from gene_tui.ui.controllers.loading import Loading
from gene_tui.ui.controllers.looking import Looking
from gene_tui.ui.controllers.marking import Marking
from gene_tui.ui.controllers.picturing import Picturing
from gene_tui.ui.controllers.program import Program
from gene_tui.ui.controllers.relating import Relating
from gene_tui.ui.controllers.remembering import Remembering
from gene_tui.ui.controllers.scanning import Scanning
from gene_tui.ui.controllers.seconding import Seconding
from gene_tui.ui.controllers.typing import Typing
from gene_tui.ui.desk import Controller
from gene_tui.ui.jobs import JobMessage, Jobs
from gene_tui.ui.rows import measure_name
from gene_tui.ui.tasks import Choice, Opening
from gene_tui.ui.textual_parts import CalmScreen
from gene_tui.ui.widgets.bars import KeyHints, Status, StatusBar
from gene_tui.ui.widgets.cards import CardText, error_card
from gene_tui.ui.widgets.gene_sidebar import GeneSidebar
from gene_tui.ui.widgets.history_pane import HistoryPane
from gene_tui.ui.widgets.line import FilterChanged
from gene_tui.ui.widgets.query_line import QueryBox, QueryLine
from gene_tui.ui.widgets.results_table import ResultsPane, ResultsTable
from gene_tui.ui.widgets.suggestions import Suggestions

if TYPE_CHECKING:
    from gene_tui.session import Session
    from gene_tui.ui.screens.dialog import Dialog

#: Kinds that Esc stops, in this order.
_STOPPED = ("ask", "also", "export", "scan", "space", "index", "prepare")
#: Kinds of jobs the status line tells of, the most urgent first.
_TOLD = ("space", "ask", "also", "export", "scan", "index", "prepare")
#: From so many columns on there is room for one pane beside the results, and for two.
ONE = 100
BOTH = 140
#: Queries to try, the genes in them, what they ask.
_EXAMPLES = (
    ("HBA1", ("HBA1",), "nearest genes"),
    ("CD3D : CD19", ("CD3D", "CD19"), "pairs in the same relation"),
    ("CD3D : CD19 :: CD3G : ?", ("CD3D", "CD19", "CD3G"), "complete the analogy"),
    ("MS4A1 - CD19 + CD3E", ("MS4A1", "CD19", "CD3E"), "nearest genes to a sum"),
)
_WORDS = (
    ("A", "nearest genes"),
    ("A : B", "pairs in the same relation"),
    ("A : B :: C : ?", "complete the analogy"),
    ("A - B + C", "nearest genes to a sum"),
    ("A, B, C", "nearest genes to a list"),
    ("A ~ B", "how similar they are"),
    ("A : ?", "analogies that contain A"),
)


@dataclass(frozen=True, slots=True)
class Panes:
    """What the user wants to see; None leaves it to the width.

    Attributes:
        history, details: the two panes. latest: which was asked for last.
    """

    history: bool | None = None
    details: bool | None = None
    latest: str = "details"

    def shown(self, width: int) -> tuple[bool, bool]:
        """(history, details) in a terminal of ``width`` columns."""
        history = width >= BOTH if self.history is None else self.history
        details = width >= ONE if self.details is None else self.details
        if history and details and width < BOTH:
            return self.latest == "history", self.latest != "history"
        return history, details

    def toggled(self, name: str, width: int) -> Panes:
        """Show ``name`` ("history" or "details") if it is folded, else fold it."""
        history, details = self.shown(width)
        if name == "history":
            return replace(self, history=not history, latest="details" if history else "history")
        return replace(self, details=not details, latest="history" if details else "details")


class MainScreen(CalmScreen[None]):
    """Query line, history, results, details; status above, keys below.

    Args:
        spec: the space to open first; None for the remembered one.
        index: a FAISS index over all pairs, to load in the background.
        opening, choice: how spaces are opened and questions asked, to begin with.
        keys: the user's keys. history_limit: entries the history keeps.
        send_to_terminal: hands characters to the terminal as they are, from any thread.
        redraw: draws the whole screen anew, whatever the terminal shows.
        warnings: lines to show above the query.
    """

    BINDINGS = bindings("")
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - so it is declared by Textual
        (0, "-narrow"),
        (ONE, "-normal"),
        (BOTH, "-wide"),
    ]
    AUTO_FOCUS = "#query"

    def __init__(
        self,
        spec: str | None,
        *,
        opening: Opening,
        index: Path | None,
        choice: Choice,
        keys: Keys,
        history_limit: int,
        send_to_terminal: Callable[[str], None],
        redraw: Callable[[], None],
        warnings: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.status = StatusBar()
        self._held: list[tuple[str, SeverityLevel, float]] = []
        self._noticed = ""
        self._notices: dict[str, str] = {"settings": "; ".join(warnings)} if warnings else {}
        self.send_to_terminal = send_to_terminal
        self.redraw = redraw
        self.spec = spec
        self.keys = keys
        self.panes = Panes()
        self.jobs = Jobs(self.post_message)
        self.query_box = QueryBox()
        self.suggestions = Suggestions()
        self.history = HistoryPane()
        self.results = ResultsPane()
        self.sidebar = GeneSidebar()
        self.hints = KeyHints()
        self.loader = Loading(self, opening)
        self.asking = Asking(self, self.loader, choice)
        self.looking = Looking(self, self.asking)
        self.remembering = Remembering(self, self.asking, history_limit)
        self.typing = Typing(self, self.asking, self.remembering)
        self.details = Details(self, self.asking)
        self.marking = Marking(self, self.asking)
        self.relating = Relating(self, self.asking, self.marking)
        self.listing = Listing(self, self.asking, self.marking)
        self.copying = Copying(self, self.asking, self.marking)
        self.picturing = Picturing(self, self.asking)
        self.exporting = Exporting(self, self.asking)
        self.comparing = Comparing(self, self.asking)
        self.seconding = Seconding(self, self.asking)
        self.enriching = Enriching(self, self.asking, self.marking)
        self.scanning = Scanning(self, self.asking)
        self.indexing = Indexing(self, self.asking, index)
        self.program = Program(self, self.loader)
        self._doers: dict[str, Callable[[], None]] = {
            "escape": self.step_back,
            "stop": self.stop,
            "fold-history": lambda: self._fold("history"),
            "fold-details": lambda: self._fold("details"),
        }
        for controller in vars(self).values():
            if isinstance(controller, Controller):
                self._doers.update(controller.actions())

    # -- layout ------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self.status
        yield Label(id="notice", classes="-empty", markup=False)
        yield self.query_box
        yield self.suggestions
        with Horizontal(id="panes"):
            yield self.history
            yield self.results
            yield self.sidebar
        yield Label(id="basket", classes="-empty", markup=False)
        yield self.hints

    @property
    def query_line(self) -> QueryLine:
        """The line queries are typed in."""
        return self.query_box.query_one(QueryLine)

    def on_mount(self) -> None:
        self.query_line.leading = self.keys.of("focus-query")
        self.lay_out()
        self._show_notices()
        self._show_hints()
        # First the screen is drawn, then anything is loaded.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.loader.first(self.spec)
        self.remembering.refresh()

    def on_resize(self, _: events.Resize) -> None:
        self.lay_out()

    def lay_out(self) -> None:
        """Fold and unfold the panes as wanted and as fits."""
        history, details = self.panes.shown(self.size.width or self.app.size.width)
        unfolded = details and not self.sidebar.display
        self.history.display, self.sidebar.display = history, details
        if unfolded:
            self.details.refresh()
        if self.focused is None and self.is_mounted and self.asking.trail.here:
            self.results.focus_table()

    def _fold(self, name: str) -> None:
        self.panes = self.panes.toggled(name, self.size.width)
        self.lay_out()
        pane = self.history if name == "history" else self.sidebar
        if name == "history" and pane.display:
            self.history.focus_list()
        elif self.focused is None or not self.focused.display:
            self.results.focus_table()

    # -- actions -----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that opens a line is a letter like others where text is being typed, and means
        what the focused pane says where that has an action of its own on it."""
        name = str(parameters[0]) if action == "do" else ""
        if name in BY_ID and BY_ID[name].types:
            if isinstance(self.focused, Input):
                return not self.keys.typed(name)
            return not self.keys.hidden(name, self.pane)
        return super().check_action(action, parameters)

    def action_click(self, name: str) -> None:
        """Do what was clicked, wherever letters go."""
        self.action_do(name)

    def action_do(self, action: str) -> None:
        """Do what a key, the palette or a click asks for.

        Not for keys that came in one breath with the one that opened a dialog.
        """
        if self.app.screen is self:
            self._doers[action]()

    do = action_do

    def can(self, action: str) -> bool:
        """Whether anything does this action."""
        return action in self._doers

    def step_back(self) -> None:
        """Esc: one step a press. (Dialogs take their own.)"""
        if self.typing.leave_search():
            pass
        elif self.suggestions.display:
            self.suggestions.show(())
        elif self.results.close_filter() or self.history.close_filter() or self._cancel():
            pass
        elif self.query_line.has_focus:
            here = self.asking.trail.here
            if here is not None:
                self.typing.show(here.result.query.text)
            self.results.focus_table()
        else:
            self.results.focus_table()

    def stop(self) -> None:
        """Ctrl+C: stop what runs."""
        if not self._cancel():
            quit_key = self.keys.shown("quit", 2)
            self.say(f"nothing runs; leave the program with {quit_key}")

    def _cancel(self) -> bool:
        for kind in _STOPPED:
            if self.jobs.cancel(kind):
                self.show_status()
                return True
        return False

    # -- what controllers ask for: ``ui/desk.py`` --------------------------------------------

    def opened(self, session: Session, first: bool) -> None:
        """A space is open."""
        self.show_status()
        self.results.opened(session.info.fingerprint)
        if first or self.asking.trail.here is None:
            self.results.show_card(self._welcome(session))
        else:
            self.say(f"{show.safe(session.space.name, 40)} is open")
        self.details.refresh()
        self.typing.reread()
        self.indexing.load()

    def _welcome(self, session: Session) -> CardText:
        def known(name: str) -> bool:
            return session.resolver.find(name) is not None

        from gene_tui.spaces.atlas import NAME

        space = session.space
        first = [show.safe(space.gene(row).shown, 16) for row in range(min(3, space.n))]
        return welcome(self.keys, space.name == NAME, known, first)

    def keep(self, result: Result, before: Result | None = None) -> None:
        """Put an answer into the history."""
        self.remembering.keep(result, before)

    @property
    def drafting(self) -> bool:
        """Whether the next question is being typed as the last is answered."""
        return self.typing.drafting

    def answered(self, result: Result) -> None:
        """An answer is shown."""
        session = self.loader.session
        if session is not None and session.lacks and self.jobs.running("prepare") is None:
            self.loader.prepare()
        self.exporting.answered(result)
        drafting = self.typing.drafting
        self.typing.answered(result.query.text or result.canonical)
        notes = (*result.notes, *wording.second_notes(result))
        self.notice("; ".join(notes), "answer")
        typing = self.focused is not self.query_line or drafting
        if not (isinstance(self.focused, Input) and typing):
            self.results.focus_table()

    def show_status(self, wrong: str = "") -> None:
        """Bring the status line up to date; ``wrong`` is what failed just now."""
        session = self.loader.session
        status = Status(state=wrong or ("ready" if session else "no space"))
        if session is not None:
            space, choice = session.space, self.asking.choice
            marks = [choice.metric, *space.view.transforms]
            marks += [measure_name(choice.measure)] if choice.measure != "direction" else []
            marks += [choice.type] if choice.type else []
            marks += ["index"] if choice.use_index else []
            marks += [f"also {other.info.name}" for other in self.asking.also]
            status = replace(
                status, space=space.name, genes=space.n, dims=space.d, parts=tuple(marks)
            )
        job = next((job for kind in _TOLD if (job := self.jobs.running(kind))), None)
        if job is None:
            status = replace(status, tone="wrong" if wrong else "")
        elif job.stop.is_set():
            status = replace(status, state="stopping", tone="busy")
        else:
            status = replace(
                status,
                state=job.label,
                progress=job.latest,
                left=job.left,
                stoppable=True,
                tone="busy",
            )
        self.status.status = status

    def fail(self, error: GeneTuiError, title: str) -> None:
        """Show what went wrong in place of the answer; what was asked stays to be mended."""
        self.results.show_card(error_card(error, title))
        self.notice("", "answer")

    def say(self, text: str) -> None:
        """Show a message for 3 seconds."""
        self._pass(text, "information", 3)

    def warn(self, text: str) -> None:
        """Show a warning for 6 seconds."""
        self._pass(text, "warning", 6)

    def _pass(self, text: str, severity: SeverityLevel, seconds: float) -> None:
        """Show a message for some seconds; once no dialog is open that it would cover."""
        if self.is_mounted and self.app.screen is not self:
            self._held.append((text, severity, seconds))
            return
        broken = show.broken(show.safe(text, 300), min(60, self.app.size.width // 2) - 3)
        self.notify(broken, severity=severity, markup=False, timeout=seconds)

    def on_screen_resume(self) -> None:
        """The dialog is closed: what was to be said meanwhile is said now."""
        held, self._held = self._held, []
        for text, severity, seconds in held:
            self._pass(text, severity, seconds)

    def notice(self, text: str, about: str = "start") -> None:
        """A line that stays until the next about the same."""
        self._notices[about] = text
        self._show_notices()

    def show_marked(self, names: Sequence[str]) -> None:
        """The marked genes, above the keys."""
        label = self.query_one("#basket", Label)
        label.set_class(not names, "-empty")
        shown = " · ".join(show.safe(name, 16) for name in names)
        verbs = {"analogy": "analogy", "relation": "relation", "mean": "mean", "save-list": "save"}
        tail = "   " + "  ".join(f"{self.keys.shown(key)} {verb}" for key, verb in verbs.items())
        label.update(show.content(f"● {shown}{tail}", self.size.width - 2))

    def confirm(
        self, title: str, question: str, verb: str, then: Callable[[bool | None], None]
    ) -> None:
        """Ask before what cannot be undone."""
        from gene_tui.ui.screens.confirm import Confirm

        self.open_dialog(Confirm(title, question, verb), then)

    def open_dialog(
        self,
        dialog: Dialog[ScreenResultType],
        then: Callable[[ScreenResultType | None], None] | None = None,
    ) -> None:
        """Put a dialog on top; ``then`` is called with what it answers, None for nothing."""
        self.app.push_screen(dialog, then)

    def _show_notices(self) -> None:
        if not self.query("#notice"):
            return  # before the first paint; shown with it
        label = self.query_one("#notice", Label)
        text = " · ".join(text for text in self._notices.values() if text)
        if text != self._noticed:  # each update lays the screen out
            self._noticed = text
            label.set_class(not text, "-empty")
            label.update(show.content(text, 400))

    def _show_hints(self) -> None:
        self.hints.hints = tuple(hint for hint in self.keys.hints(self.pane) if self.can(hint[0]))

    @property
    def pane(self) -> str:
        """The registry's name of the pane that has the focus."""
        focused = self.focused
        if focused is self.query_line:
            return "query"
        if isinstance(focused, ResultsTable):
            return "results"
        if focused is not None and self.history in focused.ancestors_with_self:
            return "history"
        return "details" if focused is self.sidebar else "results"

    # -- messages ----------------------------------------------------------------------------

    @on(JobMessage)
    def _job_said(self, message: JobMessage) -> None:
        if self.app.return_code is None:  # else what would show it is going
            self.jobs.receive(message)

    def on_descendant_focus(self) -> None:
        self._show_hints()

    def on_descendant_blur(self) -> None:
        if not self.query_line.has_focus:
            self.suggestions.show(())
            if self.app.screen is self:
                self.typing.leave_search()

    @on(QueryLine.Edited)
    def _edited(self) -> None:
        self.typing.edited(self.query_line.value, self.query_line.cursor_position)

    @on(QueryLine.Listed)
    def _listed(self, event: QueryLine.Listed) -> None:
        if event.many:
            self.listing.pasted(event.names)
        else:
            self.typing.pasted()
            self.say(f"{len(event.names):,} names were pasted as a list: ⏎ asks what is near it")

    @on(Suggestions.Taken)
    def _taken(self, event: Suggestions.Taken) -> None:
        self.typing.take(event.offer)

    @on(ResultsPane.GeneChosen)
    def _chosen(self, event: ResultsPane.GeneChosen) -> None:
        if self.asking.streaming is None:
            self.asking.trail.update(cursor=(event.row, event.column))
        self.details.follow(event.gene, event.hit)

    @on(ResultsPane.CellPicked)
    def _picked(self) -> None:
        self.asking.ask_gene()

    @on(ResultsPane.HeaderPicked)
    def _header(self, event: ResultsPane.HeaderPicked) -> None:
        self.looking.sort(event.key)

    @on(FilterChanged, "#results")
    def _filtered(self, event: FilterChanged) -> None:
        if event.done:
            self.results.focus_table()
        else:
            self.looking.filter(event.text)

    @on(GeneSidebar.GenePicked)
    def _sidebar_picked(self, event: GeneSidebar.GenePicked) -> None:
        self.asking.ask(quote(event.label))

    @on(HistoryPane.EntryPicked)
    def _entry_picked(self) -> None:
        self.remembering.reopen()

    @on(FilterChanged, "#history")
    def _history_filtered(self, event: FilterChanged) -> None:
        self.remembering.filter(event.text)


def welcome(
    keys: Keys, boxed: bool, known: Callable[[str], bool], first: Sequence[str] = ()
) -> CardText:
    """What one may do, with examples; on the space in the box, how to bring one's own.

    Args:
        known: whether a name means a gene of the space; examples have such names only.
        first: what genes are called here, for a space that has none of the examples.
    """
    examples = [(text, told) for text, names, told in _EXAMPLES if all(map(known, names))]
    others = [(f"Esc {keys.shown('help')}", "all keys")]
    if boxed:
        own = f"your own space: gene-tui import FILE, then Esc {keys.shown('space')} here"
    else:
        own = "" if examples or not first else f"genes are called {', '.join(first)} … here"
        asked = {told for _, told in examples}
        examples += [(text, told) for text, told in _WORDS if told not in asked]
    return CardText("gene-tui", "Type a gene and press Enter.", own, lines=(*examples, *others))
