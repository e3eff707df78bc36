"""The history as the rest of the program sees it.

One SQLite file, readable by its owner only. Its journal is the plain rollback one: a
write-ahead log needs shared memory, and homes are often on NFS. An entry is committed before
``add`` returns, so a killed process loses nothing it was told is kept. Where the file cannot
be used (full disk, read-only home, locked, damaged), ``warning`` says so in one line and
the history goes on in memory; a damaged file is moved aside, never deleted.

Calls are safe from any thread and may wait for the disk: not for an event loop.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from gene_tui import paths
from gene_tui.errors import FileError, GeneTuiError
from gene_tui.history.entry import SHOWN, WRITTEN, Entry, from_row, storable, to_row
from gene_tui.history.file import (
    connect,
    connect_to_memory,
    is_damage,
    move_aside,
    sound,
    transaction,
)
from gene_tui.query.result import Result

#: Unpinned entries kept; beyond it the oldest go.
LIMIT = 5_000

_SELECT = f"SELECT {', '.join(SHOWN)} FROM entries"
_INSERT = f"INSERT INTO entries ({', '.join(WRITTEN)}) VALUES ({', '.join('?' * len(WRITTEN))})"
_PRUNE = (
    "DELETE FROM entries WHERE pinned = 0 AND id <="
    " (SELECT id FROM entries WHERE pinned = 0 ORDER BY id DESC LIMIT 1 OFFSET ?)"
)
_FAILURES = (sqlite3.DatabaseError, OSError, GeneTuiError)
T = TypeVar("T")


class History:
    """The history. Make it with ``open``.

    Attributes:
        path: the file, also where it could not be used.
        warning: one line saying why entries are not kept on disk or where older ones went;
            "" while all is well. It can appear after any call.
        in_memory: entries are kept in memory only.
    """

    def __init__(self, path: Path, limit: int, clock: Callable[[], float]) -> None:
        self.path = path
        self.warning = ""
        self.in_memory = False
        self._limit = limit
        self._clock = clock
        self._lock = threading.RLock()
        self._unsaved: set[int] = set()
        self._db: sqlite3.Connection
        try:
            self._db = connect(path)
        except _FAILURES as error:
            self._heal(error)

    @classmethod
    def open(
        cls,
        path: Path | None = None,
        *,
        limit: int = LIMIT,
        clock: Callable[[], float] = time.time,
    ) -> History:
        """Open the history, or make it. Never fails: see ``warning``.

        Args:
            path: the file; the user's own by default.
            limit: unpinned entries kept.
            clock: seconds since 1970; replaced in tests.
        """
        return cls(path or paths.history_file(), limit, clock)

    # -- writing -----------------------------------------------------------------------------

    def add(self, result: Result) -> int:
        """Keep an answer; its id. It is on disk when this returns, or ``warning`` says not."""
        row = to_row(result, self._clock())

        def insert(db: sqlite3.Connection) -> int:
            with transaction(db):
                number = db.execute(_INSERT, row).lastrowid
                db.execute(_PRUNE, (self._limit,))
            return number or 0

        with self._lock:
            number = self._do(insert)
            if self.in_memory:
                self._unsaved.add(number)
            return number

    def pin(self, number: int, pinned: bool = True) -> None:
        """Keep an entry until it is deleted."""
        given = (int(pinned), number)
        self._do(lambda db: db.execute("UPDATE entries SET pinned = ? WHERE id = ?", given))

    def unpin(self, number: int) -> None:
        """Let an entry go when its time comes."""
        self.pin(number, False)

    def delete(self, number: int) -> None:
        """Forget one entry."""
        self._do(lambda db: db.execute("DELETE FROM entries WHERE id = ?", (number,)))

    def clear(self, *, pinned: bool = False) -> int:
        """Forget every entry, the pinned ones too if asked; how many went."""
        where = "" if pinned else " WHERE pinned = 0"
        return self._do(lambda db: db.execute(f"DELETE FROM entries{where}").rowcount)

    # -- reading -----------------------------------------------------------------------------

    def entries(
        self, limit: int = 200, text: str = "", *, offset: int = 0, pinned_first: bool = False
    ) -> list[Entry]:
        """Entries, newest first.

        Args:
            text: every word of it must occur in the query, the space's name, or the symbols
                and labels of the query's genes; case does not matter.
            pinned_first: pinned ones before all others.
        """
        words = text.casefold().split()
        where = " AND ".join(["instr(search, ?) > 0"] * len(words)) or "1"
        order = "pinned DESC, id DESC" if pinned_first else "id DESC"
        return self._entries(
            f"WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
            (*map(storable, words), limit, offset),
        )

    def get(self, number: int) -> Entry:
        """One entry.

        Raises:
            FileError: there is none of that number.
        """
        found = self._entries("WHERE id = ?", (number,))
        if not found:
            raise FileError(f"history has no entry {number}", "gene-tui history lists them")
        return found[0]

    def recall(self, prefix: str = "", limit: int = 100) -> list[str]:
        """Texts as typed that begin with ``prefix``, newest first, each once."""
        return self._texts("substr(text, 1, length(?1)) = ?1", prefix, limit)

    def search(self, part: str, limit: int = 100) -> list[str]:
        """Texts as typed whose query or genes contain ``part``, whatever its case, newest
        first, each once."""
        return self._texts("instr(search, ?1) > 0", part.casefold(), limit)

    def __len__(self) -> int:
        return self._do(lambda db: int(db.execute("SELECT count(*) FROM entries").fetchone()[0]))

    # -- ending ------------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the file. What could only be kept in memory gets one more chance."""
        with self._lock:
            if self._unsaved:
                self._save_late()
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- inside ------------------------------------------------------------------------------

    def _entries(self, clause: str, given: tuple[Any, ...]) -> list[Entry]:
        rows = self._do(lambda db: db.execute(f"{_SELECT} {clause}", given).fetchall())
        return [from_row(row, self._fetcher(row[0])) for row in rows]

    def _fetcher(self, number: int) -> Callable[[], bytes]:
        def fetch() -> bytes:
            question = "SELECT answer FROM entries WHERE id = ?"
            row = self._do(lambda db: db.execute(question, (number,)).fetchone())
            if row is None:
                raise ValueError("it was deleted")
            return bytes(row[0])

        return fetch

    def _texts(self, where: str, given: str, limit: int) -> list[str]:
        question = (
            f"SELECT text FROM entries WHERE {where} AND text <> ''"
            " GROUP BY text ORDER BY max(id) DESC LIMIT ?2"
        )
        rows = self._do(lambda db: db.execute(question, (storable(given), limit)).fetchall())
        return [row[0] for row in rows]

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work``; where the file fails, heal that and do it again, at last in memory."""
        with self._lock:
            for heal in (self._heal, self._to_memory):
                try:
                    return work(self._db)
                except sqlite3.DatabaseError as error:
                    if self.in_memory or isinstance(error, sqlite3.ProgrammingError):
                        raise
                    self._db.close()
                    heal(error)
            return work(self._db)

    def _heal(self, error: Exception) -> None:
        """A new connection after a failure: to a new file if the old one is damaged."""
        if not (isinstance(error, sqlite3.DatabaseError) and is_damage(error)):
            self._to_memory(error)
            return
        try:
            if self._replaced_by_another():
                return
            aside = move_aside(self.path, self._clock())
            self._db = connect(self.path)
        except _FAILURES as second:
            self._to_memory(second)
        else:
            self.warning = f"the history was damaged and begins anew; the old file is now {aside}"

    def _replaced_by_another(self) -> bool:
        """Whether another session has put a sound file in the damaged one's place."""
        try:
            db = connect(self.path)
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                return False
            raise
        if not sound(db):
            db.close()
            return False
        self._db = db
        return True

    def _to_memory(self, error: Exception) -> None:
        """From now on nothing is written to disk."""
        why = getattr(error, "strerror", None) or str(error)
        self._db = connect_to_memory(self.path)
        self.in_memory = True
        self.warning = f"history is kept in memory only: {self.path}: {why}"

    def _save_late(self) -> None:
        marks = ", ".join("?" * len(self._unsaved))
        question = f"SELECT {', '.join(WRITTEN)} FROM entries WHERE id IN ({marks}) ORDER BY id"
        rows = self._db.execute(question, tuple(self._unsaved)).fetchall()
        try:
            db = connect(self.path)
            try:
                with transaction(db):
                    db.executemany(_INSERT, rows)
                    db.execute(_PRUNE, (self._limit,))
            finally:
                db.close()
        except _FAILURES:
            return  # the warning stands
        self._unsaved.clear()
        self.warning = ""
