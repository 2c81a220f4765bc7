"""What a subscriber was told, so that it is not told again when geth restarts.

A geth that was killed comes back some blocks lower and is led up to its head once more: it announces heads and logs
that it announced before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

TOLD_KEPT = 1_024
"""Heads and logs remembered of one subscription: more than geth announces again when it comes back."""


class Told:
    """What one subscription has told so far."""

    def __init__(self) -> None:
        self._last: deque[Hashable] = deque(maxlen=TOLD_KEPT)
        self._is_renewed = False

    def renew(self) -> None:
        """The subscription goes on at a node that restarted."""
        self._is_renewed = True

    def is_repeated(self, result: object) -> bool:
        """Whether the node says what it said before it restarted; takes note of it if not.

        Only until it says anything new: a chain that goes back to an old branch announces its head again.
        """
        what = _identity(result)
        if what is None:
            return False
        if self._is_renewed and what in self._last:
            return True
        self._is_renewed = False
        self._last.append(what)
        return False


def _identity(result: object) -> Hashable | None:
    """What tells a head, or a log, from every other; None for anything else."""
    if not isinstance(result, dict):
        return None
    if "logIndex" in result:
        return result.get("blockHash"), result["logIndex"], result.get("removed")
    return result.get("hash")
