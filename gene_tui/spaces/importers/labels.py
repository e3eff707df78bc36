"""What programs put around names, taken off: b'HBB' of Python."""

from __future__ import annotations

import ast
import re

from gene_tui.spaces.source import Block

_BYTES = re.compile(r"b'(?:[^'\\]|\\.)*'|b\"(?:[^\"\\]|\\.)*\"")


class Tidy:
    """Takes off what surrounds the names of a source, and counts how often."""

    def __init__(self) -> None:
        self._unwrapped = 0

    def __call__(self, block: Block) -> Block:
        """The block with plain names."""
        labels = [self._plain(label) for label in block.labels]
        if labels == list(block.labels):
            return block
        return Block(labels, block.vectors, block.columns)

    def notes(self) -> list[str]:
        """What was taken off."""
        if not self._unwrapped:
            return []
        return [f"{self._unwrapped:,} labels were written b'…' and were unwrapped"]

    def _plain(self, label: str) -> str:
        if not label.startswith("b") or not _BYTES.fullmatch(label):
            return label
        try:
            plain = ast.literal_eval(label).decode("utf-8", "replace")
        except (ValueError, SyntaxError):
            return label
        self._unwrapped += 1
        return str(plain)
