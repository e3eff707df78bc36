"""Every name that finds a row, sorted on disk, so that opening builds no dictionary.

``index/names.txt`` holds the names, casefolded and escaped (``escaping``), one a line, sorted as
UTF-8 bytes; ``index/names.npy`` one entry a name, (n + 1,) structured: ``offset`` i8 of its line,
``row`` i4, ``kind`` u1. The last entry closes the list: its offset is the file's size.
A name that means one row in several ways is kept once, with its strongest kind.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gene_tui import files
from gene_tui.arrays import mapped
from gene_tui.errors import FileError
from gene_tui.genes.escaping import escape, unescape
from gene_tui.model.gene import Gene, Genes
from gene_tui.model.links import ensembl_id

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TEXT_FILE = "index/names.txt"
ENTRIES_FILE = "index/names.npy"

_HINT = "import the space again"
#: Bytes up to which names are sorted as an array, which takes as much for each as for the longest.
_ROOM = 1 << 28
_DTYPE = [("offset", "<i8"), ("row", "<i4"), ("kind", "u1")]


class NameKind(IntEnum):
    """In what way a name means a row; the lower, the stronger."""

    LABEL = 0
    ID = 1
    SYMBOL = 2
    PREVIOUS = 3
    ALIAS = 4


class NameMatch(NamedTuple):
    """A row that a name finds, and in what way."""

    row: int
    kind: NameKind


class Name(NamedTuple):
    """One entry of the index: a casefolded name, the row it means, and in what way."""

    text: str
    row: int
    kind: NameKind


@dataclass(frozen=True, eq=False)
class NameIndex:
    """All names of a space, in byte order of their casefolded spelling. ``len()`` counts them.

    Attributes:
        file: names.txt.
        text: its bytes, mapped.
        offsets: (n + 1,) int64, where each name's line begins.
        rows: (n,) int32. kinds: (n,) uint8, of ``NameKind``.
    """

    file: Path
    text: mmap.mmap | bytes
    offsets: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.uint8]

    @staticmethod
    def write(folder: Path, genes: Iterable[Gene]) -> int:
        """Write the index of a space folder; rows are numbered in the order given.

        Returns:
            How many names were written.

        Raises:
            FileError: the files cannot be written.
        """
        import numpy as np

        names, rows, kinds = _names(Genes.of(genes))
        texts, found = _ranked(_keys(names))
        # Of the ways in which a name means a row the strongest is kept.
        order = np.lexsort((kinds, rows, found))
        found, rows, kinds = found[order], rows[order], kinds[order]
        kept = np.ones(len(found), dtype=bool)
        kept[1:] = (found[1:] != found[:-1]) | (rows[1:] != rows[:-1])
        if texts and not texts[0]:
            kept &= (found > 0) | (kinds == NameKind.LABEL)  # nothing but a label may be ""
        found, rows, kinds = found[kept], rows[kept], kinds[kept]
        order = np.lexsort((rows, kinds, found))
        found = found[order]
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        entries = np.zeros(len(found) + 1, dtype=_DTYPE)
        entries["offset"][1:] = np.cumsum(lengths[found] + 1)
        entries["row"][:-1] = rows[order]
        entries["kind"][:-1] = kinds[order]
        entries["row"][-1] = -1
        lines = [*map(texts.__getitem__, found.tolist()), b""]
        try:
            (folder / TEXT_FILE).parent.mkdir(parents=True, exist_ok=True)
            (folder / TEXT_FILE).write_bytes(b"\n".join(lines))
            np.save(folder / ENTRIES_FILE, entries)
        except OSError as error:
            raise FileError(
                f"{folder / TEXT_FILE} cannot be written: {error.strerror}",
                "check the disk's free space and the folder's permissions",
            ) from error
        return len(found)

    @classmethod
    def open(cls, folder: Path, genes: int | None = None) -> NameIndex:
        """Open the index of a space folder that has so many genes, without reading it.

        Raises:
            FileError: a file is missing, or the two do not belong together.
        """
        file = folder / TEXT_FILE
        entries = _read_entries(folder / ENTRIES_FILE)
        size = int(entries["offset"][-1])
        with files.reading(file, pipes=False, hint=_HINT) as handle:
            try:
                # An empty file cannot be mapped.
                empty = handle.seek(0, 2) == 0
                text = b"" if empty else mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                raise FileError(f"{file} cannot be read: {reason}", _HINT) from error
        if len(text) != size:
            raise FileError(f"{file} has {len(text):,} bytes, its index expects {size:,}", _HINT)
        offsets, rows, kinds = (entries[part] for part in ("offset", "row", "kind"))
        rows, kinds = rows[:-1], kinds[:-1]
        ordered = offsets[0] == 0 and (offsets[1:] > offsets[:-1]).all()
        beyond = genes is not None and len(rows) and rows.max() >= genes
        if not ordered or beyond or (len(rows) and rows.min() < 0):
            raise FileError(f"{folder / ENTRIES_FILE} points beyond the names or the genes", _HINT)
        if len(kinds) and kinds.max() > max(NameKind):
            raise FileError(f"{folder / ENTRIES_FILE} holds kinds of names unknown here", _HINT)
        return cls(
            file,
            text,
            offsets,
            rows,
            kinds,
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Name]:
        for place, text in enumerate(self.all_keys()):
            yield Name(text, int(self.rows[place]), NameKind(self.kinds[place]))

    def exact(self, name: str) -> list[NameMatch]:
        """The rows that ``name`` means whatever its case, strongest kind first, then by row."""
        key = _key(name)
        place = self._first(key)
        matches = []
        while place < len(self) and self._bytes(place) == key:
            matches.append(NameMatch(int(self.rows[place]), NameKind(self.kinds[place])))
            place += 1
        return matches

    def of_ensembl(self, name: str) -> list[int]:
        """The rows with an Ensembl ID, whatever its version and theirs, ascending; none for "" or
        what is no such ID."""
        bare = ensembl_id(name)
        outright = (NameKind.LABEL, NameKind.ID)
        found = self.exact(bare) if bare else []
        return sorted(match.row for match in found if match.kind in outright)

    def prefix(self, text: str, limit: int) -> list[Name]:
        """The first ``limit`` entries that begin with ``text`` whatever its case, in order."""
        start, stop = self.prefix_range(text)
        return [self.entry(place) for place in range(start, min(stop, start + limit))]

    def prefix_range(self, text: str) -> tuple[int, int]:
        """The entries [start, stop) that begin with ``text`` whatever its case."""
        key = _key(text)
        # No byte of UTF-8 is 0xFF, so this is above everything that begins with the key.
        return self._first(key), self._first(key + b"\xff")

    def entry(self, place: int) -> Name:
        """The entry at a place of the order, from 0."""
        return Name(self.key(place), int(self.rows[place]), NameKind(self.kinds[place]))

    def key(self, place: int) -> str:
        """The casefolded name at a place of the order."""
        try:
            return unescape(self._bytes(place).decode())
        except UnicodeDecodeError:
            raise FileError(f"{self.file} is not UTF-8 text", _HINT) from None

    def all_keys(self) -> list[str]:
        """All casefolded names in order, along with ``rows`` and ``kinds``.

        Raises:
            FileError: the file is damaged.
        """
        try:
            keys = self.text[:].decode().split("\n")
        except UnicodeDecodeError:
            raise FileError(f"{self.file} is not UTF-8 text", _HINT) from None
        keys.pop()
        if len(keys) != len(self):
            raise FileError(f"{self.file} has {len(keys)} lines, not {len(self)}", _HINT)
        return [unescape(key) if "\\" in key else key for key in keys]

    def _bytes(self, place: int) -> bytes:
        return self.text[self.offsets[place] : self.offsets[place + 1] - 1]

    def _first(self, key: bytes) -> int:
        """The first place whose name is not below ``key``."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self._bytes(middle) < key:
                low = middle + 1
            else:
                high = middle
        return low


