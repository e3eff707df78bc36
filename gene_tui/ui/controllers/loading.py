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
from gene_tui.model.gene import Gene
from gene_tui.model.naming import quote
from gene_tui.run import Run
from gene_tui.ui import collector
from gene_tui.ui.desk import Controller, Desk, Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.tasks import Opening, open_session
from gene_tui.ui.widgets.cards import CardText

if TYPE_CHECKING:
    from gene_tui.session import Session

#: Seconds for which a question has the machine to itself, and between two looks whether it has.
_FIRST = 5.0
_NAP = 0.02


class Loading(Controller):
    """Owns the open session.

    Attributes:
        session: None until the first space is open.
        spec: what the open space was opened by; None where nothing was given or remembered.
    """

    def __init__(self, desk: Desk, opening: Opening) -> None:
        super().__init__(desk)
        self.opening = opening
        self.session: Session | None = None
        self.spec: str | None = None
        self._wanted: str | None = None
        self._is_warm = False

    def actions(self) -> Doers:
        return {"prepare": self.prepare}

    def first(self, spec: str | None) -> None:
        """Open the space the program was started with: given, set, remembered, or built in."""
        remembered = None if spec or os.environ.get("GENE_TUI_SPACE") else last_space()
        self.open(spec or remembered, fallback=remembered is not None)

    def open(self, spec: str | None, *, fallback: bool = False) -> None:
        """Open a space in the background.

        Args:
            fallback: it was only remembered: where it is gone, the atlas opens.
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
            progress=lambda _: self.desk.show_status(),
            label="opening the space",
        )
        if self.session is None:
            self.desk.results.show_card(CardText("Opening", "opening the space …", tone="busy"))
        self.desk.show_status()

    def prepare(self) -> None:
        """Compute what makes analogies fast and gives them z and "1 in N"; in the background."""
        session = self.session
        if session is None:
            return
        first, self._is_warm = not self._is_warm, True

        def work(ticket: Ticket) -> None:
            def cancelled() -> bool:
                # A question goes first: two that compute at once hold each other up.
                while self._somebody_asks() and not ticket.cancelled():
                    time.sleep(_NAP)
                return ticket.cancelled()

            run = Run(ticket.report, cancelled)
            session.resolver.warm_up()
            if first:
                collector.keep_what_is_there()
            session.warm_up(run=run)
            if first:
                collector.keep_what_is_there()
            session.prepare(run=run)

        self.jobs.start(
            "prepare",
            work,
            done=lambda _: self.desk.show_status(),
            failed=self._not_prepared,
            progress=lambda _: self.desk.show_status(),
            label="preparing analogies",
        )
        self.desk.show_status()

    def name_of(self, gene: Gene) -> str:
        """What to type for a gene: its symbol where that means it here, else its label."""
        return quote(self.name_in_query(gene))

    def name_in_query(self, gene: Gene) -> str:
        """The same without quotes, for a query that is put together."""
        return self.name(gene.label, gene.symbol)

    def name(self, label: str, symbol: str) -> str:
        """A gene's symbol where that means it in the open space, else its label."""
        if self.session is None or not symbol:
            return label
        try:
            row = self.session.resolver.resolve(symbol).row
        except GeneTuiError:
            return label
        return symbol if self.session.space.gene(row).label == label else label

    def _somebody_asks(self) -> bool:
        """Whether a question began a moment ago; a long one shares the machine after that."""
        job = self.jobs.running("ask")
        return job is not None and not job.idle and time.monotonic() - job.began < _FIRST

    def _opened(self, session: Session) -> None:
        first = self.session is None
        self.session, self.spec = session, self._wanted
        self.jobs.drop("prepare")
        remember_space(self.spec)
        self.desk.opened(session, first)
        self.prepare()

    def _failed(self, error: GeneTuiError, fallback: bool) -> None:
        if fallback and not isinstance(error, Cancelled):
            self.desk.notice(f"the atlas opens instead: {error.message}")
            self.open(None)
            return
        if isinstance(error, Cancelled):
            error = Cancelled("opening was stopped", "s opens a space")
        self.desk.show_status(wrong="no space" if self.session is None else "")
        self.desk.fail(error, "The space is not open")

    def _not_prepared(self, error: GeneTuiError) -> None:
        if not isinstance(error, Cancelled):
            self.desk.warn(f"analogies are not prepared: {error.message}")
        self.desk.show_status()


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
