"""Arrays computed once for each space, so that questions over all pairs need few of them.

One pass over all pairs finds, for every row, the shortest offsets x_i − x_j and x_i + x_j and
their parts outside the principal coordinates (see ``geometry.py``). It costs n² d operations:
seconds for a genome. Past ``LARGE`` rows only what costs n d² is computed; the bounds are then
0 and questions take longer, with the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats, Matrix
from gene_tui.run import QUIET, IsCancelled, Progress, Run, check, never
from gene_tui.spaces.derived import DerivedStore
from gene_tui.spaces.distances import Centred, shortest_offsets
from gene_tui.spaces.geometry import Geometry, Offsets, exponent
from gene_tui.spaces.space import LARGE, Space

#: Does work block by block and yields what it returns, in any order: ``engines.pool.run_blocks``.
Spread = Callable[..., Iterator[Any]]

#: Raise it when the recipe of any array changes: files of older versions are then not found.
VERSION = 1
#: Listed neighbours of every row, and principal coordinates kept.
NEIGHBOURS = 16
COORDINATES = 64

_ROWS = 2048
_KINDS = ("difference", "sum")


def one_by_one(
    work: Callable[[Any], Any], blocks: Iterable[Any], *, cancelled: IsCancelled = never
) -> Iterator[Any]:
    """A ``Spread`` without threads of its own."""
    for block in blocks:
        check(cancelled)
        yield work(block)


def norms(space: Space) -> Floats:
    """|x_i|, (n,) float64; computed at once where they are not stored."""
    stored = space.derived.get(_name("norms"), shape=(space.n,), dtype=np.float64)
    if stored is not None:
        return stored
    return norms_of(space.vectors)


def norms_of(vectors: Matrix) -> Floats:
    """|x_i| of (n, d) vectors, (n,) float64."""
    result = np.empty(len(vectors))
    for start in range(0, len(vectors), _ROWS):
        rows = vectors[start : start + _ROWS].astype(np.float64)
        result[start : start + _ROWS] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return result


def geometry(space: Space) -> Geometry | None:
    """The space's shape, mapped from disk; None as long as it was not derived."""
    return stored(space.derived, space.n, space.d)


def stored(store: DerivedStore, n: int, d: int) -> Geometry | None:
    """The shape of n rows of d columns that a store keeps; None where a part is missing."""
    parts: dict[str, Any] = {}
    for name, shape in _shapes(n, d).items():
        rows = name.endswith("neighbours")
        exact = name in ("norms", "origin")
        dtype = np.int32 if rows else np.float64 if exact else np.float32
        part = store.get(_name(name), shape=shape, dtype=dtype, below=n if rows else None)
        if part is None:
            return None
        parts[name] = part
    if any(parts[f"{kind}-gaps"].shape != parts[f"{kind}-neighbours"].shape for kind in _KINDS):
        return None
    return _from_arrays(parts)


def keep(store: DerivedStore, shape: Geometry) -> bool:
    """Store a shape for the next time; False where nothing can be written."""
    return store.put({_name(name): array for name, array in _to_arrays(shape).items()})


def derive(space: Space, *, spread: Spread = one_by_one, run: Run = QUIET) -> Geometry:
    """Compute what is missing of a space's shape and keep it; the shape, from disk if kept.

    Args:
        spread: gives the work to over threads; BLAS must then use one thread itself.

    Raises:
        Cancelled: nothing is kept then.
    """
    there = geometry(space)
    if there is not None:
        return there
    made = geometry_of(space.vectors, spread=spread, run=run)
    keep(space.derived, made)
    return geometry(space) or made


def geometry_of(
    vectors: Matrix,
    *,
    neighbours: int = NEIGHBOURS,
    coordinates: int = COORDINATES,
    spread: Spread = one_by_one,
    run: Run = QUIET,
) -> Geometry:
    """The shape of (n, d) float32 vectors, in memory.

    Raises:
        Cancelled: the user stopped it.
    """
    n, d = vectors.shape
    run.report(Progress("coordinates", 0, n))
    lengths = norms_of(vectors)
    power = exponent(float(lengths.max(initial=0.0)))
    if power:
        shape = geometry_of(
            np.ldexp(vectors, -power),
            neighbours=neighbours,
            coordinates=coordinates,
            spread=spread,
            run=run,
        )
        return shape.scaled(power)
    mean, basis = _axes(vectors, float(lengths.max(initial=0.0)), run.cancelled)
    turned = _turn(vectors, mean, basis)
    m = min(coordinates, d)
    origin = mean @ basis
    difference = sums = Offsets.unknown(n)
    if n <= LARGE and n > 1:
        centred = Centred(turned, origin, m, identical_rows(vectors), lengths)
        difference, sums = shortest_offsets(centred, vectors, neighbours, spread=spread, run=run)
    return Geometry(
        coords=np.ascontiguousarray(turned[:, :m]),
        origin=origin[:m],
        lengths=lengths,
        difference=difference,
        sum=sums,
    )


