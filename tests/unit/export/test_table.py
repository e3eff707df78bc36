"""One table in all its written forms, whatever its cells hold."""

from __future__ import annotations

import csv
import io
import json

import pytest
from markdown_it import MarkdownIt
from rich.cells import cell_len

from gene_tui.export.table import Cells, Column, Link, Table
from gene_tui.text import clean, harmful
from tests.unit.results import HOSTILE

each_hostile = pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PLAIN = Table(
    [
        Column("gene", ["HBA1", Link("HBB", "https://x.example/HBB")], heading="Gene"),
        Column("score", [0.98765, None], ".3f", right=True),
        Column("hits", [12345, 0], ",", right=True),
        Column("shift", [1, None], lambda n: "gone" if n is None else f"{n:+}", right=True),
        Column("others", [["A|1", "B"], []]),
    ]
)
EMPTY = Table([Column("gene", []), Column("score", [], ".3f", right=True, wish=1)])


def cells_of(markdown: str) -> list[list[str]]:
    """The visible text of a Markdown table's cells."""
    rows: list[list[str]] = []
    tokens = READER.parse(markdown)
    assert [token.type for token in tokens].count("table_open") == 1
    for place, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            children = tokens[place + 1].children or []
            assert {child.type for child in children} <= {"text", "link_open", "link_close"}
            rows[-1].append("".join(child.content for child in children))
    return rows


def test_the_same_values_in_every_form() -> None:
    assert PLAIN.text(None).splitlines() == [
        "gene  score    hits  shift  others",
        "HBA1  0.988  12,345     +1  A|1, B",
        "HBB       –       0   gone",
    ]
    assert PLAIN.rows() == [
        ("HBA1", "0.988", "12,345", "+1", "A|1, B"),
        ("HBB", "–", "0", "gone", ""),
    ]
    assert list(PLAIN.markdown()) == [
        "| Gene | score | hits | shift | others |",
        "| --- | ---: | ---: | ---: | --- |",
        "| HBA1 | 0.988 | 12,345 | +1 | A\\|1, B |",
        "| [HBB](https://x.example/HBB) | – | 0 | gone |  |",
    ]


def test_programs_get_the_values_themselves() -> None:
    table = Table([PLAIN.columns[place] for place in (1, 2, 4)])
    assert table.delimited(",") == "score,hits,others\n0.98765,12345,A|1|B\n,0,\n"
    assert table.delimited("\t").splitlines()[1] == "0.98765\t12345\tA|1|B"
    assert json.loads(json.dumps(table.records())) == [
        {"score": 0.98765, "hits": 12345, "others": ["A|1", "B"]},
        {"score": None, "hits": 0, "others": []},
    ]


def test_a_table_without_rows_is_its_heading() -> None:
    assert EMPTY.text(80) == EMPTY.text(None) == "gene\n"
    assert list(EMPTY.lines(80)) == ["gene  score"]
    assert EMPTY.delimited(",") == "gene,score\n"
    assert list(EMPTY.markdown()) == ["| gene | score |", "| --- | ---: |"]
    assert EMPTY.records() == []
    assert EMPTY.rows() == []


@each_hostile
def test_any_text_stays_in_its_cell(text: str) -> None:
    table = Table(
        [
            Column(text, [text, Link(text, "https://x.example/")], least=4, style="bold"),
            Column("several", [[text, text], []]),
            Column("n", [1, 2], right=True),
        ]
    )
    for limit in (None, 10, 40, 80):
        lines = table.text(limit).split("\n")
        assert len(lines) == 4
        assert not any(map(harmful, "".join(lines)))
        assert max(map(cell_len, lines)) <= (limit or 10**6)
    read = [
        [" ".join(cell.split()) for cell in row] for row in cells_of("\n".join(table.markdown()))
    ]
    shown = " ".join(clean(text).split())
    assert read[1][0] == read[2][0] == read[0][0] == shown
    assert [row[2] for row in read] == ["n", "1", "2"]
    for sep in (",", "\t"):
        plain = Table([Column("text", [text]), Column("n", [1])])
        raw = plain.delimited(sep, Cells(raw=True))
        assert list(csv.reader(io.StringIO(raw, newline=""), delimiter=sep))[1] == [text, "1"]
        safe = plain.delimited(sep)
        assert not any(map(harmful, safe.replace(sep, "").replace("\n", "")))
        assert list(csv.reader(io.StringIO(safe), delimiter=sep))[1] == [clean(text), "1"]


def test_formulas_are_quoted_where_asked() -> None:
    table = Table([Column("text", ["=1+1", "  @x", "plain", ""]), Column("n", [-1, -1, -1, None])])
    quoted = table.delimited(",", Cells(quote_formulas=True))
    assert quoted == "text,n\n'=1+1,-1\n'  @x,-1\nplain,-1\n,\n"
    assert "'" not in table.delimited(",")


def test_wide_letters_take_two_cells() -> None:
    table = Table([Column("漢字", ["漢字漢字", "a"], least=5), Column("n", [1, 22], right=True)])
    assert table.text(None).splitlines() == ["漢字       n", "漢字漢字   1", "a         22"]
    assert table.text(9).splitlines() == ["漢字    n", "漢字…   1", "a      22"]


def test_columns_give_way_by_their_wishes() -> None:
    table = Table(
        [
            Column("name", ["x" * 20], least=6),
            Column("late", ["y" * 10], wish=2),
            Column("n", [1], right=True),
            Column("soon", ["z" * 10], wish=1),
            Column("void", [""], wish=1),
        ]
    )
    heads = {limit: table.text(limit).split("\n")[0].split() for limit in (12, 30, 80)}
    assert heads == {
        12: ["name", "n"],
        30: ["name", "n", "soon"],
        80: ["name", "late", "n", "soon"],
    }
    assert table.text(None).split("\n")[0].split() == heads[80]
    assert table.text(12).splitlines()[1] == "xxxxxxxx…  1"
    assert len(table.fitting(1).columns) == 1


def test_colours_only_where_asked() -> None:
    table = Table([Column("gene", ["HBA1"], style="bold cyan")])
    assert table.text(80, color=True) == "\x1b[1mgene\x1b[0m\n\x1b[1;36mHBA1\x1b[0m\n"
    assert table.text(80) == "gene\nHBA1\n"
