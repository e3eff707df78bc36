"""The atlas: the space in the box."""

from __future__ import annotations

import os
import resource
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gene_tui
from gene_tui import paths
from gene_tui.arrays import Matrix, Rows
from gene_tui.engines.answers.background import seeded_questions
from gene_tui.errors import FileError, UnknownGene
from gene_tui.genes.human import human_genes
from gene_tui.model.gene import Gene
from gene_tui.session import Session
from gene_tui.spaces import atlas
from tests.conftest import MadeOnce

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def parts() -> dict[str, np.ndarray]:
    return atlas.load()


def nearest(vectors: Matrix, k: int = 10) -> Rows:
    """The k nearest rows of each by cosine, ascending."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = []
    for start in range(0, len(unit), 1000):
        cosines = unit[start : start + 1000] @ unit.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -2
        found.append(np.sort(np.argpartition(-cosines, k, axis=1)[:, :k], axis=1))
    return np.vstack(found)


def test_its_file_holds_the_genome(parts: dict[str, np.ndarray]) -> None:
    assert parts["codes"].shape == (19_666, 128)
    assert (np.diff(parts["genes"].astype(np.int64)) > 0).all()
    assert (np.abs(parts["codes"].astype(int)).max(axis=1) == 127).all()


def test_the_script_makes_it_of_the_sources(parts: dict[str, np.ndarray], real_data: Path) -> None:
    folder = real_data / "expression"
    if not folder.is_dir():
        pytest.skip(f"no expression tables at {folder}")
    script = runpy.run_path(str(ROOT / "assets" / "make_atlas.py"))
    made = script["make"](folder)
    again = atlas.packed(made.genes, made.vectors)
    assert (again["genes"] == parts["genes"]).all()
    off = np.abs(again["codes"].astype(int) - parts["codes"])
    assert off.max() <= 1
    np.testing.assert_allclose(again["scales"], parts["scales"], rtol=1e-5)
    (shipped,), (remade,) = (
        [block.vectors for block in atlas.source_of(one, Path("x")).blocks]
        for one in (parts, again)
    )
    same = (nearest(shipped) == nearest(remade)).all(axis=1).mean()
    assert same >= 0.99


def test_its_records_are_those_of_the_human_gene_table() -> None:
    (block,) = atlas.source_of(atlas.load(), Path("x")).blocks
    genes, kind, notes = atlas.annotator(block.labels, {})
    assert (kind, notes) == ("ensembl", [])
    for gene in genes[::50]:
        known = human_genes().of_id(gene.label)
        if known is None:
            assert gene == Gene(gene.row, gene.label, gene.label)
            continue
        assert gene.label == gene.id in known.ids
        assert (gene.symbol, gene.name, gene.hgnc) == (known.symbol, known.name, known.hgnc)
        assert {known.symbol, *gene.previous, *gene.aliases} == {
            known.symbol,
            *known.previous,
            *known.aliases,
        }


def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "atlas.npz"
    whole = paths.asset(atlas.ASSET).read_bytes()
    for bytes_ in (b"", b"PK\x03\x04", whole[:1000], whole[:-1000], whole[:90_000] + b"x" * 9):
        file.write_bytes(bytes_)
        with pytest.raises(FileError, match="cannot be read") as caught:
            atlas.load(file)
        assert "\n" not in caught.value.message
    np.savez(file, codes=np.zeros((3, 2)), genes=np.zeros(3), scales=np.zeros(3))
    with pytest.raises(FileError, match="does not hold what it should"):
        atlas.load(file)


# Opened where no space is chosen

# fmt: off
FAMOUS = [
    "MYC", "ACTB", "CD4", "SOX2", "POU5F1", "NANOG", "PTEN", "KRAS", "APOE", "CFTR", "HTT",
    "SNCA", "MAPT", "PAX6", "DMD", "PCSK9", "ACE2", "PTPRC", "EPCAM", "CDH1", "HNF4A", "TP53",
    "EGFR", "BRCA1", "GAPDH", "INS", "ALB", "HBB", "MKI67", "GFAP", "NES", "CD8A", "CD3E",
    "MS4A1", "FOXP3", "IL2", "IL6", "TNF", "VEGFA", "BRAF", "ERBB2", "ESR1", "AR", "RB1", "MYH7",
    "TTN", "ACTA2", "COL1A1", "VIM", "KRT5", "SFTPC", "UMOD", "RHO", "SOD2",
]
# fmt: on


@pytest.fixture(scope="module")
def session(made_once: MadeOnce) -> Session:
    """The atlas in a cache of its own."""

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", str(folder))
            patch.delenv("GENE_TUI_SPACE", raising=False)
            gene_tui.open_space()

    (folder,) = (made_once("atlas", make) / "gene-tui" / "spaces").glob("atlas-*")
    return gene_tui.open_space(folder)


def hits(session: Session, text: str, k: int = 10, **choices: Any) -> list[tuple[str, ...]]:
    found = session.query(text, k=k, **choices)
    return [tuple(gene.shown for gene in hit.genes) for hit in found.hits]


@pytest.mark.parametrize("symbol", FAMOUS)
def test_famous_genes_answer(session: Session, symbol: str) -> None:
    result = session.query(symbol, k=5)
    assert result.query_genes[0].symbol == symbol
    assert all(hit.genes[0].id and hit.rarity for hit in result.hits)


def test_it_tells_what_is_known(session: Session) -> None:
    assert hits(session, "HBA1", 4) == [("HBA2",), ("GYPB",), ("GYPA",), ("ALAS2",)]
    assert hits(session, "CD3D : CD19", 2) == [("CD3G", "PAX5"), ("CD3G", "MS4A1")]
    assert ("CKM",) in hits(session, "TNNT2 : TNNT1 :: MYL7 : ?", 5)
    assert {("GCG",), ("CTRB2",)} <= set(hits(session, "INS", 3))


def test_what_it_lacks_says_so(session: Session) -> None:
    with pytest.raises(UnknownGene, match=r"is a human gene .* that is not in this space"):
        session.query("XIST")


@pytest.mark.parametrize("gene_type", [None, "protein-coding"])
def test_nothing_is_left_to_derive_for_one_in_n(session: Session, gene_type: str | None) -> None:
    texts = ["HBA1", "CD3D : CD19"] + (["CD3D : CD19 :: CD3G : ?"] if gene_type is None else [])
    for text in texts:
        result = session.query(text, k=3, type=gene_type)
        assert all(hit.rarity and hit.rarity_of for hit in result.hits), text
    assert not session.lacks


def test_the_scores_of_random_questions_are_those_of_its_vectors(session: Session) -> None:
    """Else the numbers in the file are another table's."""
    space = session.space
    vectors = space.vectors.astype(np.float64)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    coding = np.flatnonzero(np.array(space.column("type")) == "protein-coding")
    for rows, key in ((np.arange(space.n), ""), (coding, "-protein-coding")):
        questions = seeded_questions(rows, 1, 6000)[:40, 0]
        best = space.derived.get(f"best-nearest-cosine{key}-2")
        assert best is not None
        cosines = unit[questions] @ unit[rows].T
        cosines[questions[:, None] == rows] = -2
        np.testing.assert_allclose(best[:40], cosines.max(axis=1), atol=1e-9)
        pairs = seeded_questions(rows, 2, 1000)[:3]
        best = space.derived.get(f"best-pairs-direction-cosine{key}-2")
        assert best is not None
        for (a, b), score in zip(pairs.tolist(), best[:3].tolist(), strict=True):
            text = f"{space.gene(a).label} : {space.gene(b).label}"
            found = session.query(text, k=1, type="protein-coding" if key else None)
            assert found.hits[0].score == pytest.approx(score, abs=1e-9)


