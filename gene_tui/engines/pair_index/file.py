"""An index file: its structure is checked first, then it is mapped, or read with progress.

FAISS believes what a file says: a hostile or damaged one can make it allocate without bound,
read past its buffers or abort. So a child process with limits reads it first, and only what
it found sound is opened here. ``python -m gene_tui.engines.pair_index.file FILE`` is that child.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from gene_tui.engines.pair_index.plan import lists_visited
from gene_tui.engines.pool import threads
from gene_tui.errors import Cancelled, FileError
from gene_tui.run import QUIET, IsCancelled, Progress, Run


def faiss() -> Any:
    """The faiss module, limited to the engines' threads in the calling thread.

    OpenMP keeps the number of threads per calling thread, so this is asked for wherever work
    starts. Its idle threads sleep instead of spinning: other sessions share the machine.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    module = importlib.import_module("faiss")
    module.omp_set_num_threads(threads())
    return module


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


def read_resident(path: Path, *, run: Run = QUIET, read: ReadBlock | None = None) -> Any:
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
        run.check()
        start = time.perf_counter()
        block = take(file, min(size, step))
        seconds = time.perf_counter() - start
        if seconds > 0.1:
            step = max(SMALLEST, step // 2)
        elif seconds < 0.03 and len(block) == step:  # numbers of a few bytes tell nothing
            step = min(BLOCK, step * 2)
        done += len(block)
        run.report(Progress(f"reading {path.name}", done, total, "B"))
        return block

    try:
        with path.open("rb", buffering=0) as file:
            # What next_block raises passes through FAISS, which frees what it had read.
            index = module.read_index(module.PyCallbackIOReader(next_block, BLOCK))
        run.check()
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


#: The kinds of index that are searched, by the first four bytes of their files.
KINDS = {b"IwFl": "IVF,Flat", b"IwPQ": "IVF,PQ", b"IwSq": "IVF,SQ", b"IxFI": "Flat"}
#: What the child may take before the file counts as hostile.
SECONDS = 120.0
MEMORY = 4 << 30

_HINT = "gene-tui index build makes one that fits"


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index file holds.

    Attributes:
        path: the file. bytes: its size.
        kind: as FAISS's factory would say it ("IVF4096,PQ32").
        d: dimensions. ntotal: vectors.
        nlist: inverted lists, 0 for a flat index. nprobe: as stored in the file, 0 for flat.
        code_size: bytes a vector.
        metric: "inner product".
    """

    path: Path
    bytes: int
    kind: str
    d: int
    ntotal: int
    nlist: int
    nprobe: int
    code_size: int
    metric: str = "inner product"

    @property
    def default_nprobe(self) -> int:
        """Lists a query visits unless told otherwise; 0 for a flat index."""
        if self.nprobe > 1 or not self.nlist:
            return self.nprobe
        # FAISS's own default, one list, is what a script stores that never set it.
        return lists_visited(self.nlist)


def check_file(path: Path, *, run: Run = QUIET) -> IndexInfo:
    """Read an index file in a child process and say what it holds.

    Raises:
        FileError: it is missing, truncated, foreign, of a kind that is not searched, or
            brings the reader down.
        Cancelled: the child is killed.
    """
    path = Path(path)
    run.report(Progress(f"checking {path.name}"))
    _look_at_magic(path)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    # -P: a file named faiss.py in the folder one happens to stand in is not imported.
    command = [sys.executable, "-P", "-m", "gene_tui.engines.pair_index.file", str(path)]
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    try:
        output = _await(child, path, run.cancelled)
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()
    return _understand(path, child.returncode, output)


def _look_at_magic(path: Path) -> None:
    try:
        if path.exists() and not path.is_file():
            raise FileError(f"{path} is no file, so it is no pair index", _HINT)
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise FileError(f"{path} cannot be opened as a pair index: {reason}", _HINT) from error
    if magic in KINDS:
        return
    if len(magic) == 4 and magic[:2] in (b"Ix", b"Iw", b"IH", b"IB", b"Iv", b"IN", b"IR"):
        raise FileError(
            f"{path} is a FAISS index of a kind that is not searched here "
            f"({magic.decode('ascii', 'replace')})",
            "Flat and IVF indexes with Flat, PQ or SQ codes are; " + _HINT,
        )
    raise FileError(f"{path} is not a FAISS index", _HINT)


def _await(child: subprocess.Popen[bytes], path: Path, cancelled: IsCancelled) -> bytes:
    end = time.monotonic() + SECONDS
    while True:
        try:
            output, _ = child.communicate(timeout=0.05)
            return output
        except subprocess.TimeoutExpired:
            if cancelled():
                raise Cancelled() from None
            if time.monotonic() > end:
                raise FileError(
                    f"{path} is damaged: reading its head took over {SECONDS:.0f} s", _HINT
                ) from None


def _understand(path: Path, code: int, output: bytes) -> IndexInfo:
    try:
        answer = json.loads(output.decode().strip().splitlines()[-1])
        if "error" in answer:
            raise FileError(f"{path} is damaged or foreign: {answer['error']}", _HINT)
        return IndexInfo(**{**answer, "path": path})
    except (ValueError, IndexError, TypeError):
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise FileError(
            f"{path} is damaged: the process reading it ended with {how}", _HINT
        ) from None


# --- in the child ---------------------------------------------------------------------------


class _Unsound(Exception):
    """Why the file is not searched."""


def inspect(path: Path) -> IndexInfo:
    """Open an index mapped and check that its parts agree. Runs in the child.

    Raises:
        _Unsound, RuntimeError: it cannot be searched safely.
    """
    module = faiss()
    index = map_index(path)
    size = path.stat().st_size
    if index.metric_type != module.METRIC_INNER_PRODUCT:
        raise _Unsound(f"its metric is not the inner product (FAISS metric {index.metric_type})")
    if not (0 < index.d <= 1 << 16) or index.ntotal < 0 or not index.is_trained:
        raise _Unsound(f"it holds {index.ntotal} vectors of {index.d} dimensions")
    if isinstance(index, module.IndexFlat):
        if index.code_size != 4 * index.d or index.codes.size() != index.ntotal * index.code_size:
            raise _Unsound("it holds fewer vectors than it says")
        return IndexInfo(path, size, "Flat", index.d, index.ntotal, 0, 0, int(index.code_size))
    suffix = _codes(index, module)
    _lists(index, module, size)
    _try(index, module)
    kind = f"IVF{index.nlist},{suffix}"
    return IndexInfo(
        path, size, kind, index.d, index.ntotal, index.nlist, index.nprobe, index.code_size
    )


def _codes(index: Any, module: Any) -> str:
    """Check how vectors are coded; the factory's name for it."""
    d = index.d
    if isinstance(index, module.IndexIVFPQ):
        pq = index.pq
        fits = pq.d == d and pq.M * pq.dsub == d and 1 <= pq.nbits <= 16
        if not fits or pq.centroids.size() != d * pq.ksub or pq.code_size != index.code_size:
            raise _Unsound("its product quantizer does not fit its dimensions")
        return f"PQ{pq.M}" if pq.nbits == 8 else f"PQ{pq.M}x{pq.nbits}"
    if isinstance(index, module.IndexIVFScalarQuantizer):
        return _scalar(index.sq, index, module)
    if isinstance(index, module.IndexIVFFlat):
        if index.code_size != 4 * d:
            raise _Unsound("its vectors do not have its dimensions")
        return "Flat"
    raise _Unsound(f"it is a {type(index).__name__}")


def _scalar(sq: Any, index: Any, module: Any) -> str:
    kinds = {
        module.ScalarQuantizer.QT_8bit: ("SQ8", 2 * index.d, index.d),
        module.ScalarQuantizer.QT_6bit: ("SQ6", 2 * index.d, (6 * index.d + 7) // 8),
        module.ScalarQuantizer.QT_4bit: ("SQ4", 2 * index.d, (index.d + 1) // 2),
        module.ScalarQuantizer.QT_fp16: ("SQfp16", 0, 2 * index.d),
    }
    name, trained, bytes_each = kinds.get(sq.qtype, ("", 0, 0))
    if not name:
        raise _Unsound(f"its scalar quantizer is of a kind that is not searched ({sq.qtype})")
    if sq.d != index.d or sq.trained.size() != trained or index.code_size != bytes_each:
        raise _Unsound("its scalar quantizer does not fit its dimensions")
    return name


def _lists(index: Any, module: Any, size: int) -> None:
    """The lists must hold ntotal vectors and end where the file ends."""
    quantizer = module.downcast_index(index.quantizer)
    if not 0 < index.nlist <= 1 << 24 or index.nprobe < 1:
        raise _Unsound(f"it has {index.nlist} lists")
    if quantizer.ntotal != index.nlist or quantizer.d != index.d:
        raise _Unsound("its lists and their centres do not agree")
    if isinstance(quantizer, module.IndexFlat) and (
        quantizer.codes.size() != quantizer.ntotal * 4 * index.d
    ):
        raise _Unsound("its lists and their centres do not agree")
    lists = module.downcast_InvertedLists(index.invlists) if index.invlists else None
    if not isinstance(lists, module.OnDiskInvertedLists) or lists.filename:
        raise _Unsound("its lists are not in the file itself")
    if lists.nlist != index.nlist or lists.code_size != index.code_size:
        raise _Unsound("its lists and its codes do not agree")
    sizes = [lists.list_size(number) for number in range(index.nlist)]
    if sum(sizes) != index.ntotal:
        raise _Unsound(f"its lists hold {sum(sizes)} vectors, its head says {index.ntotal}")
    end = lists.lists.at(0).offset + sum(sizes) * (index.code_size + 8)
    if end != size:
        missing = end - size
        how = f"{missing} bytes are missing at" if missing > 0 else f"{-missing} bytes too many at"
        raise _Unsound(f"{how} its end")


def _try(index: Any, module: Any) -> None:
    """Decode one vector of a list and search a few: what is going to crash does so here."""
    import numpy as np

    rng = np.random.default_rng(0)
    queries = rng.standard_normal((4, index.d)).astype(np.float32)
    parameters = module.SearchParametersIVF(nprobe=min(2, index.nlist))
    _, ids = index.search(queries, 3, params=parameters)
    if ids.max(initial=-1) >= index.ntotal or ids.min(initial=0) < -1:
        raise _Unsound("its lists name vectors it does not have")


def _limit() -> None:
    """Bound what this process may take; a mapped file does not count as its data."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS), int(SECONDS)))
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def main(arguments: list[str]) -> int:
    """The child: print one line of JSON, what the file holds or what is wrong with it."""
    _limit()
    path = Path(arguments[0])
    try:
        answer: dict[str, Any] = asdict(inspect(path)) | {"path": str(path)}
    except MemoryError:
        answer = {"error": "it asks for more memory than an index of its size needs"}
    except (_Unsound, RuntimeError, OSError, ValueError, FileError) as error:
        answer = {"error": plain(error)}
    print("\n" + json.dumps(answer))
    return 0


def plain(error: BaseException) -> str:
    """What FAISS said, without the C++ signature in front of it."""
    text = " ".join(str(error).split()) or type(error).__name__
    for mark in ("' failed: ", "failed: ", "Error: "):
        if mark in text:
            text = text.split(mark, 1)[1]
            break
    return text[:200]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
