"""What the tests of searches over pairs share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gene_tui.engines import pool
from gene_tui.engines.analogy import bounds, compiled
from gene_tui.engines.analogy import pairs as pair_search


@pytest.fixture(scope="module")
def small_pieces() -> Iterator[None]:
    """Few seeds and small blocks, so that small spaces are pruned as large ones are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pair_search, "SEEDS", 2)
        patch.setattr(pair_search, "_C_BLOCK", 4)
        patch.setattr(pair_search, "_D_BLOCK", 6)
        patch.setattr(pair_search, "PART", 12)
        patch.setattr(bounds, "_ROWS", 5)
        pool.set_threads(1)
        yield
        pool.set_threads(None)


@pytest.fixture(params=["numpy", "compiled"])
def both_searches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every search by numpy, and by the compiled loops."""
    loops = compiled.load() if request.param == "compiled" else None
    monkeypatch.setattr(compiled, "_join", loops)
