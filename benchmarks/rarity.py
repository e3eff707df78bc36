"""What "1 in N" is worth: is 1 in 20 one in twenty, does N depend on the seed, does it tell?

    ./create_env.sh python benchmarks/rarity.py shares [SPACE] [QUESTIONS]
    ./create_env.sh python benchmarks/rarity.py spread [SPACE] [SEEDS]
    ./create_env.sh python benchmarks/rarity.py known [SPACE]

shares: held-out random questions are asked of a prepared space, of one whose columns are permuted
(where nothing but chance is left) and of Gaussian rows. Printed is the share of questions whose
best hit is 1 in 20 or rarer: of all, and by quarters of what the comparison is matched by (the
length of the gene, of C, of A − B).

spread: best hits of held-out questions are told N with the random questions of many seeds; of
those with an N about 20, the standard deviation of N over the seeds, as a share of its mean.

known: pairs of ``assets/gene_analogies.txt`` where one gene is among the ten nearest to the other
against random ones among the ten nearest of random genes: their way back and their N.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from gene_tui.engines.analogy.ground import Limits
from gene_tui.engines.answers.background import RandomQuestions, ranks, seeded_questions
from gene_tui.engines.answers.engines import Engines
from gene_tui.engines.answers.question import Question
from gene_tui.errors import GeneTuiError, NoAnswer
from gene_tui.model.gene import Gene
from gene_tui.model.naming import quote
from gene_tui.model.options import Options
from gene_tui.model.query import Kind
from gene_tui.session import Session
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


def permuted_and_gaussian(space: Space, questions: int) -> None:
    """Print the shares of the space and of what has no relations in it."""
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
            print(f"{title}: {one.n:,} × {one.d}", flush=True)
            shares(one, questions)


def spread(space: Space, seeds: int) -> None:
    """Print how much N of the same hits differs from seed to seed, a line a kind."""
    engines = Engines(space)
    engines.prepare()
    similarity, analogy = engines.similarity.engine("cosine"), engines.analogy.engine
    vectors = np.asarray(space.vectors, dtype=np.float64)
    places = ranks(analogy.norms)

    def asked(kind: Kind, rows: np.ndarray) -> np.ndarray:
        if kind is Kind.NEAREST:
            return similarity.best_neighbours(rows[:, 0])
        if kind is Kind.COMPLETE:
            return analogy.best_completion_scores(rows)
        parts = np.array_split(rows, max(1, len(rows) // 64))
        return np.concatenate([analogy.best_pair_scores(part, Limits(1)) for part in parts])

    def matched(kind: Kind, rows: np.ndarray) -> np.ndarray:
        if kind is Kind.PAIRS:
            return np.linalg.norm(vectors[rows[:, 0]] - vectors[rows[:, 1]], axis=1)
        return places[rows[:, -1]]

    for kind, (named, count, window) in {
        Kind.NEAREST: (1, 6000, 600),
        Kind.COMPLETE: (3, 3000, 600),
        Kind.PAIRS: (2, 1000, 300),
    }.items():
        tested = seeded_questions(np.arange(space.n), named, 400, held_out=7)
        scores, own = asked(kind, tested), matched(kind, tested)
        told = np.empty((seeds, len(tested)))
        for seed in range(seeds):
            rows = seeded_questions(np.arange(space.n), named, count, held_out=100 + seed)
            random = RandomQuestions(rows, np.round(asked(kind, rows), 12), window)
            like = matched(kind, rows)
            for place, genes in enumerate(tested):
                far = np.abs(like - own[place])
                none = np.empty((1, 0), dtype=np.int64)
                found = random.rarity(far, genes.tolist(), none, scores[place : place + 1])
                told[seed, place] = found.n[0]
        middle = np.median(told, axis=0)
        about = told[:, (middle >= 14) & (middle <= 28)]
        share = about.std(axis=0) / about.mean(axis=0)
        low, half, high = np.quantile(share, [0.25, 0.5, 0.75])
        print(
            f"  {kind!s:9s} {about.shape[1]:3d} hits of N about 20, {seeds} seeds: spread"
            f" {half:.2f} (quartiles {low:.2f}, {high:.2f}; most {share.max():.2f})",
            flush=True,
        )


def known(space: Space) -> None:
    """Print the way back and N of known pairs beside those of random neighbours."""
    session = Session(space)
    text = (Path(__file__).parent.parent / "assets" / "gene_analogies.txt").read_text()
    pairs = [line.split()[:2] for line in text.splitlines() if line.strip() and line[0] not in ":#"]
    directed = {(a, b) for a, b in pairs} | {(b, a) for a, b in pairs}
    rows: dict[str, list[tuple[float, float]]] = {"known partners": [], "random neighbours": []}
    for a, b in sorted(directed):
        try:
            one, two = session.resolver.resolve(a).row, session.resolver.resolve(b).row
        except GeneTuiError:
            continue
        for hit in session.query(quote(space.gene(one).label), k=10).hits:
            if hit.genes[0].row == two and hit.back is not None and hit.rarity is not None:
                rows["known partners"].append((hit.back, hit.rarity))
    rng = np.random.default_rng(3)
    for row in rng.choice(space.n, 300, replace=False).tolist():
        hits = session.query(quote(space.gene(row).label), k=10).hits
        hit = hits[int(rng.integers(len(hits)))]
        if hit.back is not None and hit.rarity is not None:
            rows["random neighbours"].append((hit.back, hit.rarity))
    for title, values in rows.items():
        back, n = np.array(values).T
        low, half, high = np.quantile(back, [0.25, 0.5, 0.75])
        print(
            f"  {title:18s} {len(values):4d}: back {half:.0f} (quartiles {low:.0f}, {high:.0f}),"
            f" 1 in {np.median(n):.2g} (quartiles {np.quantile(n, 0.25):.2g},"
            f" {np.quantile(n, 0.75):.2g})"
        )


def main() -> None:
    what = sys.argv[1] if len(sys.argv) > 1 else "shares"
    space = catalog.find(sys.argv[2] if len(sys.argv) > 2 else "brain")
    if what == "spread":
        spread(space, int(sys.argv[3]) if len(sys.argv) > 3 else 30)
    elif what == "known":
        known(space)
    else:
        permuted_and_gaussian(space, int(sys.argv[3]) if len(sys.argv) > 3 else 2000)


if __name__ == "__main__":
    main()
