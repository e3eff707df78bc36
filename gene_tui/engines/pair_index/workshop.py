"""The half-built state of an index: a folder beside it that survives anything but deletion.

pairs.faiss.partial/
    plan.json      what is built from which vectors; another build does not mix with it
    state.json     stage and pairs done, written after the pairs are
    trained.faiss  the trained index without vectors
    lists.i32      list number of every pair
    pairs.faiss    the index itself, at its full size from the start
    lock           held while a process works here
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from gene_tui.arrays import Matrix
from gene_tui.engines.pair_index.plan import Budget, IndexPlan
from gene_tui.errors import FileError, UsageError
from gene_tui.files import write_json
from gene_tui.run import Run

#: At most this often the disk is asked to keep what was written.
CHECKPOINT_SECONDS = 3.0
STAGES = ("lists", "codes")
_OURS = (
    "plan.json",
    "state.json",
    "trained.faiss",
    "trained.new",
    "lists.i32",
    "pairs.faiss",
    "lock",
)


@dataclass(slots=True)
class Workshop:
    """An open partial folder. Make it with ``open_workshop``.

    Attributes:
        folder: where it stands.
        stage: "lists" or "codes". done: pairs of the stage that are finished.
    """

    folder: Path
    stage: str = "lists"
    done: int = 0
    _saved: float = 0.0

    @property
    def trained(self) -> Path:
        """The trained index."""
        return self.folder / "trained.faiss"

    @property
    def lists(self) -> Path:
        """The pairs' list numbers, int32."""
        return self.folder / "lists.i32"

    @property
    def index(self) -> Path:
        """The index in the making."""
        return self.folder / "pairs.faiss"

    def advance(self, stage: str, done: int, file: BinaryIO, *, now: bool = False) -> None:
        """Remember that ``done`` pairs of a stage are in ``file``; from time to time, or now."""
        self.stage, self.done = stage, done
        if now or time.monotonic() - self._saved > CHECKPOINT_SECONDS:
            os.fsync(file.fileno())  # first the pairs, then the word that they are there
            write_json(self.folder / "state.json", {"stage": stage, "done": done})
            self._saved = time.monotonic()

    def written(self) -> int:
        """Bytes on disk already."""
        return sum(file.stat().st_blocks * 512 for file in self.folder.iterdir())

    def read_lists(self, start: int, end: int) -> npt.NDArray[np.int32]:
        """List numbers of pairs start to end."""
        return np.fromfile(self.lists, dtype=np.int32, count=end - start, offset=4 * start)


@contextlib.contextmanager
def open_workshop(path: Path, plan: Mapping[str, Any]) -> Iterator[Workshop]:
    """The partial folder of an index to come at ``path``, new or as an earlier build left it.

    Raises:
        FileError: it holds another build's work, or is damaged, or cannot be made.
        UsageError: another process works in it.
    """
    import fcntl

    folder = path.with_name(f"{path.name}.partial")
    try:
        folder.mkdir(exist_ok=True)
        lock = (folder / "lock").open("wb")
    except OSError as error:
        raise FileError(f"{folder} cannot be made: {error.strerror}", "check --out") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(
                f"{path} is being built by another process", "wait for it, or stop it"
            ) from None
        shop = _enter(folder, dict(plan))
        try:
            yield shop
        except BaseException:
            if not shop.trained.exists():
                close_down(shop)  # nothing worth going on with
            raise


def _enter(folder: Path, plan: dict[str, Any]) -> Workshop:
    shop, file, state_file = Workshop(folder), folder / "plan.json", folder / "state.json"
    hint = f"delete {folder} to start over, or choose another --out"
    try:
        if not file.exists():
            write_json(file, plan)
            return shop
        known = json.loads(file.read_text(encoding="utf-8"))
        if known != plan:
            begun = shop.trained.exists() or state_file.exists()
            if begun or set(known) != set(plan):
                raise FileError(
                    f"{folder} holds a half-built index of other vectors or options", hint
                )
            write_json(file, plan)  # killed before anything was done
        if not state_file.exists():
            return shop
        state = json.loads(state_file.read_text(encoding="utf-8"))
        stage, done = state["stage"], state["done"]
        if stage not in STAGES or type(done) is not int or not 0 <= done <= plan["pairs"]:
            raise ValueError(f"stage {stage}, {done} pairs")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileError(f"{folder} is damaged ({error})", hint) from error
    return Workshop(folder, stage, done)


@dataclass(frozen=True, slots=True)
class BuildJob:
    """What every step of a build needs.

    Attributes:
        vectors: the (n, d) float32 rows whose pairs are indexed. sum: by their sums.
    """

    vectors: Matrix
    plan: IndexPlan
    budget: Budget
    sum: bool
    shop: Workshop
    run: Run


def open_for_update(path: Path) -> BinaryIO:
    """A file to write into at any place, made where it does not exist."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    return os.fdopen(descriptor, "r+b", buffering=0)


def write_at(file: BinaryIO, data: npt.NDArray[Any], offset: int) -> None:
    """Write all of an array, however many writes the system makes of it."""
    rest = np.ascontiguousarray(data).reshape(-1).view(np.uint8).data
    while rest:
        count = os.pwrite(file.fileno(), rest, offset)
        rest, offset = rest[count:], offset + count


def close_down(workshop: Workshop) -> None:
    """Remove the folder; the index has left it."""
    # Only what was made here: the folder may have held other files before.
    for name in _OURS:
        with contextlib.suppress(OSError):
            (workshop.folder / name).unlink()
    with contextlib.suppress(OSError):
        workshop.folder.rmdir()
