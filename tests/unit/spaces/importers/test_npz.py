"""The earlier scripts' archives and their folders."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gene_tui.errors import Cancelled, FileError
from gene_tui.run import Progress, Run
from gene_tui.spaces.importers import companions, open_source

from .sources import cut, names, numbers, refused, whole


@pytest.mark.real_data
@pytest.mark.parametrize(
    "given",
    [
        "seed_layout/geneformer",
        "seed_layout/geneformer/gene_embeddings_ordered_brain.npz",
    ],
)
def test_reads_the_real_embedding_by_file_and_by_folder(real_data: Path, given: str) -> None:
    path = real_data / given
    read = whole(path)
    with np.load(real_data / "seed_layout/geneformer/gene_embeddings_ordered_brain.npz") as peer:
        assert read.labels == peer["genes"].tolist()
        np.testing.assert_array_equal(read.vectors, peer["embeddings"])
    assert read.source.format == "npz"
    assert read.source.rows == 20_829
    assert [file.name for file in companions(path)] == ["gene_descriptions.json"]


@pytest.mark.real_data
def test_the_folder_above_holds_two_sources_and_says_so(real_data: Path) -> None:
    error = refused(real_data / "seed_layout", "2 sources")
    assert "gene_embeddings_ordered_brain.npz" in error.message
    assert "google_news_embeddings_30k.npy" in error.message
    assert whole(real_data / "seed_layout", format="npz").source.rows == 20_829


def test_the_folder_above_is_enough_where_there_is_one(tmp_path: Path) -> None:
    folder = tmp_path / "geneformer"
    folder.mkdir()
    np.savez(folder / "gene_embeddings_ordered_x.npz", embeddings=numbers(3, 2), genes=names(3))
    (folder / "gene_descriptions.json").write_text("{}")
    assert whole(tmp_path).labels == names(3)
    assert companions(tmp_path) == [folder / "gene_descriptions.json"]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["<f2", "<f4", ">f4", "<f8", "<i4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_number_types_become_float32(tmp_path: Path, save, dtype: str, order: str) -> None:  # type: ignore[no-untyped-def]  # numpy's savers have no common type
    path = tmp_path / "x.npz"
    table = np.asarray(numbers(900, 3) * 100, dtype=dtype, order=order)  # type: ignore[call-overload]  # order is a literal
    save(path, embeddings=table, genes=np.array(names(900)))
    read = whole(path)
    np.testing.assert_array_equal(read.vectors, table.astype(np.float32))
    assert read.labels == names(900)


def test_blocks_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, embeddings=np.zeros((6000, 500), np.float64), genes=np.arange(6000))
    seen: list[Progress] = []
    blocks = list(open_source(path, run=Run(seen.append)).blocks)
    assert len(blocks) == 3
    assert sum(len(block.labels) for block in blocks) == 6000
    assert [value.done for value in seen][-1] == 6000 == seen[-1].total


def test_symbols_are_taken_and_other_arrays_listed(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(
        path,
        embeddings=numbers(2, 4),
        genes=["ENSG1", "ENSG2"],
        symbols=["A", "B"],
        cell_types=["T", "B", "NK"],
        counts=np.arange(2.0),
    )
    read = whole(path)
    assert read.columns == {"symbol": ["A", "B"]}
    assert "'cell_types' (3 text) ignored" in read.notes
    assert "'counts' (2 float64) ignored" in read.notes
    assert "symbols" not in read.notes


def test_other_names_do_where_there_is_no_doubt(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, vectors=numbers(2, 4), words=["a", "b"])
    read = whole(path)
    assert read.labels == ["a", "b"]
    assert "'vectors' was taken for 'embeddings'" in read.notes
    np.savez(path, one=numbers(2, 4), two=numbers(2, 5), genes=["a", "b"])
    error = refused(path, "no array 'embeddings'")
    assert "one (2 × 4 float32), two (2 × 5 float32)" in error.message
    assert whole(path, key="two").source.dims == 5
    refused(path, "no array 'three'", key="three")


def test_a_truncated_archive(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, embeddings=numbers(50, 4), genes=names(50))
    for keep in (0.01, 0.5, -1):
        refused(cut(path, keep), "no npz archive, or it is cut short")


def test_a_damaged_member(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, embeddings=numbers(50, 4), genes=names(50))
    data = bytearray(path.read_bytes())
    data[400] ^= 0xFF
    path.write_bytes(data)
    refused(path, "CRC|damaged")


def test_a_wrong_count(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, embeddings=numbers(50, 4), genes=names(49))
    refused(path, "'genes' has 49 names for the 50 rows of 'embeddings'")


def test_wrong_types(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, embeddings=np.array([["a", "b"]]), genes=["A"])
    refused(path, "no array 'embeddings' with a table of numbers")
    np.savez(path, embeddings=np.zeros((2, 3, 4)), genes=["A", "B"])
    refused(path, "no array 'embeddings'")
    np.savez(path, embeddings=np.zeros((2, 3), complex), genes=["A", "B"])
    refused(path, "no array 'embeddings'")
    np.savez(path, embeddings=np.zeros((2, 3)), genes=np.array([0.5, 1.5]))
    refused(path, "no array 'genes'")


def test_pickles_are_refused_and_never_loaded(tmp_path: Path) -> None:
    path, trap = tmp_path / "x.npz", tmp_path / "sprung"

    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (trap,))

    np.savez(path, embeddings=numbers(2, 3), genes=np.array([Trap(), Trap()], dtype=object))
    refused(path, "which is not allowed")
    np.savez(path, embeddings=np.array([[Trap()]], dtype=object), genes=["A"])
    refused(path, "which is not allowed")
    np.savez(path, embeddings=numbers(1, 3), genes=["A"], extra=np.array([Trap()], dtype=object))
    assert "'extra' ignored" in whole(path).notes
    assert not trap.exists()


def _forged(path: Path, header: str, body: bytes) -> None:
    """An archive whose embeddings have a header of our making."""
    member = io.BytesIO()
    member.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + body)
    text = io.BytesIO()
    np.save(text, np.array(["A", "B"]))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("embeddings.npy", member.getvalue())
        archive.writestr("genes.npy", text.getvalue())


@pytest.mark.parametrize(
    ("header", "match"),
    [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1000000000000)}\n", "announces"),
        ("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 5)}\n", "announces"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -1)}\n", "negative"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': 'x'}\n", "header"),
        ("__import__('os').abort()\n", "header"),
    ],
)
def test_headers_that_lie(tmp_path: Path, header: str, match: str) -> None:
    path = tmp_path / "x.npz"
    _forged(path, header, b"\0" * 8)
    refused(path, match)


def test_a_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez_compressed(path, embeddings=numbers(2, 3), genes=["A", "B"])
    data = path.read_bytes()
    at = data.rindex(b"PK\x01\x02")
    first = data.index(b"PK\x01\x02")
    forged = bytearray(data)
    for start in (first, at):  # the directory says each member unpacks to 3.9 GB
        forged[start + 24 : start + 28] = (0xF0000000).to_bytes(4, "little")
    path.write_bytes(forged)
    refused(path, "refused")


def test_stopping(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, embeddings=numbers(2, 3), genes=["A", "B"])
    with pytest.raises(Cancelled):
        list(open_source(path, run=Run(cancelled=lambda: True)).blocks)


def test_something_else_under_the_name(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    path.write_text("hello")
    refused(path, "no npz archive")
    path.write_bytes(b"")
    refused(path, "empty")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    refused(path, "npz")
    with pytest.raises(FileError, match="no such file"):
        open_source(tmp_path / "none.npz", format=None)


def _objects(values: list[object]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """A 1-D array of objects, whatever they are."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


