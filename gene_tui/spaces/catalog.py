"""Spaces by name: from what the user says to an open space."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from gene_tui import config, files, paths
from gene_tui.arrays import Matrix
from gene_tui.errors import FileError, UsageError
from gene_tui.run import QUIET, Run
from gene_tui.spaces import atlas, store
from gene_tui.spaces.importing import Recipe, import_space, write_source
from gene_tui.spaces.manifest import FILE as MANIFEST
from gene_tui.spaces.manifest import Manifest
from gene_tui.spaces.source import Block, Source
from gene_tui.spaces.space import Space
from gene_tui.text import clip, harmful

#: A folder with more files is not one source.
_MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class ListedSpace:
    """A space of the catalogue. ``problem`` says why it cannot be opened, or is ""."""

    name: str
    folder: Path
    manifest: Manifest | None
    problem: str = ""


def entries() -> list[ListedSpace]:
    """The user's spaces, by name; damaged ones are listed with their problem."""
    found = []
    folder = paths.spaces_dir()
    with _opening(folder):
        children = sorted(folder.iterdir()) if folder.is_dir() else []
    for child in children:
        try:
            if child.name.startswith(".") or not child.is_dir():
                continue
            found.append(ListedSpace(child.name, child, Manifest.read(child)))
        except FileError as error:
            found.append(ListedSpace(child.name, child, None, error.message))
        except OSError as error:
            found.append(ListedSpace(child.name, child, None, error.strerror or str(error)))
    return found


def in_the_box() -> ListedSpace:
    """The atlas, which is always there; its manifest is None until it was opened."""
    folder = made(None)
    return ListedSpace(atlas.NAME, _built_in(), None if folder is None else Manifest.read(folder))


def existing(name: str) -> Path:
    """The folder of a space of the catalogue, whatever its name; for removing it.

    Raises:
        FileError: there is none. UsageError: no space can be called that.
    """
    for entry in entries():
        if entry.name == name:
            return entry.folder
    folder_of(name)
    hint = _known_names(name, removable=True)
    raise FileError(f"there is no space called {clip(name, 200)}", hint)


def folder_of(name: str) -> Path:
    """The folder of the space ``name``, whether or not it exists.

    Raises:
        UsageError: the name cannot be a folder's.
    """
    fits = re.fullmatch(r"[^/\\.~-][^/\\]{0,99}", name) and len(os.fsencode(name)) <= 200
    if not fits or name != name.strip() or any(map(_unseen, name)):
        raise UsageError(
            f"{clip(name)!r} cannot be a space's name",
            "at most 100 characters, no slash or backslash, no . - or ~ in front, no blank at "
            "either end, nothing that cannot be seen",
        )
    if name == atlas.NAME:
        raise UsageError(f"{name} is the space that comes with the program", "choose another name")
    return paths.spaces_dir() / name


def _unseen(char: str) -> bool:
    return harmful(char) or char in "\u200c\u200d" or (char.isspace() and char != " ")


def default_name(path: Path) -> str:
    """A name for a source: its file name without endings, made fit for a folder."""
    stem = path.absolute().name
    for _ in range(3):
        stem = re.sub(
            r"\.(gz|npz|npy|json|txt|vec|bin|csv|tsv|parquet|h5ad|kv|pkl|pickle|pt|safetensors)$",
            "",
            stem,
            flags=re.IGNORECASE,
        )
    name = re.sub(r"[^\w.+-]+", "-", stem).strip(".-")[:100]
    # Letters of four bytes: a folder's name is counted in bytes.
    return os.fsencode(name)[:200].decode(errors="ignore").rstrip(".-") or "space"


def chosen(spec: str | None) -> tuple[str | None, str]:
    """Which space is meant when ``spec`` is perhaps not given, and who said so.

    Returns:
        (spec, origin): origin is "" when given, else "$GENE_TUI_SPACE", the config file's
        path, or "default"; spec is None for the atlas.
    """
    if spec is not None:
        return spec, ""
    if from_environment := os.environ.get("GENE_TUI_SPACE"):
        return from_environment, "$GENE_TUI_SPACE"
    if from_config := config.load().space:
        return from_config, str(paths.config_file())
    return None, "default"


def find(spec: str | None, *, run: Run = QUIET) -> Space:
    """Open the space that ``spec`` means.

    In this order: the atlas, a name of the catalogue, a space folder, a source file or a folder
    in the earlier scripts' layout (imported into the cache once and reused while unchanged).
    None opens the atlas.

    Raises:
        FileError: there is no such space, or it cannot be opened.
    """
    if spec is None or spec == atlas.NAME:
        return the_atlas(run=run)
    with _opening(spec):
        folder, path = folder_meant(spec), files.expanded(Path(spec))
        if folder is not None:
            return store.open_folder(folder, run=run)
        if path.exists():
            return _imported(path, run=run)
    raise FileError(
        f"there is no space called {clip(spec, 200)}, nor such a file", _known_names(spec)
    )


def folder_meant(spec: str) -> Path | None:
    """The space folder that ``spec`` means, by name or by path; None where it means another
    kind of source, or nothing.

    Raises:
        FileError: it cannot be looked at. UsageError: nothing was named.
    """
    if not spec.strip():
        raise UsageError(
            "the name of a space is empty", "leave it out, or name one that gene-tui spaces lists"
        )
    with _opening(spec):
        path = files.expanded(Path(spec))
        named = paths.spaces_dir() / spec
        if _is_name(spec) and (named / MANIFEST).exists():
            return named
        return path if (path / MANIFEST).exists() else None


