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
from gene_tui.model.gene import Gene
from gene_tui.model.options import DEFAULT_CAP
from gene_tui.model.query import ANALOGIES, Kind
from gene_tui.model.result import Hit, Result
from gene_tui.run import IsCancelled, Run, never
from gene_tui.spaces.derive import geometry
from gene_tui.text import clip
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
_BLOCK = 1024
#: Answers to C : D among which A : B is looked for.
_WAY_BACK = 1000
#: A gene with this share of a pair's distance carries the hit; above this cosine it is like the
#: asked gene, above the usual cap a near twin.
_CARRIES = 0.75
_LIKE = 0.4
#: Gene sets that are named.
_SETS = 3


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
        (f"|A {sign} B|", _length(left)),
        (f"|C {sign} D|", _length(right)),
        ("cos A·B", _cosine(a, b)),
        ("cos C·D", _cosine(c, d)),
        ("cos A·C", _cosine(a, c)),
        ("cos B·D", _cosine(b, d)),
    )
    if query.kind is Kind.PAIRS:
        asked = "A : B" if query.slots[0] is not None else "C : D"
        numbers = (*numbers, (f"{asked} back", _way_back(session, result, hit, cancelled)))
    return tuple(zip("ABCD", genes, strict=True)), numbers


def which_side(session: Session, result: Result, hit: Hit) -> str:
    """In words which of a pair's two genes carries the hit; "" where there is nothing to say.

    A hit of A : B is two genes that lie apart along A − B. Each one's share of that distance is
    counted from the mean of all genes: a gene with hardly any share could be nearly any other.
    """
    query = result.query
    if query.kind is not Kind.PAIRS or hit.cos_ac is None or hit.cos_bd is None:
        return ""
    asked, told = ("AB", "CD") if query.slots[0] is not None else ("CD", "AB")
    vectors = session.space.vectors
    a, b = (np.asarray(vectors[gene.row], dtype=np.float64) for gene in result.query_genes)
    c, d = (np.asarray(vectors[gene.row], dtype=np.float64) for gene in hit.genes)
    apart = float((c - d) @ (a - b))
    if apart <= 0:
        return ""
    share = float((c - _overview(session.space).mean) @ (a - b)) / apart
    alike = [
        f"a near twin of {of}" if cosine > DEFAULT_CAP else f"like {of}" if cosine > _LIKE else ""
        for of, cosine in zip(asked, (hit.cos_ac, hit.cos_bd), strict=True)
    ]
    if 1 - _CARRIES < share < _CARRIES:
        parts = zip(told, (share, 1 - share), alike, strict=True)
        said = (
            f"{one} {100 * part:.0f} %" + (f" ({what})" if what else "")
            for one, part, what in parts
        )
        return f"both sides carry it: {', '.join(said)}"
    place = 0 if share >= _CARRIES else 1
    why = f"is {alike[place]}" if alike[place] else f"lies far along {asked[0]} − {asked[1]}"
    return f"{told[place]} carries it: it {why}; {told[1 - place]} could be nearly any gene"


def sets_shared(
    session: Session, result: Result, hit: Hit, cancelled: IsCancelled = never
) -> tuple[str, ...]:
    """The gene sets that the two genes of a pair share, and those that the asked two do, a line
    each; nothing where the sets know none of them.

    Raises:
        FileError: they cannot be read.
        Cancelled: the user looks at something else.
    """
    if result.query.kind is not Kind.PAIRS or not session.lists.gene_sets:
        return ()
    from gene_tui.enrich import holding

    run = Run(cancelled=cancelled)
    sets = session.lists.sets(run)
    if not any(holding(sets, [gene], run=run) for gene in (*hit.genes, *result.query_genes)):
        return ()
    asked, told = ("A, B", "C, D") if result.query.slots[0] is not None else ("C, D", "A, B")
    lines = []
    used = clip(", ".join(dict.fromkeys(one.collection for one in sets)), 60)
    for names, genes in ((told, hit.genes), (asked, result.query_genes)):
        found = [one.title for one in holding(sets, genes, run=run)]
        shown = "; ".join(clip(title, 60) for title in found[:_SETS]) or f"no set of {used}"
        more = f" … and {len(found) - _SETS:,} more" if len(found) > _SETS else ""
        lines.append(f"{names} share {shown}{more}")
    return tuple(lines)


def _places_of_pair(
    session: Session, result: Result, hit: Hit
) -> tuple[tuple[tuple[str, Gene], ...], tuple[tuple[str, str], ...]]:
    """C and D of a relation's hit, their offset and cosine."""
    named, filled = iter(result.asked_genes), iter(hit.genes)
    places = result.query.lettered
    genes = [(letter, next(filled if slot is None else named)) for letter, slot in places]
    c, d = (np.asarray(session.space.vectors[g.row], dtype=np.float64) for _, g in genes)
    return tuple(genes), (("|C − D|", _length(c - d)), ("cos C·D", _cosine(c, d)))


def _way_back(session: Session, result: Result, hit: Hit, cancelled: IsCancelled) -> str:
    """The place of the asked pair among the answers to the hit, over all genes; "2", ">1,000"."""
    (a, b), (c, d) = ([gene.row for gene in pair] for pair in (result.query_genes, hit.genes))
    found = session.engines.analogy.engine.pairs(
        c, d, Limits(_WAY_BACK), metric=result.options.metric, run=Run(cancelled=cancelled)
    )
    places = np.flatnonzero((found.rows == [a, b]).all(axis=1))
    return f"{places[0] + 1:,}" if len(places) else f">{len(found.rows):,}"


def _length(offset: npt.NDArray[np.float64]) -> str:
    """The length of an offset, as cosines are written; with four digits where it is long."""
    length = float(np.linalg.norm(offset))
    return f"{length:.4f}" if length < 1000 else f"{length:.4g}"


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
