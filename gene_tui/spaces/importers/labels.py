"""What programs put around names, taken off: b'HBB' of Python, a beginning all names share."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from gene_tui.genes.known import known
from gene_tui.spaces.importers.streams import printable
from gene_tui.spaces.source import Block

_BYTES = re.compile(r"b'(?:[^'\\]|\\.)*'|b\"(?:[^\"\\]|\\.)*\"")
_ENDS = "._:/|-"
#: A beginning is looked for among at least so many names.
_LEAST = 4


class Tidy:
    """Takes off what surrounds the names of a source; the first block shows what that is.

    A shared beginning ("embeddings.") is taken off only where its rests are known genes and
    the names with it are not.
    """

    def __init__(self) -> None:
        self._prefix: str | None = None
        self._unwrapped = self._cut = 0

    def __call__(self, block: Block) -> Block:
        """The block with plain names."""
        labels = [self._plain(label) for label in block.labels]
        if self._prefix is None:
            self._prefix = _shared(labels)
        if self._prefix:
            size = len(self._prefix)
            for row, label in enumerate(labels):
                if label.startswith(self._prefix) and len(label) > size:
                    labels[row] = label[size:]
                    self._cut += 1
        if labels == list(block.labels):
            return block
        return Block(labels, block.vectors, block.columns)

    def notes(self) -> list[str]:
        """What was taken off."""
        notes = []
        if self._unwrapped:
            notes.append(f"{self._unwrapped:,} labels were written b'…' and were unwrapped")
        if self._cut:
            shown = printable(self._prefix or "", 40)
            notes.append(f"{self._cut:,} labels begin with '{shown}', which was taken off")
        return notes

    def _plain(self, label: str) -> str:
        if not label.startswith("b") or not _BYTES.fullmatch(label):
            return label
        try:
            plain = ast.literal_eval(label).decode("utf-8", "replace")
        except (ValueError, SyntaxError):
            return label
        self._unwrapped += 1
        return str(plain)


def _shared(labels: Sequence[str]) -> str:
    """What all names begin with, up to a sign that divides, where genes follow it; else ""."""
    if len(labels) < _LEAST:
        return ""
    first, last = min(labels), max(labels)
    size = next(
        (i for i, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), 0
    )
    common = first[:size]
    cut = max(common.rfind(sign) for sign in _ENDS) + 1
    if not cut:
        return ""
    some = labels[:: len(labels) // 200 + 1]
    before, after = sum(known(some)), sum(known([label[cut:] for label in some]))
    return common[:cut] if 2 * after >= len(some) and 10 * before < len(some) else ""
