"""Lists of numbers in JSON, set aside as they are written until somebody wants them.

The json module makes a Python float of every number; of vectors it then takes ten times as long as
of what is between them. So a word of JSON's own stands in for each list while that is read, and the
numbers are parsed afterwards, many lists at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from gene_tui.arrays import Matrix
from gene_tui.spaces.importers.streams import LINE_BYTES
from gene_tui.spaces.importers.text import parse_numbers

#: What stands in for a list. The json module knows the word, and asks what to make of it.
_WORD = "Infinity"
_BYTES = _WORD.encode()
#: All that JSON takes for blank.
_AS_BLANKS = bytes.maketrans(b"\t\n\r", b"   ")


class NumberList:
    """A list of a JSON file in which nothing is but numbers and nulls, as it is written.

    Attributes:
        text: what stands between its brackets, which nobody has looked at yet.
    """

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text

    def __len__(self) -> int:
        return self.text.count(b",") + 1

    @property
    def cells(self) -> list[Any]:
        """What the json module makes of it.

        Raises:
            ValueError: it is no JSON.
        """
        cells: list[Any] = json.loads(b"[" + self.text + b"]")
        return cells


def holds_other(inner: bytes) -> bool:
    """Whether more than numbers and words stands between two brackets: texts or objects."""
    return b'"' in inner or b"{" in inner or b"}" in inner or b":" in inner


def parse_lists(texts: Sequence[bytes], dims: int) -> Matrix | None:
    """The numbers of lists as they are written, (r, dims) float32; None where one has another
    length, or holds anything but numbers."""
    if any(b"\n" in text for text in texts):  # a number a line, as JSON is indented
        texts = [text.translate(_AS_BLANKS) for text in texts]
    return parse_numbers([text.strip() for text in texts], dims, b",")


class Outline:
    """JSON text as it comes in, with words in place of its lists of numbers.

    Args:
        unique: makes an object of its keys and values.

    Attributes:
        held: bytes that are in no outline yet. size: bytes of the lists set aside.
    """

    def __init__(self, unique: Callable[[list[tuple[str, Any]]], Any]) -> None:
        self._plain = json.JSONDecoder(object_pairs_hook=unique)
        self._decoder = json.JSONDecoder(object_pairs_hook=unique, parse_constant=self._constant)
        self.held = b""
        #: For each word of the outline, from the first that was not decoded: the list it stands
        #: for, or None where the file itself has it there.
        self._lists: list[bytes | None] = []
        self._taken = 0
        self.size = 0

    def add(self, data: bytes) -> bytes:
        """The outline of the next bytes as far as it is known; all the rest for b"", the end."""
        text, at = self.held + data, 0
        parts: list[bytes] = []
        while (close := text.find(b"]", at)) >= 0:
            start = text.rfind(b"[", at, close)
            inner = text[start + 1 : close]
            if start < 0 or not inner.strip() or holds_other(inner):
                parts.append(self._as_it_is(text[at : close + 1]))
            else:
                parts += self._as_it_is(text[at:start]), b" " + _BYTES + b" "
                self._lists.append(inner)
                self.size += len(inner)
            at = close + 1
        keep = self._goes_on(text, at) if data else len(text)
        parts.append(self._as_it_is(text[at:keep]))
        self.held = text[keep:]
        return b"".join(parts)

    @staticmethod
    def _goes_on(text: bytes, at: int) -> int:
        """Where what may be a list or the word itself begins that goes on beyond the end."""
        start = text.rfind(b"[", at)
        if start >= 0 and len(text) - start <= LINE_BYTES:
            return start
        end = max(at, len(text) - len(_BYTES))
        word = text.find(_BYTES, max(at, end - len(_BYTES)))
        return word if word >= 0 else end

    def _as_it_is(self, text: bytes) -> bytes:
        self._lists += [None] * text.count(_BYTES)
        return text

    def begins(self, outline: str, at: int) -> bool:
        """Whether a list is at this place of an outline of which nothing was decoded yet."""
        return outline.startswith(_WORD, at) and bool(self._lists) and self._lists[0] is not None

    def decode(self, outline: str, at: int) -> tuple[Any, int]:
        """The value that begins at a place of the outline, and where it ends.

        Raises:
            ValueError: it is cut short there, or no JSON.
            RecursionError: it is nested deeply.
        """
        self._taken = 0
        found, end = self._decoder.raw_decode(outline, at)
        words = outline.count(_WORD, at, end)
        if words != self._taken:  # some are part of a text
            found, _ = self._plain.raw_decode(self._restored(outline[at:end]))
        self.size -= sum(len(inner) for inner in self._lists[:words] if inner is not None)
        del self._lists[:words]
        return found, end

    def _restored(self, outline: str) -> str:
        """The file's own text."""
        first, *rest = outline.split(_WORD)
        parts = [first]
        for inner, after in zip(self._lists, rest, strict=False):
            if inner is None:
                parts += _WORD, after
            else:
                # A blank on either side belongs to the word.
                parts[-1] = parts[-1][:-1]
                parts += "[", inner.decode(), "]", after[1:]
        return "".join(parts)

    def _constant(self, word: str) -> Any:
        if word == "NaN":
            return float(word)
        inner = self._lists[self._taken]
        self._taken += 1
        return float(word) if inner is None else NumberList(inner)
