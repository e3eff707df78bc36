"""Results as people and programs read them: aligned text, csv and tsv, Markdown documents.

Every text that comes from a file or a user is made harmless: whatever a gene is called, it
stays one cell of a table, opens no link of its own, brings no HTML and steers no terminal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from gene_tui.export import wording
from gene_tui.export.table import SAFE, Cells, Column, Link, Table
from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url
from gene_tui.model.query import describe
from gene_tui.model.result import Distribution, HeldOut, Result
from gene_tui.text import clean, clip, escape, fit

#: Names are shown where at least this much of them fits.
_LEAST_NAME = 12
_LEAST_GENE = 10
_LEAST_ID = 15
_ATLAS = "https://www.proteinatlas.org/"
#: Decimals of a score in a document.
_DIGITS = 6
_BAR = 40
#: Columns of a terminal from which more than one second space is shown, and names beside it.
_WIDE = 100
#: Columns of a terminal from which the figures are explained under the table.
_LEGEND = 140
#: Example pairs of a relation that a document lists.
_MOST_EXAMPLES = 50
#: Genes of a question that are said in full above a table.
_MOST_TOLD = 4


def header(result: Result) -> list[str]:
    """What stands above a table: the question, the space, how sure and how fast; harmless."""
    space = result.space
    lines = [f"{clip(result.canonical, 200)}  ·  {clip(describe(result.query), 200)}"]
    told = [] if result.members else _told(_introduced_genes(result))
    lines += [
        f"{clip(name, 60)}: {', '.join(clip(part, 100) for part in parts)}"
        for name, parts in told[:_MOST_TOLD]
    ]
    if len(told) > _MOST_TOLD:
        lines.append(f"and {len(told) - _MOST_TOLD} more genes of the question")
    lines += [*wording.members(result), *wording.groups(result)]
    setting = [f"{clip(space.name, 60)}  ·  {space.genes:,} genes × {space.dims:,}"]
    setting += [result.options.metric]
    setting += [result.options.measure] if result.query.has_measure else []
    setting += [clip(text, 60) for text in (*result.transforms, *_unusual(result))]
    lines.append("  ·  ".join(setting))
    loading = f" (opening {wording.duration(result.load_s)})" if result.load_s >= 0.001 else ""
    took = wording.duration(result.elapsed_s) + loading
    lines.append("  ·  ".join([wording.exactness(result), clip(result.method, 120), took]))
    if result.z_by_chance is not None:
        lines.append(wording.by_chance(result))
    lines += [clip(line, 400) for line in wording.seconds(result)]
    lines += [clip(note, 400) for note in result.notes]
    return lines


def to_text(result: Result, *, width: int | None, color: bool) -> str:
    """The hits as an aligned table for reading, ending in a line end.

    Args:
        width: columns of the terminal, which no line exceeds; None where there is no
            terminal: then everything is shown and nothing is cut off.
        color: with ANSI colours.

    Foreign text is made harmless; only the colours asked for contain control characters.
    """
    if not result.hits:
        return "no hits\n"
    if result.hits[0].genes:
        table = _listed(result, narrow=width is not None and width < _WIDE).fitting(width)
        lines = list(table.lines(width, color=color))
        heads = {column.title for column in table.columns}
        linked = any(atlas_url(hit.genes[0]) for hit in result.hits)
        if "ID" in heads and "link" not in heads and linked:
            lines.append(fit(f"links: {_ATLAS}<ID>", width or len(_ATLAS) * 2))
        if width is not None and width >= _LEGEND and (legend := wording.legend(result, width)):
            lines.append(legend)
    else:
        _heading, *lines = _facts(result).fitting(width).lines(width, color=color)
        if result.query_genes:
            asked = _asked(result).fitting(width).lines(width, color=color)
            lines = [*asked, "", *lines]
    return "".join(f"{line}\n" for line in lines)


def to_delimited(result: Result, sep: str, *, cells: Cells = SAFE) -> str:
    """The hits as csv or tsv with a heading line: ``Result.columns`` and each gene's link.

    Args:
        sep: "," or a tab.
        cells: what becomes of text from outside.
    """
    records = result.records()
    columns = []
    for name in result.columns:
        columns.append(Column(name, [record[name] for record in records]))
        if name.startswith("name"):
            place = int(name.removeprefix("name")) - 1
            urls = [atlas_url(hit.genes[place]) for hit in result.hits]
            columns.append(Column(name.replace("name", "url"), urls))
    return Table(columns).delimited(sep, cells)


def to_markdown(
    result: Result, *, summary: Distribution | None = None, pictures: Sequence[str] = ()
) -> str:
    """One result as a Markdown document.

    Args:
        summary: how all pairs' scores are distributed; printed with a histogram. Meant for
            ``? ~ ?`` (``Session.distribution``).
        pictures: lines of Markdown to end with (``figures.to_markdown``).
    """
    return _document([*_section(result, "#", escape(result.canonical), summary), *pictures])


def session_markdown(
    results: Sequence[Result], title: str, *, pictures: Sequence[Sequence[str]] = ()
) -> str:
    """Several results, in the order asked, as one Markdown document under ``title``.

    Args:
        pictures: for each result, lines of Markdown to end its section with; or none at all.
    """
    lines = [f"# {escape(title)}", ""]
    lines += [f"{len(results):,} {'question' if len(results) == 1 else 'questions'}.", ""]
    for number, result in enumerate(results, start=1):
        lines += _section(result, "##", f"{number}. {escape(result.canonical)}", None)
        lines += pictures[number - 1] if pictures else ()
    return _document(lines)


def histogram(summary: Distribution) -> list[str]:
    """A histogram in text, one line a bin, without the empty bins at both ends."""
    filled = [place for place, count in enumerate(summary.histogram) if count]
    if not filled:
        return []
    bins = range(filled[0], filled[-1] + 1)
    most = max(summary.histogram)
    edges = [f"{edge:z.3f}" for edge in summary.edges]
    room = max(map(len, edges))
    lines = []
    for place in bins:
        count = summary.histogram[place]
        bar = "█" * round(_BAR * count / most) or ("▏" if count else "")
        borders = f"{edges[place]:>{room}} to {edges[place + 1]:>{room}}"
        lines.append(f"{borders}  {bar:<{_BAR}}  {count:,}")
    return lines


def _document(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(result: Result, level: str, title: str, summary: Distribution | None) -> Iterator[str]:
    yield from (f"{level} {title}", "")
    yield from (f"- {name}: {value}" for name, value in _circumstances(result))
    yield ""
    if result.hits and not result.hits[0].genes:
        yield from (*_facts(result, _DIGITS).markdown(), "")
    elif result.hits:
        yield from (*_documented(result).markdown(), "")
    else:
        yield from ("No hits.", "")
    if result.members:
        yield from (f"{level}# Members", "", *_members(result).markdown(), "")
    if result.held_out is not None:
        yield from (f"{level}# Examples", "", *_held_out(result.held_out).markdown(), "")
    if summary is not None:
        yield from _distribution(summary, f"{level}#")


def _circumstances(result: Result) -> Iterator[tuple[str, str]]:
    space, options = result.space, result.options
    yield "Query", f"{_code(result.canonical)}, {escape(describe(result.query))}"
    if result.query.text.strip() not in ("", result.canonical):
        yield "Typed", _code(clean(result.query.text))
    if result.members:
        told = [*wording.members(result)[:1], *wording.groups(result)]
        yield from (("List", escape(line)) for line in told)
    elif result.query_genes:
        yield from _named(result)
    size = f"{space.genes:,} genes × {space.dims:,} dimensions"
    yield "Space", f"{escape(space.name)}, {size}, fingerprint {_code(clean(space.fingerprint))}"
    yield "Metric", escape(options.metric)
    if result.query.has_measure:
        yield "Measure", escape(options.measure)
    yield "Transforms", escape(", ".join(result.transforms) or "none")
    yield "Options", escape(", ".join(wording.options_in_force(result)) or "none")
    yield "Answer", f"{wording.exactness(result)}; {escape(result.method)}"
    opening = f" (opening the space {wording.duration(result.load_s)})"
    yield "Time", wording.duration(result.elapsed_s) + (opening if result.load_s else "")
    asked = next((hit.rarity_of for hit in result.hits if hit.rarity_of), 0)
    if asked:
        yield "1 in", f"from {asked:,} comparable random questions"
    if result.z_by_chance is not None:
        yield "By chance", wording.by_chance(result).removeprefix("by chance ")
    for line in wording.seconds(result):
        what, _, said = line.partition(": ")
        yield (escape(what.capitalize()), escape(said)) if said else ("Order", escape(line))
    yield from (("Held out", escape(line)) for line in wording.held_out(result)[:2])
    for note in result.notes:
        yield "Note", escape(note)


def _named(result: Result) -> Iterator[tuple[str, str]]:
    """The genes that the question names; of a relation the example pairs on their own."""
    if result.asked_genes:
        yield "Query genes", "; ".join(map(_introduced, result.asked_genes))
    if pairs := result.examples:
        shown = [f"{_linked(a)} : {_linked(b)}" for a, b in pairs[:_MOST_EXAMPLES]]
        more = len(pairs) - len(shown)
        yield "Examples", "; ".join(shown) + (f" … {more:,} more" if more else "")


def _linked(gene: Gene) -> str:
    return _link(gene, gene.shown).markdown()


def _introduced(gene: Gene) -> str:
    more = [escape(text) for text in (wording.second_name(gene), gene.name) if text]
    return ", ".join([_link(gene, gene.shown).markdown(), *more])


def _distribution(summary: Distribution, level: str) -> Iterator[str]:
    yield from (f"{level} Distribution over {summary.pairs:,} pairs", "")
    figures = {"Mean": summary.mean, "SD": summary.sd, "Min": summary.min, "Max": summary.max}
    yield from Table(
        [
            Column(title, [wording.score_text(value, _DIGITS)], right=True)
            for title, value in figures.items()
        ]
    ).markdown()
    yield from ("", "```text", *histogram(summary), "```", "")


def _listed(result: Result, *, narrow: bool) -> Table:
    """The hits for a terminal: names first, then IDs where they have no column yet, then
    links, as room allows; on a narrow one the first second space in the place of the names."""
    ranks = Column("#", [hit.rank for hit in result.hits], right=True, style="dim")
    ids, links = _ids(result), _each(result, "link", lambda gene: atlas_url(gene) or "", wish=8)
    early, late = (ids, []) if len(ids) == 1 else ([], ids)
    shown = [ranks, *_genes(result), *early, *_figures(result)]
    if narrow and result.also:
        return Table([*shown, *_seconds(result)[:1], *_agreement(result)])
    named = [*_names(result), *late, *links]
    return Table([*shown, *_seconds(result), *_agreement(result), *named])


def _seconds(result: Result, digits: int = 3) -> list[Column]:
    """A column for each space that gave a second opinion."""
    columns = []
    for place, name in enumerate(wording.second_names(result)):
        cells = [wording.opinion_text(hit.also[place], digits) for hit in result.hits]
        wish = 3 if place == 0 else 4
        columns.append(Column(name, cells, right=True, wish=wish, heading=name))
    return columns


def _agreement(result: Result) -> list[Column]:
    if not result.by_agreement:
        return []
    cells = [*map(wording.agreement_text, result.hits)]
    return [Column("agree", cells, right=True, wish=3, heading="Agreement")]


def _documented(result: Result) -> Table:
    """The hits for a document."""
    ids, about = _ids(result), _names(result)
    if any(any(column.values) for column in ids):
        about = [column for pair in zip(ids, about, strict=True) for column in pair]
    ranks = Column("Rank", [hit.rank for hit in result.hits])
    seconds = [*_seconds(result, _DIGITS), *_agreement(result)]
    return Table([ranks, *_genes(result), *about, *_figures(result, _DIGITS), *seconds])


def _genes(result: Result) -> list[Column]:
    """What the hits' genes are called, and their links."""
    names = wording.called(gene for hit in result.hits for gene in hit.genes)
    return [
        Column(
            title,
            [_link(hit.genes[place], names[hit.genes[place].row]) for hit in result.hits],
            heading="Gene" if title == "gene" else "",
            least=_LEAST_GENE,
            style="bold cyan",
        )
        for place, title in enumerate(wording.slot_titles(result.query))
    ]


