"""Small spaces that break careless search: duplicates, near-duplicates, zero rows, ties."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from gene_tui.arrays import Matrix

SHAPES = (
    "gaussian",
    "duplicates",
    "near-duplicates",
    "zero-rows",
    "tiny-clump",
    "clusters",
    "one-dimensional",
    "integers",
    "all-equal",
    "shifted",
)


def make(shape: str, n: int, d: int, seed: int) -> Matrix:
    """An (n, d) float32 space of the named kind of nastiness."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    if shape == "duplicates":
        x[rng.integers(0, n, n // 2)] = x[rng.integers(0, n)]
    elif shape == "near-duplicates":
        near = rng.integers(0, n, n // 2)
        x[near] = x[rng.integers(0, n)] + 1e-6 * rng.standard_normal((len(near), d))
    elif shape == "zero-rows":
        x[rng.integers(0, n, max(1, n // 6))] = 0.0
    elif shape == "tiny-clump":
        clump = rng.integers(0, n, n // 2)
        x[clump] = 1e-5 * rng.standard_normal((len(clump), d))
    elif shape == "clusters":
        centres = 5.0 * rng.standard_normal((3, d))
        x = centres[rng.integers(0, 3, n)] + 0.1 * x
    elif shape == "one-dimensional":
        x = np.outer(rng.standard_normal(n), rng.standard_normal(d))
    elif shape == "integers":
        x = rng.integers(-1, 2, (n, d)).astype(float)
    elif shape == "all-equal":
        x[:] = x[0]
    elif shape == "shifted":
        x += 10.0
    return np.ascontiguousarray(x, dtype=np.float32)


def spaces(smallest: int = 4, largest: int = 60) -> st.SearchStrategy[Matrix]:
    """Hypothesis strategy over all shapes and sizes."""
    return st.builds(
        make,
        st.sampled_from(SHAPES),
        st.integers(smallest, largest),
        st.integers(1, 12),
        st.integers(0, 2**31 - 1),
    )
