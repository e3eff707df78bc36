"""Pictures as characters, by plotext. Slow enough to be drawn in a job's thread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.content import Content

from gene_tui.errors import UsageError
from gene_tui.pictures.picture import (
    HIT,
    IDEAL,
    QUERY,
    Histogram,
    Parallelogram,
    Point,
    Scatter,
)
from gene_tui.ui import format as show

if TYPE_CHECKING:
    from collections.abc import Mapping

RGB = tuple[int, int, int]

_SHAPES = {QUERY: "◆", HIT: "●", IDEAL: "×"}
_NAMED_MARKS = 5
_LEAST_TICKS = 3
_NAME = 22
#: Rows and columns of a plot that are not its field: frame, ticks, axis names.
_ABOVE, _BELOW, _LEFT, _RIGHT = 1, 3, 8, 2


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours of a picture, from the theme; None leaves them to the terminal.

    Attributes:
        text, quiet: names and frame; what is in the background.
        query, hit, ideal: by the role of a point.
    """

    text: RGB | None = None
    quiet: RGB | None = None
    query: RGB | None = None
    hit: RGB | None = None
    ideal: RGB | None = None

    def of(self, role: str) -> RGB | None:
        """The colour of a role."""
        return {QUERY: self.query, HIT: self.hit, IDEAL: self.ideal}[role]


def plot(
    picture: Histogram | Scatter | Parallelogram, width: int, height: int, colours: Colours
) -> Content:
    """A picture of ``width`` × ``height`` cells.

    Raises:
        UsageError: textual-plotext is not installed.
    """
    try:
        from textual_plotext.plot import Plot
    except ImportError:
        raise UsageError(
            "pictures in the terminal need textual-plotext, which is not installed",
            "pip install 'gene-tui[plots]'",
        ) from None
    figure = Plot()
    figure.plotsize(width, height)
    figure._set_size(width, height)  # plotsize alone keeps to the size of a real terminal
    figure.theme("clear")
    _paint_frame(figure, colours)
    if isinstance(picture, Histogram):
        _histogram(figure, picture, width, height, colours)
    elif isinstance(picture, Scatter):
        _scatter(figure, picture, width, height, colours)
    else:
        _parallelogram(figure, picture, width, height, colours)
    from rich.text import Text

    return Content.from_rich_text(Text.from_ansi(figure.build().rstrip("\n")))


def _paint_frame(figure: Any, colours: Colours) -> None:
    if colours.quiet is not None:
        figure.axes_color("default")
        figure.canvas_color("default")
        figure.ticks_color(colours.text)


