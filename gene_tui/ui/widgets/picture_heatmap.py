"""Cosines between offsets or genes as coloured cells, and as numbers where there is room.

Apart from the other pictures, for it needs no plotext and is drawn at once, in no job.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.color import Color
from textual.content import Content, Span

from gene_tui.export.figures_text import shade, shades_told
from gene_tui.pictures.picture import Heatmap
from gene_tui.ui import format as show

_NAME = 22
#: Cells a cosine takes, the widest that fits; only the widest holds a number.
_WIDTHS = (4, 2, 1)
_WIDE = _WIDTHS[0]


#: Relative luminance of a ground on which black and white can be read equally well.
_MIDDLE = 0.179


def _luminance(colour: Color) -> float:
    """Relative luminance as WCAG defines it, 0 to 1."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@dataclass(frozen=True, slots=True)
class Ramp:
    """Colours from −1 over 0 to 1, and of the text on them."""

    low: Color
    middle: Color
    high: Color

    def at(self, cosine: float) -> tuple[str, str]:
        """(background, text) for a cosine, as CSS colours."""
        end = self.high if cosine > 0 else self.low
        ground = self.middle.blend(end, min(1.0, abs(cosine)))
        return ground.hex6, "#000000" if _luminance(ground) > _MIDDLE else "#ffffff"


def heatmap(picture: Heatmap, width: int, ramp: Ramp | None) -> Content:
    """The picture as lines of text; wider than ``width`` only where nothing narrower is left.

    Args:
        ramp: None where colours are not wanted; then shades and numbers say it all.
    """
    names = [show.safe(name, _NAME) for name in picture.names]
    room = max(Content(name).cell_length for name in names)
    fitting = [cell for cell in _WIDTHS if room + 1 + cell * len(names) <= width]
    cell = fitting[0] if fitting else _WIDTHS[-1]
    lines = [_legend(ramp, cell == _WIDE), Content("")]
    for name, row in zip(names, picture.cosines, strict=True):
        pad = " " * (room - Content(name).cell_length + 1)
        lines.append(Content.assemble(name, pad, _cells(row, cell, ramp)))
    return Content("\n").join(lines)


def _cells(row: tuple[float, ...], cell: int, ramp: Ramp | None) -> Content:
    text, spans = "", []
    for value in row:
        if cell == _WIDE:
            shown = f"{100 * value:z.0f}".rjust(cell - 1) + " "
        else:
            shown = " " * cell if ramp else shade(value) * cell
        if ramp:
            ground, ink = ramp.at(value)
            spans.append(Span(len(text), len(text) + cell, f"{ink} on {ground}"))
        text += shown
    return Content(text, spans)


def _legend(ramp: Ramp | None, numbers: bool) -> Content:
    told = "  numbers are hundredths" if numbers else ""
    if ramp is None:
        return Content(told.strip() if numbers else shades_told())
    parts = []
    for value in (-1.0, -0.5, 0.0, 0.5, 1.0):
        ground, ink = ramp.at(value)
        parts.append(
            Content.styled(f" {value:+.1f} ".replace("+0.0", " 0.0"), f"{ink} on {ground}")
        )
    return Content.assemble("cosine ", *parts, told)
