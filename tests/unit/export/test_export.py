"""Printed results: terminal tables, delimited text, Markdown, and names that mean harm."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len

from gene_tui.export import wording
from gene_tui.export.results import (
    header,
    histogram,
    session_markdown,
    to_delimited,
    to_markdown,
    to_text,
)
from gene_tui.export.table import Cells
from gene_tui.model.gene import Gene
from gene_tui.model.naming import quote
from gene_tui.model.options import Options
from gene_tui.model.result import Distribution, Hit, SpaceInfo
from gene_tui.text import clean, clip, escape, fit, harmful, width
from tests.unit.results import HBA1, HBA2, HBB, HOSTILE, WORD, nearest, result

#: Numbered: the names themselves would be hostile to the report.
each_hostile = pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
ATLAS = "https://www.proteinatlas.org/"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def hostile_gene(name: str, row: int = 5) -> Gene:
    return Gene(row, name, "ENSG00000000001", name, name, description=name)


# Text


@each_hostile
def test_clean_leaves_nothing_harmful(name: str) -> None:
    shown = clean(name)
    assert not any(map(harmful, shown))
    assert clean(shown) == shown
    assert len(shown.splitlines()) == 1


@settings(deadline=None)
@given(st.text(), st.integers(0, 30))
def test_clean_and_fit_hold_for_any_text(text: str, cells: int) -> None:
    shown = clean(text)
    assert not any(map(harmful, shown))
    assert clean(shown) == shown
    cut = fit(shown, cells)
    assert width(cut) <= cells
    assert cut == shown or width(shown) > cells


def test_clean_shows_what_it_takes_away() -> None:
    assert clean("a\x1b[0m\nb\u202ec\x7f\x9b") == "a␛[0m b�c␡�"
    assert clean("naïve 漢字 👩‍🔬") == "naïve 漢字 👩‍🔬"
    assert clean("a\u00a0b") == "a b"
    assert len(clean("z" + "\u0301" * 1000)) == 9


def test_fit_counts_cells() -> None:
    assert fit("hemoglobin", 10) == "hemoglobin"
    assert fit("hemoglobin", 5) == "hemo…"
    assert fit("漢字漢字", 5) == "漢字…"
    assert fit("漢字漢字", 4) == "漢…"
    assert clip("x" * 10**6, 5) == "xxxx…"


# Figures


@pytest.mark.parametrize(
    ("count", "of", "text"),
    [
        (0, 600, ">600"),
        (0, 1000, ">1,000"),
        (599, 600, "1.0"),
        (600, 600, "1.0"),
        (299, 600, "2.0"),
        (59, 600, "10"),
        (60, 600, "9.9"),
        (15, 600, "38"),
        (1, 600, "300"),
        (1, 3000, "1,500"),
        (None, None, "–"),
    ],
)
def test_rarities(count: int | None, of: int | None, text: str) -> None:
    rarity = None if count is None or of is None else (of + 1) / (count + 1)
    hit = Hit(1, (HBA1,), 0.5, rarity=rarity, rarity_of=of, rarity_count=count)
    assert wording.rarity_text(hit) == text


def test_what_stands_out() -> None:
    def rare(rarity: float | None, back: int | None) -> bool:
        return wording.is_rare(Hit(1, (HBA1,), 0.5, rarity=rarity, rarity_of=600, back=back))

    assert rare(20.0, 3) and rare(20.0, None)
    assert not rare(19.9, 1) and not rare(600.0, 4) and not rare(None, 1)


def test_figures() -> None:
    assert wording.score_text(0.12345) == "0.1235"
    assert wording.score_text(-1e-12) == "0.0000"
    assert wording.score_text(-2.5e-6) == "-2.50e-06"
    assert wording.percent_text(99.9999) == ">99.99 %"
    assert wording.percent_text(100.0) == "100.00 %"
    assert wording.duration(0.00421) == "4.2 ms"
    assert wording.duration(2.5) == "2.50 s"
    assert wording.duration(119.7) == "2 min 0 s"


# Terminal tables


def test_nearest_at_80_columns() -> None:
    assert to_text(nearest(), width=80, color=False).splitlines() == [
        "#  gene  ID                score    z   1 in  back  name",
        "1  HBA2  ENSG00000188536  0.9877  7.2  >600*     2  hemoglobin subunit alpha 2",
        "2  HBB   ENSG00000244734  0.5000  4.0    1.2    38  hemoglobin subunit beta",
        f"links: {ATLAS}<ID>",
    ]


def test_without_a_terminal_nothing_is_cut_and_links_are_whole() -> None:
    long = replace(HBB, name="beta " * 100 + "end")
    text = to_text(nearest(hits=(Hit(1, (long,), 0.5),)), width=None, color=False)
    assert "beta end" in text
    assert "…" not in text
    assert f"{ATLAS}ENSG00000244734" in text


def test_pairs_show_more_the_wider_the_terminal_is() -> None:
    answer = result(
        "HBA1 : HBB", [Hit(1, (HBA2, HBB), 0.5, z=1.0, rarity=2.0, rarity_of=300, rarity_count=150)]
    )
    heads = {
        columns: " ".join(to_text(answer, width=columns, color=False).splitlines()[0].split())
        for columns in (24, 60, 80, 140, 220)
    }
    assert heads[24] == "# C D score"
    assert heads[60] == "# C D score z 1 in name C name D"
    assert heads[80] == heads[60]
    assert heads[140] == "# C D score z 1 in name C name D ID C ID D"
    assert heads[220] == "# C D score z 1 in name C name D ID C ID D link C link D"


def test_open_places_give_the_columns_their_letters() -> None:
    cases = {"A : ?": "BCD", "? : ?": "ABCD", "? : B :: ? : D": "AC", "A : B :: ? : D": "C"}
    for text, letters in cases.items():
        answer = result(text, [Hit(1, (HBA1,) * len(letters), 0.5)])
        head = to_text(answer, width=60, color=False).splitlines()[0].split()
        assert head[1 : 1 + len(letters)] == list(letters), text


def test_genes_with_one_symbol_are_told_apart() -> None:
    other = replace(HBB, row=9, label="ENSG00000000009", id="ENSG00000000009")
    hits = [Hit(1, (HBB, HBA2), 0.5), Hit(2, (other, HBA2), 0.4)]
    text = to_text(result("A : B", hits), width=None, color=False)
    assert "HBB (ENSG00000244734)" in text
    assert "HBB (ENSG00000000009)" in text
    assert "HBA2 (" not in text


def test_a_gene_without_symbol_is_shown_by_its_label() -> None:
    bare = Gene(4, "ENSG00000260404", "ENSG00000260404")
    lines = to_text(nearest(hits=(Hit(1, (bare,), 0.5),)), width=80, color=False).splitlines()
    assert lines[1].split() == ["1", bare.label, "0.5000", f"{ATLAS}{bare.label}"]


@pytest.mark.parametrize("columns", [1, 5, 20, 40, 80, 140])
@each_hostile
def test_no_line_is_wider_than_the_terminal(name: str, columns: int) -> None:
    gene = hostile_gene(name)
    hits = [
        Hit(1, (gene, HBB), 0.5, z=1.0, rarity=601.0, rarity_of=600, rarity_count=0),
        Hit(2, (HBA2, gene), 0.4),
    ]
    compared = Hit(1, (), 0.5, rank_ab=1, rank_ba=2, percentile=99.0)
    for answer in (
        result("A : B", hits),
        nearest(hits=(Hit(1, (gene,), 0.5, z=2.0),)),
        result("A ~ B", [compared], (gene, HBB)),
    ):
        text = to_text(answer, width=columns, color=False)
        assert max(map(cell_len, text.splitlines())) <= columns
        assert not any(map(harmful, text.replace("\n", "")))
        colored = to_text(answer, width=columns, color=True)
        assert ANSI.sub("", colored).split() == text.split()
        whole = to_text(answer, width=None, color=False)
        assert whole.count("\n") == len(whole.splitlines())


def test_colour_only_where_asked() -> None:
    assert "\x1b" not in to_text(nearest(), width=80, color=False)
    assert "\x1b[1;36mHBA2\x1b[0m" in to_text(nearest(), width=80, color=True)


def test_comparison_and_analogy_show_facts() -> None:
    hit = Hit(1, (), 0.5, z=4.04, rank_ab=1234, rank_ba=None, percentile=99.999)
    text = to_text(result("HBA1 ~ HBB", [hit], (HBA1, HBB)), width=80, color=False)
    assert re.search(r"score \(cosine\) +0\.5000\n", text)
    assert re.search(r"rank of HBB among the nearest to HBA1 +1,234\n", text)
    assert re.search(r"rank of HBA1 among the nearest to HBB +–\n", text)
    assert re.search(r"score lower +>99\.99 %\n", text)
    assert "hemoglobin subunit beta" in text
    four = (HBA1, HBA2, HBB, WORD)
    hit = Hit(1, (), 0.5, rarity=601.0, rarity_of=600, rarity_count=0, rank_ab=3)
    text = to_text(result("HBA1 : HBA2 :: HBB : New_York", [hit], four), width=80, color=False)
    assert re.search(r"score \(direction, cosine\) +0\.5000\n", text)
    assert re.search(r"1 in +>600\n", text)
    assert re.search(r"rank of New_York among all D +3\n", text)


def test_no_hits() -> None:
    assert to_text(nearest(hits=()), width=80, color=False) == "no hits\n"
    assert "No hits." in to_markdown(nearest(hits=()))


def test_header_says_what_was_asked_where_and_how_surely() -> None:
    space = SpaceInfo("small", 700, 64, "ff")
    notes = ("MYL11 → MYLPF (alias)",)
    lines = header(
        result("A : B", [], (HBA1, WORD), space=space, notes=notes, exact=False, complete=False)
    )
    text = "\n".join(lines)
    assert lines[0] == "A : B  ·  pairs parallel to A − B"
    assert "HBA1: ENSG00000206172, hemoglobin subunit alpha 1" in lines
    assert "small  ·  700 genes × 64  ·  cosine  ·  direction" in lines
    assert "stopped early, not exact  ·  matrix-vector product  ·  4.2 ms (opening 0.25 s)" in text
    assert "MYL11 → MYLPF (alias)" in lines
    options = Options(k=7, cap=0.8, type="ncRNA", truncate=5)
    text = "\n".join(header(nearest(options=options, transforms=("center",))))
    assert "cosine  ·  center  ·  cap 0.8  ·  type ncRNA  ·  truncate 5" in text
    assert "exact  ·  " in text


@each_hostile
def test_header_is_harmless(name: str) -> None:
    answer = result(quote(name), [], (hostile_gene(name),), notes=(name,), method=name)
    answer = replace(answer, space=replace(answer.space, name=name))
    for line in header(answer):
        assert not any(map(harmful, line))
        assert len(line) < 500


# Delimited text


@pytest.mark.parametrize("sep", [",", "\t"])
@each_hostile
def test_delimited_text_is_faithful(name: str, sep: str) -> None:
    answer = result("A : B", [Hit(1, (hostile_gene(name), WORD), 0.1 + 0.2, z=None, rarity=1.5)])
    text = to_delimited(answer, sep, cells=Cells(raw=True))
    (row,) = csv.DictReader(io.StringIO(text, newline=""), delimiter=sep)
    assert row["gene1"] == row["symbol1"] == row["name1"] == name
    assert row["url1"] == f"{ATLAS}ENSG00000000001"
    assert (row["gene2"], row["symbol2"], row["url2"]) == ("New_York", "", "")
    assert float(row["score"]) == 0.1 + 0.2
    assert (row["rank"], row["z"], row["rarity"]) == ("1", "", "1.5")
    shown = to_delimited(answer, sep).rstrip("\n").split("\n")
    assert len(shown) == 2
    assert not any(map(harmful, "".join(shown).replace("\t", "")))


def test_delimited_columns() -> None:
    assert to_delimited(nearest(hits=()), ",") == (
        "rank,gene1,id1,symbol1,name1,url1,score,z,rarity,rarity_of,rarity_count,back,mutual_rank\n"
    )
    hit = Hit(1, (), 0.5, rank_ab=2, rank_ba=3, percentile=99.0)
    assert to_delimited(result("A ~ B", [hit]), "\t") == (
        "rank\tscore\tz\trarity\trarity_of\trarity_count\tback\tmutual_rank\trank_ab\trank_ba"
        "\tpercentile\n1\t0.5\t\t\t\t\t\t\t2\t3\t99.0\n"
    )


# Markdown

_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def inlines(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in [token, *(token.children or [])]]


def tables(tokens: list[Token]) -> list[list[list[str]]]:
    """The cells' visible text of every table."""
    found: list[list[list[str]]] = []
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("th_open", "td_open"):
            children = tokens[place + 1].children or []
            found[-1][-1].append("".join(child.content for child in children))
    return found


