"""The one clock of a world: virtual until the network is ready, in live mode the wall's from then on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


class Clock:
    """Seconds since the epoch, as every chain and actor of the world is told them.

    Virtual time moves only by ``advance``. After ``go_live`` time moves with the wall, and ``advance``
    warps it ahead. Warps are kept by a mark, so that rewinding a world takes its time back as well.
    """

    def __init__(self, start: int, wall: Callable[[], float] = time.time) -> None:
        self._virtual: float = start
        self._wall = wall
        self._live = False
        self._warp: float = 0

    @property
    def live(self) -> bool:
        """Whether time moves with the wall."""
        return self._live

    def now(self) -> int:
        """The present second."""
        return math.floor(self._wall() + self._warp if self._live else self._virtual)

    def advance(self, seconds: float) -> None:
        """Move time ahead."""
        if self._live:
            self._warp += seconds
        else:
            self._virtual += seconds

    def go_live(self) -> None:
        """Follow the wall from now on."""
        self._live = True

    def mark(self) -> tuple[float, float]:
        """What ``rewind`` takes."""
        return self._virtual, self._warp

    def rewind(self, mark: tuple[float, float]) -> None:
        """Go back: virtual time and warps as they were; the wall goes on."""
        self._virtual, self._warp = mark
