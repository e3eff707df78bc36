"""Relations that grow: hits that are taken as further examples."""

from __future__ import annotations

from collections.abc import Sequence

from gene_tui.errors import UsageError
from gene_tui.model.query import ANALOGIES, Kind, Query
from gene_tui.model.result import Hit
from gene_tui.ui.controllers.asking import AnswerController, Asking
from gene_tui.ui.controllers.marking import Marking
from gene_tui.ui.desk import Desk, Doers
from gene_tui.ui.rows import Rows


class Relating(AnswerController):
    """Asks the relation of an answer's examples and of hits that are judged to belong to it."""

    def __init__(self, desk: Desk, asking: Asking, marking: Marking) -> None:
        super().__init__(desk, asking)
        self._marking = marking

    def actions(self) -> Doers:
        return {"example": self.grow, "relation": self.of_marks}

    def grow(self) -> None:
        """Take the hit under the cursor, or all those whose genes are all marked, as examples."""
        here = self.asking.rows
        hits = self._chosen(here) if here is not None else []
        if here is None or not hits:
            self.desk.say("no hit is here that could be an example")
            return
        name_of = self.asking.loader.name_in_query
        filled = [[name_of(gene) for gene in hit.genes] for hit in hits]
        try:
            query = grown(here.result.query, filled)
        except UsageError as error:
            self.desk.warn(f"{error.message}: {error.hint}")
            return
        self.asking.ask(str(query))

    def of_marks(self) -> None:
        """Ask the relation of the marked genes, taken two by two."""
        name_of = self.asking.loader.name_of
        try:
            text = self._marking.basket.relation(list(map(name_of, self._marking.basket.genes)))
        except UsageError as error:
            self.desk.warn(f"{error.message}: {error.hint}")
            return
        self.asking.ask(text)

    def _chosen(self, rows: Rows) -> list[Hit]:
        """The hits to take, the best first."""
        labels = self._marking.labels
        marked = [
            hit
            for hit in rows.result.hits
            if hit.genes and labels.issuperset(gene.label for gene in hit.genes)
        ]
        under = self.desk.results.hit
        return marked or ([under] if under is not None else [])


def grown(query: Query, filled: Sequence[Sequence[str]]) -> Query:
    """The relation of what a query compares and of what its hits are, asked for all pairs.

    Args:
        filled: names of the genes of each hit, at least one hit.

    Raises:
        UsageError: the query does not compare pairs.
    """
    if query.kind is Kind.SUMS or query.kind not in ANALOGIES | {Kind.RELATION}:
        raise UsageError(
            "only a hit of an analogy or a relation is a pair", "ask A : B, or mark pairs"
        )
    examples: dict[tuple[str, ...], None] = dict.fromkeys(query.examples)
    for genes in filled:
        names_of = iter(genes)
        whole = [slot if slot is not None else next(names_of) for slot in query.slots]
        if query.kind is not Kind.RELATION:
            examples[tuple(whole[:2])] = None
        examples[tuple(whole[-2:])] = None
    slots = [name for example in examples for name in example]
    lists = []
    at = 0
    for example in examples:
        lists += [at] if len(example) == 1 else []
        at += len(example)
    return Query(Kind.RELATION, (*slots, None, None), lists=tuple(lists))
