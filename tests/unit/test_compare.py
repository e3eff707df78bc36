"""Two spaces compared: matching, exact neighbours, chance levels, rank shifts, the command."""

from __future__ import annotations

import csv
import io
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from gene_tui.compare import compare, compare_query, nearest_lists, neighbours, shared_genes
from gene_tui.compare.overlap import chance_level
from gene_tui.engines.similarity import Similarity
from gene_tui.errors import Cancelled, NoAnswer, QueryError, UnknownGene
from gene_tui.run import Run
from gene_tui.session import Session
from gene_tui.spaces.importing import Recipe, import_space
from gene_tui.spaces.space import View
from tests.cli import run


def made(
    folder: Path, name: str, vectors: np.ndarray, labels: list[str], table: str = ""
) -> Session:
    """A space of these rows; ``table`` is an annotation file's text."""
    source = folder / f"{name}.npz"
    np.savez(source, embeddings=vectors.astype(np.float32), genes=np.array(labels))
    files: tuple[Path, ...] = ()
    if table:
        file = folder / f"{name}.tsv"
        file.write_text(table, encoding="utf-8")
        files = (file,)
    return Session(import_space(Recipe(source, files), folder / name, name=name))


def labels_of(count: int) -> list[str]:
    return [f"GENE{place}" for place in range(count)]


def brute(vectors: np.ndarray, rows: np.ndarray, k: int, metric: str) -> np.ndarray:
    """Neighbour lists by float64 over all pairs; ties by place."""
    x = vectors[rows].astype(np.float64)
    if metric == "cosine":
        x /= np.linalg.norm(x, axis=1)[:, None]
        scores = np.clip(x @ x.T, -1, 1)
    else:
        scores = -np.linalg.norm(x[:, None] - x[None], axis=2)
    lists = []
    for place, line in enumerate(np.round(scores, 12)):
        line[place] = -np.inf
        lists.append(np.lexsort((np.arange(len(line)), -line))[:k])
    return np.array(lists)


