"""The genes of a list compared: how alike each two of them are."""

from __future__ import annotations

import numpy as np

from gene_tui.arrays import Matrix
from gene_tui.model.result import Result
from gene_tui.pictures.picture import Heatmap
from gene_tui.pictures.planes import clustered, cosines

#: Members that are compared.
MEMBERS = 60


def members(vectors: Matrix, result: Result) -> Heatmap | None:
    """Cosines between the members of a list; None for other questions.

    Of a longer list ``MEMBERS`` are shown, evenly chosen from the best fit to the odd ones out.

    Args:
        vectors: (n, d), of the space that answered.
    """
    known = [member.gene for member in result.members if vectors[member.gene.row].any()]
    if len(known) < 2:
        return None
    places = np.unique(np.linspace(0, len(known) - 1, min(MEMBERS, len(known))).round().astype(int))
    genes = [known[place] for place in places.tolist()]
    similar = cosines(vectors[[gene.row for gene in genes]].astype(np.float64))
    order = clustered(similar)
    about = "Cosines between the members, similar ones side by side (average linkage)."
    if len(genes) < len(known):
        about += f" {len(genes):,} of {len(known):,} are shown, from the best fit to the worst."
    return Heatmap(
        "Members",
        about,
        tuple(genes[place].shown for place in order),
        tuple(tuple(row) for row in similar[np.ix_(order, order)].tolist()),
    )
