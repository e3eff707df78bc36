"""How two spaces differ: the genes both have, their neighbours, the ranks of an answer."""

from __future__ import annotations

from gene_tui.compare.asking import QueryComparison, RankShift, compare_query
from gene_tui.compare.neighbours import nearest_lists
from gene_tui.compare.overlap import Comparison, GeneOverlap, compare
from gene_tui.compare.shared import SharedGenes, shared_genes
from gene_tui.doors import make_callable

__all__ = [
    "Comparison",
    "GeneOverlap",
    "QueryComparison",
    "RankShift",
    "SharedGenes",
    "compare",
    "compare_query",
    "nearest_lists",
    "shared_genes",
]

make_callable(__name__)
