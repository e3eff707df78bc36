"""Rows prepared for A : ?: what lies together stands together, and the unit offsets to one A."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy.gram import Gram
from gene_tui.engines.exact import lengths_of
from gene_tui.spaces.geometry import Geometry

#: Rows of a group, groups of a group of these, about, and rounds in which they are made.
_GROUP, _TOGETHER, _ROUNDS = 40, 8, 4
#: Rows nearer to a neighbour than that share of their length are in a clump with it; of so many
#: members or more, which are asked with each other about their own mean.
_CLUMP, _MEMBERS = 0.35, 16
#: Offsets made unit at a time.
_ROWS = 512


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """Unit offsets A − B of one A, in groups of similar direction, and these in groups again.

    Attributes:
        rows: (B,) places of the B, group by group: all whose offset has a direction.
        units: (B, d) float32. apart: (B,) float64, the offsets' lengths.
        starts: (groups + 1,) where in the rows the groups begin.
        over: (groups of groups + 1,), the groups where those begin.
    """

    rows: Rows
    units: Matrix
    apart: Floats
    starts: Rows
    over: Rows

    @classmethod
    def of(cls, field: Field, a: int) -> Directions:
        """Of the row at place ``a``. Any groups are right; these are found by k-means."""
        gram, coords = field.gram, field.coords
        n = len(gram)
        vector = gram.vectors[gram.rows[a]].astype(np.float64)
        units, apart = np.empty((n, len(vector)), dtype=np.float32), np.empty(n)
        for start in range(0, n, _ROWS):
            part = slice(start, start + _ROWS)
            offsets = vector - gram.vectors[gram.rows[part]]
            apart[part] = lengths_of(offsets)
            units[part] = offsets / np.where(apart[part] > 0, apart[part], 1.0)[:, None]
        rows = np.flatnonzero(apart > 0)
        order, starts, over = _grouped(_units(coords[a] - coords[rows]))
        rows = rows[order]
        return cls(rows, units[rows], apart[rows], starts, over)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """All rows of a space, those of similar direction next to each other.

    What is looked at for one of them is then mostly in the caches for the next.

    Attributes:
        coords: (n, 16 i) float32, coordinates of the rows, filled up with zeros.
        clumps: (clumps, 2) first and first-behind places of rows that lie close together for
            their length.
    """

    gram: Gram
    coords: Matrix
    clumps: Rows

    @classmethod
    def of(cls, vectors: Matrix, shape: Geometry, rows: Rows) -> Field:
        """Of some rows of a space."""
        coords = np.asarray(shape.coords[rows])
        clumps = _clumps(shape, rows, coords)
        order, starts, _ = _grouped(_units(coords))
        group = np.empty(len(rows), dtype=np.int64)
        group[order] = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        group[clumps >= 0] = len(starts) + clumps[clumps >= 0]
        order = np.argsort(group, kind="stable")
        begins = np.flatnonzero(np.diff(group[order], prepend=-1))
        spans = np.column_stack([begins, np.append(begins[1:], len(rows))])
        gram = Gram.of(vectors, shape, rows[order])
        coords = np.hstack([gram.first, gram.rest])
        return cls(gram, coords, spans[clumps[order[begins]] >= 0])


def _clumps(shape: Geometry, rows: Rows, coords: Matrix) -> Rows:
    """Which clump each of some rows is in, −1 for none; by who is whose near neighbour."""
    near = shape.difference
    place = np.full(len(shape.lengths) + 1, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    others = place[near.neighbours[rows]]
    lengths = np.sqrt(np.einsum("ij,ij->i", coords, coords))
    linked = (others >= 0) & (near.gaps[rows] <= _CLUMP * lengths[:, None])
    one, column = np.nonzero(linked)
    other = others[one, column]
    label = np.arange(len(rows))
    while True:
        lower = label.copy()
        np.minimum.at(lower, one, label[other])
        np.minimum.at(lower, other, label[one])
        lower = lower[lower]
        if np.array_equal(lower, label):
            break
        label = lower
    name, which, sizes = np.unique(label, return_inverse=True, return_counts=True)
    which = which.ravel()
    big = np.where(sizes >= _MEMBERS, np.arange(len(name)), -1)
    return np.asarray(big[which])


def _grouped(rows: Matrix) -> tuple[Rows, Rows, Rows]:
    """Rows (n, m) in groups that lie together, and these in groups again, by k-means.

    Returns:
        The order in which they stand together; where in it the groups begin, (groups + 1,);
        where in the groups those of groups begin.
    """
    label, centres = _alike(rows, max(1, len(rows) // _GROUP))
    above, _ = _alike(centres, max(1, len(centres) // _TOGETHER))
    # Groups that belong together stand together.
    place = np.empty(len(centres), dtype=np.int64)
    place[np.argsort(above, kind="stable")] = np.arange(len(centres))
    label = place[label]
    order = np.argsort(label, kind="stable")
    return (
        order,
        np.append(np.flatnonzero(np.diff(label[order], prepend=-1)), len(rows)),
        np.append(np.flatnonzero(np.diff(np.sort(above), prepend=-1)), len(centres)),
    )


def _units(rows: Matrix) -> Matrix:
    """Rows of length 1; a row of zeros stays."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return np.asarray(rows / np.where(lengths > 0, lengths, 1)[:, None], dtype=np.float32)


def _alike(rows: Matrix, count: int) -> tuple[Rows, Matrix]:
    """k-means: ``count`` groups or fewer, which each row is in; (…, m) their centres."""
    centres = rows[np.random.default_rng(0).choice(len(rows), count, replace=False)]
    for _ in range(_ROUNDS):
        nearest = rows @ centres.T
        nearest -= np.einsum("ij,ij->i", centres, centres) / 2
        label = nearest.argmax(axis=1)
        order = np.argsort(label, kind="stable")
        begins = np.flatnonzero(np.diff(label[order], prepend=-1))
        sizes = np.diff(np.append(begins, len(rows)))
        sums = np.add.reduceat(rows[order], begins, axis=0)
        centres = np.asarray(sums / sizes[:, None], dtype=np.float32)
    # Without those that nothing was in.
    return np.unique(label, return_inverse=True)[1].ravel(), centres


def groups_of(rows: int) -> int:
    """About how many groups and groups of groups so many rows make."""
    groups = max(1, rows // _GROUP)
    return groups + groups // _TOGETHER
