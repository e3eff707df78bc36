"""Suggestions while a name is typed."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gene_tui.errors import Cancelled
from gene_tui.genes.suggest import Suggester, Suggestion
from gene_tui.model.gene import Gene

GENES = [
    Gene(0, "ENSG00000206172", "ENSG00000206172", "HBA1", "hemoglobin subunit alpha 1"),
    Gene(1, "ENSG00000188536", "ENSG00000188536", "HBA2", "hemoglobin subunit alpha 2"),
    Gene(2, "ENSG00000000002", "ENSG00000000002", "ENO1", "enolase 1", aliases=("HBAX",)),
    Gene(3, "ENSG00000000003", "ENSG00000000003", "HP", "haptoglobin"),
    Gene(4, "ENSG00000000004", "ENSG00000000004", "CYGB", "cytoglobin and globin"),
    Gene(5, "ENSG00000000005", "ENSG00000000005", "MYLPF", "myosin", aliases=("MYL11", "act")),
    Gene(6, "ENSG00000000006", "ENSG00000000006", "ACTB", "actin beta"),
]


@pytest.fixture
def genes(store: Any) -> Suggester:
    return Suggester(*store(GENES), len(GENES))


def _symbols(found: list[Suggestion]) -> list[str]:
    return [suggestion.symbol for suggestion in found]


def test_names_that_begin_so_symbols_first(genes: Suggester) -> None:
    found = genes.suggest("hba")
    assert _symbols(found)[:3] == ["HBA1", "HBA2", "ENO1"]
    assert [s.stage for s in found[:3]] == ["prefix"] * 3
    assert [s.matched for s in found[:3]] == ["HBA1", "HBA2", "HBAX"]
    assert found[0] == Suggestion(
        0, "ENSG00000206172", "HBA1", "hemoglobin subunit alpha 1", "HBA1", "prefix"
    )


def test_symbols_come_before_all_the_ids(genes: Suggester) -> None:
    assert _symbols(genes.suggest("EN"))[0] == "ENO1"
    assert _symbols(genes.suggest("ENSG0000018")) == ["HBA2"]


def test_a_whole_alias_comes_first(genes: Suggester) -> None:
    assert _symbols(genes.suggest("act", 2)) == ["MYLPF", "ACTB"]
    assert genes.suggest("MYL11")[0].matched == "MYL11"


def test_words_of_full_names_come_next(genes: Suggester) -> None:
    found = genes.suggest("GLOBIN", 3)
    assert [s.stage for s in found] == ["name"] * 3
    assert _symbols(genes.suggest("alpha")) == ["HBA1", "HBA2"]
    assert genes.suggest("subunit alpha 2")[0].matched == "hemoglobin subunit alpha 2"


def test_the_beginning_of_a_word_counts_more(store: Any) -> None:
    some = [Gene(0, "AA1", "", "AA1", "haptoglobin"), Gene(1, "BB1", "", "BB1", "a globin")]
    assert _symbols(Suggester(*store(some), 2).suggest("globin")) == ["BB1", "AA1"]


def test_misspelled_symbols_come_last(genes: Suggester) -> None:
    found = genes.suggest("MLYPF")
    assert (found[0].symbol, found[0].stage) == ("MYLPF", "spelling")
    # Aliases are not guessed at.
    assert "MYLPF" not in _symbols(genes.suggest("MYL1111"))


def test_each_gene_once_and_no_more_than_asked(genes: Suggester) -> None:
    found = genes.suggest("h", 10)
    assert len({s.row for s in found}) == len(found)
    assert len(genes.suggest("e", 2)) == 2
    assert genes.suggest("h", 0) == genes.suggest("  ") == genes.suggest("zzzzzzzz") == []


def test_rows_beyond_the_view_are_not_suggested(store: Any) -> None:
    table, names = store(GENES)
    short = Suggester(table, names, 2)
    for text in ("e", "HBA", "globin", "MLYPF", "HP"):
        assert all(s.row < 2 for s in short.suggest(text))


def test_words(store: Any) -> None:
    words = Suggester(*store([Gene(0, "king"), Gene(1, "King"), Gene(2, "kings")]), 3)
    assert [s.label for s in words.suggest("king")] == ["king", "King", "kings"]
    assert words.suggest("kinsg")[0].stage == "spelling"


def test_odd_names_are_suggested_faithfully(store: Any) -> None:
    odd = [Gene(0, "[/x]\n\x1b", name="a\nb"), Gene(1, "b", name="straße")]
    suggester = Suggester(*store(odd), 2)
    assert suggester.suggest("[/X")[0].label == "[/x]\n\x1b"
    assert suggester.suggest("STRASSE")[0].row == 1


def test_an_answer_no_longer_wanted_is_not_made(genes: Suggester) -> None:
    with pytest.raises(Cancelled):
        genes.suggest("hba", cancelled=lambda: True)


@pytest.mark.real_data
def test_real_suggestions_are_sensible_and_quick(real_space: Any) -> None:
    table, names = real_space
    suggester = Suggester(table, names, len(table))
    suggester.warm()
    times = []
    for text, symbol in (
        ("hba", "HBA1"),
        ("MYL11", "MYLPF"),
        ("hemoglobin", "HBB"),
        ("TPP53", "TP53"),
        ("ENSG00000206172", "HBA1"),
        ("p53", "TP53"),
    ):
        readings = []
        for _ in range(3):
            start = time.perf_counter()
            found = suggester.suggest(text)
            readings.append(time.perf_counter() - start)
        assert symbol in _symbols(found)
        times.append(min(readings))
    assert max(times) < 0.03
