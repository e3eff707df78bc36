"""Fixtures all tests share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests, as on a user's machine: what is in it can be made again."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _home_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, shared_cache: Path
) -> Iterator[None]:
    """No test sees or touches the user's spaces, history, cache or settings."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for kind in ("DATA", "CONFIG"):
            patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
        patch.setenv("XDG_CACHE_HOME", str(shared_cache))
        patch.delenv("GENE_TUI_SPACE", raising=False)
        yield


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short name, for sockets: their names have 100 characters at most, and the
    folders of tests may have longer ones."""
    with tempfile.TemporaryDirectory(prefix="g", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real embeddings, read in place and never copied."""
    folder = Path(os.environ.get("GENE_TUI_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set GENE_TUI_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def expected(real_data: Path) -> Path:
    """The folder of float64 reference answers."""
    folder = real_data.parent / "expected"
    if not folder.is_dir():
        pytest.skip(f"no reference answers at {folder}")
    return folder


@pytest.fixture(scope="session")
def human(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real human embedding with the NCBI table, as a space folder, not prepared."""
    return _imported(
        real_data / "seed_layout" / "geneformer",
        tmp_path_factory.mktemp("spaces") / "human-expression",
        real_data / "annotations" / "Homo_sapiens.gene_info.gz",
    )


@pytest.fixture(scope="session")
def words(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Google News words, as a space folder, not prepared."""
    return _imported(
        real_data / "seed_layout" / "word2vec", tmp_path_factory.mktemp("spaces") / "words"
    )


def _imported(source: Path, target: Path, *annotations: Path) -> Path:
    from gene_tui.spaces.importing import Recipe, import_space

    return import_space(Recipe(source, annotations), target, name=target.name).folder
