"""Which cells of a table are vectors: the one decision that text, Parquet, JSON and h5ad share.

Which way it lies (``_lies``); then what names the rows and what is said of them (``row_names``),
and which of the remaining numbers are the dimensions (``dimensions``). Where that leaves a doubt
the table is refused, and the hint names the option that settles it.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from gene_tui.errors import FileError, UsageError
from gene_tui.genes.known import known
from gene_tui.genes.titles import ROW_NUMBERS, is_remark, plain
from gene_tui.spaces.importers.columns import (
    FEW,
    GENES_IN,
    LABELS_FROM,
    LEAST_DIMS,
    MOST,
    Roles,
    SourceColumn,
    is_missing,
    is_number,
    share_of_genes,
    some_of,
)
from gene_tui.spaces.importers.counted import STRONG, covering, families, number_after
from gene_tui.spaces.importers.dimensions import are_titled, dimensions, number_columns
from gene_tui.spaces.importers.reading import BY_ITSELF, ByHand
from gene_tui.spaces.importers.row_names import counts_up, is_distinct, name_rows
from gene_tui.spaces.importers.streams import bad, printable
from gene_tui.spaces.source import WARNING

#: How titles begin that are no genes among genes: a small letter, or two words. RNAs may.
_NO_GENE = re.compile(r"(?!sno|uc_|hsa-|mt-|.*RNA)(?:[a-z]|[^\W_]+[_ ][^\W_]*[a-z])")
#: How pandas marks a title that is there again.
_AGAIN = re.compile(r"(.+)\.\d{1,3}")
#: How a vector begins that is written into one cell.
_WRITTEN_LIST = re.compile(r"(?:\w+\()?[\[(]?\s*[-+.\d][-+.\deE]*[\s,]+[-+.\d]|(?:\w+\()?\[")
#: How numbers look that are written for people: 1,234.5 and 0,5 and 12 %.
_FOR_PEOPLE = re.compile(r"[-+−(]?[\d.,'’\s\u00a0\u202f]*\d[\d.,'’\s\u00a0\u202f]*\s?[%)]?")


def decide(
    path: Path, columns: list[SourceColumn], hand: ByHand = BY_ITSELF, key: str = ""
) -> Roles:
    """Tell the columns' roles.

    Args:
        hand: what the user says of them.
        key: title of the column of lists to take, where there are several.

    Raises:
        FileError: no column can be the names, there are too few columns of numbers, or it is
            in doubt what they are; the hint then names the option that says it.
        UsageError: the user names a column that is not there.
    """
    if key or any(column.kind == "list" for column in columns):
        return _of_lists(path, columns, hand, key)
    if _lies(path, columns, hand) == "columns":
        return _turned(path, columns, hand)
    return _upright(path, columns, hand)


def _lies(path: Path, columns: list[SourceColumn], hand: ByHand) -> Literal["rows", "columns"]:
    """Whether a gene is a row or a column.

    Titles that count are dimensions, and rows that count are; else the side that holds known
    genes is the genes' side.
    """
    if hand.genes_in:
        return hand.genes_in
    titles = [columns[index].title for index in number_columns(columns)]
    if not titles or not any(titles):
        return "rows"
    rows = _row_names(columns)
    across, down = covering(titles), covering(rows)
    if down == STRONG > across:
        return "columns"
    if across:
        return "rows"
    genes_across, genes_down = share_of_genes(titles), share_of_genes(rows)
    if genes_across < MOST:
        if genes_across >= MOST / 2 and genes_down < FEW and rows:
            raise _doubt(path, titles, genes_across, genes_down)
        return "rows"
    if set(rows) <= set(titles) and genes_down >= MOST:
        return "rows"  # genes by genes
    if rows and genes_down > genes_across / 2:
        raise _doubt(path, titles, genes_across, genes_down)
    return "columns"


def _doubt(path: Path, titles: list[str], across: float, down: float) -> FileError:
    return bad(
        path,
        f"it may hold a gene a row or a gene a column: {across:.0%} of the titles "
        f"({some_of(titles, 3)}) and {down:.0%} of the row names are known genes",
        GENES_IN,
    )


def _row_names(columns: list[SourceColumn]) -> Sequence[str]:
    """What would name the rows: the first text, else a first column of whole numbers."""
    texts = [column for column in columns if column.kind == "text" and is_distinct(column)]
    if texts:
        return texts[0].sample
    first = columns[0]
    whole = first.kind == "number" and all(cell.strip().isdigit() for cell in first.sample)
    return first.sample if whole else []


def _upright(path: Path, columns: list[SourceColumn], hand: ByHand) -> Roles:
    label, fields = name_rows(path, columns, hand)
    numbers = [
        index
        for index, column in enumerate(columns)
        if column.kind == "number" and index not in (label, *(() if hand.dims else fields.values()))
    ]
    numbered = [] if hand.dims else _row_numbers(columns, numbers, label)
    numbers = [index for index in numbers if index not in numbered]
    if label is None:
        raise no_names(path)
    _check_texts(path, columns, label, fields, hand)
    found = dimensions(path, [columns[index].title for index in numbers], hand)
    vectors = [numbers[place] for place in found.chosen]
    if len(vectors) < LEAST_DIMS:
        _check_written_lists(path, columns)
        raise bad(
            path,
            f"it has {len(vectors)} column{'' if len(vectors) == 1 else 's'} of numbers",
            "a table of vectors has a column of names and a column for each dimension",
        )
    fields = {name: index for name, index in fields.items() if index not in vectors}
    used = {label, *vectors, *fields.values()}
    left_out = [
        "the row numbers" if index in numbered else column.title or f"column {index + 1}"
        for index, column in enumerate(columns)
        if index not in used and (column.kind != "empty" or column.title)
    ]
    notes = list(found.notes)
    if found.sorted:
        notes.append("the dimensions were put in the order of their numbers")
    return Roles(label, vectors, fields, left_out=left_out, notes=notes)


def _row_numbers(columns: list[SourceColumn], numbers: list[int], label: int | None) -> list[int]:
    """Columns of numbers that only count the rows.

    An untitled one must be the first, and longer than chance would have it.
    """
    if label is None:
        return []
    return [
        index
        for index in numbers
        if counts_up(columns[index])
        and plain(columns[index].title) in ROW_NUMBERS | {"id"}
        and (bool(columns[index].title) or are_titled(columns) or index == numbers[0])
    ]


def _check_texts(
    path: Path, columns: list[SourceColumn], label: int, fields: dict[str, int], hand: ByHand
) -> None:
    """Refuse what should be numbers and is text: by its title, or by its look.

    Raises:
        FileError: a column's numbers are written in a way that is not read.
    """
    counted = {
        family.prefix
        for family in families([column.title for column in columns if column.kind == "number"])
        if family.strength > 1
    }
    for index, column in enumerate(columns):
        if index == label or index in fields.values() or column.kind not in ("text", "empty"):
            continue
        count = number_after(column.title)
        meant = count is not None and count[0] in counted
        meant |= bool(hand.dims) and fnmatch.fnmatchcase(column.title, hand.dims)
        filled = [cell.strip() for cell in column.sample if not is_missing(cell)]
        written = [cell for cell in filled if _FOR_PEOPLE.fullmatch(cell)]
        if not meant and (not filled or 2 * len(written) < len(filled) or is_remark(column.title)):
            continue
        name = printable(column.title or f"column {index + 1}")
        if not filled:
            raise bad(path, f"column '{name}' has no values", "leave it out of the file")
        shown = printable((written or filled)[0], 40)
        raise bad(
            path,
            f"column '{name}' is not numbers: '{shown}'",
            "write numbers as 1234.5: a point before decimals, nothing between thousands",
        )


def _check_written_lists(path: Path, columns: list[SourceColumn]) -> None:
    """Refuse whole vectors in a cell: "[0.1, 0.2]" and "[0.1 0.2]", as pandas and NumPy write."""
    for column in columns:
        filled = [cell.strip() for cell in column.sample if not is_missing(cell)]
        written = sum(bool(_WRITTEN_LIST.match(cell)) for cell in filled)
        if column.kind != "text" or 2 * written < len(filled):
            continue
        title = printable(column.title or filled[0], 40)
        if any("..." in cell for cell in filled):
            raise bad(path, f"'{title}' holds vectors cut short by ...", "write all the numbers")
        raise bad(
            path,
            f"'{title}' holds a whole vector in each cell, as text",
            "give each dimension a column, or write Parquet or JSON records with lists",
        )


def _turned(path: Path, columns: list[SourceColumn], hand: ByHand) -> Roles:
    """A column a gene: the titles are the labels."""
    if not are_titled(columns):
        raise bad(path, "it has no line of titles that could name the genes", GENES_IN)
    if hand.labels_from:
        raise UsageError(
            f"{path.name}: --labels-from names a column of labels, but a gene is a column there",
            "with --genes-in rows it is a row",
        )
    texts = [index for index, column in enumerate(columns) if column.kind == "text"]
    distinct = [index for index in texts if is_distinct(columns[index])]
    label = next(iter(distinct or texts), None)
    numbers = [index for index, column in enumerate(columns) if column.kind == "number"]
    if label is None and numbers and numbers[0] == 0:
        whole = [cell for cell in columns[0].sample if cell.strip().isdigit()]
        if 2 * len(whole) > len(columns[0].sample) and not known([columns[0].title])[0]:
            label, numbers = 0, numbers[1:]
    genes = dict(zip(numbers, known([columns[index].title for index in numbers]), strict=True))
    vectors = [
        index
        for index in numbers
        if genes[index]
        or not (
            is_remark(columns[index].title)
            or (plain(columns[index].title) in ROW_NUMBERS and counts_up(columns[index]))
        )
    ]
    if not vectors:
        raise bad(path, "it has no columns of numbers that could be genes", GENES_IN)
    left_out = [
        column.title or f"column {index + 1}"
        for index, column in enumerate(columns)
        if index != label and index not in vectors and (column.kind != "empty" or column.title)
    ]
    notes = []
    titles = [columns[index].title for index in vectors]
    if not hand.genes_in and not any(genes.values()) and share_of_genes(titles) < FEW:
        notes.append(
            f"{WARNING}no title is a known gene, but the rows count as dimensions do ({GENES_IN})"
        )
    others = [columns[index] for index in texts if index != label]
    for column, gene in zip(others, known([column.title for column in others]), strict=True):
        if gene:
            shown = printable(next((c for c in column.sample if not is_number(c)), ""), 40)
            raise bad(path, f"column '{printable(column.title, 40)}' is not numbers: '{shown}'")
    notes += _odd_genes(columns, vectors, [index for index in vectors if not genes[index]])
    return Roles(label, vectors, transposed=True, left_out=left_out, notes=notes)


def _odd_genes(columns: list[SourceColumn], genes: list[int], unknown: list[int]) -> list[str]:
    """What is doubtful among the titles of genes, and the few of them that are not known."""
    titles = {column.title for column in columns}
    notes = []
    again = [
        columns[index].title
        for index in genes
        if (match := _AGAIN.fullmatch(columns[index].title)) and match[1] in titles
    ]
    if again:
        notes.append(f"{WARNING}titles repeat one another, as a program marks it: {some_of(again)}")
    foreign = [title for index in unknown if _NO_GENE.match(title := columns[index].title)]
    if foreign and 2 * len(unknown) <= len(genes):
        notes.append(
            f"{WARNING}columns are read as genes that are not called so: {some_of(foreign)} "
            "(leave them out of the file if they are none)"
        )
    whole = [
        columns[index].title
        for index in unknown
        if len(columns[index].sample) >= LEAST_DIMS
        and all(is_number(c) and float(c).is_integer() for c in columns[index].sample)
    ]
    if whole and 2 * len(unknown) <= len(genes):
        notes.append(
            f"{WARNING}columns of whole numbers are read as genes: {some_of(whole)} "
            "(leave them out of the file if they are none)"
        )
    return notes


def _of_lists(path: Path, columns: list[SourceColumn], hand: ByHand, key: str) -> Roles:
    """Roles where one column holds each row's numbers as a list."""
    lists = {column.title: index for index, column in enumerate(columns) if column.kind == "list"}
    if hand.genes_in == "columns":
        raise UsageError(f"{path.name}: its vectors are lists, a gene is a row", "")
    if hand.dims and not key:
        fits = [title for title in lists if fnmatch.fnmatchcase(title, hand.dims)]
        if len(fits) != 1:
            raise UsageError(
                f"{path.name}: --dims '{printable(hand.dims)}' fits {len(fits)} columns of lists",
                f"there are {some_of(list(lists))}",
            )
        key = fits[0]
    if key and key not in lists:
        there = some_of(list(lists)) if lists else "none"
        raise bad(path, f"no column '{key}' with lists of numbers; there are: {there}")
    if not key and len(lists) > 1:
        raise bad(
            path,
            f"several columns hold lists of numbers: {', '.join(lists)}",
            "choose one with --key",
        )
    chosen = lists[key] if key else next(iter(lists.values()))
    label, fields = name_rows(path, columns, hand)
    if label is None:
        raise no_names(path)
    used = {label, chosen, *fields.values()}
    left_out = [column.title for index, column in enumerate(columns) if index not in used]
    return Roles(label, [chosen], fields, left_out=left_out, lists=True)


def check_turned(path: Path, names: Sequence[str], texts: Sequence[str] = ()) -> None:
    """Refuse a table on its side whose rows cannot be its dimensions.

    Args:
        names: of the dimensions. texts: of rows that hold no numbers.

    Raises:
        FileError: there are too few, or one that should be among them is text.
    """
    if len(names) < LEAST_DIMS:
        raise bad(path, f"it has {len(names)} row of numbers, a gene a column", GENES_IN)
    prefixes = {count[0] for name in names if (count := number_after(name))}
    for name in texts:
        count = number_after(name)
        if count is not None and count[0] in prefixes:
            raise bad(
                path,
                f"row '{printable(name, 40)}' is not numbers",
                "write numbers as 1234.5: a point before decimals, nothing between thousands",
            )


def no_names(path: Path) -> FileError:
    """The error for a table that is numbers alone."""
    return bad(
        path,
        "no column holds names",
        f"one column must name the rows ({LABELS_FROM}), or the header line the columns "
        "(--genes-in columns)",
    )
