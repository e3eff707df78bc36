"""The pair index: read slowly in the background, asked by a key, compared, stopped, refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from gene_tui.config import Settings
from gene_tui.engines.pair_index import file as pair_index_load
from tests.ui.conftest import Start
from tests.unit.engines.pair_index.cases import space, write_plain


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small space's source file and an index over all its pairs, of few lists."""
    folder = tmp_path_factory.mktemp("indexed")
    vectors = space(n=70, d=16)
    keep = np.array([row for row in range(70) if row not in (7, 8, 9)])
    vectors = vectors[keep]
    source = folder / "small.npz"
    np.savez(source, embeddings=vectors, genes=[f"W{n}" for n in range(len(vectors))])
    return source, write_plain(vectors, folder / "trained_index.faiss", "IVF24,Flat")


@pytest.fixture
def slowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Reads of an index take long; the delay can be changed on the way."""
    delay = [0.05]

    def slow(file: BinaryIO, size: int) -> bytes:
        time.sleep(delay[0])
        return file.read(min(size, 512) if delay[0] else size)

    monkeypatch.setattr(pair_index_load, "read_block", slow)
    yield delay


def started(start: Start, indexed: tuple[Path, Path], index: Path | None = None):
    settings = Settings(index=str(index or indexed[1]))
    return start(space=indexed[0], settings=settings)


async def test_the_exact_engine_answers_while_the_index_is_read_and_escape_stops_it(
    start: Start, indexed: tuple[Path, Path], slowed: list[float]
) -> None:
    async with started(start, indexed) as driver:
        await driver.until(lambda: "B" in driver.screen_text and "Esc stops" in driver.screen_text)
        await driver.until(lambda: "trained_index" in driver.screen_text)
        await driver.ask("W1 : W2")
        assert driver.main.asking.rows.result.exact
        job = driver.main.jobs.running("index")
        assert job is not None
        ended: list[float] = []
        job.failed, told = (lambda error: (ended.append(time.monotonic()), told(error))), job.failed
        await driver.until(lambda: not driver.main.jobs.running("prepare"))
        driver.main.results.focus_table()
        began = time.monotonic()
        driver.main.step_back()
        await driver.until(lambda: ended)
        assert ended[0] - began < 1
        assert "was stopped; it answers from disk" in driver.said
    slowed[0] = 0
    async with started(start, indexed) as driver:
        await driver.until(lambda: "in memory" in driver.said)


async def test_a_key_changes_the_engine_of_pairs_and_only_of_pairs(
    start: Start, indexed: tuple[Path, Path]
) -> None:
    async with started(start, indexed) as driver:
        await driver.until(lambda: "in memory" in driver.said)
        await driver.ask("W1 : W2")
        exact = driver.main.asking.rows.result
        assert exact.exact
        await driver.press("i")
        result = driver.main.asking.rows.result
        assert not result.exact
        assert "approximate" in driver.screen_text
        assert "· index" in driver.main.status.render().plain
        await driver.ask("W1")
        assert driver.main.asking.rows.result.exact
        await driver.ask("W1 : W2")
        await driver.press("i")
        assert driver.main.asking.rows.result.hits == exact.hits


async def test_what_the_index_missed(start: Start, indexed: tuple[Path, Path]) -> None:
    async with started(start, indexed) as driver:
        await driver.until(lambda: "in memory" in driver.said)
        session = driver.main.loader.session
        # One list of 24 is visited: some of the best pairs must be in the others.
        query = session.query
        session.query = lambda *given, **named: query(
            *given, **(named | ({"nprobe": 1} if named.get("use_index") else {}))
        )
        await driver.ask("W1 : W2")
        exact = driver.main.asking.rows.result.hits
        driver.main.action_do("missed")
        await driver.until(lambda: "missed" in " ".join(driver.main._notices.values()))
        missed = driver.main.asking.rows.result.hits
        assert 0 < len(missed) < len(exact)
        assert set(missed) < set(exact)
        found = query("W1 : W2", k=50, use_index=True, nprobe=1).hits
        assert {hit.genes for hit in found}.isdisjoint({hit.genes for hit in missed})


async def test_without_an_index_the_key_says_how_to_give_one(start: Start) -> None:
    async with start() as driver:
        await driver.ask("PYGL : PYGM")
        await driver.press("i")
        assert "--index FILE" in driver.said
        assert driver.main.asking.rows.result.exact


@pytest.mark.parametrize("content", [b"", b"IxFI", b"not an index at all" * 100])
async def test_a_file_that_is_no_index_is_told_and_the_app_goes_on(
    start: Start, indexed: tuple[Path, Path], tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "bad.faiss"
    file.write_bytes(content)
    async with started(start, indexed, file) as driver:
        await driver.until(lambda: "no pair index" in driver.said)
        assert "bad.faiss" in driver.said
        await driver.ask("W1 : W2")
        assert driver.symbols


async def test_an_index_of_another_space_is_refused(
    start: Start, indexed: tuple[Path, Path], tmp_path: Path
) -> None:
    other = write_plain(space(n=20, d=16, seed=5), tmp_path / "other.faiss", "IVF4,Flat")
    async with started(start, indexed, other) as driver:
        await driver.until(lambda: "no pair index" in driver.said)
