"""The space folder: written beside its place and renamed, opened by memory map, verified.

A writer works in a temporary folder next to the target; only the last rename makes the space
appear, so a crash, a full disk or Ctrl-C leaves nothing half made. Vectors are streamed: a
source larger than memory can be imported.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np

from gene_tui import files, paths
from gene_tui.arrays import Array, mapped
from gene_tui.errors import FileError, GeneTuiError, UsageError
from gene_tui.genes.names import NameIndex
from gene_tui.genes.table import GeneTable
from gene_tui.model.gene import Gene, Genes
from gene_tui.run import QUIET, IsCancelled, Progress, Run, check
from gene_tui.spaces.checked import Checked, checksum
from gene_tui.spaces.clean import Cleaner, summary
from gene_tui.spaces.derived import DerivedStore
from gene_tui.spaces.manifest import CONTENT, FILE, Manifest
from gene_tui.spaces.source import Source
from gene_tui.spaces.space import Space
from gene_tui.text import clip

#: Turns labels and the source's own columns into gene records, what the labels are, and notes.
Annotator = Callable[
    [Sequence[str], Mapping[str, Sequence[str]]], tuple[Iterable[Gene], str, list[str]]
]

#: No arrays are there yet.
NOTHING: Mapping[str, Array] = MappingProxyType({})
#: Vectors larger than this are checked by ``verify`` only: opening must not be felt.
CHECKED_AT_ONCE = 256 << 20
_HEADER_BYTES = 128
_HINT = "import the space again"
_TEMPORARY = ".importing-"
_OLD = ".replaced-"


def open_folder(folder: Path, *, fresh: bool = False, run: Run = QUIET) -> Space:
    """Open a space folder: its manifest is read, its arrays are mapped.

    The files are checked against the manifest's sums when they are met for the first time or
    have changed since; vectors larger than ``CHECKED_AT_ONCE`` only by ``verify``.

    Args:
        fresh: this process has just written it, and the sums with it.

    Raises:
        FileError: it is no space, is damaged, or its parts do not belong together.
        Cancelled: the user stopped it.
    """
    manifest = Manifest.read(folder)
    seen = Checked.of(folder)

    def sum_of(handle: BinaryIO, name: str) -> None:
        told = manifest.checksums.get(name)
        if told is None or fresh:
            return
        large = name == "vectors.npy" and os.fstat(handle.fileno()).st_size > CHECKED_AT_ONCE
        if large and seen.remembers(handle, name) is None:
            return
        if seen.sum(handle, name, run=run) != told:
            raise _changed(folder, name)

    file = folder / "vectors.npy"
    vectors = mapped(file, check=lambda handle: sum_of(handle, "vectors.npy"), hint=_HINT)
    shape = (manifest.genes, manifest.dims)
    if vectors.shape != shape or vectors.dtype != np.float32 or not vectors.flags.c_contiguous:
        raise FileError(
            f"{file} holds {vectors.shape} {vectors.dtype}, the manifest says {shape} float32",
            _HINT,
        )
    for name in manifest.checksums:
        if name != "vectors.npy":
            with files.reading(folder / name, pipes=False, hint=_HINT) as handle:
                sum_of(handle, name)
    table = GeneTable.open(folder)
    if len(table) != manifest.genes:
        raise FileError(
            f"{folder / 'genes.tsv'} has {len(table):,} genes, the manifest says "
            f"{manifest.genes:,}",
            _HINT,
        )
    names = NameIndex.open(folder, manifest.genes)
    return Space(folder, manifest, vectors, table, names)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ``verify`` found.

    Attributes:
        space: the manifest. damaged: files that are not what they were when it was made.
        unknown: what cannot be verified, one sentence each.
        derived: arrays kept beside it, and whether each is what its stamp says.
    """

    space: Manifest
    damaged: tuple[str, ...]
    unknown: tuple[str, ...]
    derived: Mapping[str, bool]


def verify(folder: Path, *, run: Run = QUIET) -> Verdict:
    """Read all of a space and compare it with what its manifest says, whatever is remembered.

    Raises:
        FileError: it is no space, or a file of it cannot be read at all.
        Cancelled: the user stopped it.
    """
    manifest = Manifest.read(folder)
    damaged = []
    for name, told in manifest.checksums.items():
        with files.reading(folder / name, pipes=False, hint=_HINT) as handle:
            if checksum(handle, run=run) != told:
                damaged.append(name)
    unknown = []
    if set(manifest.checksums) != set(CONTENT):
        unknown.append(
            "it was made before checksums of all files were kept: labels and vectors can be "
            "verified, symbols, names and the other columns of genes.tsv cannot; importing it "
            "again mends that"
        )
    if not damaged and content_hash(folder, run) != manifest.fingerprint:
        damaged.append("vectors.npy or the labels of genes.tsv")
    derived = DerivedStore.of(folder, manifest.fingerprint, own=True).names()
    return Verdict(manifest, tuple(damaged), tuple(unknown), derived)


