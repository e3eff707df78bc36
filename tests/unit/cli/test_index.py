"""``gene-tui index``, and questions asked of an index on the command line."""

from __future__ import annotations

import os
from pathlib import Path

import faiss
import numpy as np
import pytest

import gene_tui
from tests.cli import run

GENES = 120
PAIRS = GENES * (GENES - 1) // 2


def small() -> str:
    """The small space's folder."""
    return os.environ["GENE_TUI_SPACE"]


def written(folder: Path) -> Path:
    """An index as the earlier scripts wrote it, of the first genes of the small space."""
    x = np.asarray(gene_tui.open_space().space.vectors[:GENES])
    i, j = np.triu_indices(GENES, 1)
    offsets = x[i] - x[j]
    offsets /= np.linalg.norm(offsets, axis=1, keepdims=True)
    quantizer = faiss.IndexFlatIP(x.shape[1])
    index = faiss.IndexIVFFlat(quantizer, x.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    index.train(offsets)
    index.add(offsets)
    file = folder / "trained_index.faiss"
    faiss.write_index(index, str(file))
    return file


def first_genes() -> list[str]:
    space = gene_tui.open_space().space
    return [space.gene(row).symbol for row in range(GENES)]


def pairs_of(answer: dict[str, object]) -> list[list[str]]:
    return [[gene["symbol"] for gene in hit["genes"]] for hit in answer["hits"]]  # type: ignore


def test_an_index_of_the_earlier_scripts_is_described_measured_and_asked(tmp_path: Path) -> None:
    file = written(tmp_path)
    facts = run("index", "info", str(file), "--format", "json").json
    assert facts["ntotal"] == PAIRS and facts["genes"] == GENES
    assert facts["kind"] == "IVF16,Flat" and facts["recall"] is None
    assert f"genes       {GENES}" in run("index", "info", str(file)).out

    said = run(
        "index",
        "recall",
        str(file),
        small(),
        "--queries",
        "10",
        "--nprobe",
        "16",
    )
    assert "recall@10 = 1.000  (10 random queries, nprobe 16)" in said.out

    a, b = first_genes()[3], first_genes()[40]
    base = ("query", f"{a} : {b}", "-k", "5", "--truncate", str(GENES), "--format", "json")
    exact = run(*base).json
    for resident in ((), ("--resident",)):
        asked = run(*base, "--index", str(file), "--nprobe", "16", *resident)
        assert asked.code == 0
        assert pairs_of(asked.json) == pairs_of(exact)
        assert asked.json["exact"] is False
        assert any("approximate, recall ≈ 1" in note for note in asked.json["notes"])


def test_build_holds_every_pair_and_its_own_space_only(tmp_path: Path) -> None:
    file = tmp_path / "pairs.faiss"
    built = run(
        *(
            "index",
            "build",
            small(),
            "--out",
            str(file),
            "--truncate",
            str(GENES),
        ),
        *("--factory", "IVF16,Flat", "--memory", "500M"),
    )
    assert built.code == 0 and f"{PAIRS:,} pairs" in built.err
    assert faiss.read_index(str(file)).ntotal == PAIRS
    a, b = first_genes()[0], first_genes()[1]
    done = run("query", f"{a} : {b}", "--index", str(file), "-k", "2")
    assert done.code == 0 and "approximate" in done.err


@pytest.mark.parametrize("harm", ["cut", "shuffled", "random", "missing"])
def test_what_is_no_index_is_refused_in_two_lines(harm: str, tmp_path: Path) -> None:
    file = written(tmp_path)
    content = file.read_bytes()
    random = np.random.default_rng(0)
    if harm == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif harm == "shuffled":
        file.write_bytes(random.permutation(np.frombuffer(content, np.uint8)).tobytes())
    elif harm == "random":
        file.write_bytes(random.bytes(100_000))
    else:
        file.unlink()
    a, b = first_genes()[0], first_genes()[1]
    for arguments in (
        ("index", "info", str(file)),
        ("index", "recall", str(file), small()),
        ("query", f"{a} : {b}", "--index", str(file)),
    ):
        done = run(*arguments)
        assert done.code == 3 and not done.out
        said = [line for line in done.err.splitlines() if not line.startswith("space:")]
        assert len(said) == 2 and file.name in said[0] and said[1].startswith("hint: ")


def test_an_index_of_another_space_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path)
    random = np.random.default_rng(1)
    other = tmp_path / "other.npz"
    np.savez(
        other,
        embeddings=random.standard_normal((GENES, 128)),
        genes=[f"G{row}" for row in range(GENES)],
    )
    done = run("query", "G1 : G2", "--space", str(other), "--index", str(file))
    assert done.code == 3 and "hint:" in done.err


def test_a_size_that_is_none(tmp_path: Path) -> None:
    done = run(
        "index",
        "build",
        small(),
        "--memory",
        "much",
        "--out",
        str(tmp_path / "x"),
    )
    assert done.code == 2 and "--memory much is no size" in done.err
