"""The Human Protein Atlas's expression downloads: a line a gene and sample, three files.

``rna_tissue_consensus.tsv``, ``rna_immune_cell.tsv`` (``rna_blood_cell.tsv`` in the releases 19 and
20) and ``rna_celline.tsv``, plain or packed, with the columns ``Gene``, ``Gene name``, one that
names the sample (``Tissue``, ``Blood cell``, ``Immune cell``, ``Cell line``) and one of normalised
values, ``nTPM`` (``NX`` in the releases 19 and 20); ``TPM`` and ``pTPM`` are passed over. A gene
that a table lacks, or has without a value, was not measured there. Vectors are made of them by the
recipe of the space in the box (``spaces/expression.py``).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gene_tui.run import QUIET, Run
from gene_tui.spaces.expression import Embedded, Expression, embed
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.streams import ByteStream, bad, head, stem
from gene_tui.spaces.source import Block, Source

NAME = "protein-atlas"

#: What the samples of a table are, by the name of its file.
KINDS = {
    "rna_tissue_consensus": "tissue",
    "rna_immune_cell": "blood",
    "rna_blood_cell": "blood",
    "rna_celline": "cell line",
}
_VALUES = ("nTPM", "NX")
_OTHERS = frozenset({"Gene", "Gene name", "TPM", "pTPM", *_VALUES})
_HINT = "gene-tui get protein-atlas fetches all three"
#: More genes, or samples, than any release will have.
_MOST = 200_000

CREDIT = (
    "expression data of the Human Protein Atlas (proteinatlas.org), which asks to cite Uhlén et "
    "al., Science 347:1260419 (2015) and Science 366:eaax9198 (2019)"
)
LICENCE = "licence: Creative Commons Attribution-ShareAlike; what is made of it is shared alike"


def probe(path: Path) -> float:
    """Whether it is one of the tables, or a folder that holds them."""
    if path.is_dir():
        return 0.95 if holds_tables(path) else 0.0
    return 0.95 if stem(path) in KINDS and head(path, 10) == b"Gene\tGene " else 0.0


def check(path: Path) -> None:
    """See whether a file begins as one of the tables, whatever it is called.

    Raises:
        FileError: it does not.
    """
    if head(path, 10) != b"Gene\tGene ":
        raise bad(path, "it does not begin with Gene, Gene name", _HINT)


def read(reading: Reading) -> Source:
    """Read the three tables of a folder (of the one beside them, where a table is given).

    Raises:
        FileError: one is missing, damaged, or laid out otherwise.
        Cancelled: the user stopped it.
    """
    folder = reading.path if reading.path.is_dir() else reading.path.parent
    files = _found(folder)
    made = embed(read_tables(folder, run=reading.run))
    notes = [CREDIT, LICENCE]
    dropped = [("not expressed in any sample", gene) for gene in made.silent]
    n, d = made.vectors.shape
    return Source(NAME, d, n, _blocks(made), tuple(files.values()), notes, dropped)


def holds_tables(folder: Path) -> bool:
    """Whether the table of tissues lies there."""
    return "tissue" in _found(folder)


def read_tables(folder: Path, *, run: Run = QUIET) -> list[Expression]:
    """The three tables of a folder: tissues, blood cells, cell lines.

    Raises:
        FileError: one is missing, damaged, or laid out otherwise.
        Cancelled: the user stopped it.
    """
    files = _found(folder)
    if missing := set(KINDS.values()) - files.keys():
        raise bad(folder, f"the table of {' and of '.join(sorted(missing))}s is missing", _HINT)
    return [read_table(files[kind], kind, run=run) for kind in ("tissue", "blood", "cell line")]


def read_table(path: Path, kind: str, *, run: Run = QUIET) -> Expression:
    """One table.

    Raises:
        FileError: it is damaged, or laid out otherwise; names the line.
        Cancelled: the user stopped it.
    """
    lines = _lines(path, run)
    _, first = next(lines, (1, ""))
    titles = first.split("\t")
    samples_in = [place for place, title in enumerate(titles) if title not in _OTHERS]
    values_in = [titles.index(title) for title in _VALUES if title in titles]
    if titles[0] != "Gene" or len(samples_in) != 1 or not values_in:
        raise bad(path, "line 1: not Gene, Gene name, a sample and nTPM or NX", _HINT)
    sample_at, value_at, width = samples_in[0], values_in[0], len(titles)
    genes: dict[str, int] = {}
    samples: dict[str, int] = {}
    rows, columns, values = array("i"), array("i"), array("d")
    for number, line in lines:
        cells = line.split("\t")
        if len(cells) != width:
            raise bad(path, f"line {number:,} has {len(cells)} columns, not {width}", _HINT)
        rows.append(genes.setdefault(cells[0], len(genes)))
        columns.append(samples.setdefault(cells[sample_at], len(samples)))
        values.append(_value(path, number, cells[value_at]))
    if not rows or max(len(genes), len(samples)) > _MOST:
        raise bad(path, f"it holds {len(genes):,} genes and {len(samples):,} samples", _HINT)
    table = np.full((len(genes), len(samples)), np.nan)
    table[np.frombuffer(rows, np.int32), np.frombuffer(columns, np.int32)] = values
    _check_once(path, rows, columns, len(samples))
    return Expression(kind, list(genes), list(samples), table)


def _value(path: Path, number: int, text: str) -> float:
    if text in ("", "NA"):
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise bad(path, f"line {number:,} has no expression value", _HINT)
    return value


def _check_once(path: Path, rows: array[int], columns: array[int], width: int) -> None:
    """Refuse a table that says two things of one gene in one sample."""
    cells = np.frombuffer(rows, np.int32).astype(np.int64) * width
    cells += np.frombuffer(columns, np.int32)
    cells.sort()
    if (cells[1:] == cells[:-1]).any():
        raise bad(path, "it has a gene twice in one sample", _HINT)


def _found(folder: Path) -> dict[str, Path]:
    """The tables in a folder, by what their samples are; of two the one with the newer name."""
    found: dict[str, Path] = {}
    for name, kind in KINDS.items():
        for ending in (".tsv", ".tsv.gz", ".tsv.zip"):
            file = folder / f"{name}{ending}"
            if file.is_file():
                found.setdefault(kind, file)
    return found


def _lines(path: Path, run: Run) -> Iterator[tuple[int, str]]:
    """The lines that hold anything, with their numbers from 1."""
    number, rest = 0, b""
    with ByteStream(path, run, hint=_HINT) as stream:
        while block := stream.read():
            *whole, rest = (rest + block).split(b"\n")
            try:
                texts = b"\n".join(whole).decode().split("\n") if whole else []
            except UnicodeDecodeError:
                raise bad(path, "it is not UTF-8 text", _HINT) from None
            for text in texts:
                number += 1
                if text := text.rstrip("\r"):
                    yield number, text
        if last := rest.decode("utf-8", "replace").rstrip("\r"):
            yield number + 1, last


def _blocks(made: Embedded) -> Iterator[Block]:
    yield Block(made.genes, made.vectors.astype(np.float32))
