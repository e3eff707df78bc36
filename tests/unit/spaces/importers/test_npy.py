"""Plain matrices with a file of labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gene_tui.errors import FileError, UsageError
from gene_tui.spaces.importers import companions

from .sources import cut, names, numbers, refused, whole


@pytest.mark.real_data
@pytest.mark.parametrize(
    "given", ["", "google_news_embeddings_30k.npy", "google_news_words_30k.npy"]
)
def test_reads_the_real_words(real_data: Path, given: str) -> None:
    folder = real_data / "seed_layout/word2vec"
    read = whole(folder / given)
    assert read.source.format == "npy"
    assert read.labels == np.load(folder / "google_news_words_30k.npy").tolist()
    expected = np.load(folder / "google_news_embeddings_30k.npy")
    np.testing.assert_array_equal(read.vectors, expected)
    assert [file.name for file in read.source.files] == [
        "google_news_embeddings_30k.npy",
        "google_news_words_30k.npy",
    ]
    assert companions(folder / given) == []


@pytest.mark.parametrize(
    ("vectors", "labels"),
    [
        ("x.npy", "x.txt"),
        ("x.npy", "x.json"),
        ("x.npy", "x_labels.npy"),
        ("x.npy", "x.genes.txt"),
        ("brain_embeddings_v2.npy", "brain_genes_v2.txt"),
        ("vectors.npy", "genes.json"),
        ("Vectors.npy", "words.txt"),
    ],
)
def test_labels_are_found_beside(tmp_path: Path, vectors: str, labels: str) -> None:
    _write(tmp_path, vectors, labels)
    read = whole(tmp_path / vectors)
    assert read.labels == names(5)
    np.testing.assert_array_equal(read.vectors, numbers(5, 3))
    assert whole(tmp_path).labels == names(5)


def _write(folder: Path, vectors: str, labels: str) -> None:
    np.save(folder / vectors, numbers(5, 3))
    if labels.endswith(".npy"):
        np.save(folder / labels, np.array(names(5)))
    elif labels.endswith(".json"):
        (folder / labels).write_text(json.dumps(names(5)))
    else:
        (folder / labels).write_text("".join(f"{name}\r\n" for name in names(5)))


def test_labels_can_be_given(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", numbers(3, 3).astype(np.float64))
    (tmp_path / "x.txt").write_text("not\nthese\nnames")
    (tmp_path / "other.json").write_text('{"B": 1, "A": 0, "C": 2}')
    np.save(tmp_path / "bytes.npy", np.array(["Ä".encode(), b"B", b"\xe9"]))
    assert whole(tmp_path / "x.npy", labels=tmp_path / "other.json").labels == ["A", "B", "C"]
    assert whole(tmp_path / "x.npy", labels=tmp_path / "bytes.npy").labels == ["Ä", "B", "é"]
    refused(tmp_path / "none.txt", "no such file")
    with pytest.raises(UsageError, match="no key"):
        whole(tmp_path / "x.npy", key="x")


@pytest.mark.parametrize("form", ["{0}\t{1}", "{1}\t{0}", "{0} {1}", "{0},{1}", "{1},{0}"])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("title", ["", "token\tid\n", "gene\ttoken_id\n"])
def test_numbers_beside_labels_are_their_rows(
    tmp_path: Path, form: str, first: int, title: str
) -> None:
    if title and form != "{0}\t{1}":
        return
    np.save(tmp_path / "x.npy", numbers(5, 3))
    lines = [form.format(name, row) for row, name in enumerate(names(5), first)]
    labels = tmp_path / "vocabulary.txt"
    labels.write_text(title + "\n".join(lines))
    straight = whole(tmp_path / "x.npy", labels=labels)
    labels.write_text(title + "\n".join(lines[::-1]))
    shuffled = whole(tmp_path / "x.npy", labels=labels)
    assert straight.labels == shuffled.labels == names(5)
    assert "warning" not in straight.notes and "in the order of the numbers" in shuffled.notes


def test_ranks_beside_labels_are_no_rows(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", numbers(5, 3))
    labels = tmp_path / "ranked.txt"
    labels.write_text("gene\trank\n" + "\n".join(f"{n}\t{5 - i}" for i, n in enumerate(names(5))))
    assert whole(tmp_path / "x.npy", labels=labels).labels == names(5)


def test_no_labels(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", numbers(3, 3))
    error = refused(tmp_path / "x.npy", "no names")
    assert "x.txt" in error.hint
    np.save(tmp_path / "words.npy", np.array(["a"]))
    (tmp_path / "x.npy").unlink()
    refused(tmp_path / "words.npy", "no file of vectors")


def test_truncated(tmp_path: Path) -> None:
    _write(tmp_path, "x.npy", "cut_x.txt")
    for keep in (0.9, -30, -1):
        refused(cut(tmp_path / "x.npy", keep), r"announces 5 × 3 float32 \(60 bytes\), there are")
    refused(cut(tmp_path / "x.npy", 0.1), "header")


def test_surplus_bytes(tmp_path: Path) -> None:
    _write(tmp_path, "x.npy", "x.txt")
    (tmp_path / "x.npy").write_bytes((tmp_path / "x.npy").read_bytes() + b"more")
    refused(tmp_path / "x.npy", "announces")


def test_wrong_count(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", numbers(3, 3))
    (tmp_path / "x.txt").write_text("A\nB\n")
    error = refused(tmp_path / "x.npy", "2 names for the 3 rows")
    assert "x.txt" in error.message


@pytest.mark.parametrize(
    "array",
    [np.zeros(3), np.zeros((2, 2, 2)), np.zeros((2, 2), complex), np.zeros((0, 3)), np.array(1)],
)
def test_wrong_types(tmp_path: Path, array: np.ndarray) -> None:  # type: ignore[type-arg]  # several kinds
    np.save(tmp_path / "x.npy", array)
    (tmp_path / "x.txt").write_text("A\nB\n")
    refused(tmp_path / "x.npy", "not a table of numbers")


def test_labels_of_the_wrong_kind(tmp_path: Path) -> None:
    vectors = tmp_path / "x.npy"
    np.save(vectors, numbers(2, 3))
    labels = tmp_path / "x.npy.json"
    for text, match in [("[1.5, 2]", "no list"), ('{"A": 0, "B": 2}', "no list"), ("[", "JSON")]:
        labels.write_text(text)
        error = _bad_labels(vectors, labels)
        assert match in error
    np.save(tmp_path / "l.npy", np.array(["A", 1.5], dtype=object))
    assert "Python objects" in _bad_labels(vectors, tmp_path / "l.npy")
    np.save(tmp_path / "l.npy", numbers(2, 2))
    assert "not a list of names" in _bad_labels(vectors, tmp_path / "l.npy")
    (tmp_path / "l.txt").write_bytes(b"\x00\x01")
    assert "not a text file" in _bad_labels(vectors, tmp_path / "l.txt")
    assert "no such file" in _bad_labels(vectors, tmp_path / "l.none")


def _bad_labels(vectors: Path, labels: Path) -> str:
    with pytest.raises(FileError) as caught:
        whole(vectors, labels=labels)
    assert labels.name in caught.value.message
    return caught.value.message
