"""Which of the columns of numbers are the dimensions: those whose titles count, else all."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import Path

from gene_tui.errors import UsageError
from gene_tui.genes.titles import ROW_NUMBERS, is_remark, meaning, plain
from gene_tui.spaces.importers.columns import DIMS, Dimensions, SourceColumn, shown_range, some_of
from gene_tui.spaces.importers.counted import Family, families, number_after
from gene_tui.spaces.importers.reading import BY_ITSELF, ByHand
from gene_tui.spaces.importers.row_names import counts_up, numeric_field
from gene_tui.spaces.importers.streams import bad, printable
from gene_tui.spaces.source import WARNING


def number_columns(columns: list[SourceColumn]) -> list[int]:
    """Columns of numbers that are not known to be something else."""
    return [
        index
        for index, column in enumerate(columns)
        if column.kind == "number"
        and numeric_field(column) is None
        and not is_remark(column.title)
        and not (plain(column.title) in ROW_NUMBERS and counts_up(column) and are_titled(columns))
    ]


def are_titled(columns: list[SourceColumn]) -> bool:
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
