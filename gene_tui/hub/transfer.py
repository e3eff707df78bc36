"""Fetching one file over HTTP: goes on where it stopped, is checked, appears whole or not.

What was received is kept beside the target under a name that carries the identity of the
remote file. A broken connection is taken up again at once, a stopped program at its next
start, and a remote file that has changed is begun anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import re
import shutil
import time
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from gene_tui import files, paths
from gene_tui.errors import FileError
from gene_tui.hub.http import Broken, Remote, opened, refused
from gene_tui.run import QUIET, Progress, Run

#: Broken connections in a row, without a byte in between, before giving up.
_ATTEMPTS = 5
_BLOCK = 1 << 18
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_AGAIN = "run the same command again: it goes on where it stopped"

Pause = Callable[[float], None]


def download(remote: Remote, target: Path, *, pause: Pause = time.sleep, run: Run = QUIET) -> None:
    """Fetch a file. ``target`` is replaced when all has come and is right.

    Args:
        pause: waits so many seconds; replaced in tests.

    Raises:
        FileError: the server cannot be reached or refuses, the connection keeps breaking, the
            disk is full, or the sum is wrong (then what was received is removed).
        Cancelled: the user stopped it; what was received is kept for the next time.
    """
    paths.ensure(target.parent)
    part = target.with_name(f".{target.name}.{remote.identity}.part")
    for stale in set(target.parent.glob(f".{target.name}.*.part")) - {part}:
        stale.unlink(missing_ok=True)
    with _locked(part) as handle:
        try:
            _receive(remote, handle, target.name, pause, run)
        except OSError as error:
            raise FileError(
                f"{part} cannot be written: {error.strerror or error}", "make room, or use --to"
            ) from error
        handle.flush()
        _verify(remote, part, run)
        files.put(part, target)


@contextlib.contextmanager
def _locked(part: Path) -> Iterator[IO[bytes]]:
    """The partial file, open for adding to it, by one program at a time."""
    try:
        handle = part.open("ab+")
    except OSError as error:
        raise FileError(f"{part} cannot be written: {error.strerror}", "use --to") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FileError(
                f"{part} is being written by another gene-tui", "wait for it to finish"
            ) from None
        yield handle


def _receive(remote: Remote, handle: IO[bytes], name: str, pause: Pause, run: Run) -> None:
    """Add to the partial file until it is complete."""
    failures = 0
    while True:
        start = handle.seek(0, 2)
        if remote.size is not None and start > remote.size:
            start = _emptied(handle)
        if start == remote.size:
            return
        _check_room(remote, handle, start)
        try:
            _request(remote, handle, start, name, run)
            if remote.size is None or handle.tell() == remote.size:
                return
            reason = "the connection was closed"
        except urllib.error.HTTPError as error:
            if error.code == 416:
                _emptied(handle)
            elif error.code not in _BUSY:
                raise refused(remote.url, error) from None
            reason = f"HTTP {error.code}"
        except Broken as error:
            reason = str(error)
        failures = 1 if handle.tell() > start else failures + 1
        if failures >= _ATTEMPTS:
            total = f" of {remote.size:,}" if remote.size else ""
            raise FileError(
                f"{remote.url} broke off after {handle.tell():,}{total} bytes ({reason})", _AGAIN
            )
        for _ in range(2**failures):
            run.check()
            pause(0.25)


def _emptied(handle: IO[bytes]) -> int:
    """Forget what was received; where the file now ends, 0."""
    handle.seek(0)
    return handle.truncate()


def _request(remote: Remote, handle: IO[bytes], start: int, name: str, run: Run) -> None:
    """One request for what is missing; adds what comes."""
    headers = {"Range": f"bytes={start}-"} if start else {}
    if start and remote.checksum is None and remote.etag.startswith('"'):
        headers["If-Range"] = remote.etag
    with opened(remote.url, headers=headers) as response:
        if start and not _continues(response, start):
            _emptied(handle)
        while True:
            run.check()
            try:
                block = response.read1(_BLOCK)
            except (OSError, http.client.HTTPException) as error:
                raise Broken(str(error) or type(error).__name__) from None
            if not block:
                return
            handle.write(block)
            done = handle.tell()
            if remote.size is not None and done > remote.size:
                _emptied(handle)
                raise FileError(
                    f"{remote.url} sends more than the {remote.size:,} bytes announced",
                    "its server is at fault; try another --mirror",
                )
            run.report(Progress(f"downloading {name}", done, remote.size or 0, "B"))


def _continues(response: http.client.HTTPResponse, start: int) -> bool:
    """Whether a server answers with the rest of the file, as asked, and not with all of it."""
    if response.status != 206:
        return False
    given = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if given is None or int(given[1]) != start:
        raise Broken("the server sent another part than asked for")
    return True


def _verify(remote: Remote, part: Path, run: Run) -> None:
    if remote.checksum is None:
        return
    found = remote.checksum.of(part, run=run)
    if found != remote.checksum:
        part.unlink(missing_ok=True)
        raise FileError(
            f"{remote.url} is damaged or another file: its {found} should be "
            f"{remote.checksum.value}; it was removed",
            "download it again; if that does not help, try another --mirror",
        )


def _check_room(remote: Remote, handle: IO[bytes], start: int) -> None:
    if remote.size is None:
        return
    folder = Path(handle.name).parent
    free = shutil.disk_usage(folder).free
    if free < remote.size - start:
        raise FileError(
            f"{folder} has {free / 1e6:,.0f} MB free, {(remote.size - start) / 1e6:,.0f} MB are "
            "needed",
            "make room, or download elsewhere with --to FOLDER",
        )
