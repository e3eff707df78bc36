"""What widgets are given to show: text from outside made harmless, numbers made short.

Names, descriptions, labels and file names are data. They pass through ``safe`` (plain text),
``content`` (for widgets) or ``cell`` (for tables, which read a plain str as markup), and
nothing in them is ever markup. What is copied is the text itself, not what is shown here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import NoReturn

from rich.cells import cell_len, get_character_cell_size
from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.text import Text
from textual.content import Content

from gene_tui.text import clean, fit, width
from gene_tui.ui.textual_parts import BreakingContent

#: Shown where a number is not known.
UNKNOWN = "–"
#: Characters of no width (accents, vowel signs) that one letter may carry.
_MOST_MARKS = 4
#: Characters of a text from which on it is cut at its end, unread.
_LONG = 400
#: Joiners and variation selectors: terminals disagree about the width of what they make.
_DROPPED = dict.fromkeys((0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
#: A part of a path, with the separator behind it.
_PART = re.compile(r"[^/\\]*[/\\]+|[^/\\]+")


class CellText(Text):
    """One line in one style, drawn as it is.

    ``Text`` looks for lines to wrap and for styles that overlap. A screen of cells is drawn at
    once, on the event loop's thread, and that search is half of what it costs.
    """

    def drawn(self, cells: int) -> str | None:
        """The text in so many cells; None where it needs more or has several styles."""
        text = self.plain
        room = cells - cell_len(text)
        if self.spans or room < 0 or "\n" in text:
            return None
        return " " * room + text if self.justify == "right" else text + " " * room

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[Segment]:
        drawn = self.drawn(options.max_width)
        if drawn is None:
            yield from super().__rich_console__(console, options)
        else:
            yield Segment(drawn, console.get_style(self.style) if self.style else None)


class FixedCellText(CellText):
    """The same where the column's width is given: nobody need measure it."""

    @property
    def __rich_measure__(self) -> NoReturn:
        raise AttributeError("its column has a width")


class Prose(BreakingContent):
    """Text that may hold paths: a word too long for a line breaks behind a separator in it,
    where Textual breaks it anywhere."""

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

    def breaks(self, width: int) -> list[int]:
        """Behind separators of paths that are too long."""
        return breaks(self.plain, width)


def safe(text: str, max_cells: int | None = None) -> str:
    """``text`` on one line, harmless to a terminal, and at most ``max_cells`` wide.

    Control characters become pictures (ESC is ␛), direction overrides and hidden characters
    become �, piles of accents are cut, and so is what does not fit, ending in ….
    """
    if max_cells is None:
        return _thinned(clean(text))
    # Cut before looking at every character: the text may be megabytes.
    most = 8 * max(max_cells, 0) + 64
    rest = "…" if len(text) > most else ""
    return fit(_thinned(clean(text[:most])) + rest, max_cells)


def content(text: str, max_cells: int | None = None, style: str = "") -> Content:
    """``safe`` text for a widget; ``style`` is ours, never from outside."""
    shown = safe(text, max_cells)
    return Prose.of(Content.styled(shown, style) if style else Content(shown))


def cell(
    text: str,
    max_cells: int | None = None,
    style: str = "",
    *,
    right: bool = False,
    kind: type[CellText] = CellText,
) -> Text:
    """``safe`` text for a table's cell, on one line; ``right`` aligns numbers."""
    made = kind(safe(text, max_cells), style=style, no_wrap=True, end="")
    made.justify = "right" if right else "left"
    return made


def link(url: str, max_cells: int) -> str:
    """A link as shown: whole where it fits, so that it can be selected by hand."""
    for form in (url, url.removeprefix("https://"), url.removeprefix("https://www.")):
        shown = safe(form)
        if len(shown) <= max_cells:
            return shown
    return safe(url.removeprefix("https://www."), max_cells)


def score(value: float | None) -> str:
    """A score to 4 decimals: ``0.6370``, ``-12.0345``; 5 digits where it is huge."""
    if value is None or math.isnan(value):
        return UNKNOWN
    if abs(value) >= 1e5:
        return f"{value:.5g}"
    return f"{round(value, 4) + 0.0:.4f}"  # + 0.0: there is no -0.0000


def bar(value: float, low: float, high: float, cells: int = 4) -> str:
    """A bar in eighths of a cell: ``cells`` long for ``high``, an eighth for ``low``."""
    share = (value - low) / (high - low) if high > low else 1.0
    eighths = max(1, round(8 * cells * min(max(share, 0.0), 1.0)))
    return "█" * (eighths // 8) + ("", *"▏▎▍▌▋▊▉")[eighths % 8] if cells > 0 else ""


def aligned(texts: Sequence[str]) -> list[str]:
    """Numbers with blanks behind them, so that their points stand below each other at the right."""
    tails = [len(text) - text.find(".") if "." in text else 0 for text in texts]
    return [text + " " * (max(tails) - tail) for text, tail in zip(texts, tails, strict=True)]


def elided(text: str, cells: int) -> str:
    """``safe`` text in at most so many cells, cut in the middle where its end may be what tells it
    from others: ``TNF receptor superf…member 10c``."""
    shown = safe(text, cells)
    if len(text) > _LONG or width(safe(text)) <= cells:
        return shown
    tail = ""
    for word in reversed(safe(text).split(" ")):
        longer = f"{word} {tail}".rstrip()
        if width(longer) > cells // 3:
            break
        tail = longer
    return fit(safe(text), cells - width(tail)) + tail if tail else shown


def z(value: float | None) -> str:
    """Standard deviations: ``9.1``."""
    return UNKNOWN if value is None else f"{value + 0.0:.1f}"


def share(value: float | None) -> str:
    """A share or a mean count to two digits: ``0.0033``, ``1.4``, ``37``, ``2.5e-6``."""
    if value is None:
        return UNKNOWN
    if 0 < value < 0.001:
        digits, _, power = f"{value:.1e}".partition("e")
        return f"{digits.removesuffix('.0')}e{int(power)}"
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def percent(value: float | None) -> str:
    """A percentile: ``99.97 %``; never 100 unless it is."""
    if value is None:
        return UNKNOWN
    if 99.99 < value < 100:
        return ">99.99 %"
    return f"{value:.2f}".rstrip("0").rstrip(".") + " %"


def count(value: int | None) -> str:
    """A whole number with thousands apart: ``20,829``."""
    return UNKNOWN if value is None else f"{value:,}"


def size(value: int) -> str:
    """Bytes: ``980 B``, ``1.2 MB``, ``222 GB``."""
    amount = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:
            return (
                f"{amount:.0f} {unit}" if unit == "B" or amount >= 9.95 else f"{amount:.1f} {unit}"
            )
        amount /= 1000
    return f"{amount:.0f} TB" if amount >= 9.95 else f"{amount:.1f} TB"


def seconds(value: float) -> str:
    """A duration: ``4 ms``, ``0.31 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if value < 0.0995:
        return f"{value * 1000:.0f} ms"
    if value < 9.95:
        return f"{value:.2g} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _thinned(text: str) -> str:
    """Without joiners, and with few marks a letter; a mark without a letter gets a ring."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for char in text.translate(_DROPPED):
        if get_character_cell_size(char) > 0:
            marks = 0
        else:
            marks += 1
            if not kept:
                kept.append("◌")
            if marks > _MOST_MARKS:
                continue
        kept.append(char)
    return "".join(kept)


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
