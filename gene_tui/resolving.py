"""From names and limits, as people give them, to rows of a space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gene_tui import files
from gene_tui.errors import FileError, NoAnswer, QuerySyntaxError, UnknownGene
from gene_tui.genes.name_lists import NameList, parse_names
from gene_tui.genes.resolver import Resolver
from gene_tui.language.parser import parse
from gene_tui.language.spacing import spaced_forms
from gene_tui.language.tokens import names_before_commas
from gene_tui.lists.examples import examples
from gene_tui.lists.members import members
from gene_tui.lists.named import Lists
from gene_tui.model.naming import quote
from gene_tui.model.options import Options
from gene_tui.model.query import NOT_TYPED, Kind, Query
from gene_tui.run import QUIET, IsCancelled, Run, never
from gene_tui.spaces.space import Space
from gene_tui.text import clip


def read_names(
    within: str | Path | Iterable[str], cancelled: IsCancelled = never
) -> tuple[NameList, str]:
    """Names of a candidate list and where they come from.

    Args:
        within: a file of names (``genes.name_lists``), or the names themselves.

    Raises:
        FileError: the file cannot be read.
        Cancelled: the user stopped it while a pipe was silent.
    """
    if not isinstance(within, str | Path):
        return NameList(tuple(within)), "list"
    hint = "give a text file, a name a line"
    body = files.read(Path(within), hint=hint, cancelled=cancelled)
    try:
        return parse_names(body.decode("utf-8-sig")), str(within)
    except UnicodeDecodeError:
        raise FileError(
            f"{within} cannot be read: it is not UTF-8 text", f"{hint}, saved as UTF-8"
        ) from None


@dataclass(frozen=True, slots=True)
class Named:
    """What a query names, as rows of a space; see ``engines.answers.question.Question``."""

    query: Query
    slots: tuple[int | None, ...]
    sizes: tuple[int, ...] = ()


def named(
    query: Query, space: Space, resolver: Resolver, lists: Lists, notes: list[str], run: Run = QUIET
) -> Named:
    """The rows a query names, no gene twice where that means nothing.

    Args:
        lists: what ``@`` names may mean.
        notes: gets what the reader should know of the names.

    Raises:
        UnknownGene, AmbiguousGene, NoAnswer: a name or a list means nothing, or several things.
        FileError: the file of a list cannot be read.
        Cancelled: the user stopped it.
    """
    if query.kind is Kind.RELATION:
        return _related(query, space, resolver, lists, notes, run)
    if not query.lists:
        return Named(*merged(query, resolve(query, resolver, notes), notes))
    if query.weights and not any(query.weights):
        raise NoAnswer(
            "nothing is left of this sum", "the same list is there with both signs, or weighs 0"
        )
    terms = []
    told: list[str] = []
    for place, name in enumerate(query.slots):
        if place in query.lists:
            found = members(lists.find(name or "", run), space, resolver, run)
            notes += [note for note in found.notes if note not in notes]
            told += found.notes[:1]
            terms.append(found.rows)
        else:
            position = query.positions[place] if query.positions else 0
            gene = Query(Kind.NEAREST, (name, None), (), query.text, (position, NOT_TYPED))
            terms.append((resolve(gene, resolver, notes)[0] or 0,))
    if query.kind is Kind.ARITHMETIC:
        return Named(query, tuple(row for term in terms for row in term), tuple(map(len, terms)))
    rows = tuple(dict.fromkeys(row for term in terms for row in term))
    if len(rows) == 1:
        raise NoAnswer(
            f"this list is one gene, {clip(space.gene(rows[0]).shown, 60)}; {'; '.join(told)}",
            "a list has two different genes or more; a gene alone is asked for by its name",
        )
    if repeats := sum(map(len, terms)) - len(rows):
        notes.append(f"{repeats:,} of the genes are in more than one of the lists and count once")
    return Named(query, rows)


def _related(
    query: Query, space: Space, resolver: Resolver, lists: Lists, notes: list[str], run: Run
) -> Named:
    """The rows of a relation's examples, each pair once, and of what is asked."""
    rows = _rows_but_lists(query, resolver, notes)
    pairs: dict[tuple[int, int], None] = {}
    place = many = 0
    while place < len(query.slots) - 2:
        if place in query.lists:
            found = examples(lists.pairs(query.slots[place] or "", run), space, resolver, run)
            notes += [note for note in found.notes if note not in notes]
            some = list(zip(found.rows[::2], found.rows[1::2], strict=True))
            place += 1
        else:
            a, b = rows[place] or 0, rows[place + 1] or 0
            _check_example(query.slots[place : place + 2], a, b, space)
            some = [(a, b)]
            place += 2
        many += len(some)
        pairs |= dict.fromkeys(some)
    if repeats := many - len(pairs):
        noun = (
            "example is repeated and counts" if repeats == 1 else "examples are repeated and count"
        )
        notes.append(f"{repeats:,} {noun} once")
    second = Counter(b for _, b in pairs)
    if again := [space.gene(row).shown for row, count in second.items() if count > 1]:
        # Two offsets to the same gene are alike for that alone.
        are = "is the second gene" if len(again) == 1 else "are second genes"
        notes.append(
            f"{_shown(again)} {are} of several examples, which give it away to each other: "
            "their held-out ranks are too good"
        )
    return Named(query, (*(row for pair in pairs for row in pair), *rows[-2:]))


