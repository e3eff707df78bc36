"""Reading a source file's bytes: unpacked, in blocks, with progress, never trusting the file."""

from __future__ import annotations

import contextlib
import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import IO

from gene_tui.errors import FileError
from gene_tui.progress import IsCancelled, Progress, Report, check, never, silent

#: How much is read, parsed and handed on at a time.
BLOCK_BYTES = 4 << 20
#: How much of a file a probe looks at.
HEAD_BYTES = 64 << 10
#: No line of text, JSON value or name is longer than this.
LINE_BYTES = 64 << 20
#: Packed data may grow this many times, once it is past ``GROWTH_FROM`` bytes.
GROWTH = 200
GROWTH_FROM = 1 << 30
#: Deflate cannot do better than this.
DEFLATE_BEST = 1032

#: What libraries raise on damaged or foreign files; anything else is a bug of ours.
READ_ERRORS = (
    OSError,
    ValueError,  # includes UnicodeError
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    ArithmeticError,
    MemoryError,
    RuntimeError,  # includes RecursionError and NotImplementedError
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)


def bad(path: Path, what: str, hint: str = "") -> FileError:
    """The error for a damaged or foreign file: its name, then what is wrong with it."""
    return FileError(f"{path}: {what}", hint)


def why(error: BaseException) -> str:
    """What a library said, as part of one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(text.split())[:200]


def printable(text: str, longest: int = 80) -> str:
    """Text of a file as part of one line: cut short, without control characters."""
    return "".join(c if c.isprintable() else "�" for c in text[:longest])


def check_growth(path: Path, what: str, stored: int, size: int) -> None:
    """Refuse packed data that grow beyond all measure.

    Raises:
        FileError: ``stored`` bytes would become ``size`` bytes.
    """
    if size > max(GROWTH_FROM, GROWTH * stored):
        raise bad(path, f"{what}: {stored:,} bytes would unpack to {size:,}: refused")


@contextlib.contextmanager
def guarded(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a library raises while reading ``path`` as ``kind`` into a FileError."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise bad(
            path, f"the packed data is cut short or damaged ({why(error)})", "fetch it again"
        ) from error
    except PermissionError as error:
        raise bad(path, "it may not be read (permission denied)", "check its mode") from error
    except MemoryError as error:
        raise bad(path, f"it does not fit in memory as {kind}") from error
    except READ_ERRORS as error:
        raise bad(path, f"it cannot be read as {kind} ({why(error)})") from error


def is_gzip(path: Path) -> bool:
    """Whether the content (not the name) is gzip."""
    with path.open("rb") as handle:
        return handle.read(2) == b"\x1f\x8b"


def head(path: Path, size: int = HEAD_BYTES) -> bytes:
    """The first ``size`` bytes, unpacked where the file is gzip; fewer where it is damaged."""
    if not is_gzip(path):
        with path.open("rb") as handle:
            return handle.read(size)
    unpack = zlib.decompressobj(wbits=31)
    with path.open("rb") as handle, contextlib.suppress(zlib.error):
        return unpack.decompress(handle.read(size), size)
    return b""


def stem(path: Path) -> str:
    """The file's name without ``.gz`` and without its last ending."""
    name = path.name.removesuffix(".gz")
    return Path(name).stem


def suffix(path: Path) -> str:
    """The last ending of the file's name before any ``.gz``, in lower case, with its dot."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


class ByteStream:
    """The bytes of a file, unpacked where it is gzip.

    Reports progress in bytes of the file as stored. Use it in a ``with`` statement.
    """

    def __init__(self, path: Path, report: Report = silent, cancelled: IsCancelled = never) -> None:
        self.path = path
        self._report = report
        self._cancelled = cancelled
        self._size = path.stat().st_size
        self._out = 0
        self._raw = path.open("rb")
        self._packed = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        self._handle: IO[bytes] = (
            gzip.GzipFile(fileobj=self._raw, mode="rb")  # type: ignore[assignment]  # an IO[bytes] in all but name
            if self._packed
            else self._raw
        )

    @property
    def most(self) -> int:
        """The most bytes this file can hold once unpacked."""
        return self._size * (DEFLATE_BEST if self._packed else 1)

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """The next ``size`` bytes; fewer only at the end, b"" after it.

        Raises:
            FileError: the packed data is damaged or grows without measure.
            Cancelled: the user stopped it.
        """
        check(self._cancelled)
        with guarded(self.path, "gzip" if self._packed else "bytes"):
            data = self._handle.read(size)
        self._out += len(data)
        if self._packed and self._out > max(GROWTH_FROM, GROWTH * self._size):
            raise bad(
                self.path,
                f"its {self._size:,} bytes unpack to more than {self._out:,}: refused",
                "unpack it yourself if you trust it",
            )
        self._report(Progress(f"reading {self.path.name}", self._raw.tell(), self._size, "B"))
        return data

    def __enter__(self) -> ByteStream:
        return self

    def __exit__(self, *_: object) -> None:
        if self._packed:
            self._handle.close()
        self._raw.close()


def optional(module: str, path: Path) -> ModuleType:
    """A library of the ``formats`` extra.

    Raises:
        FileError: it is not installed, so ``path`` cannot be read.
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise bad(
            path,
            f"reading it needs {package}, which is not installed",
            "install gene-tui with its formats extra: pip install 'gene-tui[formats]'",
        ) from None


def decode(names: list[bytes]) -> tuple[list[str], int]:
    """Names as text: UTF-8, and Latin-1 for a name that is not valid UTF-8.

    Returns the names and how many had to be read as Latin-1.
    """
    try:
        texts = b"\n".join(names).decode("utf-8").split("\n")
    except UnicodeDecodeError:
        texts = []
    if len(texts) == len(names):  # it is not where a name holds a line end
        return texts, 0
    texts, foreign = [], 0
    for name in names:
        try:
            texts.append(name.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append(name.decode("latin-1"))
            foreign += 1
    return texts, foreign


def encoding_note(foreign: int) -> str:
    """What to tell about names that were not UTF-8."""
    return f"{foreign:,} names are not valid UTF-8 and were read as Latin-1"


def rows_per_block(dims: int) -> int:
    """How many rows of ``dims`` float32 make a block of about ``BLOCK_BYTES``."""
    return max(1, BLOCK_BYTES // max(1, 4 * dims))
