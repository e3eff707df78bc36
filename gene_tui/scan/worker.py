"""What runs in the workers: one part of one scan.

A worker maps the space's folder where it can see it, so that all workers of a machine share
one copy; else it is sent the arrays once. Either way it keeps the space for its next part.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gene_tui import __version__
from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.analogy.gram import Gram
from gene_tui.engines.analogy.whole_space import Part, SharedBest, gram_of, search
from gene_tui.errors import GeneTuiError, UsageError
from gene_tui.spaces import store
from gene_tui.spaces.derive import geometry
from gene_tui.spaces.geometry import Geometry, Offsets
from gene_tui.spaces.space import Space, View

_lock = threading.Lock()
_kept: dict[str, Gram] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a space is, and exactly which of its rows are meant."""

    folder: str
    truncate: int | None
    fingerprint: str


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """A space to be sent: what a search needs, in memory."""

    vectors: Matrix
    geometry: Geometry


@dataclass(frozen=True, slots=True)
class PartTask:
    """One part.

    Attributes:
        threshold: the k-th best score known when this was handed out.
        version: of the program that hands out.
    """

    place: Place
    part: Part
    k: int
    cap: float | None
    threshold: float
    version: str = __version__


def arrays_of(vectors: Matrix, shape: Geometry) -> Arrays:
    """Copies of a space's rows and their shape, fit to be sent."""

    def copied(it: Offsets) -> Offsets:
        return Offsets(
            nearest=np.array(it.nearest),
            reach=np.array(it.reach),
            neighbours=np.array(it.neighbours),
            gaps=np.array(it.gaps),
            residual=np.array(it.residual),
        )

    return Arrays(
        np.array(vectors),
        Geometry(
            coords=np.array(shape.coords),
            origin=np.array(shape.origin),
            lengths=np.array(shape.lengths),
            difference=copied(shape.difference),
            sum=Offsets.unknown(len(vectors)),
        ),
    )


def run(task: PartTask, arrays: Arrays | None = None) -> tuple[Rows, Floats] | None:
    """Search one part; its hits, or None where the space is not to be seen from here.

    Raises:
        UsageError: the worker runs another version of the program.
    """
    from gene_tui.engines.pool import set_threads

    if task.version != __version__:
        raise UsageError(
            f"a worker runs gene-tui {__version__}, this is {task.version}",
            "install the same version everywhere",
        )
    # Workers are as many as there are cores: each is one thread.
    set_threads(1)
    gram = _gram(task.place, arrays)
    if gram is None:
        return None
    best = SharedBest(task.k, task.threshold)
    for _ in search(gram, [task.part], best, task.cap):
        pass
    return best.hits()


def _gram(place: Place, arrays: Arrays | None) -> Gram | None:
    with _lock:
        if place.fingerprint not in _kept:
            if arrays is not None:
                gram = gram_of(arrays.vectors, arrays.geometry)
            else:
                space = _mapped(place)
                shape = None if space is None else geometry(space)
                if space is None or shape is None:
                    return None
                gram = gram_of(space.vectors, shape)
            _kept.clear()
            _kept[place.fingerprint] = gram
        return _kept[place.fingerprint]


def _mapped(place: Place) -> Space | None:
    """The space's folder, if it is here and the same."""
    try:
        space = store.open_folder(Path(place.folder))
    except (GeneTuiError, OSError):
        return None
    if place.truncate is not None:
        space = space.with_view(View(truncate=place.truncate))
    return space if space.fingerprint == place.fingerprint else None
