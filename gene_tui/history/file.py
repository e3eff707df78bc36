"""The SQLite file: opening, checking, and what to do with a damaged one."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from gene_tui import paths
from gene_tui.errors import FileError
from gene_tui.history.entry import SHOWN

#: Seconds to wait for other sessions that are writing.
PATIENCE = 20.0
#: Seconds that SQLite itself waits at each try, and between two tries at most.
_TRY = 0.05
_NAP = 0.01
#: Entries that are not on disk yet have numbers from here on, that none on disk has.
AWAY = 1 << 40
T = TypeVar("T")

_VERSION = 1
_OURS = 0x67656E65  # "gene", SQLite's application_id of our files
_SCHEMA = (
    """CREATE TABLE entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        asked REAL NOT NULL,
        canonical TEXT NOT NULL,
        text TEXT NOT NULL,
        kind TEXT NOT NULL,
        space TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        setting TEXT NOT NULL,
        elapsed REAL NOT NULL,
        hits INTEGER NOT NULL,
        best TEXT NOT NULL,
        pinned INTEGER NOT NULL DEFAULT 0,
        search TEXT NOT NULL,
        answer BLOB NOT NULL
    )""",
    "CREATE INDEX entries_pinned ON entries (pinned, id)",
    f"PRAGMA application_id = {_OURS}",
    f"PRAGMA user_version = {_VERSION}",
)


def patiently(work: Callable[[], T], patience: float) -> T:
    """Do ``work``, again and again while another session holds a lock on the file.

    In steps of its own: SQLite's own waiting looks ever more rarely, and where several
    sessions write without a pause, whoever looks most rarely never has its turn.
    """
    end = time.monotonic() + patience
    while True:
        try:
            return work()
        except sqlite3.DatabaseError as error:
            if not is_lock(error) or time.monotonic() >= end:
                raise
        time.sleep(random.uniform(0, _NAP))


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing.

    The write lock is taken first: two readers that both want to become writers refuse each
    other instead of waiting.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def connect(path: Path, patience: float) -> sqlite3.Connection:
    """Open the file, or make it, and check that it is ours and can be written.

    Args:
        patience: seconds to wait for a lock that another session holds.

    Raises:
        FileError: its folder cannot be made, or another program wrote it.
        OSError, sqlite3.DatabaseError: what is wrong with the file.
    """
    paths.ensure(path.parent)
    with suppress(FileExistsError):
        # Never opened and closed where it exists: that would drop the locks which this
        # process holds on it through another connection.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if path.stat().st_mode & 0o077:
        with suppress(PermissionError):
            path.chmod(0o600)
    if not (os.access(path, os.W_OK) and paths.writable(path.parent)):
        # SQLite itself would open it without a word and fail at the first entry.
        raise FileError("the file or its folder is read-only")
    db = _open(path, "rw", min(_TRY, patience))
    try:
        patiently(lambda: _prepare(db), patience)
    except BaseException:
        db.close()
        raise
    return db


def connect_to_memory(path: Path) -> sqlite3.Connection:
    """A history in memory that begins with as much of the file as can be read."""
    memory = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    for statement in _SCHEMA:
        memory.execute(statement)
    columns = f"{', '.join(SHOWN)}, search, answer"
    places = ", ".join("?" * (len(SHOWN) + 2))
    memory.execute("INSERT INTO sqlite_sequence VALUES ('entries', ?)", (AWAY,))
    with suppress(sqlite3.DatabaseError):
        # Without patience: who holds a lock now has been waited for already.
        disk = _open(path, "ro", 0)
        try:
            for row in disk.execute(f"SELECT {columns} FROM entries"):
                memory.execute(f"INSERT INTO entries ({columns}) VALUES ({places})", row)
        finally:
            disk.close()
    return memory


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is broken, and not only out of reach."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_lock(error: Exception) -> bool:
    """Whether another session holds the file, and will let go of it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)


def sound(db: sqlite3.Connection) -> bool:
    """Whether every page of the file is as it should be."""
    try:
        return bool(db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError:
        return False


def move_aside(path: Path, now: float) -> Path:
    """Rename a damaged file, and its journal, to a name that nothing has yet."""
    stamp = datetime.fromtimestamp(now).strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    count = 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{count}")
    path.rename(aside)
    with suppress(FileNotFoundError):
        path.with_name(f"{path.name}-journal").rename(f"{aside}-journal")
    return aside


def _open(path: Path, mode: str, patience: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=patience,
        check_same_thread=False,
        isolation_level=None,
    )


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = DELETE")
    db.execute("PRAGMA synchronous = FULL")
    if not _is_ours(db):  # most are: they are opened without waiting for a lock to write
        with transaction(db):
            _check_schema(db)


def _is_ours(db: sqlite3.Connection) -> bool:
    """Whether it is a history of this version."""
    if db.execute("PRAGMA application_id").fetchone()[0] != _OURS:
        return False
    if db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
        return False
    db.execute("SELECT max(id) FROM entries").fetchone()
    return True


def _check_schema(db: sqlite3.Connection) -> None:
    ours = db.execute("PRAGMA application_id").fetchone()[0] == _OURS
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if ours and version == _VERSION:
        return  # another session made it just now
    if ours:
        raise FileError(f"written by another version of gene-tui (format {version})")
    if db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise FileError("this is a database of another program")
    for statement in _SCHEMA:
        db.execute(statement)