def nasty(count: int, d: int, seed: int) -> np.ndarray:
    """Random rows with duplicates, near-duplicates, a far clump and a common offset."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((count, d)) + 2.0
    x[10:40] = x[9]  # more ties than there are spare candidates
    x[50:60] = x[49] + 1e-6 * rng.standard_normal((10, d))
    x[70:80] *= 1e4
    x[90:95] *= 1e-5
    return x.astype(np.float32)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_neighbours_equal_brute_force(metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_TILE", 64)
    monkeypatch.setattr(neighbours, "_ASKED", 50)
    x = nasty(300, 12, 1)
    engine = Similarity(x, np.linalg.norm(x.astype(np.float64), axis=1), metric)
    rows = np.random.default_rng(2).permutation(300)[:260].astype(np.int64)
    asked = np.sort(np.random.default_rng(3).choice(260, 200, replace=False))
    found = nearest_lists(engine, rows, asked, 7)
    truth = brute(x, rows, 7, metric)[asked]
    # Float64 itself cannot order distances that differ in the last digits of huge rows.
    if metric == "euclidean":
        same = np.array([set(a) == set(b) for a, b in zip(found, truth, strict=True)])
        scores = [
            np.linalg.norm(x[rows[a]].astype(float) - x[rows[p]].astype(float), axis=1)
            for p, a in zip(asked, found, strict=True)
        ]
        wanted = [
            np.linalg.norm(x[rows[a]].astype(float) - x[rows[p]].astype(float), axis=1)
            for p, a in zip(asked, truth, strict=True)
        ]
        assert same.all()
        np.testing.assert_allclose(scores, wanted, rtol=0, atol=1e-11)
    else:
        np.testing.assert_array_equal(found, truth)


def test_neighbours_where_every_gene_is_wanted() -> None:
    x = np.random.default_rng(4).standard_normal((9, 4)).astype(np.float32)
    engine = Similarity(x, np.linalg.norm(x.astype(np.float64), axis=1), "cosine")
    rows = np.arange(9)
    found = nearest_lists(engine, rows, rows, 8)
    np.testing.assert_array_equal(found, brute(x, rows, 8, "cosine"))
    with pytest.raises(Cancelled):
        nearest_lists(engine, rows, rows, 3, run=Run(cancelled=lambda: True))


def test_genes_are_matched_by_id_then_symbol_then_label(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    head = "label\tid\tsymbol\n"
    a = made(
        tmp_path,
        "a",
        rng.standard_normal((7, 3)),
        ["a0", "a1", "a2", "a3", "a4", "shared-label", "a6"],
        head + "a0\tENSG00000000001\tONE\n"  # by ID, though the symbols differ
        "a1\tENSG00000000002\tTWO\n"  # same symbol, another ID: not the same gene
        "a2\t\tTHREE\n"  # by symbol
        "a3\tENSG00000000004\tTWIN\na4\tENSG00000000005\tTWIN\n"  # two of one symbol
        "a6\tENSG00000000007\tSIX\n",  # by symbol against a bare label
    )
    b = made(
        tmp_path,
        "b",
        rng.standard_normal((7, 5)),
        ["SIX", "b1", "b2", "b3", "TWIN", "shared-label", "b6"],
        head + "b1\tENSG00000000001\tUNO\nb2\tENSG00000000022\tTWO\nb3\tENSG00000000003\tTHREE\n",
    )
    shared = shared_genes(a.space, b.space)
    label_a, label_b = a.space.column("label"), b.space.column("label")
    pairs = {
        (label_a[one], label_b[other])
        for one, other in zip(shared.rows_a, shared.rows_b, strict=True)
    }
    assert pairs == {
        ("a0", "b1"),
        ("a2", "b3"),
        ("a6", "SIX"),
        ("shared-label", "shared-label"),
    }
    assert (shared.by_id, shared.by_symbol + shared.by_label) == (1, 3)
    assert shared.unclear == 3  # TWO, and both of TWIN
    assert type(shared.unclear) is int  # or it could not be written as JSON
    assert (shared.only_a, shared.only_b) == (3, 3)


def test_a_space_agrees_with_itself_shuffled(tmp_path: Path) -> None:
    x = nasty(200, 10, 6)
    turn = np.random.default_rng(7).permutation(200)
    names = labels_of(200)
    a = made(tmp_path, "a", x, names)
    b = made(tmp_path, "b", x[turn], [names[row] for row in turn])
    found = compare(a, b, k=6)
    assert len(found.shared) == 200
    assert found.mean == 1.0 and set(found.common.tolist()) == {6}
    assert found.mismatched < 0.3
    rows = found.genes(a, b, found.order()[:3].tolist())
    assert all(row.gene_a.label == row.gene_b.label for row in rows)
    assert rows[0].p == pytest.approx(1 / math.comb(199, 6), rel=1e-9)


def test_overlap_is_counted_among_the_shared_genes_only(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    x = rng.standard_normal((120, 8)).astype(np.float32)
    y = (x + 0.7 * rng.standard_normal((120, 8))).astype(np.float32)
    names = labels_of(120)
    a = made(tmp_path, "a", x[:100], names[:100])
    b = made(tmp_path, "b", y[20:], names[20:])
    found = compare(a, b, k=5)
    rows = np.arange(20, 100)
    lists = [brute(z, rows, 5, "cosine") for z in (x, y)]
    expected = [len(set(one) & set(other)) for one, other in zip(*lists, strict=True)]
    assert found.common.tolist() == expected
    assert found.compared == 80 and (found.shared.only_a, found.shared.only_b) == (20, 20)
    assert found.mean == pytest.approx(np.mean([c / (10 - c) for c in expected]))
    assert found.mean > 2 * found.chance


def test_chance_level_is_the_exact_expectation_and_what_chance_gives(tmp_path: Path) -> None:
    total = math.comb(30, 4)
    exact = sum(
        Fraction(math.comb(4, x) * math.comb(26, 4 - x), total) * Fraction(x, 8 - x)
        for x in range(5)
    )
    assert chance_level(30, 4) == pytest.approx(float(exact), rel=1e-12)
    assert chance_level(5, 5) == pytest.approx(1)
    rng = np.random.default_rng(9)
    names = labels_of(600)
    a = made(tmp_path, "a", rng.standard_normal((600, 40)), names)
    b = made(tmp_path, "b", rng.standard_normal((600, 40)), names)
    found = compare(a, b, k=10)
    assert found.mean == pytest.approx(found.chance, rel=0.25)
    assert found.mismatched == pytest.approx(found.chance, rel=0.25)


def test_hubs_raise_the_level_of_mismatched_lists(tmp_path: Path) -> None:
    rng = np.random.default_rng(10)
    names = labels_of(400)
    spaces = []
    for name in "ab":
        x = rng.standard_normal((400, 30))
        x[:15] = 0.15 * rng.standard_normal((15, 30)) + 0.01
        x += 1.5  # the short ones point where all point: everybody's neighbours
        spaces.append(made(tmp_path, name, x, names))
    found = compare(*spaces, k=10)
    assert found.mismatched > 4 * found.chance
    assert found.mean == pytest.approx(found.mismatched, rel=0.2)


def test_samples_are_seeded_and_search_all_shared_genes(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    x = rng.standard_normal((150, 6))
    names = labels_of(150)
    a = made(tmp_path, "a", x, names)
    b = made(tmp_path, "b", x + 0.3 * rng.standard_normal((150, 6)), names)
    whole, one, again = (compare(a, b, k=4, sample=size) for size in (None, 30, 30))
    np.testing.assert_array_equal(one.rows_a, again.rows_a)
    np.testing.assert_array_equal(one.common, whole.common[one.rows_a])
    assert len(one.common) == 30 and "30 genes drawn at random" in one.notes[0]


def test_rows_without_direction_and_too_few_genes(tmp_path: Path) -> None:
    rng = np.random.default_rng(12)
    x = rng.standard_normal((30, 4))
    names = labels_of(30)
    a = made(tmp_path, "a", x, names)
    middle = x.copy()
    middle[3] = np.delete(x, 3, axis=0).mean(axis=0)
    b = made(tmp_path, "b", np.round(middle * 1024) / 1024, names)
    centred = Session(b.space.with_view(View(center=True)))
    centred.engines.similarity.norms[3] = 0.0
    found = compare(a, centred, k=3)
    assert found.compared == 29 and 3 not in found.rows_a
    assert "1 shared gene has length 0" in found.notes[0]
    with pytest.raises(NoAnswer, match="share 30 genes, too few for 29"):
        compare(a, b, k=29)
    none = made(tmp_path, "none", x, [f"OTHER{place}" for place in range(30)])
    with pytest.raises(NoAnswer, match="share 0 genes"):
        compare(a, none)


def test_query_ranks_equal_those_of_float64(tmp_path: Path) -> None:
    rng = np.random.default_rng(13)
    x = rng.standard_normal((90, 7)).astype(np.float32)
    y = (x + 0.8 * rng.standard_normal((90, 7))).astype(np.float32)
    names = labels_of(90)
    a = made(tmp_path, "a", x[:80], names[:80])
    b = made(tmp_path, "b", y[10:], names[10:])
    found = compare_query(a, b, "GENE20", k=5)
    rows = np.arange(10, 80)
    ranks = []
    for z in (x, y):
        z = z.astype(np.float64) / np.linalg.norm(z.astype(np.float64), axis=1)[:, None]
        order = [row for row in rows[np.argsort(-(z[rows] @ z[20]))] if row != 20]
        ranks.append({names[row]: rank for rank, row in enumerate(order, start=1)})
    union = {name for known in ranks for name, rank in known.items() if rank <= 5}
    assert {one.genes[0].label for one in found.shifts} == union
    for one in found.shifts:
        label = one.genes[0].label
        assert (one.rank_a, one.rank_b) == (ranks[0][label], ranks[1][label])
        assert one.shift == ranks[1][label] - ranks[0][label]
    assert found.common == sum(
        known <= 5 and ranks[1][name] <= 5 for name, known in ranks[0].items()
    )
    assert found.jaccard == pytest.approx(found.common / len(union))
    assert found.chance == pytest.approx(chance_level(69, 5))
    assert [hit.rank for hit in found.hits_b] == [1, 2, 3, 4, 5]
    best = [min(s.rank_a or 99, s.rank_b or 99) for s in found.shifts]
    assert best == sorted(best)


def test_queries_follow_the_gene_not_its_spelling(tmp_path: Path) -> None:
    rng = np.random.default_rng(14)
    x = rng.standard_normal((20, 5))
    ids = [f"ENSG000000000{place:02d}" for place in range(20)]
    lines = [f"r{place}\t{known}\tSYM{place}\n" for place, known in enumerate(ids)]
    table = "label\tid\tsymbol\n" + "".join(lines)
    a = made(tmp_path, "a", x, [f"r{place}" for place in range(20)], table)
    b = made(tmp_path, "b", x[::-1], ids[::-1])
    for text in ("SYM3", "r3", ids[3]):
        found = compare_query(a, b, text, k=4)
        assert found.query_genes[0].symbol == "SYM3"
        assert found.common == 4 and all(one.shift == 0 for one in found.shifts)
    with pytest.raises(UnknownGene):
        compare_query(a, b, "NOSUCH")
    lone = made(tmp_path, "lone", x[:10], ids[:10])
    with pytest.raises(NoAnswer, match="SYM15 is in a, but not among"):
        compare_query(a, lone, "SYM15")


@pytest.mark.parametrize(
    "text", ["GENE1 + GENE2 - GENE3", "GENE1 : GENE2 :: GENE3 : ?", "GENE1 : GENE2", "? ~ ?"]
)
def test_every_shape_can_be_compared(tmp_path: Path, text: str) -> None:
    rng = np.random.default_rng(15)
    x = rng.standard_normal((40, 6))
    turn = rng.permutation(40)
    names = labels_of(40)
    a = made(tmp_path, "a", x, names)
    b = made(tmp_path, "b", x[turn], [names[row] for row in turn])
    found = compare_query(a, b, text, k=4)
    assert found.common == 4 and found.jaccard == 1.0
    assert all(one.shift == 0 for one in found.shifts)
    assert len(found.shifts[0].genes) == found.query.unknowns


def test_questions_without_unknowns_compare_figures(tmp_path: Path) -> None:
    rng = np.random.default_rng(16)
    x = rng.standard_normal((40, 6))
    a = made(tmp_path, "a", x, labels_of(40))
    b = made(tmp_path, "b", -x[:, ::-1], labels_of(40))
    found = compare_query(a, b, "GENE1 ~ GENE2")
    assert found.hits_a[0].score == pytest.approx(found.hits_b[0].score)
    assert found.hits_a[0].rank_ab == found.hits_b[0].rank_ab
    assert found.shifts == () and found.chance is None


def test_both_spaces_are_seen_alike(tmp_path: Path) -> None:
    rng = np.random.default_rng(17)
    x = rng.standard_normal((60, 5))
    a = made(tmp_path, "a", x + 3, labels_of(60))
    b = made(tmp_path, "b", x - 3, labels_of(60))
    assert compare(a, b, k=5).mean < 0.9
    centred = [Session(one.space.with_view(View(center=True))) for one in (a, b)]
    found = compare(*centred, k=5)
    assert found.mean == pytest.approx(1.0, abs=0.02)
    assert found.transforms == ("center",)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    rng = np.random.default_rng(18)
    x = rng.standard_normal((50, 6))
    names = [*labels_of(49), "[x]|y"]
    made(tmp_path, "first", x, names)
    made(tmp_path, "second", x + 0.4 * rng.standard_normal((50, 6)), names)
    return str(tmp_path / "first"), str(tmp_path / "second")


def test_command_prints_genes_in_all_formats(pair: tuple[str, str]) -> None:
    base = ("compare", *pair, "-k", "5")
    form = run(*base, "--format", "json").json
    assert form["shared"]["genes"] == 50 and len(form["genes"]) == 50
    common = [gene["common"] for gene in form["genes"]]
    assert common == sorted(common, reverse=True)
    assert 0 < form["chance"] < form["mean"] <= 1
    tsv = list(csv.DictReader(io.StringIO(run(*base, "--format", "tsv").out), delimiter="\t"))
    assert [row["gene_a"] for row in tsv] == [gene["gene_a"] for gene in form["genes"]]
    text = run(*base, "-n", "3")
    assert len(text.out.splitlines()) == 4 and "times chance" in text.err
    markdown = run(*base, "--format", "markdown", "-n", "50").out
    assert "\\[x\\]\\|y" in markdown
    least = run(*base, "--format", "json", "--least", "-n", "2").json["genes"]
    assert least[0]["common"] == min(common)


def test_command_prints_rank_shifts(pair: tuple[str, str]) -> None:
    base = ("compare", *pair, "GENE7", "-k", "5")
    form = run(*base, "--format", "json").json
    assert form["shifts"][0]["rank_a"] == 1 or form["shifts"][0]["rank_b"] == 1
    tsv = list(csv.DictReader(io.StringIO(run(*base, "--format", "tsv").out), delimiter="\t"))
    assert [int(row["shift"]) for row in tsv] == [one["shift"] for one in form["shifts"]]
    text = run(*base)
    assert "rank A" in text.out and "by chance" in text.err
    assert "| Gene | Rank A |" in run(*base, "--format", "markdown").out
    figures = run("compare", *pair, "GENE7 ~ GENE8")
    assert "rank there" in figures.out and figures.code == 0


def test_command_refuses_nonsense(pair: tuple[str, str]) -> None:
    assert run("compare", pair[0]).code == 2
    assert run("compare", *pair, "GENE7 :: ").code == 1
    assert run("compare", *pair, "NOSUCH").code == 1
    assert run("compare", pair[0], "/nowhere/at/all").code == 3
    assert run("compare", *pair, "-k", "60").code == 1


def test_query_errors_are_query_errors(tmp_path: Path) -> None:
    a = made(tmp_path, "a", np.eye(5), labels_of(5))
    with pytest.raises(QueryError):
        compare_query(a, a, "GENE1 : GENE1")


@pytest.mark.real_data
def test_real_spaces_share_more_than_chance(human: Path, real_data: Path, tmp_path: Path) -> None:
    from gene_tui.spaces import store

    learned = real_data / "formats" / "genevector_tica.vec"
    small = Session(import_space(Recipe(learned), tmp_path / "gv", name="gv"))
    found = compare(Session(store.open_folder(human)), small)
    assert len(found.shared) > 700
    assert found.mean > 5 * found.chance and found.mean > 5 * found.mismatched
