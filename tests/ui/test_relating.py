"""What a question becomes when hits are taken as examples of its relation."""

from __future__ import annotations

import pytest

from gene_tui.errors import UsageError
from gene_tui.language.parser import parse
from gene_tui.ui.controllers.marking import Basket
from gene_tui.ui.controllers.relating import grown


@pytest.mark.parametrize(
    ("text", "hits", "asked"),
    [
        ("A : B", ["CD"], "A : B, C : D :: ? : ?"),
        ("A : B", ["CD", "EF"], "A : B, C : D, E : F :: ? : ?"),
        ("? : ? :: A : B", ["CD"], "C : D, A : B :: ? : ?"),
        ("A : B :: C : ?", ["D", "E"], "A : B, C : D, C : E :: ? : ?"),
        ("A : B :: C : D", [""], "A : B, C : D :: ? : ?"),
        ("A : ? :: C : ?", ["BD"], "A : B, C : D :: ? : ?"),
        ("A : ?", ["BCD"], "A : B, C : D :: ? : ?"),
        ("A : B, E : F :: ? : ?", ["CD"], "A : B, E : F, C : D :: ? : ?"),
        ("A : B, E : F :: ? : D", ["C"], "A : B, E : F, C : D :: ? : ?"),
        ("@p.tsv, E : F :: ? : ?", ["CD", "EF"], "@p.tsv, E : F, C : D :: ? : ?"),
        ("E : F, @p.tsv :: C : D", [""], "E : F, @p.tsv, C : D :: ? : ?"),
        ('"," : B', [("@x", "a b")], '"," : B, "@x" : "a b" :: ? : ?'),
    ],
)
def test_grown(text: str, hits: list[str], asked: str) -> None:
    query = grown(parse(text), hits)
    assert str(query) == asked
    assert parse(str(query)) == query


@pytest.mark.parametrize("text", ["A", "A ~ B", "A + B :: ? + ?", "A, B", "A - B"])
def test_what_compares_no_pairs(text: str) -> None:
    with pytest.raises(UsageError, match="only a hit of an analogy"):
        grown(parse(text), ["CD"])


def test_marks_two_by_two() -> None:
    basket = Basket()
    assert basket.relation(list("ABEF")) == "A : B, E : F :: ? : ?"
    assert basket.relation(list("ABEFC")) == "A : B, E : F :: C : ?"
    for few in ("", "A", "AB", "ABC"):
        with pytest.raises(UsageError, match="two pairs"):
            basket.relation(list(few))