def _ids(result: Result) -> list[Column]:
    one = len(wording.slot_titles(result.query)) == 1
    least, wish = (_LEAST_ID, 5) if one else (0, 7)
    return _each(result, "ID", wording.second_name, least=least, wish=wish)


def _names(result: Result) -> list[Column]:
    return _each(result, "name", _name, least=_LEAST_NAME, wish=6)


def _each(
    result: Result, what: str, field: Callable[[Gene], str], *, least: int = 0, wish: int
) -> list[Column]:
    """A column for each place of a gene, named after it where there are several."""
    titles = wording.slot_titles(result.query)
    columns = []
    for place, title in enumerate(titles):
        head = what if len(titles) == 1 else f"{what} {title}"
        values = [field(hit.genes[place]) for hit in result.hits]
        heading = head[0].upper() + head[1:]
        columns.append(Column(head, values, heading=heading, least=least, wish=wish))
    return columns


def _figures(result: Result, digits: int = 4) -> list[Column]:
    """The score, and z, rarity and the way back where any hit has them."""
    hits = result.hits
    scores = [wording.score_text(hit.score, digits) for hit in hits]
    columns = [Column("score", scores, right=True, heading="Score")]
    if any(hit.z is not None for hit in hits):
        columns.append(Column("z", [wording.z_text(hit.z) for hit in hits], right=True, wish=1))
    if any(hit.rarity is not None for hit in hits):
        marks = [wording.RARE_MARK if wording.is_rare(hit) else "" for hit in hits]
        cells = [f"{wording.rarity_text(hit)}{mark}" for hit, mark in zip(hits, marks, strict=True)]
        columns.append(Column("1 in", cells, right=True, wish=2))
    if any(hit.back is not None for hit in hits):
        backs = [wording.UNKNOWN if hit.back is None else f"{hit.back:,}" for hit in hits]
        columns.append(Column("back", backs, right=True, wish=2))
    if any(hit.beats is not None for hit in hits):
        cells = [wording.beats_text(hit.beats) for hit in hits]
        columns.append(Column("beats", cells, right=True, wish=2, heading="Beats"))
    return columns


