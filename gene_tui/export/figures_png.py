"""Pictures as PNG, with matplotlib. Its state is never touched: figures are made one by one."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

from gene_tui.pictures.picture import (
    IDEAL,
    QUERY,
    Heatmap,
    Histogram,
    Parallelogram,
    Picture,
    Point,
    Scatter,
)
from gene_tui.text import clean, clip

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Blue and orange of Okabe and Ito's palette, which all eyes tell apart.
_COLOURS = {QUERY: "#D55E00", "hit": "#0072B2", IDEAL: "#009E73"}
_SHAPES = {QUERY: "D", "hit": "o", IDEAL: "x"}
_QUIET = "#B8BEC6"
_NAMED_MARKS = 5
_NAMED_POINTS = 40
_LONGEST = 24
_DPI = 144


def draw(picture: Picture) -> bytes:
    """A picture as the bytes of a PNG file.

    Raises:
        ImportError: there is no matplotlib.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Names are shown as they are: a $ in one must not begin a formula.
    with matplotlib.rc_context({"text.parse_math": False, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(7.5, 4.5), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        if isinstance(picture, Histogram):
            _histogram(axes, picture)
        elif isinstance(picture, Scatter):
            _scatter(axes, picture)
            _label(figure, axes, picture.points)
        elif isinstance(picture, Parallelogram):
            _parallelogram(axes, picture)
            _label(figure, axes, (*picture.corners, picture.ideal))
        else:
            _heatmap(figure, axes, picture)
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()


def _histogram(axes: Axes, picture: Histogram) -> None:
    axes.stairs(picture.counts, picture.edges, fill=True, color=_QUIET, label="background")
    colour = _COLOURS["hit"]
    values = [mark.value for mark in picture.marks]
    tall = max(picture.counts)
    axes.vlines(values, 0, 0.06 * tall, color=colour, linewidth=0.9, label="hits")
    for place, mark in enumerate(picture.marks[:_NAMED_MARKS]):
        height = tall * (0.62 - 0.11 * place)
        axes.vlines(mark.value, 0, height, color=colour, linewidth=0.7, linestyle=":")
        axes.text(
            mark.value,
            height,
            _drawable(mark.name) + " ",
            ha="right",
            va="center",
            fontsize=8,
            color=colour,
        )
    axes.set_xlabel(picture.axis)
    axes.set_ylabel("number in the background")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)


def _scatter(axes: Axes, picture: Scatter) -> None:
    if picture.cloud:
        xs, ys = zip(*picture.cloud, strict=True)
        axes.scatter(xs, ys, s=5, color=_QUIET, linewidths=0, label="other genes")
    _points(axes, picture.points)
    axes.set_xlabel(picture.axes[0])
    axes.set_ylabel(picture.axes[1])
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)


def _parallelogram(axes: Axes, picture: Parallelogram) -> None:
    a, b, c, d = picture.corners
    for start, end in ((b, a), (d, c)):
        axes.annotate(
            "",
            (end.x, end.y),
            (start.x, start.y),
            arrowprops={"arrowstyle": "-|>", "color": "#444444", "shrinkA": 4, "shrinkB": 4},
        )
    for start, end in ((a, c), (b, picture.ideal)):
        axes.plot([start.x, end.x], [start.y, end.y], color=_QUIET, linestyle=":", zorder=0)
    _points(axes, (*picture.corners, picture.ideal))
    axes.margins(0.18)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xticks([])
    axes.set_yticks([])


def _points(axes: Axes, points: tuple[Point, ...]) -> None:
    labels = {QUERY: "query", "hit": "hits", IDEAL: "computed"}
    for role, colour in _COLOURS.items():
        some = [point for point in points if point.role == role]
        if some:
            axes.scatter(
                [point.x for point in some],
                [point.y for point in some],
                s=26,
                color=colour,
                marker=_SHAPES[role],
                label=labels[role],
                zorder=3,
            )


def _label(figure: Figure, axes: Axes, points: tuple[Point, ...]) -> None:
    """Names beside the points, the first points first, where they cover no other name."""
    figure.draw_without_rendering()  # now it is known where everything lies
    dots = figure.dpi / 72
    taken: list[tuple[float, float, float, float]] = []
    for point in points[:_NAMED_POINTS]:
        name = _drawable(point.name)
        x, y = axes.transData.transform((point.x, point.y))
        wide, high = 4.9 * len(name) * dots, 9 * dots
        for right, above in ((1, 1), (1, 0), (0, 1), (0, 0)):
            left = x + 4 * dots if right else x - 4 * dots - wide
            low = y + 3 * dots if above else y - 3 * dots - high
            box = (left, low, left + wide, low + high)
            if any(_overlap(box, other) for other in taken):
                continue
            taken.append(box)
            axes.annotate(
                name,
                (point.x, point.y),
                xytext=(4 if right else -4, 3 if above else -3),
                textcoords="offset points",
                ha="left" if right else "right",
                va="bottom" if above else "top",
                fontsize=7.5,
                color=_COLOURS[point.role],
            )
            break


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _heatmap(figure: Figure, axes: Axes, picture: Heatmap) -> None:
    size = len(picture.names)
    side = max(5.0, 1.8 + 0.24 * size)
    figure.set_size_inches(side + 1.0, side)
    image = axes.imshow(picture.cosines, cmap="RdBu_r", vmin=-1, vmax=1)
    names = [_drawable(name) for name in picture.names]
    axes.set_xticks(range(size), names, rotation=90, fontsize=7)
    axes.set_yticks(range(size), names, fontsize=7)
    figure.colorbar(image, ax=axes, label="cosine", shrink=0.8)


def _drawable(name: str) -> str:
    """A name with characters the font lacks replaced, cut where it is endless."""
    known = _characters()
    return "".join(char if ord(char) in known else "□" for char in clip(clean(name), _LONGEST))


@cache
def _characters() -> frozenset[int]:
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(findfont("DejaVu Sans")).get_charmap())
