"""Second opinions of two other spaces: time with them against the answer alone.

    ./create_env.sh python benchmarks/second.py [SPACE]

SPACE is a space's name, folder or source; default: the real human embedding beside the
checkout. The other two are made from it in a folder that is thrown away: its genes shuffled, one
with as many dimensions, one with half as many, both blurred; all three are prepared first, which
takes a minute. Times are medians of runs taken in turn inside one process, so that a busy machine
slows both sides; only the ratios mean something, and they should be at most 3.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import gene_tui
from gene_tui.second import second_opinions
from gene_tui.session import Session

ROOT = Path(__file__).parent.parent
DEFAULT = ROOT.parent / "shared" / "data" / "seed_layout" / "geneformer"
RUNS = 40
#: What is asked of seeded random genes A, B and C.
FORMS = {
    "nearest genes": "{0}",
    "sum": "{0} - {1} + {2}",
    "list of three": "{0}, {1}, {2}",
    "completion": "{0} : {1} :: {2} : ?",
    "pairs": "{0} : {1}",
}


def another(session: Session, folder: Path, name: str, dims: int, seed: int) -> Session:
    """A blurred copy of a space with its genes shuffled, open."""
    rng = np.random.default_rng(seed)
    vectors = np.asarray(session.space.vectors)
    order = rng.permutation(len(vectors))
    turn = rng.normal(size=(vectors.shape[1], dims)) / np.sqrt(dims)
    blurred = vectors[order] @ turn
    blurred += rng.normal(scale=blurred.std() / 2, size=blurred.shape)
    genes = np.array([session.space.gene(int(row)).id for row in order])
    keep = genes != ""
    file = folder / f"{name}.npz"
    np.savez(file, embeddings=blurred[keep].astype(np.float32), genes=genes[keep])
    return gene_tui.open_space(file)


def main() -> None:
    """Print the ratio for each kind of question."""
    session = gene_tui.open_space(sys.argv[1] if len(sys.argv) > 1 else str(DEFAULT))
    rng = np.random.default_rng(0)
    genes = np.array([gene for gene in session.space.column("id") if gene])
    with tempfile.TemporaryDirectory() as folder:
        dims = session.space.d
        sizes = (("alike", dims), ("half", dims // 2))
        others = [
            another(session, Path(folder), name, size, seed)
            for seed, (name, size) in enumerate(sizes)
        ]
        for space in (session, *others):
            space.prepare()
        for title, form in FORMS.items():
            alone, added = [], []
            for run in range(RUNS + 1):
                text = form.format(*rng.choice(genes, 3, replace=False))
                begun = time.perf_counter()
                result = session.query(text)
                asked = time.perf_counter()
                second_opinions(result, others)
                if run:  # the first warms up
                    alone.append(asked - begun)
                    added.append(time.perf_counter() - begun)
            base, both = statistics.median(alone), statistics.median(added)
            print(
                f"{title:14}  alone {base * 1e3:7.2f} ms   with two other spaces "
                f"{both * 1e3:7.2f} ms   {both / base:5.2f} ×"
            )


if __name__ == "__main__":
    main()