def _check_example(names: Sequence[str | None], a: int, b: int, space: Space) -> None:
    """Raise where a typed example has no direction."""
    shown = " : ".join(clip(quote(name or ""), 40) for name in names)
    if a == b:
        raise NoAnswer(
            f"the example {shown} names the same gene twice", "an example is two different genes"
        )
    if (space.vectors[a] == space.vectors[b]).all():
        raise NoAnswer(
            f"the genes of the example {shown} have identical vectors, so it has no direction",
            "leave it out",
        )


def _rows_but_lists(query: Query, resolver: Resolver, notes: list[str]) -> tuple[int | None, ...]:
    """The row of every name but those of lists, which have None as a ``?`` has."""
    slots = tuple(None if place in query.lists else name for place, name in enumerate(query.slots))
    return resolve(replace(query, slots=slots), resolver, notes)


def resolve(query: Query, resolver: Resolver, notes: list[str]) -> tuple[int | None, ...]:
    """The row of every name, None for every ``?``.

    Args:
        notes: gets a sentence for each name that is not the approved one.

    Raises:
        UnknownGene, AmbiguousGene: with close spellings, candidates, or, when a name is a
            whole query without spaces (``ACTA2:JAGN1``), the form that would work.
    """
    rows: list[int | None] = []
    for place, name in enumerate(query.slots):
        if name is None:
            rows.append(None)
            continue
        try:
            found = resolver.resolve(name)
        except UnknownGene as error:
            listed = query.kind in (Kind.LIST, Kind.RELATION)
            if listed and (hint := _comma_hint(query.text, resolver, f"{name},")):
                raise UnknownGene(error.name, error.message, hint, error.suggestions) from None
            position = query.positions[place] if query.positions else 0
            raise _with_spaced_form(error, query.text, position, resolver) from None
        rows.append(found.row)
        if found.note and found.note not in notes:
            notes.append(found.note)
    return tuple(rows)


def parsed(text: str, resolver: Resolver, line: int = 1) -> Query:
    """The query a text is in a space.

    Raises:
        QuerySyntaxError: it is none; where a row of the space ends in a comma, or is one, the
            hint says how it is typed.
    """
    try:
        return parse(text, line)
    except QuerySyntaxError as error:
        if "','" in error.detail and (hint := _comma_hint(text, resolver)):
            raise QuerySyntaxError(error.detail, error.position, hint, line) from None
        raise


def _comma_hint(text: str, resolver: Resolver, only: str | None = None) -> str:
    """How a name with its comma is typed, where there is one; ``only`` this one."""
    names = [name for name in names_before_commas(text) if only in (None, name)]
    known = [name for name in names if resolver.is_outright(name)]
    if not known:
        return ""
    return f"commas separate; as a name it is typed {clip(quote(known[0]), 60)}"


def merged(
    query: Query, rows: tuple[int | None, ...], notes: list[str]
) -> tuple[Query, tuple[int | None, ...]]:
    """A sum or a list in which no gene stands twice, be it under two names, and its rows; other
    queries as they are.

    Args:
        notes: gets a sentence where genes of a list are repeated.

    Raises:
        NoAnswer: nothing is left of a sum, or only one gene of a list.
    """
    if query.kind is Kind.LIST:
        return _without_repeats(query, rows, notes)
    if query.kind is not Kind.ARITHMETIC or (len(set(rows)) == len(rows) and all(query.weights)):
        return query, rows
    weights: dict[int | None, float] = {}
    for row, weight in zip(rows, query.weights, strict=True):
        weights[row] = weights.get(row, 0.0) + weight
    kept = [row for row, weight in weights.items() if weight]
    if not kept:
        raise NoAnswer(
            "nothing is left of this sum", "the same gene is there with both signs, or weighs 0"
        )
    query = _at(query, [rows.index(row) for row in kept])
    return replace(query, weights=tuple(weights[row] for row in kept)), tuple(kept)


