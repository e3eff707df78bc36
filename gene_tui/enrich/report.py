"""An enrichment as a table for reading, as delimited text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gene_tui.enrich.over_representation import COLUMNS, Enrichment, SetResult, records
from gene_tui.export import wording
from gene_tui.export.layout import Column, Painter, render, shown
from gene_tui.export.records import delimited, markdown_table
from gene_tui.export.table import SAFE, Cells
from gene_tui.text import clean, clip, escape

#: Genes named in one cell.
_NAMED = 12


def header(found: Enrichment, most_q: float | None) -> list[str]:
    """What stands above a table: the list, the background, how much was tested; harmless."""
    space = found.space
    lines = [
        f"{clip(found.origin, 100)}  ·  {found.genes:,} genes of {found.background:,} in "
        f"{clip(space.name, 60)}"
    ]
    lines += [wording.DEMO] if space.demo else []
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


def to_text(results: Sequence[SetResult], *, width: int | None, color: bool) -> str:
    """Results as aligned columns, ending in a line end; see ``export.tables.to_text``."""
    if not results:
        return "no set\n"
    columns = [
        Column("set", [clean(one.title) for one in results], least=16, style="bold cyan"),
        Column("genes", [_counts(one) for one in results], right=True),
        Column("expected", [f"{one.expected:.2f}" for one in results], right=True, wish=2),
        Column("ratio", [f"{one.ratio:.1f}" for one in results], right=True, wish=1),
        Column("p", [p_text(one) for one in results], right=True),
        Column("q", [_short(one.q) for one in results], right=True),
        Column("which", [_named(one) for one in results], least=16, wish=3),
    ]
    if len({one.collection for one in results}) > 1:
        columns.append(
            Column("collection", [clean(one.collection) for one in results], least=10, wish=4)
        )
    return "".join(f"{line}\n" for line in render(shown(columns, width), width, Painter(color)))


def to_delimited(results: Sequence[SetResult], sep: str, *, cells: Cells = SAFE) -> str:
    """Results as csv or tsv with a heading line; genes joined by ``|``."""
    return delimited(COLUMNS, records(results), sep, cells=cells)


def to_markdown(found: Enrichment, results: Sequence[SetResult], most_q: float | None) -> str:
    """An enrichment as a Markdown document."""
    return "\n".join(_document(found, results, most_q)) + "\n"


def _document(
    found: Enrichment, results: Sequence[SetResult], most_q: float | None
) -> Iterator[str]:
    yield from (f"# Gene sets over-represented in {escape(found.origin)}", "")
    yield from (f"- {escape(line)}" for line in header(found, most_q))
    yield from (f"- Space fingerprint: {escape(found.space.fingerprint)}", "")
    titles = ("Set", "Genes", "Expected", "Ratio", "p", "q", "Which", "Collection")
    rows = (
        (
            one.title,
            _counts(one),
            f"{one.expected:.2f}",
            f"{one.ratio:.1f}",
            p_text(one),
            _short(one.q),
            ", ".join(gene.shown for gene in one.genes),
            one.collection,
        )
        for one in results
    )
    yield from markdown_table(titles, rows, right=range(1, 6))


def p_text(found: SetResult) -> str:
    """The p value with two digits, also where it is too small for a float."""
    if found.p > 1e-300:
        return _short(found.p)
    whole = int(found.log10_p // 1)
    return f"{10 ** (found.log10_p - whole):.1f}e{whole}"


def _short(value: float) -> str:
    return f"{value:.2g}" if value >= 0.001 or value == 0 else f"{value:.1e}"


def _counts(found: SetResult) -> str:
    return f"{found.overlap}/{found.size}"


def _named(found: SetResult) -> str:
    names = [clean(gene.shown) for gene in found.genes[:_NAMED]]
    return ", ".join(names) + (" …" if len(found.genes) > _NAMED else "")
