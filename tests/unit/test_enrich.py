"""Over-representation: the tail against exact fractions, GMT files as they come, the command."""

from __future__ import annotations

import csv
import gzip
import io
import math
import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import gene_tui
from gene_tui.enrich import (
    GeneList,
    GeneSet,
    enrich,
    locate,
    of_names,
    of_result,
    read_gmt,
)
from gene_tui.enrich.hypergeometric import log_benjamini_hochberg, log_probability, log_tail
from gene_tui.enrich.set_table import chance
from gene_tui.errors import Cancelled, FileError, NoAnswer, UsageError
from gene_tui.run import Run
from gene_tui.session import Session
from gene_tui.spaces.importing import Recipe, import_space
from tests.cli import run


def exact_tail(overlap: int, population: int, marked: int, drawn: int) -> Fraction:
    ways = sum(
        math.comb(marked, x) * math.comb(population - marked, drawn - x)
        for x in range(max(overlap, 0), min(marked, drawn) + 1)
    )
    return Fraction(ways, math.comb(population, drawn))


def log_of(value: Fraction) -> float:
    """ln of a fraction that may be too small for a float."""
    shift = max(0, value.denominator.bit_length() - value.numerator.bit_length())
    return math.log(float(value * 2**shift)) - shift * math.log(2)


def test_tail_equals_exact_fractions() -> None:
    rng = random.Random(1)
    for _ in range(400):
        population = rng.randint(1, 60)
        marked, drawn = rng.randint(0, population), rng.randint(0, population)
        overlap = rng.randint(0, min(marked, drawn) + 1)
        truth = exact_tail(overlap, population, marked, drawn)
        found = log_tail(overlap, population, marked, drawn)
        if truth == 0:
            assert found == -math.inf
        else:
            assert math.exp(found) == pytest.approx(float(truth), rel=1e-11)


@pytest.mark.parametrize(
    ("overlap", "population", "marked", "drawn"),
    [
        (5, 20_829, 200, 100),  # far above chance
        (1, 20_829, 200, 100),  # around the mean
        (150, 20_829, 200, 1_000),
        (200, 20_829, 200, 400),  # the whole set
        (1_000, 20_829, 1_000, 1_000),  # underflows: about 1e-1740
        (38, 20_829, 400, 2_000),  # just below the mean
        (39, 20_829, 400, 2_000),  # just above it
    ],
)
def test_tail_keeps_its_digits_at_the_size_of_a_genome(
    overlap: int, population: int, marked: int, drawn: int
) -> None:
    truth = log_of(exact_tail(overlap, population, marked, drawn))
    found = log_tail(overlap, population, marked, drawn)
    assert math.expm1(found - truth) == pytest.approx(0, abs=1e-9)


def test_tail_equals_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy comes with the dev extra only")
    for overlap in (1, 2, 7, 30):
        expected = stats.hypergeom.logsf(overlap - 1, 18_000, 150, 300)
        assert log_tail(overlap, 18_000, 150, 300) == pytest.approx(expected, rel=1e-8)


def test_probabilities_add_up_and_nonsense_is_refused() -> None:
    total = math.fsum(math.exp(log_probability(x, 500, 40, 60)) for x in range(41))
    assert total == pytest.approx(1, abs=1e-11)
    assert log_tail(0, 10, 3, 4) == 0.0
    for marked, drawn in ((11, 1), (1, 11), (-1, 1)):
        with pytest.raises(ValueError, match="cannot draw"):
            log_tail(1, 10, marked, drawn)


def test_benjamini_hochberg_by_its_definition() -> None:
    rng = random.Random(2)
    values = [rng.random() ** 3 for _ in range(40)] + [0.2, 0.2, 0.0, 1.0]
    ordered = sorted(values)
    logs = [math.log(p) if p else -math.inf for p in values]
    for p, q in zip(values, map(math.exp, log_benjamini_hochberg(logs)), strict=True):
        later = [
            other * len(values) / rank for rank, other in enumerate(ordered, start=1) if other >= p
        ]
        assert q == pytest.approx(min([*later, 1.0]))
    assert log_benjamini_hochberg([]) == []


