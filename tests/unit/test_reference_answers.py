"""The float64 reference answers, asked through the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli import run

pytestmark = pytest.mark.real_data

FILES = {"human": "human_expression.json", "words": "google_news_words.json"}


def agree(found: list[dict[str, Any]], reference: list[list[Any]]) -> None:
    """Same scores to 1e-5 in order; the same genes except where scores tie to 1e-5."""
    assert len(found) == len(reference)
    for hit, (*genes, score) in zip(found, reference, strict=True):
        assert hit["score"] == pytest.approx(score, abs=1e-5), (hit, genes)
    ours = {frozenset(gene["label"] for gene in hit["genes"]) for hit in found}
    last = reference[-1][-1]
    for *genes, score in reference:
        if abs(score - last) > 1e-5:  # what ties with the last place may be another gene's
            assert frozenset(genes) in ours


@pytest.fixture(params=list(FILES))
def asked(
    request: pytest.FixtureRequest, expected: Path
) -> tuple[dict[str, Any], Callable[..., list[dict[str, Any]]]]:
    space = request.getfixturevalue(request.param)
    reference = json.loads((expected / FILES[request.param]).read_text())

    def ask(text: str, *options: str) -> list[dict[str, Any]]:
        done = run("query", text, "--space", str(space), "--format", "json", *options)
        assert done.code == 0, done.err
        form = done.json
        assert form["exact"] and form["complete"]
        hits: list[dict[str, Any]] = form["hits"]
        return hits

    return reference, ask


def test_nearest_genes(asked: tuple[dict[str, Any], Callable[..., Any]]) -> None:
    reference, ask = asked
    assert len(reference["similar"]) >= 4
    for entry in reference["similar"]:
        hits = ask(entry["gene"], "--metric", entry["metric"], "-k", str(len(entry["hits"])))
        agree(hits, entry["hits"])


def test_closest_pairs(asked: tuple[dict[str, Any], Callable[..., Any]]) -> None:
    reference, ask = asked
    for entry in reference["closest_pairs"]:
        hits = ask("? ~ ?", "--metric", entry["metric"], "-k", str(len(entry["hits"])))
        agree(hits, entry["hits"])
