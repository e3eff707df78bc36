"""Two spaces side by side, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gene_tui.export.table import Column, Table
from gene_tui.ui import format as show
from gene_tui.ui.screens.tables import MOST_ROWS, Page

if TYPE_CHECKING:
    from gene_tui.compare import Comparison, GeneOverlap, QueryComparison
    from gene_tui.model.result import Hit


def gene_pages(
    found: Comparison, most: Sequence[GeneOverlap], fewest: Sequence[GeneOverlap]
) -> list[Page]:
    """The neighbourhoods, those kept best and those kept least.

    Args:
        most, fewest: records of the genes that keep most, and fewest, neighbours, in order.
    """
    from gene_tui.compare.side_by_side import genes_table, header

    head = tuple(header(found))
    total = len(found.common)
    pages = []
    for title, kept, rows in (("most kept", "most", most), ("least kept", "fewest", fewest)):
        lines = head
        if total > len(rows):
            lines = (
                *head,
                f"the {show.count(len(rows))} genes that keep the {kept} neighbours, "
                f"of {show.count(total)}",
            )
        pages.append(
            Page(
                title,
                lines,
                genes_table(found, rows, [one.gene_a.shown for one in rows], chance=show.share),
                tuple(
                    f"{one.gene_a.shown}: {one.common} of its {found.k} nearest genes are the "
                    f"same in both. {one.gene_a.name}"
                    for one in rows
                ),
            )
        )
    return pages


def query_page(found: QueryComparison) -> Page:
    """The answers to one query: ranks side by side; without ``?`` its figures."""
    from gene_tui.compare.side_by_side import header, shifts_table

    head = (f"{found.canonical}   A is {found.a.name}, B is {found.b.name}", *header(found))
    if not found.query.unknowns:
        return Page(found.canonical, head, _figures(found.hits_a, found.hits_b), ())
    shifts = found.shifts[:MOST_ROWS]
    if len(found.shifts) > len(shifts):
        head = (*head, f"the first {len(shifts)} of {show.count(len(found.shifts))}")
    title = "gene" if found.query.unknowns == 1 else "genes"
    table = shifts_table(replace(found, shifts=shifts), title=title, score=show.score)
    about = tuple("; ".join(f"{gene.shown}  {gene.name}" for gene in one.genes) for one in shifts)
    return Page(found.canonical, head, table, about, empty="no hits in either space")


def no_query_page(text: str, why: str) -> Page:
    """Instead of the ranks: why there are none."""
    head = (f"{text}: it cannot be compared", why)
    return Page(text, head, Table([Column("gene", [])]), ())


def _figures(one: Sequence[Hit], other: Sequence[Hit]) -> Table:
    """What is known in any of the spaces."""
    rows = []
    if one and other:
        a, b = one[0], other[0]
        rows = [
            ("score", show.score(a.score), show.score(b.score)),
            ("z", show.z(a.z), show.z(b.z)),
            ("rank there", show.count(a.rank_ab), show.count(b.rank_ab)),
            ("rank back", show.count(a.rank_ba), show.count(b.rank_ba)),
            (
                "random pairs that score lower",
                show.percent(a.percentile),
                show.percent(b.percentile),
            ),
        ]
    rows = [row for row in rows if row[1:] != (show.UNKNOWN, show.UNKNOWN)]
    return Table(
        [
            Column("", [name for name, _, _ in rows]),
            Column("A", [of_a for _, of_a, _ in rows], right=True),
            Column("B", [of_b for _, _, of_b in rows], right=True),
        ]
    )
