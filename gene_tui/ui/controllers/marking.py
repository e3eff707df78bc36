"""Marked genes and the questions made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gene_tui.errors import UsageError
from gene_tui.model.gene import Gene
from gene_tui.ui.controllers.asking import AnswerController, Asking
from gene_tui.ui.desk import Desk, Doers


@dataclass(slots=True)
class Basket:
    """The marked genes."""

    genes: list[Gene] = field(default_factory=list)

    @property
    def labels(self) -> frozenset[str]:
        """Labels of the marked genes."""
        return frozenset(gene.label for gene in self.genes)

    def toggle(self, gene: Gene) -> bool:
        """Mark or unmark a gene; True if it is marked now."""
        if gene.label in self.labels:
            self.genes = [other for other in self.genes if other.label != gene.label]
            return False
        self.genes.append(gene)
        return True

    def analogy(self, names: Sequence[str]) -> str:
        """The analogy question of two, three or four marked genes, by names as they are typed.

        Raises:
            UsageError: another number is marked.
        """
        if len(names) == 2:
            return f"{names[0]} : {names[1]}"
        if len(names) in (3, 4):
            return " : ".join(names[:2]) + f" :: {names[2]} : {[*names, '?'][3]}"
        raise UsageError(
            f"an analogy takes 2, 3 or 4 marked genes; {len(names)} are marked",
            "mark genes with space",
        )

    def relation(self, names: Sequence[str]) -> str:
        """The question for the relation of the marked genes, two by two in the order marked; one
        that is left over is what is to be completed.

        Raises:
            UsageError: fewer than two pairs are marked.
        """
        pairs = [" : ".join(pair) for pair in zip(names[::2], names[1::2], strict=False)]
        if len(pairs) < 2:
            raise UsageError(
                f"a relation takes two pairs of marked genes or more; {len(names)} "
                f"{'gene is' if len(names) == 1 else 'genes are'} marked",
                "mark A, B, then E, F with space",
            )
        asked = f"{names[-1]} : ?" if len(names) % 2 else "? : ?"
        return f"{', '.join(pairs)} :: {asked}"

    def mean(self, names: Sequence[str]) -> str:
        """The question for what lies nearest to the list of the marked genes, by names as they
        are typed.

        Raises:
            UsageError: nothing is marked.
        """
        if not names:
            raise UsageError("no gene is marked", "mark genes with space")
        return ", ".join(names)


class Marking(AnswerController):
    """Owns the basket."""

    def __init__(self, desk: Desk, asking: Asking) -> None:
        super().__init__(desk, asking)
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
        if gene := self.desk.results.gene:
            self.basket.toggle(gene)
            self._changed()

    def clear(self) -> None:
        """Take all marks away."""
        self.basket.genes.clear()
        self._changed()

    def _changed(self) -> None:
        self.desk.results.mark(self.labels)
        self.desk.show_marked([gene.shown for gene in self.basket.genes])

    def _ask(self, *, analogy: bool) -> None:
        names = [self.asking.loader.name_of(gene) for gene in self.basket.genes]
        try:
            text = self.basket.analogy(names) if analogy else self.basket.mean(names)
        except UsageError as error:
            self.desk.warn(f"{error.message}: {error.hint}")
            return
        self.asking.ask(text)
