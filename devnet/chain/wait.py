"""Waiting in real time: the one place where the devnet sleeps.

Nothing of the protocol waits here: it is for processes that start and for answers over a network.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from devnet.errors import WaitTimeout

T = TypeVar("T")

FIRST_PAUSE_S = 0.001
"""Pause after the first look; doubled after each further one, so that fast things are seen fast."""

LONGEST_PAUSE_S = 0.05
"""No two looks are further apart than this plus the time of one look."""


def wait_until(condition: Callable[[], T], deadline_s: float, describe: Callable[[], str] | str) -> T:
    """Look at ``condition`` until it is truthy and return what it said.

    ``describe`` names what is awaited and what was last seen. An exception of ``condition`` is passed on.
    Raises WaitTimeout after ``deadline_s`` seconds.
    """
    started = time.monotonic()
    wait_s = FIRST_PAUSE_S
    while True:
        value = condition()
        if value:
            return value
        waited = time.monotonic() - started
        if waited >= deadline_s:
            said = describe if isinstance(describe, str) else describe()
            raise WaitTimeout(f"{said}: waited {waited:.1f} s of {deadline_s:.1f} s")
        pause(min(wait_s, deadline_s - waited))
        wait_s = min(wait_s * 2, LONGEST_PAUSE_S)


def pause(seconds: float) -> None:
    """Do nothing for that long, in real time; for bounded retries only."""
    time.sleep(max(seconds, 0.0))  # noqa: TID251
