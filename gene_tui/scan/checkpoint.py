"""What a scan has found so far, on disk: so that a killed one goes on where it was."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gene_tui import files
from gene_tui.engines.analogy.best import Best, check_k
from gene_tui.engines.analogy.whole_space import Part, parts_of
from gene_tui.errors import FileError, UsageError
from gene_tui.model.options import DEFAULT_CAP

FILE = "checkpoint.npz"
#: No checkpoint is larger: it holds the best hits and a mark a part.
_LARGEST = 256 << 20
#: Raise it when parts or scores change their meaning.
VERSION = 2


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """What is scanned, and how it is cut. Two scans of the same plan are the same scan.

    Attributes:
        fingerprint: names exactly the rows searched.
        n: their number.
        k: analogies wanted.
        cap: analogies whose A·C or B·D cosine exceeds it are left out; None for no cap.
        side: genes on a side of a part; None for the usual number.
    """

    fingerprint: str
    n: int
    k: int = 1000
    cap: float | None = DEFAULT_CAP
    side: int | None = None

    def __post_init__(self) -> None:
        check_k(self.k)
        if self.cap is not None and not -1 <= self.cap <= 1:
            raise UsageError(f"the cap is {self.cap}", "a cosine between -1 and 1")

    def parts(self) -> list[Part]:
        """The parts, in order."""
        return parts_of(self.n, self.side)


class Checkpoint:
    """The best hits so far and the parts they come from, kept in a file.

    Attributes:
        plan: what is scanned.
        best: hits of four rows.
        done: (parts,) bool.
    """

    def __init__(self, plan: ScanPlan, folder: Path | None) -> None:
        """Begin, or go on with what the folder holds.

        Raises:
            UsageError: the folder holds another scan. FileError: it cannot be read or written.
        """
        self.plan = plan
        self.parts = plan.parts()
        self.best = Best(plan.k, 4)
        self.done: npt.NDArray[np.bool_] = np.zeros(len(self.parts), dtype=np.bool_)
        self._file = None if folder is None else folder / FILE
        if folder is not None:
            with _disk_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
            self._load()
            # An unwritable folder is found out now, not after the first hour.
            self.save()

    @property
    def work(self) -> tuple[int, int]:
        """Pairs A, B done, and all there are."""
        sizes = np.array([part.pairs for part in self.parts] or [0])
        return int(sizes[: len(self.done)][self.done].sum()), int(sizes.sum())

    def save(self) -> None:
        """Replace the file; a crash leaves the old one."""
        if self._file is None:
            return
        rows, scores = self.best.hits()
        with files.replacing(self._file) as handle:
            np.savez(
                handle,
                plan=np.array(json.dumps(asdict(self.plan) | {"version": VERSION})),
                done=self.done,
                rows=rows,
                scores=scores,
            )

    def _load(self) -> None:
        assert self._file is not None
        if not self._file.exists():
            return
        try:
            body = files.read(self._file, largest=_LARGEST, pipes=False)
            with np.load(io.BytesIO(body), allow_pickle=False) as stored:
                plan = json.loads(str(stored["plan"]))
                done, rows, scores = stored["done"], stored["rows"], stored["scores"]
            version = plan.pop("version")
            theirs = None if version != VERSION else ScanPlan(**plan)
        except Exception as error:
            raise FileError(
                f"{self._file} is not the checkpoint of a scan ({type(error).__name__})",
                "remove it to begin again, or choose another --out",
            ) from error
        if theirs is None:
            raise UsageError(
                f"{self._file.parent} holds a scan of another version of gene-tui, which cut "
                "the work in another way",
                "choose another --out, or remove that folder",
            )
        if theirs != self.plan:
            raise UsageError(
                f"{self._file.parent} holds another scan: {_difference(theirs, self.plan)}",
                "choose another --out, or remove that folder",
            )
        fits = done.shape == self.done.shape and done.dtype == np.bool_
        whole = rows.ndim == 2 and rows.shape == (len(scores), 4) and scores.ndim == 1
        whole = whole and rows.dtype == np.int64 and scores.dtype == np.float64
        if not fits or not whole or (rows.size and not 0 <= rows.min() <= rows.max() < theirs.n):
            raise FileError(f"{self._file} does not fit its own plan", "remove it to begin again")
        self.done = done
        self.best.offer(rows, scores)


def _difference(theirs: ScanPlan, ours: ScanPlan) -> str:
    """Where two plans differ, theirs first."""
    one, two = asdict(theirs), asdict(ours)
    names = {"fingerprint": "space", "n": "genes"}
    told = [
        f"{names.get(key, key)} {one[key]}, not {two[key]}" for key in one if one[key] != two[key]
    ]
    return "; ".join(told)


@contextlib.contextmanager
def _disk_errors(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(
            f"{place}: {error.strerror or error}", "choose a folder that can be written with --out"
        ) from error
