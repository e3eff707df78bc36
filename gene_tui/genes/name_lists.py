"""Names of genes in a text, as people keep them: a name a line, a line of them, or a table."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gene_tui.genes.known import known

_MARKS = "\t,;"
#: Titles of a column of names.
_TITLES = frozenset(
    {"", "gene", "genes", "gene_name", "gene_symbol", "symbol", "symbols", "name", "names", "id"}
    | {"gene_id", "ensembl", "ensembl_id", "ensembl_gene_id", "hgnc_symbol", "label", "feature"}
)


@dataclass(frozen=True, slots=True)
class NameList:
    """Names read from a text.

    Attributes:
        names: in the text's order, not empty, perhaps repeated.
        notes: how they were read, where that is not a name a line; one sentence each.
    """

    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def parse_names(text: str) -> NameList:
    """The names in a text.

    Lines that begin with ``#`` are comments. Quotes around a name are taken off. Where tabs,
    commas or semicolons divide the lines alike it is a table, whose first column counts (the
    second, where the first one numbers the rows); else every cell is a name.
    """
    lines = _lines(text)
    mark = _mark(lines)
    if mark is None:
        return _spaced([_unquoted(line.split("\t")[0]) for line in lines])
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)]
    rows = [row for row in rows if any(row)]
    if _is_table(rows):
        return _column(rows)
    names = [cell for row in rows for cell in row if cell]
    said = {"\t": "tabs", ",": "commas", ";": "semicolons"}[mark]
    return NameList(tuple(names), (f"the list is read as names separated by {said}",))


@dataclass(frozen=True, slots=True)
class PairList:
    """Pairs of names read from a text.

    Attributes:
        pairs: in the text's order, perhaps repeated.
        notes: how they were read, where that is not two names a line; one sentence each.
    """

    pairs: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


def parse_pairs(text: str) -> PairList:
    """The pairs in a text, one a line: two columns divided by tabs, commas, semicolons or blanks.

    Lines that begin with ``#`` are comments. Quotes around a name are taken off. Of more columns
    the first two count. A line without a second name is no pair, and is said.
    """
    lines = _lines(text)
    mark = _mark(lines)
    if mark is None:
        rows = [list(map(_unquoted, line.split())) for line in lines]
    else:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)]
    if rows and all(_is_title(cell) for cell in rows[0][:2]):
        rows = rows[1:]
    pairs = [(row[0], row[1]) for row in rows if len(row) > 1 and row[0] and row[1]]
    notes = []
    if widest := max(map(len, rows), default=0) if pairs else 0:
        notes += [f"the pairs are the first two of {widest:,} columns"] if widest > 2 else []
    if pairs and (short := len(rows) - len(pairs)):
        without = "line has no second name and is no pair"
        if short > 1:
            without = "lines have no second name and are no pairs"
        notes.append(f"{short:,} {without}")
    return PairList(tuple(pairs), tuple(notes))


def _is_title(cell: str) -> bool:
    """Whether a cell is the title of a column of names: ``gene``, ``gene1``, ``symbol_b``."""
    bare = re.sub(r"[_ ]?[12ab]$", "", cell.lower())
    return bare in _TITLES and bare != ""


def _lines(text: str) -> list[str]:
    """The lines that hold anything but a comment."""
    lines = [line.strip("\ufeff") for line in text.splitlines()]
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _mark(lines: Sequence[str]) -> str | None:
    """What divides most of the lines."""
    return next((m for m in _MARKS if 2 * sum(m in line for line in lines) > len(lines)), None)


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows are lines of a table, not lines of names."""
    if len(rows) < 2 or len({len(row) for row in rows}) > 1:
        return False
    cells = [cell for row in rows for cell in row[1:] if cell]
    return not cells or sum(known(cells)) < 0.8 * len(cells)


def _column(rows: list[list[str]]) -> NameList:
    head, body = rows[0], rows[1:]
    place = 0
    if all(row[0].isdigit() for row in body) and not all(row[1].isdigit() for row in body):
        place = 1  # the first numbers the rows
    numbers = [at for at in range(len(head)) if all(map(_is_number, (row[at] for row in body)))]
    titled = head[place].lower() in _TITLES or any(
        at != place and head[at] and not _is_number(head[at]) for at in numbers
    )
    if not titled:
        body = rows
    title = f", {head[place]}" if titled and head[place] else ""
    which = ("first", "second")[place]
    names = tuple(name for row in body if (name := row[place]))
    return NameList(names, (f"the list is the {which} column of a table{title}",))


def _spaced(lines: list[str]) -> NameList:
    """A name a line, or names with blanks between them where those are genes and lines are not."""
    words = [word for line in lines for word in line.split()]
    if len(words) > len(lines) and not any(known(lines)) and sum(known(words)) >= 0.8 * len(words):
        return NameList(tuple(words), ("the list is read as names separated by blanks",))
    return NameList(tuple(lines))


def _unquoted(line: str) -> str:
    line = line.strip()
    if len(line) > 2 and line[0] == line[-1] and line[0] in "\"'":
        return line[1:-1].replace('""', '"').strip() or line
    return line


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell in ("", "NA")
    return True
