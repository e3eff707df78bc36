"""A question, parsed: one frozen value that every door of the program passes around."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is asked. In the comments, what a hit fills, left to right."""

    NEAREST = "nearest"  #       A ~ ?              the ?
    COMPARE = "compare"  #       A ~ B              nothing
    CLOSEST = "closest"  #       ? ~ ?              both
    ARITHMETIC = "arithmetic"  # A - B + C          one gene
    PAIRS = "pairs"  #           A : B :: ? : ?     C, D
    SUMS = "sums"  #             A + B :: ? + ?     C, D
    COMPLETE = "complete"  #     A : B :: C : ?     one gene
    ANALOGY = "analogy"  #       A : B :: C : D     nothing
    PARALLEL = "parallel"  #     A : ? :: C : ?     two genes
    CONTAINING = "containing"  # A : ? :: ? : ?     three genes
    ALL = "all"  #               ? : ? :: ? : ?     four genes


#: Position of a slot that a short form leaves out (``A : B`` types two of its four).
NOT_TYPED = -1

#: Kinds whose slots are the four places of an analogy.
ANALOGIES = frozenset(
    {
        Kind.PAIRS,
        Kind.SUMS,
        Kind.COMPLETE,
        Kind.ANALOGY,
        Kind.PARALLEL,
        Kind.CONTAINING,
        Kind.ALL,
    }
)


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    Attributes:
        kind: what is asked.
        slots: the places of the shape, left to right; a name, or None for a ``?``.
            Two for ``~`` (``A ~ ?`` is ("A", None), ``? ~ A`` is (None, "A")), four for
            analogies and sums, one per term for arithmetic (never None there).
        weights: one per term for ``Kind.ARITHMETIC``, else empty. Finite; 0
            only where nothing is left of the sum.
        text: as typed; not part of equality.
        positions: character offset in ``text`` of each slot (of the name itself where a
            weight stands before it), NOT_TYPED for a ``?`` that a short form leaves out; not
            part of equality.

    ``str(query)`` (see grammar.py) is canonical: it parses to an equal Query.
    """

    kind: Kind
    slots: tuple[str | None, ...]
    weights: tuple[float, ...] = ()
    text: str = ""
    positions: tuple[int, ...] = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Query):
            return NotImplemented
        return (self.kind, self.slots, self.weights) == (other.kind, other.slots, other.weights)

    def __hash__(self) -> int:
        return hash((self.kind, self.slots, self.weights))

    def __str__(self) -> str:
        from gene_tui.query.grammar import canonical

        return canonical(self)

    @property
    def names(self) -> tuple[str, ...]:
        """The genes named in the query, left to right."""
        return tuple(slot for slot in self.slots if slot is not None)

    @property
    def unknowns(self) -> int:
        """How many genes a hit fills."""
        if self.kind is Kind.ARITHMETIC:
            return 1
        return sum(slot is None for slot in self.slots)
