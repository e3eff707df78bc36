"""The recipe that makes vectors of expression."""

from __future__ import annotations

import numpy as np
import pytest

from gene_tui.arrays import Floats
from gene_tui.spaces.expression import WEIGHTS, Embedded, Expression, embed, is_mixture

NAN = float("nan")


def by_hand(tables: list[Expression], genes: list[str], dims: int) -> Floats:
    """Products of all vectors, from a singular value decomposition and loops."""
    columns = []
    for table in tables:
        block = []
        for gene in genes:
            given = table.values[list(table.genes).index(gene)] if gene in table.genes else None
            logs = [
                np.log2(1 + given[place]) if given is not None else NAN
                for place, sample in enumerate(table.samples)
                if sample != "total_PBMC"
            ]
            known = [one for one in logs if not np.isnan(one)]
            mean = sum(known) / len(known) if known else 0.0
            block.append([0.0 if np.isnan(one) else one - mean for one in logs])
        columns.append(np.array(block) * WEIGHTS[table.kind] / np.sqrt(len(block[0])))
    matrix = np.hstack(columns)
    u, s, _ = np.linalg.svd(matrix - matrix.mean(axis=0), full_matrices=False)
    rows = u[:, :dims] * np.sqrt(s[:dims])
    return rows @ rows.T


@pytest.fixture
def tables() -> list[Expression]:
    rng = np.random.default_rng(5)
    genes = [f"g{number:02}" for number in range(30)]
    tissues = rng.exponential(8, (30, 7))
    tissues[3, 2:] = NAN
    tissues[4] = 0
    blood = rng.exponential(3, (29, 5))
    blood[4] = 0
    cells = rng.exponential(5, (30, 9))
    cells[4] = 0
    return [
        Expression("tissue", genes, [f"t{n}" for n in range(7)], tissues),
        Expression("blood", genes[:29], ["b0", "b1", "total_PBMC", "b2", "b3"], blood),
        Expression("cell line", genes[::-1], [f"c{n}" for n in range(9)], cells[::-1]),
    ]


def test_vectors_are_those_of_the_recipe(tables: list[Expression]) -> None:
    made = embed(tables, dims=6)
    assert made.silent == ["g04"]
    assert made.genes == sorted(set(tables[0].genes) - {"g04"})
    assert made.vectors.shape == (29, 6)
    expected = by_hand(tables, made.genes, 6)
    np.testing.assert_allclose(made.vectors @ made.vectors.T, expected, atol=1e-9)


def test_the_same_tables_make_the_same_vectors_whatever_their_order(
    tables: list[Expression],
) -> None:
    made = embed(tables, dims=6)
    order = np.random.default_rng(1).permutation(30)
    turned = [
        Expression(t.kind, [t.genes[i] for i in order], t.samples, t.values[order])
        if len(t.genes) == 30
        else t
        for t in tables
    ]
    again = embed(turned, dims=6)
    assert again.genes == made.genes
    np.testing.assert_allclose(again.vectors, made.vectors, atol=1e-9)


def test_no_more_dimensions_than_there_are(tables: list[Expression]) -> None:
    made: Embedded = embed(tables[1:2])
    assert made.vectors.shape[1] == 3  # four samples, about each gene's mean


def test_a_mixture_of_the_others_is_left_out() -> None:
    assert is_mixture("total PBMC") and is_mixture("total_PBMC")
    assert not is_mixture("NK-cell")


def test_nothing_expressed_is_no_space() -> None:
    with pytest.raises(ValueError, match="no gene is expressed"):
        embed([Expression("blood", ["a"], ["x", "y"], np.zeros((1, 2)))])
