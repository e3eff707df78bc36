"""Public models and gene tables: what there is, where it comes from, and fetching it.

Everything fetched is checked: files that never change against the sum known here (models at
another revision against the one that the server announces), others against what their server
announces and by reading them.
"""

from __future__ import annotations

from gene_tui.hub.fetch import FetchPlan, Planned, fetch, import_model, plan
from gene_tui.hub.sources import PRODUCTS, REVISION, TABLES, Product, RemoteFile

__all__ = [
    "PRODUCTS",
    "REVISION",
    "TABLES",
    "FetchPlan",
    "Planned",
    "Product",
    "RemoteFile",
    "fetch",
    "import_model",
    "plan",
]
