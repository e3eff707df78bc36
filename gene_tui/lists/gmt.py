"""Reading GMT files: one gene set a line, its name, a description, its genes, by tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gene_tui import paths
from gene_tui.genes.known import known
from gene_tui.run import QUIET, Run
from gene_tui.spaces.importers.streams import ByteStream, bad, stem

#: Reactome's pathways, made by ``assets/make_gene_sets.py``.
ASSET = "Reactome-2024-09-18.gmt.gz"
#: No line of a GMT file is longer than this.
_LONGEST_LINE = 16 << 20
_MOST_SETS = 1_000_000
#: Some collections give every gene a weight: ``TP53,1.0``.
_WEIGHTED = re.compile(r"(.+),[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")
_NO_DESCRIPTION = frozenset({"", "na", "n/a", "-", "none", "null", "."})
#: Names that say nothing to a reader: GO:0006915, R-HSA-109581, hsa04110, WP254, DOID:583, 2872.
_IDENTIFIER = re.compile(r"\d+|[A-Za-z]{1,8}([-:_][A-Z]{2,4})?[-:_]?\d{3,}([.]\d+)?")
_HINT = "a GMT file has a set a line: name, description and genes, separated by tabs"


@dataclass(frozen=True, slots=True)
class GeneSet:
    """One set as its file has it.

    Attributes:
        name: its name. about: the file's second column, a description or a link; "" where
            the file has no such column.
        collection: the file's name without its ending.
        genes: what the file calls its genes, each once, in file order; perhaps none.
    """

    name: str
    about: str
    collection: str
    genes: tuple[str, ...]

    @property
    def title(self) -> str:
        """The name, followed by the description where the name is only an identifier."""
        return set_title(self.name, self.about)


def set_title(name: str, about: str) -> str:
    """The name of a set, followed by its description where the name is only an identifier."""
    told = about.lower() not in _NO_DESCRIPTION and "://" not in about
    return f"{name} {about}" if told and _IDENTIFIER.fullmatch(name) else name


def in_the_box() -> Path:
    """The file of gene sets that comes with the program.

    Raises:
        FileError: it is missing from the installation.
    """
    return paths.asset(ASSET)


def told(files: Sequence[Path]) -> str:
    """Which gene sets are used, in words."""
    names = (stem(file) + (" (in the box)" if file.name == ASSET else "") for file in files)
    return f"gene sets: {', '.join(names)}"


def read_gmt(path: Path, *, notes: list[str] | None = None, run: Run = QUIET) -> list[GeneSet]:
    """The sets of a GMT file, plain or ``.gz``, in file order.

    The second column is a description. Where genes stand in it, in most lines, the file has
    none, and it is read as the first gene.

    Args:
        notes: gets a sentence where the file is not laid out as usual.

    Raises:
        FileError: it is missing, damaged, or no GMT; names the line.
        Cancelled: the user stopped it.
    """
    collection = stem(path)
    rows: list[list[str]] = []
    for number, line in _lines(path, run):
        columns = line.split("\t")
        if len(columns) < 2 or not columns[0].strip():
            raise bad(path, f"line {number:,} is not a gene set", _HINT)
        if len(rows) == _MOST_SETS:
            raise bad(path, f"it has more than {_MOST_SETS:,} lines", _HINT)
        rows.append([column.strip() for column in columns])
    genes_in_second = _genes_in_second(rows)
    bare = 2 * genes_in_second > len(rows)
    if notes is not None and bare:
        notes.append(f"{path.name} has no descriptions: its second column is read as genes")
    elif notes is not None and 10 * genes_in_second > len(rows):
        notes.append(
            f"{path.name}: genes stand where the description should be in {genes_in_second:,} of "
            f"{len(rows):,} sets; they are read as descriptions"
        )
    sets = [_set(columns, collection, bare) for columns in rows]
    if not any(found.genes for found in sets):
        raise bad(path, "it holds no gene set", _HINT)
    return sets


def _set(columns: list[str], collection: str, bare: bool) -> GeneSet:
    genes = dict.fromkeys(filter(None, map(_gene, columns[1 if bare else 2 :])))
    return GeneSet(columns[0], "" if bare else columns[1], collection, tuple(genes))


def _genes_in_second(rows: list[list[str]]) -> int:
    """How many lines have a gene where a description belongs.

    A gene is what is a gene of other sets or anywhere, but for a regulator of which the set
    itself is named (``TP53_TARGETS``, then ``TP53``).
    """
    seconds = [_gene(columns[1]) for columns in rows]
    likely = [at for at, text in enumerate(seconds) if text and not re.search(r"\s|://", text)]
    if not likely:
        return 0
    members = {_gene(name) for columns in rows for name in columns[2:]} - {""}
    genes = known([seconds[at] for at in likely])
    return sum(
        (is_gene or seconds[at] in members) and seconds[at].lower() not in rows[at][0].lower()
        for at, is_gene in zip(likely, genes, strict=True)
    )


def _gene(text: str) -> str:
    text = text.strip()
    weighted = _WEIGHTED.fullmatch(text) if "," in text else None
    return weighted[1] if weighted else text


def _lines(path: Path, run: Run) -> Iterator[tuple[int, str]]:
    """The lines that hold anything, with their numbers from 1."""
    number, rest = 0, b""
    with ByteStream(path, run, hint=_HINT) as stream:
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
