"""What an importer is told: which file, what the user says of it, and who listens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gene_tui.run import QUIET, Run


@dataclass(frozen=True, slots=True)
class ByHand:
    """What the user says of a table, so that it need not be guessed; "" where they do not.

    Attributes:
        labels_from: title of the column that names the rows, or its number from 1.
        genes_in: whether a gene is a row or a column.
        dims: pattern of the titles of the dimensions (``dim_*``: shell wildcards, case counts).
    """

    labels_from: str = ""
    genes_in: Literal["", "rows", "columns"] = ""
    dims: str = ""

    def options(self) -> list[tuple[str, str]]:
        """The command line's options and their values, those that are given."""
        pairs = {
            "--labels-from": self.labels_from,
            "--genes-in": self.genes_in,
            "--dims": self.dims,
        }
        return [(name, value) for name, value in pairs.items() if value]


#: Nothing is said by hand.
BY_ITSELF = ByHand()


@dataclass(frozen=True, slots=True)
class Reading:
    """One source to be read.

    Attributes:
        path: a file, or a folder where the format has such.
        key: which of several arrays, where the format can hold several; None to find it.
        labels: the file of row names, where the format keeps them apart; None to find it.
        hand: what the user says of a table's columns.
        run: told how far the reading is, asked whether to stop; also while blocks are read.
    """

    path: Path
    key: str | None = None
    labels: Path | None = None
    hand: ByHand = BY_ITSELF
    run: Run = QUIET
