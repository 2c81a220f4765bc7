"""Every vote that a fisherman has read, on disk before anything follows from it.

A vote may have been seen where nobody finds it again: in a transaction that was never mined, on a branch that no node
keeps. It stays evidence all the same, also after a restart, and however long ago it was (R53).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from devnet.errors import EnvironmentFailure, UsageError
from devnet.mosaic.signatures import SIGNATURE_LENGTH
from devnet.mosaic.votes import SignedVote, Vote

_TABLE = (
    "CREATE TABLE IF NOT EXISTS votes (number INTEGER PRIMARY KEY, core_id BLOB NOT NULL, transition BLOB NOT NULL, "
    "source BLOB NOT NULL, target BLOB NOT NULL, heights BLOB NOT NULL, validator BLOB NOT NULL, "
    "signature BLOB NOT NULL)"
)
_COLUMNS = "core_id, transition, source, target, heights, validator, signature"
_HEIGHT = 8
"""Bytes of a height: it is a uint64, which SQLite's integers do not hold."""


class VoteLog:
    """Votes in the order in which they were read; nothing is ever taken out but by a rewind."""

    def __init__(self, path: Path) -> None:
        """Open or create. Raises EnvironmentFailure if the file cannot be used."""
        self._path = path
        self._connection: sqlite3.Connection | None = None
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(_TABLE)
            self._size = self._count()
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise self._failure(error) from error

    @property
    def size(self) -> int:
        """How many votes it holds."""
        return self._size

    def add(self, votes: Sequence[SignedVote]) -> None:
        """Keep them; when this returns they are on disk. Raises EnvironmentFailure if the disk refuses."""
        if not votes:
            return
        rows = [(self._size + index, *_row(signed)) for index, signed in enumerate(votes, start=1)]
        live = self._live()
        try:
            live.execute("BEGIN IMMEDIATE")
            live.executemany(f"INSERT INTO votes (number, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            live.execute("COMMIT")
        except sqlite3.Error as error:
            if live.in_transaction:
                live.execute("ROLLBACK")
            raise self._failure(error) from error
        self._size += len(rows)

    def votes(self) -> Iterator[SignedVote]:
        """All of them, in order. Raises EnvironmentFailure if the file is damaged."""
        try:
            for row in self._live().execute(f"SELECT {_COLUMNS} FROM votes ORDER BY number"):
                yield _signed(row)
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise self._failure(error) from error

    def forget_after(self, size: int) -> None:
        """Hold the first that many only, as after a rewind."""
        if size < self._size:
            self._live().execute("DELETE FROM votes WHERE number > ?", (size,))
            self._size = size

    def close(self) -> None:
        """Let go of the file; idempotent."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            raise UsageError(f"vote log {self._path} is closed")
        return self._connection

    def _count(self) -> int:
        [(count, last)] = self._live().execute("SELECT COUNT(*), COALESCE(MAX(number), 0) FROM votes").fetchall()
        if count != last:
            raise sqlite3.DatabaseError(f"{count} votes, the last one is number {last}")
        return int(count)

    def _failure(self, error: Exception) -> EnvironmentFailure:
        return EnvironmentFailure(f"votes cannot be kept in {self._path}: {error}; remove the file to start anew")


def _row(signed: SignedVote) -> tuple[bytes, ...]:
    vote = signed.vote
    heights = vote.source_height.to_bytes(_HEIGHT) + vote.target_height.to_bytes(_HEIGHT)
    return vote.core_id, vote.transition, vote.source, vote.target, heights, signed.validator, signed.signature


def _signed(row: tuple[bytes, ...]) -> SignedVote:
    core_id, transition, source, target, heights, validator, signature = row
    if len(heights) != 2 * _HEIGHT or len(signature) != SIGNATURE_LENGTH:
        raise ValueError(f"a vote has {len(heights)} bytes of heights and {len(signature)} of signature")
    lower, upper = int.from_bytes(heights[:_HEIGHT]), int.from_bytes(heights[_HEIGHT:])
    return SignedVote(Vote(core_id, transition, source, target, lower, upper), validator, signature)