def content_hash(folder: Path, run: Run = QUIET) -> str:
    """The hash of a space's vectors and labels, as its manifest's ``fingerprint`` has it.

    Raises:
        FileError: they cannot be read.
    """
    hasher = hashlib.sha256()
    with files.reading(folder / "vectors.npy", pipes=False, hint=_HINT) as handle:
        handle.seek(_HEADER_BYTES)
        checksum(handle, hasher, run=run)
    labels = GeneTable.open(folder).column("label")
    hasher.update("\n".join(labels).encode("utf-8", "surrogatepass"))
    return hasher.hexdigest()[:16]


def _changed(folder: Path, name: str) -> FileError:
    return FileError(
        f"{folder / name} is not what it was when the space was made (its checksum differs)",
        _HINT,
    )


def write(
    source: Source,
    target: Path,
    *,
    name: str,
    annotator: Annotator,
    truncate: int | None = None,
    replace_existing: bool = False,
    remake: str = "",
    derived: Mapping[str, Array] = NOTHING,
    run: Run = QUIET,
) -> Space:
    """Write a source as the space folder ``target`` and open it.

    Args:
        source: what to write; it is read to its end, or to ``truncate`` rows.
        annotator: makes gene records of the kept labels and the source's columns, and says
            what the labels are ("ensembl", "symbol", "word"), and what is worth a note.
        truncate: keep the first N rows that survive cleaning; None for all.
        replace_existing: an existing target is replaced; else it is refused.
        remake: command that makes this space again, for the manifest.
        derived: arrays by the names under which the space keeps them.

    Raises:
        UsageError: the target exists.
        FileError: the source is damaged or has no usable row, or the disk cannot be written.
        Cancelled: nothing is left behind.
    """
    _check_place(target, name, replace_existing)
    paths.ensure(target.parent)
    _sweep(target.parent)
    with _disk_errors(target), _temporary(target.parent) as folder:
        cleaner = Cleaner()
        with (folder / "vectors.npy").open("wb") as handle:
            labels, columns, digest = _stream(
                source, handle, cleaner, truncate, cancelled=run.cancelled
            )
        if not labels:
            why = "; ".join(summary(cleaner.dropped)) or "it is empty"
            raise FileError(f"{source.called} has no usable row: {why}", "check the source")
        run.report(Progress("naming genes", 0, len(labels)))
        with _no_search_for_rings():
            named, kind, remarks = annotator(labels, columns)
            run.check()
            genes = Genes.of(named)
            GeneTable.write(folder, genes)
            run.check()
            NameIndex.write(folder, genes)
        run.check()
        manifest = Manifest(
            name=name,
            genes=len(labels),
            dims=source.dims,
            fingerprint=digest,
            labels=kind,
            source=_describe(source, run),
            dropped=cleaner.dropped,
            notes=(*source.notes, *remarks),
            remake=remake,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            checksums=_checksums(folder, run),
        )
        manifest.write(folder)
        if derived:
            DerivedStore((folder / "derived",), digest).put(derived)
        run.check()
        _move_in(folder, target, replace_existing)
    return open_folder(target, fresh=True)


@contextmanager
def _no_search_for_rings() -> Iterator[None]:
    """Python's collector rests: a hundred thousand small lists of names are made, which it would
    look through again and again, and none is part of a ring."""
    rested = not gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not rested:
            gc.enable()


def _check_place(target: Path, name: str, replace_existing: bool) -> None:
    """Refuse a place where something is that may not be replaced."""
    with _disk_errors(target):
        if not target.exists() and not target.is_symlink():
            return
        if not replace_existing:
            raise UsageError(f"a space called {name} exists already", "give --replace, or --name")
        _only_ours(target)


def _checksums(folder: Path, run: Run) -> dict[str, str]:
    sums = {}
    for name in CONTENT:
        with (folder / name).open("rb") as handle:
            sums[name] = checksum(handle, run=run)
            os.fsync(handle.fileno())
    return sums


def _only_ours(folder: Path) -> None:
    """Refuse to delete a folder that holds anything this program did not name itself.

    Raises:
        FileError: names what else is there.
    """
    if folder.is_symlink():
        return  # the link alone is deleted
    if not folder.is_dir():
        raise FileError(f"{folder} is a file, not a space folder", "move it elsewhere")
    own = {"derived", "index", FILE, *CONTENT, "derived/stamp.json"}
    foreign = []
    for parent in (folder, folder / "index", folder / "derived"):
        for child in parent.iterdir() if parent.is_dir() and not parent.is_symlink() else ():
            name = child.relative_to(folder).as_posix()
            array = parent.name == "derived" and child.suffix == ".npy"
            if not (name in own or array or child.name.startswith(files.TEMPORARY)):
                foreign.append(name)
    if foreign:
        raise FileError(
            f"{folder} also holds {clip(', '.join(sorted(foreign)), 100)}, which is not the "
            "space's",
            "move that elsewhere first, or delete the folder by hand",
        )


def _delete(folder: Path) -> None:
    """Delete a folder of ours, which has been moved out of the way; a link, not where it leads."""
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def discard(folder: Path) -> None:
    """Delete an import in the user's cache, however damaged, so that it is made again."""
    with _disk_errors(folder):
        gone = _aside(folder)
        folder.rename(gone)
        _delete(gone)


