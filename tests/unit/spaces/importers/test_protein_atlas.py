"""The Human Protein Atlas's long download tables."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from gene_tui.errors import FileError
from gene_tui.spaces.expression import embed
from gene_tui.spaces.importers import open_source
from gene_tui.spaces.importers.protein_atlas import read_tables
from tests.cli import run

GENES = {
    "ENSG00000206172": "HBA1",
    "ENSG00000188536": "HBA2",
    "ENSG00000244734": "HBB",
    "ENSG00000254647": "INS",
    "ENSG00000115263": "GCG",
    "ENSG00000163631": "ALB",
    "ENSG00000111640": "GAPDH",
}
TABLES = {
    "rna_tissue_consensus": ("Tissue", ["bone marrow", "pancreas", "liver", "spleen"], ()),
    "rna_immune_cell": ("Immune cell", ["NK-cell", "T-reg", "total PBMC"], ("TPM", "pTPM")),
    "rna_celline": ("Cell line", ["HEL", "Hep G2", "K-562", "HeLa"], ("TPM", "pTPM")),
}


def values(name: str) -> Mapping[tuple[str, str], float]:
    """A value for each gene and sample of a table."""
    rng = np.random.default_rng(len(name))
    samples = TABLES[name][1]
    return {
        (gene, sample): round(float(rng.exponential(20)), 1) for gene in GENES for sample in samples
    }


def lines(name: str, unit: str = "nTPM") -> list[str]:
    title, _, others = TABLES[name]
    rows = ["\t".join(["Gene", "Gene name", title, *others, unit])]
    for (gene, sample), value in values(name).items():
        rows.append("\t".join([gene, GENES[gene], sample, *("9.9" for _ in others), str(value)]))
    return rows


def write_tables(folder: Path, unit: str = "nTPM", packed: bool = True) -> Path:
    """The three tables, as the atlas packs them."""
    folder.mkdir(exist_ok=True)
    for name in TABLES:
        text = "\n".join(lines(name, unit)) + "\n"
        if packed:
            with zipfile.ZipFile(folder / f"{name}.tsv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(f"{name}.tsv", text)
        else:
            (folder / f"{name}.tsv").write_text(text)
    return folder


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("unit", ["nTPM", "NX"])
def test_the_tables_are_read_as_they_say(tmp_path: Path, packed: bool, unit: str) -> None:
    read = read_tables(write_tables(tmp_path, unit, packed))
    assert [table.kind for table in read] == ["tissue", "blood", "cell line"]
    for table, name in zip(read, TABLES, strict=True):
        assert list(table.genes) == list(GENES) and list(table.samples) == TABLES[name][1]
        expected = values(name)
        for gene, row in zip(table.genes, table.values, strict=True):
            assert row.tolist() == [expected[gene, sample] for sample in table.samples]


def test_a_folder_of_them_is_a_source(tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "atlas")
    source = open_source(folder)
    (block,) = source.blocks
    assert source.format == "protein-atlas" and source.dims == block.vectors.shape[1]
    expected = embed(read_tables(folder))
    assert list(block.labels) == expected.genes == sorted(GENES)
    np.testing.assert_array_equal(block.vectors, expected.vectors.astype(np.float32))
    table = open_source(folder / "rna_celline.tsv.zip")
    assert (table.format, table.rows) == ("protein-atlas", len(GENES))


def test_import_names_the_genes_and_says_whose_data_it_is(tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "tables")
    done = run("import", str(folder), "--name", "newer", "--no-derive")
    assert done.code == 0, done.err
    assert "Human Protein Atlas" in done.err and "Uhlén" in done.err and "licence" in done.err
    asked = run("query", "HBA1", "--space", "newer", "--format", "csv")
    assert asked.code == 0 and "HBA2" in asked.out


def test_a_gene_that_one_table_lacks_was_not_measured_there(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, packed=False)
    file = folder / "rna_immune_cell.tsv"
    file.write_text("\n".join(line for line in lines("rna_immune_cell") if "GCG" not in line))
    assert len(read_tables(folder)[1].genes) == len(GENES) - 1
    assert embed(read_tables(folder)).genes == sorted(GENES)


def test_a_gene_that_is_expressed_nowhere_is_dropped_and_said(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, packed=False)
    for name in TABLES:
        _, samples, others = TABLES[name]
        silent = [
            "\t".join(["ENSG00000000005", "TNMD", sample, *("0" for _ in others), "0"])
            for sample in samples
        ]
        with (folder / f"{name}.tsv").open("a") as handle:
            handle.write("\n".join(silent) + "\n")
    source = open_source(folder)
    assert source.rows == len(GENES)
    assert source.dropped == [("not expressed in any sample", "ENSG00000000005")]


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("rna_celline", lambda rows: rows[1:], "line 1: not Gene"),
        ("rna_celline", lambda rows: [row.replace("nTPM", "TPMs") for row in rows], "line 1"),
        ("rna_immune_cell", lambda rows: [*rows, rows[-1]], "a gene twice in one sample"),
        ("rna_immune_cell", lambda rows: [*rows, "ENSG1\tX"], "has 2 columns, not 6"),
        ("rna_tissue_consensus", lambda rows: [*rows, "G\tg\tliver\tmuch"], "no expression value"),
        ("rna_tissue_consensus", lambda rows: [*rows, "G\tg\tliver\t-1"], "no expression value"),
        ("rna_tissue_consensus", lambda rows: rows[:1], "it holds 0 genes"),
    ],
)
def test_what_is_laid_out_otherwise_is_refused(
    tmp_path: Path, name: str, change: object, told: str
) -> None:
    folder = write_tables(tmp_path, packed=False)
    assert callable(change)
    (folder / f"{name}.tsv").write_text("\n".join(change(lines(name))) + "\n")
    with pytest.raises(FileError, match=told) as caught:
        read_tables(folder)
    assert name in caught.value.message


def test_a_table_alone_says_what_is_missing(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, packed=False)
    (folder / "rna_celline.tsv").unlink()
    with pytest.raises(FileError, match="the table of cell lines is missing"):
        open_source(folder)
