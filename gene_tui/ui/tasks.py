"""What jobs do in their threads. Everything heavy is imported here, inside the functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gene_tui.errors import AmbiguousGene, FileError, GeneTuiError, QueryError, UnknownGene
from gene_tui.model.gene import Gene
from gene_tui.model.options import MEASURES, Measure, Metric
from gene_tui.model.query import Kind, Query
from gene_tui.model.result import Hit, Joined, Result
from gene_tui.run import Progress, Run, check
from gene_tui.ui import format as show
from gene_tui.ui.jobs import Ticket
from gene_tui.ui.widgets.gene_sidebar import Facts, ListFacts
from gene_tui.ui.widgets.suggestions import Offer

if TYPE_CHECKING:
    from gene_tui.genes.suggest import Suggester
    from gene_tui.session import Session

#: Hits asked for at first; "more" asks for whole pages.
FIRST = 50
#: Suggestions, and neighbours in the details pane.
OFFERS = 10
NEAREST = 5


@dataclass(frozen=True, slots=True)
class Opening:
    """How spaces are opened in this sitting.

    Attributes:
        center, drop_components, unit: see ``session.open_space``.
        threads: for searching; None for all.
    """

    center: bool = False
    drop_components: int = 0
    unit: bool = False
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What stands beside a question in the app; see ``query.result.Options``.

    ``use_index``: pairs are asked of the pair index, where it can answer them.
    """

    metric: Metric = "cosine"
    measure: Measure = "direction"
    type: str | None = None
    k: int = FIRST
    use_index: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """What is known of a half-typed query.

    Attributes:
        offers: what the name under the cursor may become.
        problem: which of the names typed in full means no gene, or several; "" if none does.
        at: the character at which that name begins.
        known: every name means a gene.
    """

    offers: tuple[Offer, ...] = ()
    problem: str = ""
    at: int | None = None
    known: bool = False


def open_session(spec: str | None, opening: Opening, ticket: Ticket) -> Session:
    """Import what is heavy and open the space."""
    ticket.report(Progress("loading the libraries"))
    from gene_tui.engines.pool import set_threads
    from gene_tui.session import open_space

    if spec is None:
        spec = _unless_chosen()
    check(ticket.cancelled)
    set_threads(opening.threads)
    ticket.report(Progress("opening the space"))
    return open_space(
        spec,
        center=opening.center,
        drop_components=opening.drop_components,
        unit=opening.unit,
        run=ticket.run,
    )


def _unless_chosen() -> str | None:
    """The atlas where settings that cannot be read hide which one was chosen; the
    app says so above the query."""
    from gene_tui.spaces import atlas, catalog

    try:
        return catalog.chosen(None)[0]
    except FileError:
        return atlas.NAME


def answer(
    session: Session,
    text: str,
    choice: Choice,
    ticket: Ticket,
    preparing: Callable[[], bool] = lambda: False,
) -> Result:
    """Ask the session; long queries offer their best so far on the way.

    Args:
        preparing: whether another job prepares the space.
    """
    query = session.parse(text)
    if query.kind in (Kind.CONTAINING, Kind.ALL):

        def wanting() -> bool:
            # It would compute the space's shape itself, at the same time as that job.
            return preparing() and session.shape_is_due

        if wanting():
            ticket.report(Progress("preparing the space first"))
            ticket.wait_while(wanting)
    if choice.measure not in measures_of(query):
        choice = replace(choice, measure="direction")
    if not query.unknowns:
        choice = replace(choice, type=None)
    result = session.query(
        query,
        k=choice.k,
        metric=choice.metric,
        measure=choice.measure,
        type=choice.type,
        use_index=choice.use_index and _indexed(session, query),
        run=replace(ticket.run, found=ticket.partial),
    )
    if query.kind is Kind.RELATION:
        ticket.partial(lambda: result)
        result = session.held_out(result, run=ticket.run)
    return result


def with_opinions(result: Result, others: Sequence[Session], by: Joined, ticket: Ticket) -> Result:
    """An answer with what other spaces say of its hits; one that holds the same is not asked."""
    different = [one for one in others if one.info.fingerprint != result.space.fingerprint]
    if not different and not result.also:
        return result
    from gene_tui.second import second_opinions

    ticket.report(Progress("asking other spaces"))
    return second_opinions(result, different, by=by, run=ticket.run)


def measures_of(query: Query) -> tuple[Measure, ...]:
    """The measures that a question can be scored by."""
    if query.kind in (Kind.COMPLETE, Kind.ANALOGY):
        return MEASURES
    completed = query.kind is Kind.RELATION and query.unknowns < 2
    return ("direction", "3cosadd") if completed else ("direction",)


