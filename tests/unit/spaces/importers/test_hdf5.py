"""HDF5 with a dataset a gene, or a matrix and names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gene_tui.spaces.importing import Recipe, import_space

from .sources import names, numbers, refused, whole


def _file(folder: Path, fill: Callable[[Any], None]) -> Path:
    path = folder / "x.h5"
    with h5py.File(path, "w") as file:
        fill(file)
    return path


@pytest.mark.parametrize("group", ["", "embeddings/"])
@pytest.mark.parametrize("form", ["d", "1 × d"])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_a_dataset_a_gene(tmp_path: Path, dtype: str, form: str, group: str) -> None:
    rows = numbers(20, 6).astype(dtype)

    def fill(file: Any) -> None:
        for name, row in zip(names(20), rows, strict=True):
            file[group + name] = row if form == "d" else row[None]

    read = whole(_file(tmp_path, fill))
    assert read.source.format == "hdf5"
    found = dict(zip(read.labels, read.vectors, strict=True))
    assert sorted(found) == sorted(names(20))
    for name, row in zip(names(20), rows, strict=True):
        np.testing.assert_array_equal(found[name], row.astype(np.float32))


@pytest.mark.parametrize("attribute", ["original_id", "name"])
def test_names_in_an_attribute(tmp_path: Path, attribute: str) -> None:
    def fill(file: Any) -> None:
        for row, vector in enumerate(numbers(5, 4)):
            file[f"d{row}"] = vector
            file[f"d{row}"].attrs[attribute] = f"sp|P0463{row}|P53/HUMAN"

    read = whole(_file(tmp_path, fill))
    assert read.labels == [f"sp|P0463{row}|P53/HUMAN" for row in range(5)]
    assert "named by its attribute" in read.notes


def test_vectors_of_positions_are_refused_with_a_reason(tmp_path: Path) -> None:
    def fill(file: Any) -> None:
        for row in range(5):
            file[f"G{row}"] = numbers(30 + row, 4)

    error = refused(_file(tmp_path, fill), "several vectors, as for each position")
    assert "mean over positions" in error.hint


def test_one_bad_dataset_is_dropped_and_counted(tmp_path: Path) -> None:
    def fill(file: Any) -> None:
        for name, row in zip(names(30), numbers(30, 4), strict=True):
            file[name] = row
        file["version"] = "1.0"

    space = import_space(Recipe(_file(tmp_path, fill)), tmp_path / "s", name="s")
    assert space.n == 30
    assert space.manifest.dropped[0]["examples"] == ["version"]


@pytest.mark.parametrize("dtype", [object, "S9"])
def test_a_matrix_and_names(tmp_path: Path, dtype: Any) -> None:
    def fill(file: Any) -> None:
        file["embeddings"] = numbers(20, 4)
        file["genes"] = np.array(names(20), dtype=dtype)

    read = whole(_file(tmp_path, fill))
    assert read.labels == names(20)
    np.testing.assert_array_equal(read.vectors, numbers(20, 4))


@pytest.mark.parametrize(
    ("fill", "match"),
    [
        ({"x": numbers(3, 4)}, "have no names"),
        ({"x": numbers(3, 4), "y": numbers(3, 4), "genes": [b"A", b"B", b"C"]}, "several matrices"),
        ({"x": numbers(3, 4), "genes": [b"A", b"B"]}, "0 of its datasets could name"),
        ({"x": numbers(3, 4), "a": [b"A", b"B", b"C"], "b": [b"D", b"E", b"F"]}, "2 of its data"),
        ({"matrix/barcodes": [b"A"], "matrix/data": [1, 2]}, "counts by 10x"),
        ({"a": [1.0, 2.0], "b": [1.0], "c": [1.0, 2.0, 3.0], "d": [1.0, 2.0]}, "bad"),
        ({}, "no datasets"),
    ],
)
def test_what_is_in_doubt_is_refused(tmp_path: Path, fill: dict[str, Any], match: str) -> None:
    def put(file: Any) -> None:
        for name, value in fill.items():
            file[name] = value

    refused(_file(tmp_path, put), match)


def test_a_key_chooses_a_matrix_or_a_group(tmp_path: Path) -> None:
    def fill(file: Any) -> None:
        file["one"], file["two"] = numbers(3, 4, seed=1), numbers(3, 4, seed=2)
        file["genes"] = [b"A", b"B", b"C"]

    read = whole(_file(tmp_path, fill), key="two")
    np.testing.assert_array_equal(read.vectors, numbers(3, 4, seed=2))
    refused(tmp_path / "x.h5", "no dataset or group 'three'", key="three")


def test_groups_and_genes(tmp_path: Path) -> None:
    def fill(*places: str) -> Path:
        def each(file: Any) -> None:
            for place in places:
                for name, row in zip(names(5), numbers(5, 3), strict=True):
                    file[place.format(name)] = row

        return _file(tmp_path, each)

    read = whole(fill("{}/embedding"))
    assert read.labels == names(5)
    assert "a dataset a gene" in read.notes
    path = fill("human/{}", "mouse/{}")
    refused(path, "several of its groups hold the same names: human, mouse")
    assert whole(path, key="mouse").labels == names(5)
