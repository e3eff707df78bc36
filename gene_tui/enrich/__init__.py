"""Which known gene sets are over-represented in a list of genes.

Sets come from local GMT files; nothing here ever contacts a server. The chance level is the
hypergeometric distribution over the space's own genes, corrected for the number of sets tested
(Benjamini and Hochberg 1995).
"""

from __future__ import annotations

from gene_tui.doors import make_callable
from gene_tui.enrich.lists import GeneList, of_list, of_names, of_result
from gene_tui.enrich.located import LocatedSets, holding, locate
from gene_tui.enrich.over_representation import Enrichment, SetResult, enrich
from gene_tui.lists.gmt import GeneSet, read_gmt

__all__ = [
    "Enrichment",
    "GeneList",
    "GeneSet",
    "LocatedSets",
    "SetResult",
    "enrich",
    "holding",
    "locate",
    "of_list",
    "of_names",
    "of_result",
    "read_gmt",
]

make_callable(__name__)
