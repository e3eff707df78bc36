"""How a text table is laid out: where it begins, its delimiter, its header, its columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gene_tui.errors import FileError
from gene_tui.genes.known import known
from gene_tui.genes.titles import is_label, is_remark, meaning, plain
from gene_tui.spaces.importers.columns import SourceColumn, is_missing, is_number, kind_of
from gene_tui.spaces.importers.counted import are_counted
from gene_tui.spaces.importers.streams import bad, printable

#: Rows at the head of a table from which its columns are judged.
SAMPLE = 50

_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?")
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+")
_GROUPED_BY_POINTS = re.compile(r"[-+]?[1-9]\d{0,2}(?:\.\d{3})+")
#: So many numbers written 1.234 show that all are.
_LEAST_GROUPED = 8
#: Spreadsheets' own first line, which names the delimiter.
_SEPARATOR = re.compile(r"\"?sep=(.)\"?", re.IGNORECASE)
#: GCT, the one table format whose third line is the header.
_GCT = re.compile(r"#1\.[23]\s*")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is laid out.

    Attributes:
        first: number of the line (from 1) where header or rows begin; above are comments.
        delimiter: between cells.
        header: titles; None where there are none.
        header_line: whether line ``first`` is the header.
        width: cells a row.
        decimal_comma: numbers are written 0,5.
        columns: as the first rows show them.
    """

    first: int
    delimiter: str
    header: list[str] | None
    header_line: bool
    width: int
    decimal_comma: bool
    columns: list[SourceColumn]


def lay_out(path: Path, lines: list[tuple[int, str]]) -> Layout:
    """Tell the layout from the first lines, each with its number.

    Raises:
        FileError: they are no table.
    """
    remarks, lines = _remarks([(number, text) for number, text in lines if text.strip()])
    if not lines:
        raise bad(path, "it has no rows")
    texts = [text for _, text in lines]
    delimiter = _delimiter(path, texts, remarks)
    rows = list(cells_of(path, texts, delimiter))
    decimal_comma = _has_decimal_commas(path, rows)
    if decimal_comma:
        rows = [[with_point(cell) for cell in row] for row in rows]
    else:
        _check_points(path, rows, delimiter)
    header, header_line = _header(path, rows, remarks, delimiter)
    body = rows[1:] if header_line else rows
    width = len(header or body[0])
    columns = []
    for index in range(width):
        cells = [row[index] for row in body if index < len(row)]
        columns.append(SourceColumn(header[index].strip() if header else "", kind_of(cells), cells))
    return Layout(lines[0][0], delimiter, header, header_line, width, decimal_comma, columns)


def _remarks(lines: list[tuple[int, str]]) -> tuple[list[str], list[tuple[int, str]]]:
    """Comment lines above a table, and the rest; a row of numbers named # is no comment."""
    row = next((text for _, text in lines if not text.startswith("#")), "")
    start = 0
    while start < len(lines):
        text = lines[start][1]
        if _GCT.fullmatch(text):
            start += 1  # and the line with the sizes
        elif not _is_remark(text, row):
            break
        start += 1
    return [text for _, text in lines[:start]], lines[start:]


def _is_remark(text: str, row: str) -> bool:
    """Whether a line above a table is none of its rows; ``row`` is one of them."""
    if _SEPARATOR.fullmatch(text.strip(" \r")):
        return True
    return text.startswith("#") and not _is_alike(text, row)


def _is_alike(text: str, row: str) -> bool:
    """Whether a line that begins with # is a row as the other one: as many cells, with numbers."""
    words = re.split(r"[\t,; |]+", text.strip())[1:]
    numeric = sum(is_number(word) for word in words)
    if numeric < 2 or 2 * numeric < len(words):
        return False
    cells = [text.count(mark) == row.count(mark) > 0 for mark in "\t,;|"]
    return not row or any(cells) or len(text.split()) == len(row.split()) > 2


def _header(
    path: Path, rows: list[list[str]], remarks: list[str], delimiter: str
) -> tuple[list[str] | None, bool]:
    """The titles, and whether the first row is they."""
    first, body = rows[0], rows[1:]
    if body and len(first) == len(body[0]) - 1:  # as R writes: no title above the names
        if all(not row[-1].strip() for row in body if row):
            return [*first, ""], True
        return ["", *first], True
    if body and _is_header(path, first, body):
        return first, True
    if remarks:  # a header line that begins with #
        titles = next(cells_of(path, [remarks[-1].lstrip("# ")], delimiter), [])
        if len(titles) == len(first) and _is_header(path, titles, rows):
            return titles, False
    return None, False


def _delimiter(path: Path, lines: list[str], remarks: list[str]) -> str:
    """The delimiter that cuts the first lines into equally many cells, most of them numbers."""
    for remark in remarks:
        if said := _SEPARATOR.fullmatch(remark.strip(" \r")):
            return said[1]
    scored = []
    for order, mark in enumerate("\t,;| "):
        if mark not in lines[0] and (len(lines) < 2 or mark not in lines[1]):
            continue
        try:
            rows = list(cells_of(path, lines[:SAMPLE], mark))
        except FileError:
            continue
        body = [len(row) for row in rows[1:] or rows]
        usual = max(set(body), key=body.count)
        if usual > 1:
            share = body.count(usual) / len(body)
            fits = usual - 1 <= len(rows[0]) <= usual
            cells = [cell.strip() for row in rows[1:] or rows for cell in row[1:]]
            numeric = sum(is_number(c) or bool(_DECIMAL_COMMA.fullmatch(c)) for c in cells)
            score = (share, mark != " ", fits, numeric > len(cells) / 2, usual, -order)
            scored.append((score, mark))
    if not scored:
        raise bad(
            path,
            "it is no table: no comma, tab or semicolon divides its lines alike",
            "if it should be one, look for a quote that is not closed",
        )
    return max(scored)[1]


