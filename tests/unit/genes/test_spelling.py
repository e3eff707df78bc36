"""Distances between spellings, against the textbook's table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gene_tui.errors import Cancelled
from gene_tui.genes.names import NameIndex
from gene_tui.genes.spelling import as_written, close_places
from gene_tui.model.gene import Gene

letters = st.text("abAB1é-α", max_size=7)


def _distance(a: str, b: str) -> int:
    """Optimal string alignment, one pair at a time."""
    table = [[i + j if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i][j] = min(
                table[i - 1][j] + 1,
                table[i][j - 1] + 1,
                table[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
            )
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(st.lists(letters, max_size=20), letters, st.integers(0, 2))
@settings(deadline=None)
def test_exactly_the_close_names_are_found(
    tmp_path_factory: pytest.TempPathFactory, labels: list[str], text: str, most: int
) -> None:
    folder = tmp_path_factory.mktemp("space")
    NameIndex.write(folder, [Gene(row, label) for row, label in enumerate(labels)])
    names = NameIndex.open(folder)
    places, distances = close_places(names, text, most)
    found = dict(zip(places.tolist(), distances.tolist(), strict=True))
    expected = {
        place: distance
        for place, key in enumerate(names.all_keys())
        if (distance := _distance(key, text.casefold())) <= most
    }
    assert found == expected
    assert places.tolist() == sorted(places.tolist())


def test_only_some_names_are_looked_at(store: Any) -> None:
    _, names = store([Gene(0, "HBA1"), Gene(1, "HBA2"), Gene(2, "HBB")])
    places, _ = close_places(names, "HBA3", 1, names.rows == 1)
    assert names.rows[places].tolist() == [1]


def test_it_can_be_stopped(store: Any) -> None:
    _, names = store([Gene(0, "HBA1")])
    with pytest.raises(Cancelled):
        close_places(names, "HBA2", cancelled=lambda: True)


def test_names_are_written_as_the_gene_writes_them() -> None:
    gene = Gene(0, "ENSG1", "ENSG1", "C1orf112", previous=("Old",), aliases=("FLJ10706", "old"))
    assert as_written(gene, "c1orf112") == "C1orf112"
    assert as_written(gene, "old") == "Old"
    assert as_written(gene, "flj10706") == "FLJ10706"
    assert as_written(gene, "unknown") == "unknown"
