"""Marked genes and the questions made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gene_tui.errors import UsageError
from gene_tui.ui.basket import Basket
from gene_tui.ui.controllers.base import Controller, Doers

if TYPE_CHECKING:
    from gene_tui.ui.screens.main import MainScreen


class Marking(Controller):
    """Owns the basket."""

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(screen)
        self.basket = Basket()

    @property
    def labels(self) -> frozenset[str]:
        """Labels of the marked genes."""
        return self.basket.labels

    def actions(self) -> Doers:
        return {
            "mark": self.mark,
            "analogy": lambda: self._ask(analogy=True),
            "mean": lambda: self._ask(analogy=False),
            "clear-marks": self.clear,
        }

    def mark(self) -> None:
        """Mark the gene under the cursor, or unmark it."""
        if gene := self.screen.results.gene:
            self.basket.toggle(gene)
            self._changed()

    def clear(self) -> None:
        """Take all marks away."""
        self.basket.genes.clear()
        self._changed()

    def _changed(self) -> None:
        self.screen.results.mark(self.labels)
        self.screen.show_basket([gene.shown for gene in self.basket.genes])

    def _ask(self, *, analogy: bool) -> None:
        names = [self.screen.name_of(gene) for gene in self.basket.genes]
        try:
            text = self.basket.analogy(names) if analogy else self.basket.mean(names)
        except UsageError as error:
            self.screen.warn(f"{error.message}: {error.hint}")
            return
        self.screen.asking.ask(text)
