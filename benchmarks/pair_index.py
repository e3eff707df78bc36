"""The FAISS index over all pairs, beside the exact engine: memory, disk, load, query, recall.

    ./create_env.sh python benchmarks/pair_index.py [GENES] [FACTORY] [MEMORY-MB]

Builds the index of the first GENES (3,000) rows of the real human embedding in a child process
with a memory limit to keep to (2,048 MB), kills that with SIGKILL when half the pairs are
coded, lets a second one go on, and checks that every pair is in the file once.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faiss
import numpy as np
from common import Matrix, clock, human, peak_mb

from gene_tui.engines.analogy.engine import AnalogyEngine, Limits
from gene_tui.engines.found import Found
from gene_tui.engines.pair_index.build import build
from gene_tui.engines.pair_index.index import PairIndex, measure_recall
from gene_tui.engines.pool import run_blocks
from gene_tui.errors import NoAnswer
from gene_tui.run import Progress, Run
from gene_tui.spaces.derive import geometry_of

_KILL_AT = "coding pairs"


def in_child(vectors: str, index: str, genes: str, factory: str, memory: str) -> None:
    """Build, saying where it stands."""

    def say(step: Progress) -> None:
        print(f"{step.stage}\t{step.done}\t{step.total}", flush=True)

    rows = np.load(vectors, mmap_mode="r")
    build(
        rows,
        Path(index),
        n_truncate=int(genes),
        factory=factory,
        memory=int(memory) << 20,
        run=Run(say),
    )
    print(f"peak\t{peak_mb():.0f}\t0", flush=True)


def run_build(arguments: list[str], *, kill: bool) -> tuple[float, float, dict[str, float]]:
    """Seconds, peak MB, and when each stage began; killed halfway through coding if asked."""
    start = time.perf_counter()
    began: dict[str, float] = {}
    peak = 0.0
    command = [sys.executable, __file__, "--child", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        for line in child.stdout:
            stage, done, total = line.rstrip("\n").split("\t")
            began.setdefault(stage, round(time.perf_counter() - start, 1))
            if stage == "peak":
                peak = float(done)
            elif kill and stage == _KILL_AT and 2 * int(done) >= int(total):
                peak = _peak_of(child.pid)
                os.kill(child.pid, signal.SIGKILL)
                break
    return time.perf_counter() - start, peak, began


def _peak_of(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(row.split()[1]) / 1024 for row in status.splitlines() if "VmHWM" in row)


def check_all_there(path: Path, pairs: int) -> None:
    """Every pair number stands in the lists once."""
    index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP)
    assert index.ntotal == pairs
    seen = np.zeros(pairs, dtype=np.uint8)
    for number in range(index.nlist):
        size = index.invlists.list_size(number)
        if size:
            seen[faiss.rev_swig_ptr(index.invlists.get_ids(number), size)] += 1
    assert (seen == 1).all()


def ask(index: PairIndex, vectors: Matrix) -> None:
    """Query times side by side, and recall."""
    engine = AnalogyEngine(vectors, geometry=geometry_of(vectors, spread=run_blocks))
    rng = np.random.default_rng(1)
    questions = [tuple(map(int, rng.choice(index.n, 2, replace=False))) for _ in range(21)]
    index.search(*questions[0], 10)
    engine.pairs(*questions[0], Limits(10))
    ours, theirs = [], []
    for a, b in questions[1:]:
        theirs.append(clock(lambda a=a, b=b: index.search(a, b, 10))[0])
        ours.append(clock(lambda a=a, b=b: engine.pairs(a, b, Limits(10)))[0])
    print(f"query, index           {statistics.median(theirs) * 1e3:8.1f} ms   (medians of 20)")
    print(
        f"query, exact engine    {statistics.median(ours) * 1e3:8.1f} ms (median of 20, recall 1)"
    )

    def exact(a: int, b: int, k: int) -> Found:
        if (vectors[a] == vectors[b]).all():
            raise NoAnswer("equal vectors")
        return engine.pairs(a, b, Limits(k))

    for nprobe in (1, 8, index.nprobe, 512, index.info.nlist):
        value = measure_recall(index, exact, queries=30, nprobe=nprobe)
        seconds = statistics.median(
            clock(lambda a=a, b=b, n=nprobe: index.search(a, b, 10, nprobe=n))[0]
            for a, b in questions[1:6]
        )
        print(f"recall@10              {value:8.3f}    nprobe={nprobe}, {seconds * 1e3:.1f} ms")


def main(genes: int = 3000, factory: str = "IVF4096,PQ32", memory: int = 2048) -> None:
    """Build, kill, go on, open, ask."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        vectors, _ = human(folder)
        path = folder / "pairs.faiss"
        arguments = [
            str(folder / "human.npy"),
            str(path),
            str(genes),
            factory,
            str(memory),
        ]
        pairs = genes * (genes - 1) // 2
        print(f"{genes:,} genes × {vectors.shape[1]}, {pairs:,} pairs, {factory}, {memory} MB")
        seconds, peak, began = run_build(arguments, kill=True)
        print(f"killed halfway after   {seconds:8.1f} s   peak {peak:,.0f} MB   {began}")
        seconds, peak, began = run_build(arguments, kill=False)
        print(f"went on for            {seconds:8.1f} s   peak {peak:,.0f} MB   {began}")
        check_all_there(path, pairs)
        print(f"every pair once; file  {path.stat().st_size / 1e6:8.0f} MB")
        first = np.array(vectors[:genes])
        seconds, index = clock(lambda: PairIndex.open(path, first))
        print(f"opened mapped in       {seconds:8.2f} s")
        seconds, _ = clock(lambda: PairIndex.open(path, first, resident=True))
        print(f"opened resident in     {seconds:8.2f} s")
        ask(index, first)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        in_child(*sys.argv[2:])
    else:
        main(
            *(int(value) for value in sys.argv[1:2]),
            *sys.argv[2:3],
            *(int(value) for value in sys.argv[3:4]),
        )
