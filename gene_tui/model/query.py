"""A parsed query: one frozen value, the same for the app, the command line and Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from gene_tui.model.naming import SLOT, number, quote, quote_list


class Kind(StrEnum):
    """What is asked. In the comments, what a hit fills, left to right."""

    NEAREST = "nearest"  #       A ~ ?              the ?
    COMPARE = "compare"  #       A ~ B              nothing
    CLOSEST = "closest"  #       ? ~ ?              both
    ARITHMETIC = "arithmetic"  # A - B + C          one gene
    LIST = "list"  #             A, B, C; @list     one gene
    PAIRS = "pairs"  #           A : B :: ? : ?     C, D
    SUMS = "sums"  #             A + B :: ? + ?     C, D
    COMPLETE = "complete"  #     A : B :: C : ?     one gene
    ANALOGY = "analogy"  #       A : B :: C : D     nothing
    RELATION = "relation"  #     A : B, E : F :: C : ?; what of C and D is open
    PARALLEL = "parallel"  #     A : ? :: C : ?     two genes
    CONTAINING = "containing"  # A : ? :: ? : ?     three genes
    ALL = "all"  #               ? : ? :: ? : ?     four genes


class Shape(NamedTuple):
    """What can be typed, for help.

    Attributes:
        typed: an example. asks: what it asks. briefly: the same for a narrow place, "" where
            ``asks`` does.
    """

    typed: str
    asks: str
    briefly: str = ""


SHAPES = (
    Shape("HBA1", "nearest genes"),
    Shape(
        "HBA1 ~ HBB",
        "how similar are these two, and how special is that",
        "how similar two genes are",
    ),
    Shape("? ~ ?", "closest pairs of the whole space"),
    Shape("A - B + C   2*A + B", "nearest genes to a weighted sum"),
    Shape(
        "A, B, C   @list",
        "nearest genes to a list, and how well the list goes together",
        "nearest genes to a list, and how well it goes together",
    ),
    Shape("@a - @b   @a + GENE", "nearest genes to a sum with lists in it"),
    Shape(
        "A : B",
        "pairs C, D whose difference is parallel to A - B",
        "pairs C, D whose difference is parallel to A − B",
    ),
    Shape("A + B :: ? + ?", "pairs whose sum points the same way"),
    Shape("A : B :: C : ?", "complete the analogy"),
    Shape("A : B :: C : D", "how good is this analogy", "how good an analogy is"),
    Shape(
        "A : B, E : F :: ? : ?",
        "who else stands in the relation of the examples",
    ),
    Shape("@pairs.tsv :: C : ?", "what completes C in the relation of a file's pairs"),
    Shape(
        "A : ? :: C : ?",
        "which B, D make A - B parallel to C - D",
        "which two genes make the differences parallel",
    ),
    Shape("A : ?", "best analogies that contain A"),
)

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

#: Kinds whose hits are scored by their offsets.
BY_OFFSET = ANALOGIES | {Kind.RELATION}


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    Attributes:
        kind: what is asked.
        slots: the places of the shape, left to right; a name, or None for a ``?``.
            Two for ``~`` (``A ~ ?`` is ("A", None), ``? ~ A`` is (None, "A")), four for
            analogies and sums, one per term for arithmetic and one per member for lists (never
            None in these). For relations two for each example pair, or one for a file of
            pairs, then two for what is asked, C : D.
        weights: one per term for ``Kind.ARITHMETIC``, else empty. Finite; 0
            only where nothing is left of the sum.
        text: as typed; not part of equality.
        positions: character offset in ``text`` of each slot (of the name itself where a
            weight stands before it), NOT_TYPED for a ``?`` that a short form leaves out; not
            part of equality.
        lists: the slots that name a list, not a gene, in sums and lists; in relations those
            that name a file of pairs.

    ``str(query)`` is canonical: it parses to an equal Query.
    """

    kind: Kind
    slots: tuple[str | None, ...]
    weights: tuple[float, ...] = ()
    text: str = ""
    positions: tuple[int, ...] = ()
    lists: tuple[int, ...] = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Query):
            return NotImplemented
        return self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[object, ...]:
        return self.kind, self.slots, self.weights, self.lists

    def __str__(self) -> str:
        return canonical(self)

    @property
    def names(self) -> tuple[str, ...]:
        """The genes and lists named in the query, left to right."""
        return tuple(slot for slot in self.slots if slot is not None)

    @property
    def unknowns(self) -> int:
        """How many genes a hit fills."""
        if self.kind in (Kind.ARITHMETIC, Kind.LIST):
            return 1
        return sum(slot is None for slot in self.slots)

    @property
    def has_measure(self) -> bool:
        """Whether the measure of an analogy has a part in the answer."""
        return self.kind in BY_OFFSET and self.kind is not Kind.SUMS

    @property
    def examples(self) -> tuple[tuple[str, ...], ...]:
        """The examples of a relation: the two names of a pair, or the one of a file."""
        if self.kind is not Kind.RELATION:
            return ()
        found: list[tuple[str, ...]] = []
        rest = iter(enumerate(self.slots[:-2]))
        for place, name in rest:
            pair = (name,) if place in self.lists else (name, next(rest)[1])
            found.append(tuple(name or "" for name in pair))
        return tuple(found)

    @property
    def lettered(self) -> tuple[tuple[str, str | None], ...]:
        """The places of what is asked with their letters, A to D; of a relation only C and D,
        of a list or a sum none."""
        if self.kind is Kind.RELATION:
            return tuple(zip("CD", self.slots[-2:], strict=True))
        if self.kind in (Kind.ARITHMETIC, Kind.LIST):
            return ()
        return tuple(zip("ABCD", self.slots, strict=False))


