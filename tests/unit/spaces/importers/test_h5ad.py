"""AnnData files."""

from __future__ import annotations

from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse

from .sources import cut, names, numbers, refused, whole


def cells(path: Path, n: int = 30, **varm: object) -> Path:
    """An experiment with genes in var."""
    data = anndata.AnnData(sparse.random(8, n, 0.3, format="csr", dtype=np.float32, rng=1))
    data.var_names = names(n)
    data.obs_names = [f"cell{i}" for i in range(8)]
    data.var["feature_name"] = [f"S{i}" for i in range(n)]
    data.var["kind"] = pd.Categorical(["a", "b", "c"] * (n // 3))
    data.var["gene_type"] = pd.Categorical([*["coding"] * (n - 1), None])
    for key, value in varm.items():
        data.varm[key] = value
    data.write_h5ad(path)
    return path


def genes(path: Path, matrix: object, n: int = 30) -> Path:
    """Genes in obs, their vectors in X."""
    frame = pd.DataFrame({"symbol": [f"S{i}" for i in range(n)]}, index=names(n))
    anndata.AnnData(matrix, obs=frame).write_h5ad(path)
    return path


def test_the_only_key_of_varm(tmp_path: Path) -> None:
    vectors = numbers(30, 4).astype(np.float64)
    read = whole(cells(tmp_path / "x.h5ad", PCs=vectors))
    assert read.source.format == "h5ad"
    assert read.labels == names(30)
    np.testing.assert_array_equal(read.vectors, vectors.astype(np.float32))
    assert read.columns["symbol"][:2] == ["S0", "S1"]
    assert read.columns["type"][-2:] == ["coding", ""]
    assert "varm/PCs" in read.notes
    assert "left out: kind" in read.notes


def test_one_of_several_keys(tmp_path: Path) -> None:
    frame = pd.DataFrame(numbers(30, 2), index=names(30), columns=["p", "q"])
    path = cells(tmp_path / "x.h5ad", PCs=numbers(30, 4), emb=numbers(30, 6, 3), frame=frame)
    error = refused(path, "several")
    for key in ("PCs", "emb", "frame", "X"):
        assert key in error.message
    np.testing.assert_array_equal(whole(path, key="emb").vectors, numbers(30, 6, 3))
    np.testing.assert_array_equal(whole(path, key="varm/frame").vectors, frame.to_numpy())
    read = whole(path, key="X")
    assert read.labels[0] == "cell0"
    assert "'none'" in refused(path, "no key", key="none").message


@pytest.mark.parametrize("form", ["dense", "csr"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_genes_in_obs(
    tmp_path: Path, form: str, dtype: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gene_tui.spaces.importers.streams.BLOCK_BYTES", 100)
    vectors = numbers(30, 4).astype(dtype)
    vectors[vectors < 0] = 0
    matrix = sparse.csr_matrix(vectors) if form == "csr" else vectors
    read = whole(genes(tmp_path / "x.h5ad", matrix))
    assert read.labels == names(30)
    np.testing.assert_array_equal(read.vectors, vectors.astype(np.float32))
    assert read.columns == {"symbol": [f"S{i}" for i in range(30)]}
    assert "X" in read.notes


def test_columns_first_is_refused(tmp_path: Path) -> None:
    path = genes(tmp_path / "x.h5ad", sparse.csc_matrix(numbers(30, 4)))
    assert "tocsr" in refused(path, "CSC").hint


@pytest.mark.parametrize("keep", [0.05, 0.5, 0.98])
def test_truncated(tmp_path: Path, keep: float) -> None:
    refused(cut(cells(tmp_path / "x.h5ad", PCs=numbers(30, 4)), keep), "AnnData|HDF5")


def test_wrong_count(tmp_path: Path) -> None:
    path = cells(tmp_path / "x.h5ad", PCs=numbers(30, 4))
    with h5py.File(path, "a") as file:
        del file["varm/PCs"]
        file["varm/PCs"] = numbers(29, 4)
    refused(path, "var has 30 names for the 29 rows")


def test_wrong_types(tmp_path: Path) -> None:
    path = tmp_path / "x.h5ad"
    with h5py.File(path, "w") as file:
        file["x"] = numbers(3, 4)
    refused(path, "no vectors in varm or X; there is: nothing")
    with h5py.File(path, "w") as file:
        file["X"] = numbers(3, 4)
    refused(path, "no obs")
    with h5py.File(path, "w") as file:
        file["X"] = np.array([b"a", b"b"])
    refused(path, "no vectors")
    with h5py.File(path, "w") as file:
        file["X"] = numbers(3, 4)
        file["obs/_index"] = numbers(3, 4)
    refused(path, "obs has no names")
    path.write_text("text")
    refused(path, "AnnData")


def test_damaged_sparse_matrices(tmp_path: Path) -> None:
    path = genes(tmp_path / "x.h5ad", sparse.csr_matrix(numbers(30, 4)))
    for part, value, match in [
        ("indptr", np.arange(31)[::-1], "row pointers"),
        ("indptr", np.arange(31), "row pointers"),
        ("indices", np.full(120, 9), "out of range"),
    ]:
        with h5py.File(path, "a") as file:
            kept = file[f"X/{part}"][...]
            del file[f"X/{part}"]
            file[f"X/{part}"] = value
        refused(path, match)
        with h5py.File(path, "a") as file:
            del file[f"X/{part}"]
            file[f"X/{part}"] = kept


def test_claims_without_content(tmp_path: Path) -> None:
    path = tmp_path / "x.h5ad"
    with h5py.File(path, "w") as file:
        file.create_dataset("X", shape=(1 << 30, 512), chunks=(64, 512), dtype="f4")
        file["obs/_index"] = np.array([b"A"])
    refused(path, "1 names for the 1,073,741,824 rows")
    with h5py.File(path, "w") as file:
        file.create_dataset("X", shape=(3, 1 << 30), chunks=(1, 512), dtype="f4")
        file["obs/_index"] = np.array([b"A", b"B", b"C"])
    refused(path, "numbers, the most is")
    with h5py.File(path, "w") as file:
        file["X"] = numbers(3, 4)
        file.create_dataset("obs/_index", shape=(1 << 31,), chunks=(64,), dtype="i8")
    refused(path, "refused")


def test_without_h5py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = cells(tmp_path / "x.h5ad", PCs=numbers(30, 4))
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    error = refused(path, "needs h5py, which is not installed")
    assert "gene-tui[formats]" in error.hint