def test_markdown_says_everything() -> None:
    options = Options(k=7, metric="euclidean", cap=0.8, per_gene=2, within="my.txt", truncate=9)
    answer = result(
        " A:=b : B ",
        [Hit(1, (HBA2, WORD), -0.5, z=1.0, rarity=601.0, rarity_of=600, rarity_count=0)],
        (HBA1, HBB),
        options=options,
        transforms=("center", "drop-components 2"),
        space=SpaceInfo("small", 700, 64, "3f2a"),
        exact=False,
        notes=("A → B (alias)",),
    )
    text = to_markdown(answer)
    assert text.startswith("# A:=b : B\n")
    for line in (
        "- Query: `A:=b : B`, pairs parallel to A:=b − B",
        f"- Query genes: [HBA1]({ATLAS}ENSG00000206172), ENSG00000206172, hemoglobin subunit"
        f" alpha 1; [HBB]({ATLAS}ENSG00000244734), ENSG00000244734, hemoglobin subunit beta",
        "- Space: small, 700 genes × 64 dimensions, fingerprint `3f2a`",
        "- Metric: euclidean",
        "- Measure: direction",
        "- Transforms: center, drop-components 2",
        "- Options: k 7, cap 0.8, per-gene 2, within my.txt, truncate 9",
        "- Answer: approximate; matrix-vector product",
        "- Time: 4.2 ms (opening the space 0.25 s)",
        "- 1 in: from 600 comparable random questions",
        "- Note: A → B (alias)",
        "| Rank | C | D | ID C | Name C | ID D | Name D | Score | z | 1 in |",
        f"| 1 | [HBA2]({ATLAS}ENSG00000188536) | New_York | ENSG00000188536 | hemoglobin subunit"
        " alpha 2 |  |  | -0.500000 | 1.0 | \\>600\\* |",
    ):
        assert line in text.splitlines()


