"""Lets origin keep the hashes of its blocks that a transition may name, before it forgets them (R32, R83).

Nothing else holds it up. What waits for a commit, or is never committed at all, may be shown as evidence long after
(R38): a set that stalls until origin has forgotten the block would make the proof impossible.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from devnet.actors.attempts import MOST_TURNS
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.core_state import is_in_window
from devnet.contracts.gas import gas_limit

PINS_AT_ONCE = 16
"""Pins that one actor has under way: there are many only where nobody pinned for long."""


def due_pins(view: AuxiliaryView) -> Iterator[int]:
    """Numbers of origin's own blocks that auxiliary finalised and the core has not stored, the newest first.

    Those that a transition above the last commit but one may name: it may be proposed, or have been passed over by
    the last commit. None once the core has halted.
    """
    core, state = view.core, view.state
    if core.halted or core.open_height == 0:
        return
    before = core.commits.get(core.meta_blocks - 1)
    settled = state.origin.in_force(before.height * view.spec.epoch_length)[1].height if before is not None else 0
    for checkpoint in reversed([one.checkpoint for one in state.origin.finalised]):
        number = checkpoint.height * view.devnet.origin.epoch_length
        if checkpoint.height <= settled or not is_in_window(number, view.origin.seen.height):
            return
        if number not in core.pinned and view.origin_block(checkpoint) == checkpoint.hash:
            yield number


class Pinner:
    """Pins for one core."""

    def __init__(self, view: AuxiliaryView, is_last: bool = False) -> None:
        self._view = view
        self._is_last = is_last

    def act(self) -> None:
        """Send every pin that is due and this actor's turn; ``is_last`` lets all others go first. Raises ChainError."""
        view = self._view
        if not view.is_complete:
            return
        for number in islice(due_pins(view), PINS_AT_ONCE):
            what, height = ("pin", number), view.origin.seen.height
            if view.origin_attempts.may_send(what, height, self._turns(number)):
                core = view.contracts.core
                view.origin_sender.send(
                    core.address, core.calldata("pinOrigin", number), gas_limit("Core", "pinOrigin")
                )
                view.origin_attempts.sent(what, height)

    def _turns(self, number: int) -> int:
        """How many go first: turns rotate with the epochs of origin, each of which has one pin at most."""
        return MOST_TURNS if self._is_last else self._view.turn_at(number // self._view.devnet.origin.epoch_length)
