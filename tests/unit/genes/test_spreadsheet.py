"""Symbols that became dates."""

from __future__ import annotations

import pytest

from gene_tui.genes.spreadsheet import symbols_of_date


@pytest.mark.parametrize(
    ("name", "symbols"),
    [
        ("1-Sep", ("SEPTIN1",)),
        ("01-Sep", ("SEPTIN1",)),
        ("Sep-07", ("SEPTIN7",)),
        ("9-SEP-24", ("SEPTIN9",)),
        ("2-Mar", ("MARCHF2", "MTARC2")),
        ("11-Mar", ("MARCHF11",)),
        ("1-Dec", ("DELEC1",)),
        ("2024-09-02", ("SEPTIN2",)),
        ("2001/03/01", ("MARCHF1", "MTARC1")),
        ("2024-09-02 00:00:00", ("SEPTIN2",)),
        ("9/2/2024", ("SEPTIN2",)),
        ("September 4", ("SEPTIN4",)),
        *((name, ()) for name in ("SEPT1", "30-Sep", "2-Dec", "1-Jul", "MARCH1", "12-HETE", "")),
    ],
)
def test_dates_give_the_symbols_they_were(name: str, symbols: tuple[str, ...]) -> None:
    assert symbols_of_date(name) == symbols
