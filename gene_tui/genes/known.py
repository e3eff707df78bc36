"""Whether a name is a gene, as far as that can be told without a space."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gene_tui.genes.human import HumanGenes, human_genes
from gene_tui.model.links import ensembl_id

#: An ID of HGNC, as a whole name.
HGNC_ID = re.compile(r"HGNC:\d+", re.IGNORECASE)
#: Symbols that only mice have: predicted genes, RIKEN clones, cDNAs.
_MOUSE = re.compile(r"Gm\d+|[0-9A-Z]{7,10}Rik\d?|A[IUVW]\d{6}|B[BCE]\d{6}")


def known(names: Sequence[str]) -> list[bool]:
    """Which names are genes beyond doubt.

    True for Ensembl gene IDs of any species, HGNC IDs, approved and previous symbols of human
    genes, NCBI's symbols for them, and those of mice: human ones in mouse spelling (``Tp53``),
    ``Gm1234``, ``0610009B22Rik``. Aliases do not count, for many are words.
    """
    genes = human_genes()
    return [_is_known(name.strip(), genes) for name in names]


def _is_known(name: str, genes: HumanGenes) -> bool:
    if ensembl_id(name) or HGNC_ID.fullmatch(name):
        return True
    return genes.is_symbol(name) or is_mouse_symbol(name, genes)


def is_mouse_symbol(name: str, genes: HumanGenes) -> bool:
    """Whether ``name`` is spelled as mouse genes are, and a gene of man is called so too."""
    if _MOUSE.fullmatch(name):
        return True
    return (
        len(name) > 1
        and name == name.capitalize() != name.upper()
        and genes.is_symbol(name.upper())
    )
