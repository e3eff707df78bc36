"""Which cells of a table are vectors: the one decision that text, Parquet, JSON and h5ad share.

A table is its columns as seen from its head. The rules, each a function below: which way it
lies (``_lies``), which column names the rows (``_label``), which columns are fields of a gene
(``_fields``), and which of the remaining numbers are the dimensions (``dimensions``). Where
they leave a doubt the table is refused, and the hint names the option that settles it.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from gene_tui.errors import FileError, UsageError
from gene_tui.genes.known import known
from gene_tui.genes.labels import read_labels
from gene_tui.genes.titles import ROW_NUMBERS, is_label, is_remark, meaning, plain
from gene_tui.model.links import ensembl_id
from gene_tui.spaces.importers.by_hand import BY_ITSELF, ByHand
from gene_tui.spaces.importers.counted import STRONG, Family, covering, families, number_after
from gene_tui.spaces.importers.streams import bad, printable
from gene_tui.spaces.importers.text import MISSING, number_of
from gene_tui.spaces.source import WARNING

Kind = Literal["number", "text", "list", "empty"]

#: A table with fewer columns of numbers is no table of vectors.
LEAST_DIMS = 2

GENES_IN = "--genes-in rows or --genes-in columns says which way it lies"
DIMS = "--dims 'dim_*' (a pattern of titles) says which columns are the dimensions"
LABELS_FROM = "--labels-from COLUMN says which column names the rows"

#: Titles looked at when it is asked whether they are genes.
_ASKED = 2000
#: Shares of names that are genes: most of them, a share that may be chance.
_MOST, _FEW = 0.5, 0.1
#: How titles begin that are no genes among genes: a small letter, or two words. RNAs may.
_NO_GENE = re.compile(r"(?!sno|uc_|hsa-|mt-|.*RNA)(?:[a-z]|[^\W_]+[_ ][^\W_]*[a-z])")
#: How pandas marks a title that is there again.
_AGAIN = re.compile(r"(.+)\.\d{1,3}")
#: How a vector begins that is written into one cell.
_WRITTEN_LIST = re.compile(r"(?:\w+\()?[\[(]?\s*[-+.\d][-+.\deE]*[\s,]+[-+.\d]|(?:\w+\()?\[")
#: How numbers look that are written for people: 1,234.5 and 0,5 and 12 %.
_FOR_PEOPLE = re.compile(r"[-+−(]?[\d.,'’\s\u00a0\u202f]*\d[\d.,'’\s\u00a0\u202f]*\s?[%)]?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as seen from the head of the table.

    Attributes:
        title: "" where there is no header line or an empty cell in it.
        kind: "number", "text", "list" (of numbers) or "empty".
        sample: its first values, as text; may be missing where the kind says all.
    """

    title: str
    kind: Kind
    sample: Sequence[str]


