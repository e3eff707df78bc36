"""Workers of Dask distributed: processes of this machine, or any scheduler by its address."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

from gene_tui.errors import UsageError

#: Seconds to wait for a scheduler before it counts as not there.
_PATIENCE_S = 20


@contextmanager
def connected(scheduler: str | None, workers: int | None) -> Iterator[Any]:
    """A ``distributed.Client`` of a running scheduler, or of processes started for it.

    Args:
        scheduler: its address; None for processes of this machine that end with the scan.
        workers: how many; None for one a core. Not with a scheduler's address.

    Raises:
        UsageError: Dask is missing, or there is no such scheduler.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise UsageError(
            "scanning a whole space needs Dask distributed, which is not installed",
            'pip install "gene-tui[cluster]"',
        ) from None
    if scheduler is not None and workers is not None:
        raise UsageError(
            "--workers starts processes here, --scheduler uses those that run already",
            "leave one of them out",
        )
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        if scheduler is None:
            with _deaf():
                cluster = distributed.LocalCluster(
                    n_workers=workers or cores(),
                    threads_per_worker=1,
                    processes=True,
                    # Without a dashboard it still opens a port: any, and not to others.
                    dashboard_address=None,
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                    worker_dashboard_address=None,
                    # Mapped pages are no memory of its own, but would be counted as such.
                    memory_limit=None,
                    silence_logs=logging.CRITICAL,
                )
            stack.enter_context(cluster)
            yield stack.enter_context(distributed.Client(cluster, set_as_default=False))
            return
        try:
            client = distributed.Client(scheduler, timeout=_PATIENCE_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise UsageError(
                f"there is no Dask scheduler at {scheduler} ({type(error).__name__})",
                "dask scheduler prints the address of one, tcp://host:port",
            ) from error
        yield stack.enter_context(client)


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes started inside do not hear Ctrl-C: it is for this one, which then ends them."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread: whoever runs that handles Ctrl-C
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Dask's own log lines; what matters is raised."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
