"""What a space folder says of itself: ``manifest.json``, written by anybody.

A folder may come from a stranger, so every field has a type and a bound, and none is ever
taken for a path or a command to run.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gene_tui import files
from gene_tui.errors import FileError

FORMAT_VERSION = 1
FILE = "manifest.json"
#: The files whose sums the manifest gives.
CONTENT = ("vectors.npy", "genes.tsv", "index/rows.npy", "index/names.txt", "index/names.npy")

_LARGEST = 4 << 20
_MOST = 10_000
#: Categories of characters that no name holds: controls, lone surrogates, separators of lines.
_STEERING = frozenset({"Cc", "Cs", "Zl", "Zp"})
_MOST_ROWS = 1 << 31
_MOST_DIMS = 1 << 20

T = TypeVar("T")


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
        checksums: SHA-256 of each file of ``CONTENT``; empty in spaces made before they were
            kept.
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
    checksums: Mapping[str, str] = field(default_factory=dict)
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
            "source": dict(self.source),
            "dropped": [dict(entry) for entry in self.dropped],
            "notes": list(self.notes),
            "remake": self.remake,
            "created": self.created,
            "checksums": dict(self.checksums),
        }

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a space folder.

        Raises:
            FileError: there is none, or it is not one of ours.
        """
        file = folder / FILE
        try:
            there = file.exists()
        except OSError as error:
            raise FileError(
                f"{folder} cannot be read: {error.strerror}", "check its name and permissions"
            ) from None
        if not there:
            raise FileError(
                f"{folder} is not a space folder: it has no manifest.json",
                "gene-tui spaces lists the spaces there are; gene-tui import makes one",
            )
        body = files.read(file, largest=_LARGEST, pipes=False, hint="import the space again")
        try:
            data = json.loads(body, parse_constant=_no_number)
            if not isinstance(data, dict):
                raise ValueError("it is not an object")
            version = data.get("format_version")
            if version == FORMAT_VERSION and type(version) is int:
                absent = {"name", "genes", "dims", "fingerprint"} - data.keys()
                if absent:
                    raise ValueError(f"it lacks {', '.join(sorted(absent))}")
                return cls(**{key: read(data[key]) for key, read in _FIELDS.items() if key in data})
        except (ValueError, TypeError, RecursionError) as error:
            why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise FileError(
                f"{file} cannot be read as a space's manifest ({why})", "import the space again"
            ) from None
        told = version if type(version) is int and abs(version) < 1000 else "unknown"
        raise FileError(
            f"{folder} is a space of format {told}, this program reads {FORMAT_VERSION}",
            "import its source again, or install the matching gene-tui",
        )

    def write(self, folder: Path) -> None:
        """Write ``manifest.json``.

        Raises:
            FileError: it cannot be written.
        """
        text = json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n"
        files.write(folder / FILE, text.encode("utf-8", "replace"))


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _text(most: int, *, plain: bool = False) -> Callable[[Any], str]:
    """A text of at most so many characters; ``plain`` without control characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"a text is expected, not {type(value).__name__}")
        if len(value) > most:
            raise ValueError(f"a text of {len(value):,} characters")
        if plain and any(unicodedata.category(char) in _STEERING for char in value):
            raise ValueError("control characters in a name")
        return value.encode("utf-8", "replace").decode("utf-8")

    return read


def _pattern(pattern: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = _text(200, plain=True)(value)
        if not re.fullmatch(pattern, text):
            raise ValueError("a checksum is expected")
        return text

    return read


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError("a count is expected" if type(value) is not int else "no such count")
        return value

    return read


def _list(read: Callable[[Any], T], most: int = _MOST) -> Callable[[Any], tuple[T, ...]]:
    def read_all(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError("a list is expected")
        return tuple(map(read, value))

    return read_all


def _record(fields: Mapping[str, Callable[[Any], Any]]) -> Callable[[Any], dict[str, Any]]:
    """An object of which the known fields are read and the others left alone."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError("an object is expected")
        found = {key: take(value[key]) for key, take in fields.items() if key in value}
        return {key: list(part) if type(part) is tuple else part for key, part in found.items()}

    return read


def _dropped(value: Any) -> dict[str, Any]:
    found = _record(
        {
            "reason": _text(1000),
            "count": _whole(0, _MOST_ROWS),
            "examples": _list(_text(100_000), 100),
        }
    )(value)
    if len(found) != 3:
        raise ValueError("a dropped row has a reason, a count and examples")
    return found


_SUM = _pattern("[0-9a-f]{64}")
_FIELDS: dict[str, Callable[[Any], Any]] = {
    "name": _text(255, plain=True),
    "genes": _whole(1, _MOST_ROWS),
    "dims": _whole(1, _MOST_DIMS),
    "fingerprint": _pattern("[0-9a-f]{8,64}"),
    "labels": _text(100, plain=True),
    "source": _record(
        {
            "path": _text(10_000),
            "format": _text(100, plain=True),
            "bytes": _whole(0, 1 << 62),
            "sha256": _SUM,
            "also": _list(_text(10_000), 100),
        }
    ),
    "dropped": _list(_dropped, 100),
    "notes": _list(_text(100_000)),
    "remake": _text(100_000),
    "created": _text(100, plain=True),
    "checksums": _record(dict.fromkeys(CONTENT, _SUM)),
}
