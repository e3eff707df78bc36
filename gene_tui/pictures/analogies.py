"""Analogies as pictures: one in its own plane, the offsets of many compared."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Matrix
from gene_tui.model.gene import Gene
from gene_tui.model.query import ANALOGIES, Kind
from gene_tui.model.result import Hit, Result
from gene_tui.pictures.heatmaps import compared
from gene_tui.pictures.picture import HIT, IDEAL, QUERY, Heatmap, Parallelogram, Point
from gene_tui.pictures.planes import principal_plane

#: Offsets compared.
OFFSETS = 40


def parallelogram(vectors: Matrix, result: Result, hit: int = 0) -> Parallelogram | None:
    """The analogy of one hit in its own plane; None where the answer holds no such hit.

    Args:
        vectors: (n, d), of the space that answered. hit: which one, from 0.
    """
    if not _is_analogy(result) or not 0 <= hit < len(result.hits):
        return None
    genes = _places(result, result.hits[hit])
    a, b, c, d = vectors[[gene.row for gene in genes]].astype(np.float64)
    plane = principal_plane(np.stack([a, b, c, d]))
    spots = plane.of(np.stack([a, b, c, d, b - a + c]))
    # Turned so that A stands above B, and left of C.
    spots *= [1.0 if spots[0, 0] <= spots[2, 0] else -1.0, 1.0 if _above(spots) else -1.0]
    shown = 100 * sum(plane.shares)
    cosine = _cosine(a - b, c - d)
    names = [gene.shown for gene in genes]
    about = (
        f"{names[0]} − {names[1]} and {names[2]} − {names[3]}: cosine {cosine:.3f}, lengths "
        f"{np.linalg.norm(a - b):.3g} and {np.linalg.norm(c - d):.3g}. The plane shows "
        f"{shown:.0f} % of the four genes' spread."
    )
    corners = tuple(
        _point(f"{letter} {gene.shown}", spot, QUERY if gene in result.query_genes else HIT)
        for letter, gene, spot in zip("ABCD", genes, spots, strict=False)
    )
    assert len(corners) == 4
    return Parallelogram("Parallelogram", about, corners, _point("exact D", spots[4], IDEAL))


def _is_analogy(result: Result) -> bool:
    """Whether the answer's hits are differences that can be drawn as a parallelogram."""
    return result.query.kind in ANALOGIES and result.query.kind is not Kind.SUMS


def offsets(vectors: Matrix, result: Result) -> Heatmap | None:
    """How alike the offsets of an answer are: of A : ? the A − B, of A : B the C − D, of a
    relation the examples' and the hits'."""
    kind = result.query.kind
    pairs: dict[tuple[int, int], str] = {}
    if kind is Kind.CONTAINING:
        known = next(place for place, slot in enumerate(result.query.slots) if slot is not None)
        side = slice(0, 2) if known < 2 else slice(2, 4)
        for hit in result.hits:
            left, right = _places(result, hit)[side]
            other = right if known % 2 == 0 else left
            pairs.setdefault((left.row, right.row), other.shown)
        name = result.query_genes[0].shown
        shown = f"{name} − B" if known % 2 == 0 else f"A − {name}"
        about = f"Cosines between the offsets {shown} of the hits, similar ones side by side."
    elif kind is Kind.PAIRS:
        a, b = result.query_genes
        pairs[(a.row, b.row)] = f"{a.shown} − {b.shown}"
        for hit in result.hits:
            c, d = hit.genes
            pairs.setdefault((c.row, d.row), f"{c.shown} − {d.shown}")
        about = "Cosines between the question's offset and the hits', similar ones side by side."
    elif kind is Kind.RELATION and result.query.unknowns == 2:
        for c, d in (*result.examples, *(hit.genes for hit in result.hits)):
            pairs.setdefault((c.row, d.row), f"{c.shown} − {d.shown}")
        about = "Cosines between the offsets of examples and hits, similar ones side by side."
    if len(pairs) < 3:
        return None
    rows = np.array(list(pairs)[:OFFSETS])
    apart = vectors[rows[:, 0]].astype(np.float64) - vectors[rows[:, 1]].astype(np.float64)
    keep = np.linalg.norm(apart, axis=1) > 0
    names = [name for name, kept in zip(pairs.values(), keep, strict=False) if kept]
    return compared("Offsets", about, names, apart[keep])


def _places(result: Result, hit: Hit) -> tuple[Gene, ...]:
    """The genes of a hit's whole analogy (or pair), left to right."""
    named, filled = iter(result.query_genes), iter(hit.genes)
    return tuple(next(filled if slot is None else named) for slot in result.query.slots)


def _point(name: str, spot: npt.NDArray[np.float64], role: str) -> Point:
    return Point(name, float(spot[0]), float(spot[1]), role)


def _above(spots: npt.NDArray[np.float64]) -> bool:
    return bool(spots[0, 1] >= spots[1, 1])


def _cosine(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / size if size > 0 else 0.0
