"""The best analogies of a whole space: right on 2,000 genes, faster with more workers, its cost.

    python benchmarks/scan.py [check] [workers] [cost] [simulate] [--genes 2000] [--runs 2]
                              [--sizes 4000 20829] [--samples 24]

check: every analogy of the first 2,000 genes, without any bound, against what the scan found.
workers: one and two Dask workers in turn. cost: processor time at each of
``--sizes``, from parts drawn at random.
simulate: how well many workers are
used, from the parts' measured times and the model it prints. Without names all of them run.
Machines are shared: only ratios within one run mean something.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from common import Matrix, clock, human

from gene_tui.engines.analogy.best import Best
from gene_tui.engines.analogy.gram import Gram
from gene_tui.engines.analogy.whole_space import (
    Part,
    SharedBest,
    gram_of,
    memory_mb,
    parts_of,
    search,
    search_few,
)
from gene_tui.engines.exact import DIGITS
from gene_tui.engines.pool import run_blocks, set_threads, single_threaded_blas, threads
from gene_tui.scan import Scan, Scheduler, scan
from gene_tui.session import Session
from gene_tui.spaces.derive import geometry_of
from gene_tui.spaces.importing import Recipe, import_space

K = 1000
CAP = 0.8
ALL = 20_829


def space_of(folder: Path, x: Matrix, labels: list[str], n: int) -> Session:
    """The first n genes as a prepared space."""
    source = folder / f"first-{n}.npz"
    np.savez(source, embeddings=x[:n], genes=np.array(labels[:n]))
    session = Session(import_space(Recipe(source, ()), folder / f"first-{n}", name=f"first-{n}"))
    session.engines.analogy.prepare_geometry()
    return session


def check(session: Session) -> None:
    """Compare a scan with all analogies there are."""
    x = np.array(session.space.vectors, dtype=np.float64)
    seconds, found = clock(lambda: scan(session, k=K, cap=CAP))
    print(f"scan of {len(x):,} genes: {seconds:.0f} s on {found.workers} workers", flush=True)
    limit = float(found.found.scores[-1])
    seconds, (rows, scores) = clock(lambda: brute(x, limit))
    order = np.lexsort([*rows.T[::-1], -np.round(scores, DIGITS)])[:K]
    same = rows[order].tolist() == found.found.rows.tolist()
    off = np.abs(scores[order] - found.found.scores).max()
    print(
        f"all {3 * len(x) * (len(x) - 1) * (len(x) - 2) * (len(x) - 3) // 12:,} analogies in "
        f"{seconds:.0f} s: best {K} {'the same' if same else 'DIFFERENT'}, off by {off:.1e}"
    )


def brute(x: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Every analogy that scores ``limit`` or more, lowest row first; no bound is used.

    Each of the scores is computed in float32, and again in float64 where it comes near the limit.
    """
    import numba

    @numba.njit(nogil=True, fastmath={"reassoc", "contract"})
    def near(p, apart, least, slack, out):  # type: ignore[no-untyped-def]
        count, n = 0, p.shape[0]
        for i in range(n):
            here = 0
            for j in range(n):
                here += abs(p[i] - p[j]) + slack >= least * apart[i, j]
            if here > 1:  # a row is near itself
                for j in range(n):
                    if j != i and p[i] - p[j] + slack >= least * apart[i, j]:
                        if count < len(out):
                            out[count, 0], out[count, 1] = i, j
                        count += 1
        return count

    n = len(x)
    lengths = np.sqrt(np.einsum("ij,ij->i", x, x))
    cosines = np.round((x @ x.T) / np.outer(lengths, lengths), DIGITS)
    apart = np.array([np.linalg.norm(x - row, axis=1) for row in x], dtype=np.float32)
    slack = np.float32(2e-6 * lengths.max())

    def work(a: int) -> tuple[np.ndarray, np.ndarray]:
        behind = np.arange(a + 1, n)
        among = np.ascontiguousarray(apart[a + 1 :, a + 1 :])
        targets = x[a] - x[behind]
        sizes = np.sqrt(np.einsum("ij,ij->i", targets, targets))
        products = (targets / np.where(sizes > 0, sizes, 1)[:, None]) @ x[behind].T
        found = []
        for place, b in enumerate(behind.tolist()):
            if sizes[place] == 0:
                continue
            p = (products[place] - products[place].mean()).astype(np.float32)
            room = 4096
            while True:
                out = np.empty((room, 2), dtype=np.int64)
                count = near(p, among, np.float32(limit - 1e-3), slack, out)
                if count <= room:
                    break
                room = count
            c, d = behind[out[:count, 0]], behind[out[:count, 1]]
            keep = (c != b) & (d != b) & (cosines[a, c] <= CAP) & (cosines[b, d] <= CAP)
            offsets = x[c[keep]] - x[d[keep]]
            wide = np.sqrt(np.einsum("ij,ij->i", offsets, offsets))
            some = wide > 0
            scores = (offsets[some] / wide[some][:, None]) @ (targets[place] / sizes[place])
            hits = np.column_stack(
                [np.full((len(scores), 2), (a, b)), c[keep][some], d[keep][some]]
            )
            found.append((hits[scores >= limit - 1e-11], scores[scores >= limit - 1e-11]))
        return np.concatenate([one for one, _ in found]), np.concatenate([two for _, two in found])

    parts = list(run_blocks(work, range(n - 3)))
    return np.concatenate([one for one, _ in parts]), np.concatenate([two for _, two in parts])


