"""The query line while it is typed in: its reading, suggestions, earlier queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual import events

from gene_tui.errors import GeneTuiError, QuerySyntaxError
from gene_tui.language.parser import parse
from gene_tui.language.tokens import list_at, token_at
from gene_tui.model.naming import quote
from gene_tui.model.query import Query, describe
from gene_tui.text import width
from gene_tui.ui import format as show
from gene_tui.ui.controllers.asking import AnswerController, Asking
from gene_tui.ui.controllers.remembering import Remembering
from gene_tui.ui.desk import Desk, Doers
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.tasks import Typed, typed
from gene_tui.ui.widgets.query_line import LineReading
from gene_tui.ui.widgets.suggestions import Offer

if TYPE_CHECKING:
    from gene_tui.genes.suggest import Suggester
    from gene_tui.history.past import Past
    from gene_tui.session import Session


def name_at(text: str, cursor: int) -> tuple[int, int]:
    """Where the name of a gene or a list that is being typed begins and ends."""
    start, end, _ = list_at(text, cursor) or token_at(text, cursor)
    return start, end


#: Words that are keys elsewhere or commands of other programs: the action that may be meant.
_MEANT = {
    "?": "help",
    "h": "help",
    "help": "help",
    ":help": "help",
    "q": "quit",
    ":q": "quit",
    ":q!": "quit",
    "quit": "quit",
    "exit": "quit",
}
#: Keys that make what is sought shorter.
_ERASES = frozenset({"backspace", "ctrl+h", "ctrl+w", "ctrl+u"})


@dataclass(slots=True)
class Seek:
    """A search of earlier queries by typing that goes on, as in a shell.

    Attributes:
        draft: what stood in the line before.
        pattern: what is sought, as typed.
        past: earlier queries, the newest first; None while they are read from the disk.
        at: which of those that fit is shown; -1 for none.
        entered: Enter was pressed before they were read.
    """

    draft: str
    pattern: str = ""
    past: Sequence[Past] | None = None
    at: int = -1
    entered: bool = False
    _fit: list[str] = field(default_factory=list)

    def read(self, past: Sequence[Past]) -> None:
        """They are there."""
        self.past = past
        self.look()

    def look(self) -> None:
        """Find the newest that fits."""
        sought = self.pattern.strip().casefold()
        self._fit = [
            one.text
            for one in self.past or ()
            if one.text != self.draft and (sought in one.text.casefold() or sought in one.sought)
        ]
        self.at = 0 if self._fit and self.pattern.strip() else -1

    def type(self, text: str) -> None:
        """Seek a longer text."""
        self.pattern += text
        self.look()

    def erase(self, *, word: bool = False, all: bool = False) -> None:
        """Seek a shorter one."""
        if all:
            self.pattern = ""
        elif word:
            self.pattern = self.pattern.rstrip().rpartition(" ")[0]
        else:
            self.pattern = self.pattern[:-1]
        self.look()

    def step(self, by: int) -> bool:
        """An older one, or a newer one; False where there is none."""
        if not 0 <= self.at + by < len(self._fit):
            return False
        self.at += by
        return True

    @property
    def found(self) -> str | None:
        """The query that is shown."""
        return self._fit[self.at] if self.at >= 0 else None

    @property
    def many(self) -> int:
        """How many fit."""
        return len(self._fit)


class Typing(AnswerController):
    """Owns what stands in the query line, and the walk through earlier queries."""

    def __init__(self, desk: Desk, asking: Asking, remembering: Remembering) -> None:
        super().__init__(desk, asking)
        self._remembering = remembering
        self._suggester: Suggester | None = None
        self._suggester_of: object = None
        self._recalled: list[str] = []
        self._recall_at = -1
        self._draft = ""
        self._seek: Seek | None = None
        self._put = ""
        self._asked = ""
        self._shown = ""
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
        line = self.desk.query_line
        self.desk.set_focus(line)  # at once, for the keys that follow
        line.action_select_all()
        line.fresh = self._came = True

    def submit(self) -> None:
        """Ask what is typed, or take the suggestion that was chosen."""
        offers = self.desk.suggestions
        if offers.display and offers.chosen is not None and offers.offer:
            self.take(offers.offer)
            return
        offers.show(())
        text = self._asked = self.desk.query_line.value
        self.desk.query_line.fresh = False
        if self._offered(text):
            return
        try:
            self._parsed(text)
        except GeneTuiError as error:
            self._read(text)
            if text.strip():
                self.desk.fail(error, "Not a query")
            return
        self.asking.ask(text)

    def _offered(self, text: str) -> bool:
        """Say what a key or a command means that was typed as a query, and offer to do it; False
        where it is none, or a gene is called so."""
        word = text.strip()
        action = _MEANT.get(word.casefold())
        session = self.session
        if action is None or (session is not None and session.resolver.find(word) is not None):
            return False
        from gene_tui.ui.screens.choose import Choose
        from gene_tui.ui.screens.palette import PaletteEntry

        keys = self.desk.keys
        verbs = {"help": "Show what can be asked, and the keys", "quit": "Leave the program"}
        entries = [
            PaletteEntry(name, verb, keys.shown(name, 2))
            for name, verb in sorted(verbs.items(), key=lambda item: item[0] != action)
        ]
        entries.append(PaletteEntry("", "Go on typing", "Esc"))
        told = f"No gene is called {word}."
        if word == "?":
            told = "? stands for a gene to find, as in HBA1 ~ ? or A : B :: C : ?"
        told += " In the query line every letter types; Esc leaves it, and then keys are keys."

        def chosen(name: str | None) -> None:
            if name:
                self.desk.do(name)

        self.desk.open_dialog(Choose(f"{word} asks nothing", entries, "does it", told), chosen)
        return True

    def complete(self) -> None:
        """Take the suggestion; without one, go on to the next pane."""
        offers = self.desk.suggestions
        if offers.display and offers.offer:
            self.take(offers.offer)
        else:
            self.desk.focus_next()

    def take(self, offer: Offer) -> None:
        """Put a suggested gene in the place of the name under the cursor."""
        line = self.desk.query_line
        start, end = name_at(line.value, line.cursor_position)
        name = offer.typed or quote(self.asking.loader.name(offer.label, offer.symbol))
        tail = line.value[end:]
        gap = "" if tail.startswith(" ") else " "
        self._settle(line.value[:start] + name + gap + tail, start + len(name) + 1)
        line.focus()

    def older(self) -> None:
        """Up: out of the suggestions, then to earlier queries that begin so."""
        offers = self.desk.suggestions
        if offers.display and offers.chosen is not None and offers.move(-1):
            return
        self._recall()

    def newer(self) -> None:
        """Down: into the suggestions, or back towards what was being typed."""
        offers = self.desk.suggestions
        if offers.display and offers.move(1):
            return
        if self._recall_at < 0:
            return
        self._recall_at -= 1
        self._settle(self._recalled[self._recall_at] if self._recall_at >= 0 else self._draft)

    # -- Ctrl+R ------------------------------------------------------------------------------

    def search(self) -> None:
        """Ctrl+R: find an earlier query by typing; again for an older one."""
        line = self.desk.query_line
        if self._seek is not None:
            if self._seek.step(1):
                self._show_sought()
            else:
                self.desk.say("no older query fits")
            return
        self.desk.set_focus(line)
        self.desk.suggestions.show(())
        typed = line.value.strip()
        by_hand = typed and line.value not in (self._asked, self._shown)
        seek = self._seek = Seek(line.value, typed if by_hand else "")
        line.intercept = self._sought

        def read(past: Sequence[Past]) -> None:
            seek.read(past)
            if self._seek is not seek:
                return
            self._show_sought()
            if seek.entered:
                self._sought(events.Key("enter", None))

        self._show_sought()
        self._remembering.past(read)

    def leave_search(self, *, keep: bool = False) -> bool:
        """End the search, with what stood in the line before or with what was found; False if
        there is none."""
        seek, self._seek = self._seek, None
        self.desk.query_line.intercept = None
        if seek is None:
            return False
        text = seek.found if keep and seek.found is not None else seek.draft
        self._put = text
        self.desk.query_line.put(text)
        self.desk.query_box.border_title = "Query"
        self._read(text)
        return True

    def _sought(self, event: events.Key) -> bool:
        """A key while one seeks; False where it ends the search and then means what it does."""
        seek = self._seek
        if seek is None:
            return False
        if event.is_printable and event.character is not None:
            seek.type(event.character)
        elif event.key in _ERASES:
            seek.erase(word=event.key == "ctrl+w", all=event.key == "ctrl+u")
        elif event.key in ("up", "down"):
            seek.step(1 if event.key == "up" else -1)
        elif event.key in self.desk.keys.of("search-history"):
            return False
        elif event.key in self.desk.keys.of("submit"):
            if seek.past is None:
                seek.entered = True
            elif seek.found is not None:
                self.leave_search(keep=True)
                self.submit()
            return True
        else:
            self.leave_search(keep=True)
            return False
        self._show_sought()
        return True

    def _show_sought(self) -> None:
        seek, box = self._seek, self.desk.query_box
        if seek is None:
            return
        key = self.desk.keys.shown("search-history")
        box.border_title = show.content(f"Search: {seek.pattern}", 60)
        text = seek.found if seek.found is not None else seek.draft
        self._put = text
        self.desk.query_line.put(text)
        if seek.found is not None:
            told = f"{seek.at + 1} of {seek.many} · {key} older · ⏎ asks · Esc leaves"
            box.reading = LineReading(told, "right")
        elif seek.past is None:
            box.reading = LineReading("reading the history …", "busy")
        elif seek.pattern.strip():
            box.reading = LineReading("no earlier query fits · Esc leaves", "wrong")
        else:
            box.reading = LineReading(f"type what to find · {key} the newest · Esc leaves")

    # -- the widgets' messages ---------------------------------------------------------------

    def edited(self, text: str, cursor: int) -> None:
        """The text or the cursor changed: read it anew."""
        if (text, cursor) == self._seen:
            return
        if self._seek is not None:
            self._seen = (text, cursor)
            return
        typing = text != self._seen[0] and text != self._put
        self._seen = (text, cursor)
        if typing:
            self._recall_at = -1
            self._asked = "" if text != self._asked else text
        if not typing:
            self.desk.suggestions.show(())
        self._suggest(text, cursor, self._read(text), offering=typing)

    def reread(self) -> None:
        """Another space is open: look again at what stands in the line, or get ready to."""
        line = self.desk.query_line
        if line.has_focus and line.value and line.value != self._put:
            self._suggest(line.value, line.cursor_position, self._read(line.value), True)
        elif session := self.session:
            self.jobs.start("suggest", lambda _: self._suggester_for(session).warm())

    @property
    def drafting(self) -> bool:
        """Whether the next question is being typed, or about to be, as the last is answered."""
        line = self.desk.query_line
        typed = line.value.strip() and line.value not in (self._asked, self._shown)
        return line.has_focus and bool(typed or (line.fresh and self._came))

    def answered(self, text: str) -> None:
        """Another answer is shown: its query stands in the line, unless one types there."""
        line = self.desk.query_line
        if not self.drafting:
            self.show(text)
        elif line.fresh:
            self.show(text)
            line.action_select_all()

    def show(self, text: str) -> None:
        """Put the query of what is shown in the line."""
        self._shown = text
        self.desk.suggestions.show(())
        self._settle(text)

    def pasted(self) -> None:
        """A list was pasted whole: its last name is not offered as the beginning of others."""
        self._put = self.desk.query_line.value
        self.desk.suggestions.show(())

    # -- inside ------------------------------------------------------------------------------

    def _settle(self, text: str, cursor: int | None = None) -> None:
        """Set the text without offering suggestions for it."""
        self._put = text
        self.desk.query_line.put(text, cursor)
        self.desk.suggestions.show(())

    def _read(self, text: str) -> Query | None:
        """Say what the text asks, or what is wrong at which character."""
        box = self.desk.query_box
        if not text.strip():
            box.reading = LineReading()
            return None
        try:
            query = self._parsed(text)
        except QuerySyntaxError as error:
            hint = f" — {error.hint}" if error.hint else ""
            told = f"at {error.position + 1}: {error.detail}{hint}"
            box.reading = LineReading(told, "wrong", error.position)
            return None
        except GeneTuiError as error:
            box.reading = LineReading(error.message, "wrong")
            return None
        box.reading = LineReading(describe(query))
        return query

    def _parsed(self, text: str) -> Query:
        """The query a text is; what is wrong with it is told with the names of the open space."""
        return parse(text) if self.session is None else self.session.parse(text)

    def _suggest(self, text: str, cursor: int, query: Query | None, offering: bool) -> None:
        """Look the names up and offer what the one under the cursor may become."""
        session = self.session
        if session is None:
            return
        # Of what is typed a part may be half a name, also while the cursor only moves.
        by_hand = text != self._put

        def work(ticket: Ticket) -> Typed:
            suggester = self._suggester_for(session) if by_hand else None
            return typed(session, suggester, text, cursor, ticket)

        def done(found: Typed) -> None:
            line = self.desk.query_line
            if line.value != text:
                return
            if offering and line.has_focus and text not in (self._asked, self._put):
                start, _ = name_at(text, cursor)
                # Below the beginning of the name, so that it stays where it is while one types.
                back = width(text[start : line.cursor_position])
                column = line.cursor_screen_offset.x - back - 1
                self.desk.suggestions.place(max(0, column))
                self.desk.suggestions.show(found.offers)
            if query and found.problem:
                self.desk.query_box.reading = LineReading(found.problem, "wrong", found.at)
            elif query and found.known:
                self.desk.query_box.reading = LineReading(describe(query), "right")

        self.jobs.start("suggest", work, done=done, failed=lambda _: None)

    def _suggester_for(self, session: Session) -> Suggester:
        """The space's suggester. In the thread of suggestions."""
        if self._suggester is None or self._suggester_of is not session:
            from gene_tui.genes.suggest import Suggester

            space = session.space
            self._suggester = Suggester(space.table, space.names, space.n)
            self._suggester_of = session
        return self._suggester

    def _recall(self) -> None:
        """Walk to the next older query that begins as what is typed."""
        line = self.desk.query_line
        if self._recall_at >= 0:
            self._recalled_step()
            return
        self._draft = draft = line.value

        def read(past: Sequence[Past]) -> None:
            if line.value == draft:
                texts = (one.text for one in past)
                self._recalled = [t for t in texts if t.startswith(draft) and t != draft]
                self._recall_at = -1
                self._recalled_step()

        self._remembering.past(read)

    def _recalled_step(self) -> None:
        if self._recall_at + 1 >= len(self._recalled):
            end = " that begins with this" if self._draft.strip() else ""
            self.desk.say(f"no earlier query{end}")
            return
        self._recall_at += 1
        self._settle(self._recalled[self._recall_at])
