"""What labels are read as: plain IDs and symbols, numbers, and genes inside longer labels."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gene_tui.genes.annotations import annotate
from gene_tui.genes.human import human_genes
from gene_tui.genes.labels import read_labels

#: symbol, Ensembl ID, NCBI number, HGNC ID
GENES = [
    ("TP53", "ENSG00000141510", "7157", "HGNC:11998"),
    ("EGFR", "ENSG00000146648", "1956", "HGNC:3236"),
    ("BRCA1", "ENSG00000012048", "672", "HGNC:1100"),
    ("HLA-A", "ENSG00000206503", "3105", "HGNC:4931"),
    ("NKX2-1", "ENSG00000136352", "7080", "HGNC:11825"),
    ("PTEN", "ENSG00000171862", "5728", "HGNC:9588"),
    ("HBB", "ENSG00000244734", "3043", "HGNC:4827"),
    ("C1orf112", "ENSG00000000460", "55732", "HGNC:25565"),
    ("GAPDH", "ENSG00000111640", "2597", "HGNC:4141"),
    ("MYC", "ENSG00000136997", "4609", "HGNC:7553"),
]


@pytest.mark.parametrize(
    "form",
    [
        "{0}",
        "{1}",
        "{1}.17",
        "{2}",
        "{2}.0",
        "{3}",
        "{1}|{0}",
        "{0}|{1}",
        "{1}.5|{0}|chr17",
        "{0}|{2}",
        "{0} ({2})",
        "{0} ({1})",
        "{1} ({0})",
        "GRCh38_{0}",
        "GRCh38______{1}",
        "hg38_{0}",
        "gene:{1}",
        "gene-{0}",
        "gene_id {1}",
        "{0};{1}",
        "{0}/{2}",
        "{1}_{0}",
        "{0}_{1}",
        "{0}:{2}",
        "ENST0000000000{#}|{1}.4|-|-|{0}-201|{0}|",
        "gene|{0}",
        "{0}, {1}",
        "9606.{1}",
    ],
)
def test_every_form_finds_its_genes(form: str) -> None:
    labels = [form.replace("{#}", str(n)).format(*gene) for n, gene in enumerate(GENES)]
    read = read_labels(labels, {})
    assert read.species == "human"
    genes = annotate(
        labels, [human_genes().annotations], read.columns, kind=read.kind, human=human_genes()
    )
    assert [gene.label for gene in genes] == labels
    assert [gene.hgnc for gene in genes] == [gene[3] for gene in GENES]
    plain = form in ("{0}", "{1}", "{1}.17")
    assert bool(read.note) is not plain


def test_rows_without_a_symbol_keep_their_number() -> None:
    labels = [f"{symbol}|{entrez}" for symbol, _, entrez, _ in GENES] + ["?|100130426"]
    read = read_labels(labels, {})
    assert read.columns["symbol"][-1] == "" and read.columns["entrez"][-1] == "100130426"


@pytest.mark.parametrize(
    "make",
    [
        lambda n: n,
        lambda n: n + 1,
        lambda n: 1000 + 37 * n,
        lambda n: 3630 + 0 * n,
        lambda n: 7157 + n,
    ],
)
def test_numbers_of_something_else_are_not_ncbis(make: Callable[[int], int]) -> None:
    for form in ("{0}|{1}", "{1},{0}", "{1}_{0}"):
        labels = [form.format(gene[0], make(row)) for row, gene in enumerate(GENES)]
        read = read_labels(labels, {})
        assert "entrez" not in read.columns and "NCBI" not in read.note
        assert read.columns["symbol"] == [gene[0] for gene in GENES]


@pytest.mark.parametrize(
    ("labels", "species"),
    [
        (["Tp53", "Egfr", "Actb", "Gapdh", "Gm12345", "0610009B22Rik"], "mouse"),
        (["Hba1", "Cd4", "Il2", "Sox2", "C3", "F2", "Nkx2-1"], "mouse"),
        (["ENSMUSG00000059552", "ENSMUSG00000020122"], "mouse"),
        (["ENSDARG00000035559", "ENSDARG00000013847"], "other"),
        (["mm10_Tp53", "mm10_Egfr", "mm10_Actb", "mm10_Gapdh", "mm10_Sox2"], "mouse"),
    ],
)
def test_other_species_are_no_humans(labels: list[str], species: str) -> None:
    read = read_labels(labels, {})
    assert read.species == species


@pytest.mark.parametrize(
    "make",
    [
        lambda n: str(n),
        lambda n: str(n + 1),
        lambda n: f"cell_{n}",
        lambda n: f"P{n:05d}_HUMAN",
        lambda n: f"word{n}",
        lambda n: f"AAAC{n:04d}-1",
    ],
    ids=["row numbers", "from one", "cells", "UniProt entry names", "words", "barcodes"],
)
def test_what_is_no_gene_is_read_as_none(make: Callable[[int], str]) -> None:
    read = read_labels([make(n) for n in range(200)], {})
    assert read.species == "" and not read.columns and not read.note


def test_words_read_no_table_of_genes(monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> None:
        raise AssertionError("the human gene table was read for words")

    monkeypatch.setattr("gene_tui.genes.labels.human_genes", read)
    words = [
        "the",
        "of",
        "king",
        "New_York",
        "Los_Angeles",
        "iPod",
        "in",
        "10",
        "##",
        "U.S.",
        "CEO",
    ]
    assert read_labels(words * 5, {}).kind == "word"


def test_numbers_that_an_annotation_file_knows_are_its_genes() -> None:
    mice = ["22059", "13649", "12189", "11461", "14433", "17869"]
    assert read_labels(mice, {}).columns == {}
    read = read_labels(mice, {}, {*mice, "99999"})
    assert (read.species, read.columns) == ("other", {"entrez": mice})
    assert "NCBI gene numbers" in read.note


def test_accessions_of_uniprot_mean_the_genes_that_make_the_proteins() -> None:
    labels = ["P04637", "P69905", "P68871", "P01116", "A0A0B4J2F0", "Q9Y6K9"]
    read = read_labels(labels, {})
    assert (read.kind, read.species) == ("symbol", "human")
    genes = [human_genes().of_id(hgnc) for hgnc in read.columns["hgnc"]]
    assert [gene.symbol if gene else "" for gene in genes[:4]] == ["TP53", "HBA1", "HBB", "KRAS"]
    assert "read as UniProt accessions" in read.note
    assert "goes by the first of them alone (1 of these, such as P69905: HBA1, HBA2)" in read.note
    assert read_labels([f"P{n:05d}" for n in range(90_000, 90_200)], {}).species == ""
