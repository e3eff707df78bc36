"""Which random questions were wanted but not asked yet, and how answers say so."""

from __future__ import annotations

import threading

from gene_tui.arrays import Rows
from gene_tui.model.options import CODING, Measure, Metric, Options
from gene_tui.model.query import Kind
from gene_tui.spaces.space import Space

LIMITED = '"1 in" is known for answers without limits only'

Entry = tuple[Kind, Measure, Metric, Rows | None]


class Wanted:
    """Kinds of random questions that an answer would have needed; ``prepare`` asks them."""

    def __init__(self) -> None:
        self._entries: dict[tuple[Kind, Measure, Metric, bool], Entry] = {}
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, kind: Kind, measure: Measure, metric: Metric, among: Rows | None) -> None:
        """Remember that one is wanted.

        Args:
            among: rows that ask and answer; None for all.
        """
        with self._lock:
            self._entries[kind, measure, metric, among is None] = (kind, measure, metric, among)

    def take(self, *kinds: Kind) -> list[Entry]:
        """Those of some kinds, which are then no longer remembered."""
        with self._lock:
            taken = [entry for entry in self._entries.values() if entry[0] in kinds]
            self._entries = {
                key: entry for key, entry in self._entries.items() if entry[0] not in kinds
            }
        return taken


def is_limited(options: Options) -> bool:
    """Whether an answer is narrowed down in a way that random questions are not."""
    if options.cap is not None or options.per_gene or options.within is not None:
        return True
    return options.type != CODING and (options.type is not None or options.candidates is not None)


def not_known(options: Options, space: Space) -> str:
    """What an answer says whose random questions were not asked yet."""
    if space.view.key:
        return '"1 in" is not known yet of this part or transform of the space; the app finds it'
    coding = f" --type {CODING}" if options.type else ""
    return f'"1 in" is not known yet: gene-tui derive SPACE{coding} finds it; the app, meanwhile'
