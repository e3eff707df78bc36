"""Results as terminal tables and as delimited text."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence

from gene_tui.export import wording
from gene_tui.export.layout import Column, Painter, render, shown
from gene_tui.export.records import SAFE, Cells
from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url
from gene_tui.model.query import describe
from gene_tui.model.result import Result
from gene_tui.text import clean, clip, fit

#: Names are shown where at least this much of them fits.
_LEAST_NAME = 12
_LEAST_GENE = 10
_ATLAS = "https://www.proteinatlas.org/"


def header(result: Result) -> list[str]:
    """What stands above a table: the question, the space, how sure and how fast; harmless."""
    space = result.space
    lines = [f"{clip(result.canonical, 200)}  ·  {clip(describe(result.query), 200)}"]
    lines += [
        f"{clip(name, 60)}: {', '.join(clip(part, 100) for part in parts)}"
        for name, parts in _introduced(result.query_genes)
    ]
    setting = [f"{clip(space.name, 60)}  ·  {space.genes:,} genes × {space.dims:,}"]
    setting += [result.options.metric]
    setting += [result.options.measure] if wording.has_measure(result.query) else []
    setting += [clip(text, 60) for text in (*result.transforms, *_unusual(result))]
    lines.append("  ·  ".join(setting))
    if space.demo:
        lines.append(wording.DEMO)
    loading = f" (opening {wording.duration(result.load_s)})" if result.load_s >= 0.001 else ""
    took = wording.duration(result.elapsed_s) + loading
    lines.append("  ·  ".join([wording.exactness(result), clip(result.method, 120), took]))
    lines += [clip(note, 400) for note in wording.notes(result)]
    return lines


def to_text(result: Result, *, width: int | None, color: bool) -> str:
    """The hits as an aligned table for reading, ending in a line end.

    Args:
        width: columns of the terminal, which no line exceeds; None where there is no
            terminal: then everything is shown and nothing is cut off.
        color: with ANSI colours.

    Foreign text is made harmless; only the colours asked for contain control characters.
    """
    paint = Painter(color)
    if not result.hits:
        return "no hits\n"
    lines = _facts(result, width, paint) if not result.hits[0].genes else []
    lines = lines or _hits(result, width, paint)
    return "".join(f"{line}\n" for line in lines)


def to_delimited(result: Result, sep: str, *, cells: Cells = SAFE) -> str:
    """The hits as csv or tsv with a heading line: ``Result.columns`` and each gene's link.

    Args:
        sep: "," or a tab.
        cells: what becomes of text from outside.
    """
    sink = _Lines()
    writer = csv.writer(sink, delimiter=sep, lineterminator="\r\n")
    heading: list[str] = []
    for name in result.columns:
        heading.append(name)
        if name.startswith("name"):
            heading.append(name.replace("name", "url"))
    writer.writerow(heading)
    for hit, record in zip(result.hits, result.records(), strict=True):
        urls = {f"url{place}": atlas_url(gene) for place, gene in enumerate(hit.genes, start=1)}
        writer.writerow(cells((record | urls)[name]) for name in heading)
    return "".join(sink.lines)


class _Lines:
    """Takes the csv writer's rows.

    The writer must end rows in CR LF, or it would not quote a lone CR inside a name; files
    that cut, awk and R read end lines in LF.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, row: str) -> int:
        self.lines.append(row.removesuffix("\r\n") + "\n")
        return len(row)


def _hits(result: Result, width: int | None, paint: Painter) -> list[str]:
    titles = wording.slot_titles(result.query)
    slots = [[hit.genes[place] for hit in result.hits] for place in range(len(titles))]
    names = wording.called(gene for genes in slots for gene in genes)
    columns = [Column("#", [str(hit.rank) for hit in result.hits], right=True, style="dim")]
    for title, genes in zip(titles, slots, strict=True):
        cells = [clean(names[gene.row]) for gene in genes]
        columns.append(Column(title, cells, least=_LEAST_GENE, style="bold cyan"))
        if len(titles) == 1:
            columns.append(Column("ID", _cells(genes, wording.second_name), least=15, wish=3))
    columns += _figures(result)
    columns += _about(titles, slots)
    columns = shown(columns, width)
    lines = list(render(columns, width, paint))
    heads = {column.title for column in columns}
    if "ID" in heads and "link" not in heads and any(map(atlas_url, slots[0])):
        lines.append(fit(f"links: {_ATLAS}<ID>", width or len(_ATLAS) * 2))
    return lines


def _figures(result: Result) -> list[Column]:
    hits = result.hits
    columns = [Column("score", [wording.score_text(hit.score) for hit in hits], right=True)]
    if any(hit.z is not None for hit in hits):
        columns.append(Column("z", [wording.z_text(hit.z) for hit in hits], right=True, wish=1))
    if any(hit.e_value is not None for hit in hits):
        cells = [wording.e_text(hit.e_value, result.random_questions) for hit in hits]
        columns.append(Column("E", cells, right=True, wish=2))
    return columns


def _about(titles: Sequence[str], slots: Sequence[Sequence[Gene]]) -> list[Column]:
    """Names first, then IDs where they have no column yet, then links, as room allows."""
    columns = []
    many = len(titles) > 1
    for title, genes in zip(titles, slots, strict=True):
        head = f"name {title}" if many else "name"
        columns.append(Column(head, _cells(genes, _name), least=_LEAST_NAME, wish=4))
    for title, genes in zip(titles, slots, strict=True):
        if many:
            columns.append(Column(f"ID {title}", _cells(genes, wording.second_name), wish=5))
    for title, genes in zip(titles, slots, strict=True):
        head = f"link {title}" if many else "link"
        columns.append(Column(head, [atlas_url(gene) or "" for gene in genes], wish=6))
    return columns


def _facts(result: Result, width: int | None, paint: Painter) -> list[str]:
    genes = result.query_genes
    names = wording.called(genes)
    columns = [
        Column("", list("ABCD"[: len(genes)]), style="dim"),
        Column(
            "gene",
            [clean(names[gene.row]) for gene in genes],
            least=_LEAST_GENE,
            style="bold cyan",
        ),
        Column("ID", _cells(genes, wording.second_name), least=15, wish=1),
        Column("name", _cells(genes, _name), least=_LEAST_NAME, wish=2),
        Column("link", [atlas_url(gene) or "" for gene in genes], wish=3),
    ]
    lines = [*render(shown(columns, width), width, paint), ""] if genes else []
    rows = wording.facts(result, result.hits[0])
    figures = [
        Column("", [clean(name) for name, _value in rows], least=_LEAST_NAME),
        Column("", [value for _name, value in rows], right=True, style="bold"),
    ]
    _heading, *body = render(shown(figures, width), width, paint)
    return lines + body


def _cells(genes: Sequence[Gene], field: Callable[[Gene], str]) -> list[str]:
    return [clean(field(gene)) for gene in genes]


def _name(gene: Gene) -> str:
    return gene.name


def _introduced(genes: Sequence[Gene]) -> list[tuple[str, list[str]]]:
    """Who the query's genes are, where that says more than the query does."""
    pairs = [(gene.shown, [wording.second_name(gene), gene.name]) for gene in genes]
    told = [(name, [part for part in parts if part]) for name, parts in pairs]
    return [(name, parts) for name, parts in told if parts][:4]


def _unusual(result: Result) -> list[str]:
    """The options that limit the answer; how many hits were asked for is plain to see."""
    return [text for text in wording.options_in_force(result) if not text.startswith("k ")]
