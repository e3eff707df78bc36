"""word2vec's text format, which fastText calls ``.vec``: "n d", then "name x1 … xd" a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gene_tui.run import Run
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.streams import (
    ByteStream,
    bad,
    decode,
    encoding_note,
    head,
    suffix,
)
from gene_tui.spaces.importers.text import (
    blocks_of_lines,
    integer_of,
    lines_from,
    number_of,
    parse_rows,
)
from gene_tui.spaces.source import Block, Source

NAME = "word2vec-text"

#: Longer first lines announce nothing.
_HEADER_BYTES = 64


def probe(path: Path) -> float:
    """Whether the first line is two whole numbers and the second has that many."""
    start = head(path)
    announced = announcement(start)
    if announced is None:
        return 0.0
    body = start.split(b"\n", 1)[1]
    if not is_text(body):
        return 0.0
    line, end, _ = body.partition(b"\n")
    words = line.split()
    dims = announced[1]
    if end and len(words) > dims and all(number_of(word) is not None for word in words[-dims:]):
        return 0.97
    return 0.6 if suffix(path) in (".vec", ".txt", ".w2v", ".kv") else 0.5


def announcement(start: bytes) -> tuple[int, int] | None:
    """(n, d) of a first line "n d"; None if it is something else."""
    line = start[: _HEADER_BYTES + 1].split(b"\n", 1)
    words = line[0].removeprefix(b"\xef\xbb\xbf").split()
    if len(line) < 2 or len(words) != 2:
        return None
    rows, dims = integer_of(words[0]), integer_of(words[1])
    return None if rows is None or dims is None else (rows, dims)


def is_text(data: bytes) -> bool:
    """Whether there are none of the control characters that binary numbers are full of."""
    return not data.translate(None, bytes(range(9, 14)) + bytes(range(32, 256)))


def announced_by(path: Path, stream: ByteStream, start: bytes, least: int) -> tuple[int, int]:
    """(n, d) of the first line, checked against what the file can hold.

    Args:
        least: the fewest bytes one number takes.

    Raises:
        FileError: the first line is no announcement, or one the file cannot keep.
    """
    announced = announcement(start)
    if announced is None:
        raise bad(
            path,
            "line 1 is not 'rows dimensions' (two whole numbers)",
            "without that line it may be GloVe text: try the format glove",
        )
    rows, dims = announced
    if rows < 1 or dims < 1:
        raise bad(path, f"line 1 announces {rows:,} rows of {dims:,} numbers")
    if rows * dims * least > stream.most:
        raise bad(
            path,
            f"line 1 announces {rows:,} rows of {dims:,} numbers, more than the file can hold",
            "the file is cut short, or is something else",
        )
    return rows, dims


def read(reading: Reading) -> Source:
    """Read word2vec or fastText vectors; .gz is unpacked on the way.

    Raises:
        FileError: rows or numbers are missing, surplus or none.
    """
    path = reading.path
    with ByteStream(path) as stream:
        rows, dims = announced_by(path, stream, stream.read(_HEADER_BYTES + 1), least=2)
    notes: list[str] = []
    return Source(
        format=NAME,
        dims=dims,
        rows=rows,
        blocks=_blocks(path, rows, dims, notes, reading.run),
        files=(path,),
        notes=notes,
    )


def _blocks(path: Path, rows: int, dims: int, notes: list[str], run: Run) -> Iterator[Block]:
    done = foreign = 0
    with ByteStream(path, run) as stream:
        for block in lines_from(blocks_of_lines(stream), 2):
            names, vectors = parse_rows(path, block, dims)
            done += len(names)
            texts, others = decode(names)
            foreign += others
            if names:
                yield Block(texts, vectors)
    if done != rows:
        raise wrong_count(path, rows, f"at least {done:,}" if done > rows else f"{done:,}")
    if foreign:
        notes.append(encoding_note(foreign))


def wrong_count(path: Path, rows: int, found: str) -> Exception:
    """The error for a file that does not hold the rows its first line announces."""
    return bad(
        path,
        f"line 1 announces {rows:,} rows, the file has {found}",
        "the file is cut short or damaged: copy it again, or correct its first line",
    )
