"""Which column of a table names its rows, and which say something else of their genes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gene_tui.errors import UsageError
from gene_tui.genes.known import known
from gene_tui.genes.titles import is_label, is_remark, meaning, plain
from gene_tui.model.links import ensembl_id
from gene_tui.spaces.importers.columns import FEW, MOST, SourceColumn, is_missing, some_of
from gene_tui.spaces.importers.reading import BY_ITSELF, ByHand
from gene_tui.spaces.importers.streams import printable


def name_rows(
    path: Path, columns: list[SourceColumn], hand: ByHand = BY_ITSELF
) -> tuple[int | None, dict[str, int]]:
    """The column that names the rows (None if none can), and those that are fields of a gene.

    Raises:
        UsageError: the user names a column that is not there.
    """
    label = _label(path, columns, hand)
    return label, _fields(columns, label)


def _label(path: Path, columns: list[SourceColumn], hand: ByHand) -> int | None:
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
            if column.kind == "number" and numeric_field(column) == wanted:
                return index
    return _numeric_label(columns)


def _rank(column: SourceColumn) -> tuple[int, int]:
    """How unfit a column of text is to name rows; of those that repeat, by how few they name."""
    if not is_distinct(column):
        return 9, -len(set(column.sample))
    return _rank_of_title(column), 0


def _rank_of_title(column: SourceColumn) -> int:
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


def is_distinct(column: SourceColumn) -> bool:
    """Whether most cells are filled and differ from one another."""
    filled = [cell.strip() for cell in column.sample if not is_missing(cell)]
    return 5 * len(set(filled)) >= 4 * len(column.sample) > 0


def _numeric_label(columns: list[SourceColumn]) -> int | None:
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
    return None if counts_up(first, 1) and not titled else 0


def counts_up(column: SourceColumn, least: int = 0) -> bool:
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


def _fields(columns: list[SourceColumn], label: int | None) -> dict[str, int]:
    """Columns that are fields of ``model.gene.FIELDS``, by their titles or what they hold."""
    fields: dict[str, int] = {}
    for index, column in enumerate(columns):
        name = meaning(column.title) if column.kind == "text" else numeric_field(column)
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


def numeric_field(column: SourceColumn) -> str | None:
    """The field that numbers of this title hold."""
    name = meaning(column.title) if column.kind == "number" else None
    if name == "id":
        return None if counts_up(column) else "entrez"
    return name if name in ("entrez", "hgnc", "chromosome", "symbol") else None


def row_field(name: str, titles: Sequence[str], cells: Sequence[str]) -> str | None:
    """The field of a gene that a row of texts holds, in a table with a column a gene."""
    return meaning(name) or _held(titles, cells) or None


def _held(labels: Sequence[str], cells: Sequence[str]) -> str:
    """ "id" or "symbol" where untitled cells name the same genes in the other way."""
    filled = [cell for cell in cells if not is_missing(cell)]
    if not filled or sum(known(filled)) < MOST * len(filled):
        return ""
    are_ids = 2 * sum(bool(ensembl_id(cell)) for cell in filled) >= len(filled)
    label_ids = 2 * sum(bool(ensembl_id(label)) for label in labels) >= len(labels)
    if are_ids:
        return "" if label_ids else "id"
    # beside symbols these are other genes: ligands and receptors, say
    others = sum(known(labels)) < FEW * len(labels)
    return "symbol" if label_ids or others else ""