def _aside(folder: Path) -> Path:
    return folder.with_name(f"{_OLD}{os.getpid()}-{time.time_ns()}")


def rename(space: Space, name: str) -> Space:
    """The same space under another name in its manifest."""
    manifest = replace(space.manifest, name=name)
    manifest.write(space.folder)
    return replace(space, manifest=manifest)


def remove(folder: Path) -> Manifest:
    """Delete a space folder; it vanishes at once, its bytes thereafter. Returns its manifest.

    Raises:
        FileError: it is not a space folder, or cannot be deleted.
    """
    manifest = Manifest.read(folder)
    with _disk_errors(folder):
        _only_ours(folder)
        gone = _aside(folder)
        folder.rename(gone)
        _delete(gone)
    return manifest


def _stream(
    source: Source,
    handle: BinaryIO,
    cleaner: Cleaner,
    truncate: int | None,
    *,
    cancelled: IsCancelled,
) -> tuple[list[str], dict[str, list[str]], str]:
    """Write the kept vectors behind a header; return labels, columns and content hash."""
    handle.write(b"\0" * _HEADER_BYTES)
    hasher = hashlib.sha256()
    labels: list[str] = []
    columns: dict[str, list[str]] = {}
    for block in source.blocks:
        check(cancelled)
        kept = cleaner.keep(block)
        room = len(kept.labels) if truncate is None else truncate - len(labels)
        rows = kept.vectors[:room]
        handle.write(np.ascontiguousarray(rows).data)
        hasher.update(np.ascontiguousarray(rows).data)
        for column, values in kept.columns.items():
            # A column that starts late is empty before.
            columns.setdefault(column, [""] * len(labels)).extend(values[:room])
        labels.extend(kept.labels[:room])
        for values in columns.values():
            values.extend([""] * (len(labels) - len(values)))
        if truncate is not None and len(labels) >= truncate:
            break
    for reason, name in source.dropped:
        cleaner.drop(reason, name)
    hasher.update("\n".join(labels).encode("utf-8", "surrogatepass"))
    handle.seek(0)
    handle.write(_npy_header(len(labels), source.dims))
    return labels, columns, hasher.hexdigest()[:16]


def _npy_header(n: int, d: int) -> bytes:
    """A version 1.0 header for (n, d) float32, padded to a fixed length.

    The length is fixed so that it can be written last, when n is known.
    """
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({n}, {d}), }}"
    room = _HEADER_BYTES - 10
    return b"\x93NUMPY\x01\x00" + room.to_bytes(2, "little") + text.ljust(room - 1).encode() + b"\n"


def _describe(source: Source, run: Run) -> dict[str, Any]:
    if not source.files:
        return {"path": "", "format": source.format}
    main = source.files[0]
    described: dict[str, Any] = {"path": str(main.absolute()), "format": source.format}
    if main.is_file():
        described["bytes"] = main.stat().st_size
        described["sha256"] = file_hash(main, run=run)
    if len(source.files) > 1:
        described["also"] = [str(file.absolute()) for file in source.files[1:]]
    return described


def file_hash(file: Path, *, run: Run = QUIET) -> str:
    """SHA-256 of a file, hexadecimal."""
    hasher = hashlib.sha256()
    total = file.stat().st_size
    done = 0
    with file.open("rb") as handle:
        while chunk := handle.read(1 << 22):
            run.check()
            hasher.update(chunk)
            done += len(chunk)
            run.report(Progress("checking the source", done, total, "B"))
    return hasher.hexdigest()


@contextmanager
def _temporary(parent: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"{_TEMPORARY}{os.getpid()}-", dir=parent))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move_in(folder: Path, target: Path, replace_existing: bool) -> None:
    if not target.exists() and not target.is_symlink():
        folder.rename(target)
        return
    if not replace_existing:  # another process made it first
        raise UsageError(f"{target} was made meanwhile", "give --replace to replace it")
    _only_ours(target)
    old = _aside(target)
    if not target.is_symlink() and _exchange(folder, target):
        folder.rename(old)
    else:
        target.rename(old)
        try:
            folder.rename(target)
        except OSError:
            old.rename(target)
            raise
    _delete(old)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step, so that a kill at any moment leaves one under the name;
    False where the system or the disk cannot."""
    import ctypes

    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    here, exchange = -100, 2
    return bool(swap(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0)


def _sweep(parent: Path) -> None:
    """Remove what killed imports of this machine left: folders of processes that are gone."""
    for prefix in (_TEMPORARY, _OLD):
        for folder in parent.glob(f"{prefix}*"):
            owner = folder.name.removeprefix(prefix).split("-")[0]
            with contextlib.suppress(OSError):
                old = time.time() - folder.lstat().st_mtime > 86_400
                if owner.isdigit() and old and not Path(f"/proc/{owner}").exists():
                    _delete(folder)


@contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except GeneTuiError:
        raise
    except OSError as error:
        raise files.cannot_write(target, error) from error
