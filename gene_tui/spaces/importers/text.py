"""Text files of vectors: lines in blocks, a name and its numbers taken apart, fast and strictly.

The fast path hands a whole block of numbers to Arrow's parser where that is installed, else to
NumPy's; it is taken only where the block consists of nothing but digits, signs, points, exponents
and single separators, so that the parser cannot misunderstand it. Anything else goes line by line,
which finds the culprit. (pandas' parser is as fast as Arrow's, but its digits run out: it reads
0.00000000000000003 as 0.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui.arrays import Matrix
from gene_tui.errors import FileError
from gene_tui.spaces.importers.streams import BLOCK_BYTES, LINE_BYTES, ByteStream, bad, printable

_BOM = b"\xef\xbb\xbf"
_DIGITS = b"0123456789.+-eE"
#: More ways to say "not a number" than Python's float knows, as tables of R and pandas have.
MISSING = frozenset({b"", b"na", b"n/a", b"nan", b"null", b"none", b"#n/a", b"."})
#: As they are mostly written.
_MISSING_WORDS = sorted(
    {
        form
        for word in map(bytes.decode, MISSING)
        for form in (word, word.upper(), word.capitalize(), word.replace("nan", "NaN"))
    }
)
#: Bytes from which on Arrow is worth importing.
_LONG = 1 << 18
_INTEGER = re.compile(rb"\d{1,18}")


@dataclass(frozen=True)
class Lines:
    """Consecutive lines of a file.

    Attributes:
        first: the first one's number.
        text: all of them, with line feeds between.
    """

    first: int
    text: bytes

    @cached_property
    def lines(self) -> list[bytes]:
        """Each line without its end."""
        return self.text.split(b"\n")

    def __len__(self) -> int:
        ends = np.frombuffer(self.text, dtype=np.uint8) == ord("\n")
        return int(np.count_nonzero(ends)) + 1


def blocks_of_lines(stream: ByteStream, size: int = BLOCK_BYTES) -> Iterator[Lines]:
    """All lines of a stream, about ``size`` bytes at a time.

    Raises:
        FileError: a line is longer than ``LINE_BYTES``, or the bytes are not text.
    """
    number, rest, start = 1, b"", True
    while True:
        data = stream.read(size)
        if start:
            data, start = data.removeprefix(_BOM), False
        if b"\0" in data:
            raise bad(stream.path, "it is not a text file (it has zero bytes)")
        end = data.rfind(b"\n")
        block = None
        if end < 0 and data:
            rest += data
        elif data or rest:  # a file ends with a line end, as it should, or without
            text = b"".join((rest, memoryview(data)[: max(end, 0)]))
            rest = data[end + 1 :]
            if b"\r" in text:
                text = b"\n".join([line.rstrip(b"\r") for line in text.split(b"\n")])
            block = Lines(number, text)
            number += len(block)
        if len(rest) > LINE_BYTES:
            raise bad(stream.path, f"line {number:,} is longer than {LINE_BYTES:,} bytes")
        if block:
            yield block
        if not data:
            return


def lines_from(blocks: Iterator[Lines], first: int) -> Iterator[Lines]:
    """The same lines without those above line ``first``."""
    for block in blocks:
        skip = first - block.first
        if skip <= 0:
            yield block
        elif skip < len(block):
            yield Lines(first, block.text.split(b"\n", skip)[skip])


def number_of(token: bytes) -> float | None:
    """A number as text files write it (nan and inf included), else None."""
    try:
        return None if b"_" in token else float(token)
    except ValueError:
        return None


def integer_of(token: bytes) -> int | None:
    """A whole number ≥ 0 of at most 18 digits, else None."""
    return int(token) if _INTEGER.fullmatch(token) else None


def parse_rows(path: Path, block: Lines, dims: int) -> tuple[list[bytes], Matrix]:
    """Take lines "name x1 … xd" apart; separators are blanks or tabs, blank lines are skipped.

    A name may hold blanks: the last ``dims`` words are the numbers. But a name whose second or
    later word is itself a number is taken for a row with too many numbers.

    Raises:
        FileError: a line has too few or too many numbers, or a word that is none.
    """
    names: list[bytes] = []
    rests: list[bytes] = []
    for line in block.lines:
        parts = line.split(None, 1)
        if len(parts) == 2:
            names.append(parts[0])
            rests.append(parts[1].rstrip())
    if len(names) == len(block.lines) or not any(
        len(line.split(None, 1)) == 1 for line in block.lines
    ):
        fast = parse_numbers(rests, dims)
        if fast is not None:
            return names, fast
    return _parse_slowly(path, block, dims)


def parse_numbers(rows: list[bytes], dims: int, mark: bytes = b" ") -> Matrix | None:
    """Rows of ``dims`` numbers with single marks between; None if they are not just that.

    Beside a mark that is no blank itself blanks may stand, as JSON has them.
    """
    if not rows:
        return np.empty((0, dims), dtype=np.float32)
    joined = b"\n".join(rows)
    if joined.translate(None, _DIGITS + mark + b" \n"):
        return None
    if len(joined) >= _LONG and dims > 1:
        # Arrow looks at the length of each row itself, and refuses empty cells.
        fast = _by_arrow(joined, dims, range(dims), range(dims), mark.decode())
        if fast is not None and len(fast) == len(rows):
            return _matrix(fast, range(dims))
    if mark != b" " and b" " in joined:
        rows = [row.replace(mark + b" ", mark) for row in rows]
        joined = b"\n".join(rows)
        if b" " in joined:
            return None
    if joined.count(mark) != (dims - 1) * len(rows):
        return None
    # NumPy's parser reads an empty cell as -1.
    if any(pair in joined for pair in (2 * mark, b"\n" + mark, mark + b"\n")):
        return None
    if any(row.count(mark) != dims - 1 for row in rows):
        return None
    numbers = _parsed(joined.replace(b"\n", mark), mark.decode())
    if numbers is None or numbers.size != len(rows) * dims:
        return None
    return numbers.reshape(-1, dims)


def parse_table(
    text: bytes, width: int, texts: Sequence[int], numbers: Sequence[int], mark: bytes
) -> tuple[dict[int, list[bytes]], Matrix] | None:
    """Lines of ``width`` cells with single marks between: the columns of text, by place, and those
    of numbers, with NaN where one is missing; None where they are few, or may mean something else.

    Arrow looks at the length of each row and at every number itself. What it reads in another way
    than is meant here goes the careful way: quotes within cells, lone carriage returns, a mark of
    the byte order that belongs to a name, infinity, words for no number that are rarely written.
    """
    if len(text) < _LONG or len(numbers) < 2 or text.startswith(_BOM) or b"\r" in text:
        return None
    if b'"' in text and not _are_whole_cells_quoted(text, mark):
        return None
    table = _by_arrow(text, width, (*texts, *numbers), numbers, mark.decode(), _MISSING_WORDS)
    if table is None:
        return None
    found = _matrix(table, numbers)
    missing = sum(table.column(str(place)).null_count for place in numbers)
    if np.count_nonzero(~np.isfinite(found)) != missing:
        return None
    return {place: table.column(str(place)).to_pylist() for place in texts}, found


def _are_whole_cells_quoted(text: bytes, mark: bytes) -> bool:
    """Whether quotes stand in pairs around whole cells alone, and no line ends between."""
    array = np.frombuffer(text, dtype=np.uint8)
    quotes, ends = np.flatnonzero(array == ord('"')), np.flatnonzero(array == ord("\n"))
    if len(quotes) % 2 or (np.searchsorted(quotes, ends) % 2).any():
        return False
    before, after = quotes[::2] - 1, quotes[1::2] + 1
    beside = np.concatenate([array[before[before >= 0]], array[after[after < len(array)]]])
    return bool(((beside == ord(mark)) | (beside == ord("\n"))).all())


def _by_arrow(
    text: bytes,
    width: int,
    wanted: Sequence[int],
    numbers: Sequence[int],
    mark: str,
    missing: Sequence[str] = (),
) -> Any:
    """What Arrow's parser makes of lines of cells: a table of the columns wanted, called by their
    places, which are numbers or bytes; None where it stumbles or is not installed.

    Args:
        missing: words for no number.
    """
    try:
        import pyarrow
        from pyarrow import csv
    except ImportError:
        return None
    titles = [str(place) for place in range(width)]
    types = dict.fromkeys(titles, pyarrow.binary())
    types |= dict.fromkeys([titles[place] for place in numbers], pyarrow.float32())
    try:
        return csv.read_csv(
            pyarrow.py_buffer(text),
            read_options=csv.ReadOptions(column_names=titles, use_threads=False),
            parse_options=csv.ParseOptions(
                delimiter=mark, quote_char='"' if b'"' in text else False
            ),
            convert_options=csv.ConvertOptions(
                column_types=types,
                null_values=list(missing),
                include_columns=[titles[place] for place in wanted],
            ),
        )
    except pyarrow.ArrowInvalid:  # +1, for one, which it takes for no number
        return None


def _matrix(table: Any, numbers: Sequence[int]) -> Matrix:
    # A column's to_numpy would import pandas, which takes longer than to parse 100 MB.
    batches = table.select([str(place) for place in numbers]).to_batches()
    return np.concatenate([batch.to_tensor(null_to_nan=True).to_numpy() for batch in batches])


def parse_list(text: bytes) -> Matrix | None:
    """Numbers with single commas between and no blanks; None if they are not just that.

    Blanks are no detail: NumPy's parser reads a blank cell as -1.
    """
    if text.translate(None, _DIGITS + b","):
        return None
    numbers = _parsed(text, ",")
    return numbers if numbers is not None and numbers.size == text.count(b",") + 1 else None


def _parsed(text: bytes, separator: str) -> Matrix | None:
    """What NumPy's parser makes of it; None where it stumbles."""
    try:
        with np.errstate(over="ignore"):
            return np.fromstring(text, dtype=np.float32, sep=separator)
    except (ValueError, DeprecationWarning):  # older releases warn, and stop where they stumble
        return None


