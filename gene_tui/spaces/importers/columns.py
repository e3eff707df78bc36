"""Which column of a table is what: names, numbers, annotations; or the table lies on its side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gene_tui.errors import FileError
from gene_tui.genes.gene import FIELDS
from gene_tui.spaces.importers.streams import bad
from gene_tui.spaces.importers.text import MISSING, number_of

#: Titles of a column of row numbers, as pandas and R leave them behind.
_INDEX_TITLES = frozenset({"", "index", "unnamed: 0", "__index_level_0__", "row", "..."})
#: What others call our fields.
_OTHERS_CALL = {
    "gene_symbol": "symbol",
    "gene_symbols": "symbol",
    "feature_name": "symbol",
    "hgnc_symbol": "symbol",
    "gene_ids": "id",
    "gene_id": "id",
    "ensembl_id": "id",
    "ensembl_gene_id": "id",
    "entrez_id": "entrez",
    "hgnc_id": "hgnc",
    "gene_type": "type",
}
#: What stands before the number in names of dimensions; "gene_7" is none.
_DIMENSION_WORD = re.compile(
    r"|d|dims?|dimension|pc|pca|comp|component|factor|latent|f|feat|feature|emb|embedding|v|vec"
    r"|x|z|e|h|hidden|axis|svd|lsi|ic|ica|nmf|topic|umap|harmony|scvi|c|col"
)
#: A table with fewer columns of numbers is no table of vectors.
LEAST_DIMS = 2
_COUNTED = re.compile(r"(.*?)(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as seen from the head of the table.

    Attributes:
        title: "" where there is no header line or an empty cell in it.
        kind: "number", "text" or "empty".
        sample: its first values, as text.
    """

    title: str
    kind: str
    sample: Sequence[str]


@dataclass(frozen=True, slots=True)
class Roles:
    """What the columns are.

    Attributes:
        label: index of the column of names; None where the titles are the names.
        vectors: indices of the columns of numbers.
        fields: annotations by name of ``genes.gene.FIELDS``.
        transposed: one column a gene, one row a dimension.
        notes: what was ignored.
    """

    label: int | None
    vectors: list[int]
    fields: dict[str, int] = field(default_factory=dict)
    transposed: bool = False
    notes: list[str] = field(default_factory=list)


def field_of(title: str) -> str | None:
    """The field of ``genes.gene.FIELDS`` that a column of this title holds, if any."""
    name = title.strip().lower()
    name = _OTHERS_CALL.get(name, name)
    return name if name in FIELDS else None


def kind_of(cells: Sequence[str]) -> str:
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


def are_counted(names: Sequence[str]) -> bool:
    """Whether names just count: 0 1 2 …, dim_1 dim_2 …, PC1 PC2 …

    Two names are too few to tell HBA1 HBA2 from a count: they need a usual word, or a zero.
    """
    parts = [_COUNTED.fullmatch(name.strip()) for name in names]
    prefixes = {part[1] if part else "" for part in parts}
    if not parts or len(prefixes) > 1:
        return False
    counts = [int(part[2]) if part else -1 for part in parts]
    if counts[0] < 0 or counts != list(range(counts[0], counts[0] + len(counts))):
        return False
    return len(names) > 2 or counts[0] == 0 or _is_dimension_word(prefixes.pop())


def are_dimensions(names: Sequence[str]) -> bool:
    """Whether names count as dimensions do: 0 1 2 …, dim_1 dim_2 …, but not gene_1 gene_2 …"""
    first = _COUNTED.fullmatch(names[0].strip()) if names else None
    return first is not None and _is_dimension_word(first[1]) and are_counted(names)


def _is_dimension_word(prefix: str) -> bool:
    return _DIMENSION_WORD.fullmatch(prefix.strip(" _-.").lower()) is not None


def assign(path: Path, columns: list[Column]) -> Roles:
    """Tell the columns' roles.

    The names are the column titled "label", else the first column of text, else a first column
    of whole numbers (NCBI's gene numbers). The table lies on its side when its titles do not
    count (dim_1, dim_2 …) and its rows do as dimensions do, or have no names at all.

    Raises:
        FileError: no column can be the names, or there are too few columns of numbers.
    """
    fields: dict[str, int] = {}
    for index, column in enumerate(columns):
        name = field_of(column.title)
        if name is not None and column.kind != "empty":
            fields.setdefault(name, index)
    numbers = [
        index
        for index, column in enumerate(columns)
        if column.kind == "number" and index not in fields.values()
    ]
    texts = [index for index, column in enumerate(columns) if column.kind == "text"]
    label = fields.get("label", texts[0] if texts else next(iter(fields.values()), None))
    titles = [columns[index].title for index in numbers]
    if titles and not titles[0].strip():
        titles = titles[1:]  # the corner of a table whose rows are numbered
    sideways = all(titles) and not are_counted(titles) and len(set(titles)) > 1
    notes: list[str] = []
    if label is None and numbers and numbers[0] == 0:
        label = _numeric_label(columns, sideways)
        if label is not None:
            numbers = numbers[1:]
    elif label is not None and numbers and _is_row_number(columns[numbers[0]]):
        notes.append("the column of row numbers was ignored")
        numbers = numbers[1:]
    if sideways and len(texts) <= 1 and (label is None or are_dimensions(columns[label].sample)):
        return Roles(label, numbers, transposed=True)
    if label is None:
        raise no_names(path)
    if len(numbers) < LEAST_DIMS:
        raise bad(
            path,
            f"it has {len(numbers)} column{'' if len(numbers) == 1 else 's'} of numbers",
            "a table of vectors has a column of names and a column for each dimension",
        )
    fields = {name: index for name, index in fields.items() if index != label}
    notes += [
        f"column '{columns[index].title or index + 1}' ignored: it is text"
        for index in texts
        if index != label and index not in fields.values()
    ]
    return Roles(label, numbers, fields, notes=notes)


def _numeric_label(columns: list[Column], sideways: bool) -> int | None:
    """Whether a first column of numbers is the names: gene numbers, or rows of dimensions."""
    sample = columns[0].sample
    if not sample or not all(cell.strip().isdigit() for cell in sample):
        return None
    others = [cell for column in columns[1:] for cell in column.sample]
    if others and all(cell.strip().lstrip("-").isdigit() for cell in others):
        return None  # a table of counts: nothing sets the first column apart
    return 0 if sideways or not are_counted(sample) or columns[0].title else None


def _is_row_number(column: Column) -> bool:
    return column.title.strip().lower() in _INDEX_TITLES and are_counted(column.sample)


def no_names(path: Path) -> FileError:
    """The error for a table that is numbers alone."""
    return bad(
        path,
        "no column holds names",
        "one column must name the rows, or the header line the columns",
    )
