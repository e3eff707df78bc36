"""The atlas: the space in the box."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from gene_tui import paths
from gene_tui.arrays import Matrix, Rows
from gene_tui.errors import FileError
from gene_tui.genes.annotations import annotate
from gene_tui.genes.human import human_genes
from gene_tui.spaces import atlas

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


def test_its_records_are_those_an_import_would_make() -> None:
    (block,) = atlas.source_of(atlas.load(), Path("x")).blocks
    labels = list(block.labels)
    genes, kind, notes = atlas.annotator(labels, {})
    human = human_genes()
    assert (kind, notes) == ("ensembl", [])
    assert genes == annotate(labels, [human.annotations], human=human, kind="ensembl")


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
