"""word2vec's binary format: "n d", then for each row its name, a blank and d float32."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gene_tui.errors import FileError
from gene_tui.run import Run
from gene_tui.spaces.importers.reading import Reading
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
#: No name goes on for longer than this after a blank in it.
_INNER_BYTES = 256
#: Numbers a million times smaller or larger than the file's usual ones are odd.
_ODD = 1e-6
_SCALE_ROWS = 300
_CONTROLS = bytes(range(32)) + b"\x7f"


def probe(path: Path) -> float:
    """Whether the first line is two whole numbers and what follows is not text."""
    start = head(path)
    if announcement(start) is None:
        return 0.0
    body = start.split(b"\n", 1)[1]
    return 0.0 if is_text(body) else 0.9


def read(reading: Reading) -> Source:
    """Read word2vec's binary vectors (float32, little-endian); .gz is unpacked on the way.

    Raises:
        FileError: the file ends early, goes on after the last row, or loses step.
    """
    path = reading.path
    with ByteStream(path) as stream:
        start = stream.read(_HEADER_BYTES)
        rows, dims = announced_by(path, stream, start, least=4)
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
    done = foreign = blanks = 0
    with ByteStream(path, run) as stream:
        buffer = stream.read()
        buffer = buffer[buffer.index(b"\n") + 1 :]
        cutter = _Cutter(path, rows, dims, _scale(buffer, dims))
        while done < rows:
            names, numbers, used = cutter.take(buffer, done)
            buffer = buffer[used:]
            if names:
                texts, others = decode(names)
                foreign += others
                blanks += sum(b" " in name for name in names)
                done += len(names)
                block = np.frombuffer(b"".join(numbers), dtype="<f4").reshape(-1, dims)
                yield Block(texts, block.astype(np.float32, copy=False))
                continue
            more = stream.read(max(BLOCK_BYTES, 4 * dims))
            if not more and cutter.ended:
                raise wrong_count(path, rows, f"{done:,} and part of another")
            cutter.ended = not more
            buffer += more
        if (buffer + stream.read()).strip():
            raise wrong_count(path, rows, "more")
    if foreign:
        notes.append(encoding_note(foreign))
    if blanks:
        notes.append(f"{blanks:,} names hold blanks, found by where the numbers begin")


@dataclass(slots=True)
class _Cutter:
    """Takes rows apart. A name ends at a blank; where it holds one, the numbers tell.

    Read from a blank too early, numbers are bytes out of step: they differ from the others by
    many powers of ten, and the last bytes of the name stand among them.

    Attributes:
        scale: the usual size of the file's numbers.
        ended: all that is left of the file is in the buffer.
    """

    path: Path
    rows: int
    dims: int
    scale: float
    ended: bool = False

    def take(self, buffer: bytes, done: int) -> tuple[list[bytes], list[bytes], int]:
        """The complete rows of a buffer: names, their numbers as bytes, bytes used.

        Raises:
            FileError: where a name should be there is none, or it may end in two places.
        """
        names: list[bytes] = []
        numbers: list[bytes] = []
        at, width = 0, 4 * self.dims
        # Enough that the longest name and its numbers are there as a whole.
        room = len(buffer) if self.ended else len(buffer) - 2 * _NAME_BYTES - width
        while done + len(names) < self.rows and at < room:
            row = done + len(names) + 1
            blank = self._name_end(buffer, at, row)
            if blank + 1 + width > len(buffer):
                break
            names.append(buffer[at:blank].lstrip(b"\r\n"))
            numbers.append(buffer[blank + 1 : blank + 1 + width])
            at = blank + 1 + width
        return names, numbers, at

    def _name_end(self, buffer: bytes, at: int, row: int) -> int:
        """Where the blank is that ends the name beginning at ``at``."""
        blank = buffer.find(b" ", at, at + _NAME_BYTES + 2)
        if blank < 0 and len(buffer) - at > _NAME_BYTES + 1:
            raise self._lost(row, "has no name where one should start")
        if blank < 0:
            return len(buffer)
        if set(buffer[at:blank].lstrip(b"\r\n")) & set(_CONTROLS):
            raise self._lost(row, "has a name with control characters")
        ends = [blank, *self._later_ends(buffer, blank)]
        if len(ends) == 1:
            return blank
        (least, best), (next_, _), *_ = sorted((self._oddness(buffer, e, row), e) for e in ends)
        if least == next_ or 0 < least[0] >= next_[0] - 1:
            raise self._lost(row, "may have a name with or without a blank in it")
        return best

    def _later_ends(self, buffer: bytes, blank: int) -> Iterator[int]:
        """Further blanks up to which there is nothing but text, and after which a row has room."""
        start = end = blank + 1
        while (end := buffer.find(b" ", end, start + _INNER_BYTES)) >= 0:
            inner = buffer[start:end]
            if not inner or not _is_name(inner) or end + 1 + 4 * self.dims > len(buffer):
                return
            yield end
            end += 1

    def _oddness(self, buffer: bytes, blank: int, row: int) -> tuple[int, bool]:
        """How many numbers after a blank are of another size than the file's, and whether what
        follows them is unlike the end of a row."""
        stop = blank + 1 + 4 * self.dims
        values = _sizes(buffer[blank + 1 : stop])
        with np.errstate(invalid="ignore"):
            usual = (values > self.scale * _ODD) & (values < self.scale / _ODD)
        odd = int(np.sum(~usual & (values != 0)))
        rest = buffer[stop : stop + _NAME_BYTES]
        if row == self.rows:
            return odd, bool(rest.strip())
        return odd, not rest.startswith((b"\n", b"\r\n")) and b"\n" in buffer[:2]

    def _lost(self, row: int, what: str) -> FileError:
        return bad(
            self.path,
            f"row {row:,} {what}: the file is damaged, a name holds a blank, or it is not float32",
            "write the vectors as text (gensim: save_word2vec_format(…, binary=False))",
        )


def _is_name(data: bytes) -> bool:
    """Whether bytes are text without control characters, in UTF-8."""
    if data.translate(None, _CONTROLS) != data:
        return False
    try:
        return data.isascii() or data.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        return False


def _sizes(data: bytes) -> npt.NDArray[np.float64]:
    """The absolute values of float32 numbers, which may be anything."""
    with np.errstate(invalid="ignore"):
        return np.abs(np.frombuffer(data, dtype="<f4").astype(np.float64))


def _scale(buffer: bytes, dims: int) -> float:
    """The median size of the first rows' numbers, each row read from its first blank."""
    found, at = [], 0
    for _ in range(_SCALE_ROWS):
        blank = buffer.find(b" ", at, at + _NAME_BYTES)
        part = buffer[blank + 1 : blank + 1 + 4 * dims]
        if blank < 0 or len(part) < 4 * dims:
            break
        found.append(_sizes(part))
        at = blank + 1 + 4 * dims
    values = np.concatenate(found) if found else np.ones(1)
    values = values[np.isfinite(values) & (values > 0)]
    return float(np.median(values)) if len(values) else 1.0
