"""Where a gene can be read about. Links are made from Ensembl IDs only: a word gets none."""

from __future__ import annotations

import re

from gene_tui.model.gene import Gene

_ENSEMBL = re.compile(r"(ENS[A-Z]{0,6}G\d{11})(\.\d+)?(_PAR_Y)?", re.IGNORECASE)
#: How Ensembl wrote the pseudoautosomal copies on Y before ``_PAR_Y``.
_OLD_PAR_Y = re.compile(r"ENSGR(\d{10})(\.\d+)?", re.IGNORECASE)


def ensembl_id(text: str) -> str:
    """The Ensembl gene ID in ``text`` without its version, or "" if it is none.

    ``ENSG00000182378.15_PAR_Y`` keeps its ``_PAR_Y``: the pseudoautosomal copy is another gene.
    Its old spelling, ``ENSGR0000182378``, gives the same.
    """
    text = text.strip()
    if text[:1] not in ("E", "e"):  # as most of what is asked
        return ""
    if match := _ENSEMBL.fullmatch(text):
        return match[1].upper() + (match[3] or "").upper()
    old = _OLD_PAR_Y.fullmatch(text)
    return f"ENSG0{old[1]}_PAR_Y" if old else ""


def atlas_url(gene: Gene) -> str | None:
    """The gene's page in the Human Protein Atlas; None where there can be none."""
    return _url("https://www.proteinatlas.org/{}", gene, human=True)


def ensembl_url(gene: Gene) -> str | None:
    """The gene's page at Ensembl."""
    return _url("https://www.ensembl.org/id/{}", gene)


def ncbi_url(gene: Gene) -> str | None:
    """The gene's page at NCBI."""
    return f"https://www.ncbi.nlm.nih.gov/gene/{gene.entrez}" if gene.entrez.isdigit() else None


def _url(form: str, gene: Gene, *, human: bool = False) -> str | None:
    bare = ensembl_id(gene.id).removesuffix("_PAR_Y")
    if not bare or (human and not bare.startswith("ENSG")):
        return None
    return form.format(bare)
