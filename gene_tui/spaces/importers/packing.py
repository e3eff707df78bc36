"""Packed files: gzip, xz, bzip2, and zip archives with a single file in them; told by content."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import zipfile
from pathlib import Path
from typing import IO, Literal, cast

Packing = Literal["", "gzip", "xz", "bzip2", "zip"]

#: Endings of packed files, which say nothing of what is in them.
ENDINGS = (".gz", ".xz", ".bz2", ".zip")
#: How many times longer unpacked data can be at best (deflate 1,032; the others as measured on
#: zeros, with room).
BEST = {"": 1, "gzip": 1032, "zip": 1032, "bzip2": 50_000, "xz": 10_000}

_LITTER = ("__MACOSX/", ".DS_Store")


def packing_of(path: Path) -> Packing:
    """How a file is packed; "" where it is not, and for archives of several files.

    Archives of arrays (``.npz``) and of torch are formats of their own.
    """
    if not path.is_file():  # what is read from a pipe is gone
        return ""
    with path.open("rb") as handle:
        start = handle.read(6)
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start == b"\xfd7zXZ\x00":
        return "xz"
    if start.startswith(b"BZh"):
        return "bzip2"
    return "zip" if start.startswith(b"PK\x03\x04") and member_of(path) else ""


def members(path: Path) -> list[str]:
    """The files of a zip archive, without folders and what file managers leave; [] if none."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []
    return [n for n in names if not n.endswith("/") and not n.startswith(_LITTER[0])]


def member_of(path: Path) -> str:
    """The name of the one file in a zip archive, "" where there is not one of our concern."""
    names = [name for name in members(path) if not name.endswith(_LITTER[1])]
    if len(names) != 1 or names[0].endswith((".npy", "/data.pkl")):
        return ""
    return names[0]


def unpacked(raw: IO[bytes], path: Path, packing: Packing) -> IO[bytes]:
    """The content of an open file.

    Args:
        raw: ``path``, open for reading bytes, at its beginning.
    """
    if packing == "gzip":
        return cast(IO[bytes], gzip.GzipFile(fileobj=raw, mode="rb"))
    if packing == "xz":
        return cast(IO[bytes], lzma.LZMAFile(raw))
    if packing == "bzip2":
        return cast(IO[bytes], bz2.BZ2File(raw))
    if packing == "zip":
        return zipfile.ZipFile(raw).open(member_of(path))
    return raw


def inner_name(path: Path) -> str:
    """The name of what a file holds: its own without the ending of a packer."""
    if path.suffix.lower() == ".zip" and path.is_file() and (name := member_of(path)):
        return Path(name).name
    name = path.name
    for ending in ENDINGS:
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def wide_encoding(start: bytes) -> str:
    """The UTF-16 or UTF-32 in which a text is written, by its first bytes; "" for all others.

    Without a byte order mark it is UTF-16 where every second byte is zero and no other is.
    """
    for mark, name in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if start.startswith(mark):
            return name
    sample = start[: min(len(start), 200) // 2 * 2]
    even, odd = sample[::2], sample[1::2]
    if len(sample) < 8:
        return ""
    if not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if not any(even) and all(odd) else ""
