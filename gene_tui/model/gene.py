"""One gene as the space knows it."""

from __future__ import annotations

from dataclasses import dataclass

#: Columns of genes.tsv, in order. ``label`` is the row's name in the source file.
FIELDS = (
    "label",
    "id",
    "symbol",
    "name",
    "type",
    "chromosome",
    "previous",
    "aliases",
    "hgnc",
    "entrez",
    "description",
)


@dataclass(frozen=True, slots=True)
class Gene:
    """One row of a space. Text fields are "" where nothing is known.

    Attributes:
        row: row number in the space, from 0.
        label: the row's name as the source file spells it; unique in the space.
        id: Ensembl gene ID without version (``ENSG00000206172``), or "".
        symbol: approved symbol (``HBA1``).
        name: approved full name.
        type: NCBI's type of gene (``protein-coding``, ``pseudo``, ``ncRNA`` …).
        chromosome: as the annotation says it (``16``, ``X|Y``).
        previous: previous symbols.
        aliases: alias symbols.
        hgnc: ``HGNC:4823``.
        entrez: NCBI gene number.
        description: free text, without its source remark.
    """

    row: int
    label: str
    id: str = ""
    symbol: str = ""
    name: str = ""
    type: str = ""
    chromosome: str = ""
    previous: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    hgnc: str = ""
    entrez: str = ""
    description: str = ""

    @property
    def shown(self) -> str:
        """What to call it on screen: the symbol where there is one, else the label."""
        return self.symbol or self.label