@each_hostile
def test_markdown_keeps_any_name_in_its_cell(name: str) -> None:
    gene = hostile_gene(name)
    answer = result(
        f"{quote(name)} : B",
        [Hit(1, (gene, replace(WORD, label=f"{name} too")), 0.5), Hit(2, (HBA2, HBB), 0.4)],
        (gene, HBB),
        notes=(name,),
        method=name,
        options=Options(within=name),
        transforms=(name,),
    )
    answer = replace(answer, space=replace(answer.space, name=name, fingerprint=name))
    text = session_markdown([answer, answer], name)
    assert not any(map(harmful, text.replace("\n", "")))
    tokens = _READER.parse(text)
    parts = inlines(tokens)
    kinds = {part.type for part in parts}
    assert not kinds & {"html_block", "html_inline", "image", "em_open", "s_open"}
    links = [part.attrs["href"] for part in parts if part.type == "link_open"]
    assert len(links) == 2 * (2 + 3)
    assert all(str(href).startswith(ATLAS + "ENSG") for href in links)
    found = tables(tokens)
    assert [len(table) for table in found] == [3, 3]
    assert {len(row) for table in found for row in table} == {8}
    visible = " ".join(clean(name).split())
    _head, first, _second = found[0]
    assert [" ".join(first[place].split()) for place in (1, 4, 2)] == [
        visible,
        visible,
        f"{visible} too",
    ]
    title = tokens[1].children or []
    assert " ".join("".join(child.content for child in title).split()) == visible
    assert sum(token.type == "heading_open" for token in tokens) == 3


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet=st.one_of(st.sampled_from("\\`*_[]<>|~&$#!:/.w-()a "), st.characters())))
def test_escaped_text_reads_back(text: str) -> None:
    tokens = _READER.parse(f"| h |\n| --- |\n| x{escape(text)}x |\n")
    ((_head, (cell,)),) = tables(tokens)
    assert cell == f"x{clean(text)}x"