def program(cache: Path, *arguments: str, **more: Any) -> subprocess.Popen[str]:
    env = {key: value for key, value in os.environ.items() if key != "GENE_TUI_SPACE"}
    return subprocess.Popen(
        [sys.executable, "-m", "gene_tui", *arguments],
        env=env | {"XDG_CACHE_HOME": str(cache), "NUMBA_DISABLE_JIT": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def test_two_that_start_at_once_on_an_empty_cache_both_answer(tmp_path: Path) -> None:
    both = [program(tmp_path, "query", "HBA1", "-k", "2", "--format", "csv") for _ in range(2)]
    said = [one.communicate() for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert said[0][0] == said[1][0] and "HBA2" in said[0][0]
    assert len(list((tmp_path / "gene-tui" / "spaces").iterdir())) == 1
    assert "space: atlas, the human genome by expression" in said[0][1]


def test_a_disk_that_is_full_is_one_line(tmp_path: Path) -> None:
    most = 1_000_000
    done = program(
        tmp_path,
        *("query", "HBA1"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )
    _, said = done.communicate()
    assert done.returncode == 3 and "cannot be written" in said and "Traceback" not in said
    assert list((tmp_path / "gene-tui" / "spaces").iterdir()) == []
    again = program(tmp_path, "query", "HBA1")
    assert "HBA2" in again.communicate()[0]


def test_info_says_whose_data_it_is_and_how_it_may_be_shared(tmp_path: Path) -> None:
    done = program(tmp_path, "info", "atlas")
    told = done.communicate()[0]
    for part in ("Human Protein Atlas", "Uhlén", "347:1260419", "366:eaax9198", "CC BY-SA 4.0"):
        assert part in told
    assert "verified     as it was made" in told
    licence = paths.asset("atlas-LICENSE.txt").read_text(encoding="utf-8")
    for part in ("by-sa/4.0", "347:1260419", "366:eaax9198", "What was changed", "CC BY-SA 3.0"):
        assert part in licence
