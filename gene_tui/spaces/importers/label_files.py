"""Files of labels that stand beside a matrix: one name a line, or a small table of names."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gene_tui.genes.titles import is_label, is_remark, meaning, plain
from gene_tui.spaces.importers.columns import SourceColumn, is_number, kind_of, some_of, value
from gene_tui.spaces.importers.row_names import name_rows
from gene_tui.spaces.importers.streams import bad, printable
from gene_tui.spaces.source import WARNING

_SAMPLE = 200
#: As vocabularies are written: a name and a number, or a number and a name.
_NUMBERED = re.compile(r"(\S+)[ ,](\d+)|(\d+)[ ,](\S+)")
#: Titles of numbers that are remarks elsewhere, and rows in a file of labels.
_ROWS = frozenset({"tokenid", "tokenindex", "idx", "rownumber", "rowid"})


@dataclass(frozen=True, slots=True)
class LabelFile:
    """What a file of labels says.

    Attributes:
        names: one a row of the matrix.
        columns: further fields of ``genes.gene.FIELDS``, each as long as the names.
        notes: how it was read, where it is more than a list.
    """

    names: list[str]
    columns: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def label_file(path: Path, lines: list[str], *, titled: bool = False) -> LabelFile:
    """Labels from the lines of a file.

    Lines of several cells (divided by tabs, in .csv by commas) are a table, with or without a
    line of titles; the column of names is found as in tables of vectors.

    Args:
        titled: several columns have a line of titles, as the Embedding Projector's metadata.

    Raises:
        FileError: lines have different numbers of cells, or no column can be the names.
    """
    rows = _cells(path, lines)
    if rows is None:
        return LabelFile(lines)
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise bad(path, f"line {number:,} has {len(row):,} cells instead of {width:,}")
    header = rows[0] if _are_titles(rows, titled=titled) else None
    body = rows[1:] if header else rows
    if not body:
        raise bad(path, "it has a line of titles and no labels")
    columns = []
    for index in range(width):
        cells = [row[index] for row in body[:_SAMPLE]]
        columns.append(SourceColumn(header[index].strip() if header else "", kind_of(cells), cells))
    label, fields = name_rows(path, columns)
    if label is None:
        raise bad(path, "no column holds names", "give a file with one name a line")
    called = [printable(column.title, 40) or f"column {i + 1}" for i, column in enumerate(columns)]
    rows_from, order = _row_column(columns, body, label)
    fields = {name: index for name, index in fields.items() if index != rows_from}
    used = {label, *fields.values()}
    said = [f"labels from `{called[label]}` of {path.name}"]
    said += [f"{name} from `{called[index]}`" for name, index in fields.items()]
    if left_out := [called[index] for index in range(width) if index not in used]:
        said.append(f"left out: {some_of(left_out)}")
    notes = ["; ".join(said)]
    if rows_from is not None:
        body = [body[place] for place in order]
        notes.append(
            f"{WARNING}labels were put in the order of the numbers beside them, "
            f"`{called[rows_from]}` (take that column out of {path.name} if they are no rows)"
        )
    return LabelFile(
        [row[label].strip() for row in body],
        {name: [value(name, row[index]) for row in body] for name, index in fields.items()},
        notes,
    )


def _row_column(
    columns: list[SourceColumn], body: list[list[str]], label: int
) -> tuple[int | None, list[int]]:
    """The column that numbers the rows in another order than the file's, and that order."""
    for index, column in enumerate(columns):
        may = index != label and (not is_remark(column.title) or plain(column.title) in _ROWS)
        if may and (order := _shuffled([row[index] for row in body])):
            return index, order
    return None, []


def _shuffled(cells: list[str]) -> list[int]:
    """The order in which cells are 0 … n−1 or 1 … n; [] where they are not, or in order."""
    if not all(cell.strip().isdecimal() for cell in cells):
        return []
    numbers = [int(cell) for cell in cells]
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    first = numbers[order[0]]
    counts = [numbers[place] for place in order] == list(range(first, first + len(numbers)))
    return order if counts and first in (0, 1) and order != list(range(len(numbers))) else []


def surplus_hint(path: Path, names: Sequence[str], rows: int) -> str:
    """What to do about a file of labels that has one more than there are rows."""
    if len(names) != rows + 1:
        return ""
    return (
        f"labels of one column have no line of titles: if '{printable(names[0], 40)}' is one, "
        f"delete line 1 of {path.name}"
    )


def _cells(path: Path, lines: list[str]) -> list[list[str]] | None:
    """The cells of a table; None of a list."""
    if lines and "\t" in lines[0]:
        return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    if path.name.lower().removesuffix(".gz").endswith(".csv") and "," in lines[0]:
        return [row for row in csv.reader(lines) if row]
    matches = [_NUMBERED.fullmatch(line.strip()) for line in lines]
    pairs = [[cell for cell in match.groups() if cell is not None] for match in matches if match]
    return pairs if pairs and len(pairs) == len(lines) else None


def _are_titles(rows: list[list[str]], *, titled: bool) -> bool:
    """Whether the first line holds titles: words above numbers, or titles that are known."""
    first, body = rows[0], rows[1:]
    if not body:
        return titled
    above = [
        cell
        for index, cell in enumerate(first)
        if kind_of([row[index] for row in body[:_SAMPLE]]) == "number"
    ]
    if above:
        return not any(is_number(cell) for cell in above)
    known = sum(bool(meaning(cell)) or is_label(cell) for cell in first)
    return titled or 2 * known > len(first)
