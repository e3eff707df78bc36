"""GloVe's text format, and gene2vec's: "name x1 … xd" a line, nothing before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from gene_tui.run import Run
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.streams import (
    HEAD_BYTES,
    LINE_BYTES,
    ByteStream,
    bad,
    decode,
    encoding_note,
    head,
)
from gene_tui.spaces.importers.text import (
    blocks_of_lines,
    number_of,
    parse_rows,
)
from gene_tui.spaces.importers.word2vec_text import announcement, is_text
from gene_tui.spaces.source import Block, Source

NAME = "glove"


def probe(path: Path) -> float:
    """Whether the first lines are a name and numbers, blanks between, equally many."""
    start = head(path)
    if not is_text(start) or announcement(start) is not None:
        return 0.0
    lines = [line for line in start.split(b"\n") if line.strip()]
    if len(start) >= HEAD_BYTES and len(lines) > 1:
        lines.pop()  # cut by the end of the window
    widths = [numbers_at_end(line) for line in lines]
    if not widths or b" " not in lines[0].strip():
        return 0.0
    if number_of(lines[0].split()[0]) is not None and len(lines[0].split()) == widths[0]:
        return 0.0  # numbers alone
    common, count = Counter(widths).most_common(1)[0]
    if common < 2:
        return 0.0
    return 0.9 if count == len(widths) else 0.4 * count / len(widths)


def numbers_at_end(line: bytes) -> int:
    """How many words at the end of a line are numbers."""
    count = 0
    for word in reversed(line.split()):
        if number_of(word) is None:
            break
        count += 1
    return count


def read(reading: Reading) -> Source:
    """Read GloVe or gene2vec vectors; .gz is unpacked on the way.

    The number of dimensions is that of most of the first lines.

    Raises:
        FileError: a line has another number of numbers, or a word that is none.
    """
    path = reading.path
    dims = _dims(path)
    notes: list[str] = []
    return Source(
        format=NAME,
        dims=dims,
        rows=0,
        blocks=_blocks(path, dims, notes, reading.run),
        files=(path,),
        notes=notes,
    )


def _dims(path: Path) -> int:
    """The width of most lines at the head of the file."""
    with ByteStream(path) as stream:
        start = stream.read(HEAD_BYTES)
        while b"\n" not in start and len(start) < LINE_BYTES:
            more = stream.read(HEAD_BYTES)
            if not more:
                break
            start += more
        ended = len(stream.read(1)) == 0
    lines = [line for line in start.split(b"\n") if line.strip()]
    if not ended and len(lines) > 1:
        lines.pop()
    widths = Counter(len(line.split()) - 1 for line in lines if numbers_at_end(line))
    if not widths or b"\0" in start:
        raise bad(path, "line 1 is not a name followed by numbers")
    return max(1, widths.most_common(1)[0][0])


def _blocks(path: Path, dims: int, notes: list[str], run: Run) -> Iterator[Block]:
    foreign = 0
    with ByteStream(path, run) as stream:
        for block in blocks_of_lines(stream):
            names, vectors = parse_rows(path, block, dims)
            texts, others = decode(names)
            foreign += others
            if names:
                yield Block(texts, vectors)
    if foreign:
        notes.append(encoding_note(foreign))
