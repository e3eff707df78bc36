"""Workers of Dask distributed, behind a scheduler that runs somewhere: the client's side of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from gene_tui.errors import FileError, GeneTuiError, UsageError

#: Seconds to wait for a scheduler before it counts as not there.
_PATIENCE_S = 20
_LOGGERS = ("distributed", "distributed.client", "distributed.core", "asyncio", "tornado")


@dataclass(frozen=True, slots=True)
class Scheduler:
    """A scheduler, and the certificates of both sides.

    Attributes:
        address: as ``tcp://host:port`` or ``tls://host:port``.
        ca, cert, key: PEM files: who signs for both sides, and our own side; all or none.
            Without them Dask's own configuration counts.
    """

    address: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        given = [file for file in (self.ca, self.cert, self.key) if file is not None]
        if given and len(given) < 3:
            raise UsageError("--tls-ca, --tls-cert and --tls-key go together", "give all three")


@contextmanager
def connected(scheduler: Scheduler) -> Iterator[Any]:
    """A ``distributed.Client`` of a running scheduler.

    Raises:
        UsageError: Dask is missing.
        FileError: there is no such scheduler, or it went away.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise UsageError(
            "--scheduler needs Dask distributed, which is not installed",
            'pip install "gene-tui[cluster]"',
        ) from None
    with _quiet():
        try:
            client = distributed.Client(
                scheduler.address,
                timeout=_PATIENCE_S,
                set_as_default=False,
                security=_security(distributed, scheduler),
            )
        except GeneTuiError:
            raise
        except Exception as error:
            raise FileError(
                f"there is no Dask scheduler at {scheduler.address} ({type(error).__name__})",
                "dask scheduler prints the address of one, tcp://host:port; "
                "one with TLS is tls://host:port",
            ) from error
        try:
            with _lost(scheduler):
                yield client
        finally:
            try:
                client.close(timeout=2)
            except Exception:  # noqa: BLE001 - it may be gone already; all is said
                logging.getLogger(__name__).debug("the scheduler was gone")


@contextmanager
def _lost(scheduler: Scheduler) -> Iterator[None]:
    """A scheduler that is gone can show in any call, and in many ways."""
    try:
        yield
    except GeneTuiError:
        raise
    except Exception as error:
        raise FileError(
            f"the Dask scheduler at {scheduler.address} is gone ({type(error).__name__})",
            "what was done is kept; the same command goes on from there",
        ) from error


def _security(distributed: Any, scheduler: Scheduler) -> Any:
    if scheduler.ca is None:
        return None
    for file in (scheduler.ca, scheduler.cert, scheduler.key):
        assert file is not None
        if not file.is_file():
            raise FileError(f"{file} is no file", "the --tls options take PEM files")
    return distributed.Security(
        tls_ca_file=str(scheduler.ca),
        tls_client_cert=str(scheduler.cert),
        tls_client_key=str(scheduler.key),
        require_encryption=True,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Dask's own log lines; what matters is raised."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
