"""Which cells of a table are vectors: each kind of table that was once misread, in all formats."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gene_tui.errors import UsageError
from gene_tui.spaces.importers.reading import ByHand

from .sources import numbers, refused, whole

GENES = "TP53 BRCA1 EGFR MYC KRAS PTEN HBA1 HBB ACTA2 NKX2-1 HLA-A HLA-B".split()  # noqa: SIM905
TISSUES = ["liver", "brain", "heart", "lung", "skin", "blood"]
N, D = len(GENES), 6


def plain(titles: list[str] | None = None, index: str = "gene") -> pd.DataFrame:
    titles = titles or [f"dim_{i}" for i in range(D)]
    return pd.DataFrame(numbers(N, D), index=pd.Index(GENES, name=index), columns=titles)


def as_csv(table: pd.DataFrame, path: Path) -> Path:
    table.to_csv(path.with_suffix(".csv"))
    return path.with_suffix(".csv")


def as_tsv(table: pd.DataFrame, path: Path) -> Path:
    table.to_csv(path.with_suffix(".tsv.gz"), sep="\t")
    return path.with_suffix("").with_name(path.stem + ".tsv.gz")


def as_parquet(table: pd.DataFrame, path: Path) -> Path:
    table.to_parquet(path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def as_records(table: pd.DataFrame, path: Path) -> Path:
    table.reset_index().to_json(path.with_suffix(".json"), orient="records", double_precision=12)
    return path.with_suffix(".json")


def as_lines(table: pd.DataFrame, path: Path) -> Path:
    path = path.with_suffix(".jsonl")
    table.reset_index().to_json(path, orient="records", lines=True, double_precision=12)
    return path


FORMATS = {
    "csv": as_csv,
    "tsv": as_tsv,
    "parquet": as_parquet,
    "json": as_records,
    "jsonl": as_lines,
}
Save = Callable[[pd.DataFrame, Path], Path]


@pytest.fixture(params=FORMATS)
def save(request: pytest.FixtureRequest) -> Save:
    return FORMATS[request.param]


def same(read: Any, table: pd.DataFrame | None = None) -> None:
    table = plain() if table is None else table
    assert read.labels == table.index.tolist()
    np.testing.assert_allclose(read.vectors, table.to_numpy(dtype=float), rtol=1e-5, atol=1e-7)
    assert "warning" not in read.notes


EXTRA = {
    "n_cells": (range(100, 100 + N), "left out: n_cells"),
    "start": (range(7_000_000, 7_000_000 + N), "left out: start"),
    "cluster": ([1, 2, 3] * 4, "left out: cluster"),
    "means": (np.linspace(0.1, 2.3, N), "left out: means"),
    "Gene end (bp)": (range(900, 900 + N), "left out: Gene end (bp)"),
    "entrezgene_id": ([7157.0, *range(1, N)], "entrez from `entrezgene_id`"),
    "gene_biotype": (["protein_coding"] * N, "type from `gene_biotype`"),
    "chromosome": ([17] * N, "chromosome from `chromosome`"),
    "colour": (["red"] * N, "left out: colour"),
}


@pytest.mark.parametrize("title", EXTRA)
@pytest.mark.parametrize("place", [0, 3, D])
def test_a_column_beside_the_dimensions(save: Save, tmp_path: Path, title: str, place: int) -> None:
    table = plain()
    values, said = EXTRA[title]
    table.insert(place, title, list(values))
    read = whole(save(table, tmp_path / "x"))
    same(read)
    assert said in read.notes
    assert "6 columns `dim_0 … dim_5`; labels from `gene`" in read.notes


@pytest.mark.parametrize(
    "title", ["n_cells", "start", "entrezgene_id", "Strand", "percentage_gene_gc_content"]
)
def test_a_column_beside_named_dimensions(save: Save, tmp_path: Path, title: str) -> None:
    table = plain(TISSUES)
    table.insert(2, title, range(5, 5 + N))
    read = whole(save(table, tmp_path / "x"))
    same(read, plain(TISSUES))
    assert title in read.notes


def test_numbers_of_no_known_title_are_named(save: Save, tmp_path: Path) -> None:
    table = plain()
    table["height"] = np.linspace(1, 2, N)
    read = whole(save(table, tmp_path / "x"))
    np.testing.assert_allclose(read.vectors, plain().to_numpy(), rtol=1e-5, atol=1e-7)
    assert (
        "warning: numbers that do not count with the dimensions were left out: height" in read.notes
    )


def test_too_many_of_them_are_a_doubt(save: Save, tmp_path: Path) -> None:
    table = plain()
    for title in ("height", "weight", "age", "score"):
        table[title] = np.linspace(1, 2, N)
    path = save(table, tmp_path / "x")
    assert "--dims" in refused(path, "are `dim_0 … dim_5` the dimensions").hint
    same(whole(path, hand=ByHand(dims="dim_*")))
    assert whole(path, hand=ByHand(dims="[!d]*")).source.dims == 4
    with pytest.raises(UsageError, match="no title of numbers fits"):
        whole(path, hand=ByHand(dims="nothing*"))


def test_two_ways_of_counting_are_a_doubt(save: Save, tmp_path: Path) -> None:
    table = plain()
    for i in range(4):
        table[f"PC{i + 1}"] = numbers(N, 4)[:, i]
    path = save(table, tmp_path / "x")
    refused(path, "the dimensions, or the numbers beside them")
    same(whole(path, hand=ByHand(dims="dim_?")))


def test_dimensions_in_another_order_are_put_in_theirs(save: Save, tmp_path: Path) -> None:
    table = plain()[["dim_3", "dim_0", "dim_5", "dim_1", "dim_2", "dim_4"]]
    read = whole(save(table, tmp_path / "x"))
    same(read)
    assert "put in the order of their numbers" in read.notes


def test_a_gap_among_the_dimensions_is_said(save: Save, tmp_path: Path) -> None:
    read = whole(save(plain().drop(columns="dim_3"), tmp_path / "x"))
    assert read.source.dims == 5
    assert "warning: the dimensions' titles do not count through: dim_3 missing" in read.notes


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("corner", ["Protein", "TF", "", "gene symbol", "#", "node_id", "my title"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_first_row_that_counts_is_a_header(
    tmp_path: Path, first: int, corner: str, order: int
) -> None:
    table = plain([str(i) for i in range(first, first + D)], corner)
    read = whole(as_csv(table.iloc[:, ::order], tmp_path / "x"))
    same(read, table)


def test_a_row_of_whole_numbers_that_counts_may_be_either(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("A,0,1,2\nB,3,4,5\nC,1,1,1\n")
    refused(path, "may be titles or a row")
    path.write_text("gene,0,1,2\nB,3,4,5\nC,1,1,1\n")
    assert whole(path).labels == ["B", "C"]


def test_whole_numbers_may_be_vectors(save: Save, tmp_path: Path) -> None:
    table = pd.DataFrame(
        np.arange(N * D).reshape(N, D) * 5 % 7,
        index=pd.Index(GENES, name="gene"),
        columns=[f"dim_{i}" for i in range(D)],
    )
    same(whole(save(table, tmp_path / "x")), table)
    if save in (as_csv, as_tsv):
        path = tmp_path / "bare.csv"
        table.to_csv(path, header=False)
        same(whole(path), table)


ROWS = {
    "counted": [f"dim_{i}" for i in range(D)],
    "unordered": [f"topic_{i}" for i in (3, 1, 0, 5, 2, 4)],
    "numbers": [str(i) for i in range(D)],
    "tissues": TISSUES,
    "factors": ["factor one", "factor two", "f 3", "f4", "five", "f6"],
}


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("corner", ["tissue", "index", "gene", "Unnamed: 0"])
def test_genes_in_columns(save: Save, tmp_path: Path, rows: str, corner: str) -> None:
    table = plain().T
    table.index = pd.Index(ROWS[rows], name=corner)
    read = whole(save(table, tmp_path / "x"))
    expected = plain()
    if rows == "unordered":
        expected = expected.iloc[:, [2, 1, 4, 0, 5, 3]]
    same(read, expected)
    assert "columns are genes; 6 rows" in read.notes


def test_annotations_beside_genes_in_columns(tmp_path: Path) -> None:
    table = plain().T.astype(object)
    table.loc["chromosome"] = ["17"] * N
    table.loc["n_cells"] = range(100, 100 + N)
    table.loc["biotype"] = ["protein_coding"] * N
    read = whole(as_csv(table, tmp_path / "x"))
    same(read)
    assert "left out: row chromosome, row n_cells; type from row `biotype`" in read.notes
    assert read.columns == {"type": ["protein_coding"] * N}
    table.loc["dim_3"] = ["1,234.5"] * N
    refused(as_csv(table, tmp_path / "x"), "row 'dim_3' is not numbers")


def test_symbols_beside_ids_in_columns(tmp_path: Path) -> None:
    table = plain().T.astype(object)
    ids = [f"ENSG{i:011}" for i in range(7, 7 + N)]
    table.columns = ids
    for title in ("gene_name", "anything"):
        named = pd.concat([pd.DataFrame([GENES], index=[title], columns=ids), table])
        read = whole(as_csv(named, tmp_path / "x"))
        assert (read.labels, read.columns) == (ids, {"symbol": GENES})
        assert f"symbol from row `{title}`" in read.notes


def test_a_row_of_counts_above_the_titles_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("n_cells," + ",".join(map(str, range(40, 40 + N))) + "\n" + plain().T.to_csv())
    refused(path, "is not a number")


def test_gene_numbers_as_titles(tmp_path: Path) -> None:
    table = plain().T
    table.columns = [
        "7157",
        "672",
        "1956",
        "4609",
        "3845",
        "5728",
        "3039",
        "3043",
        "59",
        "7080",
        "3105",
        "3106",
    ]
    read = whole(as_csv(table, tmp_path / "x"))
    assert read.labels[:2] == ["7157", "672"]
    assert read.source.dims == D


def test_which_side_the_genes_are_on_may_be_a_doubt(save: Save, tmp_path: Path) -> None:
    table = plain(["JUN", "FOS", "SOX2", "GATA1", "GATA2", "GATA3"])
    path = save(table, tmp_path / "x")
    assert "--genes-in" in refused(path, "a gene a row or a gene a column").hint
    same(whole(path, hand=ByHand(genes_in="rows")), table)
    same(whole(path, hand=ByHand(genes_in="columns")), table.T)


def test_the_side_is_said_by_hand(save: Save, tmp_path: Path) -> None:
    table = plain(TISSUES)
    path = save(table, tmp_path / "x")
    same(whole(path), table)
    same(whole(path, hand=ByHand(genes_in="columns")), table.T)


def test_genes_by_genes(save: Save, tmp_path: Path) -> None:
    table = pd.DataFrame(numbers(N, N), index=pd.Index(GENES, name="gene"), columns=GENES)
    same(whole(save(table, tmp_path / "x")), table)


def test_a_symbol_beside_other_names(save: Save, tmp_path: Path) -> None:
    table = plain()
    table.insert(0, "prey", GENES)
    table.index = pd.Index([f"APMS_{i}" for i in range(1, N + 1)], name="bait")
    path = save(table, tmp_path / "x")
    read = whole(path)
    assert read.labels[0] == "APMS_1"
    assert read.columns == {"symbol": GENES}
    same(whole(path, hand=ByHand(labels_from="prey")))
    same(whole(path, hand=ByHand(labels_from="2")))
    with pytest.raises(UsageError, match="no column is called 'gene'"):
        whole(path, hand=ByHand(labels_from="gene"))


def test_two_columns_of_names_without_titles(tmp_path: Path) -> None:
    table = plain()
    table.insert(0, "prey", GENES)
    table.index = pd.Index([f"APMS_{i}" for i in range(1, N + 1)])
    table.to_csv(tmp_path / "x.csv", header=False)
    read = whole(tmp_path / "x.csv")
    assert (read.labels[1], read.columns) == ("APMS_2", {"symbol": GENES})
    same(whole(tmp_path / "x.csv", hand=ByHand(labels_from="2")))


def test_ids_name_the_rows_wherever_they_stand(save: Save, tmp_path: Path) -> None:
    table = plain(index="hgnc_symbol")
    table["gene_id"] = [f"ENSG{i:011}" for i in range(7, 7 + N)]
    table.insert(0, "type", "protein_coding")
    read = whole(save(table, tmp_path / "x"))
    assert read.labels == table["gene_id"].tolist()
    assert read.columns == {"symbol": GENES, "type": ["protein_coding"] * N}


@pytest.mark.parametrize("cell", ["1,234.5", "1 234,5", "12 %", "1'234.5"])
def test_numbers_written_for_people_are_named(tmp_path: Path, cell: str) -> None:
    table = plain().astype(object)
    table["dim_3"] = cell
    error = refused(as_csv(table, tmp_path / "x"), "column 'dim_3' is not numbers")
    assert "1234.5" in error.hint
    table.columns = TISSUES
    refused(as_csv(table, tmp_path / "x"), "column 'lung' is not numbers")


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_decimal_commas(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "x.csv"
    plain().to_csv(path, sep=delimiter, decimal=",")
    read = whole(path)
    same(read)
    assert "numbers have decimal commas" in read.notes
    text = 'g,a,b\nA,"1.234","5.678"\n'.replace(",", delimiter).replace(".", ",")
    path.write_text(text)
    refused(path, "thousands or have a decimal comma")


@pytest.mark.parametrize(
    "before",
    [
        "# made by a lab\n# 2024\n",
        "# b: 1 2 3\n",
        "#\n\n# two, with commas\n",
        "sep=,\n",
        '"sep=,"\n',
        "\n\n",
    ],
)
def test_lines_above_the_table(tmp_path: Path, before: str) -> None:
    for header in (True, False):
        path = as_csv(plain(), tmp_path / "x")
        text = plain().to_csv(header=header)
        path.write_text(before + text)
        same(whole(path), None)
        path.write_text(before.replace(",", "\t") + text.replace(",", "\t"))
        same(whole(path), None)


def test_a_header_that_begins_with_a_hash(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("# made by a lab\n#" + plain().to_csv(sep="\t"))
    read = whole(path)
    same(read)
    assert "6 columns `dim_0 … dim_5`" in read.notes


def test_a_row_named_with_a_hash_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    table = plain()
    table.index = ["#", "#hashtag", *GENES[2:]]
    table.to_csv(path, header=False)
    same(whole(path), table)


def test_gct(tmp_path: Path) -> None:
    table = plain(TISSUES, "Name")
    table.insert(0, "Description", [f"gene {i}" for i in range(N)])
    path = tmp_path / "x.gct"
    path.write_text(f"#1.2\n{N}\t{D}\n" + table.to_csv(sep="\t"))
    same(whole(path), plain(TISSUES))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("trailing", [False, True])
@pytest.mark.parametrize("quoting", [0, 1, 2])
def test_line_ends_marks_and_quotes(
    tmp_path: Path, end: str, bom: bytes, trailing: bool, quoting: int
) -> None:
    text = plain().to_csv(quoting=quoting)
    if trailing:
        text = text.replace("\n", ",\n")
    path = tmp_path / "x.csv"
    path.write_bytes(bom + text.replace("\n", end).encode() + end.encode() * 2)
    same(whole(path))
    path.write_bytes(gzip.compress(path.read_bytes()))
    same(whole(path))


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("titles", ["dim_{}", "{}", "umap{}", "t{}x"])
def test_small_tables(save: Save, tmp_path: Path, n: int, d: int, titles: str) -> None:
    table = plain().iloc[:n, :d]
    table.columns = [titles.format(i) for i in range(d)]
    same(whole(save(table, tmp_path / "x")), table)


def test_two_dimensions_of_one_name(tmp_path: Path) -> None:
    titles = ["dim_0", "dim_1", "dim_1", "dim_3", "dim_4", "dim_5"]
    refused(as_csv(plain(titles), tmp_path / "x"), "two dimensions are called")


def test_a_constant_column_is_a_dimension(save: Save, tmp_path: Path) -> None:
    table = plain()
    table["dim_2"] = 0.0
    same(whole(save(table, tmp_path / "x")), table)


def test_row_numbers_beside_names(save: Save, tmp_path: Path) -> None:
    table = plain().reset_index()
    read = whole(save(table.rename_axis("Unnamed: 0"), tmp_path / "x"))
    same(read)
    assert save is as_parquet or "left out: the row numbers" in read.notes


def test_options_have_no_use_for_other_formats(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(dict(zip(GENES, numbers(N, D).tolist(), strict=True))))
    for hand in (ByHand(labels_from="gene"), ByHand(genes_in="rows"), ByHand(dims="dim_*")):
        with pytest.raises(UsageError, match="has no meaning for a json source"):
            whole(path, hand=hand)


def test_labels_from_has_no_meaning_with_genes_in_columns(tmp_path: Path) -> None:
    path = as_csv(plain().T, tmp_path / "x")
    with pytest.raises(UsageError, match="--labels-from names a column"):
        whole(path, hand=ByHand(labels_from="gene", genes_in="columns"))


def test_beside_titles_that_are_numbers(tmp_path: Path) -> None:
    remarks = {"n_counts": 7, "cM Position": 0.25, "my own score": 1.5}
    for place in (0, D):
        table = plain([str(i) for i in range(D)])
        for title, remark in remarks.items():
            table.insert(place, title, [remark + i for i in range(N)])
        read = whole(as_csv(table, tmp_path / "x"))
        assert read.labels == GENES
        np.testing.assert_allclose(read.vectors, numbers(N, D), rtol=1e-6)
        assert "my own score" in read.notes


@pytest.mark.parametrize(
    "title", ["mean_expr", "Average Expression", "pct.1", "TPM", "Total", "norm", "pLI"]
)
def test_levels_and_totals_are_no_dimensions(save: Save, tmp_path: Path, title: str) -> None:
    table = plain(TISSUES)
    table[title] = numbers(N, 1, seed=1)[:, 0]
    read = whole(save(table, tmp_path / "x"))
    assert read.source.dims == D and f"left out: {title}" in read.notes


@pytest.mark.parametrize("title", ["var_explained", "donor_age", "S score", "treatment_dose"])
def test_columns_beside_genes_that_are_none(tmp_path: Path, title: str) -> None:
    table = plain().T
    table[title] = numbers(D, 1, seed=1)[:, 0]
    read = whole(as_csv(table, tmp_path / "x"))
    assert "columns are genes" in read.notes
    assert read.labels == GENES or f"not called so: {title}" in read.notes
    clones = plain().T.rename(columns={"HLA-A": "RP11-34P13.7", "HLA-B": "Y_RNA", "HBB": "snoU13"})
    assert "warning" not in whole(as_csv(clones, tmp_path / "x")).notes


def test_gene_numbers_written_as_fractions(tmp_path: Path) -> None:
    entrez = ["7157.0", "672.0", "1956.0", "4609.0", "3845.0", "5728.0"]
    table = pd.DataFrame(numbers(6, D), index=pd.Index(entrez, name="gene"))
    assert whole(as_csv(table, tmp_path / "x")).labels == entrez
    refused(as_csv(table.rename_axis("dose"), tmp_path / "x"), "no column holds names")


def test_uniprots_and_affymetrix_columns(save: Save, tmp_path: Path) -> None:
    for accessions, symbols in (("Entry", "Gene Names"), ("Probe Set ID", "Gene Symbol")):
        table = plain().reset_index(names=symbols)
        table[symbols] = [f"{gene} X{i}" if i % 2 else gene for i, gene in enumerate(GENES)]
        table.insert(0, "Protein names", [f"Protein {gene} (fragment)" for gene in GENES])
        table.insert(0, accessions, [f"P{i:05d}" for i in range(N)])
        read = whole(save(table.set_index(accessions), tmp_path / "x"))
        assert read.labels == [f"P{i:05d}" for i in range(N)]
        assert read.columns["symbol"] == GENES
        assert "symbol from `Protein names`" not in read.notes


def test_names_that_repeat_before_groups_that_do(tmp_path: Path) -> None:
    table = pd.concat([plain(), plain()]).reset_index()
    table.insert(0, "species", ["human"] * N + ["mouse"] * N)
    assert whole(as_csv(table.set_index("species"), tmp_path / "x")).labels == GENES * 2


@pytest.mark.parametrize("corner", ["gene", "Gene name", "ensembl_gene_id"])
def test_doses_are_titles(tmp_path: Path, corner: str) -> None:
    table = plain([str(i / 10) for i in range(D)], index=corner)
    same(whole(as_csv(table, tmp_path / "x")), table)
