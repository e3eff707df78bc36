"""Public models and gene tables: what there is, where it comes from, and fetching it.

Everything fetched is checked: models against the SHA-256 known here (or, at another revision,
the one that the server announces), tables against what their server announces and by reading
them.
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
