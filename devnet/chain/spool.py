"""What is kept for ever and hardly ever asked for again: on disk, in a file that ends with whoever keeps it."""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path

_LENGTH_BYTES = 4


class Spool:
    """Byte strings by their places. One thread adds, any may read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._descriptor = -1
        self._end = 0

    def add(self, content: bytes) -> int:
        """Keep it; answers its place. Raises OSError if the disk does not take it, and keeps nothing then."""
        if self._descriptor < 0:
            self._open()
        record = len(content).to_bytes(_LENGTH_BYTES) + content
        place, written = self._end, 0
        while written < len(record):
            written += os.pwrite(self._descriptor, record[written:], place + written)
        self._end = place + len(record)
        return place

    def read(self, place: int) -> bytes:
        """What is kept at a place that ``add`` answered."""
        length = int.from_bytes(os.pread(self._descriptor, _LENGTH_BYTES, place))
        return os.pread(self._descriptor, length, place + _LENGTH_BYTES)

    def _open(self) -> None:
        self._descriptor, path = tempfile.mkstemp(dir=self._directory)
        # Without a name: nobody else finds it, and nothing is left of it however the process ends.
        os.unlink(path)
        weakref.finalize(self, os.close, self._descriptor)
