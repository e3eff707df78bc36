"""How alike things are, two by two, similar ones beside each other: offsets, members of a list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gene_tui.arrays import Floats, Matrix
from gene_tui.model.result import Result
from gene_tui.pictures.picture import Heatmap
from gene_tui.pictures.planes import clustered, cosines

#: Members of a list that are compared.
MEMBERS = 60


def compared(title: str, about: str, names: Sequence[str], vectors: Floats) -> Heatmap:
    """Cosines between (m, d) vectors, none of them zero, in the order of average linkage."""
    similar = cosines(vectors)
    order = clustered(similar)
    return Heatmap(
        title,
        about,
        tuple(names[place] for place in order),
        tuple(tuple(row) for row in similar[np.ix_(order, order)].tolist()),
    )


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
    about = "Cosines between the members, similar ones side by side (average linkage)."
    if len(genes) < len(known):
        about += f" {len(genes):,} of {len(known):,} are shown, from the best fit to the worst."
    rows = vectors[[gene.row for gene in genes]].astype(np.float64)
    return compared("Members", about, [gene.shown for gene in genes], rows)
