"""Opening spaces: the old one stays usable until the new one is ready."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gene_tui import files, paths
from gene_tui.errors import Cancelled, FileError, GeneTuiError
from gene_tui.progress import Progress
from gene_tui.ui import collector
from gene_tui.ui.controllers.base import Controller, Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.tasks import Opening, open_session
from gene_tui.ui.widgets.cards import CardText

if TYPE_CHECKING:
    from gene_tui.session import Session
    from gene_tui.ui.screens.main import MainScreen

#: Seconds for which a question has the machine to itself, and between two looks whether it has.
_FIRST = 5.0
_NAP = 0.02


class Loading(Controller):
    """Owns the open session.

    Attributes:
        session: None until the first space is open.
        spec: what the open space was opened by; None where nothing was given or remembered.
    """

    def __init__(self, screen: MainScreen, opening: Opening) -> None:
        super().__init__(screen)
        self.opening = opening
        self.session: Session | None = None
        self.spec: str | None = None
        self._wanted: str | None = None

    def actions(self) -> Doers:
        return {"prepare": self.prepare}

    def first(self, spec: str | None) -> None:
        """Open the space the program was started with: given, set, remembered, or built in."""
        remembered = None if spec or os.environ.get("GENE_TUI_SPACE") else last_space()
        self.open(spec or remembered, fallback=remembered is not None)

    def open(self, spec: str | None, *, fallback: bool = False) -> None:
        """Open a space in the background.

        Args:
            fallback: it was only remembered: where it is gone, the demonstration space opens.
        """
        self._wanted = spec
        opening = self.opening

        first = self.session is None

        def work(ticket: Ticket) -> Session:
            session = open_session(spec, opening, ticket)
            if first:
                collector.keep_what_is_there()
            return session

        def failed(error: GeneTuiError) -> None:
            self._failed(error, fallback)

        self.jobs.start(
            "space",
            work,
            done=self._opened,
            failed=failed,
            progress=self._told,
            label="opening the space",
        )
        if self.session is None:
            self.screen.results.tell(CardText("Opening", "opening the space …", tone="busy"))
        self.screen.tell()

    def prepare(self) -> None:
        """Compute what makes analogies fast and gives them z and E; in the background."""
        session = self.session
        if session is None:
            return

        def work(ticket: Ticket) -> None:
            def cancelled() -> bool:
                # A question goes first: two that compute at once hold each other up.
                while self._somebody_asks() and not ticket.cancelled():
                    time.sleep(_NAP)
                return ticket.cancelled()

            session.prepare(report=ticket.report, cancelled=cancelled)

        self.jobs.start(
            "prepare",
            work,
            done=lambda _: self.screen.tell(),
            failed=self._not_prepared,
            progress=self._told,
            label="preparing analogies",
        )
        self.screen.tell()

    def _somebody_asks(self) -> bool:
        """Whether a question began a moment ago; a long one shares the machine after that."""
        job = self.jobs.running("ask")
        return job is not None and not job.idle and time.monotonic() - job.began < _FIRST

    def _told(self, _: Progress) -> None:
        self.screen.tell()

    def _opened(self, session: Session) -> None:
        first = self.session is None
        self.session, self.spec = session, self._wanted
        self.jobs.drop("prepare")
        remember_space(self.spec)
        self.screen.opened(session, first)
        self.prepare()

    def _failed(self, error: GeneTuiError, fallback: bool) -> None:
        if fallback and not isinstance(error, Cancelled):
            self.screen.notice(f"the demonstration space opens instead: {error.message}")
            self.open(None)
            return
        if isinstance(error, Cancelled):
            error = Cancelled("opening was stopped", "s opens a space")
        self.screen.tell(wrong="no space" if self.session is None else "")
        self.screen.fail(error, "The space is not open")

    def _not_prepared(self, error: GeneTuiError) -> None:
        if not isinstance(error, Cancelled):
            self.screen.warn(f"analogies are not prepared: {error.message}")
        self.screen.tell()


def last_space() -> str | None:
    """The space of the last sitting, where one is remembered and still there."""
    try:
        state: Any = json.loads(paths.state_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    space = state.get("space") if isinstance(state, dict) else None
    return space if isinstance(space, str) and space else None


def remember_space(spec: str | None) -> None:
    """Remember the space for the next start; a home that cannot be written is no error."""
    file = paths.state_file()
    with suppress(FileError):
        paths.ensure(file.parent)
        files.write_json(file, {"space": _anywhere(spec or "")})


def _anywhere(spec: str) -> str:
    """A space's name as it is; a file's name so that it means the same from every folder."""
    path = Path(spec).expanduser()
    by_name = (paths.spaces_dir() / spec / "manifest.json").is_file()
    return str(path.absolute()) if spec and not by_name and path.exists() else spec
