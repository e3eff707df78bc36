"""One question that was answered, as the history keeps it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gene_tui.errors import FileError
from gene_tui.model import stored
from gene_tui.model.options import Options
from gene_tui.model.query import Kind, Query
from gene_tui.model.result import Result

#: Columns that make an Entry, in the order of its fields.
SHOWN = (
    "id",
    "asked",
    "canonical",
    "text",
    "kind",
    "space",
    "fingerprint",
    "setting",
    "elapsed",
    "hits",
    "best",
    "pinned",
)
#: Columns of a new row: all of the above but the number, then what to search and the answer.
WRITTEN = (*SHOWN[1:], "search", "answer")

_USUAL = Options()
_TOLD = ("k", "metric", "measure", "cap", "per_gene", "within", "type", "truncate")


@dataclass(frozen=True, slots=True)
class Entry:
    """One question that was answered.

    Attributes:
        id: names the entry in this history; never given twice.
        asked: when, seconds since 1970 UTC.
        canonical: the query with its genes as row labels, so that it means the same later.
        text: as typed.
        kind: the query's kind.
        space, fingerprint: which space answered, by name and by content.
        setting: options and transforms that are not the usual ones, in words; often "".
        elapsed_s: how long the answer took, seconds.
        hits: how many hits there are.
        best: the genes of the first hit as shown on screen, joined by spaces.
        pinned: kept until it is deleted.
    """

    id: int
    asked: float
    canonical: str
    text: str
    kind: str
    space: str
    fingerprint: str
    setting: str
    elapsed_s: float
    hits: int
    best: str
    pinned: bool
    _answer: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def when(self) -> datetime:
        """When it was asked, in the local time zone."""
        return datetime.fromtimestamp(self.asked).astimezone()

    def result(self) -> Result:
        """The whole answer, as it was given.

        Raises:
            FileError: it is gone or cannot be read any more.
        """
        try:
            return stored.loads(zlib.decompress(self._answer()).decode("ascii"))
        except (ValueError, zlib.error) as error:
            raise FileError(
                f"history entry {self.id} ({self.text}) cannot be read: {error}",
                "ask the question again",
            ) from error


def from_row(row: tuple[Any, ...], answer: Callable[[], bytes]) -> Entry:
    """The entry of one row of the ``SHOWN`` columns; ``answer`` fetches the rest of it."""
    return Entry(*(*row[:-1], bool(row[-1]), answer))


def to_row(result: Result, now: float) -> tuple[Any, ...]:
    """The ``WRITTEN`` columns of an answer given at ``now``."""
    query, space = result.query, result.space
    canonical = _with_labels(result)
    best = " ".join(gene.shown for gene in result.hits[0].genes) if result.hits else ""
    named = " ".join(f"{gene.symbol} {gene.label}" for gene in result.query_genes)
    search = f"{query.text} {canonical} {named} {space.name}".casefold()
    texts = (canonical, query.text, result.kind, space.name, space.fingerprint, _setting(result))
    return (
        now,
        *map(storable, texts),
        float(result.elapsed_s),
        len(result.hits),
        storable(best),
        0,
        storable(search),
        zlib.compress(stored.dumps(result).encode("ascii")),
    )


def storable(text: str) -> str:
    """SQLite takes no lone surrogates (undecodable bytes of file names), and ends at a NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "�")


def _with_labels(result: Result) -> str:
    """The canonical query with row labels for names: an alias may mean another gene later."""
    query = result.query
    if query.kind is Kind.LIST and len(result.query_genes) > 1:
        # A list that is read anew may hold other genes by then.
        return str(Query(Kind.LIST, tuple(gene.label for gene in result.query_genes)))
    if query.kind is Kind.RELATION:
        return str(_examples_by_label(result))
    if query.lists or len(result.query_genes) != len(query.names):
        return result.canonical
    labels = iter([gene.label for gene in result.query_genes])
    slots = tuple(slot if slot is None else next(labels) for slot in query.slots)
    return str(replace(query, slots=slots))


def _examples_by_label(result: Result) -> Query:
    """A relation with the pairs that were its examples, whatever files they came from."""
    last = iter([gene.label for gene in result.asked_genes])
    asked = (None if slot is None else next(last) for slot in result.query.slots[-2:])
    slots = (*(gene.label for pair in result.examples for gene in pair), *asked)
    return Query(Kind.RELATION, slots)


def _setting(result: Result) -> str:
    options = result.options
    words = [
        f"{name.replace('_', ' ')} {getattr(options, name)}"
        for name in _TOLD
        if getattr(options, name) != getattr(_USUAL, name)
    ]
    words += result.transforms
    if not result.complete:
        words.append("stopped early")
    return ", ".join(words)
