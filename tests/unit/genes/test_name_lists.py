"""Lists of names as people keep them."""

from __future__ import annotations

import pytest

from gene_tui.genes.name_lists import parse_names


@pytest.mark.parametrize(
    ("text", "names", "note"),
    [
        ("HBA1\nHBB\n\nHBD\n", "HBA1 HBB HBD", ""),
        ("\ufeffHBA1\r\nHBB\r\n", "HBA1 HBB", ""),
        ("# my list\nHBA1\n  # more\nHBB", "HBA1 HBB", ""),
        ("\"HBA1\"\n'HBB'\n", "HBA1 HBB", ""),
        ("HBA1,HBB,HBD", "HBA1 HBB HBD", "separated by commas"),
        ("HBA1, HBB,\nHBD, HBM, HBZ\n", "HBA1 HBB HBD HBM HBZ", "separated by commas"),
        ("HBA1, HBB\nHBD, HBM\n", "HBA1 HBB HBD HBM", "separated by commas"),
        ("HBA1;HBB;HBD", "HBA1 HBB HBD", "separated by semicolons"),
        ("HBA1\tHBB\tHBD\n", "HBA1 HBB HBD", "separated by tabs"),
        ("HBA1 HBB HBD\n", "HBA1 HBB HBD", "separated by blanks"),
        ('"","logFC"\n"HBA1",2.1\n"HBB",1.9\n', "HBA1 HBB", "first column of a table"),
        ("gene\tlogFC\tp\nHBA1\t2\t.1\nHBB\t1\tNA\n", "HBA1 HBB", "first column of a table, gene"),
        ("HBA1\t2\t.1\nHBB\t1\t.2\n", "HBA1 HBB", "first column of a table"),
        ("HBA1\themoglobin alpha\nHBB\themoglobin beta\n", "HBA1 HBB", "first column of a table"),
        (",gene,padj\n0,HBA1,0.1\n1,HBB,0.2\n", "HBA1 HBB", "second column of a table, gene"),
        ("7157\n1956\n", "7157 1956", ""),
    ],
)
def test_names_are_read_as_meant(text: str, names: str, note: str) -> None:
    read = parse_names(text)
    assert list(read.names) == names.split()
    assert len(read.notes) == bool(note)
    assert note in "".join(read.notes)


def test_names_with_blanks_and_commas_stay_whole() -> None:
    assert parse_names("New York\nLos Angeles\n").names == ("New York", "Los Angeles")
    assert parse_names("a,b\nking\nqueen\n").names == ("a,b", "king", "queen")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", ",,\n,,\n"])
def test_nothing_is_no_name(text: str) -> None:
    assert parse_names(text).names == ()
