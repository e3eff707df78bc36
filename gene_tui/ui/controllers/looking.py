"""Looking at an answer: the cursor, filter, order and pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gene_tui.ui.controllers.asking import AnswerController
from gene_tui.ui.desk import Doers
from gene_tui.ui.rows import PAGE, Rows


class Looking(AnswerController):
    """Changes how the answer that is shown is looked at; the trail remembers it."""

    def actions(self) -> Doers:
        results = self.desk.results
        return {
            "filter": results.open_filter,
            "sort": lambda: self.sort(results.sort_key),
            "agreement": self._by_agreement,
            "more": self.more,
            "fewer": lambda: self._turn(-1),
            "cursor-left": lambda: results.move("left"),
            "cursor-down": lambda: results.move("down"),
            "cursor-up": lambda: results.move("up"),
            "cursor-right": lambda: results.move("right"),
            "first-row": lambda: results.move("top"),
            "last-row": lambda: results.move("bottom"),
        }

    def look(self, change: Callable[[Rows], Rows], cursor: tuple[int, int] | None = None) -> None:
        """Show the same answer otherwise: filtered, sorted, another page."""
        here = self.asking.settled
        if here is None:
            return
        rows = change(here.rows)
        self.asking.trail.update(rows=rows, cursor=cursor)
        self.desk.results.put(rows, cursor or (here.row, here.column))

    def filter(self, text: str) -> None:
        """Show only hits with these words."""
        self.look(lambda rows: replace(rows, filter=text, page=0))

    def sort(self, key: str) -> None:
        """Sort by a column."""
        self.look(lambda rows: replace(rows, sorting=rows.sorting.next(key), page=0))

    def _by_agreement(self) -> None:
        here = self.asking.settled
        if here is not None and not here.result.also:
            self.desk.say(f"no other space was asked; {self.desk.keys.shown('also')} asks one")
        else:
            self.sort("agreement")

    def more(self) -> None:
        """The next page; past the last one, ask for more hits."""
        here = self.asking.trail.here
        if here is None:
            return
        if here.rows.page + 1 < here.rows.pages:
            self._turn(1)
            return
        result = here.result
        if len(result.hits) < result.options.k or not result.query.unknowns:
            self.desk.say("these are all the hits there are")
            return
        self.asking.ask(result.canonical, k=(result.options.k // PAGE + 1) * PAGE, replaces=True)

    def _turn(self, step: int) -> None:
        self.look(lambda rows: rows.turned(step), (0, 1))
