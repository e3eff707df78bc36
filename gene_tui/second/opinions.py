"""Second opinions: the same question in other spaces, of the hits of an answer alone.

What another space says costs no search: a product with its rows ranks all hits of one gene, and
the score of a pair needs its own rows. Ranks there are among all its genes, whatever limited the
answer. Nothing is made or kept for the other space: "1 in N" is said where its random questions
were asked before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gene_tui.arrays import Rows
from gene_tui.engines.answers.given import Given, judge
from gene_tui.engines.answers.question import Question
from gene_tui.errors import Cancelled, GeneTuiError, NoAnswer, UsageError
from gene_tui.model.gene import Gene
from gene_tui.model.query import Kind
from gene_tui.model.result import Hit, Joined, Opinion, Result, SecondSpace, SpaceInfo
from gene_tui.run import QUIET, Run
from gene_tui.second.joining import Join, gene_id, holds_ids
from gene_tui.session import Session
from gene_tui.text import clip

_BOTH = "ask for genes that both spaces have"
_BY_NAME = "--also-by name joins by symbol"


def second_opinions(
    result: Result, others: Sequence[Session], *, by: Joined = "id", run: Run = QUIET
) -> Result:
    """An answer with what other spaces say of its hits; what it said of others before is left out.

    Args:
        others: the other spaces, open.
        by: genes are joined by Ensembl ID ("id"), or by symbol where they have none ("name").

    Returns:
        The result with ``also`` filled in, of itself and of every hit. A space that can say
        nothing says why in its notes.

    Raises:
        UsageError: a space is asked twice, or is the one that answered.
        Cancelled: the user stopped it.
    """
    check_different(result.space, others)
    told = [_told(result, other, by, run) for other in others]
    opinions = list(zip(*(said for _, said in told), strict=True)) or [()] * len(result.hits)
    agreements = _agreements(result.hits, [said for _, said in told])
    each = zip(result.hits, opinions, agreements, strict=True)
    hits = tuple(replace(hit, also=also, agreement=agreed) for hit, also, agreed in each)
    return replace(result, also=tuple(one for one, _ in told), hits=hits, by_agreement=False)


def check_different(first: SpaceInfo, others: Sequence[Session]) -> None:
    """Check that no space is asked twice.

    Raises:
        UsageError: one is, or holds the same as the first.
    """
    known = {first.fingerprint: first.name}
    for other in others:
        name = other.info.name
        if other.info.fingerprint in known:
            same = known[other.info.fingerprint]
            what = "twice" if same == name else f"as {same} and as {name}"
            raise UsageError(
                f"the same space is asked {what}, which is no second opinion", "name another space"
            )
        known[other.info.fingerprint] = name


def by_agreement(result: Result) -> Result:
    """The same answer, the hits on which the spaces agree best first.

    The order is by the mean of the logarithms of a hit's ranks; hits that a space says nothing of
    come last, in the order they had.
    """

    def key(hit: Hit) -> tuple[bool, float, int]:
        return hit.agreement is None, round(hit.agreement or 0.0, 12), hit.rank

    return replace(result, hits=tuple(sorted(result.hits, key=key)), by_agreement=True)


def _told(
    result: Result, other: Session, by: Joined, run: Run
) -> tuple[SecondSpace, list[Opinion]]:
    """What one space says of an answer, and of each of its hits."""
    second = SecondSpace(other.info, other.space.view.transforms, by)
    nothing = [Opinion() for _ in result.hits]
    join = Join(other.space, by)
    try:
        question, notes = _question(result, join)
        rows, absent = _rows(result, join)
        held = np.array([not names for names in absent], dtype=np.bool_)
        nothing = [Opinion(absent=names) for names in absent]
        options = result.options
        run.check()
        found = judge(
            other.engines,
            question,
            rows[held],
            metric=options.metric,
            measure=options.measure,
            run=run,
        )
    except Cancelled:
        raise
    except GeneTuiError as error:
        told = f"{error.message}; {error.hint}" if error.hint else error.message
        return replace(second, notes=(told,)), nothing
    notes += found.notes
    if result.query.kind is Kind.PAIRS and held.any() and found.rarity is None and not found.notes:
        notes.append(_not_asked(other))
    judged = _opinions(found)
    said = [next(judged) if there else no for there, no in zip(held, nothing, strict=True)]
    return replace(second, notes=tuple(notes)), said


def _not_asked(other: Session) -> str:
    """What is said where the random questions of another space were not asked yet."""
    name = clip(other.info.name, 40)
    if other.space.view.transforms:
        return f'"1 in" is not known of {name} with its vectors transformed'
    return f'"1 in" is not known of {name} yet: gene-tui derive {name} finds it'


def _opinions(found: Given) -> Iterator[Opinion]:
    rarity = found.rarity
    for place, score in enumerate(found.scores.tolist()):
        if math.isnan(score):
            yield Opinion()
            continue
        yield Opinion(
            rank=None if found.ranks is None else int(found.ranks[place]),
            score=score,
            rarity=None if rarity is None else float(rarity.n[place]),
            rarity_of=None if rarity is None else int(rarity.of[place]),
            rarity_count=None if rarity is None else int(rarity.count[place]),
        )


@dataclass(frozen=True, slots=True)
class _Term:
    """The genes of one term of a question, and their rows in the other space."""

    genes: tuple[Gene, ...]
    rows: tuple[int, ...]


def _question(result: Result, join: Join) -> tuple[Question, list[str]]:
    """The question in the other space, and what is to be said of it.

    Raises:
        NoAnswer: it cannot be asked there.
    """
    if join.by == "id":
        if not holds_ids(join.space):
            raise NoAnswer(
                "it has no Ensembl IDs to join by",
                f"import it again with --annotations, or {_BY_NAME}",
            )
        genes = (*result.query_genes, *(gene for hit in result.hits for gene in hit.genes))
        if genes and not any(map(gene_id, genes)):
            raise NoAnswer(
                f"the genes of {clip(result.space.name, 40)} have no Ensembl IDs to join by",
                _BY_NAME,
            )
    asked = Question.of_result(result)
    if asked.kind is Kind.RELATION:
        return _relation(result, asked, join)
    is_list = asked.kind is Kind.LIST
    sizes = asked.sizes or ((len(result.query_genes),) if is_list else ())
    terms = list(_terms(result, sizes, join))
    notes = []
    for term in terms:
        if len(term.rows) < (2 if is_list else 1):
            raise _absent(term)
        if len(term.rows) < len(term.genes):
            notes.append(f"{len(term.rows):,} of {len(term.genes):,} members are there")
    rows = [row for term in terms for row in term.rows]
    if is_list:
        return Question(asked.kind, tuple(dict.fromkeys(rows))), notes
    if asked.sizes:
        sizes = tuple(len(term.rows) for term in terms)
        return Question(asked.kind, tuple(rows), asked.weights, sizes), notes
    named = iter(rows)
    slots = tuple(None if slot is None else next(named) for slot in asked.slots)
    return Question(asked.kind, slots, asked.weights), notes


def _relation(result: Result, asked: Question, join: Join) -> tuple[Question, list[str]]:
    """A relation by the example pairs that are there, both genes of them."""
    count = 2 * len(asked.examples)
    rows = [join.row(gene) for gene in result.query_genes]
    pairs = zip(rows[:count:2], rows[1:count:2], strict=True)
    held = [(a, b) for a, b in pairs if a is not None and b is not None]
    for gene, row in zip(result.query_genes[count:], rows[count:], strict=True):
        if row is None:
            raise _absent(_Term((gene,), ()))
    if not held:
        raise NoAnswer("no example pair is there", _BOTH)
    notes = (
        [] if 2 * len(held) == count else [f"{len(held):,} of {count // 2:,} examples are there"]
    )
    last = iter(rows[count:])
    slots = [None if slot is None else next(last) for slot in asked.slots[-2:]]
    return Question(asked.kind, (*(row for pair in held for row in pair), *slots)), notes


def _terms(result: Result, sizes: Sequence[int], join: Join) -> Iterator[_Term]:
    """The terms of a question: its lists, and its genes one by one."""
    genes = iter(result.query_genes)
    for size in sizes or [1] * len(result.query_genes):
        term = tuple(next(genes) for _ in range(size))
        found = (join.row(gene) for gene in term)
        yield _Term(term, tuple(row for row in found if row is not None))


def _absent(term: _Term) -> NoAnswer:
    if len(term.genes) > 1:
        found = f"{len(term.rows):,} of the list's {len(term.genes):,} genes"
        return NoAnswer(
            f"only {found} are there" if term.rows else "no gene of the list is there", _BOTH
        )
    gene = term.genes[0]
    id_ = gene_id(gene)
    called = clip(gene.shown, 40) + (f" ({id_})" if id_ and id_ != gene.shown else "")
    return NoAnswer(f"{called} is not there", _BOTH)


def _rows(result: Result, join: Join) -> tuple[Rows, list[tuple[str, ...]]]:
    """The rows of the hits' genes there, -1 for none, and what the absent ones are called."""
    rows = np.full((len(result.hits), result.query.unknowns), -1, dtype=np.int64)
    absent = []
    for place, hit in enumerate(result.hits):
        found = [join.row(gene) for gene in hit.genes]
        rows[place] = [-1 if row is None else row for row in found]
        missing = zip(hit.genes, found, strict=True)
        absent.append(tuple(gene.shown for gene, row in missing if row is None))
    return rows, absent


def _agreements(hits: Sequence[Hit], told: Sequence[Sequence[Opinion]]) -> list[float | None]:
    """For each hit the geometric mean of its ranks, None where a space has none for it."""
    ranks = [_ranks(said) for said in told]
    agreed: list[float | None] = []
    for place, hit in enumerate(hits):
        known = [rank for others in ranks if (rank := others[place]) is not None]
        complete = ranks and len(known) == len(ranks) and hit.genes
        logs = math.log(hit.rank) + sum(map(math.log, known))
        agreed.append(math.exp(logs / (1 + len(known))) if complete else None)
    return agreed


def _ranks(opinions: Sequence[Opinion]) -> list[int | None]:
    """The ranks one space gives; of pairs, by their scores there, among those that are known."""
    if any(opinion.rank is not None for opinion in opinions):
        return [opinion.rank for opinion in opinions]
    scores = np.array([np.nan if one.score is None else one.score for one in opinions])
    ordered = np.sort(np.round(-scores[~np.isnan(scores)], 12))
    places = 1 + np.searchsorted(ordered, np.round(-scores, 12))
    return [
        None if unknown else int(place)
        for place, unknown in zip(places, np.isnan(scores), strict=True)
    ]
