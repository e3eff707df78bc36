"""The locations of all files; no other module asks appdirs.

Everything follows appdirs, so ``XDG_DATA_HOME`` and its kin move it. Nothing is created by
asking; writers make the folder they need with ``ensure``.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

import appdirs

from gene_tui.errors import FileError

APP = "gene-tui"


def data_dir() -> Path:
    """What the user would miss: spaces, lists and history."""
    return _place(appdirs.user_data_dir(APP), "~/.local/share")


def cache_dir() -> Path:
    """What can be made again: spaces imported from raw files, derived arrays, kernels."""
    return _place(appdirs.user_cache_dir(APP), "~/.cache")


def config_file() -> Path:
    """The settings, TOML."""
    return _place(appdirs.user_config_dir(APP), "~/.config") / "config.toml"


def _place(told: str, usual: str) -> Path:
    """What appdirs says; a variable that is empty or a relative path counts as not set, as the
    XDG base directory specification wants it."""
    place = Path(told)
    return place if place.is_absolute() else Path(usual).expanduser() / APP


def spaces_dir() -> Path:
    """Spaces by name, one folder each."""
    return data_dir() / "spaces"


def imported_dir() -> Path:
    """Spaces made on the fly: the built-in one, and raw sources given as ``--space``.

    Where the cache cannot be written (a home that is read-only), a folder of the user's own
    among the temporary files, so that there is always something to open.
    """
    folder = cache_dir() / "spaces"
    return folder if _can_hold(folder) else _spare() or folder


def _can_hold(folder: Path) -> bool:
    """Whether ``folder`` can be written, or made."""
    for place in (folder, *folder.parents):
        try:
            if place.exists():
                return writable(place)
        except OSError:
            return False
    return False


def _spare() -> Path | None:
    """A folder among the temporary files that is the user's alone, made if need be.

    Others write there too: they may have made a folder of this name first, or a link. Every
    level must be a folder of the user's own that nobody else can enter, or none is used.
    """
    common = Path(tempfile.gettempdir())
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = common / f"{APP}-{user}" / "spaces"
    try:
        it = common.stat()
        sticky = it.st_mode & stat.S_ISVTX or not it.st_mode & 0o022
        if it.st_uid not in (0, user) or not sticky:
            return None
        for place in (folder.parent, folder):
            with contextlib.suppress(FileExistsError):
                place.mkdir(mode=0o700)
            it = place.lstat()
            if not stat.S_ISDIR(it.st_mode) or it.st_uid != user or it.st_mode & 0o077:
                return None
    except OSError:
        return None
    return folder


def downloads_dir() -> Path:
    """Files of public sources, kept until they are imported."""
    return cache_dir() / "downloads"


def derived_dir() -> Path:
    """Derived arrays of spaces whose own folder cannot be written, or of transformed views."""
    return cache_dir() / "derived"


def history_file() -> Path:
    """What was asked and answered, SQLite."""
    return data_dir() / "history.sqlite"


def lists_dir() -> Path:
    """Lists of genes that were saved by name, a file each."""
    return data_dir() / "lists"


def state_file() -> Path:
    """What the app remembers between two starts (the last space)."""
    return data_dir() / "state.json"


def asset(name: str) -> Path:
    """A file that travels with the program: in the wheel, or in ``assets/`` of a checkout.

    Raises:
        FileError: the installation is incomplete.
    """
    package = Path(__file__).parent
    for folder in (package / "assets", package.parent / "assets"):
        if (folder / name).is_file():
            return folder / name
    raise FileError(f"{name} is missing from this installation", "install gene-tui again")


def ensure(folder: Path) -> Path:
    """Make ``folder`` and its parents.

    Raises:
        FileError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"{folder} cannot be made: {error.strerror}",
            "check its permissions, or point XDG_DATA_HOME and XDG_CACHE_HOME elsewhere",
        ) from error
    return folder


def writable(folder: Path) -> bool:
    """Whether files can be made in ``folder`` (False if it does not exist)."""
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
