"""Tables with named columns: which column says what, and what its values mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from gene_tui.genes.annotation import MISSING, Annotation, split_names
from gene_tui.genes.gene_types import normal_type
from gene_tui.genes.titles import MEANINGS, UNIPROT, plain
from gene_tui.model.links import ensembl_id

_BAND = re.compile(r"(?<![\w.])(\d{1,2}|[XY])(?=[pq]|cen|$|[\s|;,])")


def find_columns(header: Sequence[str]) -> dict[str, int]:
    """Where each field of ``Annotation`` stands in a header line; those it lacks are left out."""
    titles = [plain(text) for text in header]
    found = {}
    for field, names in (*MEANINGS.items(), ("uniprot", UNIPROT)):
        place = next((titles.index(name) for name in names if name in titles), None)
        if place is not None:
            found[field] = place
    return found


def entry_maker(
    columns: dict[str, int], header: Sequence[str]
) -> Callable[[Sequence[str]], Annotation]:
    """What turns a line into an entry, given where each field stands (``find_columns``)."""
    symbol_too = "label" in columns and header[columns["label"]].lower() in ("gene", "genes")

    def entry(row: Sequence[str]) -> Annotation:
        found = {field: row[place].strip() for field, place in columns.items()}
        label = found.pop("label", "")
        text = {field: "" if value in MISSING else value for field, value in found.items()}
        ids, spare = _ids(text.pop("ids", ""))
        symbol = text.get("symbol", "")
        entrez = text.get("entrez", "")
        if spare and spare.isdigit() and not entrez:
            entrez = spare
        elif spare and not label:
            label = spare
        if label and not ids and ensembl_id(label):
            ids = (ensembl_id(label),)
        elif symbol_too and not symbol:
            symbol = label
        return Annotation(
            label,
            ids,
            symbol,
            text.get("name", ""),
            normal_type(text.get("type", "")),
            _chromosome(text.get("chromosome", "")),
            split_names(text.get("previous", "")),
            split_names(text.get("aliases", "")),
            _hgnc(text.get("hgnc", "")),
            entrez.removesuffix(".0"),
            text.get("description", ""),
            uniprot=split_names(text.get("uniprot", "")),
        )

    return entry


def _ids(text: str) -> tuple[tuple[str, ...], str]:
    """Ensembl IDs in a field, and the field itself where it holds something else."""
    found = tuple(known for part in re.split(r"[|;,\s]+", text) if (known := ensembl_id(part)))
    return found, "" if found else text


def _hgnc(text: str) -> str:
    return f"HGNC:{text}" if text.isdigit() else text


def _chromosome(text: str) -> str:
    """``16`` from ``16``, ``chr16`` or ``16p13.3``; ``X|Y`` from ``Xp22.33 and Yp11.2``."""
    bare = text.removeprefix("chr")
    if bare.upper() in ("M", "MT", "MITOCHONDRIA"):
        return "MT"
    found = dict.fromkeys(match[1] for match in _BAND.finditer(bare))
    return "|".join(found) or bare