def _is_name(spec: str) -> bool:
    return "/" not in spec and not spec.startswith((".", "~"))


@contextmanager
def _opening(what: str | Path) -> Iterator[None]:
    """Say of a place that cannot be looked at what the system says."""
    try:
        yield
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        shown = clip(str(what), 200)
        raise FileError(f"{shown} cannot be opened: {why}", "check its name and permissions") from (
            None
        )


def made(spec: str | None) -> Path | None:
    """The folder of the space that ``find`` would open, where it is made already; else None.

    Raises:
        FileError: it cannot be looked at.
    """
    if spec is None or spec == atlas.NAME:
        folder = _built_in()
    elif (named := folder_meant(spec)) is not None:
        folder = named
    else:
        with _opening(spec):
            path = files.expanded(Path(spec))
            if not path.exists():
                return None
            folder = _kept(path)
    return folder if (folder / MANIFEST).is_file() else None


def _built_in() -> Path:
    return paths.imported_dir() / f"{atlas.NAME}-{atlas.fingerprint()}"


def the_atlas(*, run: Run = QUIET) -> Space:
    """The space that comes with the program; laid out in the cache at first use and whenever
    its files have changed.

    Raises:
        FileError: they are damaged, or nothing can be written anywhere.
    """
    target = _built_in()
    if (target / MANIFEST).is_file():
        try:
            return store.open_folder(target, run=run)
        except FileError:
            store.discard(target)
    parts = atlas.load()
    return _write_once(
        lambda: store.write(
            atlas.source_of(parts, paths.asset(atlas.ASSET)),
            target,
            name=atlas.NAME,
            annotator=atlas.annotator,
            derived=atlas.random_questions(parts),
            run=run,
        ),
        target,
    )


def _imported(path: Path, *, run: Run) -> Space:
    """The cached import of a raw source, made anew when the source changed."""
    target = _kept(path)
    if (target / "manifest.json").is_file():
        try:
            return store.open_folder(target, run=run)
        except FileError:
            store.discard(target)
    recipe = Recipe(path)
    name = default_name(path)
    return _write_once(
        lambda: import_space(recipe, target, name=name, run=run),
        target,
    )


def _kept(path: Path) -> Path:
    """Where the import of a raw source, as it is now, is kept."""
    return paths.imported_dir() / f"{default_name(path)}-{_state(path)}"


def of_arrays(labels: Sequence[str], vectors: Matrix, name: str, *, run: Run = QUIET) -> Space:
    """A space of (n, d) rows that are in memory, kept in the cache and found there again.

    Raises:
        UsageError: no space can be called that. FileError: no row is usable, or the labels or
            vectors cannot have been meant so.
        Cancelled: nothing is left behind.
    """
    folder_of(name)
    hasher = hashlib.sha256("\0".join(labels).encode())
    hasher.update(np.ascontiguousarray(vectors).tobytes())
    target = paths.imported_dir() / f"{name}-{hasher.hexdigest()[:12]}"
    if (target / MANIFEST).is_file():
        try:
            return store.open_folder(target, run=run)
        except FileError:
            store.discard(target)
    n, d = vectors.shape
    source = Source("arrays in memory", d, n, iter([Block(labels, vectors)]), ())
    return _write_once(lambda: write_source(source, target, name=name, run=run), target)


def _write_once(write: Callable[[], Space], target: Path) -> Space:
    """Run a writer; when another process was faster, open what it made."""
    try:
        return write()
    except UsageError:
        return store.open_folder(target)


def _state(path: Path) -> str:
    """Names the state of a source: where it is, and size and time of all its files."""
    hasher = hashlib.sha256(str(path.resolve()).encode())
    for file in _parts(path):
        status = file.lstat() if file.is_symlink() and not file.exists() else file.stat()
        hasher.update(os.fsencode(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0"))
    return hasher.hexdigest()[:12]


def _parts(path: Path) -> list[Path]:
    """A file; or what lies in a folder and its folders, if it is not a whole disk."""
    if not path.is_dir():
        return [path]
    found: list[Path] = []
    for folder, folders, names in os.walk(path):
        found += [Path(folder) / name for name in [*folders, *names]]
        if len(found) > _MOST_PARTS:
            raise FileError(
                f"{path} is no source of a space: it holds more than {_MOST_PARTS:,} files",
                "give the folder of one model, or a file",
            )
    return sorted(found)


def _known_names(meant: str = "", *, removable: bool = False) -> str:
    """What spaces there are, beginning with the one that ``meant`` is spelled like.

    Args:
        removable: without the one that comes with the program.
    """
    own = [entry.name for entry in entries()]
    if removable and not own:
        return f"no space was imported yet; {atlas.NAME} comes with the program and stays"
    names = own if removable else [*own, atlas.NAME]
    by_case = {name.casefold(): name for name in names}
    if near := get_close_matches(meant.casefold(), by_case, 1):
        others = f" {_listed(names)}" if len(names) > 1 else ""
        return f"did you mean {by_case[near[0]]}?{others}"
    if not own:
        return f"gene-tui import FILE makes one; without --space it is {atlas.NAME}, {atlas.TITLE}"
    return _listed(names)


def _listed(names: Sequence[str]) -> str:
    return "there are: " + ", ".join([*names[:10], *(["…"] if len(names) > 10 else [])])
