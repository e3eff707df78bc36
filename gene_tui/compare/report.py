"""Comparisons as tables for reading, as delimited text, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gene_tui.compare.asking import QueryComparison, RankShift
from gene_tui.compare.overlap import Comparison, GeneOverlap
from gene_tui.compare.shared import SharedGenes
from gene_tui.export import wording
from gene_tui.export.layout import Column, Painter, render, shown
from gene_tui.export.records import delimited, markdown_table
from gene_tui.export.table import SAFE, Cells, Link
from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url
from gene_tui.model.result import SpaceInfo
from gene_tui.text import clean, clip, escape

GENE_COLUMNS = ("gene_a", "gene_b", "symbol", "name", "common", "jaccard", "p")


def header(found: Comparison | QueryComparison) -> list[str]:
    """What was compared and how, one harmless line a matter."""
    lines = [f"{_sized(found.a)}  ↔  {_sized(found.b)}"]
    lines += [wording.DEMO] if found.a.demo or found.b.demo else []
    lines.append(_shared(found.shared))
    if found.transforms:
        lines.append(clip(", ".join(found.transforms), 100))
    lines += summary(found) if isinstance(found, Comparison) else agreement(found)
    return lines + [clip(note, 400) for note in found.notes]


def summary(found: Comparison) -> list[str]:
    """The figures over all genes asked, with their chance levels."""
    times = found.mean / found.chance if found.chance else 0.0
    return [
        f"{found.k} nearest by {found.metric}  ·  Jaccard index: mean {found.mean:.4f}, "
        f"median {found.median:.4f}, of {len(found.common):,} genes",
        f"by chance {found.chance:.4f} (independent lists)  ·  {found.mismatched:.4f} "
        f"(lists of different genes)  ·  {times:,.1f} times chance",
    ]


def agreement(found: QueryComparison) -> list[str]:
    """How far the k best of two answers are the same."""
    if not found.query.unknowns:
        return []
    best = max(len(found.hits_a), len(found.hits_b))
    line = f"{found.common} of the {best} best are the same  ·  Jaccard index {found.jaccard:.4f}"
    return [line + (f", by chance {found.chance:.4f}" if found.chance is not None else "")]


def genes_text(rows: Sequence[GeneOverlap], k: int, *, width: int | None, color: bool) -> str:
    """Genes with what their neighbourhoods share, as aligned columns."""
    names = wording.called(row.gene_a for row in rows)
    columns = [
        Column("gene", [clean(names[row.gene_a.row]) for row in rows], least=10, style="bold cyan"),
        Column("common", [f"{row.common}/{k}" for row in rows], right=True),
        Column("Jaccard", [f"{row.jaccard:.3f}" for row in rows], right=True),
        Column("p", [f"{row.p:.1e}" for row in rows], right=True, wish=1),
        Column("name", [clean(row.gene_a.name) for row in rows], least=12, wish=2),
    ]
    return _lines(columns, width, color)


def shifts_text(found: QueryComparison, *, width: int | None, color: bool) -> str:
    """Ranks side by side; for a query without ``?`` its figures."""
    if not found.query.unknowns:
        facts = _facts(found)
        columns = [
            Column("", [name for name, _, _ in facts], least=12),
            Column(clean(found.a.name), [one for _, one, _ in facts], right=True, least=8),
            Column(clean(found.b.name), [other for _, _, other in facts], right=True, least=8),
        ]
        return _lines(columns, width, color)
    shifts = found.shifts
    if not shifts:
        return "no hits\n"
    columns = [
        Column(
            "gene", [clean(_together(one.genes)) for one in shifts], least=10, style="bold cyan"
        ),
        Column("rank A", [_rank(one.rank_a, found.depth) for one in shifts], right=True),
        Column("rank B", [_rank(one.rank_b, found.depth) for one in shifts], right=True),
        Column("shift", [_shift(one) for one in shifts], right=True),
        Column("score A", [_score(one.score_a) for one in shifts], right=True, wish=1),
        Column("score B", [_score(one.score_b) for one in shifts], right=True, wish=1),
        Column("name", [clean(one.genes[0].name) for one in shifts], least=12, wish=2),
    ]
    return _lines(columns, width, color)


def gene_records(rows: Sequence[GeneOverlap]) -> list[dict[str, Any]]:
    """Genes as rows of plain values under the names of ``GENE_COLUMNS``."""
    return [
        {
            "gene_a": row.gene_a.label,
            "gene_b": row.gene_b.label,
            "symbol": row.gene_a.symbol,
            "name": row.gene_a.name,
            "common": row.common,
            "jaccard": row.jaccard,
            "p": row.p,
        }
        for row in rows
    ]


def shift_columns(found: QueryComparison) -> tuple[str, ...]:
    """Names of the columns of ``shift_records``."""
    places = range(1, found.query.unknowns + 1)
    genes = [f"{what}{place}" for place in places for what in ("gene", "symbol", "name")]
    return (*genes, "rank_a", "rank_b", "shift", "score_a", "score_b")


def shift_records(found: QueryComparison) -> list[dict[str, Any]]:
    """Rank shifts as rows of plain values; unknown is None."""
    rows = []
    columns = shift_columns(found)
    for one in found.shifts:
        texts = [text for gene in one.genes for text in (gene.label, gene.symbol, gene.name)]
        figures = [one.rank_a, one.rank_b, one.shift, one.score_a, one.score_b]
        rows.append(dict(zip(columns, [*texts, *figures], strict=True)))
    return rows


def to_delimited(
    found: Comparison | QueryComparison,
    rows: Sequence[GeneOverlap],
    sep: str,
    *,
    cells: Cells = SAFE,
) -> str:
    """Genes, or rank shifts, as csv or tsv with a heading line."""
    if isinstance(found, Comparison):
        return delimited(GENE_COLUMNS, gene_records(rows), sep, cells=cells)
    return delimited(shift_columns(found), shift_records(found), sep, cells=cells)


def to_json(found: Comparison | QueryComparison, rows: Sequence[GeneOverlap]) -> dict[str, Any]:
    """The comparison in plain values, no NaN."""
    form: dict[str, Any] = {
        "a": _space_json(found.a),
        "b": _space_json(found.b),
        "transforms": list(found.transforms),
        "shared": {
            "genes": len(found.shared),
            "by_id": found.shared.by_id,
            "by_symbol": found.shared.by_symbol,
            "by_label": found.shared.by_label,
            "unclear": found.shared.unclear,
            "only_a": found.shared.only_a,
            "only_b": found.shared.only_b,
        },
        "notes": list(found.notes),
    }
    if isinstance(found, Comparison):
        return form | {
            "metric": found.metric,
            "k": found.k,
            "compared": found.compared,
            "asked": len(found.common),
            "mean": found.mean,
            "median": found.median,
            "chance": found.chance,
            "mismatched": found.mismatched,
            "genes": gene_records(rows),
        }
    return form | {
        "query": found.query.text,
        "canonical": found.canonical,
        "metric": found.options.metric,
        "measure": found.options.measure,
        "k": found.options.k,
        "depth": found.depth,
        "common": found.common,
        "jaccard": found.jaccard,
        "chance": found.chance,
        "shifts": shift_records(found),
        "facts": [{"name": name, "a": one, "b": other} for name, one, other in _facts(found)],
    }


def to_markdown(found: Comparison | QueryComparison, rows: Sequence[GeneOverlap]) -> str:
    """The comparison as a Markdown document."""
    return "\n".join(_document(found, rows)) + "\n"


def _document(found: Comparison | QueryComparison, rows: Sequence[GeneOverlap]) -> Iterator[str]:
    title = f"{escape(found.a.name)} and {escape(found.b.name)}"
    if isinstance(found, QueryComparison):
        title = f"{escape(found.canonical)} in {title}"
    yield from (f"# {title}", "")
    yield from (f"- {escape(line)}" for line in header(found))
    prints = f"{escape(found.a.fingerprint)}, {escape(found.b.fingerprint)}"
    yield from (f"- Fingerprints: {prints}", "")
    if isinstance(found, Comparison):
        titles = ("Gene", "Common", "Jaccard", "p", "Name")
        cells = [
            (row.gene_a.shown, f"{row.common}/{found.k}", f"{row.jaccard:.4f}", f"{row.p:.1e}",
             row.gene_a.name)
            for row in rows
        ]  # fmt: skip
        yield from markdown_table(titles, cells, right=(1, 2, 3))
    elif found.query.unknowns:
        yield from _shift_lines(found)
    else:
        spaces = (escape(found.a.name), escape(found.b.name))
        yield from markdown_table(("", *spaces), _facts(found), right=(1, 2))


def _shift_lines(found: QueryComparison) -> Iterator[str]:
    yield "| Gene | Rank A | Rank B | Shift | Score A | Score B |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for one in found.shifts:
        cells = [
            ", ".join(Link(gene.shown, atlas_url(gene)).markdown() for gene in one.genes),
            escape(_rank(one.rank_a, found.depth)),
            escape(_rank(one.rank_b, found.depth)),
            _shift(one),
            _score(one.score_a),
            _score(one.score_b),
        ]
        yield f"| {' | '.join(cells)} |"


def _lines(columns: Sequence[Column], width: int | None, color: bool) -> str:
    return "".join(f"{line}\n" for line in render(shown(columns, width), width, Painter(color)))


def _facts(found: QueryComparison) -> list[tuple[str, str, str]]:
    """The figures of a query without ``?`` in both spaces."""
    if found.query.unknowns or not (found.hits_a and found.hits_b):
        return []
    one, other = found.hits_a[0], found.hits_b[0]

    def figure(value: float | None) -> str:
        return wording.UNKNOWN if value is None else f"{value:,}"

    rows = [("score", _score(one.score), _score(other.score))]
    rows += [("z", wording.z_text(one.z), wording.z_text(other.z))]
    for name, what in (("rank_ab", "rank there"), ("rank_ba", "rank back")):
        values = getattr(one, name), getattr(other, name)
        if values != (None, None):
            rows.append((what, figure(values[0]), figure(values[1])))
    if one.percentile is not None or other.percentile is not None:
        percents = [wording.percent_text(hit.percentile) for hit in (one, other)]
        rows.append(("random pairs that score lower", percents[0], percents[1]))
    return rows


def _sized(space: SpaceInfo) -> str:
    return f"{clip(space.name, 60)} ({space.genes:,} genes × {space.dims:,})"


def _shared(shared: SharedGenes) -> str:
    ways = [
        f"{count:,} by {way}"
        for count, way in (
            (shared.by_id, "Ensembl ID"),
            (shared.by_symbol, "symbol"),
            (shared.by_label, "label"),
        )
        if count
    ]
    line = f"{len(shared):,} shared genes" + (f" ({', '.join(ways)})" if ways else "")
    line += f"  ·  {shared.only_a:,} and {shared.only_b:,} in one space only"
    return line + (f"  ·  {shared.unclear:,} names unclear" if shared.unclear else "")


def _space_json(space: SpaceInfo) -> dict[str, Any]:
    return {
        "name": space.name,
        "genes": space.genes,
        "dims": space.dims,
        "fingerprint": space.fingerprint,
        "demo": space.demo,
    }


def _together(genes: Sequence[Gene]) -> str:
    return " : ".join(gene.shown for gene in genes)


def _rank(rank: int | None, depth: int | None) -> str:
    if rank is not None:
        return f"{rank:,}"
    return f">{depth:,}" if depth else wording.UNKNOWN


def _shift(one: RankShift) -> str:
    return wording.UNKNOWN if one.shift is None else f"{one.shift:+,}" if one.shift else "="


def _score(score: float | None) -> str:
    return wording.UNKNOWN if score is None else wording.score_text(score)
