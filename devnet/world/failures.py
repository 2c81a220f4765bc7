"""What goes wrong in the background of a network that runs: nobody called, so nobody can be told by an error."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator

FAILURES_KEPT = 20
"""Sentences about failures that a status shows; the World's log has all."""

_log = logging.getLogger(__name__)


class Failures:
    """The newest failures, one sentence each."""

    def __init__(self) -> None:
        self._sentences: deque[str] = deque(maxlen=FAILURES_KEPT)

    def tell(self, what: str, error: Exception) -> None:
        """Keep what happened to whom, and write it to the log."""
        sentence = str(error) if str(error).startswith(what) else f"{what}: {error}"
        _log.warning("%s", sentence)
        self._sentences.append(sentence)

    def __iter__(self) -> Iterator[str]:
        """Every sentence, oldest first."""
        return iter(self._sentences)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._sentences)
