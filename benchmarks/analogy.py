"""How fast, and how right, the exact analogy engine is. Side by side with plain numpy.

    python benchmarks/analogy.py [pairs] [clustered] [sums] [euclidean] [parallel]
                                 [containing] [memory] [--queries 20] [--no-recall]

Without names all of them run. Machines differ and are shared: only ratios within one run mean
something, so every query is timed right beside its rival.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import plain
from common import Matrix, clock, clustered, human, own_mb, peak_mb

from gene_tui.engines.analogy import compiled
from gene_tui.engines.analogy.engine import AnalogyEngine, Limits
from gene_tui.engines.exact import offset, pair_scores
from gene_tui.engines.found import Found
from gene_tui.engines.pool import run_blocks, threads
from gene_tui.run import Run
from gene_tui.spaces.derive import geometry_of, keep, stored
from gene_tui.spaces.derived import DerivedStore

GENES = {
    "HBA1": "ENSG00000206172",
    "TP53": "ENSG00000141510",
    "GAD2": "ENSG00000136750",
    "OR1A1": "ENSG00000172146",
}
K = 10


def engine_for(x: Matrix) -> AnalogyEngine:
    """An engine with the space's shape; says how long that took."""
    seconds, shape = clock(lambda: geometry_of(x, spread=run_blocks))
    loading, _ = clock(compiled.load)
    print(
        f"  shape of {x.shape[0]:,} x {x.shape[1]} derived in {seconds:.1f} s,"
        f" compiled loops loaded in {loading:.1f} s"
    )
    return AnalogyEngine(x, geometry=shape)


def versus(
    name: str,
    queries: list[tuple[int, int]],
    ours: Callable[[int, int], Found],
    rival: Callable[[int, int], object],
    right: Callable[[int, int, Found], float] | None,
) -> None:
    """Time both on every query, one after the other, and print the ratios."""
    times, ratios, recalls = [], [], []
    ours(*queries[0])
    for a, b in queries:
        mine, found = clock(lambda a=a, b=b: ours(a, b))
        other, _ = clock(lambda a=a, b=b: rival(a, b))
        times.append((mine, other))
        ratios.append(other / mine)
        if right is not None:
            recalls.append(right(a, b, found))
    mine, other = np.median(times, axis=0)
    said = f"recall {np.mean(recalls):.3f}" if recalls else "recall not measured"
    print(
        f"{name}: median {mine * 1e3:.0f} ms, worst {max(t for t, _ in times) * 1e3:.0f} ms; "
        f"plain numpy {other:.2f} s; {np.median(ratios):.1f}x faster, worst "
        f"{min(ratios):.1f}x; {said}",
        flush=True,
    )


def compare_pairs(
    name: str, engine: AnalogyEngine, count: int, recall: bool, **how: object
) -> None:
    """Pairs against plain float32 numpy; recall against float64."""
    x = np.asarray(engine.vectors)
    sum, metric = bool(how.get("sum")), str(how.get("metric", "cosine"))
    wide = x.astype(np.float64) if recall else None

    def right(a: int, b: int, found: Found) -> float:
        assert wide is not None
        truth = plain.pairs(wide, a, b, 5 * K, sum=sum, metric=metric)
        target = offset(x, a, b, sum=sum)

        def score(c: int, d: int) -> float:
            one, two = np.array([c]), np.array([d])
            return float(pair_scores(x, one, two, target, sum=sum, metric=metric)[0])

        return plain.recall(found.rows, truth, score)

    versus(
        name,
        random_pairs(len(x), count),
        lambda a, b: engine.pairs(a, b, Limits(k=K), sum=sum, metric=metric),
        lambda a, b: plain.pairs(x, a, b, K, sum=sum, metric=metric),
        right if recall else None,
    )


def random_pairs(n: int, count: int) -> list[tuple[int, int]]:
    """Seeded random genes."""
    random = np.random.default_rng(20829)
    return [tuple(random.choice(n, 2, replace=False).tolist()) for _ in range(count)]


