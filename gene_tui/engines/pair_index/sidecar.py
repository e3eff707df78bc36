"""What is written beside an index, and whether an index belongs to a space."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui import files
from gene_tui.arrays import Matrix, Rows
from gene_tui.engines.pair_index.file import IndexInfo, faiss
from gene_tui.engines.pair_index.plan import offsets, pairs_of, rows_of, unit
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


#: Vectors that are read back and compared.
SAMPLE = 256
#: Uncompressed vectors must agree to this cosine.
_SAME = 0.999
#: Compressed ones must agree, as a group, by this share of the way from chance to identity.
_SHARE = 0.2

_HINT = "open it with the space it was built from, or build one: gene-tui index build"


@dataclass(frozen=True, slots=True)
class Fit:
    """How an index fits a space.

    Attributes:
        n: rows whose pairs it holds. sum: it holds sums. notes: what the reader should know.
    """

    n: int
    sum: bool
    notes: tuple[str, ...] = ()


def check_fit(index: Any, info: IndexInfo, sidecar: Sidecar, vectors: Matrix) -> Fit:
    """Check an open index against a space's rows before it is used.

    Raises:
        FileError: dimension, count, or the sample's vectors are not this space's.
    """
    rows, d = vectors.shape
    if info.d != d:
        raise FileError(f"{info.path} has {info.d} dimensions, the space has {d}", _HINT)
    n = rows_of(info.ntotal)
    if n is None:
        raise FileError(
            f"{info.path} holds {info.ntotal:,} vectors, not n(n-1)/2 of any number of genes",
            _HINT,
        )
    if n > rows:
        raise FileError(
            f"{info.path} holds the pairs of {n:,} genes, the space has {rows:,}", _HINT
        )
    first = vectors[:n]
    if sidecar.fingerprint and sidecar.fingerprint != fingerprint(first):
        raise FileError(f"{info.path} was built from other vectors than this space's", _HINT)
    sums = _check_sample(index, info, sidecar.sum, first)
    notes = (f"the index covers the first {n:,} of {rows:,} genes",) if n < rows else ()
    return Fit(n, sums, notes)


def _check_sample(index: Any, info: IndexInfo, sum: bool | None, vectors: Matrix) -> bool:
    """Compare stored vectors with the space's own; whether they are sums."""
    numbers, stored = _sample(index, info)
    if ((numbers < 0) | (numbers >= info.ntotal)).any():
        raise FileError(f"{info.path} is damaged: its lists name vectors it does not have", _HINT)
    if np.unique(numbers).size < numbers.size or not np.isfinite(stored).all():
        raise FileError(f"{info.path} is damaged: it repeats vectors, or holds NaN", _HINT)
    i, j = pairs_of(numbers, vectors.shape[0])
    exact = info.code_size == 4 * info.d
    for kind in (False, True) if sum is None else (sum,):
        own = unit(offsets(vectors, i, j, sum=kind))
        if _agree(stored, own, exact):
            return kind
    raise FileError(
        f"{info.path} does not hold this space's pairs: vectors read from it differ from "
        "the genes' own offsets",
        _HINT,
    )


def _agree(stored: Matrix, own: npt.NDArray[np.float64], exact: bool) -> bool:
    directed = own.any(axis=1)
    if not directed.any():
        return not stored.any()
    kept, own = unit(stored[directed].astype(np.float64)), own[directed]
    cosines = (kept * own).sum(axis=1)
    if exact:
        lengths = np.linalg.norm(stored[directed], axis=1)
        return bool(cosines.min() > _SAME and np.abs(lengths - 1).max() < 1e-2)
    # Codes are coarse, and sums resemble each other: what counts is how much closer a vector
    # is to its own pair's than to another pair's.
    chance = float((kept * np.roll(own, len(own) // 2, axis=0)).sum(axis=1).mean())
    if len(own) < 16 or chance > 1 - 1e-6:
        return bool(cosines.mean() > 0.5)
    return bool(cosines.mean() - chance > _SHARE * (1 - chance))


def _sample(index: Any, info: IndexInfo) -> tuple[Rows, Matrix]:
    """Some vectors of the file, and the numbers they have there: (m,), (m, d).

    Read from the lists' codes one by one, so that a mapped index stays on disk.
    """
    rng = np.random.default_rng(0)
    wanted = min(SAMPLE, info.ntotal)
    places = np.unique(rng.integers(0, info.ntotal, wanted))
    if not info.nlist:
        rows = np.stack([index.reconstruct(int(place)) for place in places])
        return places, rows.astype(np.float32)
    lists = index.invlists
    ends = np.cumsum([lists.list_size(number) for number in range(info.nlist)])
    numbers = np.empty(places.size, dtype=np.int64)
    width = index.coarse_code_size()
    codes = np.empty((places.size, width + info.code_size), dtype=np.uint8)
    for m, place in enumerate(places.tolist()):
        number = int(np.searchsorted(ends, place, side="right"))
        at = place - int(ends[number]) + lists.list_size(number)
        numbers[m] = lists.get_single_id(number, at)
        codes[m, :width] = np.frombuffer(number.to_bytes(width, "little"), dtype=np.uint8)
        pointer = lists.get_single_code(number, at)
        codes[m, width:] = faiss().rev_swig_ptr(pointer, info.code_size)
    return numbers, np.asarray(index.sa_decode(codes), dtype=np.float32)
