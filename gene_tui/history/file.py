"""The SQLite file: opening, checking, and what to do with a damaged one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from gene_tui import paths
from gene_tui.errors import FileError
from gene_tui.history.entry import SHOWN

#: Seconds to wait for another session that is writing.
PATIENCE = 3.0

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


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, or make it, and check that it is ours and can be written.

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
    db = _open(path, "rw", PATIENCE)
    try:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA synchronous = FULL")
        with transaction(db):
            _check_schema(db)
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


def _check_schema(db: sqlite3.Connection) -> None:
    ours = db.execute("PRAGMA application_id").fetchone()[0] == _OURS
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if ours and version == _VERSION:
        db.execute("SELECT max(id) FROM entries").fetchone()
    elif ours:
        raise FileError(f"written by another version of gene-tui (format {version})")
    elif db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise FileError("this is a database of another program")
    else:
        for statement in _SCHEMA:
            db.execute(statement)
