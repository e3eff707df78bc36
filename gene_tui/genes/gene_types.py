"""One vocabulary for types of gene: NCBI's (``protein-coding``, ``pseudo``, ``ncRNA`` …)."""

from __future__ import annotations

from functools import lru_cache

_SAME = {
    "protein-coding": (
        "protein coding",
        "gene with protein product",
        "complex locus constituent",
        "protocadherin",
        "coding",
        "mrna",
    ),
    "ncRNA": (
        "ncrna",
        "non coding rna",
        "rna long non coding",
        "rna micro",
        "rna cluster",
        "rna misc",
        "rna vault",
        "rna y",
        "lncrna",
        "lincrna",
        "lnc rna",
        "mirna",
        "misc rna",
        "antisense",
        "antisense rna",
        "sense intronic",
        "sense overlapping",
        "processed transcript",
        "bidirectional promoter lncrna",
        "3prime overlapping ncrna",
        "macro lncrna",
        "ribozyme",
        "vault rna",
        "vaultrna",
        "y rna",
        "pirna",
        "scarna",
    ),
    "snoRNA": ("snorna", "rna small nucleolar"),
    "snRNA": ("snrna", "rna small nuclear"),
    "rRNA": ("rrna", "rna ribosomal", "mt rrna"),
    "tRNA": ("trna", "rna transfer", "mt trna"),
    "scRNA": ("scrna", "rna small cytoplasmic", "rna small misc"),
    "biological-region": ("biological region", "region"),
    "unknown": ("unknown", "phenotype only", "tec", "unclassified gene"),
    "other": (
        "other",
        "readthrough",
        "endogenous retrovirus",
        "fragile site",
        "virus integration site",
        "immunoglobulin gene",
        "t cell receptor gene",
        "ig gene",
        "tr gene",
    ),
}
_NORMAL = {name: normal for normal, names in _SAME.items() for name in names}


@lru_cache(maxsize=4096)
def normal_type(text: str) -> str:
    """NCBI's word for a type of gene as NCBI, HGNC or Ensembl spell it.

    A type that none of them uses is kept as it stands.
    """
    plain = " ".join(text.lower().replace("_", " ").replace("-", " ").replace(",", " ").split())
    if "pseudo" in plain:
        return "pseudo"
    if plain in _NORMAL:
        return _NORMAL[plain]
    # Ensembl's IG_C_gene, TR_V_gene …: segments that are joined before they are a gene.
    if plain.startswith(("ig ", "tr ")) and plain.endswith(" gene"):
        return "other"
    return text.strip()
