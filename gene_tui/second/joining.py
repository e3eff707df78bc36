"""Which row of another space is a gene: by Ensembl ID, by name only where that is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field

from gene_tui.genes.names import NameKind
from gene_tui.model.gene import Gene
from gene_tui.model.links import ensembl_id
from gene_tui.model.result import Joined
from gene_tui.spaces.space import Space


@dataclass(slots=True)
class Join:
    """Finds genes of one space in another.

    Attributes:
        space: the other space.
        by: "id" joins by Ensembl ID, whatever its version; "name" those without one by symbol,
            or by label where they have none, letter by letter.
    """

    space: Space
    by: Joined = "id"
    _known: dict[Gene, int | None] = field(default_factory=dict, repr=False)

    def row(self, gene: Gene) -> int | None:
        """The row of a gene of the first space; None where none has its ID, or several."""
        if gene not in self._known:
            self._known[gene] = self._find(gene)
        return self._known[gene]

    def _find(self, gene: Gene) -> int | None:
        id_ = gene_id(gene)
        names, n = self.space.names, self.space.n
        rows = [row for row in names.of_ensembl(id_) if row < n]
        if not rows and self.by == "name":
            rows = [row for row in self._called(gene.shown) if not (id_ and self._id(row))]
        return rows[0] if len(rows) == 1 else None

    def _called(self, name: str) -> list[int]:
        outright = (NameKind.LABEL, NameKind.SYMBOL)
        matches = [match for match in self.space.names.exact(name) if match.kind in outright]
        rows = sorted({match.row for match in matches if match.row < self.space.n})
        genes = [self.space.gene(row) for row in rows]
        return [gene.row for gene in genes if name in (gene.label, gene.symbol)]

    def _id(self, row: int) -> str:
        return gene_id(self.space.gene(row))


def gene_id(gene: Gene) -> str:
    """The gene's Ensembl ID without version, "" if it has none."""
    return ensembl_id(gene.id) or ensembl_id(gene.label)


def holds_ids(space: Space) -> bool:
    """Whether any gene of the space has an Ensembl ID."""
    names = space.names
    outright = (NameKind.LABEL, NameKind.ID)
    entries = map(names.entry, range(*names.prefix_range("ens")))
    return any(entry.kind in outright and ensembl_id(entry.text) for entry in entries)
