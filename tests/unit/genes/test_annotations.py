"""Joining annotation files to the rows of a space."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from gene_tui.genes.annotation import Annotation, Annotations, Entries
from gene_tui.genes.annotations import annotate, label_kind, read_annotations
from gene_tui.model.gene import Gene
from gene_tui.model.links import atlas_url, ensembl_id, ensembl_url, ncbi_url

A, B, C = "ENSG00000000011", "ENSG00000000012", "ENSG00000000013"


def _source(*entries: Annotation, name: str = "table.tsv") -> Annotations:
    return Annotations(Path(name), "columns", Entries.of(entries))


def test_ensembl_ids_are_joined_without_version() -> None:
    source = _source(Annotation("", (A,), "GNA"), Annotation("", (B,), "GNB"))
    genes = annotate([f"{A}.7", B, C, f"{B}_PAR_Y"], [source])
    assert [gene.symbol for gene in genes] == ["GNA", "GNB", "", ""]
    assert [gene.id for gene in genes] == [A, B, C, f"{B}_PAR_Y"]
    assert [gene.label for gene in genes] == [f"{A}.7", B, C, f"{B}_PAR_Y"]
    assert [gene.row for gene in genes] == [0, 1, 2, 3]


def test_the_first_that_knows_a_field_wins() -> None:
    first = _source(Annotation("", (A,), "GNA", aliases=("X",)))
    second = _source(
        Annotation("", (A,), "NEWA", "a name", "ncRNA", aliases=("Y",), previous=("P",))
    )
    (gene,) = annotate([A], [first, second], {"name": ["own name"], "type": ["protein_coding"]})
    assert (gene.symbol, gene.name, gene.type) == ("GNA", "own name", "protein-coding")
    assert gene.previous == ("P",)
    # The other symbol can still be asked for.
    assert gene.aliases == ("NEWA", "X")


def test_an_id_with_two_entries_takes_the_approved_symbol() -> None:
    source = _source(
        Annotation("", (A,), "LOC1", entrez="1", aliases=("M",), approved=False),
        Annotation("", (A,), "GNA", entrez="2", aliases=("N", "LOC1")),
    )
    (gene,) = annotate([A], [source])
    assert (gene.symbol, gene.entrez) == ("GNA", "2")
    assert gene.aliases == ("N", "LOC1", "M")


def test_symbols_are_joined_by_approved_then_previous_then_unique_alias() -> None:
    source = _source(
        Annotation("", (A,), "GNA1", previous=("GNP1",), aliases=("BOTH1", "GNB1")),
        Annotation("", (B,), "GNB1", aliases=("BOTH1", "GNX1")),
        Annotation("", (C,), "GNC1", aliases=("GNY1",), previous=("GNX1",)),
    )
    notes: list[str] = []
    genes = annotate(["GNP1", "GNB1", "BOTH1", "GNY1", "gna1"], [source], notes=notes)
    assert [(gene.symbol, gene.id) for gene in genes] == [
        ("GNA1", A),
        ("GNB1", B),
        ("", ""),
        ("GNC1", C),
        ("", ""),
    ]
    assert notes == [
        "1 row found in table.tsv by previous symbol (GNP1 → GNA1)",
        "1 row found in table.tsv by alias (GNY1 → GNC1)",
    ]


def test_another_name_of_a_gene_that_is_there_joins_nothing() -> None:
    source = _source(Annotation("", (A,), "GNA1", aliases=("OLD1",)))
    genes = annotate(["GNA1", "OLD1"], [source])
    assert [gene.symbol for gene in genes] == ["GNA1", ""]


def test_symbols_get_the_id_that_is_theirs() -> None:
    source = _source(
        Annotation("", (A, B), "GNA1"),
        Annotation("", (A,), "GNA1-GNB1"),
        Annotation("", (C,), "GNC1"),
        Annotation("", (C,), "LOC55", approved=False),
    )
    genes = annotate(["GNA1", "GNA1-GNB1", "GNC1", "LOC55"], [source])
    assert [gene.id for gene in genes] == [B, A, C, ""]


def test_words_are_joined_by_label_only() -> None:
    source = _source(
        Annotation("", (A,), "king"), Annotation("queen", description="she"), Annotation("IT", (B,))
    )
    genes = annotate(["king", "queen", "the", "it"], [source])
    assert [gene.id for gene in genes] == [""] * 4
    assert [gene.description for gene in genes] == ["", "she", "", ""]


def test_a_column_of_symbols_joins_any_labels() -> None:
    source = _source(Annotation("", (A,), "GNA", "a name"))
    genes = annotate(["probe one", "probe two"], [source], {"symbol": ["GNA", ""]})
    assert [(gene.id, gene.symbol, gene.name) for gene in genes] == [
        (A, "GNA", "a name"),
        ("", "", ""),
    ]


def test_a_table_of_symbols_follows_one_of_ids() -> None:
    ids = _source(Annotation("", (A,), "GNA"), Annotation("", (B,), "GNB"))
    symbols = _source(
        Annotation("GNA", (), "GNA", description="said"), Annotation("", (C,), "GNB", "of C")
    )
    genes = annotate([A, B], [ids, symbols])
    assert genes[0].description == "said"
    # The same symbol under another ID is another gene.
    assert genes[1].name == ""


def test_columns_of_lists_and_of_wrong_length() -> None:
    (gene,) = annotate(["x"], [], {"aliases": ["a1|b1|a1"], "id": [A]})
    assert gene == Gene(0, "x", A, aliases=("a1", "b1"))
    with pytest.raises(ValueError, match="name has 1 values for 2"):
        annotate(["x", "y"], [], {"name": ["z"]})


def test_without_any_source() -> None:
    assert list(annotate([f"{A}.1", "king"], [])) == [Gene(0, f"{A}.1", A), Gene(1, "king")]
    assert list(annotate([], [])) == []


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        ([A, f"{B}.3", "ENSMUSG00000000001", "tag"], "ensembl"),
        (["HBA1", "TP53", "C1orf112", "HLA-A", "RP11-34P13.7"], "symbol"),
        (["Hba-a1", "Trp53", "Cd79b", "Actb", "Il2"], "symbol"),
        (["king", "queen", "Paris", "USA", "CD4", "I"], "word"),
        ([], "word"),
    ],
)
def test_label_kind(labels: list[str], kind: str) -> None:
    assert label_kind(labels) == kind
    assert label_kind(labels * 5000) == kind


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("ENSG00000182378.15", "ENSG00000182378"),
        (" ensg00000182378 ", "ENSG00000182378"),
        ("ENSG00000182378.15_PAR_Y", "ENSG00000182378_PAR_Y"),
        ("ENSGR0000182378.2", "ENSG00000182378_PAR_Y"),
        ("ENSMUSG00000000001", "ENSMUSG00000000001"),
        ("ENST00000182378", ""),
        ("ENSG0000018237", ""),
        ("HBA1", ""),
    ],
)
def test_ensembl_ids(text: str, known: str) -> None:
    assert ensembl_id(text) == known


def test_only_genes_have_links() -> None:
    gene = Gene(0, "x", "ENSG00000182378_PAR_Y", entrez="55344")
    assert atlas_url(gene) == "https://www.proteinatlas.org/ENSG00000182378"
    assert ensembl_url(gene) == "https://www.ensembl.org/id/ENSG00000182378"
    assert ncbi_url(gene) == "https://www.ncbi.nlm.nih.gov/gene/55344"
    mouse = Gene(0, "x", "ENSMUSG00000000001")
    assert atlas_url(mouse) is None and ensembl_url(mouse)
    word = Gene(0, "king", entrez="../evil")
    assert atlas_url(word) is ensembl_url(word) is ncbi_url(word) is None


@pytest.mark.real_data
def test_the_real_table_on_the_real_space(real_genes: list[Gene]) -> None:
    assert len(real_genes) == 20_829
    assert sum(not gene.symbol for gene in real_genes) == 87
    by_symbol = {gene.symbol: gene for gene in real_genes}
    hba1 = by_symbol["HBA1"]
    assert hba1.label == hba1.id == "ENSG00000206172"
    assert (hba1.name, hba1.type) == ("hemoglobin subunit alpha 1", "protein-coding")
    assert (hba1.chromosome, hba1.hgnc, hba1.entrez) == ("16", "HGNC:4823", "3039")
    assert by_symbol["WSCD1"].id == "ENSG00000179314"
    assert "LOC339166" in by_symbol["WSCD1"].aliases and "LOC339166" not in by_symbol
    types = Counter(gene.type for gene in real_genes)
    assert types["protein-coding"] == 18_699 and types[""] == 87


@pytest.mark.real_data
def test_the_ambiguous_aliases_of_the_real_space(
    real_genes: list[Gene], real_labels: list[str]
) -> None:
    meant: dict[str, set[int]] = defaultdict(set)
    for gene in real_genes:
        for alias in gene.aliases:
            meant[alias].add(gene.row)
        # An alias from a second entry of the ID that is the gene's own symbol is no alias of it.
        if gene.symbol == "ST7":
            meant["ST7"].add(gene.row)
    assert sum(len(rows) > 1 for rows in meant.values()) == 2_420
    assert len(meant["ACT"]) == 7
    assert len(real_labels) == len(real_genes)


@pytest.mark.real_data
def test_the_real_descriptions(real_data: Path, real_labels: list[str]) -> None:
    file = real_data / "seed_layout" / "geneformer" / "gene_descriptions.json"
    raw = json.loads(file.read_text(encoding="utf-8"))
    source = read_annotations(file)
    empty = sum(value is None for value in raw.values()), sum(value == "" for value in raw.values())
    assert empty == (3_196, 16)
    assert sum(not entry.description for entry in source.entries) == sum(empty)
    assert not any("[Source" in entry.description for entry in source.entries)
    genes = annotate(real_labels, [source])
    assert sum(not gene.description for gene in genes) == 1_716


@pytest.mark.real_data
def test_a_real_space_of_symbols(real_data: Path, ncbi: Annotations) -> None:
    lines = (real_data / "formats" / "genevector_tica.vec").read_text().splitlines()[1:]
    labels = [line.split(" ", 1)[0] for line in lines]
    notes: list[str] = []
    genes = annotate(labels, [ncbi], notes=notes)
    assert label_kind(labels) == "symbol"
    named = {gene.label: gene for gene in genes}
    assert named["CD38"].id == "ENSG00000004468"
    assert named["NGFRAP1"].symbol == "BEX3" and "NGFRAP1" in named["NGFRAP1"].aliases
    assert any("NGFRAP1 → BEX3" in note for note in notes)
    assert sum(bool(gene.symbol) for gene in genes) > 0.8 * len(genes)
