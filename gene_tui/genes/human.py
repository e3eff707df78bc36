"""The human genes there are, whether or not a space holds them: the table in the box.

``assets/human_genes.tsv.gz`` is made by ``assets/make_human_genes.py`` from HGNC's and NCBI's
tables. It is read when something is first asked of it, never at start-up.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from functools import cache, cached_property
from itertools import repeat
from pathlib import Path

from gene_tui import paths
from gene_tui.errors import FileError
from gene_tui.genes.annotation import Annotation, Annotations, Entries, Places
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
#: What the table is called where a sentence names it.
TITLE = "the human gene table"


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
        return Annotations(Path(ASSET), "human", _entries(self._columns), TITLE)

    def warm_up(self) -> None:
        """Read the table, and what its genes are looked for by, at once."""
        self.official("")
        self.of_id("")
        self.is_symbol("")

    def official(self, name: str) -> Annotation | None:
        """The gene whose approved symbol ``name`` is, or else NCBI's symbol; case is ignored."""
        return self._at(self.place_of_official(name))

    def of_id(self, name: str) -> Annotation | None:
        """The gene of an Ensembl ID (any version), an HGNC ID, an NCBI gene number, or the UniProt
        accession of a protein that no other gene makes."""
        return self._at(self.place_of_id(name))

    def of_accession(self, name: str) -> list[Annotation]:
        """The genes that make the protein of a UniProt accession, which several may."""
        return [self._entry(place) for place in self._by_accession.all(name)]

    def place_of_official(self, name: str) -> int | None:
        """As ``official``, the gene's place in the table."""
        return self._official.get(name.casefold())

    def place_of_id(self, name: str) -> int | None:
        """As ``of_id``, the gene's place in the table."""
        return self._by_id.get(ensembl_id(name) or name.upper())

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
    def _columns(self) -> dict[str, list[str]]:
        """All cells as they are written, by title; a single question needs but a few of them."""
        cells = "\t".join(self._lines).split("\t") if self._lines else []
        return {title: cells[place :: len(COLUMNS)] for place, title in enumerate(COLUMNS)}

    @cached_property
    def _official(self) -> dict[str, int]:
        symbols = [line.partition("\t")[0] for line in self._lines]
        ncbi = [line.rsplit("\t", 2)[1] for line in self._lines]
        return _first(_casefolded(ncbi)) | _first(_casefolded(symbols))

    @cached_property
    def _symbols(self) -> dict[str, None]:
        # Not a set: garbage collections walk through one, and not through a dict of texts.
        columns = self._columns
        previous = "|".join(columns["previous"]).split("|")
        names = dict.fromkeys((*columns["symbol"], *columns["ncbi_symbol"], *previous))
        names.pop("", None)
        return names

    @cached_property
    def _by_id(self) -> dict[str, int]:
        columns, proteins = self._columns, self._by_accession
        hgnc = [f"HGNC:{number}" if number else "" for number in columns["hgnc"]]
        found = {
            name: place for name, place in proteins.first.items() if name not in proteins.several
        }
        return (
            found
            | _first(columns["entrez"])
            | _first(hgnc)
            | Places.of(*_each(columns["ids"])).first
        )

    @cached_property
    def _by_accession(self) -> Places:
        return Places.of(*_each(self._columns["uniprot"]))

    def _entry(self, place: int) -> Annotation:
        cells = self._lines[place].split("\t")
        return _entries({title: [cell] for title, cell in zip(COLUMNS, cells, strict=True)})[0]

    def _at(self, place: int | None) -> Annotation | None:
        return None if place is None else self._entry(place)


@cache
def human_genes() -> HumanGenes:
    """The table in the box; the same object every time."""
    return HumanGenes()


def _entries(columns: dict[str, list[str]]) -> Entries:
    """Columns of the table as annotations; NCBI's symbol, where it is another one, is the first
    alias."""
    n = len(columns["symbol"])
    return Entries(
        [""] * n,
        _split(columns["ids"]),
        columns["symbol"],
        columns["name"],
        columns["type"],
        columns["chromosome"],
        _split(columns["previous"]),
        [
            (ncbi, *aliases) if ncbi else aliases
            for ncbi, aliases in zip(
                columns["ncbi_symbol"], _split(columns["aliases"]), strict=True
            )
        ],
        [f"HGNC:{number}" if number else "" for number in columns["hgnc"]],
        columns["entrez"],
        [""] * n,
        [True] * n,
        _split(columns["uniprot"]),
    )


def _split(column: Sequence[str]) -> list[tuple[str, ...]]:
    # Most lists have no name or one.
    return [
        () if not text else (text,) if "|" not in text else tuple(text.split("|"))
        for text in column
    ]


def _casefolded(names: Sequence[str]) -> list[str]:
    return "\n".join(names).casefold().split("\n") if names else []


def _first(names: Sequence[str]) -> dict[str, int]:
    """Each name of a column, with the first place where it stands."""
    found = dict(zip(reversed(names), reversed(range(len(names))), strict=True))
    found.pop("", None)
    return found


def _each(column: Sequence[str]) -> tuple[list[str], list[int]]:
    """All names of a column of lists, and the place of the list of each."""
    places: list[int] = []
    for place, text in enumerate(column):
        places += repeat(place, text.count("|") + 1)
    return "|".join(column).split("|"), places