def _axes(vectors: Matrix, scale: float, cancelled: IsCancelled) -> tuple[Floats, Floats]:
    """The mean (d,) and an orthonormal basis (d, d): the mean's direction, then principal ones."""
    d = vectors.shape[1]
    scale = scale or 1.0
    mean = vectors.mean(axis=0, dtype=np.float64) if len(vectors) else np.zeros(d)
    scatter = np.zeros((d, d))
    for start in range(0, len(vectors), _ROWS):
        check(cancelled)
        rows = (vectors[start : start + _ROWS] - mean) / scale
        scatter += rows.T @ rows
    size = float(np.sqrt(mean @ mean))
    if size > 0:
        # The mean's direction gets the largest eigenvalue, so that it comes first and the
        # others are orthogonal to it.
        unit = mean / size
        rest = np.eye(d) - np.outer(unit, unit)
        scatter = rest @ scatter @ rest + np.outer(unit, unit) * (2 * np.trace(scatter) + 1)
    _, basis = np.linalg.eigh((scatter + scatter.T) / 2)
    return mean, np.ascontiguousarray(basis[:, ::-1])


def _turn(vectors: Matrix, mean: Floats, basis: Floats) -> Matrix:
    """Rows about the mean in the basis, (n, d) float32."""
    result = np.empty(vectors.shape, dtype=np.float32)
    for start in range(0, len(vectors), _ROWS):
        result[start : start + _ROWS] = (vectors[start : start + _ROWS] - mean) @ basis
    return result


def identical_rows(vectors: Matrix) -> list[npt.NDArray[np.int64]]:
    """Rows with identical vectors, as groups of two and more, each ascending."""
    # Adding 0 turns -0.0 into 0.0, which equals it but has other bytes.
    rows = np.ascontiguousarray(vectors[:, : min(4, vectors.shape[1])]) + np.float32(0)
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, which, count = np.unique(keys, return_inverse=True, return_counts=True)
    groups = []
    suspects = np.flatnonzero(count[which] > 1)
    sort = suspects[np.argsort(which[suspects], kind="stable")]
    bounds = np.flatnonzero(np.diff(which[sort])) + 1
    for suspect in np.split(sort, bounds) if len(sort) else []:
        _, same, times = np.unique(
            vectors[suspect], axis=0, return_inverse=True, return_counts=True
        )
        same = same.ravel()
        groups += [suspect[same == one] for one in np.flatnonzero(times > 1)]
    return groups


def _name(array: str) -> str:
    return f"{array}-{VERSION}"


def _shapes(n: int, d: int) -> dict[str, tuple[int, ...]]:
    """The arrays kept and their shapes; -1 where any size will do."""
    m = min(COORDINATES, d)
    shapes: dict[str, tuple[int, ...]] = {"norms": (n,), "coords": (n, m), "origin": (m,)}
    for kind in _KINDS:
        shapes[f"{kind}-bounds"] = (3, n)
        shapes[f"{kind}-neighbours"] = shapes[f"{kind}-gaps"] = (n, -1)
    return shapes


def _to_arrays(shape: Geometry) -> dict[str, npt.NDArray[Any]]:
    arrays: dict[str, npt.NDArray[Any]] = {
        "norms": shape.lengths,
        "coords": shape.coords,
        "origin": shape.origin,
    }
    for kind, part in (("difference", shape.difference), ("sum", shape.sum)):
        arrays[f"{kind}-bounds"] = np.stack([part.nearest, part.reach, part.residual])
        arrays[f"{kind}-neighbours"] = part.neighbours
        arrays[f"{kind}-gaps"] = part.gaps
    return arrays


def _from_arrays(arrays: dict[str, Any]) -> Geometry:
    parts = []
    for kind in _KINDS:
        nearest, reach, residual = arrays[f"{kind}-bounds"]
        parts.append(
            Offsets(
                nearest=nearest,
                reach=reach,
                neighbours=arrays[f"{kind}-neighbours"],
                gaps=arrays[f"{kind}-gaps"],
                residual=residual,
            )
        )
    return Geometry(arrays["coords"], arrays["origin"], arrays["norms"], parts[0], parts[1])
