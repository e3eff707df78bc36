"""The history: on disk before it is shown, in its own thread, one thing after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gene_tui.errors import GeneTuiError
from gene_tui.query.result import Result
from gene_tui.ui.controllers.base import Controller, Doers
from gene_tui.ui.remembered import Remembered, ago

if TYPE_CHECKING:
    from gene_tui.history import History
    from gene_tui.ui.screens.main import MainScreen

#: Entries the pane lists.
LISTED = 200


class Remembering(Controller):
    """Owns the history. Its calls may wait for the disk, so all are made in one thread."""

    def __init__(self, screen: MainScreen, limit: int) -> None:
        super().__init__(screen)
        self._limit = limit
        self._history: History | None = None
        self._words = ""
        self._warned = ""

    def actions(self) -> Doers:
        return {
            "reopen": self.reopen,
            "rerun": self.rerun,
            "pin": self.pin,
            "delete": self.delete,
            "clear-history": self.clear,
            "filter-history": self.screen.history.open_filter,
            "history-down": lambda: self.screen.history.move(1),
            "history-up": lambda: self.screen.history.move(-1),
        }

    def keep(self, result: Result) -> None:
        """Keep an answer, then list it."""
        self._do(lambda history: history.add(result), lambda _: self.refresh())

    def refresh(self) -> None:
        """Show the entries in the pane."""
        words = self._words

        def fetch(history: History) -> list[Remembered]:
            now = datetime.now().astimezone()
            return [
                Remembered(
                    entry.id, entry.text or entry.canonical, ago(entry.when, now), entry.pinned
                )
                for entry in history.entries(LISTED, words)
            ]

        def show(entries: list[Remembered]) -> None:
            if words == self._words:
                self.screen.history.put(entries)

        self._do(fetch, show)

    def filter(self, words: str) -> None:
        """List only entries with these words."""
        self._words = words
        self.refresh()

    def recall(self, text: str, search: bool, then: Callable[[list[str]], None]) -> None:
        """Earlier queries that begin with a text, or contain it."""

        def fetch(history: History) -> list[str]:
            return history.search(text.strip()) if search else history.recall(text)

        self._do(fetch, then)

    def reopen(self) -> None:
        """Show the entry's answer, without computing."""
        entry = self.screen.history.entry
        if entry is None:
            return
        number = entry.id

        def shown(result: Result) -> None:
            self.screen.asking.show(result)
            self.screen.results.focus_table()

        self._do(lambda history: history.get(number).result(), shown)

    def rerun(self) -> None:
        """Ask the entry's question in the space that is open."""
        if entry := self.screen.history.entry:
            self.screen.asking.ask(entry.text)

    def pin(self) -> None:
        """Keep the entry, or let it go again."""
        if entry := self.screen.history.entry:
            number, pinned = entry.id, not entry.pinned
            self._do(lambda history: history.pin(number, pinned), lambda _: self.refresh())

    def delete(self) -> None:
        """Forget the entry."""
        if entry := self.screen.history.entry:
            number = entry.id
            self._do(lambda history: history.delete(number), lambda _: self.refresh())

    def clear(self) -> None:
        """Forget all entries that are not pinned, once that was confirmed."""

        def cleared(count: int) -> None:
            self.screen.say(f"{count:,} entries forgotten; pinned ones are kept")
            self.refresh()

        def confirmed(yes: bool | None) -> None:
            if yes:
                self._do(lambda history: history.clear(), cleared)

        self.screen.confirm(
            "Clear the history", "Forget all entries that are not pinned?", "Clear", confirmed
        )

    def close(self) -> None:
        """Let go of the file, after all that waits was written."""
        self._do(lambda history: history.close(), lambda _: None)

    def _do(self, work: Callable[[History], Any], then: Callable[[Any], None]) -> None:
        self.jobs.queue(
            "history",
            lambda _: (work(self._opened()), self._opened().warning),
            done=lambda answer: self._done(answer, then),
            failed=self._failed,
        )

    def _opened(self) -> History:
        """In the history's thread."""
        if self._history is None:
            from gene_tui.history import History

            self._history = History.open(limit=self._limit)
        return self._history

    def _done(self, answer: tuple[Any, str], then: Callable[[Any], None]) -> None:
        value, warning = answer
        if warning != self._warned:
            self._warned = warning
            self.screen.notice(warning, "history")
        then(value)

    def _failed(self, error: GeneTuiError) -> None:
        self.screen.warn(f"{error.message}. {error.hint}")
