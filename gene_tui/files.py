"""The one way to write a file, and the one way to read a file that the user named.

A file that is written appears whole or not at all: it is filled beside its place and renamed.
A file that is read may be anything: a device without end, a pipe without a writer, or larger
than any list of genes.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import secrets
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

from gene_tui.errors import FileError
from gene_tui.run import IsCancelled, check, never

#: What is read of a pipe at most, and of a file that is to be held in memory whole.
LARGEST = 64 << 20
#: Files in the making begin with this; short, since the target's own name may be as long as
#: the file system allows.
TEMPORARY = ".gene-tui-"
_BLOCK = 1 << 20
#: These may lead to a file that the shell has opened, perhaps to append to.
_OPENED = re.compile(r"/dev/(stdout|stderr|fd/[0-9]+)$|/proc/")
#: Seconds between two checks for Ctrl-C while a pipe sends nothing.
_PATIENCE_S = 0.1


class AlreadyThere(FileError):
    """There is such a file, and replacing it was not asked for."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} exists already", "choose another name, or replace it")
        self.file = file


# -- writing ------------------------------------------------------------------------------


@contextmanager
def replacing(path: Path, *, replace: bool = True, follow: bool = True) -> Iterator[BinaryIO]:
    """A file to fill, which takes its place when the block ends without an error.

    Links are followed, so that a link stays one. A file that was there keeps its mode; a new
    one gets what the umask allows. Devices and named pipes are written to as they are.

    Args:
        replace: take the place of a file that is there. Without it none is ever lost, not
            even one that appears meanwhile.
        follow: links. Without it a link, device or pipe of that name is itself replaced, as
            must be in a folder of unknown origin.

    Raises:
        AlreadyThere: there is such a file, and ``replace`` is False.
        FileError: it cannot be written; nothing of it is left behind.
    """
    with _told(path):
        target, mode = _target(path, replace) if follow else (path, None)
    if target is None:
        with _told(path), _through(path) as handle:
            yield handle
        return
    temporary = target.with_name(f"{TEMPORARY}{secrets.token_hex(6)}")
    try:
        with _told(path, temporary):
            handle = _fresh(temporary, mode)
            with handle:
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
            put(temporary, target, replace=replace)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


@contextmanager
def replacing_text(path: Path, *, replace: bool = True) -> Iterator[IO[str]]:
    """The same for UTF-8 text, line ends as they are; lone surrogates as the bytes they were.

    Raises:
        As ``replacing``.
    """
    with replacing(path, replace=replace) as handle:
        text = io.TextIOWrapper(handle, encoding="utf-8", errors="surrogateescape", newline="")
        yield text
        with _told(path):
            text.flush()
        text.detach()


def write(path: Path, data: str | bytes, *, replace: bool = True, follow: bool = True) -> Path:
    """Write a whole file; the file, its links followed.

    Raises:
        As ``replacing``.
    """
    body = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    with replacing(path, replace=replace, follow=follow) as handle:
        handle.write(body)
    return Path(os.path.realpath(path))


def write_json(path: Path, data: Any) -> None:
    """Write a small JSON file.

    Raises:
        As ``replacing``.
    """
    write(path, json.dumps(data, indent=1) + "\n")


def put(temporary: Path, target: Path, *, replace: bool = True) -> None:
    """Give a finished file its name, and have the folder remember it.

    Raises:
        AlreadyThere: there is such a file, and ``replace`` is False.
        OSError: the disk says no.
    """
    if replace:
        temporary.replace(target)
    else:
        try:
            # A second name fails where the first is taken; a rename would overwrite.
            os.link(temporary, target)
        except FileExistsError:
            raise AlreadyThere(target) from None
        except OSError:  # no hard links on this file system
            if target.exists():
                raise AlreadyThere(target) from None
            temporary.rename(target)
    with contextlib.suppress(OSError):  # not every file system can
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _target(path: Path, replace: bool) -> tuple[Path | None, int | None]:
    """What is to be replaced and with which mode; (None, None) for what is written through."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return Path(os.path.realpath(path)), None
    if stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if _OPENED.match(str(path.absolute())) or not stat.S_ISREG(there.st_mode):
        return None, None
    if not replace:
        raise AlreadyThere(path)
    return Path(os.path.realpath(path)), stat.S_IMODE(there.st_mode) & 0o777


def _fresh(temporary: Path, mode: int | None) -> BinaryIO:
    # Made anew with the usual mode: the system takes the user's umask off by itself.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    descriptor = os.open(temporary, flags, 0o666 if mode is None else 0o600)
    if mode is not None:
        os.fchmod(descriptor, mode)
    return os.fdopen(descriptor, "wb")


@contextmanager
def _through(path: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    with os.fdopen(descriptor, "wb") as handle:
        yield handle


@contextmanager
def _told(path: Path, *ours: Path) -> Iterator[None]:
    """Turn the disk's errors into ours; those about other files stay what they are."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader went away: nothing is wrong
    except OSError as error:
        about = error.filename
        if about is not None and str(about) not in {str(path), *map(str, ours)}:
            raise
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> FileError:
    """The error for a file the disk does not take, with what to do about it."""
    hints = {
        errno.ENOENT: f"there is no folder {path.parent}; choose another",
        errno.ENOTDIR: f"{path.parent} is not a folder; choose another",
        errno.EISDIR: "it is a folder; add a file's name",
        errno.EACCES: "choose a folder you may write to, as ~",
        errno.EPERM: "choose a folder you may write to, as ~",
        errno.EROFS: "choose a folder you may write to, as ~",
        errno.ENOSPC: "the disk is full: make room, or choose another disk",
        errno.EDQUOT: "your quota is used up: make room, or choose another disk",
        errno.EFBIG: "no file may be as large here: see ulimit -f, or choose another disk",
        errno.ENAMETOOLONG: "choose a shorter name",
    }
    number, why = error.errno or 0, error.strerror or str(error)
    if not number and "requested and" in why:
        # What numpy says of an array the disk took only a part of.
        number, why = errno.ENOSPC, os.strerror(errno.ENOSPC)
    return FileError(f"{path} cannot be written: {why}", hints.get(number, "choose another file"))


