"""The README's one table and one picture of how fast and how large things are.

    ./create_env.sh python benchmarks/overview.py [--scan SECONDS] [--picture assets/speed.svg]

Everything but the whole-space scan is measured here, each question beside its rival, in one run;
the index over all pairs is too large to build, its size is computed. Prints Markdown and writes
the picture, bars on a logarithmic scale.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import analogy
import plain
from common import clock, human

from gene_tui.engines.analogy.engine import AnalogyEngine, Limits
from gene_tui.engines.pool import run_blocks, threads
from gene_tui.engines.similarity import Similarity
from gene_tui.files import write
from gene_tui.spaces.derive import geometry_of, keep
from gene_tui.spaces.derived import DerivedStore

QUERIES = 20
K = 10
#: Bytes of a flat float32 index of all pairs, by numbers alone.
_FLOAT = 4


def beside(
    ours: Callable[[int, int], object], rival: Callable[[int, int], object], n: int, count: int
) -> tuple[list[float], list[float]]:
    """Seconds of both on the same random pairs, in turn."""
    mine, other = [], []
    for a, b in analogy.random_pairs(n, count):
        mine.append(clock(lambda a=a, b=b: ours(a, b))[0])
        other.append(clock(lambda a=a, b=b: rival(a, b))[0])
    return mine, other


def told(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 1:
        return f"{seconds * 1e3:.2g} ms" if seconds < 0.01 else f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def peaks(folder: Path) -> tuple[float, float]:
    """MB of memory at most: of a process that answers pairs, and of plain numpy."""
    found = []
    for what in ("engine", "plain"):
        done = subprocess.run(
            [sys.executable, analogy.__file__, what, "--child", str(folder)],
            check=True,
            capture_output=True,
            text=True,
        )
        found.append(float(done.stdout.rsplit(":", 1)[1].split()[0]))
    return found[0], found[1]


def bars(rows: list[tuple[str, float, str, bool]], title: str, top: int) -> tuple[str, int]:
    """SVG of bars on a logarithmic scale: (label, value, what to say, ours)."""
    low = min(value for _, value, _, _ in rows) / 2
    high = max(value for _, value, _, _ in rows)
    parts = [f'<text x="10" y="{top}" font-weight="bold">{escape(title)}</text>']
    for place, (label, value, said, ours) in enumerate(rows):
        y = top + 12 + 24 * place
        width = 10 + 330 * math.log(value / low) / math.log(high / low)
        colour = "#2a9d8f" if ours else "#9aa5b1"
        parts.append(f'<text x="10" y="{y + 13}">{escape(label)}</text>')
        parts.append(
            f'<rect x="250" y="{y}" width="{width:.0f}" height="17" rx="2" fill="{colour}"/>'
        )
        parts.append(f'<text x="{258 + width:.0f}" y="{y + 13}">{escape(said)}</text>')
    return "\n".join(parts), top + 12 + 24 * len(rows) + 22


def main() -> None:
    """Measure, print the table, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scan", type=float, help="seconds the whole space took")
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    print(f"{threads()} threads, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mapped, rows = human(folder)
        x = np.array(mapped)
        n, d = x.shape
        shape = geometry_of(x, spread=run_blocks)
        engine = AnalogyEngine(x, geometry=shape)
        analogy.compiled.load()
        keep(DerivedStore((folder / "derived",), "benchmark"), shape)
        engine_mb, plain_mb = peaks(folder)
        limits = Limits(k=K)

        def pairs(how: dict[str, object]) -> tuple[list[float], list[float]]:
            engine.pairs(0, 1, limits, **how)  # type: ignore[arg-type]
            metric, sum = str(how.get("metric", "cosine")), bool(how.get("sum"))
            return beside(
                lambda a, b: engine.pairs(a, b, limits, **how),  # type: ignore[arg-type]
                lambda a, b: plain.pairs(x, a, b, K, sum=sum, metric=metric),
                n,
                QUERIES,
            )

        table: list[tuple[str, float, float, float | None]] = []
        for title, how in (
            ("`A : B`", {}),
            ("`A + B :: ? + ?`", {"sum": True}),
            ("`A : B` by distance", {"metric": "euclidean"}),
        ):
            mine, other = pairs(how)
            table.append((title, float(np.median(mine)), max(mine), float(np.median(other))))
        similar = Similarity(x, shape.lengths, "cosine")
        query = x[3].copy()
        nearest, product = beside(
            lambda a, _: similar.nearest(x[a].astype(np.float64), K, exclude=np.array([a])),
            lambda _, __: x @ query,
            n,
            200,
        )
        table.insert(
            0,
            ("nearest genes", float(np.median(nearest)), max(nearest), float(np.median(product))),
        )
        around = []
        for label in analogy.GENES.values():
            start = time.perf_counter()
            engine.containing((rows[label], None, None, None), Limits(k=K, cap=0.8))
            around.append(time.perf_counter() - start)
        table.append(("`A : ?`", float(np.median(around)), max(around), None))
    index = n * (n - 1) // 2 * (d * _FLOAT + 8) / 1e9
    print(f"| {n:,} genes × {d}, k = {K} | gene-tui | plain numpy |")
    print("|---|---|---|")
    for title, median, worst, other in table:
        rival = "" if other is None else f"{told(other)}, {other / median:.1f} ×"
        print(f"| {title} | {told(median)} ({told(worst)}) | {rival} |")
    if asked.scan:
        print(f"| `? : ?`, 1,000 best of the whole space | {told(asked.scan)} | |")
    print(f"| memory, pairs of every kind | {engine_mb:.0f} MB | {plain_mb:.0f} MB |")
    print(f"| memory, index over all pairs | | {index:.0f} GB (computed) |")
    if asked.picture:
        pair = table[1]
        time_bars, end = bars(
            [
                ("gene-tui, median of 20", pair[1], told(pair[1]), True),
                ("gene-tui, worst of 20", pair[2], told(pair[2]), True),
                ("plain numpy", pair[3] or 1.0, told(pair[3] or 1.0), False),
            ],
            f"A : B over all pairs of {n:,} genes, time (logarithmic)",
            24,
        )
        memory_bars, end = bars(
            [
                ("gene-tui", engine_mb, f"{engine_mb:.0f} MB", True),
                ("plain numpy", plain_mb, f"{plain_mb:.0f} MB", False),
                ("index over all pairs", index * 1e3, f"{index:.0f} GB (computed)", False),
            ],
            "memory (logarithmic)",
            end + 12,
        )
        write(
            asked.picture,
            f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{end}"'
            f' viewBox="0 0 760 {end}" font-family="sans-serif" font-size="14"'
            f' fill="#57606a">\n<title>How fast, and how large</title>\n{time_bars}\n'
            f"{memory_bars}\n</svg>\n",
        )


if __name__ == "__main__":
    main()
