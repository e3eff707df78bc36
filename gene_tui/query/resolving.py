"""From the names in a query to rows of a space."""

from __future__ import annotations

from gene_tui.errors import UnknownGene
from gene_tui.genes.resolver import Resolver
from gene_tui.query.grammar import spaced_forms
from gene_tui.query.query import Query


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
