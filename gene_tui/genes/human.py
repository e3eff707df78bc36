"""The human genes there are, whether or not a space holds them: the table in the box.

``assets/human_genes.tsv.gz`` is made by ``assets/make_human_genes.py`` from HGNC's and NCBI's
tables. It is read when something is first asked of it, never at start-up.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import overload

from gene_tui import paths
from gene_tui.errors import FileError
from gene_tui.genes.annotation import Annotation, Annotations
from gene_tui.model.links import ensembl_id

ASSET = "human_genes.tsv.gz"
COLUMNS = (
    "symbol",
    "ids",
    "name",
    "type",
    "chromosome",
    "previous",
    "aliases",
    "hgnc",
    "entrez",
    "ncbi_symbol",
    "uniprot",
)
_NCBI_SYMBOL = COLUMNS.index("ncbi_symbol")
#: What the table is called where a sentence names it.
TITLE = "the human gene table"


class HumanEntries(Sequence[Annotation]):
    """The genes of the table as annotations, by symbol, each made when it is asked for.

    NCBI's symbol, where it is another one, is the first alias.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, place: int) -> Annotation: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Annotation]: ...

    def __getitem__(self, place: int | slice) -> Annotation | Sequence[Annotation]:
        if isinstance(place, slice):
            return HumanEntries(self._lines[place])
        return _entry(self._lines[place])


class HumanGenes:
    """The human genes, by name. ``len()`` counts them.

    Args:
        file: the table, or None for the one in the box.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file

    def __len__(self) -> int:
        return len(self._lines)

    @cached_property
    def annotations(self) -> Annotations:
        """The table as an annotation file.

        Raises:
            FileError: it is missing or damaged.
        """
        return Annotations(Path(ASSET), "human", HumanEntries(self._lines), TITLE)

    def official(self, name: str) -> Annotation | None:
        """The gene whose approved symbol ``name`` is, or else NCBI's symbol; case is ignored."""
        line = self._official.get(name.casefold())
        return None if line is None else _entry(self._lines[line])

    def of_id(self, name: str) -> Annotation | None:
        """The gene of an Ensembl ID (any version), an HGNC ID, an NCBI gene number, or the UniProt
        accession of a protein that no other gene makes."""
        line = self._by_id.get(ensembl_id(name) or name.upper())
        return None if line is None else _entry(self._lines[line])

    def of_accession(self, name: str) -> list[Annotation]:
        """The genes that make the protein of a UniProt accession, which several may."""
        return [_entry(self._lines[line]) for line in self._by_accession.get(name, ())]

    def is_symbol(self, name: str) -> bool:
        """Whether ``name`` is, letter by letter, an approved, previous or NCBI symbol."""
        return name in self._symbols

    def is_entrez(self, name: str) -> bool:
        """Whether ``name`` is the NCBI number of a gene."""
        return name.isdigit() and name in self._by_id

    @cached_property
    def _lines(self) -> list[str]:
        file = self._file or paths.asset(ASSET)
        try:
            header, *lines = gzip.decompress(file.read_bytes()).decode().splitlines()
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise FileError(f"{file} cannot be read: {error}", "install gene-tui again") from None
        if header.split("\t") != list(COLUMNS) or any(
            line.count("\t") != len(COLUMNS) - 1 for line in lines
        ):
            raise FileError(f"{file} is not the table of human genes", "install gene-tui again")
        return lines

    @cached_property
    def _official(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for place in (0, _NCBI_SYMBOL):
            for number, line in enumerate(self._lines):
                name = line.split("\t")[place]
                if name:
                    found.setdefault(name.casefold(), number)
        return found

    @cached_property
    def _symbols(self) -> frozenset[str]:
        found: set[str] = set()
        for line in self._lines:
            values = line.split("\t")
            found.update((values[0], values[_NCBI_SYMBOL], *values[5].split("|")))
        return frozenset(found - {""})

    @cached_property
    def _by_id(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for number, line in enumerate(self._lines):
            values = line.split("\t")
            hgnc = (f"HGNC:{values[7]}",) if values[7] else ()
            for name in (*values[1].split("|"), *hgnc, values[8]):
                if name:
                    found.setdefault(name, number)
        for name, numbers in self._by_accession.items():
            if len(numbers) == 1:
                found.setdefault(name, numbers[0])
        return found

    @cached_property
    def _by_accession(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, line in enumerate(self._lines):
            for name in filter(None, line.rpartition("\t")[2].split("|")):
                found.setdefault(name, []).append(number)
        return found


@cache
def human_genes() -> HumanGenes:
    """The table in the box; the same object every time."""
    return HumanGenes()


def _entry(line: str) -> Annotation:
    values = line.split("\t")
    symbol, ids, name, kind, chromosome, previous, aliases, hgnc, entrez, ncbi, proteins = values
    others = tuple(filter(None, (ncbi, *aliases.split("|"))))
    return Annotation(
        "",
        tuple(filter(None, ids.split("|"))),
        symbol,
        name,
        kind,
        chromosome,
        tuple(filter(None, previous.split("|"))),
        others,
        f"HGNC:{hgnc}" if hgnc else "",
        entrez,
        uniprot=tuple(filter(None, proteins.split("|"))),
    )
