"""Fixtures all tests share."""

from __future__ import annotations

import fcntl
import gc
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

# Before numpy and faiss are loaded: there is a process a core already, and threads that wait for
# each other's parts of small products spin.
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

# A machine with other work on it takes longer over an example than one thinks; what must not
# hang has a deadline of its own.
settings.register_profile("anywhere", deadline=None)
settings.load_profile("anywhere")


def pytest_collection_finish() -> None:
    """Collect garbage rarely, as the app does, and never walk what was imported.

    Drawing makes many short-lived objects; with Python's own thresholds the libraries are walked
    again and again.
    """
    gc.set_threshold(50_000, 20, 20)
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Collect garbage once more, and not five times what is still in use, as pytest would."""
    gc.collect()
    gc.freeze()


MadeOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """A folder by its name, filled by the first process that asks and shared by all of them."""
    base = tmp_path_factory.getbasetemp()
    base = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    base.mkdir(exist_ok=True)

    def once(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = base / name, base / f"{name}.done"
        with (base / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                folder.mkdir(exist_ok=True)
                make(folder)
                done.touch()
        return folder

    return once


@pytest.fixture(scope="session")
def shared_cache(made_once: MadeOnce) -> Path:
    """One cache for all tests, as on a user's machine: what is in it can be made again."""
    return made_once("cache", lambda _: None)


@pytest.fixture(scope="session")
def demonstration(made_once: MadeOnce) -> Path:
    """The small space that tests are done on, as a space folder."""

    def make(folder: Path) -> None:
        from tests.demonstration import NAME, write

        write(folder / NAME)

    return made_once("demonstration-space", make) / "demonstration"


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders that are not there yet, one for each test. Counted here: for a number that is not
    taken, ``mktemp`` lists the folders of all tests before."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _home_of_its_own(
    _homes: Iterator[Path], shared_cache: Path, demonstration: Path
) -> Iterator[None]:
    """No test sees or touches the user's spaces, history, cache or settings. Where a test names no
    space, the small one opens."""
    home = next(_homes)
    home.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for kind in ("DATA", "CONFIG"):
            patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
        patch.setenv("XDG_CACHE_HOME", str(shared_cache))
        patch.setenv("GENE_TUI_SPACE", str(demonstration))
        yield


@pytest.fixture
def no_space_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a fresh machine: the atlas opens, or the space last open."""
    monkeypatch.delenv("GENE_TUI_SPACE")


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
def human(real_data: Path, made_once: MadeOnce) -> Path:
    """The real human embedding with the NCBI table, as a space folder."""
    return _imported(
        made_once,
        "human-expression",
        real_data / "seed_layout" / "geneformer",
        real_data / "annotations" / "Homo_sapiens.gene_info.gz",
    )


@pytest.fixture(scope="session")
def words(real_data: Path, made_once: MadeOnce) -> Path:
    """The Google News words, as a space folder."""
    return _imported(made_once, "words", real_data / "seed_layout" / "word2vec")


def _imported(made_once: MadeOnce, name: str, source: Path, *annotations: Path) -> Path:
    from gene_tui.spaces.importing import Recipe, import_space

    def make(folder: Path) -> None:
        import_space(Recipe(source, annotations), folder / name, name=name)

    return made_once(name, make) / name
