"""Nothing from outside does anything but be seen; numbers are short and do not lie."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widgets import DataTable, Static

from gene_tui.ui import format as form
from gene_tui.ui.format import cell, content, safe

HOSTILE = {
    "markup": "[/x]",
    "red": "[red]x[/red]",
    "click": "[@click=app.quit]x[/]",
    "escape": "a\x1b[31mb",
    "clipboard": "a\x1b]52;c;aGk=\x07b",
    "eight bit": "a\x9b31mb\x9d52;c;aGk=\x9c",
    "override": "gene\u202egnp.exe\u202c",
    "isolate": "\u2066x\u2069",
    "lines": "a\nb\r\nc\u2028d\x85e",
    "hidden": "H\u200bB\u2060A\ufeff1\u00ad",
    "tags": "x\U000e0041\U000e0042",
    "surrogate": "x\udcff",
    "zalgo": "Z" + "\u0301\u0489" * 500,
    "thai": "ก" + "\u0e49" * 500,
    "jamo": "\u1100" + "\u1160" * 500,
    "marks only": "\u0301" * 50,
    "long": "G" * 10_000,
    "wide": "漢" * 5_000,
    "emoji": "🧬👩\u200d🔬🇨🇭❤\ufe0f",
    "joiners": "\u200d" * 10_000,
    "nul": "a\x00b\x7fc",
    "tab": "a\tb",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("most", [None, 0, 1, 7, 40])
def test_hostile_text_is_only_seen(text: str, most: int | None) -> None:
    shown = safe(text, most)
    _check_harmless(shown)
    if most is not None:
        assert cell_len(shown) <= most
        assert len(shown) <= 5 * most + 5


@given(st.text(), st.integers(0, 50))
def test_any_text_is_only_seen(text: str, most: int) -> None:
    shown = safe(text, most)
    _check_harmless(shown)
    assert cell_len(shown) <= most
    assert safe(safe(text)) == safe(text)


def _check_harmless(shown: str) -> None:
    marks = 0
    for char in shown:
        assert unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}, ascii(shown)
        marks = marks + 1 if cell_len(char) == 0 else 0
        assert marks <= 4
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HBA1", "HBA1"),
        ("[/x]", "[/x]"),
        ("β-globin é naïve", "β-globin é naïve"),
        ("e\u0301", "e\u0301"),
        ("漢字 🧬", "漢字 🧬"),
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\nb\tc", "a b c"),
        ("a\u202eb", "a�b"),
        ("\u0301x", "◌\u0301x"),
        ("", ""),
    ],
)
def test_what_is_seen(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("HBA1", 4, "HBA1"),
        ("HBA12", 4, "HBA…"),
        ("漢字漢", 6, "漢字漢"),
        ("漢字漢", 5, "漢字…"),
        ("漢字漢", 4, "漢…"),
        ("HBA1", 1, "…"),
        ("HBA1", 0, ""),
        ("HBA1", -3, ""),
        ("\u200d" * 9999 + "x", 5, "…"),
    ],
)
def test_what_does_not_fit_ends_in_dots(text: str, most: int, shown: str) -> None:
    assert safe(text, most) == shown


def test_megabytes_cost_nothing_where_little_is_shown() -> None:
    text = "\u0301" * 10_000_000
    begun = time.perf_counter()
    safe(text, 40)
    assert time.perf_counter() - begun < 0.05


class _Hostile(App[None]):
    def compose(self) -> ComposeResult:
        for text in HOSTILE.values():
            yield Static(content(text, 40, "bold"), classes="text")
        yield DataTable[object]()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_column(cell("[b]name"))
        for text in HOSTILE.values():
            table.add_row(cell(text, 40))


async def test_widgets_show_it_as_text() -> None:
    app = _Hostile()
    async with app.run_test(size=(100, 60)) as pilot:
        await pilot.pause()
        for widget, text in zip(app.query(".text"), HOSTILE.values(), strict=True):
            strips = [widget.render_line(line) for line in range(widget.size.height)]
            seen = "".join(strip.text for strip in strips).rstrip()
            assert seen == safe(text, 40).rstrip()
        table = app.query_one(DataTable)
        for row, text in enumerate(HOSTILE.values()):
            assert table.get_row_at(row)[0].plain == safe(text, 40)
        lines = [table.render_line(line) for line in range(table.size.height)]
        shown = "\n".join(strip.text for strip in lines)
        assert "[/x]" in shown
        assert "[@click=app.quit]x[/]" in shown
        assert "[b]name" in shown
        for strip in lines:
            for segment in strip:
                assert "\x1b" not in segment.text
                assert segment.style is None or "@click" not in str(segment.style.meta)


def test_content_is_never_markup() -> None:
    assert content("[red]x[/red]").plain == "[red]x[/red]"
    assert content("[red]x[/red]").spans == []
    assert content("[/x]", style="bold").plain == "[/x]"
    assert cell("[red]x[/red]").spans == []
    assert cell("1.5", right=True).justify == "right"


# -- numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.63701, "0.6370"),
        (1.0, "1.0000"),
        (-1e-9, "0.0000"),
        (-12.03454, "-12.0345"),
        (-1234567.8, "-1.2346e+06"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_score(value: float | None, shown: str) -> None:
    assert form.score(value) == shown


@pytest.mark.parametrize(
    ("value", "low", "high", "drawn"),
    [
        (0.8, 0.4, 0.8, "████"),
        (0.6, 0.4, 0.8, "██"),
        (0.55, 0.4, 0.8, "█▌"),
        (0.4, 0.4, 0.8, "▏"),
        (0.9, 0.4, 0.8, "████"),
        (0.1, 0.4, 0.8, "▏"),
        (-2.0, -4.0, -2.0, "████"),
        (-3.9, -4.0, -2.0, "▎"),
        (0.0, 0.0, 0.0, "████"),
    ],
)
def test_bar(value: float, low: float, high: float, drawn: str) -> None:
    assert form.bar(value, low, high) == drawn


@given(st.lists(st.floats(-10, 10), min_size=3, max_size=3), st.integers(0, 20))
def test_bar_is_never_too_long_and_falls_with_the_score(scores: list[float], cells: int) -> None:
    low, middle, high = sorted(scores)
    drawn = [form.bar(value, low, high, cells) for value in (low, middle, high)]
    eighths = [sum("▏▎▍▌▋▊▉█".index(char) + 1 for char in bar) for bar in drawn]
    assert eighths == sorted(eighths)
    assert len(drawn[2]) == cells


def test_a_name_is_cut_in_the_middle_where_its_end_tells_it_from_others() -> None:
    name = "TNF receptor superfamily member 10c"
    assert form.elided(name, 40) == name
    assert form.elided(name, 30) == "TNF receptor superf…member 10c"
    assert form.elided(name, 20) == "TNF receptor sup…10c"
    assert form.elided("proteinatlas of everything", 20) == "proteinatlas of eve…"
    assert form.elided("A\x1b" + "a" * 500 + " 10c", 12) == "A␛aaaaaaaaa…"
    assert form.elided("漢字漢字漢字漢字 2", 10) == "漢字漢字…2"


@given(st.text(max_size=60), st.integers(1, 30))
def test_a_cut_name_fits_and_is_harmless(text: str, cells: int) -> None:
    shown = form.elided(text, cells)
    assert cell_len(shown) <= cells
    assert form.safe(shown) == shown


def test_numbers_are_aligned_at_their_points() -> None:
    assert form.aligned(["1.908", "0.1883", "63", ">600"]) == [
        "1.908 ",
        "0.1883",
        "63     ",
        ">600     ",
    ]


@pytest.mark.parametrize(
    ("call", "value", "shown"),
    [
        (form.z, 9.14, "9.1"),
        (form.z, None, "–"),
        (form.percent, 99.97, "99.97 %"),
        (form.percent, 99.9999, ">99.99 %"),
        (form.percent, 100.0, "100 %"),
        (form.percent, 50.0, "50 %"),
        (form.percent, 0.0, "0 %"),
        (form.count, 20829, "20,829"),
        (form.count, None, "–"),
        (form.size, 980, "980 B"),
        (form.size, 999_999, "1.0 MB"),
        (form.size, 1_240_000, "1.2 MB"),
        (form.size, 222_000_000_000, "222 GB"),
        (form.size, 5_000_000_000_000, "5.0 TB"),
        (form.seconds, 0.0042, "4 ms"),
        (form.seconds, 0.314, "0.31 s"),
        (form.seconds, 9.96, "10 s"),
        (form.seconds, 59.9, "1 min 0 s"),
        (form.seconds, 200, "3 min 20 s"),
        (form.seconds, 7500, "2 h 5 min"),
    ],
)
def test_small_forms(call, value, shown: str) -> None:  # type: ignore[no-untyped-def]  # any of them
    assert call(value) == shown


URL = "https://www.proteinatlas.org/ENSG00000149591"


@pytest.mark.parametrize(
    ("most", "shown"),
    [
        (44, URL),
        (43, URL[8:]),
        (36, URL[8:]),
        (35, URL[12:]),
        (32, URL[12:]),
        (20, "proteinatlas.org/EN…"),
    ],
)
def test_a_link_is_whole_where_it_fits(most: int, shown: str) -> None:
    assert form.link(URL, most) == shown
