"""Which panes stand beside the results: what the user folded, and what fits."""

from __future__ import annotations

from dataclasses import dataclass, replace

#: From so many columns on there is room for one pane beside the results, and for two.
ONE = 100
BOTH = 140


@dataclass(frozen=True, slots=True)
class Panes:
    """What the user wants to see; None leaves it to the width.

    Attributes:
        history, details: the two panes. latest: which was asked for last.
    """

    history: bool | None = None
    details: bool | None = None
    latest: str = "details"

    def shown(self, width: int) -> tuple[bool, bool]:
        """(history, details) in a terminal of ``width`` columns."""
        history = width >= BOTH if self.history is None else self.history
        details = width >= ONE if self.details is None else self.details
        if history and details and width < BOTH:
            return self.latest == "history", self.latest != "history"
        return history, details

    def toggled(self, name: str, width: int) -> Panes:
        """Show ``name`` ("history" or "details") if it is folded, else fold it."""
        history, details = self.shown(width)
        if name == "history":
            return replace(self, history=not history, latest="details" if history else "history")
        return replace(self, details=not details, latest="history" if details else "details")
