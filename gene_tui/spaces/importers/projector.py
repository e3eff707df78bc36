"""The Embedding Projector's pair of files: ``vectors.tsv`` and ``metadata.tsv``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from gene_tui.run import Run
from gene_tui.spaces.importers.label_files import LabelFile, label_file, surplus_hint
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.streams import (
    HEAD_BYTES,
    LINE_BYTES,
    ByteStream,
    bad,
    decode,
    head,
)
from gene_tui.spaces.importers.text import (
    blocks_of_lines,
    number_of,
    parse_bare_rows,
)
from gene_tui.spaces.importers.word2vec_text import is_text
from gene_tui.spaces.source import Block, Source

NAME = "projector"

_VECTORS = re.compile(r"(.*?)(vectors|vecs|tensors?|embeddings?)(.*)", re.IGNORECASE)
_METADATA = ("metadata", "meta", "labels")


def probe(path: Path) -> float:
    """Whether its lines are numbers alone, divided by tabs, and metadata stand beside it."""
    start = head(path)
    lines = start.split(b"\n")
    if len(start) == HEAD_BYTES and len(lines) > 1:
        lines.pop()
    words = [line.rstrip(b"\r").split(b"\t") for line in lines[:5] if line.strip()]
    if not words or not is_text(start) or len(words[0]) < 2:
        return 0.0
    if any(number_of(word) is None for row in words for word in row):
        return 0.0
    return 0.96 if metadata_beside(path) else 0.2


def metadata_beside(path: Path) -> Path | None:
    """The file of labels: ``metadata.tsv`` for ``vectors.tsv``, ``X_metadata.tsv`` for
    ``X_tensor.tsv``, else ``metadata.tsv``; None if there is none."""
    match = _VECTORS.fullmatch(path.name)
    names = [f"{match[1]}{word}{match[3]}" for word in _METADATA] if match else []
    names += [f"{word}.tsv" for word in _METADATA]
    for name in names:
        candidate = path.with_name(name)
        if candidate != path and candidate.is_file():
            return candidate
    return None


def read(reading: Reading) -> Source:
    """Read vectors and metadata.

    Metadata of one column have no header line, those of several have one: the column titled
    label (or word, name …), else the first, names the rows.

    Raises:
        FileError: a file is damaged, or there are not as many labels as rows.
    """
    path, labels = reading.path, reading.labels
    found = labels or metadata_beside(path)
    if found is None or not found.is_file():
        raise bad(
            found or path,
            "no such file of labels" if found else "its rows have no names",
            "put metadata.tsv beside it, one name a line, or give the file of labels",
        )
    metadata = _metadata(found)
    dims = _dims(path)
    return Source(
        format=NAME,
        dims=dims,
        rows=len(metadata.names),
        blocks=_blocks(path, found, metadata, dims, reading.run),
        files=(path, found),
        notes=metadata.notes,
    )


def _dims(path: Path) -> int:
    with ByteStream(path) as stream:
        first = next(blocks_of_lines(stream, 1 << 16), None)
    if first is None or not first.lines[0].strip():
        raise bad(path, "line 1 is empty")
    return len(first.lines[0].strip().split(b"\t"))


def _metadata(path: Path) -> LabelFile:
    if path.stat().st_size > 16 * LINE_BYTES:
        raise bad(path, f"{path.stat().st_size:,} bytes are too many for a file of labels")
    lines: list[str] = []
    with ByteStream(path) as stream:
        for block in blocks_of_lines(stream):
            lines += decode(block.lines)[0]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise bad(path, "it has no labels")
    return label_file(path, lines, titled=True)


def _blocks(path: Path, labels: Path, metadata: LabelFile, dims: int, run: Run) -> Iterator[Block]:
    names, columns, done = metadata.names, metadata.columns, 0
    with ByteStream(path, run) as stream:
        for block in blocks_of_lines(stream):
            vectors = parse_bare_rows(path, block, dims)
            stop = done + len(vectors)
            if stop > len(names):
                raise bad(labels, f"{len(names):,} labels, {path.name} has at least {stop:,} rows")
            if len(vectors):
                parts = {name: values[done:stop] for name, values in columns.items()}
                yield Block(list(islice(names, done, stop)), vectors, parts)
            done = stop
    if done != len(names):
        raise bad(
            labels,
            f"{len(names):,} labels for the {done:,} rows of {path.name}",
            surplus_hint(labels, names, done),
        )
