"""Numbers of the details pane: how far a vector can be trusted, how an analogy's genes lie.

In a job's thread only: this module imports numpy.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gene_tui.engines.analogy.ground import Limits
from gene_tui.engines.answers.question import Answer
from gene_tui.engines.exact import weighted_sum
from gene_tui.export.wording import asked_genes
from gene_tui.model.gene import Gene
from gene_tui.model.query import ANALOGIES, Kind
from gene_tui.model.result import Hit, Result
from gene_tui.run import IsCancelled, Run, never
from gene_tui.spaces.derive import geometry
from gene_tui.ui.widgets.gene_sidebar import Trust

if TYPE_CHECKING:
    from gene_tui.session import Session
    from gene_tui.spaces.space import Space

#: Shorter than this share of all genes, or this near to the mean, and a vector is called weak.
_SHORT = 5.0
_GENERIC = 0.9
#: Length of the lists of nearest genes, and in how many times more of them than the average
#: gene a gene must be to be called a hub.
LISTED = 10
_HUB = 10
_BLOCK = 16_384
#: Answers to C : D among which A : B is looked for.
_WAY_BACK = 1000


@dataclass(frozen=True, slots=True)
class _Overview:
    """Norms of all rows, sorted, and the mean row: float64 (n,) and (d,)."""

    sorted_norms: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]


_overviews: weakref.WeakKeyDictionary[Space, _Overview] = weakref.WeakKeyDictionary()
_hubs: weakref.WeakKeyDictionary[Space, npt.NDArray[np.int64]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def nearest(session: Session, gene: Gene, k: int) -> tuple[Hit, ...]:
    """The k genes most like one, without z and "1 in N": those may take a while the first time.

    Raises:
        NoAnswer: its vector has length 0.
    """
    row = np.array([gene.row])
    query = weighted_sum(session.space.vectors, [gene.row], [1.0])
    found, _ = session.engines.similarity.engine("cosine").nearest(query, k, exclude=row)
    return session.hits(Answer(found))


def trust(session: Session, gene: Gene) -> Trust | None:
    """Whether a gene's vector looks learned or generic; None where its row has no direction."""
    space = session.space
    overview = _overview(space)
    vector = np.asarray(space.vectors[gene.row], dtype=np.float64)
    norm = float(np.linalg.norm(vector))
    mean_norm = float(np.linalg.norm(overview.mean))
    if norm == 0:
        return None
    below = float(np.searchsorted(overview.sorted_norms, norm, side="left"))
    percentile = 100.0 * below / max(1, len(overview.sorted_norms))
    cosine = float(vector @ overview.mean / (norm * mean_norm)) if mean_norm > 0 else 0.0
    count = _hub_count(space, gene.row)
    verdict = "good"
    if count is not None and count > LISTED * _HUB:
        verdict = "hub"
    elif percentile < _SHORT or cosine > _GENERIC:
        verdict = "weak"
    return Trust(percentile, cosine, count, verdict)


def places_and_numbers(
    session: Session, result: Result, hit: Hit, cancelled: IsCancelled = never
) -> tuple[tuple[tuple[str, Gene], ...], tuple[tuple[str, str], ...]]:
    """For a hit of an analogy: its four genes by letter, their offsets and cosines, and for a
    pair at which place A : B stands among the answers to C : D.

    Raises:
        Cancelled: the user looks at something else.
    """
    query = result.query
    if query.kind is Kind.RELATION:
        return _places_of_pair(session, result, hit)
    if query.kind not in ANALOGIES:
        return (), ()
    named, filled = iter(result.query_genes), iter(hit.genes)
    genes = [next(filled if slot is None else named) for slot in query.slots]
    a, b, c, d = (np.asarray(session.space.vectors[g.row], dtype=np.float64) for g in genes)
    sign = "+" if query.kind is Kind.SUMS else "−"
    left, right = (a + b, c + d) if query.kind is Kind.SUMS else (a - b, c - d)
    numbers: tuple[tuple[str, str], ...] = (
        (f"|A {sign} B|", f"{np.linalg.norm(left):.4g}"),
        (f"|C {sign} D|", f"{np.linalg.norm(right):.4g}"),
        ("cos A·B", _cosine(a, b)),
        ("cos C·D", _cosine(c, d)),
        ("cos A·C", _cosine(a, c)),
        ("cos B·D", _cosine(b, d)),
    )
    if query.kind is Kind.PAIRS:
        asked = "A : B" if query.slots[0] is not None else "C : D"
        numbers = (*numbers, (f"{asked} back", _way_back(session, result, hit, cancelled)))
    return tuple(zip("ABCD", genes, strict=True)), numbers


def _places_of_pair(
    session: Session, result: Result, hit: Hit
) -> tuple[tuple[tuple[str, Gene], ...], tuple[tuple[str, str], ...]]:
    """C and D of a relation's hit, their offset and cosine."""
    named, filled = iter(asked_genes(result)), iter(hit.genes)
    places = result.query.lettered
    genes = [(letter, next(filled if slot is None else named)) for letter, slot in places]
    c, d = (np.asarray(session.space.vectors[g.row], dtype=np.float64) for _, g in genes)
    return tuple(genes), (("|C − D|", f"{np.linalg.norm(c - d):.4g}"), ("cos C·D", _cosine(c, d)))


def _way_back(session: Session, result: Result, hit: Hit, cancelled: IsCancelled) -> str:
    """The place of the asked pair among the answers to the hit, over all genes; "2", ">1,000"."""
    (a, b), (c, d) = ([gene.row for gene in pair] for pair in (result.query_genes, hit.genes))
    found = session.engines.analogy.engine.pairs(
        c, d, Limits(_WAY_BACK), metric=result.options.metric, run=Run(cancelled=cancelled)
    )
    places = np.flatnonzero((found.rows == [a, b]).all(axis=1))
    return f"{places[0] + 1:,}" if len(places) else f">{len(found.rows):,}"


def _cosine(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> str:
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return f"{float(x @ y) / size:.4f}" if size > 0 else "–"


def _hub_count(space: Space, row: int) -> int | None:
    """In how many genes' lists of the nearest a gene is; None until the lists were derived."""
    with _lock:
        if space not in _hubs:
            shape = geometry(space)
            if shape is None:
                return None
            lists = shape.difference.neighbours[:, :LISTED]
            _hubs[space] = np.bincount(lists[lists >= 0], minlength=space.n)
        return int(_hubs[space][row])


def _overview(space: Space) -> _Overview:
    with _lock:
        if space not in _overviews:
            norms = np.empty(space.n)
            total = np.zeros(space.d)
            for start in range(0, space.n, _BLOCK):
                block = np.asarray(space.vectors[start : start + _BLOCK], dtype=np.float64)
                norms[start : start + _BLOCK] = np.linalg.norm(block, axis=1)
                total += block.sum(axis=0)
            norms.sort()
            _overviews[space] = _Overview(norms, total / space.n)
        return _overviews[space]
