"""The shape of a space: every bound is one, nothing close is missing, and it is kept."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gene_tui.errors import Cancelled
from gene_tui.run import Progress, Run
from gene_tui.spaces import derive as derive_module
from gene_tui.spaces import distances
from gene_tui.spaces.derive import derive, geometry, geometry_of, norms, norms_of
from gene_tui.spaces.derived import DerivedStore
from gene_tui.spaces.geometry import Offsets, exponent
from tests.unit.engines.analogy import brute


def check_offsets(rows: np.ndarray, coords: np.ndarray, found: Offsets, sign: int) -> None:
    """``rows`` in float64; ``coords`` of their offsets' one end, origin included."""
    n = len(rows)
    offsets = rows[:, None] + sign * rows[None]
    length = np.sqrt((offsets**2).sum(axis=2))
    real = offsets.any(axis=2) & ~np.eye(n, dtype=bool)
    longest = np.sqrt((rows**2).sum(axis=1)).max()
    slack = 1e-12 * longest
    apart = ((coords[:, None] + sign * coords[None]) ** 2).sum(axis=2)
    least = apart + (found.residual[:, None] ** 2 + found.residual**2) / 2
    assert (least <= length**2 + 1e-5 * longest**2)[real].all()
    for i in range(n):
        partners = np.flatnonzero(real[i])
        listed = found.neighbours[i][found.neighbours[i] >= 0]
        assert i not in listed and len(set(listed)) == len(listed)
        gaps = found.gaps[i]
        assert (np.diff(gaps[np.isfinite(gaps)]) >= 0).all()
        for j, gap in zip(found.neighbours[i], gaps, strict=True):
            assert j < 0 or not real[i, j] or gap <= length[i, j] + slack
        if len(partners):
            assert found.nearest[i] <= length[i, partners].min() + slack
        rest = np.setdiff1d(partners, listed)
        if len(rest):
            assert found.reach[i] <= length[i, rest].min() + slack


@settings(max_examples=80, deadline=None)
@given(
    kind=st.sampled_from(brute.KINDS),
    seed=st.integers(0, 10**6),
    n=st.integers(1, 40),
    d=st.integers(1, 12),
    neighbours=st.sampled_from([1, 3, 16]),
    coordinates=st.sampled_from([1, 4, 64]),
)
def test_every_bound_holds(kind, seed, n, d, neighbours, coordinates) -> None:
    vectors = brute.spaces(kind, seed, n, d)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distances, "_TILE", 7)
        shape = geometry_of(vectors, neighbours=neighbours, coordinates=coordinates)
    rows, unit = brute.rows_and_unit(vectors)
    shape = shape.scaled(-int(np.log2(unit)))
    mean = rows.mean(axis=0)
    size = max(1e-300, float(np.abs(rows).max()))
    np.testing.assert_allclose(shape.lengths, np.linalg.norm(rows, axis=1), rtol=1e-12)
    coords = shape.coords.astype(np.float64)
    if coordinates >= d:
        about = rows - mean
        np.testing.assert_allclose(coords @ coords.T, about @ about.T, atol=1e-4 * size**2 * d)
    if n > 1:
        check_offsets(rows, coords, shape.difference, -1)
        check_offsets(rows, coords + shape.origin, shape.sum, 1)


def test_the_nearest_are_listed_and_the_bounds_are_tight() -> None:
    vectors = brute.spaces("plain", 2, 300, 20)
    x = vectors.astype(np.float64)
    shape = geometry_of(vectors, neighbours=5)
    for sign, found in ((-1, shape.difference), (1, shape.sum)):
        lengths = np.linalg.norm(x[:, None] + sign * x[None], axis=2)
        np.fill_diagonal(lengths, np.inf)
        order = np.argsort(lengths, axis=1)
        np.testing.assert_array_equal(np.sort(found.neighbours), np.sort(order[:, :5]))
        near = np.take_along_axis(lengths, order, axis=1)
        np.testing.assert_allclose(found.gaps, near[:, :5], rtol=1e-4)
        np.testing.assert_allclose(found.reach, near[:, 5], rtol=1e-4)
        np.testing.assert_allclose(found.nearest, near[:, 0], rtol=1e-4)


def test_identical_rows_are_no_neighbours() -> None:
    vectors = brute.spaces("plain", 2, 40, 6)
    vectors[10:30] = vectors[5]
    shape = geometry_of(vectors, neighbours=4)
    assert shape.difference.nearest.min() > 0
    same = {5, *range(10, 30)}
    for row in same:
        assert not same & set(shape.difference.neighbours[row].tolist())


def a_space(folder: Path, vectors: np.ndarray) -> Any:
    store = DerivedStore((folder / "derived",), "fingerprint")
    return SimpleNamespace(vectors=vectors, n=len(vectors), d=vectors.shape[1], derived=store)


def test_a_shape_is_kept_and_found_again(tmp_path: Path) -> None:
    space = a_space(tmp_path, brute.spaces("clusters", 1, 50, 5))
    assert geometry(space) is None
    heard: list[Progress] = []
    made = derive(space, run=Run(heard.append))
    assert heard[-1] == Progress("distances", 50, 50)
    again = geometry(space)
    assert again is not None
    for name in ("coords", "origin", "lengths"):
        np.testing.assert_array_equal(getattr(made, name), getattr(again, name))
    for kind in ("difference", "sum"):
        for name in ("nearest", "reach", "neighbours", "gaps", "residual"):
            one, other = (getattr(getattr(shape, kind), name) for shape in (made, again))
            np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(norms(space), norms_of(space.vectors))
    heard.clear()
    derive(space, run=Run(heard.append))
    assert not heard, "what is kept is not computed again"


def test_a_stale_or_damaged_shape_is_made_again(tmp_path: Path) -> None:
    vectors = brute.spaces("plain", 1, 30, 5)
    space = a_space(tmp_path, vectors)
    derive(space)
    other = a_space(tmp_path, vectors)
    other.derived = DerivedStore((tmp_path / "derived",), "another fingerprint")
    assert geometry(other) is None
    longer = a_space(tmp_path, brute.spaces("plain", 1, 31, 5))
    assert geometry(longer) is None
    (tmp_path / "derived" / f"coords-{derive_module.VERSION}.npy").write_bytes(b"not an array")
    assert geometry(space) is None
    np.testing.assert_array_equal(derive(space).coords, geometry_of(vectors).coords)


def test_stopping_keeps_nothing(tmp_path: Path) -> None:
    space = a_space(tmp_path, brute.spaces("plain", 1, 30, 5))
    with pytest.raises(Cancelled):
        derive(space, run=Run(cancelled=lambda: True))
    assert not (tmp_path / "derived").exists()


def test_large_spaces_skip_what_costs_the_square(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive_module, "LARGE", 20)
    shape = geometry_of(brute.spaces("plain", 1, 30, 5))
    assert shape.difference.neighbours.shape == (30, 0)
    assert not shape.difference.nearest.any() and not shape.sum.residual.any()
    assert shape.coords.shape == (30, 5)


@pytest.mark.parametrize(
    ("longest", "power"), [(0.0, 0), (1.0, 0), (1e-9, 0), (1e25, 84), (1e-25, -83)]
)
def test_only_extreme_lengths_are_scaled(longest: float, power: int) -> None:
    assert exponent(longest) == power
