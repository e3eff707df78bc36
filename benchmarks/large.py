"""A space of 600,000 x 300: opening it, nearest neighbours, memory, what long questions cost.

    python benchmarks/large.py [--rows 600000] [--dims 300] [--keep FOLDER]

The rows are made up and written once (720 MB, in a temporary folder, or kept in --keep). Every
figure comes from a process of its own; the product it is compared with runs in turn with it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from gene_tui.errors import GeneTuiError
from gene_tui.model.gene import Gene
from gene_tui.run import Run
from gene_tui.session import Session, open_space
from gene_tui.spaces import store
from gene_tui.spaces.source import Block, Source

BLOCK = 10_000


def write(folder: Path, rows: int, dims: int) -> None:
    """A made-up space of words."""

    def blocks() -> Iterator[Block]:
        random = np.random.default_rng(0)
        centres = random.standard_normal((200, dims), dtype=np.float32)
        for start in range(0, rows, BLOCK):
            count = min(BLOCK, rows - start)
            noise = random.standard_normal((count, dims), dtype=np.float32)
            vectors = centres[random.integers(200, size=count)] + noise
            yield Block([f"word{row}" for row in range(start, start + count)], vectors)

    def annotator(
        labels: Sequence[str], _columns: Mapping[str, Sequence[str]]
    ) -> tuple[list[Gene], str, list[str]]:
        return [Gene(row, label) for row, label in enumerate(labels)], "word", []

    source = Source("made up", dims, rows, blocks(), (folder,))
    store.write(source, folder, name="large", annotator=annotator)


def opening(folder: Path) -> None:
    """Seconds to an open session that has found one name; memory after it."""
    start = time.perf_counter()
    session = open_space(folder)
    gene = session.gene("word4321")
    print(
        f"opened, one name found     {time.perf_counter() - start:8.3f} s   "
        f"{private_mb():6.0f} MB of its own ({gene.label})"
    )


def nearest(folder: Path) -> None:
    """Nearest neighbours with z against one product over the mapped rows."""
    session = open_space(folder)
    vectors = session.space.vectors
    assert not vectors.flags.owndata, "the rows are not mapped"
    start = time.perf_counter()
    session.query("word1")
    print(f"first question             {time.perf_counter() - start:8.3f} s")
    query = np.array(vectors[77])
    rows = np.random.default_rng(1).integers(len(vectors), size=25).tolist()
    plain, ours, ratios = [], [], []
    result = session.query("word2")
    for row in rows:
        start = time.perf_counter()
        _ = vectors @ query
        middle = time.perf_counter()
        result = session.query(f"word{row}", k=10)
        end = time.perf_counter()
        plain.append(middle - start)
        ours.append(end - middle)
        ratios.append(ours[-1] / plain[-1])
    known = [name for name in ("z", "rarity") if getattr(result.hits[0], name) is not None]
    print(
        f"one product                {statistics.median(plain) * 1e3:8.1f} ms\n"
        f"nearest, with {', '.join(known) or 'no z':12} {statistics.median(ours) * 1e3:8.1f} ms   "
        f"{statistics.median(ours) / statistics.median(plain):.2f}x, median of ratios "
        f"{statistics.median(ratios):.2f}x   {private_mb():.0f} MB of its own"
    )


def long(folder: Path) -> None:
    """What long questions say before they start, and A : B, which runs bounded."""
    for text in ("? ~ ?", "word1 : word2", "word1 : ? :: word2 : ?", "word1 : ?", "? : ?"):
        ask(open_space(folder), text)


def ask(session: Session, text: str) -> None:
    """Print what is said first; stop the question once it has been said."""
    said: list[str] = []
    start = time.perf_counter()
    try:
        session.query(
            text,
            run=Run(
                lambda progress: said.append(progress.stage),
                lambda: time.perf_counter() - start > 20,
            ),
        )
        outcome = "answered"
    except GeneTuiError as error:
        outcome = f"{error.message}; {error.hint}"
    first = said[0] if said else ""
    print(
        f"{text}: {time.perf_counter() - start:.1f} s, {private_mb():.0f} MB, {outcome}\n"
        f"    first said: {first}"
    )


def private_mb() -> float:
    """The process's largest resident memory that is not a mapped file, MB, as it is now."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


def main() -> None:
    """Write the space, then measure each part in a new process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=600_000)
    parser.add_argument("--dims", type=int, default=300)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--part", choices=["opening", "nearest", "long"])
    asked = parser.parse_args()
    if asked.part:
        {"opening": opening, "nearest": nearest, "long": long}[asked.part](asked.keep)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary) / "large"
        if not folder.exists():
            start = time.perf_counter()
            write(folder, asked.rows, asked.dims)
            print(f"written in {time.perf_counter() - start:.0f} s", flush=True)
        for part in ("opening", "opening", "nearest", "long"):
            subprocess.run(
                [sys.executable, __file__, "--keep", str(folder), "--part", part], check=True
            )


if __name__ == "__main__":
    main()
