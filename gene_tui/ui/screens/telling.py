"""How the main screen talks: status line, notices, cards, questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widgets import Label

from gene_tui.errors import GeneTuiError
from gene_tui.ui import format as show
from gene_tui.ui.prose import broken
from gene_tui.ui.rows import measure_name
from gene_tui.ui.widgets.cards import error_card
from gene_tui.ui.widgets.status_bar import Status, StatusBar

if TYPE_CHECKING:
    from gene_tui.ui.actions import Keys
    from gene_tui.ui.controllers.asking import Asking
    from gene_tui.ui.controllers.loading import Loading
    from gene_tui.ui.jobs import Jobs
    from gene_tui.ui.widgets.results_table import ResultsPane

#: Kinds of jobs the status line tells of, the most urgent first.
_TOLD = ("space", "ask", "export", "scan", "index", "prepare")


class TellingScreen(Screen[None]):
    """What controllers say goes through here, and foreign text through ``ui/format.py``.

    Args:
        warnings: lines to show above the query from the beginning.
    """

    keys: Keys
    jobs: Jobs
    loader: Loading
    asking: Asking
    results: ResultsPane

    def __init__(self, warnings: Sequence[str]) -> None:
        super().__init__()
        self.status = StatusBar()
        self._notices: dict[str, str] = {"settings": "; ".join(warnings)} if warnings else {}

    def tell(self, wrong: str = "") -> None:
        """Bring the status line up to date; ``wrong`` says what failed just now."""
        session = self.loader.session
        status = Status(state=wrong or ("ready" if session else "no space"))
        if session is not None:
            space, choice = session.space, self.asking.choice
            marks = [choice.metric, *space.view.transforms]
            marks += [measure_name(choice.measure)] if choice.measure != "direction" else []
            marks += [choice.type] if choice.type else []
            marks += ["index"] if choice.use_index else []
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
        self.results.tell(error_card(error, title))
        self.notice("", "answer")

    def say(self, text: str) -> None:
        """A word in passing."""
        self.notify(self._passing(text), markup=False, timeout=3)

    def warn(self, text: str) -> None:
        """A word in passing that matters."""
        self.notify(self._passing(text), severity="warning", markup=False, timeout=6)

    def _passing(self, text: str) -> str:
        return broken(show.safe(text, 300), min(60, self.app.size.width // 2) - 3)

    def notice(self, text: str, about: str = "start") -> None:
        """A line that stays until the next about the same."""
        self._notices[about] = text
        self._show_notices()

    def show_basket(self, names: Sequence[str]) -> None:
        """The marked genes, above the keys."""
        label = self.query_one("#basket", Label)
        label.set_class(not names, "-empty")
        shown = " · ".join(show.safe(name, 16) for name in names)
        tail = f"   {self.keys.shown('analogy')} analogy  {self.keys.shown('mean')} mean"
        label.update(show.content(f"● {shown}{tail}", self.size.width - 2))

    def confirm(
        self, title: str, question: str, verb: str, then: Callable[[bool | None], None]
    ) -> None:
        """Ask before what cannot be undone."""
        from gene_tui.ui.screens.confirm import Confirm

        self.app.push_screen(Confirm(title, question, verb), then)

    def _show_notices(self) -> None:
        if not self.query("#notice"):
            return  # before the first paint; shown with it
        label = self.query_one("#notice", Label)
        text = " · ".join(text for text in self._notices.values() if text)
        label.set_class(not text, "-empty")
        label.update(show.content(text, 400))
