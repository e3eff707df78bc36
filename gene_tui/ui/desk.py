"""What controllers may ask of the main screen, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import ScreenResultType
    from textual.timer import Timer
    from textual.widget import Widget

    from gene_tui.errors import GeneTuiError
    from gene_tui.model.result import Result
    from gene_tui.session import Session
    from gene_tui.ui.actions import Keys
    from gene_tui.ui.jobs import Jobs
    from gene_tui.ui.screens.dialog import Dialog
    from gene_tui.ui.widgets.gene_sidebar import GeneSidebar
    from gene_tui.ui.widgets.history_pane import HistoryPane
    from gene_tui.ui.widgets.query_line import QueryBox, QueryLine
    from gene_tui.ui.widgets.results_table import ResultsPane
    from gene_tui.ui.widgets.suggestions import Suggestions

#: What a controller does, by the actions' ids.
Doers = Mapping[str, Callable[[], None]]


class Desk(Protocol):
    """The main screen as its controllers see it.

    Attributes:
        keys: the user's. jobs: where work goes that takes longer than a blink.
        query_box, suggestions, results, history, sidebar: the widgets they fill.
        send_to_terminal: hands characters to the terminal as they are, from any thread.
        redraw: draws the whole screen anew, whatever the terminal shows.
    """

    keys: Keys
    jobs: Jobs
    query_box: QueryBox
    suggestions: Suggestions
    results: ResultsPane
    history: HistoryPane
    sidebar: GeneSidebar
    send_to_terminal: Callable[[str], None]
    redraw: Callable[[], None]

    @property
    def app(self) -> App[Any]:
        """The program: its size, its theme, its end."""

    @property
    def query_line(self) -> QueryLine:
        """The line queries are typed in."""

    @property
    def pane(self) -> str:
        """The actions' name of the pane that has the focus."""

    # -- what is shown to the person ---------------------------------------------------------

    def say(self, text: str) -> None:
        """Show a message for a few seconds."""

    def warn(self, text: str) -> None:
        """Show a warning for a few seconds."""

    def notice(self, text: str, about: str = "start") -> None:
        """A line that stays until the next about the same."""

    def fail(self, error: GeneTuiError, title: str) -> None:
        """Show what went wrong in place of the answer."""

    def show_status(self, wrong: str = "") -> None:
        """Bring the status line up to date; ``wrong`` is what failed just now."""

    def show_marked(self, names: Sequence[str]) -> None:
        """The marked genes, above the keys."""

    def open_dialog(
        self,
        dialog: Dialog[ScreenResultType],
        then: Callable[[ScreenResultType | None], None] | None = None,
    ) -> None:
        """Put a dialog on top; ``then`` is called with what it answers, None for nothing."""

    def confirm(
        self, title: str, question: str, verb: str, then: Callable[[bool | None], None]
    ) -> None:
        """Ask before what cannot be undone."""

    # -- what concerns several controllers ---------------------------------------------------

    def opened(self, session: Session, first: bool) -> None:
        """A space is open; ``first``: the first of this sitting."""

    def answered(self, result: Result) -> None:
        """An answer is shown."""

    def keep(self, result: Result, before: Result | None = None) -> None:
        """Put an answer into the history, in the place of what it was ``before`` it said more."""

    @property
    def drafting(self) -> bool:
        """Whether the next question is being typed as the last is answered."""

    def can(self, action: str) -> bool:
        """Whether anything does this action."""

    def do(self, action: str) -> None:
        """Do an action, as its key would."""

    # -- what Textual gives every screen -----------------------------------------------------

    def set_focus(self, widget: Widget | None) -> None:
        """Give a widget the focus, at once, for the keys that follow."""

    def focus_next(self) -> Widget | None:
        """Go on to the next pane."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call something in so many seconds."""

    def call_after_refresh(self, callback: Callable[..., object], *args: Any) -> bool:
        """Call something once the screen was drawn."""


class Controller:
    """One subject of the main screen. It owns its state and starts its jobs; the screen hands
    it actions and the widgets' messages."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.jobs = desk.jobs

    def actions(self) -> Doers:
        """What it does, by the actions' ids."""
        return {}
