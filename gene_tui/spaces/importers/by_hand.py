"""What the user says of a table's columns, so that nothing need be guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
