"""Other spaces that say what they think of each hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gene_tui.errors import Cancelled, GeneTuiError
from gene_tui.ui.controllers.asking import AnswerController
from gene_tui.ui.controllers.program import space_offers
from gene_tui.ui.desk import Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.tasks import open_session, with_opinions

if TYPE_CHECKING:
    from gene_tui.model.result import Result
    from gene_tui.session import Session
    from gene_tui.ui.screens.spaces import SpaceOffer


class Seconding(AnswerController):
    """Opens the other spaces, and lets go of them; which are asked is ``Asking.also``."""

    def actions(self) -> Doers:
        return {"also": self.pick}

    def pick(self) -> None:
        """Ask which space gives a second opinion, or does no more."""
        if self.session is None:
            self.desk.say("there is no open space yet whose answers another could judge")
            return
        self.jobs.start("spaces", space_offers, done=self._pick, failed=self._failed)

    def _pick(self, offers: list[SpaceOffer]) -> None:
        from gene_tui.ui.screens.spaces import SpaceOffer, SpacePicker

        session = self.session
        if session is None:
            return
        asked = {other.info.name for other in self.asking.also}
        others = [offer for offer in offers if offer.name != session.info.name]
        files = asked - {offer.name for offer in others}
        others += [SpaceOffer(name, name, "a file") for name in sorted(files)]

        def chosen(spec: str | None) -> None:
            if spec in asked:
                self._let_go(spec)
            elif spec is not None:
                self._open(spec)

        title = "Ask another space about each hit"
        does = "asks, or lets go" if asked else "asks it"
        self.desk.open_dialog(SpacePicker(others, asked, title, does), chosen)

    def _open(self, spec: str) -> None:
        opening, session = self.asking.loader.opening, self.session

        def work(ticket: Ticket) -> tuple[Session, bool]:
            from gene_tui.second.joining import holds_ids

            other = open_session(spec, opening, ticket)
            both = session is not None and holds_ids(session.space) and holds_ids(other.space)
            return other, both

        self.jobs.start(
            "also",
            work,
            done=self._opened,
            failed=self._failed,
            progress=lambda _: self.desk.show_status(),
            label="opening another space",
        )
        self.desk.show_status()

    def _opened(self, found: tuple[Session, bool]) -> None:
        other, both_hold_ids = found
        self.desk.show_status()
        known = {one.info.fingerprint for one in self.asking.also}
        if self.session is not None:
            known.add(self.session.info.fingerprint)
        if other.info.fingerprint in known:
            self.desk.warn(f"{other.info.name} is asked already")
            return

        def joined(yes: bool | None) -> None:
            if yes:
                self.asking.also_by = "name"
                self._ask(other)

        if both_hold_ids or self.asking.also_by == "name":
            self._ask(other)
        else:
            question = "One of the two spaces has no Ensembl IDs. Join their genes by symbol?"
            self.desk.confirm(f"Ask {other.info.name}, too", question, "Join by symbol", joined)

    def _ask(self, other: Session) -> None:
        self.asking.also = (*self.asking.also, other)
        key = self.desk.keys.shown("agreement")
        self.desk.say(f"{other.info.name} is asked, too; {key} orders by agreement")
        self._tell()

    def _let_go(self, name: str) -> None:
        self.asking.also = tuple(one for one in self.asking.also if one.info.name != name)
        if not self.asking.also:
            self.asking.also_by = "id"
        self.desk.say(f"{name} is asked no more")
        self._tell()

    def _tell(self) -> None:
        """What the others say of the answer that is shown."""
        self.desk.show_status()
        here = self.asking.settled
        if here is None:
            return
        before, others, by = here.result, self.asking.also, self.asking.also_by

        def work(ticket: Ticket) -> Result:
            return with_opinions(before, others, by, ticket)

        def done(result: Result) -> None:
            self.asking.revise(before, result)
            self.desk.show_status()

        self.jobs.start("also", work, done=done, failed=self._failed, label="asking other spaces")
        self.desk.show_status()

    def _failed(self, error: GeneTuiError) -> None:
        self.desk.show_status()
        if isinstance(error, Cancelled):
            self.desk.say("stopped: the other space is not asked")
        else:
            self.desk.warn(f"{error.message}. {error.hint}")
