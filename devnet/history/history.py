"""The record of a run: SQLite, append-only, written by the World alone and read by anybody."""

from __future__ import annotations

import json
import sqlite3
import threading
import time as wall
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from eth_hash.auto import keccak

from devnet.errors import EnvironmentFailure, ManifestError, UsageError
from devnet.history.event import Event, payload_text
from devnet.history.reading import REWOUND, Effective, HistoryView
from devnet.types import Json

SCHEMA_VERSION = 1
"""Version of the tables below; a file of another version is refused, never converted."""

_APPLICATION_ID = 0x4D4F5341  # "MOSA": tells a History from any other SQLite file.
_SCHEMA = """
CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    chain TEXT,
    block INTEGER,
    actor TEXT,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
);
CREATE INDEX events_by_kind ON events (kind, sequence);
CREATE TABLE notes (id INTEGER PRIMARY KEY, wall_time REAL NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE run (id TEXT NOT NULL);
CREATE TRIGGER events_keep_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER events_keep_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER notes_keep_update BEFORE UPDATE ON notes BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER notes_keep_delete BEFORE DELETE ON notes BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
"""
_COLUMNS = "sequence, time, chain, block, actor, kind, payload"


class History:
    """Events of one run in the order in which they were recorded.

    ``path`` None keeps it in memory. An existing file of the same run is continued. Safe to use from several
    threads; what was appended survives the death of the process, though not of the machine.
    """

    def __init__(self, path: Path | None, run: str) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._writable = True
        self._sequence = 0
        self._effective: dict[str | None, Effective] = {}
        self._connection = _connect(":memory:" if path is None else _uri(path, "rwc"), path)
        try:
            self._prepare(run)
        except sqlite3.Error as error:
            self._connection.close()
            raise _unusable(path, error) from error
        except BaseException:
            self._connection.close()
            raise

    @classmethod
    def open(cls, path: Path | str) -> History:
        """A finished or still growing History, for reading only.

        Raises ManifestError if there is no such file, EnvironmentFailure if it is damaged or no History.
        """
        path = Path(path)
        if not path.is_file():
            raise ManifestError(f"history {path} does not exist; give the path that 'history' names in a report")
        history = cls.__new__(cls)
        history._path, history._lock, history._writable = path, threading.RLock(), False
        history._effective = {}
        history._connection = _connect(_uri(path, "ro"), path)
        try:
            history._run = history._read_run()
        except sqlite3.Error as error:
            history._connection.close()
            raise _unusable(path, error) from error
        except BaseException:
            history._connection.close()
            raise
        return history

    @property
    def path(self) -> Path | None:
        """The file, None in memory."""
        return self._path

    @property
    def run(self) -> str:
        """Id of the run; not part of the digest."""
        return self._run

    @property
    def sequence(self) -> int:
        """Sequence of the last event, 0 if there is none: what ``Rewound{to}`` goes back to."""
        with self._lock:
            return self._sequence if self._writable else self._last_sequence()

    def append(
        self,
        kind: str,
        *,
        time: int,
        chain: str | None = None,
        block: int | None = None,
        actor: str | None = None,
        payload: dict[str, Json] | None = None,
    ) -> Event:
        """Record one event and return it. ``time`` is virtual seconds."""
        text = payload_text(kind, payload or {})
        with self._lock:
            self._require_writable()
            sequence = self._sequence + 1
            row = (sequence, int(time), chain, block, actor, kind, text)
            self._query(f"INSERT INTO events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._sequence = sequence
        return self._event(row)

    def note(self, key: str, value: Json) -> None:
        """Record what differs between equal runs: wall time, pid, url, path. Outside the digest."""
        with self._lock:
            self._require_writable()
            row = (wall.time(), key, json.dumps(value, sort_keys=True))
            self._query("INSERT INTO notes (wall_time, key, value) VALUES (?, ?, ?)", row)

    def notes(self) -> list[tuple[float, str, Json]]:
        """Every note: seconds since 1970, key, value."""
        with self._lock:
            rows = self._query("SELECT wall_time, key, value FROM notes ORDER BY id")
        return [(moment, key, json.loads(value)) for moment, key, value in rows]

    def events(self, kind: str | None = None, after: int = 0) -> list[Event]:
        """Events with a sequence above ``after``, of one kind or of all, by sequence."""
        return list(self._rows(kind, after))

    def effective_events(self, kind: str | None = None) -> list[Event]:
        """Events that no later ``Rewound`` undid, of one kind or of all, by sequence."""
        with self._lock:
            # Asked again and again while a run goes on: only what is new is read, and only that kind is kept.
            known = self._effective.setdefault(kind, Effective())
            last = self._last_sequence()
            for event in self._rows(kind, known.last, REWOUND):
                known.add(event)
            known.last = max(known.last, last)
            return [event for event in known.events if kind in (None, event.kind)]

    def at(self, sequence: int) -> HistoryView:
        """The History as it stood right after that sequence: for judging an arm that was rewound since."""
        return HistoryView([event for event in self.events() if event.sequence <= sequence])

    def digest(self) -> str:
        """keccak-256 over the canonical form of every event, one per line, as 0x...; equal runs, equal digest."""
        state = keccak.new(b"")
        for event in self._rows(None, 0):
            state.update(event.canonical() + b"\n")
        return "0x" + bytes(state.digest()).hex()

    def close(self) -> None:
        """Write everything out and let go of the file; idempotent."""
        with self._lock:
            if self._writable and self._path is not None:
                self._leave_single_file()
            self._writable = False
            self._connection.close()

    def __enter__(self) -> History:
        """The History itself; leaving the block closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _prepare(self, run: str) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        # The operating system keeps what was written when the process dies; only a power cut loses it.
        self._connection.execute("PRAGMA synchronous = OFF")
        if self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            self._connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            self._connection.execute("INSERT INTO run (id) VALUES (?)", (run,))
        self._run = self._read_run()
        if self._run != run:
            raise UsageError(f"history {self._path} belongs to run {self._run}, not {run}; use another file")
        self._sequence = self._last_sequence()

    def _last_sequence(self) -> int:
        return int(self._query("SELECT coalesce(max(sequence), 0) FROM events")[0][0])

    def _read_run(self) -> str:
        application = self._connection.execute("PRAGMA application_id").fetchone()[0]
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if application != _APPLICATION_ID:
            raise EnvironmentFailure(f"{self._path} is no history but another SQLite file; give another path")
        if version != SCHEMA_VERSION:
            raise EnvironmentFailure(
                f"history {self._path} has schema {version}, expected {SCHEMA_VERSION}; "
                "read it with the release that wrote it"
            )
        return str(self._connection.execute("SELECT id FROM run").fetchone()[0])

    def _rows(self, kind: str | None, after: int, besides: str = "") -> Iterator[Event]:
        chosen = "" if kind is None else " AND kind IN (?, ?)"
        parameters: tuple[object, ...] = (after,) if kind is None else (after, kind, besides)
        query = f"SELECT {_COLUMNS} FROM events WHERE sequence > ?{chosen} ORDER BY sequence"
        with self._lock:
            rows = self._query(query, parameters)
        return (self._event(row) for row in rows)

    def _event(self, row: Any) -> Event:
        sequence, time, chain, block, actor, kind, payload = row
        try:
            return Event(self._run, sequence, time, chain, block, actor, kind, json.loads(payload))
        except ValueError as error:
            raise EnvironmentFailure(f"history {self._path} is damaged at event {sequence}: {error}") from error

    def _query(self, query: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        try:
            return self._connection.execute(query, parameters).fetchall()
        except sqlite3.ProgrammingError as error:
            raise UsageError(f"history {self._path or 'in memory'} is closed") from error
        except sqlite3.Error as error:
            raise _unusable(self._path, error) from error

    def _require_writable(self) -> None:
        if not self._writable:
            raise UsageError(f"history {self._path or 'in memory'} is closed or open for reading only")

    def _leave_single_file(self) -> None:
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError:
            # A reader holds the log: it stays beside the file and is found by the next who opens it.
            return


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def _connect(target: str, path: Path | None) -> sqlite3.Connection:
    try:
        return sqlite3.connect(target, isolation_level=None, check_same_thread=False, timeout=10.0, uri=True)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def _unusable(path: Path | None, error: sqlite3.Error) -> EnvironmentFailure:
    where = path or "in memory"
    if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
        return EnvironmentFailure(f"history {where} cannot be written: the disk is full; make room and start again")
    return EnvironmentFailure(f"history {where} cannot be used: {error}; it is damaged, no history or out of reach")
