"""Reports what was seen to the auxiliary's contracts: its own blocks in order, and origin's checkpoints (R25, R28).

Anyone may report, and reporting twice changes nothing; validators take turns so that one is enough (R83).
"""

from __future__ import annotations

from collections.abc import Sequence

from devnet.actors.auxiliary_state import Observed
from devnet.actors.auxiliary_view import AuxiliaryView, deep_height
from devnet.actors.watch import Seen
from devnet.contracts.gas import MAX_HEADERS, gas_limit
from devnet.mosaic.headers import BLOCK_HASH_WINDOW

WINDOW_MARGIN = 64
"""Blocks of that window left unused, since a report is mined some blocks after it was made."""

ORIGIN_REPORTS_PER_STEP = 4
"""Most origin checkpoints reported at once: two are enough to finalise, the rest is for those who read along."""


def due_blocks(height: int, tip: int, epoch_length: int) -> range:
    """Blocks to report next: from the tip of the store up to the newest checkpoint deep enough to be voted on."""
    last = deep_height(height, epoch_length) * epoch_length
    return range(tip + 1, min(last, tip + MAX_HEADERS) + 1)


def due_backfill(height: int, tip: int, backfilled: range) -> range:
    """Blocks to backfill next, newest first; empty while the store can go on from its tip (R25).

    The first is one that the store knows: in the window, or the oldest that was backfilled, which may have left it.
    """
    if tip + 1 >= height - (BLOCK_HASH_WINDOW - WINDOW_MARGIN) or tip + 1 in backfilled:
        return range(0)
    # Everybody begins at the same block while the chain grows, so that one sends and the others wait.
    in_window = (height - BLOCK_HASH_WINDOW + 2 * WINDOW_MARGIN) // MAX_HEADERS * MAX_HEADERS
    newest = in_window if backfilled.stop <= tip + 1 else backfilled.start
    return range(newest, max(tip, newest - MAX_HEADERS), -1)


def due_origin_heights(origin: Seen, settled: int, epoch_length: int, observed: Observed) -> Sequence[int]:
    """Checkpoint heights of origin to report: settled there, above what auxiliary finalised, not reported yet."""
    newest = settled // epoch_length
    oldest = max(observed.last_finalised.height + 1, newest - ORIGIN_REPORTS_PER_STEP + 1)
    return [
        height
        for height in range(oldest, newest + 1)
        if height * epoch_length <= origin.height and origin.blocks[height * epoch_length].hash not in observed.reported
    ]


class Reporter:
    """Reports to one auxiliary chain."""

    def __init__(self, view: AuxiliaryView) -> None:
        self._view = view

    def act(self) -> None:
        """Send what is due. Raises ChainError if the chain does not take it."""
        self._report_blocks()
        self._report_origin()

    def _report_blocks(self) -> None:
        view, seen = self._view, self._view.chain.seen
        backfill = due_backfill(seen.height, view.state.tip, view.state.backfilled)
        due = backfill or due_blocks(seen.height, view.state.tip, view.spec.epoch_length)
        if not due:
            return
        # Named by where it begins: it stays the same thing, and its wait goes on, while the chain grows.
        what = ("backfill" if backfill else "blocks", due[0])
        if not view.attempts.may_send(what, seen.height, view.turn_at(due[0] // view.spec.epoch_length)):
            return
        headers = [view.chain.header(number).encode() for number in due]
        store = view.contracts.block_store
        if backfill:
            gas = gas_limit("AuxiliaryBlockStore", "backfill", headers=len(due))
            view.sender.send(store.address, store.calldata("backfill", headers), gas)
        else:
            checkpoints = sum(1 for number in due if number % view.spec.epoch_length == 0)
            gas = gas_limit("AuxiliaryBlockStore", "reportBlocks", headers=len(due), checkpoints=checkpoints)
            view.sender.send(store.address, store.calldata("reportBlocks", headers), gas)
        view.attempts.sent(what, seen.height)

    def _report_origin(self) -> None:
        view, origin = self._view, self._view.origin.seen
        epoch_length = view.devnet.origin.epoch_length
        observer = view.contracts.observer
        for height in due_origin_heights(origin, view.settled_origin, epoch_length, view.state.origin):
            block = origin.blocks[height * epoch_length]
            what = ("origin", block.hash)
            if view.attempts.may_send(what, view.chain.seen.height, view.turn_at(height)):
                data = observer.calldata("reportCheckpoint", view.origin.header(block.number).encode())
                view.sender.send(observer.address, data, gas_limit("OriginObserver", "reportCheckpoint"))
                view.attempts.sent(what, view.chain.seen.height)