def compare_workers(session: Session, runs: int) -> None:
    """One and two workers, processes of one thread, in turn; starting them is not counted."""
    from distributed import LocalCluster

    def cluster(workers: int) -> LocalCluster:
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=None,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            worker_dashboard_address=None,
        )

    with cluster(1) as one, cluster(2) as two:

        def run(address: str) -> Scan:
            return scan(session, k=K, cap=CAP, scheduler=Scheduler(address))

        times: dict[str, list[float]] = {one.scheduler_address: [], two.scheduler_address: []}
        ratios = []
        for address in times:
            scan(
                session, k=1, cap=CAP, scheduler=Scheduler(address)
            )  # loads the kernels everywhere
        for _ in range(runs):
            for address, taken in times.items():
                taken.append(clock(lambda address=address: run(address))[0])
            alone, together = (taken[-1] for taken in times.values())
            ratios.append(alone / together)
            print(f"  1 worker {alone:.1f} s, 2 workers {together:.1f} s", flush=True)
    print(
        f"{session.space.n:,} genes: 2 workers {statistics.median(ratios):.2f}x as fast as 1 "
        f"(worst {min(ratios):.2f}x)"
    )


def cost(x: Matrix, sizes: list[int], samples: int) -> None:
    """What a scan costs, from parts drawn at random, at the threshold that few genes give.

    That is nearly the one a scan ends with, and what it begins its parts with.
    """
    for n in sizes:
        few, taken, drawn = measured(x, n, samples)
        pairs = sum(part.pairs for part in drawn)
        whole = few + sum(taken) / pairs * n * (n - 1) / 2
        print(
            f"  {n:,} genes: {1e6 * sum(taken) / pairs:.1f} us of CPU for a pair A, B, few genes "
            f"first {few:.0f} s; all {whole:,.0f} s of CPU, {whole / 3600 / 2:.2f} h on 2 cores; "
            f"{len(drawn)} of {len(parts_of(n)):,} parts; at most "
            f"{memory_mb(*x[:n].shape):,.0f} MB with a thread",
            flush=True,
        )


def measured(x: Matrix, n: int, samples: int) -> tuple[float, list[float], list[Part]]:
    """Processor time of the few genes that come first and of parts drawn at random; those."""
    set_threads(1)
    rows = np.ascontiguousarray(x[:n])
    gram = gram_of(rows, geometry_of(rows, spread=run_blocks))
    few, best = cpu(lambda: first_of(gram))
    parts = parts_of(n)
    drawn = np.random.default_rng(0).choice(len(parts), min(samples, len(parts)), False)
    sample = [parts[place] for place in drawn.tolist()]
    return few, [cpu(lambda part=part: each(gram, [part], best))[0] for part in sample], sample


#: The model: seconds the scheduler takes for a part (one after another), seconds between the end
#: of a part and the begin of the next that waits at the worker, bytes a second that a worker
#: reads the space with, seconds until it has loaded the program and its compiled loops.
HANDING, PAUSE, READING, LOADING = 1e-3, 2e-3, 200e6, 5.0


def simulate(x: Matrix, samples: int) -> None:
    """How well 1 to 1,000 workers of one thread are used, by a model of what they do."""
    few, taken, _ = measured(x, ALL, samples)
    parts = parts_of(ALL)
    times = np.random.default_rng(1).choice(taken, len(parts))
    ready = LOADING + x.nbytes * 1.5 / READING
    print(
        f"model: {len(parts):,} parts, their seconds drawn from {len(taken)} measured ones (mean "
        f"{np.mean(taken):.2f}, worst {max(taken):.2f}); first {few:.0f} s alone on few genes, "
        f"while workers load ({ready:.1f} s); the scheduler hands out one part in "
        f"{1e3 * HANDING:.0f} ms, two a worker ahead; {1e3 * PAUSE:.0f} ms between parts"
    )
    for workers in (1, 2, 64, 1000):
        free = np.full(workers, max(few, ready))
        handed = 0.0
        for seconds in times.tolist():
            first = int(free.argmin())
            # Two are ahead of each: only where parts are shorter than handing them out to all
            # does a worker wait.
            handed += HANDING
            free[first] = max(free[first] + PAUSE, few + handed) + seconds
        work = float(times.sum())
        scanning = float(free.max()) - max(few, ready)
        print(
            f"  {workers:,} workers: {free.max():,.0f} s, {scanning:,.0f} of them for the parts; "
            f"used to {work / workers / scanning:.0%} during those, to "
            f"{work / workers / free.max():.0%} in all",
            flush=True,
        )


def first_of(gram: Gram) -> Best:
    """The best analogies of few genes."""
    best = Best(K, 4)
    search_few(gram, best, CAP)
    return best


def each(gram: Gram, parts: list[Part], best: Best) -> None:
    """Search parts one by one."""
    for _ in search(gram, parts, SharedBest(K, best.threshold), CAP):
        pass


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time, which one thread takes on an idle machine, and the result."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*")
    parser.add_argument("--genes", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="+", default=[4000, ALL])
    parser.add_argument("--samples", type=int, default=24)
    asked = parser.parse_args()
    what = asked.what or ["check", "workers", "cost", "simulate"]
    print(f"{threads()} threads, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder, single_threaded_blas():
        x, rows = human(Path(folder))
        if {"check", "workers"} & set(what):
            session = space_of(Path(folder), x, list(rows), asked.genes)
        if "workers" in what:
            compare_workers(session, asked.runs)
        if "check" in what:
            check(session)
        if "simulate" in what:
            simulate(x, asked.samples)
        if "cost" in what:
            cost(x, asked.sizes, asked.samples)


if __name__ == "__main__":
    main()