def _members(result: Result) -> Table:
    """The genes of the list that was asked about, for a document."""
    genes = [member.gene for member in result.members]
    names = wording.called(genes)
    fits = [
        wording.UNKNOWN if member.fit is None else wording.score_text(member.fit, _DIGITS)
        for member in result.members
    ]
    seconds = [*map(wording.second_name, genes)]
    return Table(
        [
            Column("Gene", [_link(gene, names[gene.row]) for gene in genes]),
            *([Column("ID", seconds)] if any(seconds) else []),
            Column("Name", [*map(_name, genes)]),
            Column("Fit", fits, right=True),
        ]
    )


def _held_out(held: HeldOut) -> Table:
    """The examples of a relation, for a document."""
    names = wording.called(gene for example in held.examples for gene in (example.a, example.b))
    fits = [example.fit for example in held.examples]
    unknown = wording.UNKNOWN
    return Table(
        [
            Column("A", [_link(example.a, names[example.a.row]) for example in held.examples]),
            Column("B", [_link(example.b, names[example.b.row]) for example in held.examples]),
            Column(
                "Held-out rank",
                [unknown if e.rank is None else f"{e.rank:,}" for e in held.examples],
                right=True,
            ),
            Column(
                "Cosine to the others",
                [unknown if fit is None else wording.score_text(fit) for fit in fits],
                right=True,
            ),
            Column("", ["disagrees" if example.disagrees else "" for example in held.examples]),
        ]
    )


