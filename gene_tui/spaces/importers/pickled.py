"""Pickled dictionaries {name: vector}, as GenePT's: lists or arrays of numbers."""

from __future__ import annotations

import mmap
import re
from pathlib import Path
from typing import Any

from gene_tui.run import QUIET, Run
from gene_tui.spaces.importers.named_vectors import gathered, is_table
from gene_tui.spaces.importers.packing import BEST, packing_of
from gene_tui.spaces.importers.pickle_machine import Allowed
from gene_tui.spaces.importers.pickle_names import NUMPY, ORDERED
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.safe_pickle import load
from gene_tui.spaces.importers.streams import ByteStream, bad, head, printable
from gene_tui.spaces.importers.torch_file import is_old_torch
from gene_tui.spaces.source import Source

NAME = "pickle"

#: How protocols 0 and 1 begin a dictionary, a list, a tuple or a call.
_OLD = re.compile(rb"\((dp|lp|p)\d+\n|[}\]]q|c(numpy|collections|copy_reg|__builtin__)")


def probe(path: Path) -> float:
    """Whether it begins as a pickle does: by its protocol's number, or (0 and 1) by its opcodes."""
    start = head(path, 64)
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return 0.0 if is_old_torch(path) else 0.7
    return 0.6 if _OLD.match(start) else 0.0


def unpickle(path: Path, allowed: Allowed, run: Run = QUIET) -> Any:
    """The plain data of a pickle file.

    Raises:
        FileError: it is damaged, or asks for a name that is not allowed.
    """
    if packing_of(path):
        with ByteStream(path, run) as stream:
            parts = iter(stream.read, b"")
            return load(path, b"".join(parts), allowed, None, run)
    with path.open("rb") as handle:
        data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    # The map is closed when nothing refers to it any more.
    return load(path, memoryview(data), allowed, None, run)


def read(reading: Reading) -> Source:
    """Read {name: vector}. All vectors are held in memory at once, as float32.

    Raises:
        FileError: it is damaged, holds something else, or asks for more than plain data.
    """
    path = reading.path
    value = unpickle(path, {**NUMPY, **ORDERED}, reading.run)
    if not isinstance(value, dict) or not value:
        raise bad(path, "it holds no dictionary {name: vector}")
    first = next(iter(value.items()))
    source = gathered(path, value).source(
        NAME, reading.run.cancelled, lambda: _no_vector(path, *first)
    )
    if source.dims * source.rows > path.stat().st_size * BEST[packing_of(path)]:
        raise bad(path, "its vectors refer to the same numbers again and again: refused")
    return source


def _no_vector(path: Path, name: object, entry: object) -> Exception:
    if type(entry) in (int, float):
        return bad(
            path,
            f"it holds one number for '{printable(str(name))}', not a vector",
            "a dictionary of tokens belongs to a model: give the model's folder",
        )
    if is_table(entry):
        return bad(
            path,
            f"'{printable(str(name)[:80])}' has several vectors, as for each position of a protein",
            "one vector a gene: take the mean over positions first",
        )
    return bad(path, f"'{printable(str(name)[:80])}' has no vector of numbers")
