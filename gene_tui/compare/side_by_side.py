"""Two spaces side by side: what a comparison says, as tables, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from gene_tui.compare.asking import QueryComparison, RankShift
from gene_tui.compare.overlap import Comparison, GeneOverlap
from gene_tui.compare.shared import SharedGenes
from gene_tui.export import wording
from gene_tui.export.table import Column, Link, Table
from gene_tui.model.links import atlas_url
from gene_tui.model.result import SpaceInfo
from gene_tui.text import clip, escape


def header(found: Comparison | QueryComparison) -> list[str]:
    """What was compared and how, one harmless line a matter."""
    lines = [f"{_sized(found.a)}  ↔  {_sized(found.b)}"]
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


def table(found: Comparison | QueryComparison, rows: Sequence[GeneOverlap]) -> Table:
    """For reading: genes with what their neighbourhoods share, or ranks side by side; for a
    query without ``?`` its figures."""
    if isinstance(found, Comparison):
        names = wording.called(row.gene_a for row in rows)
        return genes_table(found, rows, [names[row.gene_a.row] for row in rows])
    return shifts_table(found) if found.query.unknowns else _facts_table(found)


def genes_table(
    found: Comparison,
    rows: Sequence[GeneOverlap],
    names: Sequence[str],
    *,
    digits: int = 3,
    chance: str | Callable[[float], str] = ".1e",
) -> Table:
    """Genes with what their neighbourhoods share.

    Args:
        names: what the genes are called.
        digits: of the Jaccard index. chance: how p is written.
    """
    common = [f"{row.common}/{found.k}" for row in rows]
    jaccard, p = [row.jaccard for row in rows], [row.p for row in rows]
    about = [row.gene_a.name for row in rows]
    return Table(
        [
            Column("gene", names, heading="Gene", least=10, style="bold cyan", most=24),
            Column("common", common, right=True, heading="Common"),
            Column("Jaccard", jaccard, f".{digits}f", right=True),
            Column("p", p, chance, right=True, wish=1),
            Column("name", about, heading="Name", least=12, wish=2, most=60),
        ]
    )


def shifts_table(
    found: QueryComparison,
    *,
    title: str = "gene",
    score: Callable[[float | None], str] | None = None,
) -> Table:
    """Ranks and scores side by side.

    Args:
        title: of the first column. score: how scores are written.
    """
    score = score or _score
    shifts = found.shifts
    genes = [" : ".join(gene.shown for gene in one.genes) for one in shifts]
    ranks_a = [_rank(one.rank_a, found.depth) for one in shifts]
    ranks_b = [_rank(one.rank_b, found.depth) for one in shifts]
    moved = [_shift(one) for one in shifts]
    scores_a, scores_b = [one.score_a for one in shifts], [one.score_b for one in shifts]
    about = [one.genes[0].name for one in shifts]
    return Table(
        [
            Column(title, genes, heading="Gene", least=10, style="bold cyan", most=30),
            Column("rank A", ranks_a, right=True, heading="Rank A"),
            Column("rank B", ranks_b, right=True, heading="Rank B"),
            Column("shift", moved, right=True, heading="Shift"),
            Column("score A", scores_a, score, right=True, heading="Score A", wish=1),
            Column("score B", scores_b, score, right=True, heading="Score B", wish=1),
            Column("name", about, least=12, wish=2, most=60),
        ]
    )


def values(found: Comparison | QueryComparison, rows: Sequence[GeneOverlap]) -> Table:
    """Genes, or rank shifts, for programs: csv, tsv and JSON; unknown is None."""
    if isinstance(found, Comparison):
        genes = [row.gene_a for row in rows]
        return Table(
            [
                Column("gene_a", [gene.label for gene in genes]),
                Column("gene_b", [row.gene_b.label for row in rows]),
                Column("symbol", [gene.symbol for gene in genes]),
                Column("name", [gene.name for gene in genes]),
                Column("common", [row.common for row in rows]),
                Column("jaccard", [row.jaccard for row in rows]),
                Column("p", [row.p for row in rows]),
            ]
        )
    shifts = found.shifts
    columns = []
    for place in range(found.query.unknowns):
        genes = [one.genes[place] for one in shifts]
        columns += [
            Column(f"gene{place + 1}", [gene.label for gene in genes]),
            Column(f"symbol{place + 1}", [gene.symbol for gene in genes]),
            Column(f"name{place + 1}", [gene.name for gene in genes]),
        ]
    figures = ("rank_a", "rank_b", "shift", "score_a", "score_b")
    columns += [Column(name, [getattr(one, name) for one in shifts]) for name in figures]
    return Table(columns)


def to_json(found: Comparison | QueryComparison, rows: Sequence[GeneOverlap]) -> dict[str, Any]:
    """The comparison in plain values, no NaN."""
    form: dict[str, Any] = {
        "a": asdict(found.a),
        "b": asdict(found.b),
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
            "genes": values(found, rows).records(),
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
        "shifts": values(found, rows).records(),
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
        shown = genes_table(found, rows, [row.gene_a.shown for row in rows], digits=4)
    elif found.query.unknowns:
        linked = [[Link(gene.shown, atlas_url(gene)) for gene in one.genes] for one in found.shifts]
        genes = Column("gene", linked, heading="Gene")
        shown = Table([genes, *shifts_table(found).columns[1:-1]])
    else:
        shown = _facts_table(found)
    yield from shown.markdown()


def _facts_table(found: QueryComparison) -> Table:
    names, ones, others = zip(*_facts(found), strict=True) if _facts(found) else ((), (), ())
    return Table(
        [
            Column("", names, least=12),
            Column(found.a.name, ones, right=True, least=8),
            Column(found.b.name, others, right=True, least=8),
        ]
    )


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


def _rank(rank: int | None, depth: int | None) -> str:
    if rank is not None:
        return f"{rank:,}"
    return f">{depth:,}" if depth else wording.UNKNOWN


def _shift(one: RankShift) -> str:
    return wording.UNKNOWN if one.shift is None else f"{one.shift:+,}" if one.shift else "="


def _score(score: float | None) -> str:
    return wording.UNKNOWN if score is None else wording.score_text(score)
