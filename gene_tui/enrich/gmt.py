"""Reading GMT files: one gene set a line, its name, a description, its genes, by tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gene_tui.errors import FileError
from gene_tui.progress import IsCancelled, Report, never, silent
from gene_tui.spaces.importers.streams import ByteStream, bad, stem

#: No line of a GMT file is longer than this.
_LONGEST_LINE = 16 << 20
_MOST_SETS = 1_000_000
#: Some collections give every gene a weight: ``TP53,1.0``.
_WEIGHTED = re.compile(r"(.+),[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")
_HINT = "a GMT file has a set a line: name, description and genes, separated by tabs"


@dataclass(frozen=True, slots=True)
class GeneSet:
    """One set as its file has it.

    Attributes:
        name: its name. about: the file's second column, a description or a link.
        collection: the file's name without its ending.
        genes: what the file calls its genes, each once, in file order; perhaps none.
    """

    name: str
    about: str
    collection: str
    genes: tuple[str, ...]


def read_gmt(
    path: Path, *, report: Report = silent, cancelled: IsCancelled = never
) -> list[GeneSet]:
    """The sets of a GMT file, plain or ``.gz``, in file order.

    Raises:
        FileError: it is missing, damaged, or no GMT; names the line.
        Cancelled: the user stopped it.
    """
    collection = stem(path)
    sets: list[GeneSet] = []
    for number, line in _lines(path, report, cancelled):
        columns = line.split("\t")
        if len(columns) < 2 or not columns[0].strip():
            raise bad(path, f"line {number:,} is not a gene set", _HINT)
        if len(sets) == _MOST_SETS:
            raise bad(path, f"it has more than {_MOST_SETS:,} lines", _HINT)
        genes = dict.fromkeys(filter(None, map(_gene, columns[2:])))
        sets.append(GeneSet(columns[0].strip(), columns[1].strip(), collection, tuple(genes)))
    if not any(found.genes for found in sets):
        raise bad(path, "it holds no gene set", _HINT)
    return sets


def _gene(text: str) -> str:
    text = text.strip()
    weighted = _WEIGHTED.fullmatch(text) if "," in text else None
    return weighted[1] if weighted else text


def _lines(path: Path, report: Report, cancelled: IsCancelled) -> Iterator[tuple[int, str]]:
    """The lines that hold anything, with their numbers from 1."""
    try:
        stream = ByteStream(path, report, cancelled)
    except OSError as error:
        raise FileError(
            f"{path} cannot be read: {error.strerror or error}", "give a GMT file"
        ) from None
    number, rest = 0, b""
    with stream:
        while block := stream.read():
            *whole, rest = (rest + block).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                raise bad(path, f"line {number + len(whole) + 1:,} has no end", _HINT)
            for line in whole:
                number += 1
                yield from _decoded(path, number, line)
        yield from _decoded(path, number + 1, rest)


def _decoded(path: Path, number: int, line: bytes) -> Iterator[tuple[int, str]]:
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r")
    except UnicodeDecodeError:
        raise bad(path, f"line {number:,} is not UTF-8 text", _HINT) from None
    if "\0" in text:
        raise bad(path, f"line {number:,} is not text", _HINT)
    if text.strip():
        yield number, text
