"""The real embeddings' reference answers, straight from the engine."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from gene_tui.engines.analogy.engine import AnalogyEngine, Limits
from gene_tui.engines.pool import run_blocks
from gene_tui.spaces.derive import geometry_of

MEASURES = {"direction": "direction", "add": "3cosadd", "mul": "3cosmul"}


@lru_cache(maxsize=1)
def _engine(file: Path) -> tuple[AnalogyEngine, dict[str, int]]:
    layout = file.parent.parent / "data" / "seed_layout"
    if file.stem == "human_expression":
        arrays = np.load(layout / "geneformer" / "gene_embeddings_ordered_brain.npz")
        vectors, labels = arrays["embeddings"], arrays["genes"]
    else:
        vectors = np.load(layout / "word2vec" / "google_news_embeddings_30k.npy")
        labels = np.load(layout / "word2vec" / "google_news_words_30k.npy")
    engine = AnalogyEngine(np.ascontiguousarray(vectors, dtype=np.float32))
    return engine, {str(label): row for row, label in enumerate(labels)}


def _agree(
    found: list[list[int]], scores: np.ndarray, wanted: list[tuple[list[int], float]]
) -> None:
    """Scores to 1e-5, and the same hits wherever those before and after differ by more."""
    assert len(scores) == len(wanted)
    np.testing.assert_allclose(scores, [score for _, score in wanted], atol=1e-5)
    values = np.array([np.inf, *(score for _, score in wanted), -np.inf])
    for place, (hit, _) in enumerate(wanted):
        if min(values[place] - values[place + 1], values[place + 1] - values[place + 2]) > 1e-5:
            assert found[place] == hit


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["google_news_words", "human_expression"])
def test_reference_answers(real_data: Path, name: str) -> None:
    file = real_data.parent / "expected" / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"no reference answers at {file}")
    expected = json.loads(file.read_text())
    engine, rows = _engine(file)
    assert expected["pairs"] and expected["complete"]
    for entry in expected["complete"]:
        places = (rows[entry["a"]], rows[entry["b"]], rows[entry["c"]], None)
        limits = Limits(k=len(entry["hits"]))
        found = engine.complete(places, limits, measure=MEASURES[entry["method"]])
        _agree(found.rows.tolist(), found.scores, [([rows[d]], s) for d, s in entry["hits"]])
    for shape in (None, geometry_of(engine.vectors, spread=run_blocks)):
        engine.geometry = shape
        for entry in expected["pairs"]:
            found = engine.pairs(
                rows[entry["a"]],
                rows[entry["b"]],
                Limits(k=len(entry["hits"])),
                sum=entry["op"] == "+",
                metric=entry["metric"],
            )
            wanted = [([rows[c], rows[d]], s) for c, d, s in entry["hits"]]
            _agree(found.rows.tolist(), found.scores, wanted)
