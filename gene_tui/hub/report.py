"""What there is and what a plan comes to, for reading before anything is fetched."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from gene_tui.hub.fetch import FetchPlan
from gene_tui.hub.sources import REVISION, Product
from gene_tui.text import clean

_UNKNOWN = "size not known"


def describe(plan: FetchPlan) -> list[str]:
    """What is fetched, from where, how big, under which licence, to where; harmless lines."""
    lines = [f"{plan.product.key}: {plan.product.about}"]
    for planned in plan.files:
        file = planned.file
        # At another revision the file may be another one.
        checksum = file.checksum if plan.revision == REVISION else None
        size = ("" if checksum else "about ") + size_text(file.bytes)
        size = size if file.bytes else _UNKNOWN
        lines += [
            f"  {file.about}: {size}, licence {file.licence}"
            + (", on disk already" if planned.there else ""),
            f"    from   {clean(planned.url)}",
            f"    to     {clean(str(planned.target))}",
        ]
        if checksum:
            lines.append(f"    {checksum}")
    return [*lines, *_told(plan.product)]


def listing(products: Iterable[Product]) -> list[str]:
    """What there is to fetch: how big, under which licences, whom to cite."""
    lines = []
    for product in products:
        size = sum(file.bytes for file in product.files)
        sizes = [size_text(size)] if size else []
        if not all(file.bytes for file in product.files):
            sizes.append("what is not known" if size else _UNKNOWN)
        licences = dict.fromkeys(file.licence for file in product.files)
        lines += [
            product.key,
            *_folded("", product.about),
            *_folded("", f"{' and '.join(sizes)}; licence {', '.join(licences)}"),
            *_told(product),
        ]
    return lines


def _told(product: Product) -> list[str]:
    """Whom to cite, and what could not be confirmed."""
    doubts = _folded("not confirmed: ", product.unconfirmed) if product.unconfirmed else []
    return [*_folded("cite ", product.citation), *doubts]


def _folded(before: str, text: str) -> list[str]:
    return textwrap.wrap(before + text, 78, initial_indent="  ", subsequent_indent="    ")


def size_text(size: int) -> str:
    """A number of bytes in the unit that suits it."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6)):
        if size >= scale:
            return f"{size / scale:,.1f} {unit}"
    return f"{size / 1e3:,.0f} kB"