def test_addresses_in_names_are_no_links() -> None:
    reader = MarkdownIt("gfm-like")
    assert reader.linkify is not None
    reader.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    plain = reader.parse("see https://evil.example/x")
    assert any(part.type == "link_open" for part in inlines(plain))
    escaped = reader.parse(f"see {escape('https://evil.example/x')}")
    assert not any(part.type == "link_open" for part in inlines(escaped))
    assert escape("www.evil.example") == "www\\.evil.example"


def test_distribution_is_printed_with_its_histogram() -> None:
    summary = Distribution(0.1, 0.2, -0.4, 0.9, 12_345, (0, 1, 4000, 0, 8344, 0), tuple(range(7)))
    answer = result("? ~ ?", [Hit(1, (HBA1, HBA2), 0.9)])
    text = to_markdown(answer, summary=summary)
    assert "## Distribution over 12,345 pairs" in text
    assert "| 0.100000 | 0.200000 | -0.400000 | 0.900000 |" in text
    lines = histogram(summary)
    assert len(lines) == 4
    assert lines[0].split() == ["1.000", "to", "2.000", "▏", "1"]
    assert lines[3].endswith("█  8,344")
    assert [line.count("█") for line in lines] == [0, 19, 0, 40]
    assert "```text\n" + "\n".join(lines) + "\n```" in text
    assert "Distribution" not in to_markdown(answer)


def test_session_markdown_has_one_section_a_result() -> None:
    comparison = result("HBA1 ~ HBB", [Hit(1, (), 0.5, rank_ab=1)], (HBA1, HBB))
    text = session_markdown([nearest(), comparison], "Globins & co")
    assert text.startswith("# Globins \\& co\n\n2 questions.\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## 1. HBA1",
        "## 2. HBA1 ~ HBB",
    ]
    assert "| rank of HBB among the nearest to HBA1 | 1 |" in text
    assert text.endswith("|\n")


@pytest.mark.parametrize("begin", "=+-@")
def test_formulas_are_quoted_on_request(begin: str) -> None:
    hit = Hit(1, (Gene(0, f"{begin}HYPERLINK(1)", name="a - b"),), -0.5)
    plain = to_delimited(nearest(hits=(hit,)), ",")
    quoted = to_delimited(nearest(hits=(hit,)), ",", cells=Cells(quote_formulas=True))
    assert f",{begin}HYPERLINK(1)," in plain and "'" not in plain
    assert f",'{begin}HYPERLINK(1)," in quoted and "a - b" in quoted and ",-0.5" in quoted
