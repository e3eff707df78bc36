"""From the names in a query to rows of a space."""

from __future__ import annotations

from dataclasses import replace

from gene_tui.errors import NoAnswer, UnknownGene
from gene_tui.genes.resolver import Resolver
from gene_tui.query.grammar import spaced_forms
from gene_tui.query.query import Kind, Query


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
            position = query.positions[place] if query.positions else 0
            raise _with_spaced_form(error, query.text, position, resolver) from None
        rows.append(found.row)
        if found.note and found.note not in notes:
            notes.append(found.note)
    return tuple(rows)


def merged(query: Query, rows: tuple[int | None, ...]) -> tuple[Query, tuple[int | None, ...]]:
    """A sum in which no gene stands twice under two names, and its rows; other queries as they
    are.

    Raises:
        NoAnswer: nothing is left of it.
    """
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
    places = [rows.index(row) for row in kept]
    return (
        replace(
            query,
            slots=tuple(query.slots[place] for place in places),
            weights=tuple(weights[row] for row in kept),
            positions=tuple(query.positions[place] for place in places) if query.positions else (),
        ),
        tuple(kept),
    )


def _with_spaced_form(
    error: UnknownGene, text: str, position: int, resolver: Resolver
) -> UnknownGene:
    if resolver.is_official(error.name):
        return error  # HLA-DRB6 is a gene, not HLA minus DRB6, wherever it is
    for names, spaced in spaced_forms(error.name, text or None, position):
        if all(map(resolver.is_outright, names)):
            hint = f"with spaces: {spaced}"
            return UnknownGene(error.name, error.message, hint, error.suggestions)
    return error