def _asked(result: Result) -> Table:
    """The genes that a question without ``?`` names."""
    genes = result.asked_genes
    names = wording.called(genes)
    called = [names[gene.row] for gene in genes]
    return Table(
        [
            Column("", [letter for letter, _ in result.query.lettered], style="dim"),
            Column("gene", called, least=_LEAST_GENE, style="bold cyan"),
            Column("ID", [*map(wording.second_name, genes)], least=_LEAST_ID, wish=1),
            Column("name", [*map(_name, genes)], least=_LEAST_NAME, wish=2),
            Column("link", [atlas_url(gene) or "" for gene in genes], wish=3),
        ]
    )


def _facts(result: Result, digits: int = 4) -> Table:
    """What was measured of a question without ``?``."""
    facts = wording.facts(result, result.hits[0], digits)
    names, values = [name for name, _ in facts], [value for _, value in facts]
    return Table(
        [
            Column("", names, heading="Measured", least=_LEAST_NAME),
            Column("", values, right=True, heading="Value", style="bold"),
        ]
    )


def _link(gene: Gene, name: str) -> Link:
    """A gene that leads to the Human Protein Atlas, where it has a page."""
    return Link(name, atlas_url(gene))


def _name(gene: Gene) -> str:
    return gene.name


def _told(genes: Sequence[Gene]) -> list[tuple[str, list[str]]]:
    """Who the query's genes are, where that says more than the query does."""
    pairs = [(gene.shown, [wording.second_name(gene), gene.name]) for gene in genes]
    told = [(name, [part for part in parts if part]) for name, parts in pairs]
    return [(name, parts) for name, parts in told if parts]


def _introduced_genes(result: Result) -> Sequence[Gene]:
    """The query's genes, what a relation is asked of before its examples."""
    return (*result.asked_genes, *(gene for pair in result.examples for gene in pair))


def _unusual(result: Result) -> list[str]:
    """The options that limit the answer; how many hits were asked for is plain to see."""
    return [text for text in wording.options_in_force(result) if not text.startswith("k ")]


def _code(text: str) -> str:
    """A code span around any text on one line."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[:1] in ("`", " ") or text[-1:] in ("`", " ") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
