"""Which rows of two spaces are the same gene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Rows
from gene_tui.spaces.space import Space


@dataclass(frozen=True, eq=False, slots=True)
class SharedGenes:
    """The genes that two spaces have in common.

    Attributes:
        rows_a: (m,) rows of the first space, ascending. rows_b: theirs in the second.
        by_id, by_symbol, by_label: how many were matched by what.
        unclear: genes of the first space that go by a name the second knows, too, but that
            are not matched: the name means several genes, or the Ensembl IDs differ.
        only_a, only_b: how many genes just one space has, the unclear ones among them.
    """

    rows_a: Rows
    rows_b: Rows
    by_id: int
    by_symbol: int
    by_label: int
    unclear: int
    only_a: int
    only_b: int

    def __len__(self) -> int:
        return len(self.rows_a)

    def subset(self, keep: npt.NDArray[np.bool_]) -> tuple[Rows, Rows]:
        """The rows of those marked, in both spaces."""
        return self.rows_a[keep], self.rows_b[keep]


def shared_genes(a: Space, b: Space) -> SharedGenes:
    """Match the genes of two spaces: by Ensembl ID, else by symbol, else by label.

    Where a gene has no symbol its label stands for it, so that a space labelled by symbols
    meets an annotated one. A name that means several genes in either space matches nothing,
    and neither do genes with different Ensembl IDs.
    """
    ids = a.column("id"), b.column("id")
    labels = a.column("label"), b.column("label")
    names = tuple(
        [symbol or label for symbol, label in zip(space.column("symbol"), own, strict=True)]
        for space, own in zip((a, b), labels, strict=True)
    )
    partner = np.full(a.n, -1, dtype=np.int64)
    taken = np.zeros(b.n, dtype=np.bool_)
    unclear: set[int] = set()
    counts = []
    for keys_a, keys_b in (ids, names, labels):
        known_a, known_b = _rows_by_key(keys_a), _rows_by_key(keys_b)
        matched = 0
        for key, rows in known_a.items():
            others = known_b.get(key)
            if others is None:
                continue
            row, other = rows[0], others[0]
            clear = len(rows) == 1 and len(others) == 1
            if not clear or (ids[0][row] and ids[1][other] and ids[0][row] != ids[1][other]):
                unclear.update(rows)
            elif partner[row] < 0 and not taken[other]:
                partner[row] = other
                taken[other] = True
                matched += 1
        counts.append(matched)
    rows_a = np.flatnonzero(partner >= 0)
    return SharedGenes(
        rows_a=rows_a,
        rows_b=partner[rows_a],
        by_id=counts[0],
        by_symbol=counts[1],
        by_label=counts[2],
        unclear=int(sum(partner[row] < 0 for row in unclear)),
        only_a=a.n - len(rows_a),
        only_b=b.n - len(rows_a),
    )


def _rows_by_key(keys: Sequence[str]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        if key:
            rows.setdefault(key, []).append(row)
    return rows
