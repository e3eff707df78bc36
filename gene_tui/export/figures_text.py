"""Pictures as lines of text, for documents without images."""

from __future__ import annotations

from collections.abc import Iterator

from gene_tui.pictures.picture import Heatmap, Histogram, Parallelogram, Picture, Point, Scatter
from gene_tui.text import clean, clip, fit, width

_BAR = 40
_BINS = 24
_WIDE, _HIGH = 72, 20
_NAME = 20
_MARKS_A_LINE = 3
#: Shades from a cosine of 0 upwards.
_SHADES = " ░▒▓█"
#: More things than this are compared without numbers.
_NUMBERED = 20


def as_text(picture: Picture) -> list[str]:
    """A picture in lines of at most about 100 characters, harmless whatever genes are called."""
    if isinstance(picture, Histogram):
        return list(_histogram(picture))
    if isinstance(picture, Heatmap):
        return list(_heatmap(picture))
    if isinstance(picture, Parallelogram):
        return list(_points([*picture.corners, picture.ideal], ()))
    return [f"across: {picture.axes[0]}; up: {picture.axes[1]}", *_scatter(picture)]


def _histogram(picture: Histogram) -> Iterator[str]:
    """One line a bin; the hits beside the bin they fall into."""
    join = -(-len(picture.counts) // _BINS)
    starts = range(0, len(picture.counts), join)
    counts = [sum(picture.counts[start : start + join]) for start in starts]
    edges = [picture.edges[start] for start in starts] + [picture.edges[-1]]
    named: list[list[str]] = [[] for _ in counts]
    for mark in picture.marks:
        above = sum(mark.value >= edge for edge in edges) - 1
        named[min(max(above, 0), len(counts) - 1)].append(clip(mark.name, _NAME))
    most = max(1, *counts)
    shown = [f"{edge:z.3f}" for edge in edges]
    room = max(map(len, shown))
    tall = max(len(f"{count:,}") for count in counts)
    for place, count in enumerate(counts):
        bar = "█" * round(_BAR * count / most) or ("▏" if count else "")
        line = (
            f"{shown[place]:>{room}} to {shown[place + 1]:>{room}}  {bar:<{_BAR}}  {count:>{tall},}"
        )
        hits = named[place]
        if hits:
            more = f" and {len(hits) - _MARKS_A_LINE} more" if len(hits) > _MARKS_A_LINE else ""
            line += f"  ◀ {', '.join(hits[:_MARKS_A_LINE])}{more}"
        yield line.rstrip()


def shade(cosine: float) -> str:
    """A character for a cosine: darker is more alike, a minus where things point apart."""
    if cosine <= -0.1:
        return "-"
    return _SHADES[min(len(_SHADES) - 1, max(0, int(cosine * len(_SHADES))))]


def shades_told() -> str:
    """What the characters mean, on one line."""
    steps = "  ".join(f"{one * 2} {at / 5:.1f}" for at, one in enumerate(_SHADES) if at)
    return f"-- below 0   {steps} and more"


def _heatmap(picture: Heatmap) -> Iterator[str]:
    """Cosines in hundredths, columns numbered as the rows are; many of them as shades."""
    names = [fit(clean(name), _NAME) for name in picture.names]
    room = max(map(width, names), default=0)
    if len(names) > _NUMBERED:
        for name, row in zip(names, picture.cosines, strict=True):
            yield f"{name}{' ' * (room - width(name))} {''.join(map(shade, row))}"
        yield from ("", shades_told())
        return
    columns = "".join(f"{number:>4}" for number in range(1, len(names) + 1))
    yield f"{'':>3} {'':<{room}}{columns}"
    for number, (name, row) in enumerate(zip(names, picture.cosines, strict=True), start=1):
        cells = "".join(f"{100 * value:z4.0f}" for value in row)
        yield f"{number:>3} {name}{' ' * (room - width(name))}{cells}"


def _scatter(picture: Scatter) -> Iterator[str]:
    yield from _points(picture.points, picture.cloud)


def _points(
    points: tuple[Point, ...] | list[Point], cloud: tuple[tuple[float, float], ...]
) -> Iterator[str]:
    """A field of characters: ``·`` other genes, numbers the points, listed below."""
    xs = [point.x for point in points] + [x for x, _ in cloud]
    ys = [point.y for point in points] + [y for _, y in cloud]
    left, bottom = min(xs), min(ys)
    across, up = max(xs) - left or 1.0, max(ys) - bottom or 1.0
    field = [[" "] * _WIDE for _ in range(_HIGH)]

    def place(x: float, y: float) -> tuple[int, int]:
        column = round((x - left) / across * (_WIDE - 3))
        return _HIGH - 1 - round((y - bottom) / up * (_HIGH - 1)), column

    for x, y in cloud:
        row, column = place(x, y)
        field[row][column] = "·"
    listed = []
    for number, point in enumerate(points[:99], start=1):
        row, column = place(point.x, point.y)
        text = str(number)
        # The first point of a place keeps it: the question's genes and the best hits.
        if all(field[row][column + at] in " ·" for at in range(len(text))):
            field[row][column : column + len(text)] = text
        listed.append(f"{number} {clip(point.name, _NAME)}")
    yield from ("".join(line).rstrip() for line in field)
    yield ""
    for start in range(0, len(listed), 4):
        yield "   ".join(f"{text:<22}" for text in listed[start : start + 4]).rstrip()
