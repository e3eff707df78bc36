"""Where arrays computed once per space are kept, and how stale ones are told apart.

``derived/`` beside the vectors where that can be written, else (and for transformed or
truncated views) a folder of the user's cache. Every array is one ``.npy`` file, mapped when
read; its name carries the recipe's version. ``stamp.json``, written after the arrays, says of
which vectors they were made and what each sums to: an array that is not in the stamp, or does
not sum to what it says, is as good as not there, and is made again.

A space's folder may come from a stranger: nothing is deleted here, no link in it is followed
to write, and what it says names no folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from gene_tui import files, paths
from gene_tui.arrays import Array, mapped
from gene_tui.errors import FileError
from gene_tui.spaces.checked import Checked
from gene_tui.spaces.manifest import Manifest

_STAMP = "stamp.json"
_LARGEST_STAMP = 1 << 20


@dataclass(frozen=True, slots=True)
class DerivedStore:
    """The derived arrays of one view of one space.

    Attributes:
        folders: where to look, in order; the first that can be written takes new arrays.
        fingerprint: of the vectors the arrays belong to.
        space: the space's folder if the first of ``folders`` lies in it; arrays are only put
            there while it still holds the space that was opened.
        problems: why arrays could not be kept anywhere, the last one last.
    """

    folders: tuple[Path, ...]
    fingerprint: str
    space: Path | None = None
    problems: list[FileError] = field(default_factory=list)

    @classmethod
    def of(cls, space_folder: Path, fingerprint: str, *, own: bool) -> DerivedStore:
        """The store for a space; ``own`` allows the space's own folder (no view chosen)."""
        # The path counts too: another space may have the same fingerprint in its manifest.
        place = os.fsencode(os.path.realpath(space_folder)) + b"\0" + fingerprint.encode()
        cached = paths.derived_dir() / hashlib.sha256(place).hexdigest()[:32]
        if not own:
            return cls((cached,), fingerprint)
        return cls((space_folder / "derived", cached), fingerprint, space_folder)

    def get(
        self,
        name: str,
        *,
        shape: tuple[int, ...] | None = None,
        dtype: npt.DTypeLike | None = None,
        below: int | None = None,
    ) -> Array | None:
        """The array ``name`` (with its recipe's version, as "nearest-1"), mapped read-only.

        Args:
            shape: what it must be, -1 where any size will do; None for any.
            dtype: of its numbers; None for any.
            below: its numbers are rows, -1 for none, of a space that has so many.

        Returns:
            None if it was never made, is stale or damaged, or is not what it should be.
        """
        for folder in self.folders:
            told = self._stamped(folder).get(name)
            if told is None:
                continue
            with suppress(FileError):
                file = folder / f"{name}.npy"
                array = mapped(file, check=lambda handle: _check(folder, handle, name, told))  # noqa: B023
                if _fits(array, shape, dtype, below):
                    return array
        return None

    def put(self, arrays: Mapping[str, Array]) -> bool:
        """Keep arrays for the next time. False where nothing can be written.

        What cannot be kept can be computed again, so a full disk or a read-only home is no
        error here; ``problems`` says what was in the way.
        """
        problems = []
        for folder in self.folders:
            try:
                self._write(folder, arrays)
                return True
            except FileError as error:
                problems.append(error)
        self.problems.extend(problems)
        return False

    def bytes(self) -> int:
        """Size of all arrays kept for this view, in bytes."""
        total = 0
        for folder in self.folders:
            for name in self._stamped(folder):
                with suppress(OSError):
                    total += (folder / f"{name}.npy").stat().st_size
        return total

    def names(self) -> dict[str, bool]:
        """The arrays kept, and whether each is what the stamp says."""
        stamped = [name for folder in self.folders for name in self._stamped(folder)]
        return {name: self.get(name) is not None for name in dict.fromkeys(stamped)}

    def state(self) -> tuple[object, ...]:
        """Another one whenever arrays were put, by whomever; costs no reading."""
        found: list[object] = []
        for folder in self.folders:
            try:
                status = (folder / _STAMP).lstat()
                found.append((status.st_ino, status.st_mtime_ns, status.st_size))
            except OSError:
                found.append(None)
        return tuple(found)

    def _stamped(self, folder: Path) -> dict[str, str]:
        """The arrays that a folder's stamp names, and their sums; none if it is stale."""
        if not _own(folder):
            return {}
        try:
            stamp = json.loads(files.read(folder / _STAMP, largest=_LARGEST_STAMP, pipes=False))
        except (FileError, ValueError, RecursionError):
            return {}
        if not isinstance(stamp, dict) or stamp.get("fingerprint") != self.fingerprint:
            return {}
        arrays = stamp.get("arrays")
        if not isinstance(arrays, dict):  # written before sums were kept
            return {}
        return {name: told for name, told in arrays.items() if _is_name(name, told)}

    def _write(self, folder: Path, arrays: Mapping[str, Array]) -> None:
        if self.space is not None and folder.parent == self.space and self._is_replaced():
            raise FileError(f"{self.space} holds another space by now", "open it again")
        paths.ensure(folder)
        if not _own(folder):
            raise FileError(f"{folder} is a link, not a folder", "remove it")
        sums = {}
        for name, array in arrays.items():
            with files.replacing(folder / f"{name}.npy", follow=False) as handle:
                summing = _Summing(handle)
                np.lib.format.write_array(summing, np.asanyarray(array), (1, 0), False)
            sums[name] = summing.hasher.hexdigest()
        stamp = {"fingerprint": self.fingerprint, "arrays": self._stamped(folder) | sums}
        files.write(folder / _STAMP, json.dumps(stamp, indent=1) + "\n", follow=False)

    def _is_replaced(self) -> bool:
        assert self.space is not None
        try:
            return Manifest.read(self.space).fingerprint != self.fingerprint
        except FileError:
            return True


class _Summing:
    """Sums up what is written through it."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self.hasher = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.hasher.update(data)
        return self._handle.write(data)


def _own(folder: Path) -> bool:
    """Whether it is a folder itself: a link may lead anywhere."""
    try:
        return stat.S_ISDIR(folder.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _is_name(name: str, told: Any) -> bool:
    plain = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return plain and len(name) <= 100 and isinstance(told, str) and len(told) == 64


def _check(folder: Path, handle: BinaryIO, name: str, told: str) -> None:
    if Checked.of(folder).sum(handle, name) != told:
        raise ValueError("it is not what its stamp says")


def _fits(
    array: Array, shape: tuple[int, ...] | None, dtype: npt.DTypeLike | None, below: int | None
) -> bool:
    if shape is not None:
        if array.ndim != len(shape):
            return False
        if any(-1 != wanted != there for wanted, there in zip(shape, array.shape, strict=True)):
            return False
    if dtype is not None and array.dtype != np.dtype(dtype):
        return False
    if below is None or not array.size:
        return True
    return bool(array.dtype.kind == "i" and array.min() >= -1 and array.max() < below)
