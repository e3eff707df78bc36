"""Pairs and their numbers."""

from __future__ import annotations

import numpy as np
import pytest

from gene_tui.engines.pair_index.plan import (
    numbers_touching,
    pair_count,
    pair_numbers,
    pairs_of,
    rows_of,
    unit_offsets,
)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 17, 60])
def test_upper_triangle_by_rows(n: int) -> None:
    i, j = np.triu_indices(n, 1)
    assert np.array_equal(pair_numbers(i, j, n), np.arange(pair_count(n)))
    back = pairs_of(np.arange(pair_count(n)), n)
    assert np.array_equal(back[0], i)
    assert np.array_equal(back[1], j)


@pytest.mark.parametrize("n", [20_829, 92_683, 600_000])
def test_numbers_are_exact_in_large_spaces(n: int) -> None:
    rng = np.random.default_rng(0)
    edge = np.concatenate([np.arange(40), n - 41 + np.arange(40)])  # ends, where roots round
    i = np.concatenate([np.repeat(edge, 2), rng.integers(0, n - 1, 5000)])
    first_last = np.stack([edge + 1, np.full(edge.size, n - 1)], axis=1).ravel()
    j = np.concatenate([first_last, np.zeros(5000, dtype=np.int64)])
    j[-5000:] = rng.integers(i[-5000:] + 1, n)
    numbers = pair_numbers(i, j, n)
    exact = [
        a * n - a * (a + 1) // 2 + b - a - 1 for a, b in zip(i.tolist(), j.tolist(), strict=True)
    ]
    assert numbers.tolist() == exact
    back = pairs_of(numbers, n)
    assert np.array_equal(back[0], i)
    assert np.array_equal(back[1], j)
    last = np.array([0, pair_count(n) - 1])
    assert [array.tolist() for array in pairs_of(last, n)] == [[0, n - 2], [1, n - 1]]


def test_rows_of_a_count() -> None:
    assert [rows_of(count) for count in range(11)] == [
        *(None, 2, None, 3, None, None, 4),
        *(None, None, None, 5),
    ]
    for n in (500, 20_829, 599_999, 600_000):
        assert rows_of(pair_count(n)) == n
        assert rows_of(pair_count(n) + 1) is None
        assert rows_of(pair_count(n) - 1) is None


def test_numbers_touching_a_row() -> None:
    i, j = np.triu_indices(9, 1)
    for row in range(9):
        assert numbers_touching(row, 9).tolist() == np.flatnonzero((i == row) | (j == row)).tolist()


def test_offsets_have_length_one_or_zero_however_small() -> None:
    vectors = np.array([[1e-30, 0], [3e-30, 0], [1e-30, 0], [1e20, 1e20]], dtype=np.float32)
    i, j = np.triu_indices(4, 1)
    rows = unit_offsets(vectors, i, j, sum=False)
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 0, 1, 1, 1, 1])
    assert np.allclose(rows[0], [-1, 0])
    assert np.allclose(unit_offsets(vectors, i, j, sum=True)[0], [1, 0])
