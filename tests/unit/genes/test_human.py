"""The table of human genes in the box, and what counts as a gene without a space."""

from __future__ import annotations

import gzip
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from gene_tui import paths
from gene_tui.errors import FileError
from gene_tui.genes.human import ASSET, COLUMNS, HumanGenes, human_genes
from gene_tui.genes.known import known

ROOT = Path(__file__).parents[3]

HGNC = (
    "HGNC ID\tApproved symbol\tApproved name\tStatus\tAlias symbols\t"
    "NCBI Gene ID(supplied by NCBI)\tPrevious symbols\tEnsembl gene ID\tLocus type\t"
    "UniProt ID(supplied by UniProt)\n"
    "HGNC:1\tAAA1\tgene one\tApproved\tONE, UNO\t11\tOLD1\tENSG00000000001\t"
    "gene with protein product\tP00001, Q00002\n"
    "HGNC:2\tAAA2~withdrawn\tgene two\tSymbol Withdrawn\t\t\t\t\t\t\n"
    "HGNC:3\tAAA3\tgene three\tApproved\tTWO\t13\t\tENSG00000000003\tRNA, long non-coding\tQ00002\n"
    "HGNC:4\tAAA4\tgene four\tEntry Withdrawn\t\t\t\t\t\t\n"
)
NCBI = (
    "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tchromosome\tmap_location\tdescription\t"
    "type_of_gene\tSymbol_from_nomenclature_authority\tFull_name_from_nomenclature_authority\t"
    "Nomenclature_status\tOther_designations\tModification_date\tFeature_type\n"
    "9606\t11\tMINE1\t-\t-\tHGNC:HGNC:1|Ensembl:ENSG00000000099\t7\t-\tone\tprotein-coding\tAAA1\t"
    "gene one\tO\t-\t20180403\t-\n"
    "9606\t21\tLOC21\t-\t-\tEnsembl:ENSG00000000021\t8\t-\tlocus\tncRNA\t-\t-\t-\t-\t20180403\t-\n"
    "9606\t22\tLOC22\t-\t-\t-\t8\t-\tno Ensembl ID\tncRNA\t-\t-\t-\t-\t20180403\t-\n"
    "63221\t31\tAAA9\t-\t-\tEnsembl:ENSG00000000031\tMT\t-\tno man\tncRNA"
    "\t-\t-\t-\t-\t20180403\t-\n"
)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A table made by the script from two small sources."""
    (tmp_path / "hgnc.tsv").write_text(HGNC)
    (tmp_path / "ncbi.tsv").write_text(NCBI)
    script = runpy.run_path(str(ROOT / "assets" / "make_human_genes.py"))
    sources = [str(tmp_path / "hgnc.tsv"), str(tmp_path / "ncbi.tsv")]
    assert script["main"]([*sources, str(tmp_path / "made.tsv.gz")]) == 0
    return tmp_path / "made.tsv.gz"


def test_approved_genes_and_what_hgnc_lacks_are_in_the_table(made: Path) -> None:
    lines = gzip.decompress(made.read_bytes()).decode().splitlines()
    assert lines == [
        "\t".join(COLUMNS),
        "AAA1\tENSG00000000001|ENSG00000000099\tgene one\tprotein-coding\t7\tOLD1\tONE|UNO"
        "\t1\t11\tMINE1\tP00001|Q00002",
        "AAA3\tENSG00000000003\tgene three\tncRNA\t\t\tTWO\t3\t13\t\tQ00002",
        "LOC21\tENSG00000000021\tlocus\tncRNA\t8\t\t\t\t21\t\t",
        "LOC22\t\tno Ensembl ID\tncRNA\t8\t\t\t\t22\t\t",
    ]


def test_genes_are_found_by_official_symbols_and_ids(made: Path) -> None:
    genes = HumanGenes(made)
    assert len(genes) == 4
    for name in ("AAA1", "aaa1", "MINE1"):
        found = genes.official(name)
        assert found is not None and found.symbol == "AAA1", name
    for name in ("ENSG00000000099.4", "HGNC:1", "hgnc:1", "11", "P00001"):
        found = genes.of_id(name)
        assert found is not None and found.symbol == "AAA1", name
    assert [gene.symbol for gene in genes.of_accession("Q00002")] == ["AAA1", "AAA3"]
    assert genes.of_id("Q00002") is None and genes.of_accession("P99999") == []
    for name in ("ONE", "OLD1", "AAA2", "AAA4", "AAA9"):
        assert genes.official(name) is None, name
    assert genes.is_symbol("OLD1") and not genes.is_symbol("old1")
    assert genes.is_entrez("11") and not genes.is_entrez("3")


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"symbol\tids\nTP53\tENSG1\n"))
    with pytest.raises(FileError, match=r"cut\.gz"):
        len(HumanGenes(tmp_path / "cut.gz"))


def test_the_table_in_the_box_is_what_the_script_makes(real_data: Path, tmp_path: Path) -> None:
    """Byte by byte, so that anyone can renew it."""
    tables = real_data / "annotations"
    sources = [str(tables / "hgnc_2024-07.tsv.gz"), str(tables / "Homo_sapiens.gene_info.gz")]
    script = runpy.run_path(str(ROOT / "assets" / "make_human_genes.py"))
    assert script["main"]([*sources, str(tmp_path / ASSET)]) == 0
    shipped = paths.asset(ASSET)
    assert (tmp_path / ASSET).read_bytes() == shipped.read_bytes()
    assert shipped.stat().st_size < 2_000_000


@pytest.mark.parametrize(
    "name",
    [
        "TP53", "HLA-A", "MT-CO1", "SEPT1", "FAM46A", "ENSG00000141510", "ENSG00000141510.17",
        "ENSMUSG00000059552", "HGNC:11998", "Tp53", "Gm12345", "0610009B22Rik",
    ],
)  # fmt: skip
def test_genes_are_known(name: str) -> None:
    assert known([name]) == [True]


@pytest.mark.parametrize(
    "name",
    ["", "0", "17", "liver", "dim_0", "PC1", "factor_3", "Cell_12", "the", "AAACCTGAGAAACCAT"],
)
def test_what_is_no_gene_is_not_known(name: str) -> None:
    assert known([name]) == [False]


def test_start_up_reads_no_gene_table() -> None:
    code = (
        "import gene_tui, gene_tui.cli, sys; "
        "assert not any(name.startswith('gene_tui.genes.human') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_box_holds_the_genes_people_ask_for() -> None:
    genes = human_genes()
    for symbol in ("TP53", "MYC", "TAP2", "KLF14", "MT-ND1", "SEPTIN1"):
        found = genes.official(symbol)
        assert found is not None and found.symbol == symbol
        assert found.ids and found.name and found.entrez


def test_what_is_warm_is_not_read_again(tmp_path: Path) -> None:
    file = tmp_path / ASSET
    file.write_bytes(paths.asset(ASSET).read_bytes())
    human = HumanGenes(file)
    human.warm_up()
    read = set(vars(human))
    file.unlink()
    found = human.official("hba1")
    assert found is not None and human.is_symbol("HBA1") and human.is_entrez(found.entrez)
    assert human.of_id(found.ids[0]) == found and human.of_accession(found.uniprot[0])
    assert set(vars(human)) == read
