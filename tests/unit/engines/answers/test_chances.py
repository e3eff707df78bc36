"""Is E honest? On spaces in which nothing but chance is left, E must come out as it says.

The columns of real embeddings are permuted independently: every gene keeps plausible numbers,
no two genes anything in common. A held-out random question should then get about one hit with
E ≤ 1, and its best hit should reach p_best ≤ 0.1 about one time in ten.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gene_tui.engines.answers.background import NullModel, random_questions
from gene_tui.engines.answers.engines import Engines
from gene_tui.engines.answers.question import Question
from gene_tui.errors import NoAnswer
from gene_tui.model.gene import Gene
from gene_tui.model.options import Options
from gene_tui.model.query import Kind
from gene_tui.spaces import store
from gene_tui.spaces.source import Block, Source
from gene_tui.spaces.space import Space

N = 3000
HELD_OUT = 100


def test_counts_are_means_over_questions() -> None:
    kept = np.array([[0.9, 0.5, -np.inf], [0.8, 0.7, 0.1], [-np.inf] * 3, [0.2, 0.1, 0.0]])
    null = NullModel.of(kept.astype(np.float32))
    scores = np.array([0.95, 0.8, 0.5, -1.0])
    np.testing.assert_allclose(null.e_values(scores), [0, 2 / 4, 4 / 4, 8 / 4])
    np.testing.assert_allclose(null.p_best(scores), [0, 2 / 4, 2 / 4, 3 / 4])


def permuted(vectors: np.ndarray, seed: int, folder: Path) -> Space:
    """A space of N rows in which each column is shuffled on its own."""
    rng = np.random.default_rng(seed)
    rows = np.array(vectors[rng.permutation(len(vectors))[:N]])
    for column in range(rows.shape[1]):
        rng.shuffle(rows[:, column])
    labels = [f"g{row}" for row in range(N)]
    source = Source("test", rows.shape[1], N, iter([Block(labels, rows)]), (folder / "none",))
    return store.write(
        source,
        folder / f"permuted-{seed}",
        name=f"permuted-{seed}",
        annotator=lambda names, _: ([Gene(i, name) for i, name in enumerate(names)], "word", []),
        fingerprint_source=False,
    )


SLOTS = {
    Kind.NEAREST: (1, 1),
    Kind.PAIRS: (2, 2),
    Kind.SUMS: (2, 2),
    Kind.COMPLETE: (3, 1),
}


@pytest.mark.real_data
def test_e_is_honest_where_only_chance_is_left(human: Path, words: Path, tmp_path: Path) -> None:
    counts: dict[Kind, list[int]] = {kind: [] for kind in SLOTS}
    extreme: dict[Kind, list[bool]] = {kind: [] for kind in SLOTS}
    for seed, folder in enumerate((human, words, human, words)):
        space = permuted(np.asarray(store.open_folder(folder).vectors), seed, tmp_path)
        engines = Engines(space)
        engines.prepare()
        for kind, (named, unknown) in SLOTS.items():
            for genes in random_questions(N, named, held_out=1 + seed)[:HELD_OUT]:
                slots = (*map(int, genes), *([None] * unknown))
                try:
                    answer = engines.answer(Question(kind, slots), Options(k=200))
                except NoAnswer:  # identical genes were drawn
                    continue
                assert answer.e_values is not None and answer.p_best is not None
                assert answer.questions >= 300
                counts[kind].append(int((answer.e_values <= 1).sum()))
                extreme[kind].append(bool(answer.p_best[0] <= 0.1))
    for kind in SLOTS:
        assert len(counts[kind]) >= 390
        mean, share = float(np.mean(counts[kind])), float(np.mean(extreme[kind]))
        print(f"{kind}: {mean:.2f} hits with E <= 1 a question, p_best <= 0.1 in {share:.3f}")
        assert 1 / 3 <= mean <= 3, kind
        assert 0.04 <= share <= 0.2, kind
