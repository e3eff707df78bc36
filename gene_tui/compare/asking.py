"""One query in two spaces: which answers rise and which fall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gene_tui.arrays import Floats, Rows
from gene_tui.compare.overlap import chance_level
from gene_tui.compare.shared import SharedGenes, shared_genes
from gene_tui.engines.answers.question import Answer, Question
from gene_tui.errors import NoAnswer, UnknownGene
from gene_tui.lists.members import RowFinder
from gene_tui.lists.named import NamedList, NamedPairs
from gene_tui.model.gene import Gene
from gene_tui.model.options import Measure, Metric, Options, cap_in_force
from gene_tui.model.query import Kind, Query
from gene_tui.model.result import Hit, SpaceInfo
from gene_tui.run import QUIET, Run
from gene_tui.session import Session
from gene_tui.text import clip

#: Ranks of hits of several genes are known down to here.
DEPTH = 1_000
#: Hits of these have no order of their own: C, D is the same as D, C.
_UNORDERED = (Kind.CLOSEST, Kind.SUMS)


@dataclass(frozen=True, slots=True)
class RankShift:
    """One hit and where it stands in both spaces.

    Attributes:
        genes: the genes that fill the ``?``, as the first space knows them.
        rank_a, rank_b: its rank among the shared genes; None below the depth looked at.
        score_a, score_b: its scores; None likewise.
    """

    genes: tuple[Gene, ...]
    rank_a: int | None
    rank_b: int | None
    score_a: float | None
    score_b: float | None

    @property
    def shift(self) -> int | None:
        """Ranks it falls from the first space to the second; negative where it rises."""
        if self.rank_a is None or self.rank_b is None:
            return None
        return self.rank_b - self.rank_a


@dataclass(frozen=True, eq=False, slots=True)
class QueryComparison:
    """One query answered in two spaces, by the genes they share.

    Attributes:
        query: as typed. canonical: its canonical text.
        query_genes: the genes it names, as the first space knows them.
        a, b: the spaces. transforms: what was done to the vectors of both.
        options: as asked, of the first space.
        shared: the genes in common; only those may answer.
        hits_a, hits_b: the k best in each space, with its own records.
        shifts: what is among the k best of either, by the better of both ranks.
        depth: ranks looked at; None for all.
        common: hits among the k best of both. jaccard: over all different ones.
        chance: mean Jaccard index of two random answers; None for hits of several genes.
        notes: what the reader should know, one sentence each.
    """

    query: Query
    canonical: str
    query_genes: tuple[Gene, ...]
    a: SpaceInfo
    b: SpaceInfo
    transforms: tuple[str, ...]
    options: Options
    shared: SharedGenes
    hits_a: tuple[Hit, ...]
    hits_b: tuple[Hit, ...]
    shifts: tuple[RankShift, ...]
    depth: int | None
    common: int
    jaccard: float
    chance: float | None
    notes: tuple[str, ...] = ()


def compare_query(
    a: Session,
    b: Session,
    text: str,
    *,
    k: int = 10,
    metric: Metric = "cosine",
    measure: Measure = "direction",
    run: Run = QUIET,
) -> QueryComparison:
    """Ask both spaces the same and put the ranks side by side.

    The query's genes are looked up in the first space, else in the second, and taken over to
    the other by what they are, not by how they are spelled there.

    Raises:
        QueryError: the text is no query, or a gene is unknown, ambiguous or not shared.
        UsageError: the measure does not go with the query.
        Cancelled: the user stopped it.
    """
    query = a.parse(text)
    shared = shared_genes(a.space, b.space)
    slots, sizes, notes = _resolve(query, a, b, shared, run)
    single = query.unknowns == 1
    depth = max(1, len(shared)) if single else max(DEPTH, 10 * k)
    options = Options(k=depth, metric=metric, measure=measure)
    options = replace(options, cap=cap_in_force(query.kind, None))
    answers = [
        session.engines.answer(
            Question(query.kind, own, query.weights, sizes),
            _among(rows, options) if query.unknowns else options,
            run=run,
        )
        for session, rows, own in ((a, shared.rows_a, slots[0]), (b, shared.rows_b, slots[1]))
    ]
    if not query.unknowns:
        notes.append("ranks and percentiles are among all genes of each space")
    if not all(answer.found.complete for answer in answers):
        notes.append("stopped early: ranks are those found so far")
    best = [_first(session, answer, k) for session, answer in zip((a, b), answers, strict=True)]
    shifts, common = _shifts(query, a, answers, shared, k)
    shown = max(map(len, best))
    others = len(shared) - len(set(slots[0]) - {None})
    chance = chance_level(others, shown) if single and 0 < shown <= others else None
    return QueryComparison(
        query=query,
        canonical=str(query),
        query_genes=tuple(a.space.gene(row) for row in slots[0] if row is not None),
        a=a.info,
        b=b.info,
        transforms=a.space.view.transforms,
        options=_among(shared.rows_a, replace(options, k=k)),
        shared=shared,
        hits_a=best[0],
        hits_b=best[1],
        shifts=shifts,
        depth=None if single or not query.unknowns else depth,
        common=common,
        jaccard=common / len(shifts) if shifts else 0.0,
        chance=chance,
        notes=tuple(notes),
    )


def _among(rows: Rows, options: Options) -> Options:
    """The same options where only these rows may answer."""
    return replace(options, within="shared genes", candidates=tuple(sorted(rows.tolist())))


_Slots = tuple[int | None, ...]


def _resolve(
    query: Query, a: Session, b: Session, shared: SharedGenes, run: Run
) -> tuple[tuple[_Slots, _Slots], tuple[int, ...], list[str]]:
    """Rows of the query's genes in both spaces; and of sums with lists the terms' sizes."""
    to_b = dict(zip(shared.rows_a.tolist(), shared.rows_b.tolist(), strict=True))
    to_a = {other: row for row, other in to_b.items()}
    slots: list[tuple[int | None, int | None]] = []
    sizes: list[int] = []
    notes: list[str] = []
    for place, name in enumerate(query.slots):
        if name is None:
            slots.append((None, None))
            continue
        if place in query.lists and query.kind is Kind.RELATION:
            slots += _pairs(a.lists.pairs(name, run), a, b, to_b, notes)
            continue
        if place in query.lists:
            members = _members(a.lists.find(name, run), a, b, to_b, notes)
            slots += members
            sizes.append(len(members))
            continue
        sizes.append(1)
        try:
            resolution, here, there, known = a.resolver.resolve(name), a, b, to_b
        except UnknownGene as unknown:
            other = b.resolver.find(name)
            if other is None:
                raise unknown
            resolution, here, there, known = other, b, a, to_a
        partner = known.get(resolution.row)
        if partner is None:
            raise NoAnswer(
                f"{here.space.gene(resolution.row).shown} is in {here.space.name}, but not "
                f"among the genes it shares with {there.space.name}",
                "ask for a gene that both spaces have",
            )
        if resolution.note and resolution.note not in notes:
            notes.append(resolution.note)
        pair = (resolution.row, partner)
        slots.append(pair if here is a else (partner, resolution.row))
    if query.kind is Kind.RELATION:
        pairs = dict.fromkeys(zip(slots[:-2:2], slots[1:-2:2], strict=True))
        slots = [*(slot for pair in pairs for slot in pair), *slots[-2:]]
    if query.kind is Kind.LIST:
        many = len(slots)
        slots = list(dict.fromkeys(slots))
        if len(slots) < 2:
            only = "" if slots[0][0] is None else f", {clip(a.space.gene(slots[0][0]).shown, 60)},"
            raise NoAnswer(
                f"this list is one gene{only} of those that both spaces have",
                "a list has two different genes or more",
            )
        if many > len(slots):
            notes.append(f"{many - len(slots):,} of {many:,} names repeat a gene")
    is_sum = query.kind is Kind.ARITHMETIC and query.lists
    rows = (tuple(one for one, _ in slots), tuple(there for _, there in slots))
    return rows, tuple(sizes) if is_sum else (), notes


def _members(
    listed: NamedList, a: Session, b: Session, to_b: dict[int, int], notes: list[str]
) -> list[tuple[int | None, int | None]]:
    """The genes of a list that both spaces have."""
    found: dict[int, int] = {}
    find = _shared_finder(a, b, to_b)
    for name in listed.names:
        if (row := find(name)) is not None:
            found[row] = to_b[row]
    if not found:
        raise NoAnswer(
            f"none of the {len(listed.names):,} names of {clip(listed.name, 60)} is a gene of both "
            "spaces",
            "a list holds symbols, Ensembl IDs, NCBI gene numbers or labels",
        )
    notes.append(
        f"{clip(listed.name, 60)} ({listed.origin}): {len(found):,} genes that both spaces have, "
        f"of {len(listed.names):,} names"
    )
    notes += listed.notes
    return list(found.items())


def _pairs(
    listed: NamedPairs, a: Session, b: Session, to_b: dict[int, int], notes: list[str]
) -> list[tuple[int | None, int | None]]:
    """The genes of a file's pairs that both spaces have, A and B in turn."""
    find = _shared_finder(a, b, to_b)
    found = [tuple(map(find, pair)) for pair in listed.pairs]
    kept = [row for pair in found if None not in pair and len(set(pair)) == 2 for row in pair]
    many, name = len(listed.pairs), clip(listed.name, 60)
    if not kept:
        raise NoAnswer(
            f"none of the {many:,} pairs of {name} is of two genes of both spaces",
            "a pair is two different genes: symbols, Ensembl IDs or labels",
        )
    notes.append(f"{name} (file): {len(kept) // 2:,} of {many:,} pairs, of genes of both spaces")
    notes += listed.notes
    return [(row, to_b[row]) for row in kept if row is not None]


