"""What answers of similarity add to hits."""

from __future__ import annotations

import numpy as np
import pytest

from gene_tui.engines.answers.similarity import quantile


@pytest.mark.parametrize("seed", range(30))
def test_quantiles_are_numpys_to_the_last_digit(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=random.integers(1, 50)).round(random.choice((1, 9)))
    for share in (0.0, 0.5, 1.0, random.random(), 1 - 1 / random.integers(2, 30_000)):
        assert quantile(values, share) == float(np.quantile(values, share))
