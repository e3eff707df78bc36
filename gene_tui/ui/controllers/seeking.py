"""Ctrl+R: earlier queries found by typing, as in a shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gene_tui.history.past import Past


@dataclass(slots=True)
class Seek:
    """A search that goes on.

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
