"""? : ? over a whole space: a long job, spread over processes or machines, that can go on later."""

from __future__ import annotations

from gene_tui.scan.checkpoint import ScanPlan
from gene_tui.scan.cluster import Scheduler
from gene_tui.scan.run import Scan, scan
from gene_tui.scan.table import read_table, write_table

__all__ = ["Scan", "ScanPlan", "Scheduler", "read_table", "scan", "write_table"]