def missed(session: Session, text: str, choice: Choice, ticket: Ticket) -> Result:
    """The best pairs that the pair index does not find: the exact answer without the index's."""
    exact = answer(session, text, replace(choice, use_index=False), ticket)
    found = answer(session, text, replace(choice, use_index=True), ticket)
    known = {tuple(gene.row for gene in hit.genes) for hit in found.hits}
    left = tuple(hit for hit in exact.hits if tuple(gene.row for gene in hit.genes) not in known)
    note = f"the index missed {len(left)} of the best {len(exact.hits)}"
    return replace(exact, hits=left, notes=(*exact.notes, note))


def _indexed(session: Session, query: Query) -> bool:
    """Whether the open pair index holds what the question asks for."""
    if session.index is None:
        return False
    return query.kind is (Kind.SUMS if session.index.sum else Kind.PAIRS)


def facts(session: Session, gene: Gene, hit: Hit | None, result: Result, ticket: Ticket) -> Facts:
    """What the details pane shows of a gene of a hit."""
    told = Facts(gene)
    if result.space.fingerprint != session.space.fingerprint:
        name = show.safe(result.space.name, 40)
        return replace(told, note=f"answered in {name}, which is not the space open now")
    from gene_tui.ui import gene_numbers
    from gene_tui.ui.gene_numbers import nearest, places_and_numbers, trust

    try:
        told = replace(told, nearest=nearest(session, gene, NEAREST))
    except QueryError as error:
        told = replace(told, note=error.message)
    check(ticket.cancelled)
    told = replace(told, trust=trust(session, gene))
    if result.members:
        from gene_tui.export.wording import groups

        beats = None if hit is None else hit.beats
        listed = ListFacts(
            result.members, result.coherence, result.coherence_z, beats, tuple(groups(result))
        )
        told = replace(told, listed=listed)
    if hit is not None and hit.also:
        told = replace(told, opinions=_opinions(result, hit))
    if result.held_out is not None:
        from gene_tui.export.wording import held_out

        told = replace(told, held_out=tuple(held_out(result)))
    if hit is not None:
        places, numbers = places_and_numbers(session, result, hit, ticket.cancelled)
        side = gene_numbers.which_side(session, result, hit)
        try:
            shared = gene_numbers.sets_shared(session, result, hit, ticket.cancelled)
        except FileError as error:
            shared = (error.message,)
        sentences = tuple(filter(None, (side, *shared)))
        told = replace(told, places=places, numbers=numbers, sentences=sentences)
    return told


def _opinions(result: Result, hit: Hit) -> tuple[tuple[str, str], ...]:
    """What each other space says of a hit."""
    from gene_tui.export.wording import opinion_text, second_names

    told = []
    for name, second, opinion in zip(second_names(result), result.also, hit.also, strict=True):
        text = opinion_text(opinion)
        if opinion.rank is not None and opinion.score is not None:
            text = f"{text} of {show.count(second.space.genes)}  {show.score(opinion.score)}"
        elif opinion.absent:
            text = f"no {', '.join(opinion.absent)}"
        told.append((name, text))
    return tuple(told)


def _list_offers(session: Session, word: str, ticket: Ticket) -> tuple[Offer, ...]:
    """Saved lists and gene sets that a half-typed name may become."""
    from gene_tui.model.naming import quote_list

    try:
        found = session.lists.like(word, OFFERS, Run(cancelled=ticket.cancelled))
    except FileError:  # said when the list is asked for
        return ()
    return tuple(Offer(name, name=about, typed=quote_list(name)) for name, about in found)


def typed(
    session: Session, suggester: Suggester | None, text: str, cursor: int, ticket: Ticket
) -> Typed:
    """Suggestions for the name under the cursor, and the first other name that is none.

    Args:
        suggester: None where nobody typed the text, so that no name in it is half a name.
    """
    from gene_tui.language.parser import parse
    from gene_tui.language.tokens import list_at, token_at

    start, end, word = token_at(text, cursor)
    listed = list_at(text, cursor) if suggester else None
    found = suggester.suggest(word, OFFERS, ticket.cancelled) if suggester else ()
    offers = tuple(Offer(one.label, one.symbol, one.name, one.matched) for one in found)
    if listed is not None:
        offers = _list_offers(session, listed[2], ticket)
    check(ticket.cancelled)
    try:
        query = parse(text)
    except GeneTuiError:
        return Typed(offers)
    places = [at for name, at in zip(query.slots, query.positions, strict=True) if name is not None]
    named = [place for place, name in enumerate(query.slots) if name is not None]
    for place, name, at in zip(named, query.names, places, strict=True):
        check(ticket.cancelled)
        if place in query.lists:
            continue  # files are read when the question is asked
        try:
            session.resolver.resolve(name)
        except AmbiguousGene as error:
            return Typed(offers, error.message, at)
        except UnknownGene as error:
            half_typed = start <= at < end and bool(offers)
            return Typed(offers) if half_typed else Typed(offers, error.message, at)
    return Typed(offers, known=True)
