"""Tables as text and as Parquet: upright, on their side, with and without a header line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gene_tui.run import Progress, Run
from gene_tui.spaces.importers.counted import are_counted, covering

from .sources import Whole, cut, names, numbers, refused, whole


def frame(n: int = 60, d: int = 5, titles: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame(numbers(n, d), index=names(n), columns=titles)


def same(read: Whole, table: pd.DataFrame) -> None:
    assert read.labels == table.index.tolist()
    np.testing.assert_allclose(read.vectors, table.to_numpy(), rtol=1e-6)


def save(table: pd.DataFrame, path: Path, **options: Any) -> Path:
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        separator = "\t" if ".tsv" in path.name else options.pop("sep", ",")
        table.to_csv(path, sep=separator, **options)
    return path


TITLES = {
    "counted": None,
    "dims": [f"dim_{i + 1}" for i in range(5)],
    "tissues": ["liver", "brain", "heart", "lung", "skin"],
}


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.csv.gz", "x.txt"])
@pytest.mark.parametrize("titles", TITLES)
@pytest.mark.parametrize("options", [{}, {"header": False}, {"index_label": "gene"}])
def test_reads_what_pandas_writes(
    tmp_path: Path, name: str, titles: str, options: dict[str, Any]
) -> None:
    table = frame(titles=TITLES[titles])
    read = whole(save(table, tmp_path / name, **options))
    assert read.source.format == "table"
    same(read, table)


@pytest.mark.parametrize("titles", ["dims", "tissues"])
def test_reads_parquet_from_pandas(tmp_path: Path, titles: str) -> None:
    table = frame(5000, titles=TITLES[titles])
    read = whole(save(table, tmp_path / "x.parquet"))
    assert read.source.format == "parquet"
    same(read, table)


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.parquet"])
@pytest.mark.parametrize("n", [60, 3000])
def test_a_table_on_its_side_is_turned(tmp_path: Path, name: str, n: int) -> None:
    table = frame(n)
    table.columns = table.columns.astype(str)
    read = whole(save(table.T, tmp_path / name))
    same(read, table)
    assert "columns are genes" in read.notes
    table.columns = [f"PC{i}" for i in range(1, 6)]
    same(whole(save(table.T, tmp_path / name)), table)


@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_a_table_on_its_side_without_row_names(tmp_path: Path, name: str) -> None:
    table = frame(6)
    table.index = pd.Index(["TP53", "BRCA1", "EGFR", "MYC", "KRAS", "PTEN"])
    path = tmp_path / name
    if name == "x.csv":
        table.T.to_csv(path, index=False)
    else:
        table.T.reset_index(drop=True).to_parquet(path)
    same(whole(path), table)


def test_as_r_writes(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text('"V1" "V2"\n"HLA A" 1 2\n"HBB" -3 4e2\n"MYC" NA 1\n')
    read = whole(path)
    assert read.labels == ["HLA A", "HBB", "MYC"]
    np.testing.assert_array_equal(read.vectors, [[1, 2], [-3, 400], [np.nan, 1]])
    path.write_text("liver\tbrain\nHBA1\t1\t2\nHBB\t3\t4\n")
    assert whole(path).labels == ["HBA1", "HBB"]


def test_columns_of_text(tmp_path: Path) -> None:
    table = frame(4, titles=TITLES["dims"])
    table.insert(0, "symbol", ["A", "B", None, "D"])
    table.insert(1, "Colour", ["red", "blue", "red", "red"])
    table["entrez"] = [10, 20, 30, 40]
    for name in ("x.csv", "x.parquet"):
        read = whole(save(table, tmp_path / name, index_label="ensembl"))
        assert read.labels == names(4)
        assert read.columns == {"symbol": ["A", "B", "", "D"], "entrez": ["10", "20", "30", "40"]}
        assert "left out: Colour" in read.notes
        assert read.source.dims == 5


def test_a_column_called_label_wins(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("symbol,label,a1,a2\nHBB,ENSG1,1,2\nHBA,ENSG2,3,4\n")
    read = whole(path)
    assert read.labels == ["ENSG1", "ENSG2"]
    assert read.columns == {"symbol": ["HBB", "HBA"]}


def test_row_numbers_are_no_dimension(tmp_path: Path) -> None:
    table = frame().reset_index(names="gene")
    read = whole(save(table, tmp_path / "x.csv"))
    assert read.labels == names(60)
    assert read.source.dims == 5
    assert "row numbers" in read.notes


def test_gene_numbers_are_names(tmp_path: Path) -> None:
    table = frame(3)
    table.index = pd.Index(["1", "2", "9"], name="entrez")
    same(whole(save(table, tmp_path / "x.csv")), table)


def test_quotes_missing_cells_and_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('gene;a;b\n"A;1";1;\n"say ""B""";NA;2\n\nC; 3 ;nan\n', encoding="utf-8-sig")
    read = whole(path)
    assert read.labels == ["A;1", 'say "B"', "C"]
    np.testing.assert_array_equal(
        read.vectors, np.array([[1, np.nan], [np.nan, 2], [3, np.nan]], np.float32)
    )


