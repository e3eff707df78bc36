"""gensim's own files, written by gensim 4 and, class by class, as gensim 3 wrote them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import gensim.models.keyedvectors as keyedvectors
import numpy as np
import pytest
from gensim.models import KeyedVectors, Word2Vec

from .sources import cut, names, numbers, refused, whole


def saved(path: Path, **options: Any) -> Path:
    vectors = KeyedVectors(4)
    vectors.add_vectors(names(30), numbers(30, 4))
    vectors.save(str(path), **options)
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("apart", [False, True])
def test_release_4(tmp_path: Path, protocol: int, apart: bool) -> None:
    limit = 0 if apart else 10**9
    path = saved(tmp_path / "x.kv", sep_limit=limit, pickle_protocol=protocol)
    assert (tmp_path / "x.kv.vectors.npy").exists() == apart
    read = whole(path)
    assert read.source.format == "gensim"
    assert read.labels == names(30)
    np.testing.assert_array_equal(read.vectors, numbers(30, 4))
    assert len(read.source.files) == 1 + apart


def test_vectors_of_a_trained_model(tmp_path: Path) -> None:
    text = [["HBA1", "HBB", "MYC"], ["HBB", "HBD", "HBA1"]] * 5
    model = Word2Vec(text, vector_size=5, min_count=1, workers=1, seed=1)
    model.wv.save(str(tmp_path / "x.kv"))
    read = whole(tmp_path / "x.kv")
    assert read.labels == model.wv.index_to_key
    np.testing.assert_array_equal(read.vectors, model.wv.vectors)


@pytest.mark.parametrize("vectors", ["vectors", "syn0"])
@pytest.mark.parametrize("apart", [False, True])
def test_release_3(
    tmp_path: Path, vectors: str, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gensim_class(name: str) -> type:
        made = type(name, (), {"__module__": keyedvectors.__name__})
        monkeypatch.setattr(keyedvectors, name, made)
        return made

    word = gensim_class("Vocab")
    words = {}
    for row, label in enumerate(names(30)):
        words[label] = word()
        vars(words[label]).update(count=30 - row, index=row, sample_int=2**32)
    made = gensim_class("Word2VecKeyedVectors")()
    vars(made).update(
        {
            "vocab": words,
            "index2word": names(30),
            "vector_size": 4,
            vectors: None if apart else numbers(30, 4),
            f"{vectors}_norm": None,
            "__numpys": [vectors] if apart else [],
        }
    )
    path = tmp_path / "old.model"
    path.write_bytes(pickle.dumps(made, protocol=2))
    if apart:
        np.save(tmp_path / f"old.model.{vectors}.npy", numbers(30, 4))
    monkeypatch.undo()
    read = whole(path)
    assert read.labels == names(30)
    np.testing.assert_array_equal(read.vectors, numbers(30, 4))


def test_wrong_counts(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.kv", sep_limit=0)
    np.save(tmp_path / "x.kv.vectors.npy", numbers(29, 4))
    refused(path, "30 names for 29 vectors")
    (tmp_path / "x.kv.vectors.npy").unlink()
    refused(path, "x.kv.vectors.npy does not stand beside it")
    vectors = KeyedVectors(4)
    vectors.add_vectors(names(3), numbers(3, 4))
    vectors.index_to_key = names(4)
    vectors.save(str(path))
    refused(path, "4 names for 3 vectors")


def test_truncated(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.kv")
    for keep in (0.2, 0.7, -1):
        refused(cut(path, keep), "cut short or damaged")
    apart = saved(tmp_path / "y.kv", sep_limit=0)
    file = tmp_path / "y.kv.vectors.npy"
    file.write_bytes(file.read_bytes()[:-5])
    refused(apart, r"y\.kv\.vectors\.npy: its header announces")


def test_wrong_types(tmp_path: Path) -> None:
    path = tmp_path / "x.kv"
    text = [["HBA1", "HBB", "MYC"], ["HBB", "HBD", "HBA1"]] * 5
    Word2Vec(text, vector_size=5, min_count=1, workers=1).save(str(path))
    refused(path, "which is not allowed")
    vectors = KeyedVectors(4)
    vectors.save(str(path))
    refused(path, "no list of names")
    vectors.add_vectors(names(3), numbers(3, 4))
    vectors.index_to_key = [1.5, 2.5, 3.5]
    vectors.save(str(path))
    refused(path, "names are no text")
    path.write_text("hello")
    refused(path, "damaged|no pickle")
