"""Reading what is known about genes: NCBI, HGNC, description lists, any table with names.

``read_annotations`` looks at what a file holds, not at what it is called; ``.gz`` or not.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gene_tui import files
from gene_tui.errors import FileError
from gene_tui.genes.annotation import Annotation, Annotations, Entries
from gene_tui.genes.annotation_columns import entry_maker, find_columns
from gene_tui.genes.escaping import unescape
from gene_tui.genes.gene_types import normal_type
from gene_tui.model.gene import FIELDS
from gene_tui.model.links import ensembl_id
from gene_tui.run import QUIET, Progress, Run

_NCBI_COLUMNS = {"GeneID", "Symbol", "Synonyms", "dbXrefs", "type_of_gene"}
_NCBI_WIDTH = (14, 16)
_SOURCE = re.compile(r"\s*\[Source:(?P<source>[^\]]*)\]\s*$")
_ACCESSION = re.compile(r"Acc:(HGNC:\d+|\d+)")


def read_annotations(path: Path, *, run: Run = QUIET) -> Annotations:
    """Read an annotation file of any kind known here.

    Raises:
        FileError: it is missing, damaged, or of no kind known here; names file and line.
        Cancelled: the user stopped it.
    """
    lines = _Lines(path, run)
    try:
        kind, entries = _parse(lines)
    except OSError as error:
        # BadGzipFile is one, without strerror.
        raise lines.error(f"cannot be read: {error.strerror or error}") from error
    except (EOFError, zlib.error) as error:
        raise lines.error("the compressed data ends or breaks here", "download it again") from error
    except UnicodeDecodeError as error:
        raise lines.error("is not UTF-8 text", "save it as UTF-8 text") from error
    except csv.Error as error:
        raise lines.error(f"is not a readable table ({error})") from error
    if not entries:
        raise FileError(f"{path} names no genes", "")
    return Annotations(path, kind, Entries.of(entries))


class _Lines:
    """The lines of a text file, compressed or not; knows how far it has come."""

    def __init__(self, path: Path, run: Run) -> None:
        self.path = path
        self.number = 0
        self.run = run

    def error(self, message: str, hint: str = "") -> FileError:
        place = f"{self.path}:{self.number}" if self.number else str(self.path)
        return FileError(f"{place} {message}", hint or "check the file, or leave it out")

    def __iter__(self) -> Iterator[str]:
        hint = "give a table that names genes, as NCBI's gene_info or HGNC's"
        with files.reading(self.path, cancelled=self.run.cancelled, hint=hint) as raw:
            size = raw.seek(0, 2)
            raw.seek(0)
            magic = raw.read(2)
            raw.seek(0)
            packed = magic == b"\x1f\x8b"
            for line in gzip.GzipFile(fileobj=raw) if packed else raw:
                if self.number % 4096 == 0:
                    self.run.check()
                    self.run.report(Progress("reading annotations", raw.tell(), size, "B"))
                self.number += 1
                if b"\0" in line:
                    raise self.error("is not text", "give a text table, a JSON file, or their .gz")
                yield line.decode("utf-8-sig" if self.number == 1 else "utf-8").rstrip("\r\n")


def _parse(lines: _Lines) -> tuple[str, list[Annotation]]:
    stream = iter(lines)
    first = next((line for line in stream if line.strip()), None)
    if first is None:
        raise FileError(f"{lines.path} is empty", "check the file, or leave it out")
    if first.lstrip()[0] in "{[":
        return "descriptions", _descriptions(lines, first, stream)
    header = first.removeprefix("#").split("\t")
    if set(header) >= _NCBI_COLUMNS:
        return "ncbi", list(_ncbi(lines, stream, header))
    if len(header) in range(_NCBI_WIDTH[0], _NCBI_WIDTH[1] + 1) and _digits(header[:2]):
        # One species cut out of the whole table loses the header line.
        names = _NCBI_ORDER[: len(header)]
        return "ncbi", list(_ncbi(lines, _again(first, stream), names))
    if tuple(header) == FIELDS:
        return "genes", list(_genes(lines, stream))
    return _table(lines, first, stream)


_NCBI_ORDER = (
    "tax_id",
    "GeneID",
    "Symbol",
    "LocusTag",
    "Synonyms",
    "dbXrefs",
    "chromosome",
    "map_location",
    "description",
    "type_of_gene",
    "Symbol_from_nomenclature_authority",
    "Full_name_from_nomenclature_authority",
    "Nomenclature_status",
    "Other_designations",
    "Modification_date",
    "Feature_type",
)


def _digits(texts: Iterable[str]) -> bool:
    return all(text.isdigit() for text in texts)


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _ncbi(lines: _Lines, stream: Iterator[str], header: Sequence[str]) -> Iterator[Annotation]:
    places = {name: place for place, name in enumerate(header)}
    optional = len(header)
    at = [places.get(name, optional) for name in _NCBI_ORDER]
    for line in stream:
        if not line:
            continue
        values = line.split("\t")
        if len(values) != len(header):
            raise lines.error(f"has {len(values)} columns where the header has {len(header)}")
        values.append("-")
        values = ["" if value == "-" else value for value in values]
        symbol, full_name = values[at[10]], values[at[11]]
        other = values[at[2]]
        aliases = values[at[4]].split("|") if values[at[4]] else []
        if symbol and other not in ("", symbol):
            aliases.insert(0, other)
        ids, hgnc = _cross_references(values[at[5]])
        yield Annotation(
            "",
            ids,
            symbol or other,
            full_name or values[at[8]],
            normal_type(values[at[9]]),
            values[at[6]],
            (),
            tuple(aliases),
            hgnc,
            values[at[1]],
            values[at[8]],
            bool(symbol),
        )


def _cross_references(text: str) -> tuple[tuple[str, ...], str]:
    """Ensembl IDs and the HGNC ID in NCBI's dbXrefs."""
    ids, hgnc = [], ""
    for reference in text.split("|") if text else ():
        if reference.startswith("Ensembl:"):
            ids.append(reference[8:].partition(".")[0])
        elif reference.startswith("HGNC:"):
            hgnc = "HGNC:" + reference.rpartition(":")[2]
    return tuple(ids), hgnc


