"""A pair index that is slow to read, in the real program: nothing waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gene_tui.run import Run
from tests.ui.pseudo_terminal import FRESH, Program, gene_tui
from tests.unit.engines.pair_index.cases import brute_force

GENES = 60
#: A disk that gives 2 kB in a fiftieth of a second: the index below takes half a minute.
SLOW = """
import time
from gene_tui.engines.pair_index import file as pair_index_load
def slow(file, size):
    time.sleep(0.02)
    return file.read(min(size, 2048))
pair_index_load.read_block = slow
from gene_tui.cli import main
main()
"""


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, np.ndarray]:
    """A source file of 60 words, the index over all their pairs, and the vectors."""
    from gene_tui.engines.pair_index.build import build

    folder = tmp_path_factory.mktemp("slow")
    vectors = np.random.default_rng(11).normal(size=(GENES, 512)).astype(np.float32)
    source, index = folder / "small.npz", folder / "pairs.faiss"
    np.savez(source, embeddings=vectors, genes=[f"W{n}" for n in range(GENES)])
    build(vectors, index, factory="Flat")
    assert index.stat().st_size > 3_000_000
    return source, index, vectors


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    programs: list[Program] = []
    yield programs
    for program in programs:
        program.close()


def shown_pairs(program: Program) -> list[tuple[str, str]]:
    """The pairs on the screen, best first."""
    words = [
        line.split("││")[1].split() for line in program.screen.text.splitlines() if "││" in line
    ]
    return [(line[1], line[2]) for line in words if line and line[0].isdigit()]


def test_a_slow_index_is_read_aside_stops_at_once_and_is_whole_the_next_time(
    indexed: tuple[Path, Path, np.ndarray], programs: list[Program]
) -> None:
    source, index, vectors = indexed
    before = index.read_bytes()
    given = ("--space", str(source), "--index", str(index))
    slow = Program([gene_tui()[0], "-c", SLOW, *given])
    programs.append(slow)
    slow.until_shown("pair index")
    slow.until(lambda: "kB" in slow.screen.text or "MB" in slow.screen.text, "bytes read")
    slow.ask("W1 : W2", "pairs · exact")
    best = brute_force(vectors, 1, 2, 10).rows
    assert shown_pairs(slow)[:10] == [(f"W{c}", f"W{d}") for c, d in best]
    assert "Esc stops" in slow.screen.text.splitlines()[0]  # and it still reads
    began = time.monotonic()
    slow.send("\x1b")
    # Not until nothing can be stopped any more: the space may still be being prepared.
    slow.until_shown("reading the pair index was stopped")
    took = time.monotonic() - began
    print(f"from Esc to a screen that says so: {took:.3f} s")
    # A lone Esc is told from the beginning of a sequence by waiting a tenth of a second; a
    # second for a busy machine to draw. The engine's own limit is below.
    assert took < 0.2 + 0.1 + 1.0
    slow.send("q")
    assert slow.wait() == 0
    quick = Program(gene_tui(*given))
    programs.append(quick)
    quick.until_shown("in memory")
    quick.ask("W1 : W2", "pairs · exact")
    quick.send("i")
    quick.until_shown("approximate")
    assert shown_pairs(quick)[:10] == [(f"W{c}", f"W{d}") for c, d in best]
    quick.process.terminate()
    quick.wait()
    assert quick.screen.modes == FRESH
    assert index.read_bytes() == before


def test_reading_stops_within_a_fifth_of_a_second(
    indexed: tuple[Path, Path, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of its own time: what other programs take from this thread is not counted."""
    from gene_tui.engines.pair_index import file as pair_index_load
    from gene_tui.errors import Cancelled

    asked: list[float] = []
    blocks = 0

    def slow(file, size: int) -> bytes:
        nonlocal blocks
        blocks += 1
        time.sleep(size / (1 << 20))  # one MB a second
        return file.read(size)

    monkeypatch.setattr(pair_index_load, "read_block", slow)

    def cancelled() -> bool:
        if blocks >= 8 and not asked:
            asked.append(time.monotonic())
            return False  # it arrives just after the reader looked
        return bool(asked)

    with pytest.raises(Cancelled):
        pair_index_load.read_resident(indexed[1], run=Run(cancelled=cancelled))
    took = time.monotonic() - asked[0]
    print(f"from the request to the end: {took:.3f} s")
    assert took < 0.2
    assert blocks <= 9
