"""The Embedding Projector's pair of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.scripts.word2vec2tensor import word2vec2tensor

from gene_tui.errors import FileError
from gene_tui.spaces.importers import open_source

from .sources import cut, names, numbers, refused, whole


def pair(folder: Path, n: int = 6, d: int = 3) -> Path:
    np.savetxt(folder / "vectors.tsv", numbers(n, d), delimiter="\t", fmt="%.9g")
    (folder / "metadata.tsv").write_text("\n".join(names(n)) + "\n")
    return folder / "vectors.tsv"


@pytest.mark.parametrize("by_folder", [False, True])
def test_reads_the_pair(tmp_path: Path, by_folder: bool) -> None:
    path = pair(tmp_path)
    read = whole(tmp_path if by_folder else path)
    assert read.source.format == "projector"
    assert read.labels == names(6)
    np.testing.assert_array_equal(read.vectors, numbers(6, 3))
    assert [file.name for file in read.source.files] == ["vectors.tsv", "metadata.tsv"]


def test_reads_what_gensim_writes(tmp_path: Path) -> None:
    peer = KeyedVectors(4)
    peer.add_vectors(names(9), numbers(9, 4))
    peer.save_word2vec_format(str(tmp_path / "x.vec"))
    word2vec2tensor(str(tmp_path / "x.vec"), str(tmp_path / "out"))
    read = whole(tmp_path / "out_tensor.tsv")
    assert read.labels == peer.index_to_key
    np.testing.assert_allclose(read.vectors, peer.vectors, rtol=1e-6)


def test_metadata_of_several_columns(tmp_path: Path) -> None:
    path = pair(tmp_path, 2)
    text = "id\tcolour\tlabel\tx\ty\nENSG1\tred\tHBB\t1\t2\nENSG2\tblue\tHBA1\t3\t5\n"
    (tmp_path / "metadata.tsv").write_text(text)
    read = whole(path)
    assert read.labels == ["HBB", "HBA1"]
    assert whole(tmp_path).labels == ["HBB", "HBA1"]
    assert read.columns == {"id": ["ENSG1", "ENSG2"]}
    assert "left out: colour" in read.notes


def test_labels_given(tmp_path: Path) -> None:
    path = pair(tmp_path)
    other = tmp_path / "genes.list"
    (tmp_path / "metadata.tsv").rename(other)
    assert whole(path, labels=other).labels == names(6)
    error = refused(path, "no names")
    assert "metadata.tsv" in error.hint


@pytest.mark.parametrize("count", [5, 7])
def test_wrong_count(tmp_path: Path, count: int) -> None:
    path = pair(tmp_path)
    (tmp_path / "metadata.tsv").write_text("\n".join(names(count)))
    with pytest.raises(FileError, match=rf"metadata.tsv: {count} labels.*vectors.tsv"):
        list(open_source(path).blocks)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("1\t2\t3\n4\t5\n6\t7\t8\n", "line 2 has 2 numbers instead of 3"),
        ("1\t2\t3\n4\t5\t6\t7\n", "line 2 has 4 numbers instead of 3"),
        ("1\t2\n" * 5 + "6\tx\n", "line 6: 'x' is not a number"),
        ("1\t2\n" * 5 + "6\t1-2\n", "line 6: '1-2' is not a number"),
    ],
)
def test_wrong_rows(tmp_path: Path, text: str, match: str) -> None:
    path = pair(tmp_path)
    path.write_text(text)
    refused(path, match, format="projector")


def test_truncated_and_damaged_metadata(tmp_path: Path) -> None:
    path = pair(tmp_path)
    (tmp_path / "cut_metadata.tsv").write_bytes((tmp_path / "metadata.tsv").read_bytes())
    refused(cut(path, -18), "instead of 3", format="projector")
    for text, match in [("", "no labels"), ("a\tb\nc\n", "line 2 has 1 cells instead of 2")]:
        (tmp_path / "metadata.tsv").write_text(text)
        with pytest.raises(FileError, match=rf"metadata.tsv: .*{match}"):
            open_source(path)
