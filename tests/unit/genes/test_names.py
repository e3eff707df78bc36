"""The name index: finds what was put in, by any case, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gene_tui.errors import FileError
from gene_tui.genes.names import Name, NameIndex, NameKind, NameMatch
from gene_tui.model.gene import Gene

GENES = [
    Gene(0, "ENSG00000206172", "ENSG00000206172", "HBA1", aliases=("ACT", "hba1")),
    Gene(1, "ENSG00000188536.4", "ENSG00000188536", "HBA2", previous=("HBA",)),
    Gene(2, "king"),
    Gene(3, "King"),
    Gene(4, "act", "", "SERPINA3", previous=("",), aliases=("ACT", "HBA")),
]


def _index(folder: Path, genes: list[Gene]) -> NameIndex:
    NameIndex.write(folder, iter(genes))
    return NameIndex.open(folder)


def test_exact_ignores_case_and_puts_the_strongest_first(tmp_path: Path) -> None:
    names = _index(tmp_path, GENES)
    assert names.exact("KING") == [NameMatch(2, NameKind.LABEL), NameMatch(3, NameKind.LABEL)]
    assert names.exact("hba1") == [NameMatch(0, NameKind.SYMBOL)]
    assert names.exact("Act") == [NameMatch(4, NameKind.LABEL), NameMatch(0, NameKind.ALIAS)]
    assert names.exact("hba") == [NameMatch(1, NameKind.PREVIOUS), NameMatch(4, NameKind.ALIAS)]
    assert names.exact("ensg00000188536") == [NameMatch(1, NameKind.ID)]
    assert names.exact("ENSG00000188536.4") == [NameMatch(1, NameKind.LABEL)]
    assert names.exact("") == names.exact("HB") == names.exact("zzz") == []


def test_prefix_is_in_order_and_limited(tmp_path: Path) -> None:
    names = _index(tmp_path, GENES)
    assert names.prefix("Hb", 10) == [
        Name("hba", 1, NameKind.PREVIOUS),
        Name("hba", 4, NameKind.ALIAS),
        Name("hba1", 0, NameKind.SYMBOL),
        Name("hba2", 1, NameKind.SYMBOL),
    ]
    assert [name.text for name in names.prefix("hb", 1)] == ["hba"]
    assert names.prefix("zz", 3) == []
    assert len(names.prefix("", 100)) == len(names) == len(names.all_keys())


def test_iterating_gives_every_entry(tmp_path: Path) -> None:
    names = _index(tmp_path, GENES)
    entries = list(names)
    assert entries == [names.entry(place) for place in range(len(names))]
    assert entries == sorted(entries, key=lambda entry: (entry.text, entry.kind, entry.row))
    assert Name("serpina3", 4, NameKind.SYMBOL) in entries


def test_no_genes_and_no_names(tmp_path: Path) -> None:
    names = _index(tmp_path, [])
    assert len(names) == 0
    assert names.exact("x") == names.prefix("", 5) == names.all_keys() == list(names) == []


@given(st.lists(st.text(st.characters(exclude_categories=())), max_size=12))
def test_every_label_is_found_and_only_by_its_name(
    tmp_path_factory: pytest.TempPathFactory, labels: list[str]
) -> None:
    genes = [Gene(row, label) for row, label in enumerate(labels)]
    names = _index(tmp_path_factory.mktemp("space"), genes)
    for label in labels:
        same = [row for row, other in enumerate(labels) if other.casefold() == label.casefold()]
        assert [match.row for match in names.exact(label)] == same
        start = label[: len(label) // 2]
        begun = [other for other in labels if other.casefold().startswith(start.casefold())]
        assert len(names.prefix(start, 100)) == len(begun)
    assert sorted(names.all_keys()) == sorted(label.casefold() for label in labels)
    encoded = [key.encode("utf-8", "surrogatepass") for key in names.all_keys() if key.isalnum()]
    assert encoded == sorted(encoded)


def _cut_text(folder: Path) -> None:
    file = folder / "index/names.txt"
    file.write_bytes(file.read_bytes()[:-1])


def _cut_entries(folder: Path) -> None:
    file = folder / "index/names.npy"
    file.write_bytes(file.read_bytes()[:-5])


def _other_entries(folder: Path) -> None:
    np.save(folder / "index/names.npy", np.arange(4))


def _no_text(folder: Path) -> None:
    (folder / "index/names.txt").unlink()


def _no_entries(folder: Path) -> None:
    (folder / "index/names.npy").unlink()


@pytest.mark.parametrize("damage", [_cut_text, _cut_entries, _other_entries, _no_text, _no_entries])
def test_damage_is_told_when_opening(tmp_path: Path, damage: object) -> None:
    _index(tmp_path, GENES)
    assert callable(damage)
    damage(tmp_path)
    with pytest.raises(FileError) as caught:
        NameIndex.open(tmp_path)
    assert "names." in caught.value.message and caught.value.hint
