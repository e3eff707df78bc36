"""One gene as the space knows it, and all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, overload

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


@dataclass(frozen=True, eq=False, slots=True)
class Genes(Sequence[Gene]):
    """The records of all n rows of a space, in row order: columns called as the fields of
    ``Gene``, each n long. A ``Gene`` is made when it is asked for."""

    label: Sequence[str]
    id: Sequence[str]
    symbol: Sequence[str]
    name: Sequence[str]
    type: Sequence[str]
    chromosome: Sequence[str]
    previous: Sequence[tuple[str, ...]]
    aliases: Sequence[tuple[str, ...]]
    hgnc: Sequence[str]
    entrez: Sequence[str]
    description: Sequence[str]

    @classmethod
    def of(cls, genes: Iterable[Gene]) -> Genes:
        """The columns of records; rows are numbered in the order given."""
        if isinstance(genes, Genes):
            return genes
        columns = list(zip(*map(_COLUMNS, genes), strict=True))
        return cls(*(columns or [()] * len(FIELDS)))

    def __len__(self) -> int:
        return len(self.label)

    @overload
    def __getitem__(self, row: int) -> Gene: ...

    @overload
    def __getitem__(self, row: slice) -> list[Gene]: ...

    def __getitem__(self, row: int | slice) -> Gene | list[Gene]:
        if isinstance(row, slice):
            return [self[place] for place in range(len(self))[row]]
        return Gene(range(len(self))[row], *(column[row] for column in self.columns()))

    def __iter__(self) -> Iterator[Gene]:
        for row, values in enumerate(zip(*self.columns(), strict=True)):
            yield Gene(row, *values)

    def columns(self) -> tuple[Sequence[Any], ...]:
        """All columns, in the order of ``FIELDS``."""
        found: tuple[Sequence[Any], ...] = _COLUMNS(self)
        return found


_COLUMNS = attrgetter(*FIELDS)
