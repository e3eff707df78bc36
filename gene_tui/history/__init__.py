"""What was asked and answered, on disk: so that going back needs no recomputing."""

from __future__ import annotations

from gene_tui.history.entry import Entry
from gene_tui.history.store import LIMIT, History

__all__ = ["LIMIT", "Entry", "History"]