@dataclass(frozen=True, slots=True)
class Roles:
    """What the columns are.

    Attributes:
        label: index of the column of names; None where the titles are the names.
        vectors: indices of the columns of numbers, in the order of the dimensions.
        fields: annotations by name of ``model.gene.FIELDS``.
        transposed: one column a gene, one row a dimension.
        left_out: titles of the columns that are neither.
        notes: what is doubtful, each beginning with ``WARNING``.
        lists: the one column of ``vectors`` holds whole vectors.
    """

    label: int | None
    vectors: list[int]
    fields: dict[str, int] = field(default_factory=dict)
    transposed: bool = False
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lists: bool = False


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Which of some titles are the dimensions.

    Attributes:
        chosen: their places, in the order of the dimensions.
        left_out: places of the others.
        notes: what is doubtful, each beginning with ``WARNING``.
        sorted: whether they stood in another order than they count.
    """

    chosen: list[int]
    left_out: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sorted: bool = False


def kind_of(cells: Sequence[str]) -> Kind:
    """ "number" if at least half of the filled cells are numbers, "empty" if none is filled.

    A few bad cells do not make a column of numbers a column of text: they are errors.
    """
    filled = [cell for cell in cells if not is_missing(cell)]
    if not filled:
        return "empty"
    return "number" if 2 * sum(map(is_number, filled)) >= len(filled) else "text"


def is_missing(cell: str) -> bool:
    """Whether a cell says "no value" (empty, NA, null …)."""
    return cell.strip().lower().encode("utf-8", "replace") in MISSING


def is_number(cell: str) -> bool:
    """Whether a cell is a number."""
    return number_of(cell.encode("utf-8", "replace")) is not None


def value(field_name: str, cell: str) -> str:
    """A cell of a column that is a field: "" where it says nothing, gene numbers without .0."""
    text = "" if is_missing(cell) else cell.strip()
    first = text.split()[0].rstrip(",;") if field_name == "symbol" and " " in text else ""
    if first and known([first])[0]:  # "TP53 P53", "TP53 /// WRAP53"
        return first
    return text.removesuffix(".0") if field_name in ("entrez", "hgnc", "chromosome") else text


def decide(path: Path, columns: list[Column], hand: ByHand = BY_ITSELF, key: str = "") -> Roles:
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


# Which way it lies


def _lies(path: Path, columns: list[Column], hand: ByHand) -> Literal["rows", "columns"]:
    """Whether a gene is a row or a column.

    Titles that count are dimensions, and rows that count are; else the side that holds known
    genes is the genes' side.
    """
    if hand.genes_in:
        return hand.genes_in
    titles = [columns[index].title for index in _numbers(columns)]
    if not titles or not any(titles):
        return "rows"
    rows = _row_names(columns)
    across, down = covering(titles), covering(rows)
    if down == STRONG > across:
        return "columns"
    if across:
        return "rows"
    genes_across, genes_down = share_of_genes(titles), share_of_genes(rows)
    if genes_across < _MOST:
        if genes_across >= _MOST / 2 and genes_down < _FEW and rows:
            raise _doubt(path, titles, genes_across, genes_down)
        return "rows"
    if set(rows) <= set(titles) and genes_down >= _MOST:
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


def _row_names(columns: list[Column]) -> Sequence[str]:
    """What would name the rows: the first text, else a first column of whole numbers."""
    texts = [column for column in columns if column.kind == "text" and _is_distinct(column)]
    if texts:
        return texts[0].sample
    first = columns[0]
    whole = first.kind == "number" and all(cell.strip().isdigit() for cell in first.sample)
    return first.sample if whole else []


def share_of_genes(names: Sequence[str]) -> float:
    """Which share of some names are known genes or hold one, 0 to 1; many are sampled."""
    some = names[:: len(names) // _ASKED + 1]
    if not some:
        return 0.0
    share = sum(known(some)) / len(some)
    if share < _MOST:  # gene numbers, ENSG…|TP53 and the like
        for found in read_labels(some, {}).columns.values():
            share = max(share, sum(map(bool, found)) / len(some))
    return share


# What names the rows


def name_rows(
    path: Path, columns: list[Column], hand: ByHand = BY_ITSELF
) -> tuple[int | None, dict[str, int]]:
    """The column that names the rows (None if none can), and those that are fields of a gene.

    Raises:
        UsageError: the user names a column that is not there.
    """
    label = _label(path, columns, hand)
    return label, _fields(columns, label)


def _label(path: Path, columns: list[Column], hand: ByHand) -> int | None:
    """The column that names the rows: by title, else the first text whose cells differ.

    "label" comes first, then IDs, then other usual titles and symbols, whatever their order.
    Without any text it is a first column of whole numbers, as NCBI's are.
    """
    if hand.labels_from:
        return _by_name(path, [column.title for column in columns], hand.labels_from)
    texts = [index for index, column in enumerate(columns) if column.kind == "text"]
    if texts:
        return min(texts, key=lambda index: (*_rank(columns[index]), index))
    for wanted in ("entrez", "id", "hgnc"):
        for index, column in enumerate(columns):
            if column.kind == "number" and _numeric_field(column) == wanted:
                return index
    return _numeric_label(columns)


def _rank(column: Column) -> tuple[int, int]:
    """How unfit a column of text is to name rows; of those that repeat, by how few they name."""
    if not _is_distinct(column):
        return 9, -len(set(column.sample))
    return _rank_of_title(column), 0


def _rank_of_title(column: Column) -> int:
    name = plain(column.title)
    if name == "label":
        return 0
    means = meaning(column.title)
    if means == "id":
        return 1
    if is_label(column.title):
        return 2
    if means in ("symbol", "hgnc", "entrez"):
        return 3
    if means is None and not is_remark(column.title):
        return 4
    return 5 if means == "name" else 6


def _is_distinct(column: Column) -> bool:
    """Whether most cells are filled and differ from one another."""
    filled = [cell.strip() for cell in column.sample if not is_missing(cell)]
    return 5 * len(set(filled)) >= 4 * len(column.sample) > 0


def _numeric_label(columns: list[Column]) -> int | None:
    """Whether a first column of whole numbers is the names, as gene numbers are."""
    first = columns[0]
    if first.kind != "number" or not first.sample:
        return None
    titled = is_label(first.title)
    # pandas writes 7157.0 where a number was missing once
    cells = [cell.strip().removesuffix(".0" if titled else "") for cell in first.sample]
    if not all(map(str.isdigit, cells)):
        return None
    others = [cell for column in columns[1:] for cell in column.sample]
    if not titled and others and all(cell.strip().lstrip("-").isdigit() for cell in others):
        return None  # a table of counts: nothing sets the first column apart
    return None if _counts(first, 1) and not titled else 0


def _counts(column: Column, least: int = 0) -> bool:
    """Whether its values are row numbers: 0 1 2 … or 1 2 3 …, at least so many as chance allows."""
    cells = [cell.strip().removesuffix(".0") for cell in column.sample]
    if len(cells) < (least or (2 if column.title else 3)) or cells[0] not in ("0", "1"):
        return False
    start = int(cells[0])
    return cells == [str(number) for number in range(start, start + len(cells))]


def _by_name(path: Path, titles: list[str], wanted: str) -> int:
    """The column the user names by its title, or by its number from 1.

    Raises:
        UsageError: there is none, or there are several.
    """
    found = [index for index, title in enumerate(titles) if title == wanted] or [
        index for index, title in enumerate(titles) if title.lower() == wanted.lower()
    ]
    if not found and wanted.isdigit() and 1 <= int(wanted) <= len(titles):
        return int(wanted) - 1
    if len(found) == 1:
        return found[0]
    what = "several columns are" if found else "no column is"
    named = [title for title in titles if title]
    raise UsageError(
        f"{path.name}: {what} called '{printable(wanted)}'",
        f"its columns are {some_of(named)}" if named else "it has no titles: give a number from 1",
    )


# What is told of a gene


def _fields(columns: list[Column], label: int | None) -> dict[str, int]:
    """Columns that are fields of ``model.gene.FIELDS``, by their titles or what they hold."""
    fields: dict[str, int] = {}
    for index, column in enumerate(columns):
        name = meaning(column.title) if column.kind == "text" else _numeric_field(column)
        if index != label and name and column.kind in ("text", "number"):
            fields.setdefault(name, index)
    if label is None:
        return fields
    for index, column in enumerate(columns):
        plain_text = column.kind == "text" and index not in (label, *fields.values())
        if plain_text and meaning(column.title) is None and not is_remark(column.title):
            name = _held(columns[label].sample, column.sample)
            if name and name not in fields:
                fields[name] = index
    return fields


def _numeric_field(column: Column) -> str | None:
    """The field that numbers of this title hold."""
    name = meaning(column.title) if column.kind == "number" else None
    if name == "id":
        return None if _counts(column) else "entrez"
    return name if name in ("entrez", "hgnc", "chromosome", "symbol") else None


def row_field(name: str, titles: Sequence[str], cells: Sequence[str]) -> str | None:
    """The field of a gene that a row of texts holds, in a table with a column a gene."""
    return meaning(name) or _held(titles, cells) or None


def _held(labels: Sequence[str], cells: Sequence[str]) -> str:
    """ "id" or "symbol" where untitled cells name the same genes in the other way."""
    filled = [cell for cell in cells if not is_missing(cell)]
    if not filled or sum(known(filled)) < _MOST * len(filled):
        return ""
    are_ids = 2 * sum(bool(ensembl_id(cell)) for cell in filled) >= len(filled)
    label_ids = 2 * sum(bool(ensembl_id(label)) for label in labels) >= len(labels)
    if are_ids:
        return "" if label_ids else "id"
    # beside symbols these are other genes: ligands and receptors, say
    others = sum(known(labels)) < _FEW * len(labels)
    return "symbol" if label_ids or others else ""


# Which numbers are the dimensions


def _numbers(columns: list[Column]) -> list[int]:
    """Columns of numbers that are not known to be something else."""
    return [
        index
        for index, column in enumerate(columns)
        if column.kind == "number"
        and _numeric_field(column) is None
        and not is_remark(column.title)
        and not (plain(column.title) in ROW_NUMBERS and _counts(column) and _titled(columns))
    ]


def _titled(columns: list[Column]) -> bool:
    return any(column.title for column in columns)


def dimensions(path: Path, titles: Sequence[str], hand: ByHand = BY_ITSELF) -> Dimensions:
    """Which titles of numbers are the dimensions: those that count, else all.

    Args:
        titles: of columns (in a table on its side: of rows) of numbers; all "" without a header.

    Raises:
        FileError: it is in doubt, a title counts twice.
        UsageError: no title fits the pattern given by hand.
    """
    everything = list(range(len(titles)))
    if hand.dims:
        chosen = [i for i in everything if fnmatch.fnmatchcase(titles[i].strip(), hand.dims)]
        if not chosen:
            raise UsageError(
                f"{path.name}: no title of numbers fits --dims '{printable(hand.dims)}'",
                f"they are {some_of([title for title in titles if title] or ['untitled'])}",
            )
        ordered = _in_order(path, titles, chosen)
        return Dimensions(
            ordered, [i for i in everything if i not in chosen], [], ordered != chosen
        )
    if not any(titles):
        return Dimensions(everything)
    # what is known to be no dimension is left out without a word of doubt
    likely = [i for i in everything if not is_remark(titles[i]) and meaning(titles[i]) is None]
    found = families([titles[i] for i in likely])
    if not found:
        return Dimensions(likely, [i for i in everything if i not in likely])
    best = found[0]
    members = [likely[place] for place in best.places]
    others = [i for i in likely if i not in members]
    if others and best.strength <= 1 and 8 * len(others) > len(members):
        return Dimensions(likely, [i for i in everything if i not in likely])
    rivals = [family for family in found[1:] if 4 * len(family.places) > len(members)]
    if rivals or (others and _is_doubtful(best, len(others))):
        shown = some_of([titles[i] for i in others], 4)
        raise bad(
            path,
            f"are {shown_range([titles[i] for i in members])} the dimensions, "
            f"or the numbers beside them ({shown}) too?",
            DIMS,
        )
    ordered = _in_order(path, titles, members)
    notes = _gaps(best)
    if others:
        notes.append(
            f"{WARNING}numbers that do not count with the dimensions were left out: "
            f"{some_of([titles[i] for i in others])} ({DIMS})"
        )
    rest = [i for i in everything if i not in members]
    return Dimensions(ordered, rest, notes, ordered != members)


def _is_doubtful(best: Family, others: int) -> bool:
    """Whether there are too many other numbers for a family of its strength."""
    return others * {3: 2, 2: 4, 1: 10**9}[best.strength] > len(best.places)


def _in_order(path: Path, titles: Sequence[str], chosen: list[int]) -> list[int]:
    """The chosen as they count; as they stand where they do not.

    Raises:
        FileError: two of them count the same.
    """
    counts = [number_after(titles[i]) for i in chosen]
    if None in counts or len({count[0] for count in counts if count}) > 1:
        return chosen
    numbers = [count[1] for count in counts if count]
    if len(set(numbers)) < len(numbers):
        twice = next(
            titles[i]
            for i, number in zip(chosen, numbers, strict=True)
            if numbers.count(number) > 1
        )
        raise bad(path, f"two dimensions are called '{printable(twice)}'", "leave one out")
    return [place for _, place in sorted(zip(numbers, chosen, strict=True))]


def _gaps(family: Family) -> list[str]:
    """What to say of numbers that are missing among the dimensions'."""
    first, last = min(family.numbers), max(family.numbers)
    missing = last - first + 1 - len(family.numbers)
    if missing:
        gap = next(i for i in range(first, last) if i not in family.numbers)
        return [
            f"{WARNING}the dimensions' titles do not count through: "
            f"{family.prefix}{gap}{' and others' if missing > 1 else ''} missing"
        ]
    if first > 1:
        return [f"{WARNING}the dimensions' titles begin with {family.prefix}{first}"]
    return []


