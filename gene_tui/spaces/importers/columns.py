"""A table as its columns are seen from its head, and what they were found to be.

Text, Parquet, JSON and h5ad share this and the decision on it: ``row_names`` says which column
names the rows and which are fields of a gene, ``dimensions`` which numbers are dimensions,
``orientation`` which way the table lies, and so which cells are vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from gene_tui.genes.known import known
from gene_tui.genes.labels import read_labels
from gene_tui.spaces.importers.counted import STRONG, covering
from gene_tui.spaces.importers.streams import printable
from gene_tui.spaces.importers.text import MISSING

Kind = Literal["number", "text", "list", "empty"]
#: A table with fewer columns of numbers is no table of vectors.
LEAST_DIMS = 2
GENES_IN = "--genes-in rows or --genes-in columns says which way it lies"
DIMS = "--dims 'dim_*' (a pattern of titles) says which columns are the dimensions"
LABELS_FROM = "--labels-from COLUMN says which column names the rows"
_MISSING = frozenset(word.decode() for word in MISSING)
#: Titles looked at when it is asked whether they are genes.
_ASKED = 2000
#: Shares of names that are genes: most of them, a share that may be chance.
MOST, FEW = 0.5, 0.1


@dataclass(frozen=True, slots=True)
class SourceColumn:
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
    return cell.strip().lower() in _MISSING


def is_number(cell: str) -> bool:
    """Whether a cell is a number."""
    if "_" in cell or not cell.isascii():  # which Python takes for digits
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def value(field_name: str, cell: str) -> str:
    """A cell of a column that is a field: "" where it says nothing, gene numbers without .0."""
    text = "" if is_missing(cell) else cell.strip()
    first = text.split()[0].rstrip(",;") if field_name == "symbol" and " " in text else ""
    if first and known([first])[0]:  # "TP53 P53", "TP53 /// WRAP53"
        return first
    return text.removesuffix(".0") if field_name in ("entrez", "hgnc", "chromosome") else text


def share_of_genes(names: Sequence[str]) -> float:
    """Which share of some names are known genes or hold one, 0 to 1; many are sampled."""
    some = names[:: len(names) // _ASKED + 1]
    if not some:
        return 0.0
    share = sum(known(some)) / len(some)
    if share < MOST:  # gene numbers, ENSG…|TP53 and the like
        for found in read_labels(some, {}).columns.values():
            share = max(share, sum(map(bool, found)) / len(some))
    return share


def titles_of(columns: list[SourceColumn], roles: Roles) -> tuple[list[str], bool]:
    """The dimensions' titles of an upright table, [] without, and whether they count."""
    titles = [columns[index].title for index in roles.vectors]
    if roles.lists or not all(titles):
        return [], False
    return titles, covering(titles) == STRONG


def how_read(
    columns: list[SourceColumn],
    roles: Roles,
    rows: Dimensions | None = None,
    names: Sequence[str] = (),
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
