#!/usr/bin/env python3
"""Makes ``atlas.npz``, the expression space that comes with the program.

    python assets/make_atlas.py FOLDER [OUTPUT]

FOLDER holds expression tables of the Human Protein Atlas, gene by sample: RNAtableTissue.tsv,
RNAtableBlood.tsv and RNAtableExtended.tsv, each with its ``GeneID`` first (they may be compressed
with gzip), and labels_Extended.tsv, which says by a category that begins with ``CL:`` which
columns of the last are cell lines. Or it holds the atlas's own long downloads, as
``gene-tui get protein-atlas`` fetches them. The recipe is that of ``gene_tui.spaces.expression``.

In the file: ``genes``, the numbers of the Ensembl IDs (uint32); ``codes``, (n, 128) int8, and
``scales``, (n,) float32: a vector is its codes times its scale; and of the random questions behind
"1 in N" the best scores, which take seconds to find, by the names under which a space keeps them.
"""

from __future__ import annotations

import csv
import gzip
import sys
import tempfile
from pathlib import Path

import numpy as np

from gene_tui.spaces import atlas, store
from gene_tui.spaces.expression import Embedded, Expression, embed
from gene_tui.spaces.importers.protein_atlas import holds_tables, read_tables

#: Kind of samples by table; of the last only what its labels call a cell line.
TABLES = {"RNAtableTissue": "tissue", "RNAtableBlood": "blood", "RNAtableExtended": "cell line"}
LABELS = "labels_Extended.tsv"


def main(arguments: list[str]) -> int:
    """Make the space; returns the exit code."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    output = Path(arguments[1]) if len(arguments) == 2 else Path(__file__).with_name(atlas.ASSET)
    made = make(Path(arguments[0]))
    parts = atlas.packed(made.genes, made.vectors)
    np.savez_compressed(output, **parts)
    np.savez_compressed(output, **parts, **random_questions(output))
    n, d = made.vectors.shape
    print(f"{output}: {n:,} genes × {d}, {output.stat().st_size:,} bytes")
    return 0


def make(folder: Path) -> Embedded:
    """The vectors of all genes, float64."""
    if holds_tables(folder):
        return embed(read_tables(folder))
    return embed([wide_table(folder, name) for name in TABLES])


def wide_table(folder: Path, name: str) -> Expression:
    """One of ``TABLES``: a line a gene, a column a sample, NA where not measured."""
    with _opened(folder, f"{name}.tsv") as lines:
        rows = csv.reader(lines, delimiter="\t")
        samples = next(rows)[1:]
        genes, values = [], []
        for gene, *cells in rows:
            genes.append(gene)
            values.append([np.nan if cell in ("", "NA") else float(cell) for cell in cells])
    table = np.array(values)
    if TABLES[name] == "cell line":
        with _opened(folder, LABELS) as lines:
            labelled = list(csv.reader(lines, delimiter="\t"))
        lines_of_cells = {row[1].strip() for row in labelled if row[0].startswith("CL:")}
        keep = [place for place, sample in enumerate(samples) if sample in lines_of_cells]
        samples, table = [samples[place] for place in keep], table[:, keep]
    return Expression(TABLES[name], genes, samples, table)


def random_questions(file: Path) -> dict[str, np.ndarray]:
    """Of the space in a file what ``gene-tui derive`` would ask, and the best score of each."""
    from gene_tui.model.options import CODING
    from gene_tui.session import Session

    with tempfile.TemporaryDirectory() as scratch:
        space = store.write(
            atlas.source_of(atlas.load(file), file),
            Path(scratch) / atlas.NAME,
            name=atlas.NAME,
            annotator=atlas.annotator,
        )
        Session(space).prepare(type=CODING)
        names = [name for name in space.derived.names() if name.startswith(atlas.RANDOM)]
        return {name: np.array(space.derived.get(name)) for name in sorted(names)}


def _opened(folder: Path, name: str):
    packed = folder / f"{name}.gz"
    if packed.exists():
        return gzip.open(packed, "rt", encoding="utf-8")
    return (folder / name).open(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
