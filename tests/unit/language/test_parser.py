"""The query language: every shape, its mirror, its errors, and the way back to text."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gene_tui.errors import QuerySyntaxError
from gene_tui.language.parser import parse
from gene_tui.language.spacing import spaced_forms
from gene_tui.language.tokens import LEAST_WEIGHT, MOST_WEIGHT, list_at, token_at
from gene_tui.model.naming import quote
from gene_tui.model.query import NOT_TYPED, Kind, Query, canonical, describe
from gene_tui.text import harmful

SHAPES = [
    ("HBA1", Kind.NEAREST, ("HBA1", None), "HBA1"),
    ("HBA1 ~ ?", Kind.NEAREST, ("HBA1", None), "HBA1"),
    ("? ~ HBA1", Kind.NEAREST, (None, "HBA1"), "? ~ HBA1"),
    ("HBA1 ~ HBB", Kind.COMPARE, ("HBA1", "HBB"), "HBA1 ~ HBB"),
    ("? ~ ?", Kind.CLOSEST, (None, None), "? ~ ?"),
    ("A : B", Kind.PAIRS, ("A", "B", None, None), "A : B"),
    ("A : B :: ? : ?", Kind.PAIRS, ("A", "B", None, None), "A : B"),
    ("? : ? :: C : D", Kind.PAIRS, (None, None, "C", "D"), "? : ? :: C : D"),
    ("A + B :: ? + ?", Kind.SUMS, ("A", "B", None, None), "A + B :: ? + ?"),
    ("? + ? :: C + D", Kind.SUMS, (None, None, "C", "D"), "? + ? :: C + D"),
    ("A : B :: C : ?", Kind.COMPLETE, ("A", "B", "C", None), "A : B :: C : ?"),
    ("A : B :: ? : D", Kind.COMPLETE, ("A", "B", None, "D"), "A : B :: ? : D"),
    ("A : ? :: C : D", Kind.COMPLETE, ("A", None, "C", "D"), "A : ? :: C : D"),
    ("? : B :: C : D", Kind.COMPLETE, (None, "B", "C", "D"), "? : B :: C : D"),
    ("A : B :: C : D", Kind.ANALOGY, ("A", "B", "C", "D"), "A : B :: C : D"),
    ("A : ? :: C : ?", Kind.PARALLEL, ("A", None, "C", None), "A : ? :: C : ?"),
    ("? : B :: ? : D", Kind.PARALLEL, (None, "B", None, "D"), "? : B :: ? : D"),
    ("A : ? :: ? : D", Kind.PARALLEL, ("A", None, None, "D"), "A : ? :: ? : D"),
    ("? : B :: C : ?", Kind.PARALLEL, (None, "B", "C", None), "? : B :: C : ?"),
    ("A : ?", Kind.CONTAINING, ("A", None, None, None), "A : ?"),
    ("A : ? :: ? : ?", Kind.CONTAINING, ("A", None, None, None), "A : ?"),
    ("? : B", Kind.CONTAINING, (None, "B", None, None), "? : B"),
    ("? : ? :: C : ?", Kind.CONTAINING, (None, None, "C", None), "? : ? :: C : ?"),
    ("? : ? :: ? : D", Kind.CONTAINING, (None, None, None, "D"), "? : ? :: ? : D"),
    ("? : ?", Kind.ALL, (None,) * 4, "? : ?"),
    ("? : ? :: ? : ?", Kind.ALL, (None,) * 4, "? : ?"),
    ("A, B, C", Kind.LIST, ("A", "B", "C"), "A, B, C"),
    ("A , B", Kind.LIST, ("A", "B"), "A, B"),
    ('"A","B C"', Kind.LIST, ("A", "B C"), 'A, "B C"'),
    ('"A,", ","', Kind.LIST, ("A,", ","), '"A,", ","'),
    ('","', Kind.NEAREST, (",", None), '","'),
    ("1,2-dehydrogenase", Kind.NEAREST, ("1,2-dehydrogenase", None), None),
    (",A", Kind.NEAREST, (",A", None), ",A"),
    ("@", Kind.NEAREST, ("@", None), "@"),
    ('"@x"', Kind.NEAREST, ("@x", None), '"@x"'),
    ("@x", Kind.LIST, ("x",), "@x"),
    ("@./x.txt", Kind.LIST, ("./x.txt",), "@./x.txt"),
    ('@"Interferon Signaling"', Kind.LIST, ("Interferon Signaling",), None),
    ('@set:"Interferon Signaling"', Kind.LIST, ("set:Interferon Signaling",), None),
    ("@x, A", Kind.LIST, ("x", "A"), "@x, A"),
    ("A : B, E : F :: ? : ?", Kind.RELATION, ("A", "B", "E", "F", None, None), None),
    ("A : B , E : F :: C : ?", Kind.RELATION, (*"ABEFC", None), "A : B, E : F :: C : ?"),
    ("A : B, E : F :: ? : D", Kind.RELATION, (*"ABEF", None, "D"), None),
    ("A : B, E : F :: C : D", Kind.RELATION, tuple("ABEFCD"), None),
    ("C : ? :: A : B, E : F", Kind.RELATION, (*"ABEFC", None), "A : B, E : F :: C : ?"),
    ("@p.tsv :: ? : ?", Kind.RELATION, ("p.tsv", None, None), None),
    ("? : ? :: @p.tsv", Kind.RELATION, ("p.tsv", None, None), "@p.tsv :: ? : ?"),
    ("@p.tsv, A : B :: C : D", Kind.RELATION, ("p.tsv", *"ABCD"), None),
    ('"," : "A,", E : F :: ? : ?', Kind.RELATION, (",", "A,", "E", "F", None, None), None),
    ('"?"', Kind.NEAREST, ("?", None), '"?"'),
    ("HLA-A ~ HLA-B", Kind.COMPARE, ("HLA-A", "HLA-B"), "HLA-A ~ HLA-B"),
    ('"New York" : "a\\"b"', Kind.PAIRS, ("New York", 'a"b', None, None), None),
    ("A:B", Kind.NEAREST, ("A:B", None), "A:B"),
    ("-A", Kind.NEAREST, ("-A", None), "-A"),
    ("nan*A", Kind.NEAREST, ("nan*A", None), "nan*A"),
    ("  A\u00a0:\u3000B\t\r\n", Kind.PAIRS, ("A", "B", None, None), "A : B"),
    ("\ufeffA : B", Kind.PAIRS, ("A", "B", None, None), "A : B"),
]


@pytest.mark.parametrize(("text", "kind", "slots", "short"), SHAPES)
def test_shapes(text: str, kind: Kind, slots: tuple[str | None, ...], short: str | None) -> None:
    query = parse(text)
    assert (query.kind, query.slots, query.weights) == (kind, slots, ())
    assert str(query) == (short if short is not None else text)
    assert parse(str(query)) == query
    assert query.text == text


@pytest.mark.parametrize(
    ("text", "names", "weights", "short"),
    [
        ("A + B", "AB", (1, 1), "A + B"),
        ("A - B + C", "ABC", (1, -1, 1), "A - B + C"),
        ("2*A + B", "AB", (2, 1), "2*A + B"),
        ("- A + B", "AB", (-1, 1), "- A + B"),
        ("- A", "A", (-1,), "- A"),
        ("2*A", "A", (2,), "2*A"),
        ("1*A", "A", (1,), "1*A"),
        ("-2*A - -3*B", "AB", (-2, 3), "- 2*A + 3*B"),
        ("+.5*A - 1e3*B", "AB", (0.5, -1000), "0.5*A - 1000*B"),
        ("1e-7*A + 1e9*B", "AB", (1e-7, 1e9), "1e-07*A + 1000000000*B"),
        ("A + A", "A", (2,), "2*A"),
        ("A - B + A + 2*B", "AB", (2, 1), "2*A + B"),
        ("A + 0*B - C", "AC", (1, -1), "A - C"),
        ("A + B - B", "A", (1,), "1*A"),
        ("A - A", "A", (0,), "0*A"),
        ("0*A", "A", (0,), "0*A"),
    ],
)
def test_weighted_sums(text: str, names: str, weights: tuple[float, ...], short: str) -> None:
    query = parse(text)
    assert query.kind is Kind.ARITHMETIC
    assert query.slots == tuple(names)
    assert query.weights == weights
    assert str(query) == short
    assert parse(short) == query
    assert query.unknowns == 1


def test_weights_take_quoted_names_and_hyphens_stay_in_names() -> None:
    query = parse('0.5*"2*A" - HLA-A')
    assert query.slots == ("2*A", "HLA-A")
    assert query.weights == (0.5, -1.0)


@pytest.mark.parametrize(
    ("text", "lists"), [("@a - @b", (0, 1)), ("2*@a + b", (0,)), ("@a - a", (0,)), ("1*@a", (0,))]
)
def test_lists_in_sums(text: str, lists: tuple[int, ...]) -> None:
    query = parse(text)
    assert (query.kind, query.lists, str(query)) == (Kind.ARITHMETIC, lists, text)


def test_positions_point_at_the_names() -> None:
    query = parse('  2*AB - "x y"')
    assert query.positions == (4, 9)
    assert parse("A : B").positions == (0, 4, NOT_TYPED, NOT_TYPED)
    assert parse("? : ? :: C : ?").positions == (0, 4, 9, 13)


ERRORS = [
    ("", 1, "expected a gene"),
    (" \t ", 4, "expected a gene"),
    ("ACTA2 - ", 9, "expected a gene after '-'"),
    ("A :", 4, "expected a gene after ':'"),
    ("A : : B", 5, "expected a gene after ':', not ':'"),
    (": A", 1, "expected a gene, not ':'"),
    ("- - A", 3, "expected a gene after '-', not '-'"),
    ("A B", 3, "expected an operator before 'B'"),
    ("?", 1, "'?' alone"),
    ("? ?", 3, "expected an operator before '?'"),
    ("A : B : C", 7, "':' cannot stand here"),
    ("A :: B", 3, "'::' cannot stand here"),
    ("A : B :: C", 11, "expected ':' after 'C'"),
    ("A + B :: C + ?", 10, "A + B :: ? + ?"),
    ("A + B :: C + D", 10, "A + B :: ? + ?"),
    ("A + ? :: C + ?", 10, "A + B :: ? + ?"),
    ("? + ? :: ? + ?", 14, "A + B :: ? + ?"),
    ("A - ?", 5, "no '?'"),
    ("2*A : B", 1, "weight"),
    ("A : B :: 2*C : ?", 10, "weight"),
    ("2*A ~ ?", 1, "weight"),
    ("- A : B", 1, "leading '-'"),
    ("1e154*A", 1, "too large"),
    ("1e-30*A", 1, "too small"),
    ("A + 1e999*B", 5, "too large"),
    ("2*", 3, "right after '2*'"),
    ("A + 2* B", 7, "right after '2*'"),
    ("2*?", 3, "right after '2*'"),
    ('A : "B', 5, "never closed"),
    ('"A\\"', 1, "never closed"),
    ('""', 2, "between the quotes"),
    ('"A"B', 4, "after the closing quote"),
    ("A,", 3, "expected a gene after ','"),
    ("A,, B", 3, "expected a gene after ',', not ','"),
    (",", 1, "expected a gene, not ','"),
    ("A, ?", 4, "no '?'"),
    ("A, 2*B", 4, "weight"),
    ("- A, B", 1, "leading '-'"),
    ("A, B + C", 2, "',' cannot stand here"),
    ("@a : @b", 1, "@a is a list"),
    ("A : @b :: C : ?", 5, "stands between single genes"),
    ("@a ~ B", 1, "'~' compares two genes"),
    ('@"a', 2, "never closed"),
    ("A B, C", 3, "expected an operator before 'B'"),
]


@pytest.mark.parametrize(("text", "column", "says"), ERRORS)
def test_errors_point_at_the_character(text: str, column: int, says: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text, line=3)
    assert says in caught.value.message
    assert caught.value.message.startswith(f"query:3:{column} ")
    assert caught.value.position == column - 1
    assert caught.value.exit_code == 1
    assert "\n" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("?", "? ~ ?"),
        ("A :", "A : ?"),
        ("A ~", "A ~ ?"),
        ("A :: B", "A : B"),
        ("A : B : C", "A : B :: C : ?"),
        ("A : B :: C", "A : B :: C : ?"),
        ("A : B : C : D", "A : B :: C : D"),
        ("A - B :: C - D", "A : B :: C : D"),
        ("A : ? :: C : ? :: E", "A : ? :: C : ?"),
        ("A ~ B ~ C", "A ~ B"),
        ("A + ?", "A : ?"),
        ("A + B - ?", "A + B"),
        ("A + B :: C + ?", "A + B :: ? + ?"),
        ("? + ? :: C + ?", "C : ?"),
        ("2*A : B", "A : B"),
        ("HLA-A:HLA-B :: C:D", "HLA-A : HLA-B :: C : D"),
        ("A :B", "A : B"),
        ("A -B", "A - B"),
        ("A ： B", "A : B"),
        ("A − B", "A - B"),
        ("“New York”", '"New York"'),
        ("New York", '"New York"'),
        ("A,", "A ~ ?"),
        ("A, B,", "A, B"),
        ("A， B", "A, B"),
        ("A ,B", "A, B"),
        ("A, ?, B", "A, B"),
    ],
)
def test_errors_name_the_nearest_valid_form(text: str, form: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text)
    hint = caught.value.hint
    assert form in hint
    assert parse(form)
    if "  " in hint:
        assert hint.split("  ")[1] == form


def test_every_suggested_form_parses() -> None:
    """All texts of up to five tokens: what a hint shows after two spaces is a query."""
    words = ["A", "@b", "?", ":", "::", "~", "+", "-", ","]
    texts: list[list[str]] = [[]]
    shown = 0
    for _ in range(5):
        texts = [[*text, word] for text in texts for word in words]
        for text in texts:
            try:
                parse(" ".join(text))
            except QuerySyntaxError as error:
                assert error.hint, text
                if "  " in error.hint:
                    parse(error.hint.split("  ")[1])
                    shown += 1
    assert shown > 10_000


OPERATORS = [":", "::", "~", "+", "-", ","]

odd = st.text(
    st.one_of(
        st.sampled_from('AB?:~+-*,@"\\ 0123.eEu{}\t\n\x00\x1b\x7f\x85\xa0\u200b\u2028\u202e\ufeff'),
        st.characters(),
    ),
    min_size=1,
    max_size=12,
)
names = st.one_of(
    odd,
    st.sampled_from(
        [
            "?",
            ":",
            "::",
            "~",
            "+",
            "-",
            ",",
            "A,",
            "A,B",
            "@",
            "@A",
            "list:A",
            "set:",
            "2*A",
            "-2*A",
            "HLA-A",
            '"',
            "\\",
            '\\"',
            "\\u{41}",
            "\ud800",
        ]
    ),
)


@st.composite
def relations(draw: st.DrawFn) -> Query:
    slots: list[str | None] = []
    lists = []
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            lists.append(len(slots))
            slots.append(draw(names))
        else:
            slots += [draw(names), draw(names)]
    if not lists and len(slots) == 2:  # one typed pair is no relation
        slots += [draw(names), draw(names)]
    slots += [draw(st.none() | names), draw(st.none() | names)]
    return Query(Kind.RELATION, tuple(slots), lists=tuple(lists))


@st.composite
def queries(draw: st.DrawFn) -> Query:
    kind = draw(st.sampled_from(Kind))
    place = [draw(names) for _ in range(4)]
    if kind is Kind.ARITHMETIC:
        terms = tuple(draw(st.lists(names, min_size=1, max_size=5, unique=True)))
        sizes = st.floats(LEAST_WEIGHT, MOST_WEIGHT)
        weights = st.one_of(st.sampled_from([1.0, -1.0, 2.0]), sizes, sizes.map(lambda w: -w))
        lists = tuple(place for place in range(len(terms)) if draw(st.booleans()))
        return Query(kind, terms, tuple(draw(weights) for _ in terms), lists=lists)
    if kind is Kind.LIST:
        members = tuple(draw(st.lists(names, min_size=1, max_size=5)))
        lists = tuple(place for place in range(len(members)) if draw(st.booleans()))
        return Query(kind, members, lists=lists if len(members) > 1 else (0,))
    if kind is Kind.RELATION:
        return draw(relations())
    patterns = {
        Kind.NEAREST: ["x?", "?x"],
        Kind.COMPARE: ["xx"],
        Kind.CLOSEST: ["??"],
        Kind.PAIRS: ["xx??", "??xx"],
        Kind.SUMS: ["xx??", "??xx"],
        Kind.COMPLETE: ["xxx?", "xx?x", "x?xx", "?xxx"],
        Kind.ANALOGY: ["xxxx"],
        Kind.PARALLEL: ["x?x?", "?x?x", "x??x", "?xx?"],
        Kind.CONTAINING: ["x???", "?x??", "??x?", "???x"],
        Kind.ALL: ["????"],
    }
    pattern = draw(st.sampled_from(patterns[kind]))
    return Query(kind, tuple(None if p == "?" else n for p, n in zip(pattern, place, strict=False)))


@settings(max_examples=400, deadline=None)
@given(queries())
def test_canonical_text_parses_to_the_same_query(query: Query) -> None:
    text = str(query)
    again = parse(text)
    assert again == query
    assert hash(again) == hash(query)
    assert str(again) == text
    assert not any(map(harmful, text))
    assert not any(map(harmful, describe(query)))


@settings(max_examples=300, deadline=None)
@given(names)
@example('say "?"')
def test_a_quoted_name_is_one_name(name: str) -> None:
    assert parse(quote(name)).slots == (name, None)


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(
        st.text(max_size=30),
        st.lists(
            st.sampled_from(
                [
                    "A",
                    "?",
                    ":",
                    "::",
                    "~",
                    "+",
                    "-",
                    ",",
                    "@",
                    "@set:",
                    "2*",
                    "*",
                    '"',
                    "\\",
                    " ",
                    "0*",
                    "：",
                ]
            )
        ).map("".join),
        st.lists(st.sampled_from([*OPERATORS, "A", "?", "2*B", '"x', 'y"'])).map(" ".join),
    )
)
def test_nothing_but_syntax_errors(text: str) -> None:
    try:
        query = parse(text)
    except QuerySyntaxError as error:
        assert 0 <= error.position <= len(text)
        assert "\n" not in error.message + error.hint
        assert not any(map(harmful, error.message + error.hint))
    else:
        assert parse(str(query)) == query
        for slot, position in zip(query.slots, query.positions, strict=True):
            typed = text[position:] if position != NOT_TYPED else "?"
            assert typed.startswith("?" if slot is None else (slot, '"', "@"))


@settings(max_examples=300, deadline=None)
@given(st.text('AB?:~+-*,@" 2\\', max_size=20), st.integers(-3, 25))
def test_token_at_never_fails(text: str, cursor: int) -> None:
    start, end, word = token_at(text, cursor)
    assert 0 <= start <= end <= len(text)
    assert word in text or "\\" in text


@pytest.mark.parametrize(
    ("text", "cursor", "expected"),
    [
        ("", 0, (0, 0, "")),
        ("HBA1", 2, (0, 4, "HBA1")),
        ("HBA1", 4, (0, 4, "HBA1")),
        ("HBA1 ", 5, (5, 5, "")),
        ("HBA1 -", 6, (6, 6, "")),
        ("HBA1 - HLA-", 11, (7, 11, "HLA-")),
        ("A : B :: C", 1, (0, 1, "A")),
        ("? : HB", 6, (4, 6, "HB")),
        ("?", 1, (1, 1, "")),
        ("2*HB", 4, (2, 4, "HB")),
        ("2*HB", 1, (1, 1, "")),
        ('"New Yo', 7, (0, 7, "New Yo")),
        ('A : "New Yo', 11, (4, 11, "New Yo")),
        ('"New : B', 4, (0, 4, "New")),
        ('"x y" ~ "z w"', 3, (0, 5, "x y")),
        ('"?', 2, (0, 2, "?")),
        ("HBA1, @HB", 9, (9, 9, "")),
        ('@"H B', 5, (5, 5, "")),
        ("HBA1, HB", 8, (6, 8, "HB")),
        ("HBA1,", 4, (0, 4, "HBA1")),
        ("HBA1,", 5, (5, 5, "")),
        ('"x y",HB', 8, (6, 8, "HB")),
    ],
)
def test_token_at(text: str, cursor: int, expected: tuple[int, int, str]) -> None:
    assert token_at(text, cursor) == expected


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("ACTA2:JAGN1", (("ACTA2", "JAGN1"), "ACTA2 : JAGN1")),
        ("A-B", (("A", "B"), "A - B")),
        ("A::B", (("A", "B"), "A : B")),
        ("A~B", (("A", "B"), "A ~ B")),
        ("A:?", (("A",), "A : ?")),
        ("A:", (("A",), "A : ?")),
        ("A,B,C", (("A", "B", "C"), "A, B, C")),
        ("-A", (("A",), "- A")),
        ("A*2", (("A",), "2*A")),
        ("A:B::C:D", (("A", "B", "C", "D"), "A : B :: C : D")),
        ("A+B::?+?", (("A", "B"), "A + B :: ? + ?")),
        ("HLA-A-HLA-B", (("HLA-A", "HLA-B"), "HLA-A - HLA-B")),
        ("HLA–A", (("HLA-A",), "HLA-A")),
        ("A：B", (("A", "B"), "A : B")),
    ],
)
def test_spaced_forms(name: str, reading: tuple[tuple[str, ...], str]) -> None:
    forms = spaced_forms(name)
    assert reading in forms
    assert all(str(parse(text)) for _names, text in forms)


def test_spaced_forms_inside_a_query_give_the_whole_query() -> None:
    text = "2*A-B + C"
    assert (("A", "B"), "2*A - B + C") in spaced_forms("A-B", text, 2)
    assert (("B", "C"), "A : B :: C : ?") in spaced_forms("B::C", "A : B::C", 4)
    assert ((), "A : B :: C : ?") in spaced_forms("？", "A : B :: C : ？", 13)


def test_spaced_forms_have_nothing_to_say_of_other_names() -> None:
    assert spaced_forms("HBA1") == []
    assert spaced_forms('"A-B"') == []
    assert spaced_forms("-" * 5000) == []
    assert len(spaced_forms("A-B-C-D-E-F-G-H-I-J")) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("HBA1", "nearest genes to HBA1"),
        ("HBA1 ~ HBB", "how similar HBA1 and HBB are"),
        ("? ~ ?", "closest pairs of the whole space"),
        ("A - 2*B", "nearest genes to A − 2*B"),
        ("ACTA2 : JAGN1", "pairs parallel to ACTA2 − JAGN1"),
        ("A + B :: ? + ?", "pairs whose sum points like A + B"),
        ("A : B :: C : ?", "what is to C as B is to A"),
        ("A : B :: ? : D", "what is to D as A is to B"),
        ("A : ? :: C : D", "what is to A as D is to C"),
        ("? : B :: C : D", "what is to B as C is to D"),
        ("A : B :: C : D", "how good it is: A is to B as C is to D"),
        ("A : ? :: C : ?", "genes that make A − ? parallel to C − ?"),
        ("? : ? :: C : ?", "best analogies that contain C"),
        ("? : ?", "best analogies of the whole space"),
        ("A, B, C", "nearest genes to a list of 3"),
    ],
)
def test_descriptions(text: str, words: str) -> None:
    assert describe(parse(text)) == words


@pytest.mark.parametrize(
    "unit",
    ["A + ", '"x y" : ', "A ", '"', "1", "1.", "? : ", "\\", "2*A - ", "::", "A-", "e\u0301 "],
)
def test_work_is_linear(unit: str) -> None:
    """Counted, not timed: lines of the language that are run for a text and one ten times as long.

    What a regular expression does inside is not counted; its possessive quantifiers see to that.
    """

    def steps(length: int) -> int:
        text = unit * (length // len(unit))
        count = 0

        def count_lines(_frame: FrameType, event: str, _: object) -> Any:
            nonlocal count
            count += event == "line"
            return count_lines

        before = sys.gettrace()
        sys.settrace(count_lines)
        try:
            assert canonical(parse(text))
        except QuerySyntaxError as error:
            assert len(error.message + error.hint) < 400
        finally:
            sys.settrace(before)
        return count

    # Quadratic work would take a hundred times as many.
    assert steps(20_000) < 20 * steps(2_000)


@pytest.mark.parametrize(
    ("text", "cursor", "found"),
    [
        ("@tc", 3, (0, 3, "tc")),
        ("@", 1, (0, 1, "")),
        ("HBA1 - @set:x + B", 11, (7, 13, "set:x")),
        ("2*@a", 4, (2, 4, "a")),
        ('@"Interferon S', 14, (0, 14, "Interferon S")),
        ('@set:"a b" - C', 9, (0, 10, "set:a b")),
        ("A, @x, B", 5, (3, 5, "x")),
        ("@x", 0, None),
        ("HBA1", 2, None),
        ('"@x"', 3, None),
        ("@a - ", 5, None),
        ("", 0, None),
    ],
)
def test_the_list_under_the_cursor(
    text: str, cursor: int, found: tuple[int, int, str] | None
) -> None:
    assert list_at(text, cursor) == found
