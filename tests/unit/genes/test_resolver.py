"""Names to genes: never guessed, always explained."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from typing import Any

import pytest

from gene_tui.errors import AmbiguousGene, UnknownGene
from gene_tui.genes.human import human_genes
from gene_tui.genes.names import NameKind
from gene_tui.genes.official import is_same
from gene_tui.genes.resolver import Resolution, Resolver
from gene_tui.model.gene import Gene

GENES = [
    Gene(0, "ENSG00000206172", "ENSG00000206172", "HBA1", "hemoglobin alpha 1", aliases=("HBH",)),
    Gene(1, "ENSG00000188536.4", "ENSG00000188536", "HBA2", previous=("HBAX",)),
    Gene(2, "ENSG00000167244", "ENSG00000167244", "IGF2", aliases=("IGF-II",)),
    Gene(3, "ENSG00000129965", "ENSG00000129965", "IGF2"),
    Gene(4, "ENSG00000180209", "ENSG00000180209", "MYLPF", aliases=("MYL11", "HBA1")),
    Gene(5, "ENSG00000182378.15", "ENSG00000182378", "PLCXD1"),
    Gene(6, "ENSG00000182378.15_PAR_Y", "ENSG00000182378_PAR_Y", "PLCXD1"),
    Gene(7, "ENSG00000000007", "ENSG00000000007", "CaM", aliases=("HBAX", "dup")),
    Gene(8, "ENSG00000000008", "ENSG00000000008", "CAM", aliases=("Dup",)),
    Gene(9, "ENSG00000206503", "ENSG00000206503", "HLA-A"),
    Gene(10, "ENSG00000234745", "ENSG00000234745", "HLA-B"),
]
WORDS = [Gene(0, "king"), Gene(1, "King"), Gene(2, "Paris"), Gene(3, "New York"), Gene(4, "?")]


@pytest.fixture
def genes(store: Any) -> Resolver:
    return Resolver(*store(GENES), len(GENES))


@pytest.fixture
def words(store: Any) -> Resolver:
    return Resolver(*store(WORDS), len(WORDS))


@pytest.mark.parametrize(
    ("name", "row", "via", "note"),
    [
        ("ENSG00000206172", 0, NameKind.LABEL, ""),
        ("ensg00000206172", 0, NameKind.LABEL, ""),
        ("ENSG00000206172.9", 0, NameKind.ID, ""),
        ("ENSG00000188536", 1, NameKind.ID, ""),
        ("ENSG00000188536.77", 1, NameKind.ID, ""),
        ("ENSG00000188536.4", 1, NameKind.LABEL, ""),
        ("HBA1", 0, NameKind.SYMBOL, ""),
        ("hba1", 0, NameKind.SYMBOL, ""),
        ("HBAX", 1, NameKind.PREVIOUS, "HBAX → HBA2 (previous symbol)"),
        ("MYL11", 4, NameKind.ALIAS, "MYL11 → MYLPF (alias)"),
        ("igf-ii", 2, NameKind.ALIAS, "igf-ii → IGF2 (alias)"),
        ("CaM", 7, NameKind.SYMBOL, ""),
        ("CAM", 8, NameKind.SYMBOL, ""),
        ("dup", 7, NameKind.ALIAS, "dup → CaM (alias)"),
        ("ENSG00000182378", 5, NameKind.ID, ""),
        ("ENSG00000182378_PAR_Y", 6, NameKind.ID, ""),
        ("ENSG00000182378.15_PAR_Y", 6, NameKind.LABEL, ""),
        ("ENSGR0000182378", 6, NameKind.ID, ""),
    ],
)
def test_a_name_means_its_strongest_kind(
    genes: Resolver, name: str, row: int, via: NameKind, note: str
) -> None:
    assert genes.resolve(name) == Resolution(row, name, via, note)
    assert genes.find(name) == Resolution(row, name, via, note)


@pytest.mark.parametrize(
    ("name", "rows"), [("IGF2", [2, 3]), ("igf2", [2, 3]), ("cam", [7, 8]), ("DUP", [7, 8])]
)
def test_an_ambiguous_name_lists_what_it_could_mean(
    genes: Resolver, name: str, rows: list[int]
) -> None:
    with pytest.raises(AmbiguousGene) as caught:
        genes.resolve(name)
    assert caught.value.candidates == tuple(GENES[row].label for row in rows)
    assert all(GENES[row].label in caught.value.message for row in rows)
    assert "\n" not in caught.value.message
    assert genes.find(name) is None


def test_the_hint_names_each_candidate_unmistakably(genes: Resolver) -> None:
    with pytest.raises(AmbiguousGene) as caught:
        genes.resolve("IGF2")
    assert caught.value.hint.endswith("ENSG00000167244, ENSG00000129965")
    with pytest.raises(AmbiguousGene) as caught:
        genes.resolve("DUP")
    assert caught.value.hint.endswith("CaM, CAM")
    assert genes.resolve("CaM").row == 7 and genes.resolve("CAM").row == 8


def test_words_keep_their_case(words: Resolver) -> None:
    assert words.resolve("king").row == 0
    assert words.resolve("King").row == 1
    assert words.resolve("King").note == ""
    with pytest.raises(AmbiguousGene) as caught:
        words.resolve("KING")
    assert caught.value.candidates == ("king", "King")
    assert words.resolve("paris") == Resolution(
        2, "paris", NameKind.LABEL, "paris → Paris (other case)"
    )
    assert words.resolve("?").row == 4


def test_many_candidates_are_counted_not_listed(store: Any) -> None:
    many = [Gene(row, f"G{row}", name="x" * 500, aliases=("ACT",)) for row in range(50)]
    with pytest.raises(AmbiguousGene) as caught:
        Resolver(*store(many), 50).resolve("ACT")
    assert "50 genes" in caught.value.message and "46 more" in caught.value.message
    assert len(caught.value.message) < 400 and len(caught.value.hint) < 200
    assert len(caught.value.candidates) == 50


def test_an_unknown_name_gets_the_closest_spellings(genes: Resolver) -> None:
    with pytest.raises(UnknownGene) as caught:
        genes.resolve("HAB1")
    assert caught.value.suggestions[0] == "HBA1"
    assert "HBA1" in caught.value.hint and "HAB1" in caught.value.message
    assert genes.find("HAB1") is None


def test_symbols_are_suggested_before_aliases_at_the_same_distance(store: Any) -> None:
    some = [Gene(0, "A", "", "ZZTOP", aliases=("QQCD1",)), Gene(1, "B", "", "QQCD2")]
    assert Resolver(*store(some), 2).suggestions("QQCD3") == ["QQCD2", "QQCD1"]


def test_one_gene_is_suggested_once_and_five_names_at_most(store: Any) -> None:
    some = [Gene(row, f"LAB{row}", "", f"ABCDE{row}", aliases=(f"ABCDX{row}",)) for row in range(9)]
    close = Resolver(*store(some), 9).suggestions("ABCDE")
    assert close == [f"ABCDE{row}" for row in range(5)]


def test_short_names_are_completed(genes: Resolver) -> None:
    assert genes.suggestions("HLA") == ["HLA-A", "HLA-B"]
    assert genes.suggestions("") == genes.suggestions("   ") == []


def test_a_missing_id_whose_copy_is_there_says_so(store: Any) -> None:
    resolver = Resolver(*store([Gene(0, GENES[6].label, GENES[6].id)]), 1)
    with pytest.raises(UnknownGene) as caught:
        resolver.resolve("ENSG00000182378")
    assert caught.value.suggestions == ("ENSG00000182378_PAR_Y",)


def test_a_truncated_view_knows_its_rows_only(store: Any) -> None:
    table, names = store(GENES)
    short = Resolver(table, names, 3)
    assert short.resolve("IGF2").row == 2
    assert short.resolve("HBA1").row == 0
    with pytest.raises(UnknownGene, match="MYL11 is not among the first 3 genes"):
        short.resolve("MYL11")
    assert all(short.resolve(name).row < 3 for name in short.suggestions("HBA3"))


@pytest.mark.parametrize("name", ["\x1b]52;c;aGk=\x07", "a\nb", "x" * 10_000, "\udcff", "[/b]"])
def test_messages_are_one_harmless_line(genes: Resolver, name: str) -> None:
    with pytest.raises(UnknownGene) as caught:
        genes.resolve(name)
    for text in (caught.value.message, caught.value.hint):
        assert text.isprintable() and len(text) < 300
    assert caught.value.name == name


def test_nothing_is_known_where_nothing_is(store: Any) -> None:
    with pytest.raises(UnknownGene):
        Resolver(*store([]), 0).resolve("HBA1")


@pytest.mark.real_data
def test_real_names(real_space: Any) -> None:
    table, names = real_space
    resolver = Resolver(table, names, len(table))
    assert table.label(resolver.resolve("HBA1").row) == "ENSG00000206172"
    assert resolver.resolve("MYL11").note == "MYL11 → MYLPF (alias)"
    for symbol in ("IGF2", "RAD54B", "ARHGAP42"):
        with pytest.raises(AmbiguousGene) as caught:
            resolver.resolve(symbol)
        assert len(caught.value.candidates) == 2
        for label in caught.value.candidates:
            assert table.label(resolver.resolve(label).row) == label
    with pytest.raises(AmbiguousGene) as caught:
        resolver.resolve("ACT")
    assert len(caught.value.candidates) == 7
    assert "7 genes" in caught.value.message and "3 more" in caught.value.message


@pytest.mark.real_data
def test_all_real_symbols_and_aliases(real_space: Any, real_genes: list[Gene]) -> None:
    resolver = Resolver(*real_space, len(real_genes))
    symbols = Counter(gene.symbol for gene in real_genes if gene.symbol)
    assert sorted(s for s, count in symbols.items() if count > 1) == ["ARHGAP42", "IGF2", "RAD54B"]
    for gene in real_genes[::10]:
        if symbols[gene.symbol] == 1:
            assert resolver.resolve(gene.symbol).row == gene.row
    meant: dict[str, set[int]] = defaultdict(set)
    for gene in real_genes:
        for alias in gene.aliases:
            meant[alias].add(gene.row)
    checked = 0
    for alias, rows in list(meant.items())[::7]:
        if alias in symbols or alias.upper() in symbols:
            continue
        found = resolver.find(alias)
        if bearer := human_genes().official(alias):
            # the symbol of another gene, which may be here under an older one
            assert found is None or is_same(real_genes[found.row], bearer)
            continue
        assert (found.row if found else None) == (min(rows) if len(rows) == 1 else None)
        checked += len(rows) > 1
    assert checked > 200


@pytest.mark.real_data
def test_spellings_are_found_in_time(real_space: Any) -> None:
    table, names = real_space
    assert len(names) > 60_000
    resolver = Resolver(table, names, len(table))
    times = []
    for name in ("HBAA1", "TP54", "KDM5CC", "ENSG00000206171"):
        start = time.perf_counter()
        with pytest.raises(UnknownGene) as caught:
            resolver.resolve(name)
        times.append(time.perf_counter() - start)
        assert caught.value.suggestions
    assert min(times) < 0.3
    assert resolver.suggestions("TP54")[0] == "TP53"


#: Row 3 bears an approved symbol as an alias, row 4 the symbol that was approved before.
HUMAN = [
    Gene(0, "ENSG00000206172", "ENSG00000206172", "HBA1", hgnc="HGNC:4823"),
    Gene(1, "ENSG00000188536", "ENSG00000188536", "HBA2", hgnc="HGNC:4824"),
    Gene(2, "ENSG00000073756", "ENSG00000073756", "PTGS2", aliases=("COX2", "PHS-2")),
    Gene(3, "ENSG00000100012", "ENSG00000100012", "SEC14L3", aliases=("TAP2",)),
    Gene(4, "ENSG00000112773", "ENSG00000112773", "FAM46A"),
    Gene(5, "ENSG00000126453", "ENSG00000126453", "BCL2L12"),
]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("TAP2", "TAP2 is a human gene (transporter 2, ATP binding cassette sub"),
        ("tap2", "tap2 is a human gene (transporter 2, ATP binding cassette sub"),
        ("COX2", "COX2 is MT-CO2, a human gene ("),
        ("KLF14", "KLF14 is a human gene (KLF transcription factor 14)"),
        ("MT-ND1", "MT-ND1 is a human gene ("),
    ],
)
def test_the_symbol_of_an_absent_gene_means_no_other(store: Any, name: str, says: str) -> None:
    resolver = Resolver(*store(HUMAN), len(HUMAN))
    with pytest.raises(UnknownGene) as caught:
        resolver.resolve(name)
    assert caught.value.message.startswith(says)
    assert caught.value.message.endswith("that is not in this space")
    assert resolver.find(name) is None
    assert ("SEC14L3" in caught.value.hint) is (name.upper() == "TAP2")


def test_a_gene_is_found_by_the_symbol_it_has_now(store: Any) -> None:
    resolver = Resolver(*store(HUMAN), len(HUMAN))
    assert resolver.resolve("TENT5A").row == 4
    assert resolver.resolve("tent5a").note == "tent5a → FAM46A (its symbol now)"
    assert resolver.resolve("PHS-2").note == "PHS-2 → PTGS2 (alias)"
    with pytest.raises(UnknownGene, match="TENT5A is not among the first 3 genes"):
        Resolver(*store(HUMAN), 3).resolve("TENT5A")


def test_symbols_of_absent_genes_are_not_suggested(store: Any) -> None:
    resolver = Resolver(*store(HUMAN), len(HUMAN))
    assert "TAP2" not in resolver.suggestions("TAP3")


def test_names_of_other_species_are_nobody_elses(store: Any) -> None:
    mice = [
        Gene(0, "ENSMUSG00000069919", "ENSMUSG00000069919", "Hba-a1", aliases=("TAP2",)),
        Gene(1, "ENSMUSG00000022306", "ENSMUSG00000022306", "Zfpm2"),
    ]
    assert Resolver(*store(mice), 2).resolve("TAP2").row == 0


def test_dates_of_a_spreadsheet_are_recognised(store: Any) -> None:
    resolver = Resolver(*store(HUMAN), len(HUMAN))
    with pytest.raises(UnknownGene) as caught:
        resolver.resolve("1-Sep")
    assert "spreadsheet" in caught.value.message and "SEPTIN1" in caught.value.hint


def test_words_read_no_table_of_genes(words: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> None:
        raise AssertionError("the human gene table was read for a word space")

    monkeypatch.setattr("gene_tui.genes.official.human_genes", read)
    with pytest.raises(UnknownGene):
        words.resolve("queen")
    assert words.resolve("paris").row == 2
