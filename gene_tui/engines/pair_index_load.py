"""Opening an index file: mapped in milliseconds, or read into memory with progress."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from gene_tui.engines.pair_index_faiss import faiss
from gene_tui.errors import FileError
from gene_tui.progress import IsCancelled, Progress, Report, check, never, silent

#: Bytes read at a time, at most and at least. In between, so many that a block takes a few
#: hundredths of a second: cancelling is noticed between blocks, on slow disks too.
BLOCK, SMALLEST = 1 << 20, 1 << 14

ReadBlock = Callable[[BinaryIO, int], bytes]


def read_block(file: BinaryIO, size: int) -> bytes:
    """Up to ``size`` bytes; tests put a slower one in its place."""
    return file.read(size)


def map_index(path: Path) -> Any:
    """The index of a file, its lists memory-mapped and nothing of them read.

    Raises:
        RuntimeError: FAISS cannot make sense of the file.
    """
    module = faiss()
    with path.open("rb") as file:
        flat = file.read(4) == b"IxFI"
    # A flat index maps through another flag, which the oldest FAISS allowed does not have.
    flag = getattr(module, "IO_FLAG_MMAP_IFC", 0) if flat else module.IO_FLAG_MMAP
    return module.read_index(os.fspath(path), flag | module.IO_FLAG_READ_ONLY)


def read_resident(
    path: Path,
    *,
    report: Report = silent,
    cancelled: IsCancelled = never,
    read: ReadBlock | None = None,
) -> Any:
    """Read a whole index into memory, in the calling thread, with progress in bytes.

    Args:
        path: a file that ``check_file`` found sound.
        read: how a block is read; ``read_block`` unless a test throttles it.

    Raises:
        Cancelled: between two blocks; what was read is given back.
        FileError: the memory is not there, or reading fails.
    """
    module = faiss()
    total = path.stat().st_size
    free = _available()
    if free is not None and total > free:
        raise FileError(
            f"{path} needs {total / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB are available",
            "leave it on disk: it is searched there as well, without --resident",
        )
    take = read or read_block
    done, step = 0, 1 << 16

    def next_block(size: int) -> bytes:
        nonlocal done, step
        check(cancelled)
        start = time.perf_counter()
        block = take(file, min(size, step))
        seconds = time.perf_counter() - start
        if seconds > 0.1:
            step = max(SMALLEST, step // 2)
        elif seconds < 0.03 and len(block) == step:  # numbers of a few bytes tell nothing
            step = min(BLOCK, step * 2)
        done += len(block)
        report(Progress(f"reading {path.name}", done, total, "B"))
        return block

    try:
        with path.open("rb", buffering=0) as file:
            # What next_block raises passes through FAISS, which frees what it had read.
            index = module.read_index(module.PyCallbackIOReader(next_block, BLOCK))
        check(cancelled)
    except (OSError, RuntimeError, MemoryError) as error:
        reason = " ".join(str(error).split())[:200] or "not enough memory"
        raise FileError(f"{path} cannot be read into memory: {reason}", "check the file") from error
    return index


def _available() -> int | None:
    """Memory that can be had without swapping, in bytes; None where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None
