"""Whose turn it is to declare: no account has two declarations on their way to the same gateway (R66).

The gateway would refuse the second one, and two that are equal are one message, which both would take for theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final, TypeAlias

from devnet.errors import UsageError
from devnet.mosaic.transfers import Direction
from devnet.types import Address

Turn: TypeAlias = tuple[str, Direction, Address]
"""Pair, direction and account."""

_UNDER_WAY: Final = None
"""In place of a message while it is being declared."""


class Turns:
    """The last declaration of every account, from whatever thread it came."""

    def __init__(self, is_pending: Callable[[str], bool]) -> None:
        self._is_pending = is_pending
        self._lock = Lock()
        self._last: dict[Turn, str | None] = {}

    def take(self, turn: Turn, declare: Callable[[], str]) -> str:
        """Declare, and return the message. Raises UsageError while the last one of that turn waits for a block."""
        with self._lock:
            last = self._last.get(turn, "")
            if last is _UNDER_WAY or (last and self._is_pending(last)):
                raise UsageError(
                    f"another transfer of 0x{turn[2].hex()} in that direction is being declared, and only one may be"
                    " open (R66): wait for it, or choose another account"
                )
            self._last[turn] = _UNDER_WAY
        message = ""
        try:
            message = declare()
        finally:
            with self._lock:
                self._last[turn] = message
        return message
