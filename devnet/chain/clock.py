"""What time it is on the chains: virtual seconds in lockstep, wall time plus what was warped when live."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from devnet.errors import UsageError


class Clock(Protocol):
    """Gives the time that the next block may carry."""

    def now(self) -> int:
        """Seconds since 1970, whole."""


class VirtualClock:
    """Time that moves only when told to, so that a run takes as long as its work and repeats."""

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        """Virtual seconds since 1970."""
        return self._now

    def advance(self, seconds: int) -> int:
        """Let ``seconds`` >= 0 pass and return the new time."""
        if seconds < 0:
            raise UsageError(f"time moves forward only: cannot advance by {seconds} s")
        self._now += seconds
        return self._now

    def mark(self) -> int:
        """The time, to come back to."""
        return self._now

    def rewind(self, mark: int) -> None:
        """Go back (or forward) to a mark: the tester's step, not the chain's."""
        self._now = mark


class LiveClock:
    """Wall time plus the seconds warped so far."""

    def __init__(self, wall: Callable[[], float], warped_s: int = 0) -> None:
        self._wall = wall
        self._warped_s = warped_s
        self._lock = threading.Lock()

    def now(self) -> int:
        """Wall time in whole seconds, plus the warp."""
        return int(self._wall()) + self._warped_s

    @property
    def warped_s(self) -> int:
        """Seconds warped so far."""
        return self._warped_s

    def advance(self, seconds: int) -> int:
        """Warp ``seconds`` >= 0 ahead and return the new time."""
        if seconds < 0:
            raise UsageError(f"time moves forward only: cannot warp by {seconds} s")
        with self._lock:
            self._warped_s += seconds
        return self.now()

    def mark(self) -> int:
        """The warp, to come back to; wall time itself cannot be marked."""
        return self._warped_s

    def rewind(self, mark: int) -> None:
        """Take back what was warped since the mark."""
        with self._lock:
            self._warped_s = mark
