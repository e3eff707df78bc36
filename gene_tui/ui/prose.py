"""Text that may hold paths: a word too long for a line breaks behind a separator in it."""

from __future__ import annotations

import re
from typing import Any

from rich.cells import cell_len
from textual.content import Content

_PART = re.compile(r"[^/\\]*[/\\]+|[^/\\]+")


class Prose(Content):
    """Textual's text, which breaks long words anywhere, but for its paths."""

    __slots__ = ()

    @classmethod
    def of(cls, content: Content) -> Prose:
        """The same text with the same styles."""
        return cls(
            content.plain, list(content.spans), content.cell_length, strip_control_codes=False
        )

    @property
    def without_spans(self) -> Content:
        """The text alone."""
        return Prose(self.plain, strip_control_codes=False)

    def _wrap_and_format(self, width: int, *given: Any, **named: Any) -> list[Any]:
        cuts = breaks(self.plain, width)
        whole = Content("\n").join(self.divide(cuts)) if cuts else self
        return Content._wrap_and_format(whole, width, *given, **named)


def breaks(text: str, width: int) -> list[int]:
    """Where paths that are longer than a line of ``width`` cells are to break."""
    cuts: list[int] = []
    for word in re.finditer(r"\S+", text):
        if cell_len(word[0]) <= width:
            continue
        used = 0
        for part in _PART.finditer(word[0]):
            cells = cell_len(part[0])
            if used and used + cells > width:
                cuts.append(word.start() + part.start())
                used = 0
            used = used + cells if cells <= width else cells % width
    return cuts


def broken(text: str, width: int) -> str:
    """``text`` with its line breaks, for what Textual draws itself."""
    pieces, before = [], 0
    for cut in (*breaks(text, width), len(text)):
        pieces.append(text[before:cut])
        before = cut
    return "\n".join(pieces)
