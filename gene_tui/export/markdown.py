"""Results as Markdown: headings, tables, Protein Atlas links.

Every text that comes from a file or a user is escaped: whatever a gene is called, it stays one
cell of a table, opens no link of its own and brings no HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from gene_tui.export import wording
from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url
from gene_tui.model.query import describe
from gene_tui.model.result import Distribution, Result
from gene_tui.text import clean

_DIGITS = 6
_BAR = 40
_SPECIAL = re.compile(
    r"[\\`*\[\]<>|&$#]"
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # inside a word it means nothing
    r"|~(?! )|(?<! )~"
    r"|:(?=//)|(?<=www)\.",  # or a bare address becomes a link
    re.IGNORECASE,
)


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


def escape(text: str) -> str:
    """Foreign text as inline Markdown that shows just this text, also inside a table."""
    return _SPECIAL.sub(lambda match: "\\" + match[0], clean(text))


def link(gene: Gene, name: str | None = None) -> str:
    """The gene as a link to the Human Protein Atlas; plain text where there is no such page."""
    shown = escape(gene.shown if name is None else name)
    url = atlas_url(gene)
    return f"[{shown}]({url})" if url else shown


def _document(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(result: Result, level: str, title: str, summary: Distribution | None) -> Iterator[str]:
    yield from (f"{level} {title}", "")
    if result.space.demo:
        yield from (f"**{wording.DEMO}**", "")
    yield from (f"- {name}: {value}" for name, value in _circumstances(result))
    yield ""
    if result.hits and not result.hits[0].genes:
        yield from _facts(result)
    elif result.hits:
        yield from _hits(result)
    else:
        yield from ("No hits.", "")
    if summary is not None:
        yield from _distribution(summary, f"{level}#")


def _circumstances(result: Result) -> Iterator[tuple[str, str]]:
    space, options = result.space, result.options
    yield "Query", f"{_code(result.canonical)}, {escape(describe(result.query))}"
    if result.query.text.strip() not in ("", result.canonical):
        yield "Typed", _code(clean(result.query.text))
    if result.query_genes:
        yield "Query genes", "; ".join(map(_introduced, result.query_genes))
    size = f"{space.genes:,} genes × {space.dims:,} dimensions"
    yield "Space", f"{escape(space.name)}, {size}, fingerprint {_code(clean(space.fingerprint))}"
    yield "Metric", escape(options.metric)
    if wording.has_measure(result.query):
        yield "Measure", escape(options.measure)
    yield "Transforms", escape(", ".join(result.transforms) or "none")
    yield "Options", escape(", ".join(wording.options_in_force(result)) or "none")
    yield "Answer", f"{wording.exactness(result)}; {escape(result.method)}"
    opening = f" (opening the space {wording.duration(result.load_s)})"
    yield "Time", wording.duration(result.elapsed_s) + (opening if result.load_s else "")
    if result.random_questions:
        yield "E and p_best", f"from {result.random_questions:,} random questions"
    for note in wording.notes(result):
        yield "Note", escape(note)


def _introduced(gene: Gene) -> str:
    more = [escape(text) for text in (wording.second_name(gene), gene.name) if text]
    return ", ".join([link(gene), *more])


def _hits(result: Result) -> Iterator[str]:
    titles = wording.slot_titles(result.query)
    genes = [gene for hit in result.hits for gene in hit.genes]
    names = wording.called(genes)
    with_ids = any(map(wording.second_name, genes))
    heads = ["Gene"] if titles == ("gene",) else list(titles)
    heads += [_headed(what, title, titles) for title in titles for what in _columns(with_ids)]
    with_z, with_e = (
        any(getattr(hit, figure) is not None for hit in result.hits) for figure in ("z", "e_value")
    )
    figures = ["Score", *["z"] * with_z, *["E"] * with_e]
    yield from _table_head(["Rank", *heads], figures)
    for hit in result.hits:
        cells = [str(hit.rank), *(link(gene, names[gene.row]) for gene in hit.genes)]
        for gene in hit.genes:
            texts = (wording.second_name(gene), gene.name) if with_ids else (gene.name,)
            cells += map(escape, texts)
        cells.append(wording.score_text(hit.score, _DIGITS))
        e_value = escape(wording.e_text(hit.e_value, result.random_questions))
        cells += [*[wording.z_text(hit.z)] * with_z, *[e_value] * with_e]
        yield _row(cells)
    yield ""


def _columns(with_ids: bool) -> tuple[str, ...]:
    return ("ID", "Name") if with_ids else ("Name",)


def _headed(what: str, title: str, titles: Sequence[str]) -> str:
    return what if len(titles) == 1 else f"{what} {title}"


def _facts(result: Result) -> Iterator[str]:
    yield from _table_head(["Measured"], ["Value"])
    for name, value in wording.facts(result, result.hits[0], _DIGITS):
        yield _row([escape(name), escape(value)])
    yield ""


def _distribution(summary: Distribution, level: str) -> Iterator[str]:
    yield from (f"{level} Distribution over {summary.pairs:,} pairs", "")
    yield from _table_head([], ["Mean", "SD", "Min", "Max"])
    figures = (summary.mean, summary.sd, summary.min, summary.max)
    yield _row([wording.score_text(value, _DIGITS) for value in figures])
    yield from ("", "```text", *histogram(summary), "```", "")


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


def _table_head(left: Sequence[str], right: Sequence[str]) -> Iterator[str]:
    yield _row([*left, *right])
    yield _row([*["---"] * len(left), *["---:"] * len(right)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """A code span around any text on one line."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[:1] in ("`", " ") or text[-1:] in ("`", " ") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
