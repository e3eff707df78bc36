"""Where the genes of an answer lie: on the principal axes of the space, and on their own."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gene_tui.engines.answers.gene_list import target
from gene_tui.engines.answers.question import Question
from gene_tui.model.query import Kind
from gene_tui.model.result import Result
from gene_tui.pictures.picture import HIT, IDEAL, QUERY, Point, Scatter
from gene_tui.pictures.planes import Plane, principal_plane
from gene_tui.spaces.derive import norms
from gene_tui.spaces.space import Space

#: Genes of the answer on a map, and other genes around them.
PLACED = 200
CLOUD = 1500
#: Rows that decide the principal plane of a larger space.
_SAMPLE = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class _Overview:
    """A space's principal plane and where some of its genes lie in it, (m, 2) float64."""

    plane: Plane
    cloud: npt.NDArray[np.float64]


_overviews: weakref.WeakKeyDictionary[Space, _Overview] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def maps(space: Space, result: Result) -> list[Scatter]:
    """The answer among all genes, and its genes among themselves."""
    asked, left_out = result.query_genes, ""
    if len(asked) > PLACED // 2:
        left_out = f" Of {len(asked):,} genes of the question {PLACED // 2} are shown."
        asked = asked[: PLACED // 2]  # the hits want a place too
    genes = list(dict.fromkeys([*asked, *(g for h in result.hits for g in h.genes)]))
    genes = genes[:PLACED]
    if not genes:
        return []
    vectors = space.vectors[[gene.row for gene in genes]].astype(np.float64)
    named = set(asked)
    roles = [QUERY if gene in named else HIT for gene in genes]
    names = [gene.shown for gene in genes]
    if result.query.kind in (Kind.ARITHMETIC, Kind.LIST):
        question = Question.of_result(result)
        sought = target(space.vectors, norms(space), question, result.options.metric)
        vectors = np.concatenate([vectors, sought[None]])
        roles.append(IDEAL)
        names.append("the sum" if result.query.kind is Kind.ARITHMETIC else "the centre")
    overview = _overview(space)
    made: list[Scatter] = [
        _scatter(
            "Map",
            f"The answer on the two principal axes of all {space.n:,} genes; dots are other genes."
            f"{left_out}",
            overview.plane,
            vectors,
            names,
            roles,
            overview.cloud,
        )
    ]
    close = principal_plane(vectors)
    if min(close.shares) > 0:
        made.append(
            _scatter(
                "Close-up",
                f"The {len(genes):,} genes of question and answer on their own two principal axes.",
                close,
                vectors,
                names,
                roles,
            )
        )
    return made


def _scatter(
    title: str,
    about: str,
    plane: Plane,
    vectors: npt.NDArray[np.float64],
    names: Sequence[str],
    roles: Sequence[str],
    cloud: npt.NDArray[np.float64] | None = None,
) -> Scatter:
    points = [
        Point(name, float(spot[0]), float(spot[1]), role)
        for name, spot, role in zip(names, plane.of(vectors), roles, strict=True)
    ]
    return Scatter(
        title,
        about,
        (_share(1, plane.shares[0]), _share(2, plane.shares[1])),
        tuple(points),
        tuple((x, y) for x, y in cloud.tolist()) if cloud is not None else (),
    )


def _share(number: int, share: float) -> str:
    return f"axis {number} ({100 * share:.1f} % of the spread)"


def _overview(space: Space) -> _Overview:
    with _lock:
        known = _overviews.get(space)
    if known is None:
        rng = np.random.default_rng(space.n)
        rows = np.arange(space.n)
        if space.n > _SAMPLE:
            rows = np.sort(rng.choice(rows, _SAMPLE, replace=False))
        vectors = space.vectors[rows].astype(np.float64)
        plane = principal_plane(vectors)
        some = rng.choice(len(rows), min(CLOUD, len(rows)), replace=False)
        known = _Overview(plane, plane.of(vectors[some]))
        with _lock:
            _overviews[space] = known
    return known
