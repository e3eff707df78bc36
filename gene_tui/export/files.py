"""Where exports go: default names, formats by extension, files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from datetime import datetime
from pathlib import Path

from gene_tui.errors import FileError, UsageError

#: Formats by extension; the first extension of a format is its usual one.
FORMS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "tsv",
    ".json": "json",
    ".svg": "svg",
}
_FOLDER = "outputs"


class AlreadyThere(FileError):
    """There is such a file, and nobody has agreed to replace it."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} exists already", "choose another name, or replace it")
        self.file = file


def default_file(now: datetime, extension: str = ".md", folder: Path | None = None) -> Path:
    """``interactive_results_20260131_140500.md`` in the working folder, in ``outputs/`` where
    there is such a folder."""
    name = f"interactive_results_{now:%Y%m%d_%H%M%S}{extension}"
    here = folder or Path()
    return here / _FOLDER / name if (here / _FOLDER).is_dir() else here / name


def typed_file(text: str) -> Path:
    """The file a person means: ``~`` is the home folder.

    Raises:
        UsageError: nothing is typed, or it cannot be a file's name.
    """
    name = text.strip()
    if not name:
        raise UsageError("no file is named", "type one, as results.md")
    if "\0" in name:
        raise UsageError("a file's name cannot contain NUL", "type another")
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise UsageError(f"{name}: there is no such home folder", "type the whole path") from None


def form_of(file: Path) -> str:
    """The format that a file's extension asks for.

    Raises:
        UsageError: it asks for none of ours.
    """
    try:
        return FORMS[file.suffix.lower()]
    except KeyError:
        ends = file.suffix or "no extension"
        raise UsageError(
            f"{file.name}: {ends} is no format to export", "end it in .md .csv .tsv .json or .svg"
        ) from None


def write(file: Path, data: str | bytes, *, replace: bool = False) -> Path:
    """Write a file so that it appears whole or not at all; the file, its links followed.

    Args:
        data: text is written as UTF-8, line ends as they are.
        replace: take the place of a file that is there. Without it none is ever lost, not
            even one that appears meanwhile.

    Raises:
        AlreadyThere: there is such a file, and ``replace`` is False.
        FileError: it cannot be written; nothing of it is left behind.
    """
    body = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    try:
        target = Path(os.path.realpath(file))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not replace and target.exists():
            raise AlreadyThere(file)
        temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}")
        try:
            _fill(temporary, body)
            _put(temporary, target, replace)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
    except FileExistsError:
        raise AlreadyThere(file) from None
    except OSError as error:
        raise _told(file, error) from error
    return target


def _fill(temporary: Path, body: bytes) -> None:
    # Made anew with the usual mode: the system takes the user's umask off by itself.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(body)
        handle.flush()
        os.fsync(handle.fileno())


def _put(temporary: Path, target: Path, replace: bool) -> None:
    if replace:
        temporary.replace(target)
        return
    try:
        # A second name fails where the first is taken; a rename would overwrite.
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # no hard links on this file system
        if target.exists():
            raise FileExistsError from None
        temporary.rename(target)


def _told(file: Path, error: OSError) -> FileError:
    why = error.strerror or str(error)
    hints = {
        errno.ENOENT: f"there is no folder {file.parent}; choose another",
        errno.ENOTDIR: f"{file.parent} is not a folder; choose another",
        errno.EISDIR: "it is a folder; add a file's name",
        errno.EACCES: "choose a folder you may write to, as ~",
        errno.EPERM: "choose a folder you may write to, as ~",
        errno.EROFS: "choose a folder you may write to, as ~",
        errno.ENOSPC: "the disk is full: make room, or choose another disk",
        errno.EDQUOT: "your quota is used up: make room, or choose another disk",
        errno.ENAMETOOLONG: "choose a shorter name",
    }
    hint = hints.get(error.errno or 0, "choose another file")
    return FileError(f"{file} cannot be written: {why}", hint)