def _shared_finder(a: Session, b: Session, to_b: dict[int, int]) -> Callable[[str], int | None]:
    """Finds the first space's row of a gene that both have, by its name in either; else None."""
    here, there = RowFinder(a.space, a.resolver), RowFinder(b.space, b.resolver)
    to_a = {other: row for row, other in to_b.items()}

    def find(name: str) -> int | None:
        row = here.find(name)
        if row is None and (other := there.find(name)) is not None:
            row = to_a.get(other)
        return row if row is not None and row in to_b else None

    return find


def _first(session: Session, answer: Answer, k: int) -> tuple[Hit, ...]:
    """The k best of a deep answer as hits."""

    def upto(values: Floats | None) -> Floats | None:
        return None if values is None else values[:k]

    found = replace(answer.found, rows=answer.found.rows[:k], scores=answer.found.scores[:k])
    return session.hits(
        replace(
            answer,
            found=found,
            z=upto(answer.z),
            rarity=None,
            back=None,
            beats=upto(answer.beats),
            cos_ac=upto(answer.cos_ac),
            cos_bd=upto(answer.cos_bd),
        )
    )


def _shifts(
    query: Query, a: Session, answers: list[Answer], shared: SharedGenes, k: int
) -> tuple[tuple[RankShift, ...], int]:
    """What is among the k best of either, and how many are in both."""
    if not query.unknowns:
        return (), 0
    to_a = dict(zip(shared.rows_b.tolist(), shared.rows_a.tolist(), strict=True))
    ranks: list[dict[tuple[int, ...], tuple[int, float]]] = []
    for answer, own in zip(answers, (None, to_a), strict=True):
        found = answer.found
        known: dict[tuple[int, ...], tuple[int, float]] = {}
        hits = zip(found.rows.tolist(), found.scores.tolist(), strict=True)
        for rank, (rows, score) in enumerate(hits, start=1):
            genes = tuple(rows if own is None else (own[row] for row in rows))
            if query.kind in _UNORDERED:
                genes = tuple(sorted(genes))
            known.setdefault(genes, (rank, score))
        ranks.append(known)
    nowhere = (None, None)
    wanted = dict.fromkeys(
        genes for known in ranks for genes, (rank, _) in known.items() if rank <= k
    )
    shifts = []
    for genes in wanted:
        rank_a, score_a = ranks[0].get(genes, nowhere)
        rank_b, score_b = ranks[1].get(genes, nowhere)
        named = tuple(a.space.gene(row) for row in genes)
        shifts.append(RankShift(named, rank_a, rank_b, score_a, score_b))
    shifts.sort(key=_better_rank)
    common = sum((s.rank_a or k + 1) <= k and (s.rank_b or k + 1) <= k for s in shifts)
    return tuple(shifts), common


def _better_rank(shift: RankShift) -> tuple[int, int]:
    known = [rank for rank in (shift.rank_a, shift.rank_b) if rank is not None]
    return min(known), max(known)
