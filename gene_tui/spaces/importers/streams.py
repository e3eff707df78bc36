"""Reading a source file's bytes: unpacked, in blocks, with progress, never trusting the file."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from gene_tui import files
from gene_tui.errors import FileError
from gene_tui.run import QUIET, Progress, Run, check
from gene_tui.spaces.importers.packing import BEST, inner_name, packing_of, unpacked, wide_encoding

#: How much is read, parsed and handed on at a time.
BLOCK_BYTES = 4 << 20
#: How much of a file a probe looks at.
HEAD_BYTES = 64 << 10
#: No line of text, JSON value or name is longer than this.
LINE_BYTES = 64 << 20
#: Packed data may grow this many times, once it is past ``GROWTH_FROM`` bytes.
GROWTH = 200
GROWTH_FROM = 1 << 30

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
    lzma.LZMAError,
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
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise bad(
            path, f"the packed data is cut short or damaged ({why(error)})", "fetch it again"
        ) from error
    except PermissionError as error:
        raise bad(path, "it may not be read (permission denied)", "check its mode") from error
    except MemoryError as error:
        raise bad(path, f"it does not fit in memory as {kind}") from error
    except READ_ERRORS as error:
        raise bad(path, f"it cannot be read as {kind} ({why(error)})") from error


def head(path: Path, size: int = HEAD_BYTES) -> bytes:
    """The first ``size`` bytes, unpacked and in UTF-8 as ``ByteStream`` reads them.

    Fewer where the file is shorter or damaged.
    """
    data = b""
    with contextlib.suppress(*READ_ERRORS, FileError), ByteStream(path) as stream:
        while len(data) < size:
            part = stream.read(min(size - len(data), 8 << 10))
            if not part:
                break
            data += part
    return data[:size]


def stem(path: Path) -> str:
    """The file's name without the endings of its packer and of its format."""
    return Path(inner_name(path)).stem


def suffix(path: Path) -> str:
    """The last ending of the file's name before its packer's, in lower case, with its dot."""
    return Path(inner_name(path).lower()).suffix


class ByteStream:
    """The bytes of a file, unpacked where it is packed; text in UTF-16 or UTF-32 as UTF-8.

    Reports progress in bytes of the file as stored. Use it in a ``with`` statement.

    Args:
        hint: what to give instead of a file that cannot be opened.
    """

    def __init__(self, path: Path, run: Run = QUIET, *, hint: str = "") -> None:
        self.path = path
        self._report = run.report
        self._cancelled = run.cancelled
        self._out = 0
        with contextlib.ExitStack() as unless_whole:
            self._raw = unless_whole.enter_context(
                files.opened(path, hint=hint, cancelled=run.cancelled)
            )
            self._size = self._raw.seek(0, 2)
            self._raw.seek(0)
            self._packing = packing_of(path)
            with guarded(path, self._packing or "bytes"):
                self._handle = unpacked(self._raw, path, self._packing)
            unless_whole.pop_all()
        self._decoder: codecs.IncrementalDecoder | None = None

    @property
    def most(self) -> int:
        """The most bytes this file can hold once unpacked."""
        return self._size * BEST[self._packing]

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """The next ``size`` bytes; b"" at the end. Fewer only there, but for UTF-16 and -32.

        Raises:
            FileError: the packed data is damaged or grows without measure, or the text is not
                in the encoding its first bytes announce.
            Cancelled: the user stopped it.
        """
        check(self._cancelled)
        with guarded(self.path, self._packing or "bytes"):
            data = self._handle.read(size)
        first = not self._out
        self._out += len(data)
        if self._packing and self._out > max(GROWTH_FROM, GROWTH * self._size):
            raise bad(
                self.path,
                f"its {self._size:,} bytes unpack to more than {self._out:,}: refused",
                "unpack it yourself if you trust it",
            )
        self._report(Progress(f"reading {self.path.name}", self._raw.tell(), self._size, "B"))
        if first and (encoding := wide_encoding(data)):
            self._decoder = codecs.getincrementaldecoder(encoding)()
        return data if self._decoder is None else self._as_utf8(data, size)

    def _as_utf8(self, data: bytes, size: int) -> bytes:
        assert self._decoder is not None
        try:
            text = self._decoder.decode(data, final=not data)
            while data and not text:  # half a character is no end
                with guarded(self.path, self._packing or "bytes"):
                    data = self._handle.read(size)
                text = self._decoder.decode(data, final=not data)
            return text.encode()
        except UnicodeError as error:
            raise bad(
                self.path,
                f"it is not the {error.args[0].upper()} text that its first bytes announce",
                "save it as UTF-8",
            ) from error

    def __enter__(self) -> ByteStream:
        return self

    def __exit__(self, *_: object) -> None:
        if self._packing:
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