def _histogram(figure: Any, picture: Histogram, width: int, height: int, colours: Colours) -> None:
    columns = max(8, width - _LEFT - _RIGHT)
    rows = max(4, height - _ABOVE - _BELOW)
    low, high = picture.edges[0], picture.edges[-1]
    span, tall = high - low, max(picture.counts)
    # Narrower than half a cell each: plotext's own bars leave gaps where bins are narrow.
    steps = [(at + 0.5) / (3 * columns) for at in range(3 * columns)]
    places = [low + span * step for step in steps]
    shown = [picture.counts[int(len(picture.counts) * step)] for step in steps]
    seen = [at for at, count in enumerate(shown) if count > 0.25 * tall / rows]
    figure.scatter(
        [places[at] for at in seen],
        [shown[at] for at in seen],
        marker="hd",
        fillx=True,
        **_colour(colours.quiet),
    )
    values = [mark.value for mark in picture.marks]
    figure.scatter(values, [0.0] * len(values), marker="▲", **_colour(colours.hit))
    for place, mark in enumerate(picture.marks[:_NAMED_MARKS]):
        right = mark.value > low + 0.5 * span
        figure.text(
            f"{_flat(mark.name)} ╴" if right else f"╶ {_flat(mark.name)}",
            mark.value,
            tall * (1 - (place + 1) / rows),
            alignment="right" if right else "left",
            **_colour(colours.hit),
        )
    figure.xlim(low, high + 0.01 * span)
    figure.ylim(0, tall)
    _ticks(figure.xticks, low, high, columns // 14)
    _ticks(figure.yticks, 0, tall, rows // 3)
    figure.xlabel(f"→ {picture.axis}   ↑ how many of them")


def _ticks(put: Any, low: float, high: float, most: int) -> None:
    """Round numbers on an axis, at most so many, but three at least."""
    rough = (high - low) / max(1, most) or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    at = next(at for at, step in enumerate((1, 2, 5, 10)) if step * power >= 0.999 * rough)
    numbers = range(0)
    while len(numbers) < _LEAST_TICKS:
        step = (1, 2, 5)[at % 3] * 10.0 ** (at // 3) * power
        numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
        at -= 1
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    put([number * step for number in numbers], [f"{n * step:,.{digits}f}" for n in numbers])


def _scatter(figure: Any, picture: Scatter, width: int, height: int, colours: Colours) -> None:
    field = _Field(picture.points, picture.cloud, width, height)
    if picture.cloud:
        xs, ys = zip(*picture.cloud, strict=True)
        figure.scatter(xs, ys, marker="braille", **_colour(colours.quiet))
    _points(figure, picture.points, field, colours)
    _ticks(figure.xticks, *field.x, field.columns // 14)
    _ticks(figure.yticks, *field.y, field.rows // 4)
    figure.xlabel(f"→ {picture.axes[0]}   ↑ {picture.axes[1]}")


def _parallelogram(
    figure: Any, picture: Parallelogram, width: int, height: int, colours: Colours
) -> None:
    a, b, c, d = picture.corners
    points = (*picture.corners, picture.ideal)
    field = _Field(points, (), width, height, 0.2)
    for one, other in ((a, c), (b, picture.ideal)):
        xs, ys = [one.x, other.x], [one.y, other.y]
        figure.plot(xs, ys, marker="·", **_colour(colours.quiet))
    for one, other, role in ((a, b, QUERY), (c, d, HIT)):
        xs, ys = [one.x, other.x], [one.y, other.y]
        figure.plot(xs, ys, marker="braille", **_colour(colours.of(role)))
    _points(figure, points, field, colours, beyond=True)
    _ticks(figure.xticks, *field.x, field.columns // 14)
    _ticks(figure.yticks, *field.y, field.rows // 4)
    figure.xlabel("→ axis 1   ↑ axis 2 of the four genes")


class _Field:
    """Which cells of the plot points fall on, so that names do not cover one another."""

    def __init__(
        self,
        points: Sequence[Point],
        cloud: Sequence[tuple[float, float]],
        width: int,
        height: int,
        margin: float = 0.06,
    ) -> None:
        xs = [point.x for point in points] + [x for x, _ in cloud]
        ys = [point.y for point in points] + [y for _, y in cloud]
        self.columns = max(8, width - _LEFT - _RIGHT)
        self.rows = max(4, height - _ABOVE - _BELOW)
        self.x = _widened(min(xs), max(xs), margin)
        self.y = _widened(min(ys), max(ys), margin)
        self._taken: set[tuple[int, int]] = set()

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """(row from below, column) of a place."""
        column = (x - self.x[0]) / (self.x[1] - self.x[0]) * (self.columns - 1)
        row = (y - self.y[0]) / (self.y[1] - self.y[0]) * (self.rows - 1)
        return round(row), round(column)

    def take(self, row: int, column: int, cells: int) -> bool:
        """Reserve cells from ``column`` on; False, and nothing reserved, if one is not free."""
        wanted = {(row, at) for at in range(column, column + cells)}
        if not 0 <= row < self.rows or column < 0 or column + cells > self.columns:
            return False
        if wanted & self._taken:
            return False
        self._taken |= wanted
        return True

    def place(self, row: int, column: int) -> tuple[float, float]:
        """The place in the middle of a cell."""
        x = self.x[0] + (self.x[1] - self.x[0]) * column / (self.columns - 1)
        return x, self.y[0] + (self.y[1] - self.y[0]) * row / (self.rows - 1)


def _points(
    figure: Any,
    points: Sequence[Point],
    field: _Field,
    colours: Colours,
    *,
    beyond: bool = False,
) -> None:
    """Points, then as many names as find room, the first points' first.

    Args:
        beyond: rather above the upper points and below the lower ones than beside them.
    """
    for role in (HIT, IDEAL, QUERY):
        some = [point for point in points if point.role == role]
        if some:
            xs, ys = [point.x for point in some], [point.y for point in some]
            figure.scatter(xs, ys, marker=_SHAPES[role], **_colour(colours.of(role)))
    # The question's names come first, and may cover hits if they must.
    for some in (
        [point for point in points if point.role == QUERY],
        [point for point in points if point.role != QUERY],
    ):
        for point in some:
            field.take(*field.cell(point.x, point.y), 1)
        for point in some:
            _name(figure, point, field, colours, beyond)
    figure.xlim(*field.x)
    figure.ylim(*field.y)


def _name(figure: Any, point: Point, field: _Field, colours: Colours, beyond: bool) -> None:
    """A point's name at the first free spot around it, if there is one."""
    name = _flat(point.name)
    row, column = field.cell(point.x, point.y)
    after, before, middle = column + 2, column - 1 - len(name), column - len(name) // 2
    spots = [(row, after), (row, before), (row + 1, after), (row - 1, after)]
    if beyond:
        out = 1 if row > field.rows / 2 else -1
        spots = [(row + out, middle), (row + 2 * out, middle), *spots]
    for line, start in spots:
        if field.take(line, start - 1, len(name) + 2):
            x, y = field.place(line, start)
            figure.text(name, x, y, alignment="left", **_colour(colours.of(point.role)))
            return


def _widened(low: float, high: float, share: float) -> tuple[float, float]:
    room = share * (high - low) or 1.0
    return low - room, high + room


def _flat(name: str) -> str:
    """A harmless name whose characters all take one cell, as plotext assumes."""
    shown = show.safe(name, _NAME)
    from rich.cells import get_character_cell_size

    return "".join(char if get_character_cell_size(char) == 1 else "□" for char in shown)


def _colour(colour: RGB | None) -> Mapping[str, RGB]:
    return {} if colour is None else {"color": colour}
