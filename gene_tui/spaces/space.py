"""An open embedding space: immutable, memory-mapped, cheap to open.

On disk a space is a folder a person can read::

    manifest.json   format version, name, n, d, source and hash, what was dropped, how to re-make
    vectors.npy     (n, d) float32, C order, as imported
    genes.tsv       one line a gene: label, id, symbol, name, type, … (genes/table.py)
    index/          byte offsets of those lines and the sorted names (genes/names.py)
    derived/        arrays computed once per space (derived.py)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui.errors import FileError, UsageError
from gene_tui.genes.gene import Gene
from gene_tui.genes.names import NameIndex
from gene_tui.genes.table import GeneTable
from gene_tui.spaces.derived import DerivedStore

FORMAT_VERSION = 1
#: Past this many rows, whatever costs n² is sampled or skipped, and the space says so.
LARGE = 50_000

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``manifest.json`` says.

    Attributes:
        name: the space's name.
        genes, dims: n and d.
        fingerprint: hash of the labels and the vectors; names the space's content.
        labels: what the labels are: "ensembl", "symbol" or "word".
        source: {"path", "sha256", "bytes", "format"} of the main source file.
        dropped: [{"reason", "count", "examples"}], rows of the source that are not in the
            space.
        notes: what the import had to say.
        remake: the command that makes this space again.
        created: ISO time.
        demo: the built-in space, constructed from annotations, not measured.
    """

    name: str
    genes: int
    dims: int
    fingerprint: str
    labels: str = "word"
    source: Mapping[str, Any] = field(default_factory=dict)
    dropped: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    remake: str = ""
    created: str = ""
    demo: bool = False
    format_version: int = FORMAT_VERSION

    def to_json(self) -> dict[str, Any]:
        """As written to the file."""
        return {
            "format_version": self.format_version,
            "name": self.name,
            "genes": self.genes,
            "dims": self.dims,
            "fingerprint": self.fingerprint,
            "labels": self.labels,
            "demo": self.demo,
            "source": dict(self.source),
            "dropped": [dict(entry) for entry in self.dropped],
            "notes": list(self.notes),
            "remake": self.remake,
            "created": self.created,
        }

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a space folder.

        Raises:
            FileError: there is none, or it is not one of ours.
        """
        file = folder / "manifest.json"
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            version = data["format_version"]
            if version != FORMAT_VERSION:
                raise FileError(
                    f"{folder} is a space of format {version}, this program reads {FORMAT_VERSION}",
                    "import its source again, or install the matching gene-tui",
                )
            known = {key: data[key] for key in cls.__dataclass_fields__ if key in data}
            known["dropped"] = tuple(known.get("dropped", ()))
            known["notes"] = tuple(known.get("notes", ()))
            manifest = cls(**known)
            if manifest.genes < 1 or manifest.dims < 1:
                raise ValueError("no genes")
        except FileNotFoundError:
            raise FileError(
                f"{folder} is not a space folder: it has no manifest.json",
                "gene-tui spaces lists the spaces there are; gene-tui import makes one",
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FileError(
                f"{file} cannot be read as a space's manifest ({error})", "import the space again"
            ) from error
        return manifest


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
    """

    folder: Path
    manifest: Manifest
    vectors: Matrix
    table: GeneTable
    names: NameIndex
    view: View = View()

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

    def column(self, field_name: str) -> list[str]:
        """One field of all n genes (``type``, ``symbol`` …), as text."""
        return self.table.column(field_name)[: self.n]

    @cached_property
    def derived(self) -> DerivedStore:
        """Arrays computed once for exactly this view of this space."""
        return DerivedStore.of(self.folder, self.fingerprint, own=not self.view.key)

    def with_view(self, view: View) -> Space:
        """The same space seen otherwise. Transforms are applied to the vectors as stored.

        Raises:
            UsageError: the view asks for no rows, or for more components than there are.
        """
        if self.view.key:
            raise UsageError("a view of a view is not supported", "open the space again")
        vectors = transform(self.vectors, view)
        return Space(self.folder, self.manifest, vectors, self.table, self.names, view)


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
        raise UsageError(f"--drop-components takes 0 to {d - 1} in this space", "")
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