@pytest.mark.parametrize(
    ("genes", "labels"),
    [
        (_objects(["HBA1", "HBB", "TP53"]), ["HBA1", "HBB", "TP53"]),
        (_objects([b"HBA1", b"HBB", b"TP53"]), ["HBA1", "HBB", "TP53"]),
        (_objects([3039, 3043, 7157]), ["3039", "3043", "7157"]),
        (_objects(["HBA1", None, "TP53"]), ["HBA1", "", "TP53"]),
        (np.array({"TP53": 2, "HBA1": 0, "HBB": 1}, dtype=object), ["HBA1", "HBB", "TP53"]),
        (np.array({"TP53": 3, "HBA1": 1, "HBB": 2}, dtype=object), ["HBA1", "HBB", "TP53"]),
    ],
)
@pytest.mark.parametrize("name", ["genes", "term2index"])
def test_names_as_objects(tmp_path: Path, name: str, genes: object, labels: list[str]) -> None:
    np.savez(tmp_path / "x.npz", embeddings=numbers(3, 4), **{name: genes})
    read = whole(tmp_path / "x.npz")
    assert read.labels == labels
    np.testing.assert_array_equal(read.vectors, numbers(3, 4))


@pytest.mark.parametrize(
    "stored",
    [
        dict(zip("ABC", numbers(3, 4), strict=True)),
        {name: row[None] for name, row in zip("ABC", numbers(3, 4), strict=True)},
        {name: row.tolist() for name, row in zip("ABC", numbers(3, 4), strict=True)},
    ],
)
@pytest.mark.parametrize("ending", ["npz", "npy"])
def test_dictionaries_of_vectors(tmp_path: Path, ending: str, stored: dict[str, object]) -> None:
    path = tmp_path / f"x.{ending}"
    boxed = np.array(stored, dtype=object)
    np.save(path, boxed) if ending == "npy" else np.savez(path, vectors=boxed)
    read = whole(path)
    assert read.labels == ["A", "B", "C"]
    np.testing.assert_array_equal(read.vectors, numbers(3, 4))


def test_vectors_as_objects_and_an_array_a_name(tmp_path: Path) -> None:
    rows = numbers(3, 4)
    np.savez(tmp_path / "x.npz", embeddings=_objects(list(rows)), genes=["A", "B", "C"])
    np.testing.assert_array_equal(whole(tmp_path / "x.npz").vectors, rows)
    np.savez(tmp_path / "y.npz", **dict(zip(["HBA1", "HBB", "TP53"], rows, strict=True)))
    read = whole(tmp_path / "y.npz")
    assert read.labels == ["HBA1", "HBB", "TP53"]
    np.testing.assert_array_equal(read.vectors, rows)


@pytest.mark.parametrize(
    "rows", [{"A": 0, "B": 0, "C": 1}, {"A": 0, "B": 5, "C": 1}, {"A": 0, "B": 1}, {"A": "x"}]
)
def test_names_that_do_not_number_the_rows_are_refused(
    tmp_path: Path, rows: dict[str, object]
) -> None:
    np.savez(tmp_path / "x.npz", embeddings=numbers(3, 4), genes=np.array(rows, dtype=object))
    refused(tmp_path / "x.npz", "dictionary")
