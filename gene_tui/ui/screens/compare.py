"""Two spaces side by side, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gene_tui.ui import format as show
from gene_tui.ui.screens.tables import MOST_ROWS, Column, Page

if TYPE_CHECKING:
    from gene_tui.compare import Comparison, GeneOverlap, QueryComparison
    from gene_tui.model.gene import Gene
    from gene_tui.model.result import Hit


def gene_pages(
    found: Comparison, most: Sequence[GeneOverlap], fewest: Sequence[GeneOverlap]
) -> list[Page]:
    """The neighbourhoods, those kept best and those kept least.

    Args:
        most, fewest: records of the genes that keep most, and fewest, neighbours, in order.
    """
    from gene_tui.compare.side_by_side import header

    head = tuple(header(found))
    total = len(found.common)
    columns = (
        Column("gene", most=24),
        Column("common", number=True),
        Column("Jaccard", number=True),
        Column("p", number=True),
        Column("name", most=60),
    )
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
                columns,
                tuple(
                    (
                        one.gene_a.shown,
                        f"{one.common}/{found.k}",
                        f"{one.jaccard:.3f}",
                        show.share(one.p),
                        one.gene_a.name,
                    )
                    for one in rows
                ),
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
    from gene_tui.compare.side_by_side import header

    head = (f"{found.canonical}   A is {found.a.name}, B is {found.b.name}", *header(found))
    if not found.query.unknowns:
        sides = (Column("", most=40), Column("A", number=True), Column("B", number=True))
        figures = tuple(_figures(found.hits_a, found.hits_b))
        return Page(found.canonical, head, sides, figures, ())
    shifts = found.shifts[:MOST_ROWS]
    if len(found.shifts) > len(shifts):
        head = (*head, f"the first {len(shifts)} of {show.count(len(found.shifts))}")
    below = f">{show.count(found.depth)}" if found.depth else show.UNKNOWN
    columns = (
        Column("gene" if found.query.unknowns == 1 else "genes", most=30),
        Column("rank A", number=True),
        Column("rank B", number=True),
        Column("shift", number=True),
        Column("score A", number=True),
        Column("score B", number=True),
        Column("name", most=60),
    )
    rows = tuple(
        (
            _together(one.genes),
            below if one.rank_a is None else show.count(one.rank_a),
            below if one.rank_b is None else show.count(one.rank_b),
            _shift(one.shift),
            show.score(one.score_a),
            show.score(one.score_b),
            one.genes[0].name,
        )
        for one in shifts
    )
    about = tuple("; ".join(f"{gene.shown}  {gene.name}" for gene in one.genes) for one in shifts)
    return Page(found.canonical, head, columns, rows, about, empty="no hits in either space")


def no_query_page(text: str, why: str) -> Page:
    """Instead of the ranks: why there are none."""
    head = (f"{text}: it cannot be compared", why)
    return Page(text, head, (Column("gene"),), (), ())


def _figures(one: Sequence[Hit], other: Sequence[Hit]) -> list[tuple[str, str, str]]:
    if not (one and other):
        return []
    a, b = one[0], other[0]
    rows = [
        ("score", show.score(a.score), show.score(b.score)),
        ("z", show.z(a.z), show.z(b.z)),
        ("rank there", show.count(a.rank_ab), show.count(b.rank_ab)),
        ("rank back", show.count(a.rank_ba), show.count(b.rank_ba)),
        ("random pairs that score lower", show.percent(a.percentile), show.percent(b.percentile)),
    ]
    return [row for row in rows if row[1:] != (show.UNKNOWN, show.UNKNOWN)]


def _together(genes: Sequence[Gene]) -> str:
    return " : ".join(gene.shown for gene in genes)


def _shift(shift: int | None) -> str:
    """``+3`` falls three ranks from A to B, ``=`` stays."""
    if shift is None:
        return show.UNKNOWN
    return f"{shift:+,}" if shift else "="