def _without_repeats(
    query: Query, rows: tuple[int | None, ...], notes: list[str]
) -> tuple[Query, tuple[int | None, ...]]:
    places = {row: place for place, row in reversed(list(enumerate(rows)))}
    kept = sorted(places.values())
    if len(kept) == 1:
        name = quote(query.names[0])
        often = f" {len(rows):,} times" if len(rows) > 1 else ""
        raise NoAnswer(
            f"this list is one gene, {clip(name, 60)}{often}",
            "a list has two different genes or more; a gene alone is asked for by its name",
        )
    repeats = len(rows) - len(kept)
    if repeats:
        again = Counter(rows)
        names = [query.slots[place] or "" for row, place in places.items() if again[row] > 1]
        notes.append(
            f"{repeats:,} of {len(rows):,} names repeat a gene, which counts once: "
            f"{_shown(names[::-1])}"
        )
    return _at(query, kept), tuple(rows[place] for place in kept)


def _at(query: Query, places: Sequence[int]) -> Query:
    """The query with these of its slots only."""
    positions = tuple(query.positions[place] for place in places) if query.positions else ()
    return replace(query, slots=tuple(query.slots[place] for place in places), positions=positions)


def _shown(names: Sequence[str]) -> str:
    """The first few of some names."""
    return ", ".join(clip(name, 60) for name in names[:5]) + (" …" if len(names) > 5 else "")


def _with_spaced_form(
    error: UnknownGene, text: str, position: int, resolver: Resolver
) -> UnknownGene:
    if resolver.is_official(error.name):
        return error  # HLA-DRB6 is a gene, not HLA minus DRB6, wherever it is
    for names, spaced in spaced_forms(error.name, text or None, position):
        if all(map(resolver.is_outright, names)):
            hint = f"with spaces: {spaced}"
            return UnknownGene(error.name, error.message, hint, error.suggestions)
    pieces = error.name.split(",")
    if len(pieces) > 1 and all(map(resolver.is_outright, pieces)):
        hint = "a list, A, B, C, stands alone; the examples of a relation are A : B, E : F :: ? : ?"
        return UnknownGene(error.name, error.message, hint, error.suggestions)
    return error


class Candidates:
    """Turns limits into row numbers; remembers the types of a space once read."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._types: list[str] | None = None

    def apply(
        self,
        options: Options,
        within: str | Path | Iterable[str] | None,
        resolver: Resolver,
        cancelled: IsCancelled = never,
    ) -> tuple[Options, list[str]]:
        """Options with their candidate rows filled in, and what to note about them.

        Raises:
            FileError: the candidate file cannot be read.
            NoAnswer: no candidate is known, or no gene is of the type.
        """
        notes: list[str] = []
        if within is not None:
            listed, origin = read_names(within, cancelled)
            names = listed.names
            notes += listed.notes
            rows, unknown = self.named(names, resolver)
            options = replace(options, within=origin, candidates=tuple(rows))
            if unknown:
                notes.append(
                    f"{len(unknown)} of {len(names)} candidates are not known or ambiguous: "
                    f"{_shown(unknown)}"
                )
        if options.type is not None:
            options = replace(options, candidates=self.of_type(options))
        return options, notes

    def named(self, names: Sequence[str], resolver: Resolver) -> tuple[list[int], list[str]]:
        """Rows the names mean, sorted, and the names that mean none or several.

        Raises:
            NoAnswer: none is known.
        """
        rows, unknown = set(), []
        for name in names:
            resolution = resolver.find(name)
            if resolution is None:
                unknown.append(name)
            else:
                rows.add(resolution.row)
        if not rows:
            raise NoAnswer(
                f"none of the {len(names)} candidates is a gene of {self._space.name}",
                "the list holds a name a line: symbols, Ensembl IDs or labels",
            )
        return sorted(rows), unknown

    def of_type(self, options: Options) -> tuple[int, ...]:
        """Rows of ``options.type``, within ``options.candidates`` where those are given.

        Raises:
            NoAnswer: the space knows no types, or none such.
        """
        if self._types is None:
            self._types = self._space.column("type")
        wanted = options.type
        rows = tuple(row for row, kind in enumerate(self._types) if kind and kind == wanted)
        if not rows:
            known = Counter(kind for kind in self._types if kind)
            if not known:
                raise NoAnswer(
                    f"{self._space.name} does not say what type its genes are",
                    "import it again with --annotations FILE",
                )
            listed = ", ".join(f"{kind} ({count:,})" for kind, count in known.most_common(8))
            raise NoAnswer(f"no gene is of type {wanted!r}", f"there are: {listed}")
        if options.candidates is not None:
            allowed = set(options.candidates)
            rows = tuple(row for row in rows if row in allowed)
        return rows
