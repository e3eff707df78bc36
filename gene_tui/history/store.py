"""The history as the rest of the program sees it.

One SQLite file, readable by its owner only. Its journal is the plain rollback one: a
write-ahead log needs shared memory, and homes are often on NFS. An entry is committed before
``add`` returns, so a killed process loses nothing it was told is kept. A lock that another
session holds is waited for. Where the file cannot be used for longer (full disk, read-only home,
locked, damaged), ``warning`` says so in one line and the history goes on in memory; the next
entry tries the file again, with all that waits. A damaged file is moved aside, never deleted.

Calls are safe from any thread and may wait for the disk: not for an event loop.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from gene_tui import paths
from gene_tui.errors import FileError, GeneTuiError
from gene_tui.history import file
from gene_tui.history.entry import SHOWN, WRITTEN, Entry, from_row, storable, to_row
from gene_tui.history.file import (
    AWAY,
    connect,
    connect_to_memory,
    is_damage,
    is_lock,
    move_aside,
    patiently,
    sound,
    transaction,
)
from gene_tui.history.past import Past
from gene_tui.model.result import Result

#: Unpinned entries kept; beyond it the oldest go.
LIMIT = 5_000

_SELECT = f"SELECT {', '.join(SHOWN)} FROM entries"
_INSERT = f"INSERT INTO entries ({', '.join(WRITTEN)}) VALUES ({', '.join('?' * len(WRITTEN))})"
#: What changes of an entry whose answer says more by now: neither when it was asked nor its pin.
_REVISED = tuple(name for name in WRITTEN if name not in ("asked", "pinned"))
_REVISE = f"UPDATE entries SET {', '.join(f'{name} = ?' for name in _REVISED)} WHERE id = ?"
_RESTORE = (
    f"INSERT OR IGNORE INTO entries (id, {', '.join(WRITTEN)}) VALUES (?{', ?' * len(WRITTEN)})"
)
#: The setting without the number of hits, which "k" begins where it is not the usual one.
_PLAIN_SETTING = (
    "CASE WHEN setting GLOB 'k [0-9]*'"
    " THEN substr(setting, instr(setting || ', ', ', ') + 2) ELSE setting END"
)
#: What makes two entries the same question: what is asked, of which space, and how.
_QUESTION = f"canonical, fingerprint, {_PLAIN_SETTING}"
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
        in_memory: entries are kept in memory only, until the file can be written again.
        locked: that is so because another program holds the file; ``save`` tries it again.
    """

    def __init__(
        self, path: Path, limit: int, clock: Callable[[], float], patience: float | None
    ) -> None:
        self.path = path
        self.warning = ""
        self.in_memory = False
        self._limit = limit
        self._clock = clock
        self._patience = file.PATIENCE if patience is None else patience
        self._lock = threading.RLock()
        self.locked = False
        self._changes: list[tuple[str, tuple[Any, ...]]] = []
        self._removed: list[tuple[Any, ...]] = []
        self._db: sqlite3.Connection
        try:
            self._db = connect(path, self._patience)
        except _FAILURES as error:
            self._heal(error)

    @classmethod
    def open(
        cls,
        path: Path | None = None,
        *,
        limit: int = LIMIT,
        clock: Callable[[], float] = time.time,
        patience: float | None = None,
    ) -> History:
        """Open the history, or make it. Never fails: see ``warning``.

        Args:
            path: the file; the user's own by default.
            limit: unpinned entries kept.
            clock: seconds since 1970; replaced in tests.
            patience: seconds each call waits for a lock that another session holds.
        """
        return cls(path or paths.history_file(), limit, clock, patience)

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
            if self.in_memory:
                self._come_back(min(1.0, self._patience))
            return self._do(insert)

    def revise(self, number: int, result: Result) -> int:
        """Put more into an answer that was kept; its id. It is kept anew where it is gone."""
        row = dict(zip(WRITTEN, to_row(result, self._clock()), strict=True))
        given = (*(row[name] for name in _REVISED), number)
        with self._lock:
            if not self._do(lambda db: db.execute(_REVISE, given).rowcount):
                return self.add(result)
            self._note(_REVISE, [given])
        return number

    def save(self) -> bool:
        """Write what is in memory only, if the file can be written again; whether all is on
        disk."""
        with self._lock:
            return not self.in_memory or self._come_back(0.0)

    def pin(self, number: int, pinned: bool = True) -> None:
        """Keep an entry until it is deleted."""
        self._change("UPDATE entries SET pinned = ? WHERE id = ?", (int(pinned), number))

    def unpin(self, number: int) -> None:
        """Let an entry go when its time comes."""
        self.pin(number, False)

    def delete(self, *numbers: int) -> int:
        """Forget entries, until ``undo`` at most; how many went."""

        def take(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
            whole = f"SELECT id, {', '.join(WRITTEN)} FROM entries WHERE id = ?"
            given = [(number,) for number in numbers]
            with transaction(db):
                rows = [row for one in given for row in db.execute(whole, one)]
                db.executemany("DELETE FROM entries WHERE id = ?", given)
            return rows

        with self._lock:
            removed = self._do(take)
            if removed:
                self._removed = removed
            self._note("DELETE FROM entries WHERE id = ?", [(row[0],) for row in removed])
            return len(removed)

    def undo(self) -> tuple[int, ...]:
        """Bring back what the last ``delete`` took; its numbers."""

        def restore(db: sqlite3.Connection) -> tuple[int, ...]:
            numbers = []
            with transaction(db):
                for number, *row in self._removed:
                    # A number of those that were in memory only means nothing on disk.
                    known = number if self.in_memory or number <= AWAY else None
                    numbers.append(db.execute(_RESTORE, (known, *row)).lastrowid or 0)
            return tuple(numbers)

        with self._lock:
            numbers = self._do(restore)
            self._note(_RESTORE, self._removed)
            self._removed = []
            return numbers

    def clear(self, *, pinned: bool = False) -> int:
        """Forget every entry, the pinned ones too if asked; how many went."""
        where = "" if pinned else " WHERE pinned = 0"
        statement = f"DELETE FROM entries{where}"
        with self._lock:
            count = self._do(lambda db: db.execute(statement).rowcount)
            if self.in_memory:
                self._changes.append((statement, ()))
            return count

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
        where, words = _holding(text)
        order = "pinned DESC, id DESC" if pinned_first else "id DESC"
        return self._entries(
            f"WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?", (*words, limit, offset)
        )

    def questions(self, limit: int = 200, text: str = "") -> list[tuple[Entry, tuple[int, ...]]]:
        """Each question once, newest first: its newest entry and the numbers of all.

        A question is what was asked of a space with the same options but for the number of
        hits. The entry is pinned where any of them is.

        Args:
            text: as for ``entries``.
        """
        where, words = _holding(text)
        columns = ", ".join("max(pinned)" if name == "pinned" else name for name in SHOWN)
        rows = self._do(
            lambda db: db.execute(
                f"SELECT {columns}, group_concat(id), max(id) FROM entries WHERE {where}"
                f" GROUP BY {_QUESTION} ORDER BY max(id) DESC LIMIT ?",
                (*words, limit),
            ).fetchall()
        )
        return [
            (
                from_row(row[:-2], self._fetcher(row[0])),
                tuple(sorted(map(int, row[-2].split(",")), reverse=True)),
            )
            for row in rows
        ]

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

    def past(self) -> list[Past]:
        """Every text as typed, newest first, each once."""
        question = (
            "SELECT text, search, max(id) FROM entries WHERE text <> ''"
            " GROUP BY text ORDER BY max(id) DESC"
        )
        rows = self._do(lambda db: db.execute(question).fetchall())
        return [Past(text, sought) for text, sought, _ in rows]

    def __len__(self) -> int:
        return self._do(lambda db: int(db.execute("SELECT count(*) FROM entries").fetchone()[0]))

    # -- ending ------------------------------------------------------------------------------

    def close(self, patience: float | None = None) -> None:
        """Let go of the file. What could only be kept in memory gets one more chance.

        Args:
            patience: seconds to wait for a lock; as for every call by default.
        """
        with self._lock:
            if self.in_memory:
                self._come_back(self._patience if patience is None else patience)
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

    def _change(self, statement: str, given: tuple[Any, ...]) -> None:
        """Change the entry whose number comes last in ``given``."""
        with self._lock:
            self._do(lambda db: db.execute(statement, given))
            self._note(statement, [given])

    def _note(self, statement: str, changes: Sequence[tuple[Any, ...]]) -> None:
        """Remember what was changed in memory, to do it to the file as well. Entries that are
        in memory only are written as they are by then."""
        if self.in_memory:
            place = 0 if statement == _RESTORE else -1
            self._changes += [(statement, given) for given in changes if given[place] <= AWAY]

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work``; where the file fails, heal that and do it again, at last in memory."""
        with self._lock:
            if self.locked:
                self._come_back(0.0)
            for heal in (self._heal, self._to_memory):
                try:
                    return patiently(lambda: work(self._db), self._patience)
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
            self._db = connect(self.path, self._patience)
        except _FAILURES as second:
            self._to_memory(second)
        else:
            self.warning = f"the history was damaged and begins anew; the old file is now {aside}"

    def _replaced_by_another(self) -> bool:
        """Whether another session has put a sound file in the damaged one's place."""
        try:
            db = connect(self.path, self._patience)
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
        """Until the file can be written again, nothing is."""
        why = getattr(error, "strerror", None) or str(error)
        self._db = connect_to_memory(self.path)
        self.in_memory = True
        self.locked = is_lock(error)
        if self.locked:
            self.warning = f"answers wait in memory: {self.path} is locked by another program"
        else:
            self.warning = f"history is kept in memory only: {self.path}: {why}"

    def _come_back(self, patience: float) -> bool:
        """Back to the file with all that is in memory only, if it can be written by now."""
        waiting = f"SELECT {', '.join(WRITTEN)} FROM entries WHERE id > ? ORDER BY id"
        rows = self._db.execute(waiting, (AWAY,)).fetchall()

        def write() -> None:
            with transaction(db):
                for change in self._changes:
                    db.execute(*change)
                db.executemany(_INSERT, rows)
                db.execute(_PRUNE, (self._limit,))

        try:
            db = connect(self.path, patience)
        except _FAILURES:
            return False  # the warning stands
        try:
            if rows or self._changes:
                patiently(write, patience)
        except _FAILURES:
            db.close()
            return False
        self._db.close()
        self._db = db
        self.in_memory = self.locked = False
        self._changes.clear()
        self.warning = ""
        return True


def _holding(text: str) -> tuple[str, tuple[str, ...]]:
    """The condition that an entry holds every word of a text, and what it is given."""
    words = tuple(map(storable, text.casefold().split()))
    return " AND ".join(["instr(search, ?) > 0"] * len(words)) or "1", words
