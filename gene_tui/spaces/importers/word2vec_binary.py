"""word2vec's binary format: "n d", then for each row its name, a blank and d float32."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gene_tui.progress import IsCancelled, Report, never, silent
from gene_tui.spaces.importers.streams import (
    BLOCK_BYTES,
    ByteStream,
    bad,
    decode,
    encoding_note,
    head,
)
from gene_tui.spaces.importers.word2vec_text import (
    announced_by,
    announcement,
    is_text,
    wrong_count,
)
from gene_tui.spaces.source import Block, Source

NAME = "word2vec-binary"

_HEADER_BYTES = 65
#: A name longer than this is taken for numbers read out of step.
_NAME_BYTES = 4096


def probe(path: Path) -> float:
    """Whether the first line is two whole numbers and what follows is not text."""
    start = head(path)
    if announcement(start) is None:
        return 0.0
    body = start.split(b"\n", 1)[1]
    return 0.0 if is_text(body) else 0.9


def read(
    path: Path,
    *,
    key: str | None = None,
    labels: Path | None = None,
    report: Report = silent,
    cancelled: IsCancelled = never,
) -> Source:
    """Read word2vec's binary vectors (float32, little-endian); .gz is unpacked on the way.

    Raises:
        FileError: the file ends early, goes on after the last row, or loses step.
    """
    del key, labels
    with ByteStream(path) as stream:
        start = stream.read(_HEADER_BYTES)
        rows, dims = announced_by(path, stream, start, least=4)
    notes: list[str] = []
    return Source(
        format=NAME,
        dims=dims,
        rows=rows,
        blocks=_blocks(path, rows, dims, notes, report, cancelled),
        files=(path,),
        notes=notes,
    )


def _blocks(
    path: Path, rows: int, dims: int, notes: list[str], report: Report, cancelled: IsCancelled
) -> Iterator[Block]:
    width = 4 * dims
    done = foreign = 0
    with ByteStream(path, report, cancelled) as stream:
        buffer = stream.read()
        buffer = buffer[buffer.index(b"\n") + 1 :]
        while done < rows:
            names, numbers, used = _take(path, buffer, rows, done, width)
            buffer = buffer[used:]
            if names:
                texts, others = decode(names)
                foreign += others
                done += len(names)
                block = np.frombuffer(b"".join(numbers), dtype="<f4").reshape(-1, dims)
                yield Block(texts, block.astype(np.float32, copy=False))
                continue
            more = stream.read(max(BLOCK_BYTES, width))
            if not more:
                raise wrong_count(path, rows, f"{done:,} and part of another")
            buffer += more
        if (buffer + stream.read()).strip():
            raise wrong_count(path, rows, "more")
    if foreign:
        notes.append(encoding_note(foreign))


def _take(
    path: Path, buffer: bytes, rows: int, done: int, width: int
) -> tuple[list[bytes], list[bytes], int]:
    """The complete rows of a buffer: names, their numbers as bytes, bytes used."""
    names: list[bytes] = []
    numbers: list[bytes] = []
    at = 0
    while done + len(names) < rows:
        blank = buffer.find(b" ", at, at + _NAME_BYTES + 2)
        if blank < 0 and len(buffer) - at > _NAME_BYTES + 1:
            raise bad(
                path,
                f"row {done + len(names) + 1:,} has no name where one should start",
                "the file is damaged, or its numbers are not float32",
            )
        end = blank + 1 + width
        if blank < 0 or end > len(buffer):
            break
        name = buffer[at:blank].lstrip(b"\r\n")
        if b"\n" in name:
            raise bad(
                path,
                f"the name of row {done + len(names) + 1:,} holds a line end",
                "the file is damaged, or its numbers are not float32",
            )
        names.append(name)
        numbers.append(buffer[blank + 1 : end])
        at = end
    return names, numbers, at
