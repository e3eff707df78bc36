"""An open embedding space: immutable, memory-mapped, cheap to open.

On disk a space is a folder a person can read::

    manifest.json   format version, name, n, d, source and hash, what was dropped, how to re-make
    vectors.npy     (n, d) float32, C order, as imported
    genes.tsv       one line a gene: label, id, symbol, name, type, … (genes/table.py)
    index/          byte offsets of those lines and the sorted names (genes/names.py)
    derived/        arrays computed once per space (derived.py)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from gene_tui.arrays import Matrix, Rows
from gene_tui.errors import UsageError
from gene_tui.genes.names import NameIndex
from gene_tui.genes.table import GeneTable
from gene_tui.model.gene import Gene
from gene_tui.spaces.derived import DerivedStore
from gene_tui.spaces.manifest import Manifest

#: Past this many rows, whatever costs n² is sampled or skipped, and the space says so.
LARGE = 50_000


@dataclass(frozen=True, slots=True)
class View:
    """A choice made when opening: the first rows only, and transforms in this fixed order.

    Attributes:
        truncate: keep the first N rows; None for all.
        center: subtract the mean row.
        drop: remove the first M principal components (of the centred rows).
        unit: scale every row to length 1.
    """

    truncate: int | None = None
    center: bool = False
    drop: int = 0
    unit: bool = False

    @property
    def transforms(self) -> tuple[str, ...]:
        """What was done to the vectors, in the order applied, for answers to record."""
        done = []
        if self.center:
            done.append("center")
        if self.drop:
            done.append(f"drop-components {self.drop}")
        if self.unit:
            done.append("unit")
        return tuple(done)

    @property
    def key(self) -> str:
        """Names the view in file names; "" for the space as it is."""
        parts = [f"first{self.truncate}"] if self.truncate else []
        return "-".join([*parts, *(text.replace(" ", "") for text in self.transforms)])


@dataclass(frozen=True, eq=False)
class Space:
    """One embedding space, open. Make it with ``store.open_folder`` and ``view``.

    Attributes:
        folder: the space folder.
        manifest: what the folder says of itself (of all rows, before any view).
        vectors: (n, d) float32, C order, read-only; mapped unless a transform was chosen.
        view: what was chosen when opening.
        table: the genes' records.
        names: every name that finds a row.
        whole: the space as stored, of which this is a view; None where this is it.
    """

    folder: Path
    manifest: Manifest
    vectors: Matrix
    table: GeneTable
    names: NameIndex
    view: View = View()
    whole: Space | None = None

    @property
    def name(self) -> str:
        """The space's name."""
        return self.manifest.name

    @property
    def n(self) -> int:
        """Number of rows (of the view)."""
        return int(self.vectors.shape[0])

    @property
    def d(self) -> int:
        """Number of dimensions."""
        return int(self.vectors.shape[1])

    @property
    def fingerprint(self) -> str:
        """Names exactly what is searched: content and view."""
        key = self.view.key
        return f"{self.manifest.fingerprint}-{key}" if key else self.manifest.fingerprint

    def gene(self, row: int) -> Gene:
        """The record of one row."""
        return self.table.gene(row)

    def genes(self, rows: Rows) -> list[Gene]:
        """The records of some rows, (m,)."""
        return self.table.genes(rows)

    def column(self, field_name: str) -> list[str]:
        """One field of all n genes (``type``, ``symbol`` …), as text."""
        return self.table.column(field_name)[: self.n]

    @cached_property
    def derived(self) -> DerivedStore:
        """Arrays computed once for exactly this view of this space."""
        return DerivedStore.of(self.folder, self.fingerprint, own=not self.view.key)

    def with_view(self, view: View) -> Space:
        """The space as stored, seen otherwise than here.

        Raises:
            UsageError: the view asks for no rows, or for more components than there are.
        """
        # From the arrays as they were opened: the folder may hold another space by now.
        whole = self.whole or self
        vectors = transform(whole.vectors, view)
        return Space(self.folder, self.manifest, vectors, self.table, self.names, view, whole)


def transform(vectors: Matrix, view: View) -> Matrix:
    """Apply a view to (n, d) float32 vectors; without transforms the mapped rows themselves.

    The first principal components are those of the centred rows (Mu & Viswanath 2018,
    "All-but-the-top"); removing them without ``center`` keeps the mean's remainder.

    Raises:
        UsageError: fewer than one row or more components than dimensions are asked for.
    """
    _n, d = vectors.shape
    if view.truncate is not None:
        if view.truncate < 1:
            raise UsageError("--truncate needs at least 1 row")
        vectors = vectors[: view.truncate]
    if view.drop < 0 or view.drop >= d:
        raise UsageError(
            f"--drop-components takes 0 to {d - 1} in a space of {d} dimensions", "drop fewer"
        )
    if not view.transforms:
        return vectors
    work = np.array(vectors, dtype=np.float64)
    mean = work.mean(axis=0)
    if view.drop:
        centred = work - mean
        _, basis = np.linalg.eigh(centred.T @ centred)
        top = basis[:, ::-1][:, : view.drop]
        if view.center:
            work = centred
        work -= (work @ top) @ top.T
    elif view.center:
        work -= mean
    if view.unit:
        lengths = np.linalg.norm(work, axis=1)
        lengths[lengths == 0] = 1.0
        work /= lengths[:, None]
    result = np.ascontiguousarray(work, dtype=np.float32)
    result.flags.writeable = False
    return result
