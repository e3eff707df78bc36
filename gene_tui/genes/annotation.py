"""What annotation files say, whatever their format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

#: How tables write that they know nothing.
MISSING = frozenset({"", "-", "NA", "N/A", "nan", "NaN", "None", "null"})


class Annotation(NamedTuple):
    """What one line of an annotation file says. Text is "" where it says nothing.

    Fields are those of ``Gene``, but: ``label`` is set only where the file names rows of a
    space; ``ids`` are all Ensembl IDs it gives; ``approved`` tells that a nomenclature
    committee approved the symbol (as far as the file distinguishes); ``uniprot`` are the accessions
    of its proteins.
    """

    label: str = ""
    ids: tuple[str, ...] = ()
    symbol: str = ""
    name: str = ""
    type: str = ""
    chromosome: str = ""
    previous: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    hgnc: str = ""
    entrez: str = ""
    description: str = ""
    approved: bool = True
    uniprot: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Annotations:
    """One annotation file, read.

    Attributes:
        path: the file.
        kind: "ncbi" (gene_info), "hgnc" (complete set), "descriptions" (JSON), "genes"
            (the gene table of a space), "columns" (any table with named columns) or "human"
            (the table in the box, ``human``).
        entries: in the file's order.
        title: what sentences call it; "" for the file's name.
    """

    path: Path
    kind: str
    entries: Sequence[Annotation]
    title: str = ""


def split_names(text: str) -> tuple[str, ...]:
    """The names in a list of them, separated by ``|``, else ``;``, else commas."""
    separator = next((mark for mark in "|;," if mark in text), None)
    parts = text.split(separator) if separator else [text]
    return tuple(name for part in parts if (name := part.strip()) not in MISSING)
