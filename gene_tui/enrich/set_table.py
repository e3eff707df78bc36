"""What an enrichment says, as tables and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from gene_tui.enrich.over_representation import Enrichment, SetResult
from gene_tui.export.table import Column, Table
from gene_tui.text import clip, escape

#: Genes named in one cell of a terminal.
_NAMED = 12


def header(found: Enrichment, most_q: float | None) -> list[str]:
    """What stands above a table: the list, the background, how much was tested; harmless."""
    space = found.space
    lines = [
        f"{clip(found.origin, 100)}  ·  {found.genes:,} genes of {found.background:,} in "
        f"{clip(space.name, 60)}"
    ]
    skipped = [
        f"{count:,} too {what}"
        for what, count in (("small", found.too_small), ("large", found.too_large))
        if count
    ]
    tested = f"{found.tested:,} sets tested" + (f" ({', '.join(skipped)})" if skipped else "")
    passing = "" if most_q is None else f"  ·  {len(found.best(most_q)):,} with q ≤ {most_q:g}"
    lines.append(f"{tested}  ·  hypergeometric, Benjamini–Hochberg{passing}")
    # The list's notes may say again what the space says of itself.
    return list(dict.fromkeys(lines + [clip(note, 400) for note in found.notes]))


def table(results: Sequence[SetResult]) -> Table:
    """For a terminal: the first genes of each set, the collection where there are several."""
    columns = _columns(results, most=_NAMED)
    several = len({one.collection for one in results}) > 1
    return Table(columns if several else columns[:-1])


def _columns(results: Sequence[SetResult], most: int | None) -> list[Column]:
    """All columns for reading, the collection last; ``most`` genes are named."""
    counts = [f"{one.overlap}/{one.size}" for one in results]
    expected, ratios = [one.expected for one in results], [one.ratio for one in results]
    which = [_named(one, most) for one in results]
    collections = [one.collection for one in results]
    return [
        Column("set", [one.title for one in results], heading="Set", least=16, style="bold cyan"),
        Column("genes", counts, heading="Genes", right=True),
        Column("expected", expected, ".2f", heading="Expected", right=True, wish=2),
        Column("ratio", ratios, ".1f", heading="Ratio", right=True, wish=1),
        Column("p", [chance(one.log10_p) for one in results], right=True),
        Column("q", [chance(one.log10_q) for one in results], right=True),
        Column("which", which, heading="Which", least=16, wish=3),
        Column("collection", collections, heading="Collection", least=10, wish=4),
    ]


def to_markdown(found: Enrichment, results: Sequence[SetResult], most_q: float | None) -> str:
    """An enrichment as a Markdown document."""
    return "\n".join(_document(found, results, most_q)) + "\n"


def _document(
    found: Enrichment, results: Sequence[SetResult], most_q: float | None
) -> Iterator[str]:
    yield from (f"# Gene sets over-represented in {escape(found.origin)}", "")
    yield from (f"- {escape(line)}" for line in header(found, most_q))
    yield from (f"- Space fingerprint: {escape(found.space.fingerprint)}", "")
    yield from Table(_columns(results, most=None)).markdown()


def chance(log10: float) -> str:
    """A probability with two digits, also where it is too small for a float.

    Args:
        log10: its decimal logarithm; minus infinity for 0.
    """
    if log10 == -math.inf:
        return "0"
    if log10 > -300.0:
        value: float = 10.0**log10
        return f"{value:.2g}" if value >= 0.001 else f"{value:.1e}"
    power = math.floor(log10)
    digits = f"{10 ** (log10 - power):.1f}"
    return f"1.0e{power + 1}" if digits == "10.0" else f"{digits}e{power}"


def _named(found: SetResult, most: int | None) -> str:
    more = " …" if most is not None and len(found.genes) > most else ""
    return ", ".join(gene.shown for gene in found.genes[:most]) + more
