"""The query language: text to Query and back, and in words.

    HBA1                    nearest genes (HBA1 ~ ?)
    HBA1 ~ HBB              how similar two genes are
    ? ~ ?                   closest pairs of the whole space
    A - B + C, 2*A + B      nearest genes to a weighted sum
    A : B                   pairs whose difference is parallel to A - B (A : B :: ? : ?)
    A + B :: ? + ?          pairs whose sum points the same way
    A : B :: C : ?          complete the analogy
    A : B :: C : D          how good this analogy is
    A : ? :: C : ?          which two genes make the differences parallel
    A : ?                   best analogies that contain A (A : ? :: ? : ?)
    ? : ?                   best analogies of the whole space (? : ? :: ? : ?)

Mirrored shapes ask the mirrored question. Every ``?`` is a place that a hit fills, left to
right. This module is the language's front door; tokens.py, parser.py, nearest.py and
spacing.py are the rooms behind it.
"""

from __future__ import annotations

from collections.abc import Sequence

from gene_tui.query.parser import parse
from gene_tui.query.query import Kind, Query
from gene_tui.query.spacing import spaced_forms
from gene_tui.query.tokens import SLOT, number, quote, token_at

__all__ = ["canonical", "describe", "parse", "quote", "spaced_forms", "token_at"]

#: Analogies that the grammar writes with two places only.
_SHORT = frozenset({Kind.PAIRS, Kind.CONTAINING, Kind.ALL})


def canonical(query: Query) -> str:
    """The query as text on one line: the short form where there is one; parses to an equal
    Query whatever the names."""
    if query.kind is Kind.ARITHMETIC:
        return _sum(query, "-")
    typed = _typed(query.slots)
    if query.kind in (Kind.NEAREST, Kind.COMPARE, Kind.CLOSEST):
        short = query.kind is Kind.NEAREST and query.slots[0] is not None
        return typed[0] if short else " ~ ".join(typed)
    if query.kind in _SHORT and query.slots[2:] == (None, None):
        return " : ".join(typed[:2])
    sign = "+" if query.kind is Kind.SUMS else ":"
    return f"{typed[0]} {sign} {typed[1]} :: {typed[2]} {sign} {typed[3]}"


def describe(query: Query) -> str:
    """What the query asks, in words, on one line: "pairs parallel to ACTA2 − JAGN1"."""
    kind = query.kind
    names = [quote(name) for name in query.names]
    if kind is Kind.NEAREST:
        return f"nearest genes to {names[0]}"
    if kind is Kind.COMPARE:
        return f"how similar {names[0]} and {names[1]} are"
    if kind is Kind.CLOSEST:
        return "closest pairs of the whole space"
    if kind is Kind.ARITHMETIC:
        return f"nearest genes to {_sum(query, '−')}"
    if kind is Kind.PAIRS:
        return f"pairs parallel to {names[0]} − {names[1]}"
    if kind is Kind.SUMS:
        return f"pairs whose sum points like {names[0]} + {names[1]}"
    if kind is Kind.COMPLETE:
        return _completion(query.slots)
    if kind is Kind.ANALOGY:
        return f"how good it is: {names[0]} is to {names[1]} as {names[2]} is to {names[3]}"
    if kind is Kind.PARALLEL:
        left, right = (_difference(query.slots, place) for place in (0, 2))
        return f"genes that make {left} parallel to {right}"
    if kind is Kind.CONTAINING:
        return f"best analogies that contain {names[0]}"
    return "best analogies of the whole space"


def _completion(slots: Sequence[str | None]) -> str:
    """In words what is to what, the unknown first: "what is to C as B is to A"."""
    place = slots.index(None)
    beside, opposite, across = (slots[place ^ flip] for flip in (1, 2, 3))
    beside, opposite, across = (quote(name or "") for name in (beside, opposite, across))
    return f"what is to {beside} as {opposite} is to {across}"


def _difference(slots: Sequence[str | None], place: int) -> str:
    left, right = _typed(slots[place : place + 2])
    return f"{left} − {right}"


def _typed(slots: Sequence[str | None]) -> list[str]:
    return [SLOT if slot is None else quote(slot) for slot in slots]


def _sum(query: Query, minus: str) -> str:
    names = query.names
    if len(names) == 1 and query.weights[0] == 1:
        # Bare, this would be the question for the gene's own neighbours.
        return f"1*{quote(names[0])}"
    words: list[str] = []
    for weight, name in zip(query.weights, names, strict=True):
        if words or weight < 0:
            words.append(minus if weight < 0 else "+")
        size = "" if abs(weight) == 1 else f"{number(abs(weight))}*"
        words.append(size + quote(name))
    return " ".join(words)