def test_lists_in_parquet(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    vectors = numbers(3, 4)
    pd.DataFrame({"gene": list("ABC"), "embedding": list(vectors)}).to_parquet(path)
    read = whole(path)
    assert read.labels == list("ABC")
    np.testing.assert_array_equal(read.vectors, vectors)
    table = pa.table({"gene": list("ABC"), "x": [[1.0, 2], [3, 4], [5]], "y": [[1.0]] * 3})
    pq.write_table(table, path)
    refused(path, "several columns hold lists of numbers: x, y")
    refused(path, "row 3 has 1 numbers, row 1 has 2", key="x")
    assert whole(path, key="y").vectors.tolist() == [[1], [1], [1]]
    refused(path, "no column 'z'", key="z")


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    for name in ("x.csv", "x.parquet"):
        path = save(frame(9000, titles=TITLES["dims"]), tmp_path / name)
        seen: list[Progress] = []
        whole(path, run=Run(seen.append))
        assert seen[-1].done == seen[-1].total > 0


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("g,a,b\nA,1,2\nB,3\n", "line 3 has 2 cells instead of 3"),
        ("g,a,b\nA,1,2\nB,3,4\nC,5,6,7\n", "line 4 has 4 cells instead of 3"),
        ("g,a,b\nA,1,2\nB,3,x\nC,5,6\n", "line 3: 'x' is not a number"),
        ("g,a,b\nA,1,2\nB,3,1 2\nC,5,6\n", "line 3: '1 2' is not a number"),
        ('g,a,b\nA,1.5,2\nB,"3,4",\nC,5,6\n', "line 3: '3,4' is not a number"),
        ("g,a,b\nA,1,2\nB,3,1-2\nC,5,6\n", "line 3: '1-2' is not a number"),
        ("g,a,b\n" + "A,1,2\n" * 900 + "B\rX,1,2\n", "line 902 has a carriage return within"),
        ("g,a,b\n", "it has 0 columns of numbers|no rows|no column"),
        ("g,a\nA,x\nB,y\n", "it has 0 columns of numbers"),
        ("0.5,1\n2,3.5\n", "no column holds names"),
        (",0,1\n0,1.5,2\n1,3.5,4\n", "no column holds names"),
        ("g,a,b\nA,1,2\nB,3, \nC, ,5\nD,1,1_0\n", "line 5: '1_0' is not a number"),
        ("g\ta\tb\nA\t1.5\t2\nB\t3\t4\nC\t5,5\t6\n", "line 4: '5,5' is not a number"),
        ("g;a;b\nA;1,5;2\nB;3;4\nC;5,5;1.234,5\n", "line 4: '1.234,5' is not a number"),
        ("hello\nworld\n", "no table"),
        ('g,a,b\n"A,1,2\n' + "B,1,2\n" * 90, "divides its lines alike"),
        ("g,a,b\n" + "B,1,2\n" * 90 + '"C,3,4\n' + "B,1,2\n" * 40_000, "field larger than"),
    ],
)
def test_wrong_rows(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    refused(path, match)


def test_a_bad_cell_far_down(tmp_path: Path) -> None:
    path = save(frame(9000, titles=TITLES["dims"]), tmp_path / "x.tsv")
    lines = path.read_text().split("\n")
    lines[8000] = "\t".join([*lines[8000].split("\t")[:-1], "oops"])
    path.write_text("\n".join(lines))
    refused(path, "line 8,001: 'oops' is not a number")


@pytest.mark.parametrize("keep", [0.5, 0.99, -6])
def test_truncated_parquet(tmp_path: Path, keep: float | int) -> None:
    refused(cut(save(frame(titles=TITLES["dims"]), tmp_path / "x.parquet"), keep), "Parquet")


def test_quotes_that_begin_far_down(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = [
        f"G{i},{i}.0000000000000000000000000000000000000000000000000000,1.5" for i in range(60_000)
    ]
    rows[58_000] = '"NKX2,5",7,1.5'
    path.write_text("\n".join(["gene,a,b", *rows]))
    read = whole(path)
    assert read.labels[58_000] == "NKX2,5"
    assert len(read.labels) == 60_000
    assert read.vectors[-1].tolist() == [59_999, 1.5]
    rows[59_000] = "X,7"
    path.write_text("\n".join(["gene,a,b", *rows]))
    refused(path, "line 59,002 has 2 cells instead of 3")


def test_truncated_text(tmp_path: Path) -> None:
    path = save(frame(titles=TITLES["dims"]), tmp_path / "x.csv")
    refused(cut(path, -30), "cells instead of 6")
    refused(cut(save(frame(), tmp_path / "x.csv.gz"), 0.7), "cut short")


def test_parquet_of_the_wrong_kind(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pd.DataFrame({"a": ["x"], "b": ["y"]}).to_parquet(path)
    refused(path, "0 columns of numbers")
    pd.DataFrame({"0": [0.5, 1], "1": [1.5, 2]}).to_parquet(path)
    refused(path, "no column holds names")
    pd.DataFrame({"g": [], "1": []}).to_parquet(path)
    refused(path, "no rows")
    path.write_text("g,a,b\nA,1,2\n")
    assert whole(path).labels == ["A"]
    path.write_text("not a table")
    refused(path, "Parquet")


def test_parquet_with_damage_in_its_pages(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    frame(2000, titles=TITLES["dims"]).to_parquet(path, write_page_checksum=True)
    data = bytearray(path.read_bytes())
    data[200:4000] = bytes(3800)
    path.write_bytes(data)
    refused(path, "Parquet")


def test_names_that_count() -> None:
    assert are_counted(["0", "1", "2"])
    assert are_counted(["PC1", "PC3", "PC2"])
    assert are_counted(["d0", "d1"])
    assert not are_counted(["HBA1", "HBA2"])
    assert not are_counted(["PC1", "PC3", "PC4"])
    assert not are_counted(["ENSG00000000003", "ENSG00000000005", "ENSG00000000419"])
    assert not are_counted([])
    assert covering(["Dim.1", "Dim.2"]) == 3
    assert covering(["17", "19", "18"]) == 3
    assert covering(["7157", "672", "1956"]) == 0
    assert covering(["z3", "z1", "z2"]) == 2
    assert covering(["gene_0", "gene_1", "gene_2"]) == 1
    assert covering(["x", "y"]) == 0


def test_genes_that_count_are_genes(tmp_path: Path) -> None:
    table = frame(titles=TITLES["tissues"])
    table.index = pd.Index([f"gene_{i}" for i in range(60)])
    same(whole(save(table, tmp_path / "x.csv")), table)


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("mixed", [True, False])
def test_points_between_thousands_are_refused(tmp_path: Path, delimiter: str, mixed: bool) -> None:
    cells = np.random.default_rng(1).integers(1 if mixed else 1000, 9999, (30, 5))
    rows = [[f"{cell:,}".replace(",", ".") for cell in row] for row in cells]
    lines = [delimiter.join([n, *row]) for n, row in zip(names(30), rows, strict=True)]
    path = tmp_path / "x.csv"
    path.write_text("\n".join([delimiter.join(["gene", *TITLES["dims"]]), *lines]))
    if mixed or delimiter == ";":
        refused(path, "may be thousands")
    else:
        assert whole(path).labels == names(30)


@pytest.mark.parametrize("mark", [".", ","])
def test_three_decimals_are_decimals(tmp_path: Path, mark: str) -> None:
    table = frame(30, titles=TITLES["dims"]).round(3)
    path = tmp_path / "x.csv"
    table.to_csv(path, sep=";", decimal=mark, float_format="%.3f")
    read = whole(path)
    same(read, table)
    assert "warning" not in read.notes


@pytest.mark.parametrize(
    "form", [list, np.array, lambda row: f"tensor({row})", lambda row: f"({row[0]}, {row[1]})"]
)
def test_vectors_written_into_cells_are_named(tmp_path: Path, form: Any) -> None:
    cells = [str(form(row)) for row in numbers(20, 4).tolist()]
    path = tmp_path / "x.csv"
    pd.DataFrame({"gene": names(20), "embedding": cells}).to_csv(path, index=False)
    refused(path, "'embedding' holds a whole vector in each cell")
    pd.DataFrame({"gene": names(20), "embedding": "[0.1 ... 0.2]"}).to_csv(path, index=False)
    refused(path, "cut short")


def test_json_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    table = frame(titles=TITLES["dims"])
    table.to_json(path, orient="values")
    refused(path, "not a JSON object")
    path.write_text('{"model": "a", "embeddings": ' + table.T.to_json(orient="columns") + "}")
    refused(path, "'model' is no list")


@pytest.mark.parametrize("line", ["unit,a.u.,a.u.,a.u.,a.u.,a.u.", "gene,PC1,PC2,PC3,PC4,PC5"])
def test_a_line_of_text_below_the_titles_is_refused_with_a_hint(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.csv"
    head, _, rows = frame(titles=TITLES["dims"]).to_csv().partition("\n")
    path.write_text(f"{head}\n{line}\n{rows}")
    assert "titles, units" in refused(path, "line 2: .* is not a number").hint
