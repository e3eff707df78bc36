"""JSON objects {name: [numbers]}, as the earlier scripts wrote them, read value by value."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np

from gene_tui.arrays import Matrix
from gene_tui.errors import FileError
from gene_tui.run import QUIET, Run
from gene_tui.spaces.importers.named_vectors import BAD_SHARE, NO_VECTOR
from gene_tui.spaces.importers.number_lists import holds_other, parse_lists
from gene_tui.spaces.importers.reading import Reading
from gene_tui.spaces.importers.streams import (
    BLOCK_BYTES,
    LINE_BYTES,
    ByteStream,
    bad,
    decode,
    head,
    printable,
)
from gene_tui.spaces.importers.text import parse_list
from gene_tui.spaces.source import Block, Source

NAME = "json"

_NAME = rb'\s*("[^"\\]*+(?:\\.[^"\\]*+)*+")\s*:\s*'
_NUMBERS = rb"\[([^\[\]{}\"]*)\]"
_ONE_ROW = rb"\[\s*" + _NUMBERS + rb"\s*\]"
_ENTRY = re.compile(_NAME + rb"(?:" + _NUMBERS + rb"|" + _ONE_ROW + rb"|null)\s*([,}])")
_LIST = re.compile(_NAME + rb"\[")
_END = re.compile(rb"\s*([,}])")
_KEY = re.compile(_NAME + rb"(.?)", re.DOTALL)
_FIRST = rb"(?:\[\s*(?:-?(?:\d|NaN|Infinity|null)|\]\s*,)|null|" + _ONE_ROW + rb"\s*[,}])"
_BEGINNING = re.compile(_NAME.join([rb"\s*\{", _FIRST]))
_BOM = b"\xef\xbb\xbf"


def probe(path: Path) -> float:
    """Whether it begins with { "name": [ number."""
    return 0.95 if _BEGINNING.match(head(path).removeprefix(_BOM)) else 0.0


def read(reading: Reading) -> Source:
    """Read {name: [numbers]}; .gz is unpacked on the way. A null among numbers is NaN.

    Raises:
        FileError: it is not JSON of that kind, or the lists differ in length.
    """
    path = reading.path
    entries = _entries(path, QUIET)
    first, dims = None, 0
    for name, text in entries:
        first = name if first is None else first
        if dims := len(_vector(path, name, text)):
            break
    entries.close()
    if first is None:
        raise bad(path, "the object is empty")
    if not dims:
        raise bad(path, f"'{_shown(first)}' has no numbers, nor has any other name")
    dropped: list[tuple[str, str]] = []
    blocks = _blocks(path, dims, dropped, reading.run)
    return Source(NAME, dims, 0, blocks, (path,), dropped=dropped)


def _blocks(path: Path, dims: int, dropped: list[tuple[str, str]], run: Run) -> Iterator[Block]:
    total = 0
    step = max(1, BLOCK_BYTES // (4 * dims))
    names: list[str] = []
    texts: list[bytes] = []
    for name, text in _entries(path, run):
        total += 1
        if not text.strip():
            dropped.append((NO_VECTOR, name))
            continue
        names.append(name)
        texts.append(text)
        if len(names) == step:
            yield Block(names, _matrix(path, names, texts, dims))
            names, texts = [], []
    if names:
        yield Block(names, _matrix(path, names, texts, dims))
    if len(dropped) > max(1, BAD_SHARE * total):
        raise bad(path, f"{len(dropped):,} of its {total:,} names have no numbers")


def _matrix(path: Path, names: list[str], texts: list[bytes], dims: int) -> Matrix:
    """The numbers of all lists, which are equally long."""
    fast = parse_lists(texts, dims)
    if fast is not None:
        return fast
    vectors = []
    for name, text in zip(names, texts, strict=True):
        vector = _vector(path, name, text)
        if len(vector) != dims:
            raise bad(
                path,
                f"'{_shown(name)}' has {len(vector):,} numbers, the first name has {dims:,}",
            )
        vectors.append(vector)
    return np.array(vectors)


def _entries(path: Path, run: Run) -> Generator[tuple[str, bytes], None, None]:
    """Names and what stands between their brackets, in the file's order, a block at a time."""
    with ByteStream(path, run) as stream:
        buffer = stream.read().removeprefix(_BOM).lstrip()
        if not buffer.startswith(b"{"):
            raise bad(path, 'it is not a JSON object {"name": [numbers], …}')
        buffer, at = buffer[1:], 0
        if buffer.lstrip().startswith(b"}"):
            return
        last = ""
        while True:
            if found := _plain_entry(path, buffer, at):
                last, text, at, mark = found
                yield last, text
                if mark == b"}":
                    break
                continue
            match = _ENTRY.match(buffer, at)
            if match is None:
                more = stream.read() if len(buffer) - at <= LINE_BYTES else b""
                if not more:
                    raise _unexpected(path, buffer[at:], last)
                buffer, at = buffer[at:] + more, 0
                continue
            last = _name(path, match[1])
            yield last, match[2] or match[3] or b""
            at = match.end()
            if match[4] == b"}":
                break
        if (buffer[at:] + stream.read()).strip():
            raise bad(path, "something follows after the end of the object")


def _plain_entry(path: Path, buffer: bytes, at: int) -> tuple[str, bytes, int, bytes] | None:
    """What ``_ENTRY`` finds of a name and a list, without a look at each character of the list: the
    name, what stands between the brackets, where it ends, and the mark there."""
    start = _LIST.match(buffer, at)
    close = buffer.find(b"]", start.end()) if start else -1
    end = _END.match(buffer, close + 1) if close >= 0 else None
    if start is None or end is None:
        return None
    inner = buffer[start.end() : close]
    if b"[" in inner or holds_other(inner):
        return None
    return _name(path, start[1]), inner, end.end(), end[1]


def _name(path: Path, text: bytes) -> str:
    if text.isascii() and b"\\" not in text:
        plain = text[1:-1].decode()
        if plain.isprintable():
            return plain
    try:
        return str(json.loads(decode([text])[0][0]))
    except ValueError as error:
        raise bad(path, f"a name is not valid JSON ({error})") from error


def _vector(path: Path, name: str, text: bytes) -> Matrix:
    """The numbers between the brackets."""
    if not text.strip():
        return np.empty(0, dtype=np.float32)
    fast = parse_list(text.replace(b", ", b","))
    if fast is not None:
        return fast
    try:
        values = json.loads(b"[" + text + b"]")
        with np.errstate(over="ignore"):
            return np.array(
                [np.nan if value is None else float(value) for value in values], dtype=np.float32
            )
    except (ValueError, TypeError, OverflowError):
        raise bad(path, f"the list of '{_shown(name)}' holds something that is no number") from None


def _unexpected(path: Path, rest: bytes, last: str) -> FileError:
    """What is wrong where the next name and list should stand."""
    after = f"after '{_shown(last)}'" if last else "at the beginning"
    key = _KEY.match(rest[: 1 << 16])
    if key is None:
        return bad(path, f"{after} the JSON is cut short or damaged")
    name = _shown(key[1].decode("utf-8", "replace").strip('"'))
    if not key[2]:
        return bad(path, f"it is cut short after '{name}'")
    inner = rest[key.end() :][:1024].lstrip()
    if key[2] != b"[" or inner[:1] in (b"[", b"{", b'"'):
        return bad(path, f"the value of '{name}' is no list of numbers")
    return bad(path, f"the list of '{name}' is cut short or damaged")


def _shown(name: str) -> str:
    return printable(name, 40)
