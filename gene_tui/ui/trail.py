"""Where one has been: the answers of this sitting, walked like pages of a browser."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gene_tui.model.result import Result
from gene_tui.ui.rows import Rows

#: Answers kept to walk back to; the history on disk has them all.
MOST = 200


@dataclass(frozen=True, slots=True)
class Visit:
    """An answer and how it was being looked at.

    Attributes:
        rows: the answer with filter, order and page. row, column: of the cursor.
    """

    rows: Rows
    row: int = 0
    column: int = 1

    @property
    def result(self) -> Result:
        """The answer."""
        return self.rows.result


@dataclass(slots=True)
class Trail:
    """The visits, oldest first, and which one is shown."""

    visits: list[Visit] = field(default_factory=list)
    at: int = -1

    @property
    def here(self) -> Visit | None:
        """The visit shown; None before the first."""
        return self.visits[self.at] if self.at >= 0 else None

    def go(self, rows: Rows) -> Visit:
        """A new answer: what lay forward is left behind."""
        first_gene = 1 if rows.result.query.unknowns else 0
        visit = Visit(rows, column=first_gene)
        self.visits = [*self.visits[: self.at + 1], visit][-MOST:]
        self.at = len(self.visits) - 1
        return self.visits[self.at]

    def update(self, *, rows: Rows | None = None, cursor: tuple[int, int] | None = None) -> None:
        """Remember how the present answer is looked at."""
        here = self.here
        if here is None:
            return
        if rows is not None:
            here = replace(here, rows=rows)
        if cursor is not None:
            here = replace(here, row=cursor[0], column=cursor[1])
        self.visits[self.at] = here

    def step(self, by: int) -> Visit | None:
        """Walk ``by`` visits; None (and no step) where there is none."""
        if not 0 <= self.at + by < len(self.visits):
            return None
        self.at += by
        return self.visits[self.at]