# -- reading ------------------------------------------------------------------------------


@contextmanager
def reading(
    path: Path, *, pipes: bool = True, hint: str = "", cancelled: IsCancelled = never
) -> Iterator[BinaryIO]:
    """``opened``, in a ``with`` statement."""
    with opened(path, pipes=pipes, hint=hint, cancelled=cancelled) as handle:
        yield handle


def opened(
    path: Path, *, pipes: bool = True, hint: str = "", cancelled: IsCancelled = never
) -> BinaryIO:
    """Open a file that the user named, at its beginning; what is opened can be sought.

    A pipe, as ``<(cut -f1 table.csv)`` makes one, is read to its end into memory, up to
    ``LARGEST`` bytes. Devices, sockets and folders are refused.

    Args:
        pipes: take pipes at all.
        hint: what to give instead.

    Raises:
        FileError: it cannot be opened, has no end, or is no file.
        Cancelled: the user stopped it while a pipe was silent.
    """
    path = expanded(path)
    try:
        # Never waits: a pipe without a writer is polled below.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise FileError(f"{path} cannot be read: {why}", hint) from None
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return os.fdopen(descriptor, "rb")
    try:
        if not (pipes and stat.S_ISFIFO(kind)):
            raise FileError(f"{path} is {_kind(kind)}, not a file", hint or "give a file")
        return io.BytesIO(_drained(str(path), descriptor, cancelled))
    finally:
        os.close(descriptor)


def read_stdin(*, cancelled: IsCancelled = never) -> bytes:
    """All of standard input, up to ``LARGEST`` bytes.

    Raises:
        FileError: it is longer. Cancelled: the user stopped it while it was silent.
    """
    try:
        descriptor = sys.stdin.fileno()
    except (OSError, ValueError, AttributeError):  # replaced by something else than a file
        return sys.stdin.read().encode("utf-8", "surrogateescape")
    return _drained("standard input", descriptor, cancelled)


def read(
    path: Path,
    *,
    largest: int = LARGEST,
    pipes: bool = True,
    hint: str = "",
    cancelled: IsCancelled = never,
) -> bytes:
    """All of a file or pipe that the user named, if it is no larger than it should be.

    Raises:
        As ``reading``; FileError also where it is larger.
    """
    with reading(path, pipes=pipes, hint=hint, cancelled=cancelled) as handle:
        body = bytearray()
        try:
            # Not by its size: files of /proc announce 0 bytes and may have no end.
            while block := handle.read(min(_BLOCK, largest + 1 - len(body))):
                check(cancelled)
                body += block
        except OSError as error:
            raise FileError(f"{path} cannot be read: {error.strerror or error}", hint) from None
    if len(body) > largest:
        raise FileError(f"{path} is larger than {largest >> 20} MB", hint)
    return bytes(body)


def expanded(path: Path) -> Path:
    """The path with ``~`` in place of the home folder.

    Raises:
        FileError: there is no such home folder.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        raise FileError(f"{path}: there is no such home folder", "give the whole path") from None


def _drained(name: str, descriptor: int, cancelled: IsCancelled) -> bytes:
    body = bytearray()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while True:
        check(cancelled)
        if not poll.poll(_PATIENCE_S * 1000):
            continue  # nothing was written yet
        try:
            block = os.read(descriptor, _BLOCK)
        except BlockingIOError:
            continue
        if not block:
            return bytes(body)
        body += block
        if len(body) > LARGEST:
            raise FileError(
                f"{name} is a pipe and sends more than {LARGEST >> 20} MB",
                "write it into a file first, and give that",
            )


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"
