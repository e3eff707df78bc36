"""Spaces' names without vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from gene_tui.genes.annotations import Annotations, annotate, read_annotations
from gene_tui.genes.names import NameIndex
from gene_tui.genes.table import GeneTable
from gene_tui.model.gene import Gene

Opened = tuple[GeneTable, NameIndex]
Store = Callable[[Sequence[Gene]], Opened]


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Writes genes to a folder and opens it."""

    def write(genes: Sequence[Gene]) -> Opened:
        return stored(tmp_path_factory.mktemp("space"), genes)

    return write


def stored(folder: Path, genes: Sequence[Gene]) -> Opened:
    GeneTable.write(folder, genes)
    NameIndex.write(folder, genes)
    return GeneTable.open(folder), NameIndex.open(folder)


@pytest.fixture(scope="session")
def real_labels(real_data: Path) -> list[str]:
    """The Ensembl IDs of the real human embedding."""
    folder = real_data / "seed_layout" / "geneformer"
    with np.load(folder / "gene_embeddings_ordered_brain.npz") as arrays:
        return [str(label) for label in arrays["genes"]]


@pytest.fixture(scope="session")
def ncbi(real_data: Path) -> Annotations:
    """The real NCBI table."""
    return read_annotations(real_data / "annotations" / "Homo_sapiens.gene_info.gz")


@pytest.fixture(scope="session")
def real_genes(real_labels: list[str], ncbi: Annotations) -> list[Gene]:
    """The rows of the real human embedding, annotated by NCBI."""
    return annotate(real_labels, [ncbi])


@pytest.fixture(scope="session")
def real_space(tmp_path_factory: pytest.TempPathFactory, real_genes: list[Gene]) -> Opened:
    """Their table and index."""
    return stored(tmp_path_factory.mktemp("real"), real_genes)
