"""The Session: names to rows, options, limits, chances; on the small space."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import gene_tui
from gene_tui.errors import AmbiguousGene, FileError, NoAnswer, UnknownGene, UsageError
from gene_tui.model.stored import dumps, loads
from gene_tui.scan import scan
from gene_tui.session import Session
from gene_tui.spaces.space import View


@pytest.fixture
def session() -> Session:
    return gene_tui.open_space()


def symbols(result: gene_tui.Result) -> list[tuple[str, ...]]:
    return [tuple(gene.symbol for gene in hit.genes) for hit in result.hits]


def test_plain_questions_have_sensible_answers(session: Session) -> None:
    nearest = [genes[0] for genes in symbols(session.query("HBA1"))]
    assert nearest[0] == "HBA2" and "HBB" in nearest[:3]
    assert symbols(session.query("PYGL : PYGM"))[0] == ("GYS2", "GYS1")
    assert symbols(session.query("PYGL : PYGM :: GYS2 : ?"))[0] == ("GYS1",)
    assert symbols(session.query("PYGL : PYGM :: ? : GYS1"))[0] == ("GYS2",)


def test_every_kind_of_answer_can_be_written_as_json(session: Session) -> None:
    for text in ("HBA1", "HBA1 ~ HBB", "? ~ ?", "HBA1 - HBB + MB", "HBA1 : HBB"):
        result = session.query(text, k=2)
        json.dumps(result.to_json(), allow_nan=False)


def test_a_weighted_sum_leaves_its_own_genes_out(session: Session) -> None:
    result = session.query("2*HBA1 + HBB - MB", k=session.space.n)
    found = {genes[0] for genes in symbols(result)}
    assert not found & {"HBA1", "HBB", "MB"}
    assert len(found) == session.space.n - 3
    rows = [session.resolver.resolve(name).row for name in ("HBA1", "HBB", "MB")]
    vectors = np.asarray(session.space.vectors, dtype=np.float64)
    query = np.array([2.0, 1.0, -1.0]) @ vectors[rows]
    cosines = vectors @ query / np.linalg.norm(vectors, axis=1) / np.linalg.norm(query)
    cosines[rows] = -2
    assert result.hits[0].score == pytest.approx(cosines.max(), abs=1e-9)


def test_a_list_says_what_it_is(session: Session) -> None:
    result = session.query("HBA1, HBB, HBA1, ENSG00000206172, MB", k=session.space.n)
    assert result.canonical == "HBA1, HBB, MB"
    assert any("2 of 5 names repeat a gene, which counts once: HBA1" in n for n in result.notes)
    assert not {genes[0] for genes in symbols(result)} & {"HBA1", "HBB", "MB"}
    assert {member.gene.symbol for member in result.members} == {"HBA1", "HBB", "MB"}
    fits = [member.fit for member in result.members]
    assert None not in fits and fits == sorted(fits, reverse=True)
    assert result.coherence is not None and result.coherence_z is not None
    assert all(hit.beats is not None and 0 <= hit.beats <= 1 for hit in result.hits)
    assert loads(dumps(result)) == result
    form = result.to_json()
    assert form["members"][0]["symbol"] == result.members[0].gene.symbol
    assert form["coherence"] == result.coherence and "beats" in form["hits"][0]
    assert result.to_frame()["beats"].dtype == "float64"
    assert "members" not in session.query("HBA1").to_json()


@pytest.mark.parametrize(
    "text", ["PYGL : PYGM", "? : ? :: PYGL : PYGM", "PYGL + PYGM :: ? + ?", "PYGM : PYGL"]
)
def test_pairs_say_how_like_the_asked_ones_they_are(session: Session, text: str) -> None:
    result = session.query(text, k=30)
    vectors = np.asarray(session.space.vectors, dtype=np.float64)
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    for hit, record in zip(result.hits, result.records(), strict=True):
        rows = zip(result.query_genes, hit.genes, strict=True)
        expected = [vectors[one.row] @ vectors[other.row] for one, other in rows]
        assert [hit.cos_ac, hit.cos_bd] == pytest.approx(expected, abs=1e-12)
        assert [record["cos_ac"], record["cos_bd"]] == [hit.cos_ac, hit.cos_bd]
    form = result.to_json()["hits"][0]
    assert form["cos_ac"] == result.hits[0].cos_ac and form["cos_bd"] == result.hits[0].cos_bd
    assert str(result.to_frame()["cos_bd"].dtype) == "float64"
    assert loads(dumps(result)) == result
    assert "cos_ac" not in session.query("HBA1", k=1).to_json()["hits"][0]


@pytest.mark.parametrize("text", ["HBA1, HBA1", "HBA1, ENSG00000206172"])
def test_a_list_of_one_gene_is_refused(session: Session, text: str) -> None:
    with pytest.raises(NoAnswer, match="one gene, HBA1 2 times") as caught:
        session.query(text)
    assert caught.value.hint


def test_comparison_gives_ranks_and_percentile(session: Session) -> None:
    hit = session.query("HBA1 ~ HBA2").hits[0]
    assert hit.genes == ()
    assert hit.rank_ab == 1 and hit.rank_ba == 1
    assert hit.percentile is not None and hit.percentile > 99
    assert hit.z is not None and hit.z > 3


def test_rarity_is_counted_from_comparable_questions(session: Session) -> None:
    """Count again by brute force over the very same random questions."""
    from gene_tui.engines.answers.background import seeded_questions

    result = session.query("HBA1", k=5)
    vectors = np.asarray(session.space.vectors, dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=1)
    unit = vectors / lengths[:, None]
    n = session.space.n
    asked = result.query_genes[0].row
    place = np.argsort(np.argsort(lengths, kind="stable"))
    genes = seeded_questions(np.arange(n), 1, 6000)[:, 0]
    far = np.abs(place[genes] - place[asked])
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    for hit in result.hits:
        left = np.flatnonzero((genes != asked) & (genes != hit.genes[0].row))
        window = left[np.argsort(far[left], kind="stable")[: n // 10]]
        count = int((cosines[genes[window]].max(axis=1) >= hit.score - 1e-12).sum())
        assert (hit.rarity_count, hit.rarity_of) == (count, n // 10)
        assert hit.rarity == (n // 10 + 1) / (count + 1)


def test_back_is_the_rank_the_other_way(session: Session) -> None:
    result = session.query("HBA1", k=8)
    for hit in result.hits:
        there = session.query(hit.genes[0].label, k=session.space.n)
        place = next(h.rank for h in there.hits if h.genes[0].symbol == "HBA1")
        assert hit.back == place and hit.mutual_rank == pytest.approx((hit.rank * place) ** 0.5)
    within = session.query("HBA1", within=["HBB", "MB"])
    assert [hit.back for hit in within.hits] == [
        next(h.back for h in session.query("HBA1", k=900).hits if h.genes == hit.genes)
        for hit in within.hits
    ]
    assert within.hits[0].mutual_rank is None


def test_candidates_limit_what_may_answer(session: Session, tmp_path: Path) -> None:
    names = tmp_path / "list.txt"
    names.write_text("# globins\nHBB\nMB\nHBZ\tof the embryo\nNOSUCHGENE\n")
    result = session.query("HBA1", within=names)
    assert {genes[0] for genes in symbols(result)} == {"HBB", "MB", "HBZ"}
    assert result.options.within == str(names)
    assert any(
        "1 of 4 candidates are not known or ambiguous: NOSUCHGENE" in note for note in result.notes
    )
    assert result.hits[0].rarity is None
    same = session.query("HBA1", within=["HBB", "MB", "HBZ"])
    assert symbols(same) == symbols(result)
    with pytest.raises(NoAnswer, match="none of the 1 candidates"):
        session.query("HBA1", within=["NOSUCHGENE"])
    with pytest.raises(FileError, match="missing"):
        session.query("HBA1", within=tmp_path / "missing.txt")


def test_gene_types_limit_what_may_answer(session: Session) -> None:
    result = session.query("HBA1", type="protein-coding", k=20)
    assert {hit.genes[0].type for hit in result.hits} == {"protein-coding"}
    with pytest.raises(NoAnswer, match="no gene is of type 'ncrna'") as caught:
        session.query("HBA1", type="ncrna")
    assert "protein-coding (" in caught.value.hint


def test_truncation_searches_the_first_rows_only(session: Session) -> None:
    first = {session.space.gene(row).symbol for row in range(100)}
    name = session.space.gene(0).symbol
    result = session.query(name, k=200, truncate=100)
    assert {genes[0] for genes in symbols(result)} == first - {name}
    assert result.space.genes == 100
    last = session.space.gene(session.space.n - 1).symbol
    with pytest.raises(UnknownGene):
        session.query(last, truncate=100)


def test_unknown_names_get_close_spellings_and_the_spaced_form(session: Session) -> None:
    with pytest.raises(UnknownGene) as caught:
        session.query("HBA11")
    assert "HBA1" in caught.value.suggestions
    with pytest.raises(UnknownGene) as caught:
        session.query("PYGL:PYGM")
    assert "PYGL : PYGM" in caught.value.hint


def test_an_alias_is_said(session: Session) -> None:
    result = session.query("MYL11")
    assert "MYL11 → MYLPF (alias)" in result.notes


@pytest.mark.parametrize(
    "options",
    [
        {"k": 0},
        {"metric": "manhattan"},
        {"measure": "5cosadd"},
        {"per_gene": 0},
        {"cap": float("nan")},
        {"truncate": 0},
    ],
)
def test_options_out_of_range_are_usage_errors(session: Session, options: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        session.query("PYGL : PYGM", **options)  # type: ignore[arg-type]


def test_options_that_do_not_go_with_the_question_are_usage_errors(session: Session) -> None:
    for text, options in (
        ("HBA1", {"measure": "3cosadd"}),
        ("HBA1", {"cap": 0.5}),
        ("PYGL : PYGM", {"measure": "3cosmul"}),
    ):
        with pytest.raises(UsageError):
            session.query(text, **options)  # type: ignore[arg-type]


def test_the_same_gene_twice_has_no_answer(session: Session) -> None:
    for text in ("HBA1 ~ HBA1", "HBA1 : HBA1", "HBA1 - HBA1", "HBA1 : HBB :: HBA1 : ?"):
        with pytest.raises(NoAnswer):
            session.query(text)


def test_transforms_are_recorded_and_change_the_answer() -> None:
    plain = gene_tui.open_space().query("HBA1")
    other = gene_tui.open_space(center=True, drop_components=2, unit=True).query("HBA1")
    assert other.transforms == ("center", "drop-components 2", "unit")
    assert other.space.fingerprint != plain.space.fingerprint
    assert other.hits[0].score != plain.hits[0].score


def test_a_raw_source_is_imported_once_and_again_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "vectors.csv"
    rows = np.random.default_rng(0).standard_normal((20, 4))
    text = "\n".join(f"g{i}," + ",".join(f"{x:.6f}" for x in row) for i, row in enumerate(rows))
    file.write_text("id,d1,d2,d3,d4\n" + text)
    first = gene_tui.open_space(file)
    again = gene_tui.open_space(file)
    assert first.space.folder == again.space.folder
    file.write_text("id,d1,d2,d3,d4\n" + text.rsplit("\n", 1)[0])
    changed = gene_tui.open_space(file)
    assert changed.space.n == first.space.n - 1
    assert changed.space.folder != first.space.folder


def test_no_such_space_says_what_there_is() -> None:
    with pytest.raises(FileError, match="there is no space called nowhere"):
        gene_tui.open_space("nowhere")


def test_the_best_analogies_of_a_whole_space_are_those_of_a_scan(session: Session) -> None:
    result = session.query("? : ?", k=20, truncate=120)
    assert result.exact and result.complete and result.options.cap == 0.8
    assert "told once" in result.notes[-1]
    whole = scan(Session(session.space.with_view(View(truncate=120))), k=20)
    assert [[gene.row for gene in hit.genes] for hit in result.hits] == whole.found.rows.tolist()
    assert [hit.score for hit in result.hits] == whole.found.scores.tolist()
    assert {hit.z for hit in result.hits} == {None}
    none = session.query("? : ?", within=["HBA1", "HBB", "HBD"])
    assert not none.hits and none.notes[-1] == "no hit is left under these limits"


def test_markdown_of_the_whole_space_has_the_distribution(session: Session) -> None:
    result = session.query("? ~ ?", k=3)
    distribution = session.distribution(result)
    assert distribution is not None
    vectors = np.asarray(session.space.vectors, dtype=np.float64)
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    cosines = (unit @ unit.T)[np.triu_indices(len(unit), 1)]
    assert distribution.pairs == len(cosines)
    assert distribution.mean == pytest.approx(cosines.mean(), abs=1e-5)
    assert distribution.sd == pytest.approx(cosines.std(), abs=1e-5)
    assert distribution.max == pytest.approx(cosines.max(), abs=1e-5)
    assert sum(distribution.histogram) == len(cosines)


@pytest.mark.real_data
def test_the_real_embedding_answers_hba1(human: Path) -> None:
    result = gene_tui.open_space(human).query("HBA1")
    assert [genes[0] for genes in symbols(result)][:2] == ["HBA2", "HBB"]
    form = result.to_json()["hits"][0]["genes"][0]
    assert form["url"] == "https://www.proteinatlas.org/ENSG00000188536"
    assert form["name"] == "hemoglobin subunit alpha 2"


@pytest.mark.real_data
def test_ambiguous_symbols_of_the_real_embedding_are_never_guessed(human: Path) -> None:
    session = gene_tui.open_space(human)
    for name in ("IGF2", "ARHGAP42", "ACT"):
        with pytest.raises(AmbiguousGene) as caught:
            session.query(name)
        assert len(caught.value.candidates) >= 2


def test_the_percentile_of_a_tiny_space_counts_all_its_pairs(tmp_path: Path) -> None:
    file = tmp_path / "tiny.csv"
    rows = {"A": (1, 2), "B": (3, 1), "C": (2, 2), "D": (0, 5)}
    file.write_text("id,d1,d2\n" + "".join(f"{g},{x},{y}\n" for g, (x, y) in rows.items()))
    session = gene_tui.open_space(file)
    vectors = np.array(list(rows.values()), dtype=float)
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    cosines = (unit @ unit.T)[np.triu_indices(4, 1)]
    for a, b in (("A", "B"), ("B", "C"), ("A", "D")):
        hit = session.query(f"{a} ~ {b}").hits[0]
        lower = (cosines < hit.score - 1e-9).sum()
        assert hit.percentile == pytest.approx(100 * lower / 5)


@pytest.mark.usefixtures("no_space_chosen")
def test_the_built_in_space_opens_where_no_cache_can_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file where the home would be"
    blocked.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    session = gene_tui.open_space()
    assert tmp_path in session.space.folder.parents
    assert symbols(session.query("HBA1"))[0] == ("HBA2",)


def test_the_built_in_spaces_name_is_taken() -> None:
    from gene_tui.spaces.catalog import folder_of

    with pytest.raises(UsageError, match="comes with the program"):
        folder_of("atlas")
