"""The pair index: read in the background while the exact engine answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gene_tui.errors import Cancelled, GeneTuiError
from gene_tui.model.query import Kind
from gene_tui.model.result import Result
from gene_tui.ui import format as show
from gene_tui.ui.controllers.asking import AnswerController, Asking
from gene_tui.ui.desk import Desk, Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.tasks import missed

if TYPE_CHECKING:
    from gene_tui.engines.pair_index.index import PairIndex


class Indexing(AnswerController):
    """Owns the index file that was chosen, and whether pairs are asked of it."""

    def __init__(self, desk: Desk, asking: Asking, file: Path | None) -> None:
        super().__init__(desk, asking)
        self.file = file

    def actions(self) -> Doers:
        return {"engine": self.switch, "missed": self.missed, "load-index": self.load}

    def load(self) -> None:
        """Open the index mapped, which is quick, then read it into memory."""
        file, session = self.file, self.session
        if file is None or session is None:
            return
        self.jobs.drop("index")
        self._use(False)

        def work(ticket: Ticket) -> PairIndex:
            mapped = session.open_index(file, run=ticket.run)
            ticket.partial(lambda: mapped)
            return session.open_index(file, resident=True, run=ticket.run)

        self.jobs.start(
            "index",
            work,
            done=lambda index: self._ready(index, "in memory"),
            partial=lambda index: self._ready(index, "on disk, being read into memory"),
            failed=self._failed,
            progress=lambda _: self.desk.show_status(),
            label="reading the pair index",
        )
        self.desk.show_status()

    def switch(self) -> None:
        """Ask pairs of the other engine, and the question shown again."""
        session = self.session
        if session is None or session.index is None:
            reading = self.jobs.running("index")
            why = "is still being read" if reading else "is not open: start with --index FILE"
            self.desk.say(f"the pair index {why}")
            return
        self._use(not self.asking.choice.use_index)
        self.desk.say("pairs: " + ("index, approximate" if self._used else "exact engine"))
        here = self.asking.trail.here
        if here is not None and here.result.query.kind in (Kind.PAIRS, Kind.SUMS):
            self.asking.again()

    def missed(self) -> None:
        """Show what the index does not find of the answer."""
        session, here = self.session, self.asking.trail.here
        if session is None or session.index is None or here is None:
            self.desk.say("this takes an open pair index and an answer")
            return
        wanted = Kind.SUMS if session.index.sum else Kind.PAIRS
        result = here.result
        if result.query.kind is not wanted:
            form = "A + B :: ? + ?" if session.index.sum else "A : B"
            self.desk.say(f"the index answers {form} only")
            return
        choice = replace(self.asking.choice, k=result.options.k)

        def done(found: Result) -> None:
            if found.hits:
                self.asking.show(found)
            else:
                self.desk.say(f"the index found all {show.count(len(result.hits))}")
            self.desk.show_status()

        self.jobs.start(
            "ask",
            lambda ticket: missed(session, result.canonical, choice, ticket),
            done=done,
            failed=self._not_compared,
            label="comparing with the exact engine",
        )
        self.desk.show_status()

    @property
    def _used(self) -> bool:
        return self.asking.choice.use_index

    def _use(self, wanted: bool) -> None:
        self.asking.choice = replace(self.asking.choice, use_index=wanted)
        self.desk.show_status()

    def _ready(self, index: PairIndex, where: str) -> None:
        key = self.desk.keys.shown("engine")
        recall = f", recall ≈ {index.recall:.2f}" if index.recall is not None else ""
        self.desk.say(f"pair index ready ({where}{recall}); {key} asks it instead of exact")
        self.desk.show_status()

    def _failed(self, error: GeneTuiError) -> None:
        session = self.session
        mapped = session is not None and session.index is not None
        if isinstance(error, Cancelled):
            rest = "it answers from disk" if mapped else "the exact engine answers"
            self.desk.say(f"reading the pair index was stopped; {rest}")
        elif mapped:
            self.desk.warn(f"the pair index answers from disk: {error.message}")
        else:
            self.desk.warn(f"no pair index: {error.message}. {error.hint}")
        self.desk.show_status()

    def _not_compared(self, error: GeneTuiError) -> None:
        self.desk.show_status()
        self.desk.warn(error.message)
