"""From tables of expression to vectors of genes: the recipe of the atlas in the box.

Each table is a block of samples (tissues, blood cell types, cell lines) and the genes measured
in them, in normalised units (NX, nTPM). Of log2(1 + value) a gene's mean over what was measured
in the block is taken off, what was not measured counts as that mean; a block is weighted and
divided by the root of its number of samples, so that a hundred cell lines do not outvote eighteen
blood cells. The samples are put side by side, each about its mean over the genes, and a gene's
vector is its row of U·√S, the singular vectors times the root of the singular values: U·S would
leave nearly all of a gene to a few axes, U would make noise as loud as signal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gene_tui.arrays import Floats

DIMS = 128
#: How much a block of samples counts, by what the samples are.
WEIGHTS = {"tissue": 1.0, "blood": 0.7, "cell line": 0.7}
#: A mixture of the blood cells beside it.
_MIXTURES = frozenset({"total pbmc"})


@dataclass(frozen=True, slots=True)
class Expression:
    """One table of expression.

    Attributes:
        kind: of its samples, a key of ``WEIGHTS``.
        genes: Ensembl IDs, n, each once.
        samples: what its columns are called, each once.
        values: (n, len(samples)) float64, not negative; NaN where a gene was not measured.
    """

    kind: str
    genes: Sequence[str]
    samples: Sequence[str]
    values: Floats


@dataclass(frozen=True, slots=True)
class Embedded:
    """What the recipe makes.

    Attributes:
        genes: Ensembl IDs in alphabetical order, n. vectors: (n, d) float64.
        silent: genes of the tables that are expressed nowhere and left out.
    """

    genes: list[str]
    vectors: Floats
    silent: list[str]


def is_mixture(sample: str) -> bool:
    """Whether a sample is a mixture of others (total PBMC), which the recipe leaves out."""
    return sample.strip().replace("_", " ").casefold() in _MIXTURES


def embed(tables: Sequence[Expression], *, dims: int = DIMS) -> Embedded:
    """Vectors of all genes that are expressed anywhere.

    Args:
        tables: a gene that one of them lacks counts as not measured there.
        dims: d, at most; there are no more than samples, or directions in which genes differ.

    Raises:
        ValueError: no gene is expressed.
    """
    everywhere = sorted({gene for table in tables for gene in table.genes})
    place = {gene: row for row, gene in enumerate(everywhere)}
    blocks = []
    for table in tables:
        keep = [column for column, name in enumerate(table.samples) if not is_mixture(name)]
        block = np.full((len(everywhere), len(keep)), np.nan)
        block[[place[gene] for gene in table.genes]] = table.values[:, keep]
        blocks.append((WEIGHTS[table.kind], block))
    heard = np.zeros(len(everywhere), dtype=bool)
    for _, block in blocks:
        heard |= (block > 0).any(axis=1)
    if not heard.any():
        raise ValueError("no gene is expressed in any sample")
    matrix = np.hstack([_deviations(block[heard]) * weight for weight, block in blocks])
    matrix -= matrix.mean(axis=0)
    return Embedded(
        [gene for gene, kept in zip(everywhere, heard, strict=True) if kept],
        _roots(matrix, dims),
        [gene for gene, kept in zip(everywhere, heard, strict=True) if not kept],
    )


def _deviations(block: Floats) -> Floats:
    """log2(1 + value) of (n, c) about each gene's mean, 0 where not measured; over √c."""
    known = ~np.isnan(block)
    logs = np.where(known, np.log2(1 + np.where(known, block, 0)), 0)
    means = logs.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    result: Floats = np.where(known, logs - means[:, None], 0) / np.sqrt(max(block.shape[1], 1))
    return result


def _roots(matrix: Floats, dims: int) -> Floats:
    """U·√S of (n, c), the largest singular values first; (n, d).

    An axis and its mirror image are the same; of the two it is the one along which the sample
    that counts most counts up.
    """
    squares, axes = np.linalg.eigh(matrix.T @ matrix)
    values = np.sqrt(np.maximum(squares[::-1], 0))
    rank = int((values > values[0] * 1e-9).sum()) if len(values) else 0
    axes = axes[:, ::-1][:, : min(dims, rank)]
    values = values[: min(dims, rank)]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    result: Floats = matrix @ (axes * signs) / np.sqrt(values)
    return result
