"""Sums that tell whether a file is the one that was announced."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from gene_tui.errors import FileError
from gene_tui.run import QUIET, Progress, Run

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Checksum:
    """A sum in lower-case hex. ``kind`` is "sha256", "md5" or "git" (SHA-1 of a git blob)."""

    kind: str
    value: str

    @classmethod
    def of_etag(cls, etag: str | None) -> Checksum | None:
        """What Hugging Face puts into an ETag: SHA-256 of a large file, else its git blob."""
        for kind, pattern in (("sha256", r"[0-9a-f]{64}"), ("git", r"[0-9a-f]{40}")):
            if etag is not None and re.fullmatch(pattern, etag):
                return cls(kind, etag)
        return None

    def __str__(self) -> str:
        names = {"sha256": "SHA-256", "md5": "MD5", "git": "git SHA-1"}
        return f"{names[self.kind]} {self.value}"

    def of(self, path: Path, *, run: Run = QUIET) -> Checksum:
        """The same kind of sum of a file.

        Raises:
            FileError: it cannot be read.
            Cancelled: the user stopped it.
        """
        try:
            size = path.stat().st_size
            hasher = hashlib.new("sha1" if self.kind == "git" else self.kind)
            if self.kind == "git":
                hasher.update(f"blob {size}\0".encode())
            done = 0
            with path.open("rb") as handle:
                while block := handle.read(_BLOCK):
                    run.check()
                    hasher.update(block)
                    done += len(block)
                    run.report(Progress(f"checking {path.name}", done, size, "B"))
        except OSError as error:
            raise FileError(f"{path} cannot be read: {error.strerror}", "") from error
        return Checksum(self.kind, hasher.hexdigest())