def compare_parallel(engine: AnalogyEngine, count: int) -> None:
    """A : ? :: C : ?; its scores must reach those of the plain product."""
    x = np.asarray(engine.vectors)

    def right(a: int, c: int, found: Found) -> float:
        wanted = plain.parallel(x, a, c, K)[1]
        return float(np.mean(found.scores >= wanted - 1e-5))

    versus(
        "A : ? :: C : ?",
        random_pairs(len(x), max(1, count // 4)),
        lambda a, c: engine.parallel((a, None, c, None), Limits(k=K)),
        lambda a, c: plain.parallel(x, a, c, K),
        right,
    )


def compare_containing(engine: AnalogyEngine, rows: dict[str, int]) -> None:
    """A : ? on well-known and random genes; against brute force on the first 1,500 rows."""
    random = np.random.default_rng(1)
    labels = list(rows)
    asked = {name: rows[label] for name, label in GENES.items()}
    asked |= {labels[row]: row for row in random.choice(len(rows), 6, replace=False).tolist()}
    import_module("gene_tui.engines.analogy.around")
    # The first question prepares the rows, once.
    warm, _ = clock(lambda: engine.containing((0, None, None, None), Limits(k=K, cap=0.8)))
    print(f"  the first question, rows prepared, in {warm:.1f} s")
    times, firsts, ratios = [], [], []
    for name, a in asked.items():
        product, _ = clock(lambda: gram(np.asarray(engine.vectors)))
        heard: list[float] = []
        start = time.perf_counter()
        found = engine.containing(
            (a, None, None, None),
            Limits(k=K, cap=0.8),
            run=Run(found=lambda _, h=heard, s=start: h.append(time.perf_counter() - s)),
        )
        times.append(time.perf_counter() - start)
        firsts.append(heard[0])
        ratios.append(times[-1] / product)
        print(
            f"  {name} : ?  {times[-1]:.1f} s, {ratios[-1]:.1f} x one product of all rows"
            f" ({product:.2f} s), best {found.scores[0]:.4f}",
            flush=True,
        )
    print(
        f"A : ? with cap 0.8: median {np.median(times):.1f} s, worst {max(times):.1f} s, "
        f"{np.median(ratios):.1f} x the product in the median, worst {max(ratios):.1f} x, "
        f"first hits within {max(firsts):.2f} s"
    )
    cut = np.ascontiguousarray(engine.vectors[:1500])
    small = AnalogyEngine(cut)
    for a in (0, 700, 1499):
        found = small.containing((a, None, None, None), Limits(k=K, cap=0.8))
        wanted = plain.containing(cut.astype(np.float64), a, 0.8, K)
        print(f"  first 1,500 rows, row {a}: off by {abs(found.scores - wanted).max():.1e}")


def gram(x: Matrix) -> None:
    """All products of all rows, in blocks: what a search over all B cannot do without."""
    out = np.empty((1024, len(x)), dtype=np.float32)
    for start in range(0, len(x), 1024):
        rows = x[start : start + 1024]
        np.matmul(rows, x.T, out=out[: len(rows)])


def stop(engine: AnalogyEngine, rows: dict[str, int]) -> None:
    """How long a search goes on after it was told to stop."""
    late = 0.0
    for after in (0.1, 1.0, 3.0):
        told = time.perf_counter() + after
        found = engine.containing(
            (rows[GENES["TP53"]], None, None, None),
            Limits(k=K, cap=0.8),
            partial=True,
            run=Run(cancelled=lambda told=told: time.perf_counter() > told),
        )
        late = max(late, time.perf_counter() - told)
        assert not found.complete
    print(f"A : ? stopped {late:.2f} s after it was told to")


def memory(folder: Path) -> None:
    """Peak memory of a process that maps vectors and shape and answers pairs."""
    x, _ = human(folder)
    store = DerivedStore((folder / "derived",), "benchmark")
    keep(store, geometry_of(x, spread=run_blocks))
    print(f"derived arrays: {store.bytes() / x.nbytes:.2f} x the vectors' size")
    for what in ("engine", "plain"):
        subprocess.run([sys.executable, __file__, what, "--child", str(folder)], check=True)


def child(folder: Path, what: str) -> None:
    """Answer 20 questions of each kind from mapped files and say how much memory that took; or
    one question with plain numpy."""
    x = np.load(folder / "human.npy", mmap_mode="r")
    if what == "plain":
        plain.pairs(x, 0, 1, K, sum=False, metric="cosine")
        print(f"peak memory of plain numpy: {peak_mb():.0f} MB")
        return

    def opened() -> AnalogyEngine:
        compiled.load()
        shape = stored(DerivedStore((folder / "derived",), "benchmark"), *x.shape)
        assert shape is not None
        return AnalogyEngine(x, norms=np.asarray(shape.lengths), geometry=shape)

    loading, engine = clock(opened)
    first, _ = clock(lambda: engine.pairs(0, 1, Limits(k=K)))
    print(f"opened in {loading * 1e3:.0f} ms, first answer {first * 1e3:.0f} ms after")
    for how in ({}, {"sum": True}, {"metric": "euclidean"}):
        for a, b in random_pairs(len(x), 20):
            engine.pairs(a, b, Limits(k=K), **how)
    print(f"of which its own, no pages of files: {own_mb():.0f} MB")
    print(f"peak memory of a process answering pairs of every kind: {peak_mb():.0f} MB")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*")
    parser.add_argument("--queries", type=int, default=20)
    parser.add_argument("--no-recall", action="store_true")
    parser.add_argument("--child", type=Path)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child, asked.what[0])
        return
    every = ["pairs", "clustered", "sums", "euclidean", "parallel", "containing", "memory"]
    what, recall = asked.what or every, not asked.no_recall
    print(f"{threads()} threads, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        x, rows = human(Path(folder))
        if set(what) - {"clustered", "memory"}:
            engine = engine_for(x)
        if "pairs" in what:
            compare_pairs("A : B", engine, asked.queries, recall)
        if "sums" in what:
            compare_pairs("A + B :: ? + ?", engine, asked.queries, recall, sum=True)
        if "euclidean" in what:
            compare_pairs("A : B by distance", engine, asked.queries, recall, metric="euclidean")
        if "parallel" in what:
            compare_parallel(engine, asked.queries)
        if "containing" in what:
            compare_containing(engine, rows)
            stop(engine, rows)
        if "clustered" in what:
            compare_pairs("A : B, clustered", engine_for(clustered()), asked.queries, recall)
        if "memory" in what:
            memory(Path(folder))


if __name__ == "__main__":
    main()
