"""JSON read with its lists of numbers set aside says what the json module says."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gene_tui.spaces.importers import number_lists
from gene_tui.spaces.importers.number_lists import NumberList, Outline, parse_lists

#: Names that look like what stands for lists, and like lists.
NASTY = ["Infinity", " Infinity ", "a[1, 2]b", "[", "]", "[]", "-Infinity", "Infin", "\\", '"', "é"]
TEXTS = st.sampled_from(NASTY) | st.text(max_size=5) | st.lists(st.sampled_from(NASTY)).map("".join)
NUMBERS = st.sampled_from([0, -1, 2.5, 1e-30, 10**30, float("nan"), float("inf"), -float("inf")])
VALUES = st.recursive(
    TEXTS | NUMBERS | st.none() | st.booleans() | st.lists(NUMBERS | st.none(), max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def opened(value: Any) -> Any:
    """A value with the lists that were set aside."""
    if isinstance(value, NumberList):
        return opened(value.cells)
    if isinstance(value, dict):
        return {name: opened(item) for name, item in value.items()}
    return [opened(item) for item in value] if isinstance(value, list) else value


def read(text: bytes, cuts: list[int]) -> Any:
    """What comes in pieces, decoded again each time until it is whole."""
    outline = Outline(dict)
    ends = [*sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    so_far = b""
    for piece in [*filter(None, pieces), b""]:
        so_far += outline.add(piece)
        try:
            text_so_far = so_far.decode()
            start = len(text_so_far) - len(text_so_far.lstrip())
            found, end = outline.decode(text_so_far, start)
        except ValueError:
            continue
        if text_so_far[end:].strip() or (isinstance(found, int | float) and piece):
            continue
        assert not outline.add(b"").strip() and outline.size == 0
        return found
    raise AssertionError(f"nothing was decoded of {so_far!r}")


@settings(max_examples=500, deadline=None)
@given(value=VALUES, cuts=st.lists(st.integers(0, 200), max_size=6), indent=st.none() | st.just(1))
@example(value={"a[1]": [1.5], "Infinity": float("inf")}, cuts=[], indent=None)
@example(value=[[1], ["]", [2]], "[3]"], cuts=[3, 4, 9], indent=None)
def test_it_says_what_json_says(value: Any, cuts: list[int], indent: int | None) -> None:
    text = json.dumps([value], ensure_ascii=False, indent=indent)
    assert repr(opened(read(text.encode(), cuts))) == repr(json.loads(text))


def test_numbers_stay_as_they_are_written() -> None:
    found = read(b'{"genes": ["A", "B"], "x": [[1, 2.50], [null, 4]], "empty": []}', [30])
    assert [rows.text for rows in found["x"]] == [b"1, 2.50", b"null, 4"]
    assert found["genes"] == ["A", "B"] and found["empty"] == []
    assert len(found["x"][0]) == 2


@pytest.mark.parametrize("text", [b"[[1], [2]", b"[-[1]]", b"[[1][2]]", b'{"a": 3[1]}', b"[1"])
def test_what_is_no_json_is_none(text: bytes) -> None:
    outline = Outline(dict)
    with pytest.raises(ValueError, match="Expecting"):
        outline.decode((outline.add(text) + outline.add(b"")).decode(), 0)


def test_a_list_that_never_ends_is_not_held_back_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_lists, "LINE_BYTES", 20)
    outline = Outline(dict)
    text = b"".join(outline.add(b"[ " if not at else b"1, ") for at in range(40))
    assert text.startswith(b"[ 1") and len(outline.held) <= 20
    found, _ = outline.decode((text + outline.add(b"1]") + outline.add(b"")).decode(), 0)
    assert opened(found) == [1] * 40


def test_lists_are_parsed_together() -> None:
    found = parse_lists([b" 1, 2.5", b"\n3e2,\n-4 "], 2)
    assert found is not None and np.array_equal(found, np.float32([[1, 2.5], [300, -4]]))
    for texts in ([b"1, 2, 3", b"1"], [b"1, null"], [b"1,, 2"], [b"1 2"], [b",1"], [b"1,"]):
        assert parse_lists(texts, 2) is None
