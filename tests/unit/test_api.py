"""The commands as functions, AnnData there and back, progress in a line of text."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest

import gene_tui
from gene_tui import errors
from gene_tui.run import Progress

SYMBOLS = "HBA1 HBA2 HBB PYGL PYGM GYS1 GYS2 CD3D CD3E CD19 TP53 MYC".split()  # noqa: SIM905


def vectors(seed: int = 0, d: int = 8) -> Any:
    return np.random.default_rng(seed).standard_normal((len(SYMBOLS), d)).astype(np.float32)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    np.savez(tmp_path / "own.npz", embeddings=vectors(), genes=np.array(SYMBOLS))
    return tmp_path / "own.npz"


@pytest.fixture
def own(source: Path) -> gene_tui.Session:
    return gene_tui.import_space(source, "own", prepare=False)


def test_spaces_are_imported_listed_and_opened(source: Path) -> None:
    assert gene_tui.spaces() == ["atlas"]
    session = gene_tui.import_space(source)
    assert session.space.name == "own" and session.query("HBA1", k=3)[0].z is not None
    assert gene_tui.spaces() == ["atlas", "own"]
    assert gene_tui.open_space("own").query("HBA1").query_genes[0].symbol == "HBA1"
    with pytest.raises(errors.UsageError, match="own"):
        gene_tui.import_space(source)
    short = gene_tui.import_space(source, "own", replace=True, truncate=5, prepare=False)
    assert short.space.n == 5


def test_two_spaces_are_compared(own: gene_tui.Session) -> None:
    from gene_tui.compare import Comparison, QueryComparison

    other = gene_tui.open_space("own", center=True)
    found = gene_tui.compare("own", other, k=3)
    assert isinstance(found, Comparison)
    asked = gene_tui.compare(own, other, "HBA1", k=3)
    assert isinstance(asked, QueryComparison) and len(asked.shifts) == 3


def test_lists_are_tested_against_gene_sets(own: gene_tui.Session, tmp_path: Path) -> None:
    (tmp_path / "sets.gmt").write_text("HB\tx\tHBA1\tHBA2\tHBB\nT\tx\tCD3D\tCD3E\tCD19\n")
    (tmp_path / "list.txt").write_text("HBA1\nHBA2\n")
    asked = own.query("HBB", k=4)
    for genes in ("HBA1, HBA2", "@HB", ["HBA1", "HBA2"], tmp_path / "list.txt", asked):
        found = gene_tui.enrich(genes, tmp_path / "sets.gmt", own, min_size=2)
        assert {one.name for one in found.results} <= {"HB", "T"} and found.results
    with pytest.raises(errors.UsageError):
        gene_tui.enrich(asked, [tmp_path / "sets.gmt"], "own", min_size=9, max_size=5)


def test_a_space_is_scored(own: gene_tui.Session, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.txt"
    pairs.write_text(": liver to muscle\nPYGL PYGM\nGYS2 GYS1\n")
    found = gene_tui.evaluate("own", pairs)
    assert isinstance(found.to_json(), dict)
    with pytest.raises(errors.UsageError):
        gene_tui.evaluate(own, pairs, gmt=pairs)


def test_packages_of_the_same_name_stay_packages() -> None:
    code = (
        "import gene_tui.compare, gene_tui.spaces.store\n"
        "from gene_tui.enrich import Enrichment\n"
        "from gene_tui.evaluate import evaluate\n"
        "import gene_tui\n"
        "print(gene_tui.spaces(), gene_tui.spaces.store.__name__, callable(gene_tui.compare),\n"
        "      gene_tui.compare.Comparison.__name__, callable(gene_tui.evaluate))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == [
        "['atlas']",
        "gene_tui.spaces.store",
        "True",
        "Comparison",
        "True",
    ], done.stderr
    assert set(gene_tui.__all__) <= set(dir(gene_tui))
    for name in gene_tui.__all__:
        assert getattr(gene_tui, name) is not None


def test_names_that_need_quotes_are_asked_as_a_list(tmp_path: Path) -> None:
    names = ["New York", "?", "@x", "a,", "b:c", 'say "no"']
    np.savez(tmp_path / "odd.npz", embeddings=vectors()[:6], genes=np.array(names))
    session = gene_tui.open_space(tmp_path / "odd.npz")
    result = session.list(names[:5], k=1)
    assert [gene.label for gene in result.query_genes] == names[:5]
    assert session.query(result.canonical, k=1).hits == result.hits
    for wrong in (["?"], [], "New York"):
        with pytest.raises(errors.GeneTuiError):
            session.list(wrong)


def adata(place: str = "varm") -> anndata.AnnData:
    names = pd.Index(SYMBOLS)
    cells = pd.Index(["c1", "c2"])
    if place == "varm":
        made = anndata.AnnData(
            np.zeros((2, len(SYMBOLS))),
            obs=pd.DataFrame(index=cells),
            var=pd.DataFrame(index=names),
        )
        made.varm["embedding"] = vectors()
    else:
        made = anndata.AnnData(
            np.zeros((len(SYMBOLS), 2)),
            obs=pd.DataFrame(index=names),
            var=pd.DataFrame(index=cells),
        )
        made.obsm["embedding"] = vectors()
    return made


@pytest.mark.parametrize("place", ["varm", "obsm"])
def test_from_anndata(place: str, own: gene_tui.Session) -> None:
    session = gene_tui.from_anndata(adata(place), "embedding")
    assert (session.space.n, session.space.d) == (len(SYMBOLS), 8)
    found, expected = session.query("HBA1", k=5), own.query("HBA1", k=5)
    assert [(hit.genes[0].label, hit.score) for hit in found] == [
        (hit.genes[0].label, hit.score) for hit in expected
    ]
    assert found.query_genes[0].id.startswith("ENSG")
    again = gene_tui.from_anndata(adata(place), "embedding")
    assert again.space.folder == session.space.folder
    assert gene_tui.spaces() == ["atlas", "own"]  # it is in the cache, not in the catalogue


def test_what_an_anndata_lacks_is_said() -> None:
    data = adata()
    with pytest.raises(errors.UsageError) as caught:
        gene_tui.from_anndata(data, "nosuch")
    assert "varm['embedding']" in caught.value.hint
    data.obsm["embedding"] = np.zeros((2, 3))
    with pytest.raises(errors.UsageError, match="both"):
        gene_tui.from_anndata(data, "embedding")
    data.varm["words"] = np.array([["a"]] * len(SYMBOLS))
    with pytest.raises(errors.UsageError, match="no table of numbers"):
        gene_tui.from_anndata(data, "words")
    data.varm["nothing"] = np.zeros((len(SYMBOLS), 4))
    with pytest.raises(errors.FileError, match="no usable row"):
        gene_tui.from_anndata(data, "nothing")
    with pytest.raises(errors.UsageError):
        gene_tui.from_anndata(adata(), "embedding", name="../evil")


def test_to_varm_and_back(own: gene_tui.Session) -> None:
    names = ["HBB", "NOSUCH", "ENSG00000206172", "MYC"]
    data = anndata.AnnData(np.zeros((1, 4)), var=pd.DataFrame(index=pd.Index(names)))
    assert own.to_varm(data, "own") == 3
    held = data.varm["own"]
    assert np.isnan(held[1]).all() and held.dtype == np.float32
    for place, symbol in ((0, "HBB"), (2, "HBA1"), (3, "MYC")):
        assert (held[place] == own.space.vectors[SYMBOLS.index(symbol)]).all()
    back = gene_tui.from_anndata(data, "own")
    assert back.space.n == 3  # the row that is not a number was dropped
    strange = anndata.AnnData(np.zeros((1, 1)), var=pd.DataFrame(index=pd.Index(["zzz"])))
    with pytest.raises(errors.NoAnswer):
        own.to_varm(strange)
    assert not strange.varm.keys()


def test_a_bar_of_text(monkeypatch: pytest.MonkeyPatch) -> None:
    from gene_tui import run

    now = iter(np.arange(0, 100, 0.3).tolist())
    monkeypatch.setattr(run, "time", SimpleNamespace(monotonic=lambda: next(now)))
    out = io.StringIO()
    bar = gene_tui.progress_bar(out)
    bar.report(Progress("too soon", 1, 10))
    assert out.getvalue() == ""
    bar.report(Progress("reading", 5, 10))
    bar.report(Progress("counting", 7))
    bar.report(Progress("reading", 10, 10))
    first, second, third = out.getvalue().split("\r")[1:]
    assert "reading" in first and " 50%" in first and "█" * 12 + "·" * 12 in first
    assert "counting" in second and "7" in second
    assert third.endswith("\n") and "100%" in third
