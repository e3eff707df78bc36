"""What is written beside an index: how it was made, and how well it finds.

``pairs.faiss.json`` stands beside ``pairs.faiss``. An index without one (any that FAISS itself
wrote) works just as well; only its recall has to be measured before answers can name it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from gene_tui import files
from gene_tui.engines.pair_index_numbers import Matrix
from gene_tui.errors import FileError

SIDECAR_VERSION = 1
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The facts kept beside an index.

    Attributes:
        bytes: size of the index file described; a file of another size is another index.
        genes, dims: n and d of the rows whose pairs it holds.
        sum: it holds sums, not differences; None where that is not known.
        factory: FAISS's name for the kind of index, or "".
        fingerprint: of the vectors (``fingerprint``), or "".
        seed: of the training sample.
        recall: by nprobe ("" for an index without lists):
            {"recall", "k", "queries", "seed"}.
    """

    bytes: int = 0
    genes: int = 0
    dims: int = 0
    sum: bool | None = None
    factory: str = ""
    fingerprint: str = ""
    seed: int = 0
    recall: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def with_recall(self, nprobe: int | None, entry: Mapping[str, float]) -> Sidecar:
        """The same with one more measurement."""
        return replace(self, recall={**self.recall, str(nprobe or ""): dict(entry)})

    def recall_at(self, nprobe: int | None) -> float | None:
        """The recall measured with this nprobe; None if it was not."""
        entry = self.recall.get(str(nprobe or ""))
        return None if entry is None else float(entry["recall"])


def sidecar_path(index: Path) -> Path:
    """Where the sidecar of an index stands."""
    return index.with_name(f"{index.name}.json")


def read_sidecar(index: Path) -> Sidecar:
    """The sidecar of an index; an empty one where there is none, or for another file.

    Raises:
        FileError: it is damaged.
    """
    file = sidecar_path(index)
    try:
        if not file.exists():
            return Sidecar()
        data = json.loads(files.read(file, largest=_LARGEST, pipes=False))
    except (OSError, ValueError, RecursionError, FileError) as error:
        raise _damaged(file, error) from error
    try:
        found = _parse(data)
        # One of another size describes an index that stood here before.
        return found if found.bytes == index.stat().st_size else Sidecar()
    except FileNotFoundError:
        return Sidecar()
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _damaged(file, error) from error


def _parse(data: Any) -> Sidecar:
    if data["format_version"] != SIDECAR_VERSION:
        raise ValueError(f"format {data['format_version']}")
    recall = {}
    for nprobe, entry in data["recall"].items():
        recall[str(nprobe)] = {str(key): float(value) for key, value in entry.items()}
        if not 0.0 <= recall[str(nprobe)]["recall"] <= 1.0:
            raise ValueError("recall outside [0, 1]")
    if data["sum"] not in (True, False, None):
        raise ValueError("sum")
    return Sidecar(
        bytes=int(data["bytes"]),
        genes=int(data["genes"]),
        dims=int(data["dims"]),
        sum=data["sum"],
        factory=str(data["factory"]),
        fingerprint=str(data["fingerprint"]),
        seed=int(data["seed"]),
        recall=recall,
    )


def write_sidecar(index: Path, sidecar: Sidecar) -> None:
    """Write the sidecar of an index.

    Raises:
        FileError: it cannot be written.
    """
    data = {
        "format_version": SIDECAR_VERSION,
        "bytes": sidecar.bytes,
        "genes": sidecar.genes,
        "dims": sidecar.dims,
        "sum": sidecar.sum,
        "factory": sidecar.factory,
        "fingerprint": sidecar.fingerprint,
        "seed": sidecar.seed,
        "recall": {nprobe: dict(entry) for nprobe, entry in sidecar.recall.items()},
    }
    files.write_json(sidecar_path(index), data)


def fingerprint(vectors: Matrix) -> str:
    """Names (n, d) float32 vectors by shape and content; reads them in blocks."""
    n, d = vectors.shape
    digest = hashlib.sha256(f"{n} x {d} float32".encode())
    for start in range(0, n, 4096):
        digest.update(np.ascontiguousarray(vectors[start : start + 4096], dtype="<f4").data)
    return digest.hexdigest()[:32]


def _damaged(file: Path, error: Exception) -> FileError:
    detail = str(error).splitlines()[0] if str(error) else type(error).__name__
    return FileError(
        f"{file} cannot be read as an index's notes ({detail})",
        "delete it: the index works without, its recall can be measured again",
    )
