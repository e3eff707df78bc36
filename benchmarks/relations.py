"""What relations by example cost: a question beside one of a single pair, and the held-out ranks of
the examples beside one product of all rows with them.

    python benchmarks/relations.py [--examples 5] [--queries 20]

Machines differ and are shared: only ratios within one run mean something, so each question is
timed right beside its rival.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from common import clock, human

from gene_tui.arrays import Rows
from gene_tui.engines.analogy import compiled
from gene_tui.engines.analogy.engine import AnalogyEngine, Limits
from gene_tui.engines.analogy.held_out import held_out, ranks_among_all
from gene_tui.engines.analogy.relation import Relation, RelationEngine
from gene_tui.engines.pool import run_blocks, single_threaded_blas
from gene_tui.errors import NoAnswer
from gene_tui.spaces.derive import geometry_of

K = 10


def drawn(rows: dict[str, int], x: np.ndarray, examples: int, count: int) -> list[Rows]:
    """Examples of relations: genes of one neighbourhood against genes of another, as people ask."""
    random = np.random.default_rng(20829)
    lengths = np.linalg.norm(x, axis=1)
    found = []
    for _ in range(count):
        sides = []
        for centre in random.choice(len(rows), 2, replace=False):
            near = np.argsort(-(x @ x[centre]) / lengths)[: 4 * examples]
            sides.append(random.choice(near, examples, replace=False))
        pairs = np.stack(sides, axis=1)
        found.append(pairs[pairs[:, 0] != pairs[:, 1]])
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--examples", type=int, default=5)
    arguments.add_argument("--queries", type=int, default=20)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mapped, rows = human(Path(folder))
        x = np.asarray(mapped)
        seconds, shape = clock(lambda: geometry_of(x, spread=run_blocks))
        print(f"{len(x):,} x {x.shape[1]}, shape derived in {seconds:.1f} s")
        compiled.load()
        engine = AnalogyEngine(x, geometry=shape)
        relations = RelationEngine(engine.ground)
        questions, ranks = [], []
        for examples in drawn(rows, x, asked.examples, asked.queries + 1):
            try:
                relation = Relation.of(engine.ground, examples)
                one = clock(lambda e=examples: engine.pairs(*e[0].tolist(), Limits(k=K)))[0]
            except NoAnswer:
                continue
            whole = clock(lambda r=relation: relations.pairs(r, Limits(k=K)))[0]
            questions.append((whole, one))
            product = clock(lambda e=examples: _product(x, e))[0]
            alone = clock(lambda r=relation: ranks_among_all(engine.ground, r.examples, r.offsets))[
                0
            ]
            everything = clock(lambda r=relation: held_out(engine.ground, r))[0]
            ranks.append((alone, everything, product))
    _told("a relation", "one pair", np.array(questions[1:]))
    ours = np.array(ranks[1:])
    _told("held-out ranks", "one product", ours[:, [0, 2]])
    _told("with both yardsticks", "one product", ours[:, [1, 2]])


@single_threaded_blas()
def _product(x: np.ndarray, examples: Rows) -> np.ndarray:
    """All rows with the examples' genes, in float64, as numpy does it."""
    return x.astype(np.float64) @ x[examples.ravel()].astype(np.float64).T


def _told(ours: str, rival: str, times: np.ndarray) -> None:
    mine, other = np.median(times, axis=0)
    ratios = times[:, 0] / times[:, 1]
    print(
        f"{ours}: median {mine * 1e3:.1f} ms, {rival} {other * 1e3:.1f} ms; "
        f"{np.median(ratios):.2f} times, worst {ratios.max():.2f}"
    )


if __name__ == "__main__":
    main()
