"""A table as a notebook shows it: HTML that nothing a stranger wrote can leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url
from gene_tui.text import clean, clip

#: Rows shown.
_MOST = 50


def to_html(
    heading: str,
    facts: Sequence[str],
    titles: Sequence[str],
    rows: Sequence[Sequence[str | Gene]],
    notes: Sequence[str],
) -> str:
    """A heading with facts behind it, the first rows, notes; genes are links to their pages in
    the Human Protein Atlas.

    Args:
        rows: of as many cells as there are titles.
    """
    return "".join(_parts(heading, facts, titles, rows, notes))


def _parts(
    heading: str,
    facts: Sequence[str],
    titles: Sequence[str],
    rows: Sequence[Sequence[str | Gene]],
    notes: Sequence[str],
) -> Iterator[str]:
    yield f"<div><p><b>{_text(heading)}</b> · {' · '.join(map(_text, facts))}</p>"
    if rows:
        yield f"<table><thead><tr>{_cells('th', titles)}</tr></thead><tbody>"
        yield from (f"<tr>{_cells('td', row)}</tr>" for row in rows[:_MOST])
        yield "</tbody></table>"
    if len(rows) > _MOST or not rows:
        yield f"<p>{f'… {len(rows) - _MOST:,} more' if rows else 'no hits'}</p>"
    yield from (f"<p><small>{_text(note)}</small></p>" for note in notes)
    yield "</div>"


def _cells(tag: str, row: Sequence[str | Gene]) -> str:
    shown = (_linked(cell) if isinstance(cell, Gene) else _text(cell) for cell in row)
    return "".join(f"<{tag}>{cell}</{tag}>" for cell in shown)


def _linked(gene: Gene) -> str:
    url, shown = atlas_url(gene), _text(gene.shown)
    return f'<a href="{escape(url)}" target="_blank">{shown}</a>' if url else shown


def _text(text: str) -> str:
    return escape(clean(clip(text, 400)))
