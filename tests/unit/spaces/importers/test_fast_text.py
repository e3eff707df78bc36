"""Numbers read a block at a time are those that are read cell by cell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gene_tui.errors import FileError
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
@pytest.mark.parametrize("long", [0, 1 << 30])
def test_tables_of_several_blocks(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    quoted: bool,
    comma: bool,
    missing: int | None,
    long: int,
) -> None:
    monkeypatch.setattr(text, "_LONG", long)
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


ODD = [
    "\ufeffGNA1", " GNA1 ", "GNA\xa01", "naïve", "", "  ", '"GNA1"', 'GN"A1', "GN\rA1", "GNA1\r",
    "#GNA1", "\x0bGNA1", "\u2028", "tab\tmark", "1", "nan", "null", "\ud800", "GNA|1", "<pad>",
    "\\",
]  # fmt: skip
labels = st.one_of(st.sampled_from(ODD), st.text("GNA1-. \u00e9", min_size=1, max_size=5))
numbers = st.one_of(
    st.sampled_from(
        ["nan", "NaN", "inf", "-Infinity", "1e39", "1e-46", "-0", "+1", " 2 ", "NA", ""]
    ),
    st.sampled_from(
        ["1_0", "0x1", "1e", "1d5", "nan(1)", "infinit", ".", "1.", ".5", "\u0661", "2\t"]
    ),
    cells,
)


@settings(max_examples=300, deadline=None)
@given(
    name=labels,
    cell=numbers,
    place=st.sampled_from([0, 1, 58, 59, 60, 118, 119]),
    texts=st.sampled_from([1, 2]),
    mark=st.sampled_from([",", "\t", ";"]),
    end=st.sampled_from(["\n", "", "\r\n", "\n\n"]),
    quotes=st.sampled_from(["", "", "names", "all", "twice", "open"]),
    last=st.booleans(),
)
def test_a_table_reads_as_its_cells_do(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    cell: str,
    place: int,
    texts: int,
    mark: str,
    end: str,
    quotes: str,
    last: bool,
) -> None:
    """One odd row anywhere in a table of several blocks."""
    rows = [[*(f"GN{row}", f"SYM{row}")[:texts], f"0.{row}5", "2.5"] for row in range(120)]
    rows[place][0], rows[place][-2] = name, cell
    doubled = name.replace('"', '""')
    if quotes == "twice":  # as csv writes a quote or a mark within quotes
        rows[place][0] = f'"{doubled}{mark}x"'
    if quotes == "open":
        rows[place][-2] += '"'
    quoted = {"names": texts, "all": texts + 2}.get(quotes, 0)
    rows = [[*(f'"{it}"' for it in row[:quoted]), *row[quoted:]] for row in rows]
    titles = [*("gene", "symbol")[:texts], "dim_0", "dim_1"]
    path = tmp_path_factory.mktemp("odd") / "odd.csv"
    lines = [mark.join(cells[::-1] if last else cells) for cells in [titles, *rows]]
    path.write_bytes(("\n".join(lines) + end).encode("utf-8", "surrogatepass"))
    wanted = outcome(path, long=1 << 30)
    assert outcome(path, long=0) == wanted
    assert outcome(path, long=None) == wanted


def outcome(path: Path, long: int | None) -> list[object]:
    """All that comes of reading a table in small blocks, by Arrow from ``long`` bytes on; None for
    cell by cell."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_LONG", long or 0)
        if long is None:
            patch.setattr(table, "_plain_block", lambda *_, **__: None)
        patch.setattr(
            table, "blocks_of_lines", lambda stream, _=0: text.blocks_of_lines(stream, 1 << 10)
        )
        found: list[object] = []
        try:
            source = open_source(path)
            for block in source.blocks:
                rows = zip(block.labels, block.vectors, strict=True)
                found += [(label, *map(repr, vector.tolist())) for label, vector in rows]
                found += [(name, cells) for name, cells in block.columns.items()]
        except FileError as error:
            return [error.message, error.hint]
        columns = [entry for entry in found if isinstance(entry[1], list)]  # type: ignore[index]
        joined = {name: [] for name, _ in columns}  # type: ignore[misc, var-annotated]
        for name, values in columns:  # type: ignore[misc]
            joined[name] += values
        rest = [entry for entry in found if not isinstance(entry[1], list)]  # type: ignore[index]
        return [rest, joined, source.notes, source.dropped]


def test_the_fast_way_imports_no_pandas() -> None:
    """Which takes longer than to parse 100 MB."""
    code = (
        "import sys; from gene_tui.spaces.importers import text; text._LONG = 0; "
        "found = text.parse_numbers([b'1,2', b'3,4'], 2, b','); assert found.tolist() == "
        "[[1, 2], [3, 4]]; print('pyarrow' in sys.modules, 'pandas' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.split() == ["True", "False"]