def _key(name: str) -> bytes:
    return escape(name.casefold()).encode()


def _names(genes: Genes) -> tuple[list[str], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """All names of all genes as they are spelled, the row of each and its ``NameKind``."""
    import numpy as np

    n = len(genes)
    # Most are called by their ID or their symbol, which need not be said twice.
    ids, symbols = (
        [name if name != label else "" for name, label in zip(names, genes.label, strict=True)]
        for names in (genes.id, genes.symbol)
    )
    names = [
        *genes.label,
        *filter(None, ids),
        *filter(None, symbols),
        *chain.from_iterable(genes.previous),
        *chain.from_iterable(genes.aliases),
    ]
    counted: tuple[Iterable[int], ...] = (  # how many of each ``NameKind`` a row has
        repeat(1, n),
        map(bool, ids),
        map(bool, symbols),
        map(len, genes.previous),
        map(len, genes.aliases),
    )
    counts = np.array([np.fromiter(of_kind, dtype=np.int64, count=n) for of_kind in counted])
    rows = np.repeat(np.tile(np.arange(n), len(NameKind)), counts.ravel())
    kinds = np.repeat(np.array(NameKind, dtype=np.uint8), counts.sum(axis=1))
    return names, rows, kinds


def _keys(names: list[str]) -> list[bytes]:
    """Each name casefolded and escaped."""
    joined = "\n".join(names).casefold()  # which looks at one character at a time
    plain = "\\" not in joined and joined.replace("\n", "").isprintable()
    if plain and joined.count("\n") == len(names) - 1:
        return joined.encode().split(b"\n")
    return [escape(name.casefold()).encode() for name in names]


def _ranked(keys: list[bytes]) -> tuple[list[bytes], npt.NDArray[np.int64]]:
    """The different keys in order, and which of them each one is."""
    import numpy as np

    if max(map(len, keys), default=0) * len(keys) <= _ROOM:
        ordered, found = np.unique(np.array(keys, dtype=bytes), return_inverse=True)
        return ordered.tolist(), found
    texts = sorted(set(keys))
    places = dict(zip(texts, range(len(texts)), strict=True))
    return texts, np.fromiter(map(places.__getitem__, keys), dtype=np.int64, count=len(keys))


def _read_entries(file: Path) -> npt.NDArray[Any]:
    import numpy as np

    entries = mapped(file, hint=_HINT)
    if entries.dtype != np.dtype(_DTYPE) or entries.ndim != 1 or not len(entries):
        raise FileError(f"{file} does not hold the entries of a name index", _HINT)
    return entries
