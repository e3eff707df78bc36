"""Weighted sums of genes: A - B + C, 2*A + B."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def weighted_sum(
    vectors: npt.NDArray[np.float32], rows: Sequence[int], weights: Sequence[float]
) -> npt.NDArray[np.float64]:
    """Σ wᵢ·xᵢ of the rows as they are (not scaled to unit length), in float64.

    Args:
        vectors: (n, d). rows, weights: equally long; a row may come more than once.

    Returns:
        (d,) float64.
    """
    terms = vectors[np.asarray(rows, dtype=np.int64)].astype(np.float64)
    result: npt.NDArray[np.float64] = np.asarray(weights, dtype=np.float64) @ terms
    return result
