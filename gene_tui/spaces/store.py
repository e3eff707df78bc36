"""The space folder: written beside its place and renamed, opened by memory map, verified.

A writer works in a temporary folder next to the target; only the last rename makes the space
appear, so a crash, a full disk or Ctrl-C leaves nothing half made. Vectors are streamed: a
source larger than memory can be imported.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gene_tui import paths
from gene_tui.errors import FileError, GeneTuiError, UsageError
from gene_tui.genes.gene import Gene
from gene_tui.genes.names import NameIndex
from gene_tui.genes.table import GeneTable
from gene_tui.progress import IsCancelled, Progress, Report, check, never, silent
from gene_tui.spaces.clean import Cleaner, summary
from gene_tui.spaces.source import Source
from gene_tui.spaces.space import Manifest, Space

#: Turns labels and the source's own columns into gene records, what the labels are, and notes.
Annotator = Callable[
    [Sequence[str], Mapping[str, Sequence[str]]], tuple[list[Gene], str, list[str]]
]

_HEADER_BYTES = 128
_TEMPORARY = ".importing-"
_OLD = ".replaced-"


def open_folder(folder: Path) -> Space:
    """Open a space folder; nothing is read but its manifest and array headers.

    Raises:
        FileError: it is no space, is damaged, or its parts do not belong together.
    """
    manifest = Manifest.read(folder)
    file = folder / "vectors.npy"
    try:
        vectors = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise FileError(
            f"{file} cannot be opened ({_reason(error)})", "import the space again"
        ) from error
    shape = (manifest.genes, manifest.dims)
    if vectors.shape != shape or vectors.dtype != np.float32 or not vectors.flags.c_contiguous:
        raise FileError(
            f"{file} holds {vectors.shape} {vectors.dtype}, the manifest says {shape} float32",
            "import the space again",
        )
    table = GeneTable.open(folder)
    if len(table) != manifest.genes:
        raise FileError(
            f"{folder / 'genes.tsv'} has {len(table):,} genes, the manifest says "
            f"{manifest.genes:,}",
            "import the space again",
        )
    # A plain ndarray over the same map: subclass bookkeeping of np.memmap costs in hot paths.
    return Space(folder, manifest, np.asarray(vectors), table, NameIndex.open(folder))


def write(
    source: Source,
    target: Path,
    *,
    name: str,
    annotator: Annotator,
    truncate: int | None = None,
    replace_existing: bool = False,
    remake: str = "",
    demo: bool = False,
    fingerprint_source: bool = True,
    report: Report = silent,
    cancelled: IsCancelled = never,
) -> Space:
    """Write a source as the space folder ``target`` and open it.

    Args:
        source: what to write; it is read to its end, or to ``truncate`` rows.
        annotator: makes gene records of the kept labels and the source's columns, and says
            what the labels are ("ensembl", "symbol", "word"), and what is worth a note.
        truncate: keep the first N rows that survive cleaning; None for all.
        replace_existing: an existing target is replaced; else it is refused.
        remake: command that makes this space again, for the manifest.

    Raises:
        UsageError: the target exists.
        FileError: the source is damaged or has no usable row, or the disk cannot be written.
        Cancelled: nothing is left behind.
    """
    if target.exists() and not replace_existing:
        raise UsageError(f"a space called {name} exists already", "give --replace, or --name")
    paths.ensure(target.parent)
    _sweep(target.parent)
    with _disk_errors(target), _temporary(target.parent) as folder:
        cleaner = Cleaner()
        with (folder / "vectors.npy").open("wb") as handle:
            labels, columns, digest = _stream(
                source, handle, cleaner, truncate, cancelled=cancelled
            )
        if not labels:
            why = "; ".join(summary(cleaner.dropped)) or "it is empty"
            raise FileError(f"{source.files[0]} has no usable row: {why}", "check the source file")
        report(Progress("naming genes", 0, len(labels)))
        genes, kind, remarks = annotator(labels, columns)
        check(cancelled)
        GeneTable.write(folder, genes)
        check(cancelled)
        NameIndex.write(folder, genes)
        check(cancelled)
        manifest = Manifest(
            name=name,
            genes=len(labels),
            dims=source.dims,
            fingerprint=digest,
            labels=kind,
            source=_describe(source, fingerprint_source, report, cancelled),
            dropped=cleaner.dropped,
            notes=(*source.notes, *remarks),
            remake=remake,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            demo=demo,
        )
        write_manifest(folder, manifest)
        check(cancelled)
        _move_in(folder, target, replace_existing)
    return open_folder(target)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json``."""
    text = json.dumps(manifest.to_json(), indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def rename(space: Space, name: str) -> Space:
    """The same space under another name in its manifest."""
    manifest = replace(space.manifest, name=name)
    write_manifest(space.folder, manifest)
    return replace(space, manifest=manifest)


def remove(folder: Path) -> Manifest:
    """Delete a space folder; it vanishes at once, its bytes thereafter. Returns its manifest.

    Raises:
        FileError: it is not a space folder, or cannot be deleted.
    """
    manifest = Manifest.read(folder)
    with _disk_errors(folder):
        gone = folder.with_name(f"{_OLD}{os.getpid()}-{time.time_ns()}")
        folder.rename(gone)
        shutil.rmtree(gone)
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


def _describe(
    source: Source, with_hash: bool, report: Report, cancelled: IsCancelled
) -> dict[str, Any]:
    main = source.files[0]
    described: dict[str, Any] = {"path": str(main.absolute()), "format": source.format}
    if with_hash and main.is_file():
        described["bytes"] = main.stat().st_size
        described["sha256"] = file_hash(main, report=report, cancelled=cancelled)
    if len(source.files) > 1:
        described["also"] = [str(file.absolute()) for file in source.files[1:]]
    return described


def file_hash(file: Path, *, report: Report = silent, cancelled: IsCancelled = never) -> str:
    """SHA-256 of a file, hexadecimal."""
    hasher = hashlib.sha256()
    total = file.stat().st_size
    done = 0
    with file.open("rb") as handle:
        while chunk := handle.read(1 << 22):
            check(cancelled)
            hasher.update(chunk)
            done += len(chunk)
            report(Progress("checking the source", done, total, "B"))
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
    if target.exists():
        if not replace_existing:  # somebody else was faster
            raise UsageError(f"{target} was made meanwhile", "give --replace to replace it")
        old = target.with_name(f"{_OLD}{os.getpid()}-{time.time_ns()}")
        target.rename(old)
        try:
            folder.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    else:
        folder.rename(target)


def _sweep(parent: Path) -> None:
    """Remove what killed imports of this machine left: folders of processes that are gone."""
    for prefix in (_TEMPORARY, _OLD):
        for folder in parent.glob(f"{prefix}*"):
            owner = folder.name.removeprefix(prefix).split("-")[0]
            old = time.time() - folder.stat().st_mtime > 86_400
            if owner.isdigit() and old and not Path(f"/proc/{owner}").exists():
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except GeneTuiError:
        raise
    except OSError as error:
        place = target
        with contextlib.suppress(TypeError):
            place = Path(error.filename or target)
        raise FileError(
            f"{place}: {error.strerror or error}", "check the disk's space and permissions"
        ) from error


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
