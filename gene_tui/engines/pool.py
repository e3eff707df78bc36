"""The engines' one thread pool: blocks of work on all the cores the process may use.

Work is cut into blocks whose kernels release the GIL (BLAS, numba ``nogil``, numpy ufuncs).
BLAS runs with one thread inside the pool: its own threads on top of ours made the same work
several times slower, and threads that spin while waiting fight other sessions on a server.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, TypeVar

from gene_tui.errors import Cancelled, UsageError
from gene_tui.run import IsCancelled, never

T = TypeVar("T")
R = TypeVar("R")

_limit: int | None = None
_blas_lock = threading.Lock()
_blas_depth = 0
_blas_limiter: Any = None
_blas_libraries: Any = None
_blas_known: tuple[bool, ...] = ()
_here = threading.local()
_idle: dict[int, ThreadPoolExecutor] = {}
_idle_lock = threading.Lock()
#: Modules that bring a BLAS of their own into the process.
_BLAS_USERS = ("numpy", "scipy.linalg", "faiss")


def set_threads(count: int | None) -> None:
    """Limit the engines to ``count`` threads; None for all the process may use.

    Raises:
        UsageError: count is below 1.
    """
    global _limit
    if count is not None and count < 1:
        raise UsageError("--threads needs at least 1")
    _limit = count


def threads() -> int:
    """How many threads the engines use."""
    allowed = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return min(allowed, _limit) if _limit else allowed


def free_threads() -> int:
    """How many threads ``run_blocks`` uses here: one inside a block."""
    return 1 if getattr(_here, "busy", False) else threads()


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """BLAS at one thread while inside; re-entrant and safe from several threads."""
    global _blas_depth, _blas_limiter
    with _blas_lock:
        if _blas_depth == 0:
            _blas_limiter = _controller().limit(limits=1, user_api="blas")
        _blas_depth += 1
    try:
        yield
    finally:
        with _blas_lock:
            _blas_depth -= 1
            if _blas_depth == 0:
                _blas_limiter.restore_original_limits()
                _blas_limiter = None


def _controller() -> Any:
    """Knows the BLAS libraries of the process; asked again only after one was loaded.

    Looking for them reads the process's memory map, which takes longer than a short question.
    """
    global _blas_known, _blas_libraries
    known = tuple(name in sys.modules for name in _BLAS_USERS)
    if _blas_libraries is None or known != _blas_known:
        from threadpoolctl import ThreadpoolController

        _blas_known, _blas_libraries = known, ThreadpoolController()
    return _blas_libraries


@contextmanager
def _executor(count: int) -> Iterator[ThreadPoolExecutor]:
    """Threads to work with; those of an earlier call where they are free.

    Starting threads takes a millisecond or two, as long as a third of a short question. A call has
    its threads alone, so that a long question never makes a short one wait in a queue.
    """
    with _idle_lock:
        pool = _idle.pop(count, None)
    if pool is None:
        pool = ThreadPoolExecutor(
            count, thread_name_prefix="engine", initializer=setattr, initargs=(_here, "busy", True)
        )
    try:
        yield pool
    finally:
        with _idle_lock:
            kept = _idle.setdefault(count, pool)
        if kept is not pool:
            pool.shutdown()


# A forked process has none of its parent's threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)


def wait_for(work: Callable[[], R], cancelled: IsCancelled = never) -> R:
    """The result of ``work``, which itself cannot be stopped (compiling, say).

    Raises:
        Cancelled: the user stopped it; the work then ends by itself, unheard.
    """
    result: Future[R] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            result.set_exception(error)

    # Not a pool: the program can end without waiting for this.
    threading.Thread(target=run, name="engine-wait", daemon=True).start()
    while not wait([result], timeout=0.05).done:
        if cancelled():
            raise Cancelled()
    return result.result()


def run_blocks(
    work: Callable[[T], R], blocks: Iterable[T], *, cancelled: IsCancelled = never
) -> Iterator[R]:
    """Run ``work`` on every block, yielding results as they finish, in no fixed order.

    At most two blocks a thread are in flight, so results never pile up. Called inside a block,
    it runs the inner blocks one by one: the cores are taken.

    Raises:
        Cancelled: between blocks, once ``cancelled()`` says so; running blocks are awaited.
    """
    count = free_threads()
    with single_threaded_blas():
        if count == 1:
            for block in blocks:
                if cancelled():
                    raise Cancelled()
                yield work(block)
            return
        todo = iter(blocks)
        first = list(islice(todo, 2))
        if len(first) < 2:
            # A single block is not worth a thread.
            for block in first:
                if cancelled():
                    raise Cancelled()
                yield work(block)
            return
        todo = chain(first, todo)
        with _executor(count) as pool:
            pending: set[Future[R]] = set()
            try:
                while True:
                    while len(pending) < 2 * count:
                        try:
                            pending.add(pool.submit(work, next(todo)))
                        except StopIteration:
                            break
                    if not pending:
                        return
                    done, pending = wait(pending, timeout=0.05, return_when=FIRST_COMPLETED)
                    if cancelled():
                        raise Cancelled()
                    for future in done:
                        yield future.result()
            finally:
                for future in pending:
                    future.cancel()
                wait(pending)