def test_q_too_small_for_a_float_is_not_zero() -> None:
    logs = [-1000.0, -800.0, 0.0]
    assert log_benjamini_hochberg(logs) == pytest.approx(
        [-1000.0 + math.log(3), -800.0 + math.log(1.5), 0.0]
    )
    assert chance(-434.3) == "5.0e-435"
    assert chance(-400.001) == "1.0e-400"
    assert (chance(-2.0), chance(-5.0), chance(0.0)) == ("0.01", "1.0e-05", "1")
    assert chance(-math.inf) == "0"


def test_gmt_as_it_comes(tmp_path: Path) -> None:
    text = (
        "\ufeffHEME\thttp://example.org/heme\tHBA1\tHBB\tHBA1\t\tHBD\r\n"
        "\n"
        "WEIGHTED\t\tTP53,1.0\tHLA-A,0.5\tA,B\n"
        "EMPTY\tnothing\n"
        "LAST\tno line end\tMB"
    )
    plain = tmp_path / "sets.v1.gmt"
    plain.write_text(text, encoding="utf-8")
    packed = tmp_path / "sets.v1.gmt.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    expected = [
        GeneSet("HEME", "http://example.org/heme", "sets.v1", ("HBA1", "HBB", "HBD")),
        GeneSet("WEIGHTED", "", "sets.v1", ("TP53", "HLA-A", "A,B")),
        GeneSet("EMPTY", "nothing", "sets.v1", ()),
        GeneSet("LAST", "no line end", "sets.v1", ("MB",)),
    ]
    assert read_gmt(plain) == read_gmt(packed) == expected


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no gene set"),
        (b"ONE\tabout\tA\nno tabs here\n", "line 2 is not a gene set"),
        (b"ONE\tabout\tA\n\tabout\tB\n", "line 2 is not a gene set"),
        (b"ONE\tabout\t\xff\xfe\n", "line 1 is not UTF-8"),
        (b"ONE\tabout\tA\0B\n", "line 1 is not text"),
        (gzip.compress(b"ONE\tabout\tA\n" * 1000, mtime=0)[:60], "cut short or damaged"),
    ],
)
def test_a_bad_gmt_is_refused_by_name_and_line(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "bad.gmt"
    file.write_bytes(content)
    with pytest.raises(FileError) as caught:
        read_gmt(file)
    assert said in caught.value.message and "bad.gmt" in caught.value.message


@pytest.fixture
def session() -> Session:
    return gene_tui.open_space()


def made_of(session: Session, sizes: list[int]) -> list[GeneSet]:
    """Sets of genes of the space: one a multiple of the next, labels as names."""
    labels = session.space.column("label")
    rng = random.Random(3)
    return [
        GeneSet(f"S{size}.{place}", "", "made", tuple(rng.sample(labels, size)))
        for place, size in enumerate(sizes)
    ]


def test_results_are_what_the_definition_says(session: Session) -> None:
    sets = made_of(session, [6, 12, 30, 30, 3])
    rows = random.Random(4).sample(range(session.space.n), 40)
    found = enrich(session, GeneList(rows, origin="made up"), locate(session, sets), min_size=5)
    assert (found.genes, found.background) == (40, session.space.n)
    assert (found.tested, found.too_small, found.too_large) == (4, 1, 0)
    listed = {session.space.gene(row).label for row in rows}
    by_name = {one.name: one for one in sets}
    for one in found.results:
        members = by_name[one.name].genes
        inside = [label for label in members if label in listed]
        assert one.overlap == len(inside) == len(one.genes)
        assert {gene.label for gene in one.genes} == set(inside)
        truth = float(exact_tail(len(inside), session.space.n, len(members), 40))
        assert one.p == pytest.approx(truth, rel=1e-9)
        assert one.ratio == pytest.approx(len(inside) / (len(members) * 40 / session.space.n))
    assert [one.p for one in found.results] == sorted(one.p for one in found.results)
    expected = log_benjamini_hochberg([math.log(one.p) for one in found.results])
    assert [one.q for one in found.results] == pytest.approx(list(map(math.exp, expected)))
    assert [10.0**one.log10_q for one in found.results] == pytest.approx(
        [one.q for one in found.results]
    )


def test_sets_without_overlap_count_as_tested(session: Session) -> None:
    labels = session.space.column("label")
    hit = GeneSet("HIT", "", "made", tuple(labels[:8]))
    misses = [GeneSet(f"MISS{i}", "", "made", tuple(labels[100 + i : 110 + i])) for i in range(9)]
    found = enrich(session, GeneList(range(8)), locate(session, [hit, *misses]))
    assert found.tested == 10
    assert found.results[0].name == "HIT"
    assert found.results[0].q == pytest.approx(found.results[0].p * 10)
    assert [one.name for one in found.best()] == ["HIT"]


def test_chance_alone_finds_about_nothing(session: Session) -> None:
    sets = locate(session, made_of(session, [20] * 60))
    rng = random.Random(5)
    called = 0
    small = 0
    for _ in range(30):
        rows = rng.sample(range(session.space.n), 30)
        found = enrich(session, GeneList(rows), sets)
        called += bool(found.best(0.05))
        small += sum(one.p <= 0.05 for one in found.results)
    assert called <= 5  # of 30 at a rate of at most 0.05
    assert small <= 0.05 * 60 * 30 * 1.3


def test_background_of_an_answer_leaves_out_what_could_not_answer(session: Session) -> None:
    result = session.query("HBA1", k=5)
    listed = of_result(session, result)
    assert listed.background is not None
    assert len(listed.background) == session.space.n - 1
    assert result.query_genes[0].row not in listed.background
    assert list(listed.rows) == [hit.genes[0].row for hit in result.hits]

    typed = of_result(session, session.query("HBA1", k=5, type="protein-coding"))
    kinds = session.space.column("type")
    assert typed.background is not None
    assert {kinds[row] for row in typed.background} == {"protein-coding"}

    short = of_result(session, session.query("HBA1", k=5, truncate=50))
    assert short.background is not None and max(short.background) < 50

    pairs = of_result(session, session.query("? ~ ?", k=3))
    assert pairs.background is not None and len(pairs.background) == session.space.n


def test_names_are_found_as_queries_find_them(tmp_path: Path) -> None:
    table = tmp_path / "names.tsv"
    table.write_text(
        "label\tid\tsymbol\tname\tprevious\taliases\tentrez\n"
        "g0\tENSG00000206172\tHBA1\themoglobin subunit alpha 1\t\tHBH|SAME\t3039\n"
        "g1\tENSG00000188536\tHBA2\themoglobin subunit alpha 2\t\tSAME\t3040\n"
        "g2\tENSG00000244734\tHBB\themoglobin subunit beta\tOLDHBB\t\t3043\n",
        encoding="utf-8",
    )
    source = tmp_path / "three.npz"
    vectors = np.eye(3, 4, dtype=np.float32)
    np.savez(source, embeddings=vectors, genes=np.array(["g0", "g1", "g2"]))
    session = Session(import_space(Recipe(source, (table,)), tmp_path / "three", name="three"))
    names = ("HBA1", "3040", "OLDHBB", "ENSG00000206172.7", "SAME", "NOSUCH", "999")
    located = locate(session, [GeneSet("S", "", "made", names)])
    assert located.rows[0].tolist() == [0, 1, 2]
    assert (located.names, located.unknown) == (7, 3)
    listed = of_names(session, names)
    assert list(listed.rows) == [0, 1, 2]
    assert "SAME, NOSUCH, 999" in listed.notes[0]
    with pytest.raises(NoAnswer, match="none of the 1 names"):
        of_names(session, ["NOSUCH"])


def test_stops_when_asked_and_refuses_sizes_that_leave_nothing(session: Session) -> None:
    sets = made_of(session, [10])
    with pytest.raises(Cancelled):
        locate(session, sets, run=Run(cancelled=lambda: True))
    with pytest.raises(UsageError):
        enrich(session, GeneList([1]), locate(session, sets), min_size=9, max_size=8)
    with pytest.raises(NoAnswer):
        enrich(session, GeneList([1], background=np.array([2, 3])), locate(session, sets))


@pytest.fixture
def gmt(tmp_path: Path) -> Path:
    file = tmp_path / "made.gmt"
    file.write_text(
        "GLOBINS\toxygen [x]\tHBA1\tHBA2\tHBB\tHBD\tHBE1\tHBG1\tHBG2\tMB\n"
        "OTHER|SET\tabout\tPYGL\tPYGM\tGYS1\tGYS2\tTP53\tNOSUCHGENE\n",
        encoding="utf-8",
    )
    return file


def test_command_finds_the_globins(gmt: Path) -> None:
    done = run("enrich", "--gmt", str(gmt), "--query", "HBA1", "-k", "7", "--format", "json")
    assert done.code == 0, done.err
    best = done.json["sets"][0]
    assert best["set"] == "GLOBINS" and best["overlap"] >= 4 and best["q"] < 1e-4
    assert "HBA2" in best["genes"] and "HBA1" not in best["genes"]
    assert done.json["space"]["name"] == "demonstration"

    text = run("enrich", "--gmt", str(gmt), "--query", "HBA1", "-k", "7")
    assert text.out.splitlines()[1].startswith("GLOBINS")
    assert "2 sets tested" in text.err


def test_command_formats_agree(gmt: Path, tmp_path: Path) -> None:
    names = tmp_path / "list.txt"
    names.write_text("HBB\nHBD\nMB\nPYGL\n", encoding="utf-8")
    base = ("enrich", "--gmt", str(gmt), "--genes", str(names), "--all")
    tsv = list(csv.DictReader(io.StringIO(run(*base, "--format", "tsv").out), delimiter="\t"))
    form = run(*base, "--format", "json").json
    assert [row["set"] for row in tsv] == [one["set"] for one in form["sets"]]
    assert tsv[0]["genes"] == "HBB|HBD|MB"
    markdown = run(*base, "--format", "markdown").out
    assert "OTHER\\|SET" in markdown and "| GLOBINS | 3/8 |" in markdown
    assert run(*base[:-1], "--fdr", "1e-9").out == "no set\n"


def test_command_reads_the_list_from_standard_input(gmt: Path) -> None:
    done = run(
        "enrich", "--gmt", str(gmt), "--genes", "-", "--format", "json", stdin="HBB\nHBD\nXXX\n"
    )
    assert done.json["genes"] == 2
    assert "1 of 3 names" in done.json["notes"][0]


def test_command_refuses_nonsense(gmt: Path, tmp_path: Path) -> None:
    assert run("enrich", "--gmt", str(gmt)).code == 2
    assert run("enrich", "--gmt", str(gmt), "--query", "HBA1", "--genes", "x").code == 2
    missing = run("enrich", "--gmt", str(tmp_path / "none.gmt"), "--query", "HBA1")
    assert missing.code == 3 and "none.gmt" in missing.err and "Traceback" not in missing.err
    assert "\nhint: a GMT file has a set a line" in missing.err
    unknown = run("enrich", "--gmt", str(gmt), "--query", "NOSUCHGENE")
    assert unknown.code == 1


def test_nothing_is_sent_anywhere(gmt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("contacts a server")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert run("enrich", "--gmt", str(gmt), "--query", "HBA1").code == 0


#: In the small space SYMBOLS are genes; QQSET is none.
GENES = "HBA1\tHBA2\tHBB\tHBD\tHBE1\tHBG1"


@pytest.mark.parametrize(
    ("content", "genes", "about", "noted"),
    [
        (f"GLOBIN\tna\t{GENES}\n", 6, "na", False),
        (f"GLOBIN\t{GENES}\n", 6, "", True),
        (f"GLOBIN\thttp://example.org/GLOBIN\t{GENES}\n", 6, "http://example.org/GLOBIN", False),
        (f"GLOBIN\t\t{GENES}\n", 6, "", False),
        (f"GLOBIN\tall of the globins\t{GENES}\n", 6, "all of the globins", False),
        (f"TP53_TARGETS\tTP53\t{GENES}\n", 6, "TP53", False),
        (f"A\tR-HSA-1\t{GENES}\nB\tR-HSA-2\tTP53\n", 6, "R-HSA-1", False),
        (f"A\t{GENES}\nB\tTP53\tMYC\nC\tsome words\tMYC\n", 6, "", True),
        (f"A\tna\t{GENES}\nB\tTP53\tMYC\nC\tna\tMYC\n", 6, "na", True),
    ],
)
def test_a_column_of_descriptions_is_not_taken_for_granted(
    tmp_path: Path, content: str, genes: int, about: str, noted: bool
) -> None:
    (tmp_path / "sets.gmt").write_text(content)
    notes: list[str] = []
    first = read_gmt(tmp_path / "sets.gmt", notes=notes)[0]
    assert (len(first.genes), first.about) == (genes, about)
    assert len(notes) == noted


@pytest.mark.parametrize(
    ("name", "about", "title"),
    [
        ("DOID:583", "hemolytic anemia", "DOID:583 hemolytic anemia"),
        ("GO:0006915", "apoptosis", "GO:0006915 apoptosis"),
        ("R-HSA-109581", "Apoptosis", "R-HSA-109581 Apoptosis"),
        ("hsa04110", "Cell cycle", "hsa04110 Cell cycle"),
        ("2872", "BCL6-HDAC4 complex", "2872 BCL6-HDAC4 complex"),
        ("GO:0006915", "na", "GO:0006915"),
        ("GO:0006915", "https://example.org", "GO:0006915"),
        ("Apoptosis", "R-HSA-109581", "Apoptosis"),
        ("HALLMARK_APOPTOSIS", "genes that mediate it", "HALLMARK_APOPTOSIS"),
    ],
)
def test_identifiers_are_told_with_their_description(name: str, about: str, title: str) -> None:
    assert GeneSet(name, about, "x", ()).title == title


def _human(folder: Path) -> Session:
    """A space with SEC14L3 and PTGS2, of which TAP2 and COX2 are aliases, but without those."""
    symbols = ["SEC14L3", "IVNS1ABP", "PTGS2", "TAP1", "B2M", "CALR", "PSMB8"]
    lines = [f"{name}\t{row}\t1\t{row * row}" for row, name in enumerate(symbols)]
    (folder / "v.tsv").write_text("gene\td0\td1\td2\n" + "\n".join(lines) + "\n")
    return Session(import_space(Recipe(folder / "v.tsv"), folder / "space", name="space"))


def test_an_absent_gene_is_counted_under_no_alias(tmp_path: Path) -> None:
    session = _human(tmp_path)
    sets = [
        GeneSet("loading", "na", "x", ("TAP1", "TAP2", "B2M", "CALR", "PSMB8")),
        GeneSet("respiration", "na", "x", ("ND1", "COX1", "COX2", "ATP6")),
    ]
    located = locate(session, sets)
    assert [len(rows) for rows in located.rows] == [4, 0]
    found = enrich(session, of_names(session, ["SEC14L3", "PTGS2"]), located, min_size=1)
    assert [(one.name, one.overlap) for one in found.results] == [("loading", 0)]


def test_lists_with_dates_of_a_spreadsheet_say_so(tmp_path: Path) -> None:
    listed = of_names(_human(tmp_path), ["1-Sep", "PTGS2"])
    assert any("spreadsheet" in note and "SEPTIN1" in note for note in listed.notes)
