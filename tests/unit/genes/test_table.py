"""The gene table: faithful to any text, and honest about damage."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gene_tui.errors import FileError
from gene_tui.genes.escaping import escape, unescape
from gene_tui.genes.table import GeneTable
from gene_tui.model.gene import FIELDS, Gene

HBA1 = Gene(
    0,
    "ENSG00000206172",
    "ENSG00000206172",
    "HBA1",
    "hemoglobin subunit alpha 1",
    "protein-coding",
    "16",
    ("HBA",),
    ("ECYT7", "METHBA"),
    "HGNC:4823",
    "3039",
    "a globin",
)
ODD = Gene(1, "[/x]\t\x1b]52;c;\x07\n\\n\u202e\u2028\udcff|", aliases=("a|b", "c\\x7c", "\r"))

any_text = st.text(st.characters(exclude_categories=()))
filled = st.text(st.characters(exclude_categories=()), min_size=1)


@given(any_text)
def test_any_text_survives_escaping_in_one_line(text: str) -> None:
    escaped = escape(text)
    assert unescape(escaped) == text
    assert not any(ord(character) < 32 or ord(character) == 127 for character in escaped)
    assert len(escaped.splitlines()) <= 1
    escaped.encode()


@given(
    st.lists(
        st.builds(
            Gene,
            row=st.just(0),
            label=any_text,
            symbol=any_text,
            previous=st.lists(filled, max_size=3).map(tuple),
            aliases=st.lists(filled, max_size=3).map(tuple),
            description=any_text,
        ),
        max_size=4,
    )
)
def test_genes_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, genes: list[Gene]
) -> None:
    folder = tmp_path_factory.mktemp("space")
    assert GeneTable.write(folder, iter(genes)) == len(genes)
    table = GeneTable.open(folder)
    assert len(table) == len(genes)
    for row, gene in enumerate(genes):
        read = table.gene(row)
        assert read.row == row
        assert [getattr(read, field) for field in FIELDS] == [
            getattr(gene, field) for field in FIELDS
        ]
        assert table.label(row) == gene.label
    assert table.column("label") == [gene.label for gene in genes]
    assert table.column("description") == [gene.description for gene in genes]


def test_the_file_can_be_read_by_a_person(tmp_path: Path) -> None:
    GeneTable.write(tmp_path, [HBA1, ODD])
    lines = (tmp_path / "genes.tsv").read_bytes().decode().split("\n")
    assert lines[0].split("\t") == list(FIELDS)
    assert lines[1].startswith("ENSG00000206172\tENSG00000206172\tHBA1\themoglobin subunit")
    assert "\tECYT7|METHBA\t" in lines[1]
    assert len(lines) == 4 and lines[3] == ""
    assert all(character.isprintable() or character in "\t\u202e" for character in lines[2])


def test_columns_of_lists_are_joined(tmp_path: Path) -> None:
    GeneTable.write(tmp_path, [HBA1, ODD])
    assert GeneTable.open(tmp_path).column("aliases")[0] == "ECYT7|METHBA"
    with pytest.raises(ValueError):
        GeneTable.open(tmp_path).column("colour")


def test_columns_are_read_part_by_part(tmp_path: Path) -> None:
    n = 5000  # parts of 2048 lines, the last one shorter
    GeneTable.write(tmp_path, (Gene(row, f"word\t{row}", name=f"\u03b1{row}") for row in range(n)))
    table = GeneTable.open(tmp_path)
    assert table.column("label") == [f"word\t{row}" for row in range(n)]
    assert table.column("name") == [f"\u03b1{row}" for row in range(n)]
    file = tmp_path / "genes.tsv"
    text = file.read_bytes()
    place = text.index(b"4500\t")
    file.write_bytes(text[:place] + b"45\n0\t" + text[place + 5 :])
    with pytest.raises(FileError, match=r"from line 4098 on, where its index expects 904"):
        GeneTable.open(tmp_path).column("label")


@pytest.mark.parametrize("row", [-1, 2, 10**9])
def test_rows_that_are_not_there(tmp_path: Path, row: int) -> None:
    GeneTable.write(tmp_path, [HBA1, ODD])
    table = GeneTable.open(tmp_path)
    with pytest.raises(IndexError):
        table.gene(row)
    with pytest.raises(IndexError):
        table.label(row)


def _cut(folder: Path) -> None:
    file = folder / "genes.tsv"
    file.write_bytes(file.read_bytes()[:-1])


def _foreign_header(folder: Path) -> None:
    file = folder / "genes.tsv"
    file.write_bytes(file.read_bytes().replace(b"label\t", b"lable\t", 1))


def _empty(folder: Path) -> None:
    (folder / "genes.tsv").write_bytes(b"")


def _no_index(folder: Path) -> None:
    (folder / "index/rows.npy").unlink()


def _cut_index(folder: Path) -> None:
    file = folder / "index/rows.npy"
    file.write_bytes(file.read_bytes()[:-3])


def _wrong_index(folder: Path) -> None:
    np.save(folder / "index/rows.npy", np.zeros((3, 3)))


def _no_table(folder: Path) -> None:
    (folder / "genes.tsv").unlink()


@pytest.mark.parametrize(
    "damage",
    [_cut, _foreign_header, _empty, _no_index, _cut_index, _wrong_index, _no_table],
)
def test_damage_is_told_when_opening(tmp_path: Path, damage: object) -> None:
    GeneTable.write(tmp_path, [HBA1, ODD])
    assert callable(damage)
    damage(tmp_path)
    with pytest.raises(FileError) as caught:
        GeneTable.open(tmp_path)
    assert str(tmp_path) in caught.value.message
    assert "\n" not in caught.value.message and caught.value.hint


def test_damage_inside_names_the_line(tmp_path: Path) -> None:
    GeneTable.write(tmp_path, [HBA1, HBA1])
    file = tmp_path / "genes.tsv"
    text = file.read_bytes()
    last = text.rindex(b"HBA1\t")
    file.write_bytes(text[:last] + b"\xff\xff\xff\xff\t" + text[last + 5 :])
    with pytest.raises(FileError, match=r"genes.tsv:3 is not UTF-8"):
        GeneTable.open(tmp_path).gene(1)
    file.write_bytes(text[:last] + b"HBA1 " + text[last + 5 :])
    with pytest.raises(FileError, match=r"genes.tsv:3 has 10 columns"):
        GeneTable.open(tmp_path).gene(1)
    assert GeneTable.open(tmp_path).gene(0).symbol == "HBA1"


def test_opening_does_not_read_the_rows(tmp_path: Path) -> None:
    GeneTable.write(tmp_path, (Gene(row, f"word{row}") for row in range(100_000)))
    start = time.perf_counter()
    table = GeneTable.open(tmp_path)
    opening = time.perf_counter() - start
    start = time.perf_counter()
    assert table.column("label")[99_999] == "word99999"
    reading = time.perf_counter() - start
    assert opening < reading / 2
