"""Numbers read a block at a time are those that are read cell by cell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gene_tui.spaces.importers import table, text
from gene_tui.spaces.importers.registry import open_source

cells = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(min_value=-1e30, max_value=1e30).map(lambda number: f"{number:.25f}"),
    st.floats(min_value=-1, max_value=1).map(lambda number: f"{number:.9g}"),
    st.text("0123456789.+-eE", min_size=1, max_size=6),
    st.text("01.-e ", max_size=4),
)


@settings(max_examples=400, deadline=None)
@given(cell=cells, mark=st.sampled_from([" ", ",", "\t"]))
@pytest.mark.parametrize("long", [0, 1 << 30])
def test_a_number_is_itself_or_goes_the_slow_way(cell: str, mark: str, long: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_LONG", long)
        found = text.parse_numbers(
            [f"1{mark}{cell}".encode(), f"2{mark}3.5".encode()], 2, mark.encode()
        )
    if found is None:
        return
    with np.errstate(over="ignore"):
        wanted = np.float32(float(cell))
    assert found[0, 1] == wanted
    assert found[0, 0] == 1 and found[1].tolist() == [2, 3.5]


@pytest.mark.parametrize("long", [0, 1 << 30])
@pytest.mark.parametrize("rows", [[b"1,2,3", b"4"], [b"1,2", b"", b"3,4,5"], [b"1,", b"2,3"]])
def test_rows_of_other_lengths_go_the_slow_way(rows: list[bytes], long: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_LONG", long)
        assert text.parse_numbers(rows, 2, b",") is None


def written(path: Path, rows: int, *, quoted: bool, comma: bool, missing: int | None) -> np.ndarray:
    """A table of names, symbols and five numbers; one cell may be NA."""
    rng = np.random.default_rng(0)
    numbers = rng.standard_normal((rows, 5)).astype(np.float32)
    lines = []
    for place, row in enumerate(numbers):
        shown = [f"{number:.9g}" for number in row]
        if place == missing:
            shown[2] = "NA"
        if comma:
            shown = [cell.replace(".", ",") for cell in shown]
        lines.append([f"ENSG{place:011d}", f"SYM{place}", *shown])
    lines.insert(0, ["gene_id", "symbol", *(f"dim_{place}" for place in range(5))])
    if quoted:
        lines = [[f'"{cell}"' for cell in line] for line in lines]
    path.write_text("\n".join((";" if comma else ",").join(line) for line in lines) + "\n")
    if missing is not None:
        numbers[missing, 2] = np.nan
    return numbers


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("comma", [False, True])
@pytest.mark.parametrize("missing", [None, 700])
def test_tables_of_several_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quoted: bool, comma: bool, missing: int | None
) -> None:
    monkeypatch.setattr(
        table, "blocks_of_lines", lambda stream, _=0: text.blocks_of_lines(stream, 1 << 14)
    )
    monkeypatch.setattr(text, "_LONG", 0)
    path = tmp_path / "table.csv"
    numbers = written(path, 1500, quoted=quoted, comma=comma, missing=missing)
    fast = []
    plain = table._plain_block

    def counted(*arguments: object, **options: object) -> object:
        fast.append(plain(*arguments, **options) is not None)  # type: ignore[arg-type]
        return plain(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(table, "_plain_block", counted)
    blocks = list(open_source(path).blocks)
    found = np.concatenate([block.vectors for block in blocks])
    np.testing.assert_array_equal(found, numbers)
    assert [name for block in blocks for name in block.labels][-1] == "ENSG00000001499"
    assert [name for block in blocks for name in block.columns["symbol"]][7] == "SYM7"
    # Only the block of the missing cell goes cell by cell; a quote may open a cell of many lines.
    assert sum(fast) >= (1 if missing and quoted else 5)


def test_the_fast_way_imports_no_pandas() -> None:
    """Which takes longer than to parse 100 MB."""
    code = (
        "import sys; from gene_tui.spaces.importers import text; text._LONG = 0; "
        "found = text.parse_numbers([b'1,2', b'3,4'], 2, b','); assert found.tolist() == "
        "[[1, 2], [3, 4]]; print('pyarrow' in sys.modules, 'pandas' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.split() == ["True", "False"]
