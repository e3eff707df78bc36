"""Is "1 in 20" one in twenty, whatever the lengths?

    ./create_env.sh python benchmarks/rarity.py [SPACE] [QUESTIONS]

Held-out random questions are asked of a prepared space, of one whose columns are permuted (where
nothing but chance is left) and of Gaussian rows. Printed is the share of questions whose best hit
is 1 in 20 or rarer: of all, and by quarters of what the comparison is matched by (the length of
the gene, of C, of A − B).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from gene_tui.engines.answers.background import seeded_questions
from gene_tui.engines.answers.engines import Engines
from gene_tui.engines.answers.question import Question
from gene_tui.errors import NoAnswer
from gene_tui.model.gene import Gene
from gene_tui.model.options import Options
from gene_tui.model.query import Kind
from gene_tui.spaces import catalog, store
from gene_tui.spaces.source import Block, Source
from gene_tui.spaces.space import Space

KINDS = {Kind.NEAREST: (1, 1, 1.0), Kind.COMPLETE: (3, 1, 1.0), Kind.PAIRS: (2, 2, 0.4)}


def made(rows: np.ndarray, folder: Path, name: str) -> Space:
    """A space of plain rows."""
    labels = [f"g{row}" for row in range(len(rows))]
    blocks = iter([Block(labels, rows.astype(np.float32))])
    source = Source("rows", rows.shape[1], len(rows), blocks, (folder / "none",))
    return store.write(
        source,
        folder / name,
        name=name,
        annotator=lambda names, _: ([Gene(i, name) for i, name in enumerate(names)], "word", []),
        fingerprint_source=False,
    )


def shares(space: Space, questions: int) -> None:
    """Print the shares of one space, a line a kind."""
    engines = Engines(space)
    engines.prepare()
    vectors = np.asarray(space.vectors, dtype=np.float64)
    for kind, (named, unknown, part) in KINDS.items():
        count = int(questions * part)
        asked, rare, of = [], [], []
        for genes in seeded_questions(np.arange(space.n), named, count, held_out=7):
            slots = (*map(int, genes), *([None] * unknown))
            try:
                answer = engines.answer(Question(kind, slots), Options(k=1))
            except NoAnswer:
                continue
            if answer.rarity is None or not len(answer.found.scores):
                continue
            rows = vectors[list(map(int, genes))]
            length = rows[0] - rows[1] if kind is Kind.PAIRS else rows[-1]
            asked.append(float(np.linalg.norm(length)))
            rare.append(bool(answer.rarity.n[0] >= 20))
            of.append(int(answer.rarity.of[0]))
        order = np.array_split(np.argsort(asked), 4)
        quarters = "  ".join(f"{np.mean(np.array(rare)[q]):.3f}" for q in order)
        print(
            f"  {kind!s:9s} {len(rare):5d} questions, R {min(of)}: {np.mean(rare):.3f}"
            f"   by quarters of length {quarters}",
            flush=True,
        )


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "brain"
    questions = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    space = catalog.find(name)
    rng = np.random.default_rng(0)
    mixed = np.array(space.vectors)
    for column in range(mixed.shape[1]):
        rng.shuffle(mixed[:, column])
    with tempfile.TemporaryDirectory() as folder:
        gaussian = rng.standard_normal((5000, 100))
        for title, one in (
            (space.name, space),
            ("columns permuted", made(mixed, Path(folder), "permuted")),
            ("Gaussian", made(gaussian, Path(folder), "gaussian")),
        ):
            print(f"{title}: {one.n:,} × {one.d}")
            shares(one, questions)


if __name__ == "__main__":
    main()
