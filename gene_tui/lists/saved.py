"""Lists that people saved under a name: a small file each, among what the user would miss."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from gene_tui import files, paths
from gene_tui.errors import FileError, UsageError

FORMAT = 1
LONGEST_NAME = 60
_ENDING = ".json"
#: What file systems take, in bytes, with room for what is in the making.
_LONGEST_FILE = 240
_HINT = "save the list again"


def saved_names() -> list[str]:
    """The names of the saved lists, in order of the alphabet; none where nothing was saved."""
    try:
        found = [path.name for path in paths.lists_dir().iterdir()]
    except OSError:
        return []
    names = (unquote(name.removesuffix(_ENDING)) for name in found if name.endswith(_ENDING))
    return sorted((name for name in names if not name.startswith(".")), key=str.casefold)


def load_list(name: str) -> tuple[str, ...] | None:
    """The labels of a saved list, None where there is none of that name.

    Raises:
        FileError: it cannot be read, or is damaged.
    """
    path = _place(name)
    if path is None or not path.exists():
        return None
    try:
        form = json.loads(files.read(path, pipes=False, hint=_HINT))
        labels = form["labels"]
        if form["format"] != FORMAT or not isinstance(labels, list):
            raise ValueError("of another format")
        if not all(isinstance(label, str) for label in labels):
            raise ValueError("not a list of names")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileError(f"{path} is not a saved list ({_told(error)})", _HINT) from None
    return tuple(labels)


def save_list(name: str, labels: Sequence[str], *, replace: bool = False) -> Path:
    """Save a list under a name.

    Args:
        labels: what its genes are called in their space, in order.

    Raises:
        UsageError: the name cannot be one.
        AlreadyThere: there is a list of that name, and ``replace`` is False.
        FileError: it cannot be written.
    """
    name = checked_name(name)
    paths.ensure(paths.lists_dir())
    body = json.dumps({"format": FORMAT, "name": name, "labels": list(labels)}, indent=1)
    path = _place(name)
    if path is None:
        raise UsageError("this name is too long for a file's name", "choose a shorter one")
    files.write(path, body + "\n", replace=replace, follow=False)
    return path


def rename_list(name: str, other: str) -> None:
    """Give a saved list another name.

    Raises:
        UsageError: the name cannot be one, or there is a list of that name.
        FileError: the list is gone or damaged, or the other one cannot be written.
    """
    other = checked_name(other)
    labels = load_list(name)
    if labels is None:
        raise FileError(f"there is no list called {name} any more", "choose another one")
    if other == name:
        return
    try:
        save_list(other, labels)
    except files.AlreadyThere:
        raise UsageError(f"there is a list called {other} already", "choose another name") from None
    delete_list(name)


def delete_list(name: str) -> bool:
    """Delete a saved list; False where there is none."""
    path = _place(name)
    try:
        if path is not None:
            path.unlink()
    except OSError:
        return False
    return path is not None


def checked_name(name: str) -> str:
    """The name as it is kept: without blanks around it.

    Raises:
        UsageError: nobody could ask for it.
    """
    name = name.strip()
    hint = "a short name without a slash, as tcells; ask for it as @tcells"
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(f"a list's name has 1 to {LONGEST_NAME} printable characters", hint)
    if "/" in name or name.startswith((".", "@", "list:", "set:")):
        raise UsageError(
            "a list's name has no slash and does not begin with . @ list: or set:", hint
        )
    return name


def _told(error: Exception) -> str:
    """What went wrong, on one line."""
    return " ".join(str(error).split())[:80]


def _place(name: str) -> Path | None:
    """The file of a list; None where no file can be called so."""
    # Quoted, so that no name is a path of its own.
    file = quote(name, safe=" ", errors="surrogatepass") + _ENDING
    return paths.lists_dir() / file if len(file) <= _LONGEST_FILE else None