# The roles together


def _upright(path: Path, columns: list[Column], hand: ByHand) -> Roles:
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


def _row_numbers(columns: list[Column], numbers: list[int], label: int | None) -> list[int]:
    """Columns of numbers that only count the rows.

    An untitled one must be the first, and longer than chance would have it.
    """
    if label is None:
        return []
    return [
        index
        for index in numbers
        if _counts(columns[index])
        and plain(columns[index].title) in ROW_NUMBERS | {"id"}
        and (bool(columns[index].title) or _titled(columns) or index == numbers[0])
    ]


def _check_texts(
    path: Path, columns: list[Column], label: int, fields: dict[str, int], hand: ByHand
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


def _check_written_lists(path: Path, columns: list[Column]) -> None:
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


def _turned(path: Path, columns: list[Column], hand: ByHand) -> Roles:
    """A column a gene: the titles are the labels."""
    if not _titled(columns):
        raise bad(path, "it has no line of titles that could name the genes", GENES_IN)
    if hand.labels_from:
        raise UsageError(
            f"{path.name}: --labels-from names a column of labels, but a gene is a column there",
            "with --genes-in rows it is a row",
        )
    texts = [index for index, column in enumerate(columns) if column.kind == "text"]
    distinct = [index for index in texts if _is_distinct(columns[index])]
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
            or (plain(columns[index].title) in ROW_NUMBERS and _counts(columns[index]))
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
    if not hand.genes_in and not any(genes.values()) and share_of_genes(titles) < _FEW:
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


def _odd_genes(columns: list[Column], genes: list[int], unknown: list[int]) -> list[str]:
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


def _of_lists(path: Path, columns: list[Column], hand: ByHand, key: str) -> Roles:
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


def titles_of(columns: list[Column], roles: Roles) -> tuple[list[str], bool]:
    """The dimensions' titles of an upright table, [] without, and whether they count."""
    titles = [columns[index].title for index in roles.vectors]
    if roles.lists or not all(titles):
        return [], False
    return titles, covering(titles) == STRONG


def no_names(path: Path) -> FileError:
    """The error for a table that is numbers alone."""
    return bad(
        path,
        "no column holds names",
        f"one column must name the rows ({LABELS_FROM}), or the header line the columns "
        "(--genes-in columns)",
    )


# What is said


def how_read(
    columns: list[Column], roles: Roles, rows: Dimensions | None = None, names: Sequence[str] = ()
) -> str:
    """One line that says how a table was read.

    Args:
        rows: which rows are the dimensions, of a table on its side; ``names`` are the rows'.
    """
    title = [printable(column.title, 40) or f"column {i + 1}" for i, column in enumerate(columns)]
    left_out = [printable(name, 40) for name in roles.left_out]
    if roles.transposed:
        chosen = [names[place] for place in rows.chosen] if rows and names else []
        count = len(rows.chosen) if rows else 0
        parts = ["columns are genes", f"{count:,} rows {shown_range(chosen)}".strip()]
        left_out += (
            [f"row {printable(names[place], 40)}" for place in rows.left_out] if rows else []
        )
    else:
        parts = ["rows are genes"]
        if roles.lists:
            parts.append(f"vectors from `{title[roles.vectors[0]]}`")
        else:
            titled = [columns[index].title for index in roles.vectors]
            shown = shown_range(titled) if all(titled) else "without titles"
            parts.append(f"{len(roles.vectors):,} columns {shown}")
        if roles.label is not None:
            parts.append(f"labels from `{title[roles.label]}`")
        parts += [f"{name} from `{title[index]}`" for name, index in roles.fields.items()]
    if left_out:
        parts.append(f"left out: {some_of(left_out)}")
    return "; ".join(parts)


def shown_range(titles: Sequence[str]) -> str:
    if not any(titles):
        return ""
    first, last = printable(titles[0], 40), printable(titles[-1], 40)
    return f"`{first} … {last}`" if len(titles) > 1 else f"`{first}`"


def some_of(names: Sequence[str], most: int = 8) -> str:
    """The first of some names, and how many more there are."""
    shown = ", ".join(printable(name, 40) for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
