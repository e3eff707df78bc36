"""Rows of plain values as delimited text and as Markdown tables, whatever they are about."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gene_tui.export.table import SAFE, Cells
from gene_tui.text import escape


def delimited(
    columns: Sequence[str],
    records: Iterable[Mapping[str, Any]],
    sep: str = "\t",
    *,
    cells: Cells = SAFE,
) -> str:
    """A heading line and one line a record; unknown values are empty, lists joined by ``|``.

    Args:
        cells: what becomes of text from outside.
    """
    lines: list[str] = []
    writer = csv.writer(_Lines(lines), delimiter=sep, lineterminator="\r\n")
    writer.writerow(columns)
    for record in records:
        row = ["|".join(v) if isinstance(v := record[name], list) else v for name in columns]
        writer.writerow(map(cells, row))
    return "".join(lines)


def markdown_table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()
) -> Iterator[str]:
    """The lines of a Markdown table; cells are escaped here.

    Args:
        right: places of the columns aligned to the right.
    """
    aligned = set(right)
    yield _row(titles)
    yield _row(["---:" if place in aligned else "---" for place in range(len(titles))])
    for row in rows:
        yield _row([escape(cell) for cell in row])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


class _Lines:
    """Takes the csv writer's rows: it must end them in CR LF to quote a lone CR inside a cell,
    while files that cut and awk read end lines in LF."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, row: str) -> int:
        self._lines.append(row.removesuffix("\r\n") + "\n")
        return len(row)