def _has_decimal_commas(path: Path, rows: list[list[str]]) -> bool:
    """Whether numbers are written 0,5.

    Raises:
        FileError: 1,234 may be a thousand or one and a bit.
    """
    cells = [cell.strip() for row in rows for cell in row]
    commas = [cell for cell in cells if _DECIMAL_COMMA.fullmatch(cell)]
    if not commas or any("." in cell and is_number(cell) for cell in cells):
        return False
    if all(_GROUPED.fullmatch(cell) for cell in commas):
        raise bad(
            path,
            f"'{printable(commas[0], 40)}' may be a number of thousands or have a decimal comma",
            "write numbers as 1234.5: a point before decimals, nothing between thousands",
        )
    return True


def _check_points(path: Path, rows: list[list[str]], delimiter: str) -> None:
    """Refuse 1.234 where it may be a thousand, as German spreadsheets write it.

    It may where each fraction has three digits and none is below 1, between semicolons, or in a
    column with whole numbers.

    Raises:
        FileError: it may.
    """
    grouped, mixed = 0, delimiter == ";"
    for column in zip(*rows[1:], strict=False):
        cells = [cell.strip() for cell in column]
        pointed = [cell for cell in cells if "." in cell and is_number(cell)]
        if not all(_GROUPED_BY_POINTS.fullmatch(cell) for cell in pointed):
            return
        grouped += len(pointed)
        mixed |= bool(pointed) and any(cell.lstrip("-").isdecimal() for cell in cells)
    if mixed and grouped >= _LEAST_GROUPED:
        raise bad(
            path,
            "numbers such as 1.234 may be thousands or have a decimal point",
            "write numbers as 1234.5, with another count of decimals than three: nothing between "
            "thousands",
        )


def with_point(cell: str) -> str:
    """A number with a decimal comma as one with a point; any other cell as it is."""
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell.strip()) else cell


def _is_header(path: Path, first: list[str], body: list[list[str]]) -> bool:
    """Whether the first row names the columns: words above numbers, or numbers that count.

    Raises:
        FileError: a row of whole numbers that counts may be either.
    """
    bodies = [[row[index] for row in body if index < len(row)] for index in range(len(first))]
    numeric = [index for index, cells in enumerate(bodies) if kind_of(cells) == "number"]
    named = next((index for index in range(len(first)) if index not in numeric), 0)
    corner = first[named].strip()
    # in a table whose rows are numbered the first column may be their numbers
    ways = [numeric, numeric[1:]] if numeric[:1] == [0] else [numeric]
    above = [first[index].strip() for index in ways[-1]]
    words = [cell for cell in above if not is_number(cell) and not is_missing(cell)]
    if words:
        # one bad number in row 1 does not make it a header; titles beside some that count do
        rest = [cell for cell in above if is_number(cell)]
        return 2 * len(words) >= len(above) or (len(rest) > 2 and are_counted(rest))
    named_so = plain(corner) in ("gene", "genes") or meaning(corner) in ("id", "symbol")
    if named_so and not known([corner])[0]:
        return True
    for chosen in ways:
        above = [first[index].strip() for index in chosen]
        below = [bodies[index] for index in chosen]
        if _are_numbers_of_genes(corner, above, below):
            return True
        # pandas calls a doubled title 3 "3.1"
        once = [c for c in above if not (c.partition(".")[0] in above and c.count(".") == 1)]
        if len(once) > 1 and 2 * len(once) > len(above) and are_counted(once):
            break
    else:
        return False
    if not corner or is_label(corner) or meaning(corner):
        return True
    numbers = [cell for cells in below for cell in cells if is_number(cell)]
    if not all(float(cell).is_integer() for cell in numbers):
        return True
    if any(corner == row[named].strip() for row in body) or len(above) > 8:
        return True
    raise bad(
        path,
        f"line 1 ({printable(corner, 40)}, {', '.join(above[:3])} …) may be titles or a row",
        "call the first column gene, or give titles such as dim_0, dim_1",
    )


def _are_numbers_of_genes(corner: str, above: list[str], below: list[list[str]]) -> bool:
    """Whether whole numbers above fractions are titles: NCBI's numbers of genes, say."""
    titled = not corner or is_label(corner) or bool(meaning(corner))
    if is_remark(corner) or len(above) < (3 if titled else 8) or len(set(above)) < len(above):
        return False
    if not all(cell.isdigit() for cell in above):
        return False
    numbers = [cell for cells in below for cell in cells if is_number(cell)]
    whole = sum(float(cell).is_integer() for cell in numbers)
    return 10 * whole < len(numbers)


def cells_of(path: Path, lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Rows of cells; quotes are understood, blank rows skipped."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == " ")
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                if delimiter == " " and row[-1] == "":
                    row.pop()
                yield row
    except csv.Error as error:
        where = f"line {reader.line_num:,}"
        if "new-line character" in str(error):
            raise bad(
                path,
                f"{where} has a carriage return within a cell",
                "put the cell in quotes, or end all lines alike",
            ) from error
        raise bad(path, f"{where}: {error}", "a quote may be unclosed") from error
