"""Pictures hold what they say: recomputed here from the vectors, in plain numpy."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import gene_tui
from gene_tui.errors import Cancelled, NoAnswer, UsageError
from gene_tui.language.parser import parse
from gene_tui.model.options import Options
from gene_tui.model.result import Hit, Result
from gene_tui.pictures.picture import Heatmap, Histogram, Parallelogram, Picture, Scatter
from gene_tui.pictures.pictures import parallelograms, pictures
from gene_tui.pictures.planes import clustered, cosines, principal_plane
from gene_tui.run import Run
from gene_tui.session import Session


@pytest.fixture(scope="module")
def session(demonstration: Path) -> Session:
    return gene_tui.open_space(demonstration)


def vector(session: Session, name: str) -> np.ndarray:
    return session.space.vectors[session.gene(name).row].astype(np.float64)


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    return float(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)))


def named(made: tuple[Picture, ...]) -> dict[str, Picture]:
    return {picture.title: picture for picture in made}


def containing(session: Session, text: str, rows: list[tuple[str, ...]]) -> Result:
    """An answer made by hand: hits of given genes, scores falling."""
    query = parse(text)
    hits = tuple(
        Hit(rank, tuple(session.gene(name) for name in genes), 0.9 - rank / 100)
        for rank, genes in enumerate(rows, start=1)
    )
    return Result(
        query=query,
        canonical=str(query),
        query_genes=tuple(session.gene(name) for name in query.names),
        space=session.info,
        options=Options(),
        transforms=(),
        exact=True,
        complete=True,
        method="by hand",
        elapsed_s=0.0,
        load_s=0.0,
        hits=hits,
    )


# -- planes and orders -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(200, 7), (5, 30)])
def test_the_principal_plane_is_the_one_of_the_singular_values(shape: tuple[int, int]) -> None:
    vectors = np.random.default_rng(1).normal(size=shape) * np.linspace(3, 1, shape[1])
    plane = principal_plane(vectors)
    centred = vectors - vectors.mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False)
    shares = values**2 / (values**2).sum()
    assert plane.shares == pytest.approx(shares[:2])
    assert plane.axes @ plane.axes.T == pytest.approx(np.eye(2), abs=1e-9)
    spots = plane.of(vectors)
    assert (spots**2).sum(axis=0) == pytest.approx(values[:2] ** 2)


def test_a_plane_through_equal_vectors_is_a_point() -> None:
    plane = principal_plane(np.ones((4, 3)))
    assert plane.shares == (0.0, 0.0)
    assert np.array_equal(plane.of(np.ones((4, 3))), np.zeros((4, 2)))


def test_a_plane_through_vectors_on_a_line_has_one_axis() -> None:
    plane = principal_plane(np.outer(np.arange(5.0), [1.0, 2.0, 2.0]))
    assert plane.shares == (pytest.approx(1.0), 0.0)


def test_clustering_puts_like_beside_like() -> None:
    rng = np.random.default_rng(3)
    centres = 10 * np.eye(3, 12)
    labels = rng.permutation(np.repeat([0, 1, 2], 5))
    offsets = centres[labels] + rng.normal(size=(15, 12))
    order = clustered(cosines(offsets))
    assert sorted(order) == list(range(15))
    changes = sum(labels[one] != labels[two] for one, two in pairwise(order))
    assert changes == 2
    assert order == clustered(cosines(offsets))


def test_clustering_of_one_and_of_none() -> None:
    assert clustered(np.ones((1, 1))) == [0]
    assert clustered(np.ones((0, 0))) == []


# -- backgrounds -------------------------------------------------------------------------------


def test_the_background_of_a_gene_is_every_other_gene(session: Session) -> None:
    result = session.query("HBA1", k=5)
    picture = named(pictures(session.engines, result))["Background"]
    assert isinstance(picture, Histogram)
    hba1, row = vector(session, "HBA1"), session.gene("HBA1").row
    everything = session.space.vectors.astype(np.float64)
    scores = everything @ hba1 / np.linalg.norm(everything, axis=1) / np.linalg.norm(hba1)
    others = np.delete(scores, row)
    counts, _ = np.histogram(others, picture.edges)
    assert sum(picture.counts) == session.space.n - 1
    assert np.abs(counts - picture.counts).sum() <= 4  # float32 scores near a border
    assert [mark.name for mark in picture.marks] == [h.genes[0].symbol for h in result.hits]
    assert [mark.value for mark in picture.marks] == [hit.score for hit in result.hits]
    assert f"mean {others.mean():.3g}" in picture.about


@pytest.mark.parametrize(
    ("text", "options", "who", "axis"),
    [
        ("HBA1", {"metric": "euclidean"}, "905 other genes", "−distance"),
        ("HBA1 - HBB + HBD", {}, "903 other genes", "cosine"),
        ("HBA1 ~ HBB", {}, "random pairs of genes", "cosine"),
        ("? ~ ?", {}, "random pairs of genes", "cosine"),
        ("PYGL : PYGM", {}, "random pairs C, D", "cosine of offsets"),
        ("PYGL : PYGM", {"metric": "euclidean"}, "random pairs C, D", "−distance of offsets"),
        ("PYGL + PYGM :: ? + ?", {}, "random pairs C, D", "cosine of sums"),
        ("PYGL : PYGM :: GYS2 : ?", {"measure": "3cosadd"}, "other genes as D", "3CosAdd"),
        ("PYGL : PYGM :: ? : GYS1", {}, "other genes as C", "cosine of offsets"),
        ("PYGL : PYGM :: GYS2 : GYS1", {}, "902 other genes as D", "cosine of offsets"),
    ],
)
def test_every_kind_of_answer_has_a_background(
    session: Session, text: str, options: dict[str, str], who: str, axis: str
) -> None:
    result = session.query(text, k=5, **options)  # type: ignore[arg-type]  # metric, measure
    picture = pictures(session.engines, result)[0]
    assert isinstance(picture, Histogram)
    assert who in picture.about
    assert picture.axis == axis
    assert picture.edges == tuple(sorted(picture.edges))
    assert len(picture.edges) == len(picture.counts) + 1
    assert sum(picture.counts) > 0
    assert all(picture.edges[0] <= mark.value <= picture.edges[-1] for mark in picture.marks)


def test_the_background_of_a_pair_is_what_z_rests_on(session: Session) -> None:
    result = session.query("PYGL : PYGM", k=1)
    picture = pictures(session.engines, result)[0]
    middles = (np.array(picture.edges[1:]) + np.array(picture.edges[:-1])) / 2  # type: ignore[union-attr]  # a Histogram
    mean = np.average(middles, weights=picture.counts)  # type: ignore[union-attr]  # a Histogram
    sd = np.sqrt(np.average((middles - mean) ** 2, weights=picture.counts))  # type: ignore[union-attr]  # a Histogram
    assert result.hits[0].z == pytest.approx((result.hits[0].score - mean) / sd, rel=0.02)


def test_an_answer_with_three_unknowns_is_set_against_random_choices(session: Session) -> None:
    result = containing(session, "PYGL : ?", [("PYGM", "GYS2", "GYS1"), ("PFKM", "GYS2", "GYS1")])
    picture = pictures(session.engines, result)[0]
    assert isinstance(picture, Histogram)
    assert "random choices of B, C, D" in picture.about
    # Random offsets from one gene to others are nearly orthogonal on average.
    middles = (np.array(picture.edges[1:]) + np.array(picture.edges[:-1])) / 2
    assert abs(np.average(middles, weights=picture.counts)) < 0.05


# -- analogies ---------------------------------------------------------------------------------


def test_the_parallelogram_lies_as_the_vectors_do(session: Session) -> None:
    result = session.query("PYGL : PYGM", k=5)
    made = parallelograms(session.engines, result)
    assert len(made) == 5
    for hit, picture in zip(result.hits, made, strict=True):
        names = ["PYGL", "PYGM", *(gene.symbol for gene in hit.genes)]
        assert [point.name for point in picture.corners] == [
            f"{letter} {name}" for letter, name in zip("ABCD", names, strict=True)
        ]
        assert f"cosine {hit.score:.3f}" in picture.about
        vectors = np.stack([vector(session, name) for name in names])
        spots = np.array([(point.x, point.y) for point in picture.corners])
        for one in range(4):
            for two in range(one):
                drawn = np.linalg.norm(spots[one] - spots[two])
                assert drawn <= np.linalg.norm(vectors[one] - vectors[two]) + 1e-6
        a, b, c, _d = spots
        assert (picture.ideal.x, picture.ideal.y) == pytest.approx(tuple(b - a + c))
    flat = named(pictures(session.engines, result, hit=3))["Parallelogram"]
    assert flat == made[3]


def test_a_whole_analogy_is_its_own_parallelogram(session: Session) -> None:
    result = session.query("PYGL : PYGM :: GYS2 : GYS1")
    (picture,) = parallelograms(session.engines, result)
    assert [point.name for point in picture.corners] == ["A PYGL", "B PYGM", "C GYS2", "D GYS1"]


@pytest.mark.parametrize("text", ["HBA1", "HBA1 ~ HBB", "PYGL + PYGM :: ? + ?"])
def test_only_differences_make_parallelograms(session: Session, text: str) -> None:
    result = session.query(text, k=5)
    assert parallelograms(session.engines, result) == []
    assert not any(isinstance(p, Parallelogram) for p in pictures(session.engines, result))


@pytest.mark.parametrize(("text", "side"), [("PYGL : ?", "PYGL − B"), ("? : PYGL", "A − PYGL")])
def test_offsets_from_one_gene_are_compared(session: Session, text: str, side: str) -> None:
    others = ["PYGM", "GYS1", "GYS2", "HBA1", "HBB", "PYGM"]
    result = containing(session, text, [(name, "ALDOB", "ALDOA") for name in others])
    picture = named(pictures(session.engines, result))["Offsets"]
    assert isinstance(picture, Heatmap)
    assert side in picture.about
    assert sorted(picture.names) == sorted(set(others))
    for one, row in zip(picture.names, picture.cosines, strict=True):
        for two, value in zip(picture.names, row, strict=True):
            left, right = (vector(session, "PYGL") - vector(session, n) for n in (one, two))
            assert value == pytest.approx(cosine(left, right), abs=1e-9)
    # HBA1 and HBB are the closest two, so their offsets stand side by side.
    places = [picture.names.index(name) for name in ("HBA1", "HBB")]
    assert abs(places[0] - places[1]) == 1


def test_offsets_of_pairs_begin_with_the_questions_own(session: Session) -> None:
    result = session.query("PYGL : PYGM", k=6)
    picture = named(pictures(session.engines, result))["Offsets"]
    assert isinstance(picture, Heatmap)
    assert len(picture.names) == 7
    row = picture.cosines[picture.names.index("PYGL − PYGM")]
    for hit in result.hits:
        name = " − ".join(gene.symbol for gene in hit.genes)
        assert row[picture.names.index(name)] == pytest.approx(hit.score, abs=1e-9)


def test_the_members_of_a_list_are_compared(session: Session) -> None:
    result = session.query("HBA1, PYGL, HBB, PYGM, HBD", k=4)
    made = pictures(session.engines, result)
    assert [picture.title for picture in made] == ["Background", "Members", "Map", "Close-up"]
    picture = made[1]
    assert isinstance(picture, Heatmap)
    assert set(picture.names) == {member.gene.symbol for member in result.members}
    for one, row in zip(picture.names, picture.cosines, strict=True):
        for two, value in zip(picture.names, row, strict=True):
            expected = cosine(vector(session, one), vector(session, two))
            assert value == pytest.approx(expected, abs=1e-9)
    globins = sorted(picture.names.index(name) for name in ("HBA1", "HBB", "HBD"))
    assert globins[2] - globins[0] == 2
    placed = named(made)["Map"]
    assert isinstance(placed, Scatter)
    asked = {point.name for point in placed.points if point.role == "query"}
    assert asked == set(picture.names)
    assert not any(p.title == "Members" for p in pictures(session.engines, session.query("HBA1")))


def test_of_a_long_list_some_members_are_compared_from_the_best_fit_to_the_worst(
    session: Session,
) -> None:
    labels = [session.space.gene(row).label for row in range(500)]
    result = session.query(", ".join(labels), k=4)
    made = named(pictures(session.engines, result))
    picture, placed = made["Members"], made["Map"]
    assert isinstance(picture, Heatmap) and isinstance(placed, Scatter)
    assert len(picture.names) == 60 and "60 of 500 are shown" in picture.about
    shown = [member.gene.shown for member in result.members]
    assert {shown[0], shown[-1]} <= set(picture.names)
    assert "Of 500 genes of the question 100 are shown." in placed.about


# -- maps --------------------------------------------------------------------------------------


def test_a_map_shows_each_gene_once_where_it_lies(session: Session) -> None:
    result = session.query("? ~ ?", k=20)
    made = named(pictures(session.engines, result))
    shown, close = made["Map"], made["Close-up"]
    assert isinstance(shown, Scatter)
    assert isinstance(close, Scatter)
    names = [point.name for point in shown.points]
    assert len(set(names)) == len(names)
    assert set(names) == {gene.shown for hit in result.hits for gene in hit.genes}
    assert len(shown.cloud) == session.space.n
    assert not close.cloud
    plane = principal_plane(session.space.vectors)
    where = plane.of(vector(session, names[0])[None])[0]
    assert (shown.points[0].x, shown.points[0].y) == pytest.approx(tuple(where))


def test_a_sum_is_a_place_of_its_own_on_the_map(session: Session) -> None:
    result = session.query("HBA1 - HBB + HBD", k=5)
    shown = named(pictures(session.engines, result))["Map"]
    assert isinstance(shown, Scatter)
    total = vector(session, "HBA1") - vector(session, "HBB") + vector(session, "HBD")
    where = principal_plane(session.space.vectors).of(total[None])[0]
    (point,) = [point for point in shown.points if point.role == "ideal"]
    assert (point.x, point.y) == pytest.approx(tuple(where))


# -- which space -------------------------------------------------------------------------------


def test_another_spaces_answer_is_not_drawn(session: Session) -> None:
    result = session.query("HBA1", k=3)
    foreign = replace(result, space=replace(result.space, name="elsewhere", fingerprint="0"))
    with pytest.raises(UsageError, match="elsewhere answered this"):
        pictures(session.engines, foreign)
    with pytest.raises(UsageError, match="elsewhere"):
        parallelograms(session.engines, replace(foreign, query=parse("HBA1 : HBB")))


def test_a_truncated_answer_is_drawn_from_its_rows_only(session: Session) -> None:
    result = session.query("HBA1", k=3, truncate=200)
    shown = named(pictures(session.engines, result))
    assert "199 other genes" in shown["Background"].about
    assert "all 200 genes" in shown["Map"].about


def test_an_empty_answer_has_at_most_the_question_on_a_map(session: Session) -> None:
    result = replace(session.query("HBA1", k=3), hits=())
    assert [picture.title for picture in pictures(session.engines, result)] == ["Map"]
    nothing = replace(session.query("? ~ ?", k=1), hits=())
    with pytest.raises(NoAnswer, match="nothing to draw"):
        pictures(session.engines, nothing)


def test_pictures_can_be_stopped(session: Session) -> None:
    with pytest.raises(Cancelled):
        pictures(session.engines, session.query("HBA1", k=3), run=Run(cancelled=lambda: True))
