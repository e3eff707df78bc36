"""The one screen people work on: lays out the panes and wires them to the controllers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label

from gene_tui.errors import GeneTuiError
from gene_tui.model.gene import Gene
from gene_tui.model.naming import quote
from gene_tui.model.result import Result
from gene_tui.ui import format as show
from gene_tui.ui.actions import BY_ID, Keys, bindings
from gene_tui.ui.controllers.asking import Asking
from gene_tui.ui.controllers.base import Controller
from gene_tui.ui.controllers.comparing import Comparing
from gene_tui.ui.controllers.copying import Copying
from gene_tui.ui.controllers.details import Details
from gene_tui.ui.controllers.enriching import Enriching
from gene_tui.ui.controllers.exporting import Exporting
from gene_tui.ui.controllers.indexing import Indexing
from gene_tui.ui.controllers.loading import Loading
from gene_tui.ui.controllers.looking import Looking
from gene_tui.ui.controllers.marking import Marking
from gene_tui.ui.controllers.picturing import Picturing
from gene_tui.ui.controllers.program import Program
from gene_tui.ui.controllers.remembering import Remembering
from gene_tui.ui.controllers.scanning import Scanning
from gene_tui.ui.controllers.typing import Typing
from gene_tui.ui.jobs import JobMessage, Jobs
from gene_tui.ui.panes import BOTH, ONE, Panes
from gene_tui.ui.screens.telling import TellingScreen
from gene_tui.ui.tasks import Choice, Opening
from gene_tui.ui.welcome import welcome
from gene_tui.ui.widgets.cards import CardText
from gene_tui.ui.widgets.gene_sidebar import GeneSidebar
from gene_tui.ui.widgets.history_pane import HistoryPane
from gene_tui.ui.widgets.key_hints import KeyHints
from gene_tui.ui.widgets.query_line import QueryBox, QueryLine
from gene_tui.ui.widgets.results_table import ResultsPane, ResultsTable
from gene_tui.ui.widgets.suggestions import Suggestions

if TYPE_CHECKING:
    from gene_tui.session import Session

#: Kinds that Esc stops, in this order.
_STOPPED = ("ask", "export", "scan", "space", "index", "prepare")


class MainScreen(TellingScreen):
    """Query line, history, results, details; status above, keys below.

    Args:
        spec: the space to open first; None for the remembered one.
        index: a FAISS index over all pairs, to load in the background.
        opening, choice: how spaces are opened and questions asked, to begin with.
        keys: the user's keys. history_limit: entries the history keeps.
        send_to_terminal: hands characters to the terminal as they are, from any thread.
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
        warnings: Sequence[str] = (),
    ) -> None:
        super().__init__(warnings)
        self.send_to_terminal = send_to_terminal
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
        self.asking = Asking(self, choice)
        self.looking = Looking(self)
        self.typing = Typing(self)
        self.details = Details(self)
        self.remembering = Remembering(self, history_limit)
        self.marking = Marking(self)
        self.copying = Copying(self)
        self.picturing = Picturing(self)
        self.exporting = Exporting(self)
        self.comparing = Comparing(self)
        self.enriching = Enriching(self)
        self.scanning = Scanning(self)
        self.indexing = Indexing(self, index)
        self.program = Program(self)
        self._controllers = [one for one in vars(self).values() if isinstance(one, Controller)]
        self._doers: dict[str, Callable[[], None]] = {}
        for controller in self._controllers:
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

    def action_do(self, name: str) -> None:
        """Do what a key, the palette or a click asks for.

        Not for keys that came in one breath with the one that opened a dialog.
        """
        if self.app.screen is not self:
            return
        if name == "escape":
            self.step_back()
        elif name == "stop":
            self.stop()
        else:
            self._doers[name]()

    def can(self, name: str) -> bool:
        """Whether anything does this action."""
        return name in self._doers or name in ("escape", "stop")

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
                self.tell()
                return True
        return False

    # -- what controllers ask for ------------------------------------------------------------

    def opened(self, session: Session, first: bool) -> None:
        """A space is open."""
        demo = session.space.manifest.demo
        if demo:
            from gene_tui.spaces.demo import DEMO_NOTICE

            self.notice(DEMO_NOTICE, "demo")
        else:
            self.notice("", "demo")
        self.tell()
        self.results.opened(session.info.fingerprint)
        if first or self.asking.trail.here is None:
            self.results.tell(self._welcome(session))
        else:
            self.say(f"{show.safe(session.space.name, 40)} is open")
        self.details.refresh()
        self.typing.reread()
        self.indexing.load()

    def _welcome(self, session: Session) -> CardText:
        def known(name: str) -> bool:
            return session.resolver.find(name) is not None

        demo, space = session.space.manifest.demo, session.space
        first = [show.safe(space.gene(row).shown, 16) for row in range(min(3, space.n))]
        return welcome(self.keys, demo, known, first)

    def answered(self, result: Result) -> None:
        """An answer is shown."""
        self.exporting.heard(result)
        drafting = self.typing.drafting
        self.typing.answered(result.query.text or result.canonical)
        told = [note for note in result.notes if note != self._notices.get("demo")]
        self.notice("; ".join(told), "answer")
        typing = self.focused is not self.query_line or drafting
        if not (isinstance(self.focused, Input) and typing):
            self.results.focus_table()

    def name_of(self, gene: Gene) -> str:
        """What to type for a gene: its symbol where that means it here, else its label."""
        session = self.loader.session
        if session is not None and gene.symbol and gene.symbol != gene.label:
            try:
                row = session.resolver.resolve(gene.symbol).row
            except GeneTuiError:
                return quote(gene.label)
            if session.space.gene(row).label == gene.label:
                return quote(gene.symbol)
        return quote(gene.label)

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

    @on(QueryLine.Summed)
    def _summed(self, event: QueryLine.Summed) -> None:
        rest = f"; {event.dropped:,} more were left out" if event.dropped else ""
        self.warn(f"{event.names:,} names were pasted as a sum: ⏎ asks what is near it{rest}")

    @on(Suggestions.Taken)
    def _taken(self, event: Suggestions.Taken) -> None:
        self.typing.take(event.offer)

    @on(ResultsPane.GeneChosen)
    def _chosen(self, event: ResultsPane.GeneChosen) -> None:
        if self.asking.streaming is None:
            self.asking.trail.update(cursor=(event.row, event.column))
        self.details.follow(event.gene, event.hit)

    @on(ResultsPane.GenePicked)
    def _picked(self) -> None:
        self.asking.ask_gene()

    @on(ResultsPane.HeaderPicked)
    def _header(self, event: ResultsPane.HeaderPicked) -> None:
        self.looking.sort(event.key)

    @on(ResultsPane.FilterChanged)
    def _filtered(self, event: ResultsPane.FilterChanged) -> None:
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

    @on(HistoryPane.FilterChanged)
    def _history_filtered(self, event: HistoryPane.FilterChanged) -> None:
        self.remembering.filter(event.text)
