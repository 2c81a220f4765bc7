"""A small SQLite database that is on disk before it answers, open once, and knows when it is damaged or old.

A signing store that lost its last records is worse than none: it signs what it signed before. So beside
the database stands ``<name>.lock``, locked by the process that has it open, with a counter of all
transactions. A database whose own counter is behind was put back from a copy, and is refused.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias

from devnet.errors import EnvironmentFailure, UsageError

Row: TypeAlias = tuple[bytes | int | str | None, ...]
"""One row of a table, in the order of its columns."""

_COUNTER_DIGITS: Final = 20
_META: Final = "CREATE TABLE meta (identity TEXT NOT NULL, counter INTEGER NOT NULL, checksum BLOB NOT NULL)"


class StoreRefused(EnvironmentFailure):
    """A durable store cannot be used: damaged, older than its counter, open elsewhere, or another's."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"store {path} refused: {reason}")
        self.path: Final = path
        """Which store."""
        self.reason: Final = reason
        """Why, and what to do."""


class DurableDatabase:
    """Tables whose rows carry a common checksum; written through ``insert`` and ``replace`` only."""

    def __init__(self, path: Path, identity: str, tables: Sequence[str]) -> None:
        """Open or create. ``identity`` says whose it is, ``tables`` are the CREATE TABLE statements.

        Raises StoreRefused.
        """
        self._path: Final = path
        self._identity: Final = identity
        self._tables: Final = [statement.split()[2] for statement in tables]
        self._counter = 0
        self._checksum = 0
        self._connection: sqlite3.Connection | None = _connect(path)
        self._side = -1
        try:
            self._side = _lock(path)
            self._open(tables)
        except BaseException:
            self.close()
            raise

    def rows(self, query: str, *arguments: bytes | int | str) -> list[Row]:
        """The rows that a SELECT answers."""
        return self._live().execute(query, arguments).fetchall()

    def insert(self, table: str, row: Row) -> None:
        """Add a row; inside ``transaction`` only."""
        self._live().execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        self._checksum = (self._checksum + _weight(table, row)) % (1 << 256)

    def replace(self, table: str, old: Row | None, new: Row) -> None:
        """Put ``new`` in the place of ``old``, which has the same key in its first column."""
        if old is not None:
            column = self._live().execute(f"SELECT * FROM {table} LIMIT 0").description[0][0]
            self._live().execute(f"DELETE FROM {table} WHERE {column} = ?", old[:1])
            self._checksum = (self._checksum - _weight(table, old)) % (1 << 256)
        self.insert(table, new)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; on disk when the block ends without an exception."""
        connection = self._live()
        connection.execute("BEGIN IMMEDIATE")
        before = self._counter, self._checksum
        try:
            yield
            self._counter += 1
            values = (self._counter, self._checksum.to_bytes(32, "big"))
            connection.execute("UPDATE meta SET counter = ?, checksum = ?", values)
            connection.execute("COMMIT")
        except BaseException:
            self._counter, self._checksum = before
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        # After the commit: a counter that lags is harmless, one that runs ahead would refuse a good store.
        _write_counter(self._side, self._counter)

    def snapshot(self) -> bytes:
        """The whole content, for ``restore``."""
        content = self._live().serialize()
        # Bytes 18 and 19 say "write-ahead log", which a database in memory cannot have (SQLite file format 1.3).
        return content[:18] + b"\x01\x01" + content[20:]

    def restore(self, snapshot: bytes) -> None:
        """Go back to a snapshot of this store. The counter still goes forward, so old files stay refused."""
        with closing(sqlite3.connect(":memory:")) as source:
            try:
                source.deserialize(snapshot)
                identity = source.execute("SELECT identity FROM meta").fetchone()
            except sqlite3.Error as error:
                raise StoreRefused(self._path, f"the snapshot is damaged: {error}") from error
            if identity != (self._identity,):
                raise StoreRefused(self._path, f"the snapshot must be of {self._identity}, is of {identity!r}")
            source.backup(self._live())
        counter = self._counter
        self._read_meta()
        self._counter = max(counter, self._counter)
        with self.transaction():
            pass

    def close(self) -> None:
        """Let go of the files and of the lock; idempotent."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._side >= 0:
            os.close(self._side)
            self._side = -1

    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            raise UsageError(f"store {self._path} is closed")
        return self._connection

    def _open(self, tables: Sequence[str]) -> None:
        counter = _read_counter(self._side)
        try:
            if not self.rows("SELECT 1 FROM sqlite_master"):
                self._create(tables, counter)
            self._verify(counter)
        except sqlite3.DatabaseError as error:
            raise StoreRefused(self._path, f"it is damaged ({error}); put back the newest copy") from error
        _write_counter(self._side, self._counter)

    def _create(self, tables: Sequence[str], counter: int | None) -> None:
        if counter is not None:
            raise StoreRefused(self._path, f"the database is missing or empty, its counter says {counter}; put it back")
        connection = self._live()
        connection.execute("BEGIN IMMEDIATE")
        for statement in (_META, *tables):
            connection.execute(statement)
        connection.execute("INSERT INTO meta VALUES (?, 0, ?)", (self._identity, bytes(32)))
        connection.execute("COMMIT")

    def _verify(self, counter: int | None) -> None:
        [(verdict,)] = self.rows("PRAGMA integrity_check(1)")
        if verdict != "ok":
            raise StoreRefused(self._path, f"it is damaged ({verdict!r}); put back the newest copy")
        identity = self._read_meta()
        if identity != self._identity:
            raise StoreRefused(self._path, f"it belongs to {identity}, not to {self._identity}")
        found = sum(_weight(table, row) for table in self._tables for row in self.rows(f"SELECT * FROM {table}"))
        if found % (1 << 256) != self._checksum:
            raise StoreRefused(self._path, "it is damaged (checksum of its rows); put back the newest copy")
        if counter is None and self._counter > 0:
            raise StoreRefused(self._path, "its counter file is missing, so its age is unknown; put both back")
        if counter is not None and self._counter < counter:
            raise StoreRefused(self._path, f"it is an older copy: it knows {self._counter} of {counter} transactions")

    def _read_meta(self) -> str:
        rows = self.rows("SELECT identity, counter, checksum FROM meta")
        if len(rows) != 1:
            raise StoreRefused(self._path, f"it is damaged (meta must have 1 row, has {len(rows)})")
        identity, counter, checksum = rows[0]
        if not (isinstance(identity, str) and isinstance(counter, int) and isinstance(checksum, bytes)):
            raise StoreRefused(self._path, "it is damaged (types in meta)")
        self._counter, self._checksum = counter, int.from_bytes(checksum, "big")
        return identity


def _connect(path: Path) -> sqlite3.Connection:
    """Open the database with SQLite's own lock, which also sees a second opening in this process."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise StoreRefused(path, f"it cannot be opened ({error})") from error
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA synchronous = FULL")
        # One fsync a transaction instead of three; what is not yet in the main file is in <name>-wal.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        connection.close()
        if "locked" in str(error):
            raise StoreRefused(path, "it is open elsewhere; only one process may sign") from error
        raise StoreRefused(path, f"it is damaged ({error}); put back the newest copy") from error
    return connection


def _lock(path: Path) -> int:
    side = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.lockf(side, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(side)
        raise StoreRefused(path, "it is open in another process; only one may sign") from error
    return side


def _read_counter(side: int) -> int | None:
    text = os.pread(side, _COUNTER_DIGITS, 0)
    return int(text) if text.isdigit() else None


def _write_counter(side: int, counter: int) -> None:
    os.pwrite(side, f"{counter:0{_COUNTER_DIGITS}d}\n".encode(), 0)


def _weight(table: str, row: Row) -> int:
    return int.from_bytes(hashlib.sha256(repr((table, *row)).encode()).digest(), "big")