def _parse_slowly(path: Path, block: Lines, dims: int) -> tuple[list[bytes], Matrix]:
    names: list[bytes] = []
    numbers: list[list[float]] = []
    for offset, line in enumerate(block.lines):
        words = line.split()
        if not words:
            continue
        number = block.first + offset
        names.append(_name(path, number, line, words, dims))
        numbers.append(_numbers(path, number, words[-dims:]))
    return names, _as_float32(numbers, dims)


def _name(path: Path, number: int, line: bytes, words: list[bytes], dims: int) -> bytes:
    own = words[: max(0, len(words) - dims)]
    if len(words) == dims and line[:1].isspace():
        return b""  # a row whose name is blank, or lost: counted and dropped
    if not own or any(number_of(word) is not None for word in own[1:]):
        raise wrong_width(path, number, len(words) - 1, dims)
    return own[0] if len(own) == 1 else line.rsplit(None, dims)[0].strip()


def _numbers(path: Path, number: int, words: list[bytes]) -> list[float]:
    values = []
    for word in words:
        value = number_of(word)
        if value is None:
            raise not_a_number(path, number, word)
        values.append(value)
    return values


def wrong_width(path: Path, number: int, found: int, dims: int) -> FileError:
    """The error for a row with too few or too many numbers."""
    return bad(
        path,
        f"line {number:,} has {max(found, 0):,} numbers instead of {dims:,}",
        "the file is cut short or damaged there",
    )


