"""Explore gene embedding spaces: nearest genes and exact analogies.

    >>> import gene_tui
    >>> session = gene_tui.open_space("atlas")
    >>> session.query("CD3D : CD19", k=1)
    <gene_tui.Result CD3D : CD19: 1 hit in atlas, first CD3G : PAX5 0.94...>
    >>> session.query("HBA1", k=5).to_frame()      # doctest: +SKIP

Everything heavy is imported when first used, so ``import gene_tui`` takes milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gene_tui import errors
from gene_tui.errors import GeneTuiError

if TYPE_CHECKING:
    from gene_tui.api import compare, enrich, evaluate, from_anndata, import_space, spaces
    from gene_tui.export.results import to_markdown
    from gene_tui.language.parser import parse
    from gene_tui.model.options import Options
    from gene_tui.model.query import Query
    from gene_tui.model.result import Hit, Member, Result
    from gene_tui.run import Run, progress_bar
    from gene_tui.session import Session, open_space

__version__ = "0.2.0"
__all__ = [
    "GeneTuiError",
    "Hit",
    "Member",
    "Options",
    "Query",
    "Result",
    "Run",
    "Session",
    "compare",
    "enrich",
    "errors",
    "evaluate",
    "from_anndata",
    "import_space",
    "open_space",
    "parse",
    "progress_bar",
    "spaces",
    "to_markdown",
]

_HOMES = {
    "Hit": "gene_tui.model.result",
    "Member": "gene_tui.model.result",
    "Options": "gene_tui.model.options",
    "Query": "gene_tui.model.query",
    "Result": "gene_tui.model.result",
    "Run": "gene_tui.run",
    "Session": "gene_tui.session",
    "from_anndata": "gene_tui.api",
    "import_space": "gene_tui.api",
    "open_space": "gene_tui.session",
    "parse": "gene_tui.language.parser",
    "progress_bar": "gene_tui.run",
    "to_markdown": "gene_tui.export.results",
}


#: Packages that are functions of the API too (``doors``).
_DOORS = ("compare", "enrich", "evaluate", "spaces")


def __getattr__(name: str) -> Any:
    if name in _DOORS:
        from importlib import import_module

        return import_module(f"gene_tui.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'gene_tui' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
