"""Pickled dictionaries {name: vector}, as GenePT's: lists or arrays of numbers."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui.progress import IsCancelled, Report, check, never, silent
from gene_tui.spaces.importers.pickle_machine import Allowed, Numbers, numbers_of
from gene_tui.spaces.importers.pickle_names import NUMPY, ORDERED
from gene_tui.spaces.importers.safe_pickle import load
from gene_tui.spaces.importers.streams import bad, head, printable, rows_per_block
from gene_tui.spaces.importers.torch_file import is_old_torch
from gene_tui.spaces.source import Block, Source

NAME = "pickle"


def probe(path: Path) -> float:
    """Whether it begins as a pickle (protocol 2 to 5) of a dictionary does."""
    start = head(path, 64)
    if start[:1] != b"\x80" or start[1:2] not in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return 0.0
    return 0.0 if is_old_torch(path) else 0.7


def unpickle(
    path: Path, allowed: Allowed, report: Report = silent, cancelled: IsCancelled = never
) -> Any:
    """The plain data of a pickle file.

    Raises:
        FileError: it is damaged, or asks for a name that is not allowed.
    """
    with path.open("rb") as handle:
        data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    # The map is closed when nothing refers to it any more.
    return load(path, memoryview(data), allowed, None, report, cancelled)


def read(
    path: Path,
    *,
    key: str | None = None,
    labels: Path | None = None,
    report: Report = silent,
    cancelled: IsCancelled = never,
) -> Source:
    """Read {name: vector}. All vectors are held in memory at once, as float32.

    Raises:
        FileError: it is damaged, holds something else, or asks for more than plain data.
    """
    del key, labels
    value = unpickle(path, {**NUMPY, **ORDERED}, report, cancelled)
    if not isinstance(value, dict) or not value:
        raise bad(path, "it holds no dictionary {name: vector}")
    vectors: dict[str, Numbers] = {}
    for name, entry in value.items():
        numbers = numbers_of(entry)
        if numbers is None or not isinstance(name, str):
            raise _no_vector(path, name, entry)
        vectors[name] = numbers
        value[name] = None  # the memory of what has been converted is needed no more
    dims = len(next(iter(vectors.values())))
    if not dims:
        raise bad(path, f"'{printable(next(iter(vectors)))}' has no numbers")
    if dims * len(vectors) > path.stat().st_size:
        raise bad(path, "its vectors refer to the same numbers again and again: refused")
    return Source(NAME, dims, len(vectors), _blocks(path, vectors, dims, cancelled), (path,))


def _no_vector(path: Path, name: object, entry: object) -> Exception:
    if type(entry) in (int, float):
        return bad(
            path,
            f"it holds one number for '{printable(str(name))}', not a vector",
            "a dictionary of tokens belongs to a model: give the model's folder",
        )
    return bad(path, f"'{printable(str(name)[:80])}' has no vector of numbers")


def _blocks(
    path: Path, vectors: dict[str, Numbers], dims: int, cancelled: IsCancelled
) -> Iterator[Block]:
    names = list(vectors)
    step = rows_per_block(dims)
    for start in range(0, len(names), step):
        check(cancelled)
        part = names[start : start + step]
        for name in part:
            if len(vectors[name]) != dims:
                raise bad(
                    path,
                    f"'{printable(name)}' has {len(vectors[name]):,} numbers, "
                    f"the first name has {dims:,}",
                )
        yield Block(part, np.stack([vectors[name] for name in part]))
