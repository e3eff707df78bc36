"""The history: on disk before it is shown, in its own thread, one thing after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gene_tui.errors import GeneTuiError
from gene_tui.model.result import Result
from gene_tui.ui.controllers.asking import MOST, AnswerController, Asking
from gene_tui.ui.desk import Desk, Doers
from gene_tui.ui.widgets.history_pane import Remembered

if TYPE_CHECKING:
    from gene_tui.history import History
    from gene_tui.history.past import Past

#: Questions the pane lists.
LISTED = 200
#: Seconds that the history waits for a lock each time, and between two times while answers wait;
#: what else is asked of it waits as long.
PATIENCE = 2.0
AGAIN = 2.0


class Remembering(AnswerController):
    """Owns the history. Its calls may wait for the disk, so all are made in one thread."""

    def __init__(self, desk: Desk, asking: Asking, limit: int) -> None:
        super().__init__(desk, asking)
        self._limit = limit
        self._history: History | None = None
        self._words = ""
        self._warned = ""
        self._retrying = False
        self._past: Sequence[Past] | None = None
        # Answers of this sitting by their identity, with the numbers of their entries.
        self._kept: dict[int, tuple[Result, int]] = {}

    def actions(self) -> Doers:
        return {
            "reopen": self.reopen,
            "rerun": self.rerun,
            "pin": self.pin,
            "delete": self.delete,
            "undo-delete": self.undo,
            "clear-history": self.clear,
            "filter-history": self.desk.history.open_filter,
            "history-down": lambda: self.desk.history.move(1),
            "history-up": lambda: self.desk.history.move(-1),
        }

    def keep(self, result: Result, before: Result | None = None) -> None:
        """Keep an answer, then list it.

        Args:
            before: the same answer when it said less; its entry is revised.
        """

        def work(history: History) -> None:
            old, number = self._kept.get(id(before), (None, 0))
            known = before is not None and old is before
            self._note(result, history.revise(number, result) if known else history.add(result))

        self._do(work, lambda _: self.refresh())

    def _note(self, result: Result, number: int) -> None:
        """Remember an answer's entry. In the history's thread."""
        self._kept[id(result)] = (result, number)
        while len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]

    def refresh(self, at: int | None = None, number: int | None = None) -> None:
        """Show the questions in the pane.

        Args:
            at: the row where the cursor goes, number: the entry on whose question it goes;
                without either it stays on the question it is on.
        """
        words = self._words

        def fetch(history: History) -> tuple[list[Remembered], list[Past]] | None:
            if history.locked:
                return None  # not all of it may be readable: what is listed stays
            now = datetime.now().astimezone()
            listed = [
                Remembered(
                    numbers,
                    entry.text or entry.canonical,
                    ago(entry.when, now),
                    entry.pinned,
                    shown_setting(entry.setting),
                )
                for entry, numbers in history.questions(LISTED, words)
            ]
            return listed, history.past()

        def show(read: tuple[list[Remembered], list[Past]] | None) -> None:
            if read is not None:
                listed, self._past = read
                if words == self._words:
                    self.desk.history.put(listed, at, number)

        self._do(fetch, show)

    def filter(self, words: str) -> None:
        """List only entries with these words."""
        self._words = words
        self.refresh()

    def past(self, then: Callable[[Sequence[Past]], None]) -> None:
        """Earlier queries, newest first; at once where they were read already."""
        if self._past is not None:
            then(self._past)
        else:
            self._do(lambda history: history.past(), then)

    def reopen(self) -> None:
        """Show the entry's answer, without computing."""
        entry = self.desk.history.entry
        if entry is None:
            return
        number = entry.id

        def shown(result: Result) -> None:
            self.asking.show(result)
            self.desk.results.focus_table()

        def work(history: History) -> Result:
            result = history.get(number).result()
            self._note(result, number)
            return result

        self._do(work, shown)

    def rerun(self) -> None:
        """Ask the entry's question in the space that is open."""
        if entry := self.desk.history.entry:
            self.asking.ask(entry.text)

    def pin(self) -> None:
        """Keep the question's newest answer; or let go of all its answers again."""
        if entry := self.desk.history.entry:
            pinned = not entry.pinned
            numbers = entry.numbers[:1] if pinned else entry.numbers

            def work(history: History) -> None:
                for number in numbers:
                    history.pin(number, pinned)

            self._do(work, lambda _: self.refresh())

    def delete(self) -> None:
        """Forget the question; asks first where it is pinned."""
        pane = self.desk.history
        entry, at = pane.entry, pane.at
        if entry is None:
            return
        numbers = entry.numbers

        def told(count: int) -> None:
            key = self.desk.keys.shown("undo-delete")
            what = f"{count} answers forgotten" if count > 1 else "forgotten"
            self.desk.say(f"{what}; {key} brings {'them' if count > 1 else 'it'} back")
            self.refresh(at)

        def confirmed(yes: bool | None) -> None:
            if yes:
                self._do(lambda history: history.delete(*numbers), told)

        if entry.pinned:
            question = f"{entry.text}: this is pinned. Forget it?"
            self.desk.confirm("Forget a pinned answer", question, "Forget", confirmed)
        else:
            confirmed(True)

    def undo(self) -> None:
        """Bring back what was deleted last."""

        def back(numbers: tuple[int, ...]) -> None:
            if numbers:
                self.refresh(number=numbers[0])
            else:
                self.desk.say("nothing was deleted that could come back")

        self._do(lambda history: history.undo(), back)

    def clear(self) -> None:
        """Forget all entries that are not pinned, once that was confirmed."""

        def cleared(count: int) -> None:
            self.desk.say(f"{count:,} entries forgotten; pinned ones are kept")
            self.refresh()

        def confirmed(yes: bool | None) -> None:
            if yes:
                self._do(lambda history: history.clear(), cleared)

        self.desk.confirm(
            "Clear the history", "Forget all entries that are not pinned?", "Clear", confirmed
        )

    def close(self, patience: float) -> None:
        """Let go of the file, after all that waits was written. The screen may be gone.

        Args:
            patience: seconds to wait for a lock where answers wait for it.
        """
        if partial := self.asking.streaming:
            self._do(lambda history: history.add(partial.result), lambda _: None)
        self._do(lambda history: history.close(patience), lambda _: None)

    @property
    def warning(self) -> str:
        """Why not all is on disk; "" where it is."""
        return self._history.warning if self._history is not None else ""

    def _do(self, work: Callable[[History], Any], then: Callable[[Any], None]) -> None:
        self.jobs.queue(
            "history",
            lambda _: (work(self._opened()), self._opened().warning, self._opened().locked),
            done=lambda answer: self._done(answer, then),
            failed=self._failed,
        )

    def _opened(self) -> History:
        """In the history's thread."""
        if self._history is None:
            from gene_tui.history import History

            self._history = History.open(limit=self._limit, patience=PATIENCE)
        return self._history

    def _done(self, answer: tuple[Any, str, bool], then: Callable[[Any], None]) -> None:
        value, warning, locked = answer
        if locked and not self._retrying:
            self._retrying = True
            self.desk.set_timer(AGAIN, self._retry)
        if warning != self._warned:
            self._warned = warning
            self.desk.notice(warning, "history")
        then(value)

    def _retry(self) -> None:
        """Try again to write what waits for a lock."""
        self._retrying = False

        def tried(saved: bool) -> None:
            if saved:
                self.refresh()

        self._do(lambda history: history.save(), tried)

    def _failed(self, error: GeneTuiError) -> None:
        self.desk.warn(f"{error.message}. {error.hint}")


def ago(asked: datetime, now: datetime) -> str:
    """``14:05`` today, ``Tue 14:05`` this week, ``3 Mar`` this year, else ``2024``."""
    days = (now.date() - asked.date()).days
    if days <= 0:
        return asked.strftime("%H:%M")
    if days < 7:
        return asked.strftime("%a %H:%M")
    return f"{asked.day} {asked:%b}" if asked.year == now.year else f"{asked:%b %Y}"


def shown_setting(setting: str) -> str:
    """An entry's setting in fewer words, without the number of hits."""
    words = [part for part in setting.split(", ") if not part.startswith("k ")]
    return ", ".join(part.removeprefix("metric ").removeprefix("measure ") for part in words)
