"""A small space that the tests of the command line name, whatever the default is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import MadeOnce

SYMBOLS = """
HBA1 HBA2 HBB HBD HBG1 PYGL PYGM GYS1 GYS2 CD3D CD3E CD3G CD19 MS4A1 PAX5 TP53 MYC KRAS INS GCG
TTN ACTA1 ACTA2 TAGLN MYL7 MYL9 AMPD1 AMPD2 ALB APOE
""".split()  # noqa: SIM905 - a list with its quotes is three times as long


@pytest.fixture(scope="session")
def small_space(made_once: MadeOnce) -> Path:
    """Thirty human genes by their symbols, with vectors that mean nothing: a space folder."""
    from gene_tui.spaces.importing import Recipe, import_space

    def make(folder: Path) -> None:
        rows = np.random.default_rng(0).standard_normal((len(SYMBOLS), 16)).astype(np.float32)
        np.savez(folder / "small.npz", embeddings=rows, genes=np.array(SYMBOLS))
        import_space(Recipe(folder / "small.npz"), folder / "small", name="small")

    return made_once("small-space", make) / "small"


@pytest.fixture
def small(small_space: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same as what commands open when no space is named."""
    monkeypatch.setenv("GENE_TUI_SPACE", str(small_space))
    return small_space