def not_a_number(path: Path, number: int, word: bytes) -> FileError:
    """The error for a cell that should be a number."""
    shown = printable(word[:60].decode("utf-8", "replace"), 40)
    return bad(
        path,
        f"line {number:,}: '{shown}' is not a number",
        "a missing number is NA or an empty cell; lines of titles, units and remarks inside a "
        "table are left out of the file",
    )


def parse_bare_rows(path: Path, block: Lines, dims: int) -> Matrix:
    """Lines of ``dims`` numbers and no name, divided by tabs or blanks; blank lines are skipped.

    Raises:
        FileError: a line has another number of numbers, or a word that is none.
    """
    rows = [line.strip().replace(b"\t", b" ") for line in block.lines]
    fast = parse_numbers([row for row in rows if row], dims)
    if fast is not None:
        return fast
    numbers = []
    for number, row in enumerate(rows, block.first):
        words = row.split()
        if not words:
            continue
        if len(words) != dims:
            raise wrong_width(path, number, len(words), dims)
        numbers.append(_numbers(path, number, words))
    return _as_float32(numbers, dims)


def _as_float32(numbers: list[list[float]], dims: int) -> Matrix:
    with np.errstate(over="ignore"):
        return np.array(numbers, dtype=np.float64).reshape(-1, dims).astype(np.float32)
