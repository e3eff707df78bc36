"""What can be copied, as texts; the clipboard itself is ``ui/clipboard.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url, ensembl_url, ncbi_url
from gene_tui.model.result import Hit
from gene_tui.ui.rows import Rows


@dataclass(frozen=True, slots=True)
class Copyable:
    """One thing to copy.

    Attributes:
        key: chooses it in the menu. label: what it is.
        text: makes it, exact and unaltered; may take a moment for a large table.
        preview: its beginning, where that says something.
    """

    key: str
    label: str
    text: Callable[[], str]
    preview: str = ""


def links(genes: Sequence[Gene], url: Callable[[Gene], str | None] = atlas_url) -> str:
    """One link a line, of the genes that have one."""
    return "\n".join(found for gene in genes if (found := url(gene)))


def copyables(genes: Sequence[Gene], hit: Hit | None, rows: Rows | None) -> list[Copyable]:
    """Everything there is to copy of some genes, of the hit under the cursor, of the table."""
    many = "s" if len(genes) > 1 else ""
    texts = [
        ("l", f"Protein Atlas link{many}", links(genes)),
        ("e", f"Ensembl ID{many}", _lines(gene.id for gene in genes)),
        ("s", f"symbol{many}", _lines(gene.symbol for gene in genes)),
        ("b", f"row label{many}", _lines(gene.label for gene in genes)),
        ("E", f"Ensembl link{many}", links(genes, ensembl_url)),
        ("n", f"NCBI link{many}", links(genes, ncbi_url)),
    ]
    found = [
        Copyable(key, label, _given(text), text.removeprefix("https://").replace("\n", "  "))
        for key, label, text in texts
        if text
    ]
    if rows is not None and hit is not None:
        found.append(Copyable("r", "the row, tab-separated", lambda: _row(rows, hit)))
    if rows is not None and rows.result.hits:
        about = f"{len(rows.hits):,} rows"
        found.append(Copyable("t", "the table, tab-separated", lambda: _table(rows), about))
        found.append(Copyable("m", "the answer as Markdown", lambda: _markdown(rows), about))
    return found


def _given(text: str) -> Callable[[], str]:
    return lambda: text


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(text for text in texts if text)


def _table(rows: Rows) -> str:
    from gene_tui.export.results import to_delimited
    from gene_tui.export.table import Cells

    result = replace(rows.result, hits=tuple(rows.hits))
    return to_delimited(result, "\t", cells=Cells(raw=True))


def _row(rows: Rows, hit: Hit) -> str:
    from gene_tui.export.results import to_delimited
    from gene_tui.export.table import Cells

    text = to_delimited(replace(rows.result, hits=(hit,)), "\t", cells=Cells(raw=True))
    return text.partition("\n")[2].removesuffix("\n")


def _markdown(rows: Rows) -> str:
    from gene_tui.export.results import to_markdown

    return to_markdown(replace(rows.result, hits=tuple(rows.hits)))
