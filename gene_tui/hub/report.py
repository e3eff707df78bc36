"""What a plan comes to, for reading before anything is fetched."""

from __future__ import annotations

from gene_tui.hub.fetch import FetchPlan
from gene_tui.hub.sources import REVISION
from gene_tui.text import clean


def describe(plan: FetchPlan) -> list[str]:
    """What is fetched, from where, how big, under which licence, to where; harmless lines."""
    lines = [f"{plan.product.key}: {plan.product.about}"]
    for planned in plan.files:
        file = planned.file
        # At another revision the file may be another one.
        sha256 = file.sha256 if plan.revision == REVISION else ""
        size = ("" if sha256 else "about ") + size_text(file.bytes)
        size = size if file.bytes else "size not known"
        lines += [
            f"  {file.about}: {size}, licence {file.licence}"
            + (", on disk already" if planned.there else ""),
            f"    from   {clean(planned.url)}",
            f"    to     {clean(str(planned.target))}",
        ]
        if sha256:
            lines.append(f"    sha256 {sha256}")
    return lines


def size_text(size: int) -> str:
    """A number of bytes in the unit that suits it."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6)):
        if size >= scale:
            return f"{size / scale:,.1f} {unit}"
    return f"{size / 1e3:,.0f} kB"
