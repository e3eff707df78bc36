"""Which rows of a source become genes of a space: one stated rule, every exception counted.

A row is dropped, in this order of reasons, when it has no label, is a model's special token,
holds NaN or an infinity, is all zero (no direction, and a model's mark for "never seen"), or
repeats the label of an earlier row (the first one is kept).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gene_tui.spaces.source import Block

SPECIAL_TOKENS = frozenset(
    {"<pad>", "<mask>", "<cls>", "<eos>", "<unk>", "<bos>", "<sep>", "<eoc>"}
)
#: No label is quoted at greater length.
_LONGEST = 1000
#: How many labels of each reason the manifest names.
EXAMPLES = 20

NO_LABEL = "no label"
SPECIAL = "special token"
NOT_FINITE = "NaN or infinite values"
ALL_ZERO = "all zero"
DUPLICATE = "label repeated, first row kept"


class Cleaner:
    """Keeps the rows a space can use, and notes which were dropped and why.

    Memory grows with the number of labels, not with the vectors.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._counts: dict[str, int] = {}
        self._examples: dict[str, list[str]] = {}

    def keep(self, block: Block) -> Block:
        """The rows of ``block`` that stay, in order."""
        vectors = np.ascontiguousarray(block.vectors, dtype=np.float32)
        finite = np.all(np.isfinite(vectors), axis=1)
        nonzero = np.any(vectors != 0, axis=1)
        chosen: list[int] = []
        for row, label in enumerate(block.labels):
            reason = self._reason(label, bool(finite[row]), bool(nonzero[row]))
            if reason is None:
                self._seen.add(label)
                chosen.append(row)
            else:
                self.drop(reason, label)
        if len(chosen) == len(block.labels):
            return Block(block.labels, vectors, block.columns)
        labels = [block.labels[row] for row in chosen]
        columns = {name: [col[row] for row in chosen] for name, col in block.columns.items()}
        return Block(labels, vectors[chosen], columns)

    @property
    def dropped(self) -> tuple[Mapping[str, Any], ...]:
        """[{"reason", "count", "examples"}] in order of first appearance."""
        return tuple(
            {"reason": reason, "count": count, "examples": self._examples[reason]}
            for reason, count in self._counts.items()
        )

    def _reason(self, label: str, finite: bool, nonzero: bool) -> str | None:
        if not label.strip():
            return NO_LABEL
        if label.lower() in SPECIAL_TOKENS:
            return SPECIAL
        if not finite:
            return NOT_FINITE
        if not nonzero:
            return ALL_ZERO
        return DUPLICATE if label in self._seen else None

    def drop(self, reason: str, label: str) -> None:
        """Count an entry of the source that is no row of it."""
        self._counts[reason] = self._counts.get(reason, 0) + 1
        examples = self._examples.setdefault(reason, [])
        if len(examples) < EXAMPLES:
            examples.append(label[:_LONGEST])


def summary(dropped: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line a reason, for the screen."""
    lines = []
    for entry in dropped:
        names = [name for name in entry["examples"] if name]
        shown = ", ".join(names[:5]) + (" …" if entry["count"] > 5 else "")
        rows = "row" if entry["count"] == 1 else "rows"
        tail = f": {shown}" if names else ""
        lines.append(f"{entry['count']:,} {rows} dropped ({entry['reason']}){tail}")
    return lines
