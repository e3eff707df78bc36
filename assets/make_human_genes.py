#!/usr/bin/env python3
"""Makes ``human_genes.tsv.gz``, the table of human genes that comes with the program.

    python assets/make_human_genes.py HGNC_TABLE GENE_INFO [OUTPUT]

HGNC_TABLE is HGNC's complete set or a custom download of it, GENE_INFO NCBI's
Homo_sapiens.gene_info; either may be compressed with gzip. Every approved gene of HGNC is in the
table, and every gene of NCBI that HGNC lacks. The same two files make the same bytes.

One line a gene, sorted by symbol: its approved symbol, Ensembl IDs (the current one first, then
those by which it was known), name, type, chromosome, previous symbols, aliases, HGNC ID, NCBI
gene number, the symbol NCBI uses where that is another one, and the UniProt accessions of its
proteins. Lists are joined by ``|``.
"""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from gene_tui.genes.annotation import Annotation
from gene_tui.genes.annotation_files import read_annotations
from gene_tui.genes.human import ASSET, COLUMNS
from gene_tui.model.options import CODING

#: NCBI's table of man also holds the mitochondria of extinct relatives.
_MAN = "9606"


def main(arguments: list[str]) -> int:
    """Make the table; returns the exit code."""
    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    hgnc, ncbi = (Path(argument) for argument in arguments[:2])
    output = Path(arguments[2]) if len(arguments) == 3 else Path(__file__).with_name(ASSET)
    lines = sorted(make(hgnc, ncbi))
    output.write_bytes(compressed(["\t".join(COLUMNS), *("\t".join(line) for line in lines)]))
    print(f"{output}: {len(lines):,} genes, {output.stat().st_size:,} bytes")
    return 0


def make(hgnc: Path, ncbi: Path) -> list[tuple[str, ...]]:
    """The lines of the table, unsorted."""
    known = read_annotations(ncbi).entries
    numbers = _numbers_of_man(ncbi)
    known = tuple(entry for entry in known if entry.entrez in numbers)
    symbols = _ncbi_symbols(ncbi)
    by_number = {entry.entrez: entry for entry in known}
    by_hgnc = {entry.hgnc: entry for entry in known if entry.hgnc}
    lines = []
    used: set[str] = set()
    approved = read_annotations(hgnc).entries
    taken = {entry.symbol for entry in approved}
    owners = _owners(approved, known)
    for entry in approved:
        other = by_number.get(entry.entrez) or by_hgnc.get(entry.hgnc)
        if other is not None:
            used.add(other.entrez)
        lines.append(_line(entry, other, owners, symbols))
    for entry in known:
        if entry.entrez not in used and entry.symbol not in taken:
            lines.append(_line(entry._replace(ids=()), entry, owners, symbols))
            taken.add(entry.symbol)
    return lines


def _owners(approved: Sequence[Annotation], known: Sequence[Annotation]) -> dict[str, str]:
    """The NCBI number of the gene that an Ensembl ID is told of beside HGNC's: NCBI's only one, or
    the only one that codes for a protein among those that share its place in the genome."""
    claims: dict[str, list[Annotation]] = {}
    for entry in known:
        for known_id in entry.ids:
            claims.setdefault(known_id, []).append(entry)
    for entry in approved:
        for known_id in entry.ids:
            claims.pop(known_id, None)
    owners = {}
    for known_id, claimants in claims.items():
        coding = [entry for entry in claimants if entry.type == CODING]
        if len(coding or claimants) == 1:
            owners[known_id] = (coding or claimants)[0].entrez
    return owners


def compressed(lines: list[str]) -> bytes:
    """Lines as gzip bytes without a time or a name in them."""
    text = "".join(f"{line}\n" for line in lines).encode()
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as packed:
        packed.write(text)
    return buffer.getvalue()


def _line(
    entry: Annotation, other: Annotation | None, owners: dict[str, str], symbols: dict[str, str]
) -> tuple[str, ...]:
    former = (
        [known_id for known_id in other.ids if owners.get(known_id) == other.entrez]
        if other
        else []
    )
    ids = dict.fromkeys((*entry.ids, *former))
    entrez = entry.entrez or (other.entrez if other else "")
    at_ncbi = symbols.get(entrez, "")
    fields = (
        entry.symbol,
        "|".join(ids),
        entry.name,
        entry.type or (other.type if other else ""),
        entry.chromosome or (other.chromosome if other else ""),
        "|".join(name for name in entry.previous if name != entry.symbol),
        "|".join(name for name in entry.aliases if name not in (entry.symbol, *entry.previous)),
        entry.hgnc.removeprefix("HGNC:"),
        entrez,
        "" if at_ncbi == entry.symbol else at_ncbi,
        "|".join(entry.uniprot),
    )
    return tuple(" ".join(field.split()) for field in fields)


def _gene_info(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open() as lines:
        return [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]


def _numbers_of_man(path: Path) -> set[str]:
    return {row[1] for row in _gene_info(path) if row[0] == _MAN}


def _ncbi_symbols(path: Path) -> dict[str, str]:
    """NCBI's own symbol by gene number."""
    return {row[1]: row[2] for row in _gene_info(path) if row[0] == _MAN}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
