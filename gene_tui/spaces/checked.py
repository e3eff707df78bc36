"""Checksums of files, remembered as long as a file stays what it was.

Opening a space checks its files against the sums its manifest gives, and a derived array
against its stamp. Reading twenty megabytes for that takes some 20 ms, which is felt if it is
done at every start; so the user's cache keeps, for each folder, the sums found and what the
file system said of each file then: inode, size, and the times of its last change. The time of
the last change of its *status* cannot be set by hand, so a file that was touched in any way is
read again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from gene_tui import files, paths
from gene_tui.errors import FileError
from gene_tui.run import QUIET, Progress, Run

#: A file changed less long ago may change again within the same tick of its disk's clock.
_SETTLED_S = 2.0
_BLOCK = 1 << 20


def checksum(handle: BinaryIO, hasher: Any = None, *, run: Run = QUIET) -> str:
    """SHA-256 of an open file from where it stands to its end, hexadecimal."""
    hasher = hasher or hashlib.sha256()
    total, done = os.fstat(handle.fileno()).st_size, 0
    while block := handle.read(_BLOCK):
        run.check()
        hasher.update(block)
        done += len(block)
        run.report(Progress("checking", done, total, "B"))
    return str(hasher.hexdigest())


@dataclass(frozen=True, slots=True)
class Checked:
    """The remembered checksums of one folder's files.

    Attributes:
        folder: whose files. known: file name → [inode, size, times …, sum], as last read.
    """

    folder: Path
    known: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Checked:
        """What is remembered of a folder, if anything."""
        found: Any = None
        with suppress(FileError, OSError, ValueError, RecursionError):
            found = json.loads(files.read(_memory(folder), largest=1 << 20, pipes=False))
        if not isinstance(found, dict):
            found = {}
        return cls(folder, {name: row for name, row in found.items() if isinstance(row, list)})

    def remembers(self, handle: BinaryIO, name: str) -> str | None:
        """The sum of an open file of the folder, if it is remembered and the file unchanged."""
        row = self.known.get(name)
        same = row is not None and row[:-1] == _status(handle)
        return str(row[-1]) if row and same else None

    def sum(self, handle: BinaryIO, name: str, *, run: Run = QUIET) -> str:
        """The sum of an open file of the folder, remembered or found now."""
        told = self.remembers(handle, name)
        if told is not None:
            return told
        before = _status(handle)
        handle.seek(0)
        found = checksum(handle, run=run)
        self.keep(handle, name, before, found)
        return found

    def keep(self, handle: BinaryIO, name: str, before: list[int], found: str) -> None:
        """Remember what was found, unless the file changed meanwhile or only just now."""
        settled = time.time() - max(before[2:]) / 1e9 > _SETTLED_S
        if not settled or _status(handle) != before:
            return
        self.known[name] = [*before, found]
        # What cannot be remembered is found again the next time.
        with suppress(FileError):
            memory = _memory(self.folder)
            paths.ensure(memory.parent)
            files.write_json(memory, Checked.of(self.folder).known | self.known)


def _status(handle: BinaryIO) -> list[int]:
    it = os.fstat(handle.fileno())
    return [it.st_ino, it.st_size, it.st_mtime_ns, it.st_ctime_ns]


def _memory(folder: Path) -> Path:
    name = hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:32]
    return paths.cache_dir() / "checked" / f"{name}.json"
