"""Planes to look at vectors in, and the order that puts similar ones beside each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A plane through the mean of some vectors.

    Attributes:
        mean: (d,) float64. axes: (2, d) float64, orthonormal; zero where there is no spread.
        shares: how much of the vectors' spread (sum of squares) lies along each axis, 0 to 1.
    """

    mean: Floats
    axes: Floats
    shares: tuple[float, float]

    def of(self, vectors: npt.NDArray[np.floating]) -> Floats:
        """(h, 2) float64, where (h, d) vectors lie in the plane."""
        places: Floats = (np.asarray(vectors, dtype=np.float64) - self.mean) @ self.axes.T
        return places


def principal_plane(vectors: npt.NDArray[np.floating]) -> Plane:
    """The plane of the two widest directions of (h, d) vectors, h ≥ 1.

    Signs are fixed: each axis points to where its largest entry is positive.
    """
    work = np.asarray(vectors, dtype=np.float64)
    mean = work.mean(axis=0)
    centred = work - mean
    h, d = centred.shape
    if h <= d:
        # Of few vectors: their products with each other say the same as the d × d covariance.
        squares, left = np.linalg.eigh(centred @ centred.T)
        squares, left = squares[::-1][:2], left[:, ::-1][:, :2]
        axes = left.T @ centred
    else:
        squares, right = np.linalg.eigh(centred.T @ centred)
        squares, axes = squares[::-1][:2], right[:, ::-1][:, :2].T
    total = float(np.einsum("ij,ij->", centred, centred))
    found = np.zeros((2, d))
    shares = [0.0, 0.0]
    for place, (square, axis) in enumerate(zip(squares, axes, strict=True)):
        length = float(np.linalg.norm(axis))
        if total > 0 and square > 1e-12 * total and length > 0:
            largest = axis[np.abs(axis).argmax()]
            found[place] = axis / (length if largest > 0 else -length)
            shares[place] = float(square) / total
    return Plane(mean, found, (shares[0], shares[1]))


def cosines(offsets: Floats) -> Floats:
    """(m, m) float64, cosine of every two of (m, d) offsets; none of them zero."""
    unit = offsets / np.linalg.norm(offsets, axis=1)[:, None]
    similar: Floats = np.clip(unit @ unit.T, -1.0, 1.0)
    return similar


def clustered(similar: Floats) -> list[int]:
    """An order of m things that puts similar ones beside each other.

    Average linkage: the two most similar groups are joined until one is left, each time
    turned so that the ends that meet are the most similar ones. Equal ones: the first.

    Args:
        similar: (m, m) symmetric.
    """
    groups = [[place] for place in range(len(similar))]
    between = np.array(similar, dtype=np.float64)
    np.fill_diagonal(between, -np.inf)
    while len(groups) > 1:
        flat = int(np.argmax(between))
        i, j = sorted((flat // len(groups), flat % len(groups)))
        sizes = len(groups[i]), len(groups[j])
        joined = (between[i] * sizes[0] + between[j] * sizes[1]) / sum(sizes)
        groups[i] = _facing(groups[i], groups[j], similar)
        del groups[j]
        between[i], between[:, i] = joined, joined
        between = np.delete(np.delete(between, j, axis=0), j, axis=1)
        between[i, i] = -np.inf
    return groups[0] if groups else []


def _facing(left: list[int], right: list[int], similar: Floats) -> list[int]:
    """Two groups in a row, turned so that their ends fit best."""
    turned = [(one, other) for one in (left, left[::-1]) for other in (right, right[::-1])]
    one, other = max(turned, key=lambda pair: similar[pair[0][-1], pair[1][0]])
    return [*one, *other]
