"""Settings, read from one TOML file that only the user writes.

A setting that is not understood is left at its default and told in ``Settings.warnings``;
only a file that is no TOML at all is an error, and for ``usual`` not even that.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gene_tui import paths
from gene_tui.errors import FileError


class _Wrong(Exception):
    """A value that a setting does not take; the text says what it takes."""


def _setting(default: Any, expects: str, example: str, about: str) -> Any:
    metadata = {"expects": expects, "example": example, "about": about}
    if isinstance(default, dict):
        return field(default_factory=lambda: MappingProxyType(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose; each field is one key of the file.

    Attributes:
        space: see each field's own text, which ``example`` prints.
        warnings: one line for each thing in the file that was not understood.
    """

    space: str = _setting(
        "",
        'a text, as "human" or "/data/embedding.npz"',
        '"human"',
        "The space to open: a name, a space folder or a source file. $GENE_TUI_SPACE and "
        "--space come first; without any of them the atlas opens.",
    )
    index: str = _setting(
        "",
        "a file name in quotes",
        '"~/indexes/human.faiss"',
        "A FAISS index over all pairs, loaded in the background by the app.",
    )
    gene_sets: str = _setting(
        "",
        "a file name in quotes",
        '"~/sets/reactome.gmt"',
        "A GMT file of gene sets for @NAME in a query, enrich and evaluate --sets; --gmt comes "
        "first. Without it they are Reactome's, which come with the program.",
    )
    theme: str = _setting(
        "", "a theme's name in quotes", '"gene-dark"', "Colours of the app; empty for its own."
    )
    threads: int = _setting(
        0, "a whole number from 0 to 1024", "4", "Threads for searching; 0 for all cores there are."
    )
    metric: str = _setting(
        "cosine",
        '"cosine" or "euclidean"',
        '"cosine"',
        "How similarity is measured unless something else is asked.",
    )
    animations: bool | None = _setting(
        None,
        "true or false",
        "false",
        "Moving pictures in the app; where unset, they are off over SSH.",
    )
    mouse: bool | None = _setting(
        None,
        "true or false",
        "true",
        "Clicks in the app; where unset, they are off in GNU screen, which holds back Esc while "
        "a program listens to the mouse.",
    )
    history_limit: int = _setting(
        5_000,
        "a whole number from 1 to 1000000",
        "5000",
        "Answers kept in the history, pinned ones not counted; the oldest go first.",
    )
    keys: Mapping[str, tuple[str, ...]] = _setting(
        {},
        'a table of actions with keys, as copy-link = "y" or copy-link = ["y", "ctrl+y"]',
        "",
        "Keys by action; ? in the app lists the actions. An empty list takes the key away.",
    )
    warnings: tuple[str, ...] = ()


_RANGES = {"threads": (0, 1024), "history_limit": (1, 1_000_000)}
#: Bytes of a file that is too large to have been written by hand.
_MOST = 1_000_000
_KNOWN = tuple(entry for entry in fields(Settings) if entry.name != "warnings")


def load(path: Path | None = None) -> Settings:
    """Read the settings; all defaults where there is no file.

    Args:
        path: the file; the user's own by default.

    Raises:
        FileError: it cannot be read, or is not TOML; names the line.
    """
    path = path or paths.config_file()
    try:
        table = tomllib.loads(_read(path).decode("utf-8-sig").replace("\r\n", "\n"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise FileError(
            f"{path} cannot be read: {error.strerror}", "check its permissions"
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise FileError(f"{path} line {line}: not UTF-8 text", "save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _broken(path, str(error)) from error
    return _settings(table, path)


def usual(path: Path | None = None) -> Settings:
    """Read the settings; where the file cannot be read, all defaults and a warning that says so.

    Args:
        path: the file; the user's own by default.
    """
    try:
        return load(path)
    except FileError as error:
        return Settings(warnings=(f"{error.message} (no setting is used)",))


def example() -> str:
    """A file with every setting, explained and commented out."""
    parts = []
    for entry in _KNOWN:
        about = "\n".join(f"# {line}" for line in _wrapped(entry.metadata["about"]))
        if entry.name == "keys":
            parts.append(f'{about}\n# [keys]\n# copy-link = "y"\n# quit = ["q", "ctrl+q"]\n')
        else:
            parts.append(f"{about}\n# {entry.name} = {entry.metadata['example']}\n")
    return "\n".join(parts)


def _read(path: Path) -> bytes:
    """The file's bytes; nothing that has no end is waited for."""
    kind = path.stat().st_mode
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind) or path.samefile(os.devnull)):
        raise FileError(f"{path} cannot be read: it is no regular file", "settings are a text file")
    with path.open("rb") as file:
        found = file.read(_MOST + 1)
    if len(found) > _MOST:
        raise FileError(f"{path} cannot be read: it is over 1 MB", "settings are a few lines")
    return found


def _broken(path: Path, what: str) -> FileError:
    place = re.search(r" \(at line (\d+), column (\d+)\)$", what)
    if place:
        where = f"{path} line {place[1]}, column {place[2]}"
        what = what[: place.start()]
    else:
        where = f"{path}, at its end" if "end of document" in what else str(path)
    what = what.removesuffix(" (at end of document)")
    hint = 'a setting is written as name = "text", name = 5 or name = true'
    return FileError(f"{where}: {what[:1].lower()}{what[1:]}", hint)


def _settings(table: Mapping[str, Any], path: Path) -> Settings:
    known = {entry.name: entry for entry in _KNOWN}
    chosen: dict[str, Any] = {}
    warnings = []
    for name, value in table.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
            warnings.append(f"{path}: {_name(name)} is no setting{meant}")
        elif name == "keys":
            chosen[name], wrong = _keys(value)
            warnings += [f"{path}: {line}" for line in wrong]
        else:
            try:
                chosen[name] = _value(name, value)
            except _Wrong:
                expects = known[name].metadata["expects"]
                warnings.append(f"{path}: {name} takes {expects}, not {_shown(value)}")
    return Settings(**chosen, warnings=tuple(warnings))


def _value(name: str, value: Any) -> Any:
    if name in _RANGES:
        least, most = _RANGES[name]
        fits = type(value) is int and least <= value <= most
    elif name in ("animations", "mouse"):
        fits = type(value) is bool
    elif name == "metric":
        fits = value in ("cosine", "euclidean")
    else:
        fits = isinstance(value, str)
    if not fits:
        raise _Wrong
    if name in ("index", "gene_sets") and value:
        try:
            return str(Path(value).expanduser())
        except RuntimeError as error:  # ~name of nobody here
            raise _Wrong from error
    return value


def _keys(value: Any) -> tuple[Mapping[str, tuple[str, ...]], list[str]]:
    """Keys by action, and one line for each that is none."""
    expects = next(entry for entry in _KNOWN if entry.name == "keys").metadata["expects"]
    if not isinstance(value, dict):
        return MappingProxyType({}), [f"keys takes {expects}, not {_shown(value)}"]
    keys: dict[str, tuple[str, ...]] = {}
    wrong = []
    for action, given in value.items():
        listed = [given] if isinstance(given, str) else given
        if isinstance(listed, list) and all(isinstance(key, str) and key for key in listed):
            keys[action] = tuple(listed)
        else:
            wrong.append(
                f'keys.{_name(action)} takes a key as "y" or a list of keys, not {_shown(given)}'
            )
    return MappingProxyType(keys), wrong


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name) else _shown(name)


def _shown(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else ascii(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 86)