def _descriptions(lines: _Lines, first: str, stream: Iterator[str]) -> list[Annotation]:
    text = "\n".join(_again(first, stream))
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        lines.number = getattr(error, "lineno", 1)
        raise lines.error(f"is not valid JSON ({getattr(error, 'msg', error)})") from error
    lines.number = 0
    if not isinstance(data, dict):
        raise lines.error("is not a JSON object of gene IDs and descriptions")
    entries = []
    for key, value in data.items():
        if value is not None and not isinstance(value, str):
            raise lines.error(
                f"gives {key[:40]!r} a {type(value).__name__}, not a description",
                "each gene ID takes a text or null",
            )
        entries.append(_description(key, value or ""))
    return entries


def _description(key: str, text: str) -> Annotation:
    known = ensembl_id(key)
    source = _SOURCE.search(text)
    accession = _ACCESSION.search(source["source"]) if source else None
    number = accession[1] if accession else ""
    plain = _SOURCE.sub("", text).strip()
    hgnc = number if number.startswith("HGNC") else ""
    entrez = number if source and not hgnc and "NCBI" in source["source"] else ""
    return Annotation(
        label="" if known else key,
        ids=(known,) if known else (),
        name=plain,
        hgnc=hgnc,
        entrez=entrez,
        description=plain,
    )


def _genes(lines: _Lines, stream: Iterator[str]) -> Iterator[Annotation]:
    """The gene table of a space (``genes.tsv``)."""
    for line in stream:
        values = line.split("\t")
        if len(values) != len(FIELDS):
            raise lines.error(f"has {len(values)} columns where the header has {len(FIELDS)}")
        label, id_, symbol, name, kind, chromosome, previous, aliases, hgnc, entrez, text = values
        yield Annotation(
            unescape(label),
            (unescape(id_),) if id_ else (),
            unescape(symbol),
            unescape(name),
            unescape(kind),
            unescape(chromosome),
            _unescaped(previous),
            _unescaped(aliases),
            unescape(hgnc),
            unescape(entrez),
            unescape(text),
        )


def _unescaped(joined: str) -> tuple[str, ...]:
    return tuple(unescape(entry) for entry in joined.split("|") if entry)


def _table(lines: _Lines, first: str, stream: Iterator[str]) -> tuple[str, list[Annotation]]:
    """Any table with named columns, HGNC's among them."""
    delimiter = next((mark for mark in "\t,;" if mark in first), None)
    if delimiter is None:
        raise lines.error(
            "is neither a table with named columns nor JSON",
            "known are NCBI gene_info, HGNC's complete set, a JSON of descriptions, and tables"
            " with columns such as id, symbol, name",
        )
    # Quotes inside tab-separated text are often just quotes.
    text = (line + "\n" for line in _again(first, stream))
    rows = csv.reader(text, delimiter=delimiter, strict=delimiter != "\t")
    header = [name.strip() for name in next(rows)]
    line = next((row for row in rows if row), [])
    if len(line) == len(header) + 1:
        # R leaves the column of row names without a header.
        header.insert(0, "label")
    columns = find_columns(header)
    if not {"label", "ids", "symbol"} & columns.keys() or len(columns) < 2:
        lines.number = 1
        shown = ", ".join(header[:8]) + (" …" if len(header) > 8 else "")
        raise lines.error(
            f"has no columns that name and describe a gene; it has {shown[:200]}",
            "name them in the first line: label, id or symbol, and what is known: name, type …",
        )
    entry = entry_maker(columns, header)
    plain = [title.lower().replace(" ", "_") for title in header]
    status = plain.index("status") if "status" in plain and "hgnc_id" in plain else None
    entries = []
    while line:
        if len(line) != len(header):
            raise lines.error(f"has {len(line)} columns where the header has {len(header)}")
        if status is None or "withdrawn" not in line[status].lower():
            entries.append(entry(line))
        line = next((row for row in rows if row), [])
    return ("hgnc" if status is not None or "hgnc_id" in header else "columns"), entries
