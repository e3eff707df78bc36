"""The numbers of the details pane, against plain float64."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gene_tui
from gene_tui.errors import NoAnswer
from gene_tui.session import Session
from gene_tui.ui.gene_numbers import (
    LISTED,
    nearest,
    places_and_numbers,
    sets_shared,
    trust,
    which_side,
)
from tests.unit.test_compare import made


@pytest.fixture(scope="module")
def session(demo: Path) -> Session:
    return gene_tui.open_space(demo)


@pytest.fixture(scope="module")
def vectors(session: Session) -> np.ndarray:
    return np.array(session.space.vectors, dtype=np.float64)


@pytest.mark.parametrize("name", ["HBA1", "PYGL", "DES"])
def test_norm_mean_and_hub_count_are_what_they_say(
    session: Session, vectors: np.ndarray, name: str
) -> None:
    gene = session.gene(name)
    found = trust(session, gene)
    assert found is not None
    norms = np.linalg.norm(vectors, axis=1)
    assert found.norm_percentile == pytest.approx(100 * np.mean(norms < norms[gene.row]))
    mean = vectors.mean(axis=0)
    cosine = vectors[gene.row] @ mean / norms[gene.row] / np.linalg.norm(mean)
    assert found.mean_cosine == pytest.approx(cosine)
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    lists = np.argsort(distances, axis=1)[:, :LISTED]
    assert found.hub_count == np.count_nonzero(lists == gene.row)


def test_the_nearest_are_those_a_question_finds(session: Session) -> None:
    hits = nearest(session, session.gene("HBA1"), 5)
    asked = session.query("HBA1", k=5).hits
    assert [hit.genes for hit in hits] == [hit.genes for hit in asked]
    assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in asked])


def test_an_analogys_genes_and_offsets(session: Session, vectors: np.ndarray) -> None:
    result = session.query("PYGL : PYGM", k=3)
    hit = result.hits[0]
    places, numbers = places_and_numbers(session, result, hit)
    assert [(letter, gene.symbol) for letter, gene in places] == [
        ("A", "PYGL"),
        ("B", "PYGM"),
        ("C", hit.genes[0].symbol),
        ("D", hit.genes[1].symbol),
    ]
    a, b, c, d = (vectors[gene.row] for _, gene in places)
    told = dict(numbers)
    assert float(told["|A − B|"]) == pytest.approx(np.linalg.norm(a - b), rel=1e-3)
    assert float(told["|C − D|"]) == pytest.approx(np.linalg.norm(c - d), rel=1e-3)
    cosine = a @ c / np.linalg.norm(a) / np.linalg.norm(c)
    assert float(told["cos A·C"]) == pytest.approx(cosine, abs=1e-4)
    there = session.query(f"{hit.genes[0].label} : {hit.genes[1].label}", k=1000)
    back = next(h.rank for h in there.hits if [g.symbol for g in h.genes] == ["PYGL", "PYGM"])
    assert told["A : B back"] == f"{back:,}"


def test_a_mirrored_question_keeps_its_places(session: Session) -> None:
    result = session.query("? : ? :: PYGL : PYGM", k=1)
    places, numbers = places_and_numbers(session, result, result.hits[0])
    assert [gene.symbol for _, gene in places][2:] == ["PYGL", "PYGM"]
    straight = session.query("PYGL : PYGM", k=1)
    _, told = places_and_numbers(session, straight, straight.hits[0])
    assert numbers[-1] == ("C : D back", told[-1][1]) and told[-1][0] == "A : B back"


def test_a_way_back_that_is_far_says_how_far_at_least(session: Session) -> None:
    result = session.query("HBA1 : PYGM", k=40)
    ways = [dict(places_and_numbers(session, result, hit)[1])["A : B back"] for hit in result.hits]
    assert all(way.lstrip(">").replace(",", "").isdigit() for way in ways)


def test_sums_are_told_as_sums_and_similarity_has_no_places(session: Session) -> None:
    result = session.query("PYGL + PYGM :: ? + ?", k=1)
    _, numbers = places_and_numbers(session, result, result.hits[0])
    assert numbers[0][0] == "|A + B|"
    plain = session.query("PYGL", k=1)
    assert places_and_numbers(session, plain, plain.hits[0]) == ((), ())


def test_a_vector_of_length_zero_has_no_direction_and_no_neighbours(tmp_path: Path) -> None:
    file = tmp_path / "equal.npz"
    np.savez(file, embeddings=np.ones((12, 4)), genes=[f"W{n}" for n in range(12)])
    session = gene_tui.open_space(file, center=True)
    gene = session.gene("W3")
    assert trust(session, gene) is None
    with pytest.raises(NoAnswer):
        nearest(session, gene, 5)


def test_hubs_are_unknown_until_the_space_is_prepared(tmp_path: Path) -> None:
    file = tmp_path / "new.npz"
    rows = np.random.default_rng(1).normal(size=(12, 4))
    np.savez(file, embeddings=rows, genes=[f"W{n}" for n in range(12)])
    session = gene_tui.open_space(file)
    gene = session.gene("W1")
    before = trust(session, gene)
    assert before is not None and before.hub_count is None
    session.prepare()
    after = trust(session, gene)
    assert after is not None and after.hub_count is not None


@pytest.mark.parametrize("text", ["A : B", "? : ? :: A : B"])
def test_which_side_carries_a_pair(tmp_path: Path, text: str) -> None:
    # Along A − B, the first axis: C far out like A, D at the mean, E and F on both sides of it.
    rows = {
        "A": [3, 0, 0],
        "B": [-3, 0, 0],
        "C": [2, 0, 0.2],
        "D": [0, 0.3, 0.3],
        "E": [1, -3, 1.5],
        "F": [-1, -3, 1.6],
        "G": [-2, 2, 0],
    }
    session = made(tmp_path, "few", np.array(list(rows.values())), list(rows))
    result = session.query(text, k=42)
    said = {
        "".join(gene.label for gene in hit.genes): which_side(session, result, hit)
        for hit in result.hits
    }
    first, second, asked = ("C", "D", "A") if text == "A : B" else ("A", "B", "C")
    assert said["CD"] == (
        f"{first} carries it: it is a near twin of {asked}; {second} could be nearly any gene"
    )
    assert said["EF"] == f"both sides carry it: {first} 50 %, {second} 50 %"
    assert said["DC"] == "" and said["DG"].startswith(f"{second} carries it: it is like")
    assert which_side(session, session.query("A"), session.query("A").hits[0]) == ""


def test_the_sets_that_pairs_share(demo: Path, tmp_path: Path) -> None:
    session = gene_tui.open_space(demo)
    result = session.query("PYGL : PYGM", k=3)
    hit = result.hits[0]
    c, d = (gene.symbol for gene in hit.genes)
    session.lists.gene_sets = ()
    assert sets_shared(session, result, hit) == ()
    file = tmp_path / "sets.gmt"
    sets = {
        "large": ["PYGL", "PYGM", c, d, "HBA1"],
        "asked": ["PYGL", "PYGM"],
        "half": ["PYGL", c],
        "by ID": [hit.genes[0].id, d, "X", "Y"],
        "more": ["PYGL", "PYGM", "X"],
        "most": ["PYGL", "PYGM", "X", "Y", "Z", "V"],
    }
    file.write_text("".join(f"{name}\tna\t" + "\t".join(of) + "\n" for name, of in sets.items()))
    session.lists.gene_sets = (file,)
    assert sets_shared(session, result, hit) == (
        "C, D share by ID; large",
        "A, B share asked; more; large … and 1 more",
    )
    assert sets_shared(session, session.query("HBA1"), hit) == ()
    file.write_text("of others\tna\tX\tY\n")
    session.lists.gene_sets = (file, file)
    assert sets_shared(session, result, hit) == ()
