"""Spaces by name: from what the user says to an open space."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gene_tui import config, paths
from gene_tui.errors import FileError, UsageError
from gene_tui.progress import IsCancelled, Report, never, silent
from gene_tui.spaces import store
from gene_tui.spaces.demo import DEMO_NAME, DEMO_NOTICE, demo_source, recipe_fingerprint
from gene_tui.spaces.importing import Annotator, Recipe, import_space
from gene_tui.spaces.space import Manifest, Space


@dataclass(frozen=True, slots=True)
class Entry:
    """A space of the catalogue. ``problem`` says why it cannot be opened, or is ""."""

    name: str
    folder: Path
    manifest: Manifest | None
    problem: str = ""


def entries() -> list[Entry]:
    """The user's spaces, by name; damaged ones are listed with their problem."""
    found = []
    folder = paths.spaces_dir()
    for child in sorted(folder.iterdir()) if folder.is_dir() else []:
        if child.name.startswith(".") or not child.is_dir():
            continue
        try:
            found.append(Entry(child.name, child, Manifest.read(child)))
        except FileError as error:
            found.append(Entry(child.name, child, None, error.message))
    return found


def folder_of(name: str) -> Path:
    """Where the space ``name`` lives or would live.

    Raises:
        UsageError: the name cannot be a folder's.
    """
    if not re.fullmatch(r"[^\x00-\x1f\x7f/\\.][^\x00-\x1f\x7f/\\]{0,99}", name):
        raise UsageError(
            f"{name!r} cannot be a space's name",
            "at most 100 characters, no slash or backslash, not starting with a dot",
        )
    if name == DEMO_NAME:
        raise UsageError(f"{name} is the name of the built-in space", "choose another name")
    return paths.spaces_dir() / name


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
    return re.sub(r"[^\w.+-]+", "-", stem).strip(".-")[:100] or "space"


def chosen(spec: str | None) -> tuple[str | None, str]:
    """Which space is meant when ``spec`` is perhaps not given, and who said so.

    Returns:
        (spec, origin): origin is "" when given, else "$GENE_TUI_SPACE", the config file's
        path, or "default"; spec is None for the demonstration space.
    """
    if spec:
        return spec, ""
    if from_environment := os.environ.get("GENE_TUI_SPACE"):
        return from_environment, "$GENE_TUI_SPACE"
    if from_config := config.load().space:
        return from_config, str(paths.config_file())
    return None, "default"


def find(spec: str | None, *, report: Report = silent, cancelled: IsCancelled = never) -> Space:
    """Open the space that ``spec`` means.

    In this order: the demonstration space's name, a name of the catalogue, a space folder, a
    source file or a folder in the earlier scripts' layout (imported into the cache once and
    reused while unchanged). None opens the demonstration space.

    Raises:
        FileError: there is no such space, or it cannot be opened.
    """
    if spec is None or spec == DEMO_NAME:
        return demonstration(report=report, cancelled=cancelled)
    path = Path(spec).expanduser()
    is_name = "/" not in spec and not spec.startswith((".", "~"))
    if is_name and (paths.spaces_dir() / spec / "manifest.json").is_file():
        return store.open_folder(paths.spaces_dir() / spec)
    if (path / "manifest.json").is_file():
        return store.open_folder(path)
    if path.exists():
        return _imported(path, report=report, cancelled=cancelled)
    raise FileError(f"there is no space called {spec}, nor such a file", _known_names())


def demonstration(*, report: Report = silent, cancelled: IsCancelled = never) -> Space:
    """The built-in space; made in the cache at first use and whenever its recipe changed."""
    target = paths.imported_dir() / f"{DEMO_NAME}-{recipe_fingerprint()}"
    if (target / "manifest.json").is_file():
        try:
            return store.open_folder(target)
        except FileError:
            store.remove(target)
    source = demo_source()
    source.notes.append(DEMO_NOTICE)
    return _write_once(
        lambda: store.write(
            source,
            target,
            name=DEMO_NAME,
            annotator=Annotator(()),
            demo=True,
            fingerprint_source=False,
            report=report,
            cancelled=cancelled,
        ),
        target,
    )


def _imported(path: Path, *, report: Report, cancelled: IsCancelled) -> Space:
    """The cached import of a raw source, made anew when the source changed."""
    target = paths.imported_dir() / f"{default_name(path)}-{_state(path)}"
    if (target / "manifest.json").is_file():
        try:
            return store.open_folder(target)
        except FileError:
            store.remove(target)
    recipe = Recipe(path)
    name = default_name(path)
    return _write_once(
        lambda: import_space(recipe, target, name=name, report=report, cancelled=cancelled),
        target,
    )


def _write_once(write: Callable[[], Space], target: Path) -> Space:
    """Run a writer; when another process was faster, open what it made."""
    try:
        return write()
    except UsageError:
        return store.open_folder(target)


def _state(path: Path) -> str:
    """Names the state of a source: where it is, and size and time of all its files."""
    hasher = hashlib.sha256(str(path.resolve()).encode())
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files[:1000]:
        status = file.stat()
        hasher.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return hasher.hexdigest()[:12]


def _known_names() -> str:
    names = [entry.name for entry in entries()]
    if not names:
        return "gene-tui import FILE makes one; without --space the demonstration space is used"
    return "there are: " + ", ".join([*names[:10], *(["…"] if len(names) > 10 else [])])
