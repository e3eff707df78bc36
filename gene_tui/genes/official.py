"""Whose symbol a name officially is: a gene that is not in the space lends its name to no other."""

from __future__ import annotations

from functools import cached_property

from gene_tui.genes.annotation import Annotation
from gene_tui.genes.human import human_genes
from gene_tui.genes.labels import species_of
from gene_tui.genes.names import NameIndex, NameKind
from gene_tui.genes.table import GeneTable
from gene_tui.model.gene import Gene

#: As many rows as it takes to tell whose genes a space holds.
_ROWS = 200


class OfficialNames:
    """Approved symbols of human genes, and NCBI's, as a space of human genes meets them.

    In spaces of other genes and of words no name is official. The human gene table is read when
    the first name is asked for, and never for words.

    Args:
        table: the space's records. names: its name index.
    """

    def __init__(self, table: GeneTable, names: NameIndex) -> None:
        self._table = table
        self._names = names

    @cached_property
    def are_human(self) -> bool:
        """Whether the space holds human genes, by a look at some of its rows."""
        n = len(self._table)
        genes = [self._table.gene(row) for row in range(0, n, n // _ROWS + 1)]
        ids, symbols = [gene.id for gene in genes], [gene.symbol for gene in genes]
        return species_of(ids, symbols, [gene.label for gene in genes]) == "human"

    def warm_up(self) -> None:
        """Read the human gene table, where names are looked for in it."""
        if self.are_human:
            human_genes().warm_up()

    def bearer(self, name: str) -> Annotation | None:
        """The human gene with the symbol ``name``, case ignored; None if there is none."""
        return human_genes().official(name) if self.are_human else None

    def of_number(self, name: str) -> Annotation | None:
        """The human gene with the NCBI number, HGNC ID or Ensembl ID ``name``; None if none."""
        return human_genes().of_id(name) if self.are_human else None

    def of_protein(self, name: str) -> list[Annotation]:
        """The human genes that make the protein of the UniProt accession ``name``."""
        return human_genes().of_accession(name.upper()) if self.are_human else []

    def rows(self, bearer: Annotation) -> list[int]:
        """The rows of the space that are this gene, by any of its names, ascending."""
        outright = (NameKind.LABEL, NameKind.ID, NameKind.SYMBOL)
        found: set[int] = set()
        for name in (*bearer.ids, bearer.symbol, *bearer.previous):
            other = name not in bearer.ids and human_genes().official(name)
            if other and other.symbol != bearer.symbol:
                continue  # a former symbol that means another gene now
            found.update(m.row for m in self._names.exact(name) if m.kind in outright)
        return sorted(row for row in found if is_same(self._table.gene(row), bearer))

    def is_stolen(self, name: str, row: int) -> bool:
        """Whether ``name``, an alias or former symbol of a row, officially is another gene's."""
        bearer = self.bearer(name)
        return bearer is not None and not is_same(self._table.gene(row), bearer)


def is_same(gene: Gene, known: Annotation) -> bool:
    """Whether a row is the gene of an annotation, by its numbers, IDs or symbols."""
    for mine, its in ((gene.hgnc, known.hgnc), (gene.entrez, known.entrez)):
        if mine and its:
            return mine == its
    if gene.id.removesuffix("_PAR_Y") in known.ids:
        return True
    # Ensembl has given the gene another ID meanwhile, or the space knows none.
    return (gene.symbol or gene.label).upper() in {known.symbol, *known.previous}
