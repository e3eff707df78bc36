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


def test_pairs(asked: tuple[dict[str, Any], Callable[..., Any]]) -> None:
    reference, ask = asked
    for entry in reference["pairs"]:
        shape = "{a} : {b}" if entry["op"] == "-" else "{a} + {b} :: ? + ?"
        text = shape.format(**entry)
        hits = ask(text, "--metric", entry["metric"], "-k", str(len(entry["hits"])))
        agree(hits, entry["hits"])


def test_completions(asked: tuple[dict[str, Any], Callable[..., Any]]) -> None:
    reference, ask = asked
    measures = {"direction": "direction", "add": "3cosadd", "mul": "3cosmul"}
    assert len(reference["complete"]) >= 6
    for entry in reference["complete"]:
        text = "{a} : {b} :: {c} : ?".format(**entry)
        measure = measures[entry["method"]]
        hits = ask(text, "--measure", measure, "-k", str(len(entry["hits"])))
        agree(hits, entry["hits"])


def symbols(space: Path, text: str, *options: str) -> list[tuple[str, ...]]:
    done = run("query", text, "--space", str(space), "--format", "json", *options)
    assert done.code == 0, done.err
    return [
        tuple(gene["symbol"] or gene["label"] for gene in hit["genes"]) for hit in done.json["hits"]
    ]


def test_known_biology(human: Path) -> None:
    assert symbols(human, "KDM5C : KDM5D")[0][1] == "UTY"
    assert symbols(human, "ACTA2 : JAGN1")[0][0] == "TAGLN"


def test_mirrored_questions_have_mirrored_answers(words: Path) -> None:
    asked = symbols(words, "woman : man", "-k", "8")
    assert symbols(words, "man : woman", "-k", "8") == [(d, c) for c, d in asked]
    assert symbols(words, "? : ? :: woman : man", "-k", "8") == asked
    best = symbols(words, "woman : ? :: girl : ?", "-k", "8")
    assert symbols(words, "? : woman :: ? : girl", "-k", "8") == best


def test_figures_published_for_word_vectors(words: Path) -> None:
    """woman : man, and the best analogies that hold woman, of the full vectors."""
    done = run("query", "woman : man", "--space", str(words), "--format", "json").json
    scores = {tuple(gene["label"] for gene in hit["genes"]): hit["score"] for hit in done["hits"]}
    published: dict[tuple[str, ...], float] = {
        ("herself", "himself"): 0.784205,
        ("she", "he"): 0.782450,
        ("her", "his"): 0.760571,
    }
    for pair, score in published.items():
        assert scores[pair] == pytest.approx(score, abs=1e-5)
    done = run(
        "query", "woman : ?", "--cap", "0.9", "-k", "120", "-s", str(words), "--format", "json"
    ).json
    assert done["exact"] and done["complete"]
    found = {tuple(gene["label"] for gene in hit["genes"]): hit["score"] for hit in done["hits"]}
    published = {
        ("girls", "man", "boys"): 0.882504,
        ("spokeswoman", "man", "spokesman"): 0.876601,
        ("spokesperson", "man", "spokesman"): 0.874907,
        ("her", "man", "his"): 0.871440,
        ("she", "man", "he"): 0.870352,
        ("herself", "man", "himself"): 0.868094,
        ("daughters", "man", "sons"): 0.861306,
        ("actress", "man", "actor"): 0.851969,
        ("sisters", "man", "brothers"): 0.826093,
    }
    for triple, score in published.items():
        assert found[triple] == pytest.approx(score, abs=1e-5)


def test_lists(human: Path, expected: Path) -> None:
    """Members, their fits, coherence and hits of the float64 reference answers."""
    reference = json.loads((expected / "relations_and_lists.json").read_text())["lists"]
    assert len(reference) >= 3
    for entry in reference:
        text = ", ".join(entry["members"])
        many = str(len(entry["hits"]))
        done = run("query", text, "--space", str(human), "--format", "json", "-k", many)
        assert done.code == 0, done.err
        found = done.json
        agree(found["hits"], entry["hits"])
        assert [gene["label"] for gene in found["query_genes"]] == entry["members"]
        fits = {member["label"]: member["fit"] for member in found["members"]}
        assert fits == pytest.approx(
            dict(zip(entry["members"], entry["fit"], strict=True)), abs=1e-5
        )
        assert list(fits.values()) == sorted(fits.values(), reverse=True)
        assert found["coherence"] == pytest.approx(entry["coherence"], abs=1e-5)
        assert found["coherence_z"] > 3
        for hit in found["hits"]:
            reached = [fit <= hit["score"] for fit in fits.values()]
            assert hit["beats"] == pytest.approx(sum(reached) / len(reached))


def test_relations(human: Path, expected: Path, tmp_path: Path) -> None:
    """Pairs and completions of the float64 reference answers; examples typed and from a file."""
    reference = json.loads((expected / "relations_and_lists.json").read_text())["relations"]
    assert len(reference) >= 3

    def ask(text: str, hits: list[Any], *options: str) -> dict[str, Any]:
        many = str(len(hits))
        done = run("query", text, "-s", str(human), "--format", "json", "-k", many, *options)
        assert done.code == 0, done.err
        form: dict[str, Any] = done.json
        assert form["exact"] and form["complete"]
        agree(form["hits"], hits)
        return form

    file = tmp_path / "pairs.tsv"
    for entry in reference:
        examples = ", ".join(" : ".join(pair) for pair in entry["examples"])
        file.write_text("".join(f"{a}\t{b}\n" for a, b in entry["examples"]), encoding="utf-8")
        for named in (examples, f"@{file}"):
            form = ask(f"{named} :: ? : ?", entry["pairs"])
            told = [[one["a"], one["b"], one["rank"]] for one in form["held_out"]]
            assert told == entry["held_out"]
            ranks = sorted(rank for _, _, rank in entry["held_out"])
            assert form["held_out_median"] == ranks[len(ranks) // 2]
            assert form["held_out_verdict"] == "holds for kinds, not for partners"
            assert form["held_out_random"]["low"] == pytest.approx(20_820 * 0.19, rel=0.02)
            assert form["held_out_dealt"]["dealings"] == 44
            for one in entry["complete"]:
                ask(f"{named} :: {one['c']} : ?", one["direction"])
        for one in entry["complete"]:
            ask(f"{examples} :: {one['c']} : ?", one["3cosadd"], "--measure", "3cosadd")


def test_ways_back(human: Path, expected: Path) -> None:
    reference = json.loads((expected / "relations_and_lists.json").read_text())["back"]
    assert len(reference) >= 4
    for entry in reference:
        count = str(len(entry["hits"]))
        done = run("query", entry["gene"], "--space", str(human), "--format", "json", "-k", count)
        hits = done.json["hits"]
        told = [[h["genes"][0]["label"], h["score"], h["back"]] for h in hits]
        for (label, score, back), (gene, value, rank) in zip(told, entry["hits"], strict=True):
            assert (label, back) == (gene, rank) and score == pytest.approx(value, abs=1e-5)
