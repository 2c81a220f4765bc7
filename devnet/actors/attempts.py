"""Who sends first, when the others step in, and when something is sent again.

No actor is told what another does: each knows only that something is due, and whether it is on the chain yet.
Everything is counted in blocks, so that it is the same in virtual and in real time (R83).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

STEP_IN_BLOCKS = 2
"""Blocks that each further validator waits for those before it."""

MOST_TURNS = 8
"""Turns that anybody waits at most: in a large set the first few may be silent, and all the others must not queue."""

SEND_AGAIN_BLOCKS = 4
"""Blocks after which something that was sent and is not on the chain is sent again."""

_REMEMBERED = 1_000
"""Things remembered; older ones have long been settled or given up."""


def turn(position: int, count: int, height: int, seed: int) -> int:
    """How many validators go before this one at that height; 0 = it tries first. Rotates by height and seed."""
    return (position - height - seed) % count


@dataclass(frozen=True, slots=True)
class _Attempt:
    due_since: int
    sent_at: int | None


@dataclass(slots=True)
class Attempts:
    """What is due on one chain, since when, and when it was last sent."""

    known: dict[Hashable, _Attempt] = field(default_factory=dict)
    """By what it is; values are immutable."""

    def may_send(self, what: Hashable, height: int, after_turns: int = 0) -> bool:
        """Whether to send it now, at this height of the chain that it goes to.

        The first call starts its wait of ``after_turns`` turns. Heights may fall (a reorg): the wait then starts anew.
        """
        attempt = self.known.get(what)
        if attempt is None or height < attempt.due_since:
            attempt = _Attempt(height, None)
            self._remember(what, attempt)
        if height < attempt.due_since + min(after_turns, MOST_TURNS) * STEP_IN_BLOCKS:
            return False
        return attempt.sent_at is None or height >= attempt.sent_at + SEND_AGAIN_BLOCKS

    def sent(self, what: Hashable, height: int) -> None:
        """Take note that it was sent."""
        attempt = self.known.get(what, _Attempt(height, None))
        self._remember(what, _Attempt(attempt.due_since, height))

    def copy(self) -> Attempts:
        """The same, unaffected by what happens to this one."""
        return Attempts(dict(self.known))

    def _remember(self, what: Hashable, attempt: _Attempt) -> None:
        self.known[what] = attempt
        if len(self.known) > _REMEMBERED:
            del self.known[next(iter(self.known))]
