"""What the benchmarks share: the real embedding as a mapped array, clocks, peak memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui.arrays import Matrix

ROOT = Path(__file__).parent.parent


def real_data() -> Path:
    """The folder of real embeddings; ends the program where there is none."""
    folder = Path(os.environ.get("GENE_TUI_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        sys.exit(f"no real data at {folder}; set GENE_TUI_REAL_DATA")
    return folder


def human(folder: Path) -> tuple[Matrix, dict[str, int]]:
    """The human embedding, (20829, 256), mapped from a copy in ``folder``; label → row."""
    source = real_data() / "seed_layout" / "geneformer" / "gene_embeddings_ordered_brain.npz"
    file = folder / "human.npy"
    with np.load(source) as arrays:
        if not file.exists():
            np.save(file, np.asarray(arrays["embeddings"], dtype=np.float32))
        labels = [str(label) for label in arrays["genes"]]
    return np.load(file, mmap_mode="r"), {label: row for row, label in enumerate(labels)}


def imported() -> str:
    """The real human embedding as a space of this home, prepared; its name."""
    name, source = "human-expression", real_data() / "seed_layout" / "geneformer"
    genes = real_data() / "annotations" / "Homo_sapiens.gene_info.gz"
    command = [sys.executable, "-m", "gene_tui", "import", str(source), "--name", name]
    subprocess.run([*command, "--annotations", str(genes)], check=True, capture_output=True)
    return name


def clustered(n: int = 20_000, d: int = 512, clusters: int = 200, seed: int = 1) -> Matrix:
    """Synthetic rows around random centres, with a spectrum that falls off."""
    random = np.random.default_rng(seed)
    widths = (1.0 + np.arange(d)) ** -0.5
    centres = random.normal(size=(clusters, d)) * widths
    rows = centres[random.integers(clusters, size=n)] + 0.5 * random.normal(size=(n, d)) * widths
    return np.ascontiguousarray(rows, dtype=np.float32)


def clock(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds on the wall, and the result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def peak_mb() -> float:
    """The process's largest resident memory so far, MB; mapped files that were read count too."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: in a child that begins with what its parent held.
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def own_mb() -> float:
    """What of the process's memory is no page of a file, MB, as of now; NaN where nobody tells."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    return int(status.read_text().split("RssAnon:")[1].split()[0]) / 1024
