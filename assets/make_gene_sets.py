#!/usr/bin/env python3
"""Makes ``Reactome-DATE.gmt.gz``, the gene sets that come with the program.

    python assets/make_gene_sets.py ReactomePathways_DATE.gmt [OUTPUT]

The source is Reactome's file of human pathways in GMT: a line a pathway, its name, its stable ID
and the symbols of its genes, by tabs. Lines are kept as they are, in the order of their IDs' text;
those without a gene are left out. The same file makes the same bytes.
"""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

from gene_tui.lists.gmt import ASSET


def main(arguments: list[str]) -> int:
    """Make the sets; returns the exit code."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    output = Path(arguments[1]) if len(arguments) == 2 else Path(__file__).with_name(ASSET)
    lines = make(Path(arguments[0]))
    output.write_bytes(compressed(lines))
    print(f"{output}: {len(lines):,} sets, {output.stat().st_size:,} bytes")
    return 0


def make(source: Path) -> list[str]:
    """The lines of the file."""
    lines = source.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    whole = [row for row in rows if len(row) > 2 and any(row[2:])]
    return ["\t".join(row) for row in sorted(whole, key=lambda row: row[1])]


def compressed(lines: list[str]) -> bytes:
    """Lines as gzip bytes without a time or a name in them."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as packed:
        packed.write("".join(f"{line}\n" for line in lines).encode())
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
