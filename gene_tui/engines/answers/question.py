"""A question about rows, and the answer to it with its chances: nothing about names."""

from __future__ import annotations

from dataclasses import dataclass

from gene_tui.arrays import Floats
from gene_tui.engines.found import Found
from gene_tui.model.query import Kind


@dataclass(frozen=True, slots=True)
class Question:
    """A query with its names resolved.

    Attributes:
        kind: what is asked.
        slots: row numbers where the query has names, None where it has a ``?``.
        weights: one per slot for arithmetic, else empty.
    """

    kind: Kind
    slots: tuple[int | None, ...]
    weights: tuple[float, ...] = ()

    @property
    def genes(self) -> tuple[int, ...]:
        """The rows named, left to right."""
        return tuple(slot for slot in self.slots if slot is not None)


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits with what chance says of them.

    Attributes:
        found: the hits; for questions without ``?`` one hit of no rows.
        z, e_values, p_best: (h,) float64, or None where unknown.
        questions: how many random questions E and p_best rest on; 0 where unknown.
        rank_ab, rank_ba, percentile: see ``query.result.Hit``.
        notes: what the reader should know of the chances.
    """

    found: Found
    z: Floats | None = None
    e_values: Floats | None = None
    p_best: Floats | None = None
    questions: int = 0
    rank_ab: int | None = None
    rank_ba: int | None = None
    percentile: float | None = None
    notes: tuple[str, ...] = ()
