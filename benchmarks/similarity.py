"""Nearest genes and closest pairs: time against the plain product, memory, gensim beside it.

    ./create_env.sh python benchmarks/similarity.py [SPACE]

SPACE is a space's name, folder or source; default: the real human embedding beside the
checkout. Times are medians of runs taken in turn inside one process, so that a busy machine
slows both sides; only the ratios mean something.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import gene_tui
from gene_tui.engines.similarity import Similarity
from gene_tui.session import Session

ROOT = Path(__file__).parent.parent
DEFAULT = ROOT.parent / "shared" / "data" / "seed_layout" / "geneformer"
BLOCK = 1024


def interleaved(runs: int, *functions: Callable[[], object]) -> list[list[float]]:
    """Seconds of each function, run in turn ``runs`` times."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(runs):
        for place, function in enumerate(functions):
            start = time.perf_counter()
            function()
            times[place].append(time.perf_counter() - start)
    return times


def nearest(session: Session, label_of: Callable[[int], str]) -> None:
    """A nearest-gene query against one M @ q, with and without the way back; gensim as peer."""
    vectors = np.array(session.space.vectors)
    rng = np.random.default_rng(0)
    rows = rng.integers(0, len(vectors), 200)
    peer = _gensim(vectors)
    session.query(label_of(0))  # warms up: random questions, norms
    answers = session.engines.similarity
    engine = answers.engine("cosine")
    places = iter(np.tile(rows, 12).tolist())
    query = vectors[3].copy()
    hits = {row: _hits(engine, row) for row in rows.tolist()}
    some = np.ascontiguousarray(vectors[rows[:50]].T)

    def with_z() -> None:
        row = next(places)
        engine.nearest(vectors[row].astype(np.float64), 10, exclude=np.array([row]))

    def back() -> None:
        row = next(places)
        engine.back_ranks(row, hits[row])

    plain, alone, ways, product, ours, fifty, theirs = interleaved(
        200,
        lambda: vectors @ query,
        with_z,
        back,
        lambda: vectors @ some,
        lambda: session.query(label_of(next(places))),
        lambda: session.query(label_of(next(places)), k=50),
        (lambda: peer.most_similar("5")) if peer else (lambda: None),
    )
    base, block = statistics.median(plain), statistics.median(product)
    print(f"one M @ q                         {base * 1e3:8.2f} ms")
    print(f"one M with 50 rows                {block * 1e3:8.2f} ms")
    for title, times in (
        ("nearest genes with z", alone),
        ("session.query, z, 1 in N, back", ours),
        ("the same, 50 hits", fifty),
        *([("gensim most_similar", theirs)] if peer else []),
    ):
        took = statistics.median(times)
        print(f"{title:32s}  {took * 1e3:8.2f} ms  {took / base:5.2f} x M @ q")
    took = statistics.median(ways)
    print(f"{'back of 50 hits':32s}  {took * 1e3:8.2f} ms  {took / block:5.2f} x M with 50 rows")
    beyond = statistics.median(fifty) - block
    print(f"50 hits, less that product        {beyond * 1e3:8.2f} ms  {beyond / base:5.2f} x M @ q")


def _hits(engine: Similarity, row: int) -> np.ndarray:
    query = engine.vectors[row].astype(np.float64)
    return engine.nearest(query, 50, exclude=np.array([row]))[0].rows[:, 0]


def closest(session: Session) -> None:
    """Closest pairs of the whole space against the plain product in blocks of 1,024."""
    vectors = np.array(session.space.vectors)
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]

    def product() -> None:
        for start in range(0, len(unit), BLOCK):
            unit[start : start + BLOCK] @ unit.T

    engine = session.engines.similarity
    plain, cosine, euclidean = interleaved(
        3,
        product,
        lambda: engine.engine("cosine").closest_pairs(50),
        lambda: engine.engine("euclidean").closest_pairs(50),
    )
    base = min(plain)
    print(f"plain n x n product           {base:8.2f} s")
    print(f"closest pairs, cosine         {min(cosine):8.2f} s   {min(cosine) / base:5.2f} ×")
    print(f"closest pairs, Euclidean      {min(euclidean):8.2f} s   {min(euclidean) / base:5.2f} ×")


def memory(space: str) -> None:
    """Peak resident memory of a process of its own per kind of query."""
    code = (
        "import sys, gene_tui\n"
        "session = gene_tui.open_space(sys.argv[1])\n"
        "session.query(sys.argv[2], k=50)\n"
        # ru_maxrss of a child also counts what its parent held when it was forked
        "status = open('/proc/self/status').read()\n"
        "print(int(status.split('VmHWM:')[1].split()[0]) / 1024)\n"
    )
    label = gene_tui.open_space(space).space.gene(0).label
    for what, text in (("nearest genes", label), ("closest pairs", "? ~ ?")):
        done = subprocess.run(
            [sys.executable, "-c", code, space, text], capture_output=True, text=True, check=True
        )
        print(f"peak memory, {what}    {float(done.stdout):8.0f} MB")


def _gensim(vectors: np.ndarray):  # type: ignore[no-untyped-def]
    try:
        from gensim.models import KeyedVectors
    except ImportError:
        print("(gensim is not installed: no peer)")
        return None
    peer = KeyedVectors(vectors.shape[1])
    peer.add_vectors([str(row) for row in range(len(vectors))], vectors)
    peer.fill_norms()
    return peer


def main() -> None:
    """Print all figures."""
    space = sys.argv[1] if len(sys.argv) > 1 else str(DEFAULT)
    session = gene_tui.open_space(space)
    print(f"{session.space.name}: {session.space.n:,} × {session.space.d}")
    nearest(session, lambda row: session.space.gene(row).label)
    closest(session)
    memory(space)


if __name__ == "__main__":
    main()
