"""Where arrays computed once per space are kept, and how stale ones are told apart.

``derived/`` beside the vectors where that can be written, else (and for transformed or
truncated views) a folder of the user's cache named after the fingerprint. Every array is one
``.npy`` file, written beside and renamed, and mapped when read. Its file name carries the
recipe's version, ``stamp.json`` the fingerprint of the vectors it was made from: a folder
stamped otherwise is stale and is emptied before anything is put into it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gene_tui import files, paths
from gene_tui.errors import FileError

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class DerivedStore:
    """The derived arrays of one view of one space.

    Attributes:
        folders: where to look, in order; the first that can be written takes new arrays.
        fingerprint: of the vectors the arrays belong to.
    """

    folders: tuple[Path, ...]
    fingerprint: str

    @classmethod
    def of(cls, space_folder: Path, fingerprint: str, *, own: bool) -> DerivedStore:
        """The store for a space; ``own`` allows the space's own folder (no view chosen)."""
        cached = paths.derived_dir() / fingerprint
        folders = (space_folder / "derived", cached) if own else (cached,)
        return cls(folders, fingerprint)

    def get(self, name: str) -> Array | None:
        """The array ``name`` (with its recipe's version, as "nearest-1"), mapped read-only.

        None if it was never made, is stale, or its file is damaged.
        """
        for folder in self.folders:
            file = folder / f"{name}.npy"
            if file.is_file() and self._fresh(folder):
                with contextlib.suppress(OSError, ValueError):
                    array: Array = np.load(file, mmap_mode="r", allow_pickle=False)
                    return array
        return None

    def put(self, arrays: Mapping[str, Array]) -> bool:
        """Keep arrays for the next time. False where nothing can be written.

        What cannot be kept can be computed again, so a full disk or a read-only home is no
        error here.
        """
        for folder in self.folders:
            with contextlib.suppress(OSError, FileError):
                self._write(folder, arrays)
                return True
        return False

    def bytes(self) -> int:
        """Size of all arrays kept, in bytes."""
        files = [file for folder in self.folders if folder.is_dir() for file in folder.iterdir()]
        return sum(file.stat().st_size for file in files)

    def _fresh(self, folder: Path) -> bool:
        try:
            stamp = json.loads((folder / "stamp.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(stamp, dict) and stamp.get("fingerprint") == self.fingerprint

    def _write(self, folder: Path, arrays: Mapping[str, Array]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if not self._fresh(folder):
            for file in folder.iterdir():
                file.unlink()
            files.write_json(folder / "stamp.json", {"fingerprint": self.fingerprint})
        for name, array in arrays.items():
            with files.replacing(folder / f"{name}.npy") as handle:
                np.save(handle, array)
