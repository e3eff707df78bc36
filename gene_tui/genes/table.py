r"""The genes' records on disk: ``genes.tsv``, readable by a person, opened by memory map.

One header line (``model.gene.FIELDS``), then one line a gene. Fields are escaped (``escaping``),
lists joined by ``|`` (a ``|`` inside an entry is written ``\x7c``), so that any label survives.
``index/rows.npy`` holds the (n + 1,) int64 byte offsets of the lines, the last one being the
file's size; that is all that opening reads.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gene_tui import files
from gene_tui.arrays import mapped
from gene_tui.errors import FileError
from gene_tui.genes.escaping import escape, unescape
from gene_tui.model.gene import FIELDS, Gene, Genes

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TABLE_FILE = "genes.tsv"
ROWS_FILE = "index/rows.npy"

_HEADER = ("\t".join(FIELDS) + "\n").encode()
_LISTS = frozenset({"previous", "aliases"})
_HINT = "import the space again"
_END = ord("\n")
#: Lines made, or decoded and split, in one go: while Python does that, no other thread gets a turn.
_AT_ONCE = 2048


@dataclass(frozen=True, eq=False)
class GeneTable:
    """The records of all genes of a space, in row order. ``len()`` is n.

    Attributes:
        file: genes.tsv.
        text: its bytes, mapped.
        offsets: (n + 1,) int64, where each line begins; the last is the file's size.
    """

    file: Path
    text: mmap.mmap
    offsets: npt.NDArray[np.int64]

    @staticmethod
    def write(folder: Path, genes: Iterable[Gene]) -> int:
        """Write the table of a space folder; rows are numbered in the order given.

        Returns:
            How many genes were written.

        Raises:
            FileError: the files cannot be written.
        """
        import numpy as np

        genes = Genes.of(genes)
        offsets = [np.array([len(_HEADER)], dtype=np.int64)]
        try:
            (folder / ROWS_FILE).parent.mkdir(parents=True, exist_ok=True)
            with (folder / TABLE_FILE).open("wb", buffering=1 << 20) as handle:
                handle.write(_HEADER)
                for start in range(0, len(genes), _AT_ONCE):
                    lines = _lines(genes, slice(start, start + _AT_ONCE)).encode()
                    handle.write(lines)
                    ends = np.flatnonzero(np.frombuffer(lines, dtype=np.uint8) == _END)
                    offsets.append(offsets[-1][-1] + ends + 1)
            np.save(folder / ROWS_FILE, np.concatenate(offsets))
        except OSError as error:
            raise FileError(
                f"{folder / TABLE_FILE} cannot be written: {error.strerror}",
                "check the disk's free space and the folder's permissions",
            ) from error
        return len(genes)

    @classmethod
    def open(cls, folder: Path) -> GeneTable:
        """Open the table of a space folder, without reading it.

        Raises:
            FileError: a file is missing, or the two do not belong together.
        """
        file = folder / TABLE_FILE
        offsets = _read_offsets(folder / ROWS_FILE)
        text = _mapped_text(file)
        if text[: len(_HEADER)] != _HEADER or offsets[0] != len(_HEADER):
            raise FileError(f"{file} does not begin with the columns of a gene table", _HINT)
        if len(text) != offsets[-1]:
            raise FileError(
                f"{file} has {len(text):,} bytes where its index expects {int(offsets[-1]):,}",
                _HINT,
            )
        return cls(file, text, offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def gene(self, row: int) -> Gene:
        """The record of one row.

        Raises:
            IndexError: there is no such row.
            FileError: its line is damaged.
        """
        return self._gene(row, self._line(row))

    def genes(self, rows: npt.NDArray[np.int64]) -> list[Gene]:
        """The records of some rows, (m,), as ``gene`` makes them: several take less time at once.

        Raises:
            IndexError: there is no such row.
            FileError: a line is damaged.
        """
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < len(self):
            raise IndexError(f"rows {rows.min()} to {rows.max()} of {len(self)}")
        text, starts, stops = self.text, self.offsets[rows], self.offsets[rows + 1] - 1
        spans = zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True)
        return [self._gene(row, self._decoded(row, text[start:stop])) for row, start, stop in spans]

    def _gene(self, row: int, line: str) -> Gene:
        values = line.split("\t")
        if len(values) != len(FIELDS):
            raise FileError(
                f"{self.file}:{row + 2} has {len(values)} columns, not {len(FIELDS)}", _HINT
            )
        label, id_, symbol, name, kind, chromosome, previous, aliases, hgnc, entrez, text = values
        if "\\" not in line:  # nothing is escaped, as nearly always
            before = tuple(previous.split("|")) if previous else ()
            other = tuple(aliases.split("|")) if aliases else ()
            facts = (id_, symbol, name, kind, chromosome, before, other, hgnc, entrez, text)
            return Gene(row, label, *facts)
        return Gene(
            row,
            unescape(label),
            unescape(id_),
            unescape(symbol),
            unescape(name),
            unescape(kind),
            unescape(chromosome),
            _split(previous),
            _split(aliases),
            unescape(hgnc),
            unescape(entrez),
            unescape(text),
        )

    def label(self, row: int) -> str:
        """The row's name as the source file spelled it; IndexError if there is no such row."""
        return unescape(self._line(row).partition("\t")[0])

    def column(self, field: str) -> list[str]:
        """One field (a name of ``model.gene.FIELDS``) of all n genes; lists joined by ``|``.

        Raises:
            ValueError: there is no such field.
            FileError: a line is damaged.
        """
        place = FIELDS.index(field)
        values: list[str] = []
        for start in range(0, len(self), _AT_ONCE):
            values += self._values(place, start, min(start + _AT_ONCE, len(self)))
        return values

    def _values(self, place: int, start: int, stop: int) -> list[str]:
        """The field at a place of the rows from ``start`` to before ``stop``."""
        try:
            lines = self.text[self.offsets[start] : self.offsets[stop]].decode().split("\n")
            lines.pop()
            values = [line.split("\t", place + 1)[place] for line in lines]
        except (UnicodeDecodeError, IndexError):
            raise FileError(f"{self.file} has damaged lines", _HINT) from None
        if len(values) != stop - start:
            raise FileError(
                f"{self.file} has {len(values)} lines from line {start + 2} on, "
                f"where its index expects {stop - start}",
                _HINT,
            )
        return [unescape(value) if "\\" in value else value for value in values]

    def _line(self, row: int) -> str:
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        return self._decoded(row, self.text[self.offsets[row] : self.offsets[row + 1] - 1])

    def _decoded(self, row: int, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError:
            raise FileError(f"{self.file}:{row + 2} is not UTF-8 text", _HINT) from None


def _read_offsets(file: Path) -> npt.NDArray[np.int64]:
    import numpy as np

    offsets = mapped(file, hint=_HINT)
    if offsets.dtype != np.int64 or offsets.ndim != 1 or not len(offsets):
        raise FileError(f"{file} does not hold the byte offsets of a gene table", _HINT)
    if (offsets[1:] <= offsets[:-1]).any():
        raise FileError(f"{file} holds byte offsets that are out of order", _HINT)
    return offsets


def _mapped_text(file: Path) -> mmap.mmap:
    with files.reading(file, pipes=False, hint=_HINT) as handle:
        try:
            return mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise FileError(f"{file} cannot be read: {reason}", _HINT) from error


def _lines(genes: Genes, rows: slice) -> str:
    """The lines of some rows, each with its end."""
    columns = [
        _joined(column[rows]) if field in _LISTS else _escaped(column[rows])
        for field, column in zip(FIELDS, genes.columns(), strict=True)
    ]
    return "\n".join([*map("\t".join, zip(*columns, strict=True)), ""])


def _escaped(cells: Sequence[str]) -> Sequence[str]:
    # One look at all cells spares one at each; where it is in vain, some may need it.
    return cells if _is_plain("".join(cells)) else list(map(escape, cells))


def _joined(lists: Sequence[tuple[str, ...]]) -> Sequence[str]:
    names = "".join(map("".join, lists))
    if "|" not in names and _is_plain(names) and all(map(all, lists)):
        return list(map("|".join, lists))
    return [
        "|".join(escape(entry).replace("|", "\\x7c") for entry in entries if entry)
        for entries in lists
    ]


def _is_plain(text: str) -> bool:
    """Whether nothing in it needs escaping."""
    return "\\" not in text and text.isprintable()


def _split(text: str) -> tuple[str, ...]:
    return tuple(unescape(entry) for entry in text.split("|")) if text else ()
