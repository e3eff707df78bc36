"""Whether the names that a file has for a gene mean the same one, as far as that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from gene_tui.genes.annotation import Annotation
from gene_tui.genes.human import HumanGenes
from gene_tui.model.links import ensembl_id

#: A few symbols are another gene's since the file was written: a larger share is a doubt.
_SHARE, _LEAST = 0.05, 3


def clash(labels: Sequence[str], columns: Mapping[str, Sequence[str]], genes: HumanGenes) -> str:
    """A sentence where many rows have the number or ID of one gene and the symbol of another.

    "" where they agree. A symbol counts where it is approved, and neither a former name nor an
    alias of the other gene.

    Args:
        columns: by name of ``model.gene.FIELDS`` what the source says beside the labels.
    """
    if not any(map(columns.get, ("symbol", "id", "hgnc", "entrez"))):
        return ""  # a label alone is an ID or a symbol
    numbered = [columns.get(name, ()) for name in ("id", "hgnc", "entrez")]
    asked, clashes, table = 0, [], genes.annotations.entries
    for row in zip_longest(labels, columns.get("symbol", ()), *numbered, fillvalue=""):
        label, symbol, *numbers = row
        known = label if ensembl_id(label) else next(filter(None, numbers), "")
        symbol = symbol or ("" if ensembl_id(label) else label)
        gene = genes.place_of_id(known) if known and symbol else None
        other = genes.place_of_official(symbol) if gene is not None else None
        if gene is not None and other is not None:
            asked += 1
            if gene != other and table.symbol[other] not in _names(table[gene]):
                clashes.append(f"{known} {symbol}")
    if len(clashes) < max(_LEAST, _SHARE * asked):
        return ""
    return (
        f"the IDs and symbols of {len(clashes):,} of {asked:,} rows are those of different genes, "
        f"as {clashes[0]}: are its columns out of step?"
    )


def _names(gene: Annotation) -> tuple[str, ...]:
    return (gene.symbol, *gene.previous, *gene.aliases)
