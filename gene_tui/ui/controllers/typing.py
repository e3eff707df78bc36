"""The query line while it is typed in: its reading, suggestions, earlier queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gene_tui.errors import GeneTuiError, QuerySyntaxError
from gene_tui.query.grammar import describe, parse, quote, token_at
from gene_tui.query.query import Query
from gene_tui.query.text import width
from gene_tui.ui.controllers.base import Controller, Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.tasks import Typed, typed
from gene_tui.ui.widgets.query_line import Reading
from gene_tui.ui.widgets.suggestions import Offer

if TYPE_CHECKING:
    from gene_tui.genes.suggest import Suggester
    from gene_tui.session import Session
    from gene_tui.ui.screens.main import MainScreen


class Typing(Controller):
    """Owns what stands in the query line, and the walk through earlier queries."""

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(screen)
        self._suggester: Suggester | None = None
        self._suggester_of: object = None
        self._recalled: list[str] = []
        self._recall_at = -1
        self._draft = ""
        self._searching = ""
        self._put = ""
        self._asked = ""
        self._told = ""
        self._came = False
        self._seen = ("", 0)

    def actions(self) -> Doers:
        return {
            "focus-query": self.focus,
            "submit": self.submit,
            "complete": self.complete,
            "older-query": self.older,
            "newer-query": self.newer,
            "search-history": self.search,
        }

    # -- keys --------------------------------------------------------------------------------

    def focus(self) -> None:
        """Go to the line; what stands there is selected, so that typing replaces it."""
        line = self.screen.query_line
        self.screen.set_focus(line)  # at once, for the keys that follow
        line.action_select_all()
        line.fresh = self._came = True

    def submit(self) -> None:
        """Ask what is typed, or take the suggestion that was chosen."""
        offers = self.screen.suggestions
        if offers.display and offers.chosen is not None and offers.offer:
            self.take(offers.offer)
            return
        offers.show(())
        text = self._asked = self.screen.query_line.value
        self.screen.query_line.fresh = False
        try:
            parse(text)
        except GeneTuiError as error:
            self._read(text)
            if text.strip():
                self.screen.fail(error, "Not a query")
            return
        self.screen.asking.ask(text)

    def complete(self) -> None:
        """Take the suggestion; without one, go on to the next pane."""
        offers = self.screen.suggestions
        if offers.display and offers.offer:
            self.take(offers.offer)
        else:
            self.screen.focus_next()

    def take(self, offer: Offer) -> None:
        """Put a suggested gene in the place of the name under the cursor."""
        line = self.screen.query_line
        start, end, _ = token_at(line.value, line.cursor_position)
        name = quote(self._name(offer))
        tail = line.value[end:]
        gap = "" if tail.startswith(" ") else " "
        self._settle(line.value[:start] + name + gap + tail, start + len(name) + 1)
        line.focus()

    def older(self) -> None:
        """Up: out of the suggestions, then to earlier queries that begin so."""
        offers = self.screen.suggestions
        if offers.display and offers.chosen is not None and offers.move(-1):
            return
        self._recall(search=False)

    def newer(self) -> None:
        """Down: into the suggestions, or back towards what was being typed."""
        offers = self.screen.suggestions
        if offers.display and offers.move(1):
            return
        if self._recall_at < 0:
            return
        self._recall_at -= 1
        self._settle(self._recalled[self._recall_at] if self._recall_at >= 0 else self._draft)

    def search(self) -> None:
        """Ctrl+R: earlier queries that contain what is typed."""
        self.screen.query_line.focus()
        self._recall(search=True)

    # -- the widgets' messages ---------------------------------------------------------------

    def edited(self, text: str, cursor: int) -> None:
        """The text or the cursor changed: read it anew."""
        if (text, cursor) == self._seen:
            return
        typing = text != self._seen[0] and text != self._put
        self._seen = (text, cursor)
        if typing:
            self._recall_at, self._searching = -1, ""
            self._asked = "" if text != self._asked else text
        if not typing:
            self.screen.suggestions.show(())
        self._suggest(text, cursor, self._read(text), offering=typing)

    def reread(self) -> None:
        """Another space is open: look again at what stands in the line, or get ready to."""
        line = self.screen.query_line
        if line.has_focus and line.value and line.value != self._put:
            self._suggest(line.value, line.cursor_position, self._read(line.value), True)
        elif session := self.screen.loader.session:
            self.jobs.start("suggest", lambda _: self._suggester_for(session).warm())

    @property
    def drafting(self) -> bool:
        """Whether the next question is being typed, or about to be, as the last is answered."""
        line = self.screen.query_line
        typed = line.value.strip() and line.value not in (self._asked, self._told)
        return line.has_focus and bool(typed or (line.fresh and self._came))

    def answered(self, text: str) -> None:
        """Another answer is shown: its query stands in the line, unless one types there."""
        line = self.screen.query_line
        if not self.drafting:
            self.show(text)
        elif line.fresh:
            self.show(text)
            line.action_select_all()

    def show(self, text: str) -> None:
        """Put the query of what is shown in the line."""
        self._told = text
        self.screen.suggestions.show(())
        self._settle(text)

    # -- inside ------------------------------------------------------------------------------

    def _settle(self, text: str, cursor: int | None = None) -> None:
        """Put a text that nobody typed: it brings no suggestions."""
        self._put = text
        self.screen.query_line.put(text, cursor)
        self.screen.suggestions.show(())

    def _read(self, text: str) -> Query | None:
        """Say what the text asks, or what is wrong at which character."""
        box = self.screen.query_box
        if not text.strip():
            box.reading = Reading()
            return None
        try:
            query = parse(text)
        except QuerySyntaxError as error:
            hint = f" — {error.hint}" if error.hint else ""
            told = f"at {error.position + 1}: {error.detail}{hint}"
            box.reading = Reading(told, "wrong", error.position)
            return None
        except GeneTuiError as error:
            box.reading = Reading(error.message, "wrong")
            return None
        box.reading = Reading(describe(query))
        return query

    def _suggest(self, text: str, cursor: int, query: Query | None, offering: bool) -> None:
        """Look the names up and offer what the one under the cursor may become."""
        session = self.screen.loader.session
        if session is None:
            return
        # Of what is typed a part may be half a name, also while the cursor only moves.
        by_hand = text != self._put

        def work(ticket: Ticket) -> Typed:
            suggester = self._suggester_for(session) if by_hand else None
            return typed(session, suggester, text, cursor, ticket)

        def done(found: Typed) -> None:
            line = self.screen.query_line
            if line.value != text:
                return
            if offering and line.has_focus and text != self._asked:
                start, _, _ = token_at(text, cursor)
                # Below the beginning of the name, so that it stays where it is while one types.
                back = width(text[start : line.cursor_position])
                column = line.cursor_screen_offset.x - back - 1
                self.screen.suggestions.place(max(0, column))
                self.screen.suggestions.show(found.offers)
            if query and found.problem:
                self.screen.query_box.reading = Reading(found.problem, "wrong", found.at)
            elif query and found.known:
                self.screen.query_box.reading = Reading(describe(query), "right")

        self.jobs.start("suggest", work, done=done, failed=lambda _: None)

    def _suggester_for(self, session: Session) -> Suggester:
        """The space's suggester. In the thread of suggestions."""
        if self._suggester is None or self._suggester_of is not session:
            from gene_tui.genes.suggest import Suggester

            space = session.space
            self._suggester = Suggester(space.table, space.names, space.n)
            self._suggester_of = session
        return self._suggester

    def _recall(self, *, search: bool) -> None:
        """Walk to the next older query; the list is fetched at the first step."""
        line = self.screen.query_line
        if self._recall_at >= 0 and bool(self._searching) == search:
            self._recalled_step()
            return
        self._draft = line.value
        self._searching = "search" if search else ""

        def fetched(texts: list[str]) -> None:
            self._recalled = [text for text in texts if text != self._draft]
            self._recall_at = -1
            self._recalled_step()

        self.screen.remembering.recall(self._draft, search, fetched)

    def _recalled_step(self) -> None:
        if self._recall_at + 1 >= len(self._recalled):
            what = "contains" if self._searching else "begins with"
            end = f" that {what} this" if self._draft.strip() else ""
            self.screen.say(f"no earlier query{end}")
            return
        self._recall_at += 1
        self._settle(self._recalled[self._recall_at])

    def _name(self, offer: Offer) -> str:
        session = self.screen.loader.session
        if session is None or not offer.symbol:
            return offer.label
        try:
            row = session.resolver.resolve(offer.symbol).row
            return offer.symbol if session.space.gene(row).label == offer.label else offer.label
        except GeneTuiError:
            return offer.label