#: Analogies that the grammar writes with two places only.
_SHORT = frozenset({Kind.PAIRS, Kind.CONTAINING, Kind.ALL})


def canonical(query: Query) -> str:
    """The query as text on one line: the short form where there is one; parses to an equal
    Query whatever the names."""
    if query.kind is Kind.ARITHMETIC:
        return _sum(query, "-")
    typed = _typed(query.slots, query.lists)
    if query.kind is Kind.LIST:
        return ", ".join(typed)
    if query.kind is Kind.RELATION:
        return f"{', '.join(_examples(query))} :: {' : '.join(typed[-2:])}"
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
    if kind is Kind.LIST:
        if not query.lists:
            return f"nearest genes to a list of {len(names):,}"
        typed = _typed(query.slots, query.lists)
        return f"nearest genes to {', '.join(typed[:5])}{' …' if len(typed) > 5 else ''}"
    if kind is Kind.PAIRS:
        return f"pairs parallel to {names[0]} − {names[1]}"
    if kind is Kind.SUMS:
        return f"pairs whose sum points like {names[0]} + {names[1]}"
    if kind is Kind.COMPLETE:
        return _completion(query.slots)
    if kind is Kind.ANALOGY:
        return f"how good it is: {names[0]} is to {names[1]} as {names[2]} is to {names[3]}"
    if kind is Kind.RELATION:
        return _related(query)
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


def _examples(query: Query) -> list[str]:
    """The examples of a relation as they are typed: ``A : B``, or the name of a file."""
    return [
        quote_list(example[0]) if len(example) == 1 else " : ".join(map(quote, example))
        for example in query.examples
    ]


def _related(query: Query) -> str:
    """In words what is asked of a relation."""
    typed = _typed(query.slots, query.lists)
    examples = _examples(query)
    shown = f"{len(examples):,} examples"
    if query.lists:
        shown = ", ".join(examples[:2]) + (" …" if len(examples) > 2 else "")
    c, d = query.slots[-2:]
    if c is None and d is None:
        return f"pairs in the relation of {shown}"
    if c is None:
        return f"what is to {typed[-1]} as first to second in {shown}"
    if d is None:
        return f"what is to {typed[-2]} as second to first in {shown}"
    return f"how well {typed[-2]} : {typed[-1]} fits the relation of {shown}"


def _difference(slots: Sequence[str | None], place: int) -> str:
    left, right = _typed(slots[place : place + 2])
    return f"{left} − {right}"


def _typed(slots: Sequence[str | None], lists: Sequence[int] = ()) -> list[str]:
    of_lists = frozenset(lists)
    return [
        SLOT if slot is None else quote_list(slot) if place in of_lists else quote(slot)
        for place, slot in enumerate(slots)
    ]


def _sum(query: Query, minus: str) -> str:
    names = _typed(query.slots, query.lists)
    if len(names) == 1 and query.weights[0] == 1:
        # Bare, this would be the question for the gene's own neighbours.
        return f"1*{names[0]}"
    words: list[str] = []
    for weight, name in zip(query.weights, names, strict=True):
        if words or weight < 0:
            words.append(minus if weight < 0 else "+")
        size = "" if abs(weight) == 1 else f"{number(abs(weight))}*"
        words.append(size + name)
    return " ".join(words)
