"""What a picture of an answer shows: plain numbers and names; drawing is done elsewhere.

Names come from files and are as they are there; who draws makes them harmless. Every picture
has a ``title`` of a few words and an ``about`` of one or two sentences.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What a point is: a gene of the query, one of a hit, or a place where no gene need be.
QUERY, HIT, IDEAL = "query", "hit", "ideal"


@dataclass(frozen=True, slots=True)
class Mark:
    """A hit on the axis of a histogram: what fills its ``?``, and its score."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """How the score of random answers is spread, with the hits marked.

    Attributes:
        axis: what the score is ("cosine", "minus distance" …).
        edges: the bins' borders, rising, one more than ``counts``.
        marks: the hits, best first; all within the edges.
    """

    title: str
    about: str
    axis: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A named place in a plane; ``role`` is QUERY, HIT or IDEAL."""

    name: str
    x: float
    y: float
    role: str


@dataclass(frozen=True, slots=True)
class Scatter:
    """Genes on two principal axes.

    Attributes:
        axes: what the two axes are.
        points: the query's genes first, then the hits', best first.
        cloud: other genes, for orientation; may be empty.
    """

    title: str
    about: str
    axes: tuple[str, str]
    points: tuple[Point, ...]
    cloud: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Parallelogram:
    """An analogy A : B :: C : D in the plane that shows most of it.

    Attributes:
        corners: A, B, C, D. ideal: where D would make C − D equal to A − B.
    """

    title: str
    about: str
    corners: tuple[Point, Point, Point, Point]
    ideal: Point


@dataclass(frozen=True, slots=True)
class Heatmap:
    """Cosines between offsets, or between genes, similar ones beside each other.

    Attributes:
        names: of them, in the order shown. cosines: a row for each, symmetric.
    """

    title: str
    about: str
    names: tuple[str, ...]
    cosines: tuple[tuple[float, ...], ...]


Picture = Histogram | Scatter | Parallelogram | Heatmap
