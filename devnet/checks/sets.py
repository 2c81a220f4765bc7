"""Who votes with which weight, and what stands behind it: S9, S10."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping

from devnet.checks.base import Findings, HistoryInsufficient, Invariant
from devnet.checks.blocks import BlockTree
from devnet.checks.kernels import KernelSets
from devnet.checks.votes import data, name_of, number
from devnet.config.network import Devnet
from devnet.history import Event, Readable
from devnet.mosaic.sets import InvalidKernel


def judge_backing(devnet: Devnet, history: Readable) -> Findings:
    """No vote weighs anything whose stake is paid back less than the withdrawal delay later, in origin blocks (R41).

    Nothing is promised of a core that has halted: its auxiliary may go on, its stakes may leave (R40).
    """
    votes = history.effective_events("VoteCast")
    if not votes:
        raise HistoryInsufficient("no vote was counted")
    last = {(str(vote.payload["auxiliary"]), data(vote.payload["validator"])): vote.sequence for vote in votes}
    halted = {str(event.payload["auxiliary"]) for event in history.effective_events("Halted")}
    heads = _origin_heights(devnet, history)
    found = []
    withdrawals = history.effective_events("StakeWithdrawn")
    for withdrawal in withdrawals:
        auxiliary, validator = str(withdrawal.payload["auxiliary"]), data(withdrawal.payload["validator"])
        voted = last.get((auxiliary, validator))
        if auxiliary in halted or voted is None:
            continue
        free = _height_at(heads, voted) + devnet.parameters.withdrawal_delay
        if (withdrawal.block or 0) < free:
            found.append(
                f"{auxiliary}: {name_of(devnet, validator)} withdrew in origin block {withdrawal.block}, its last "
                f"vote that counted (event {voted}) is backed until block {free}"
            )
    return found or f"{len(votes)} counted votes, {len(withdrawals)} withdrawals, each late enough"


def judge_same_sets(devnet: Devnet, history: Readable) -> Findings:
    """Weights used on auxiliary under a kernel are those that origin fixed for the same height (R44)."""
    found: list[str] = []
    looked_at = 0
    for spec in devnet.auxiliaries:
        kernels = KernelSets(devnet, history, spec.name)
        tree = BlockTree(history, spec.name)
        for event in history.effective_events():
            if event.payload.get("auxiliary") != spec.name:
                continue
            looked_at += event.kind in _WEIGHING
            try:
                found += _WEIGHING.get(event.kind, _nothing)(devnet, kernels, tree, event)
            except InvalidKernel as error:
                found.append(f"{event.chain}, event {event.sequence} {event.kind}: {error}")
    if not looked_at:
        raise HistoryInsufficient("no kernel was opened or stored, and no vote was counted")
    return found or f"{looked_at} kernels, totals and votes, the same weights on both sides"


def _nothing(devnet: Devnet, kernels: KernelSets, tree: BlockTree, event: Event) -> Iterator[str]:
    yield from ()


def _stored_differently(devnet: Devnet, kernels: KernelSets, tree: BlockTree, event: Event) -> Iterator[str]:
    digest, height = data(event.payload["kernelHash"]), number(event, "height")
    opened = kernels.opened(digest)
    if height > 1 and (opened is None or opened.height != height or opened.hash() != digest):
        yield f"{event.chain}, event {event.sequence}: kernel {height} was stored, origin never opened it"
    elif height > 1:
        kernels.sets(digest)


def _opened_wrongly(devnet: Devnet, kernels: KernelSets, tree: BlockTree, event: Event) -> Iterator[str]:
    digest = data(event.payload["kernelHash"])
    kernel = kernels.opened(digest)
    if kernel is None or kernel.height < 2:
        return
    if kernel.hash() != digest:
        yield f"{event.chain}, event {event.sequence}: kernel {kernel.height} does not hash to 0x{digest.hex()}"
    kernels.sets(digest)


def _totals_differ(devnet: Devnet, kernels: KernelSets, tree: BlockTree, event: Event) -> Iterator[str]:
    height, digest = number(event, "height"), kernels.opened_by(str(event.payload["transaction"]))
    if height < 2 or digest is None:
        return
    said, expected = (number(event, "forwardTotal"), number(event, "rearTotal")), kernels.sets(digest).totals(height)
    if said != expected:
        yield f"{event.chain}, event {event.sequence}: totals of height {height} are {expected} wei, found {said}"


def _weighed_differently(devnet: Devnet, kernels: KernelSets, tree: BlockTree, event: Event) -> Iterator[str]:
    height, validator = number(event, "kernelHeight"), data(event.payload["validator"])
    sets = kernels.sets(kernels.stored_at(tree, tree.block_of(event), height))
    expected, used = sets.weights(height, validator), (number(event, "forward"), number(event, "rear"))
    if used != expected:
        yield (
            f"{event.chain}, event {event.sequence}: the vote of {name_of(devnet, validator)} weighed {used} under "
            f"kernel {height}, on origin {expected} (forward, rear; wei)"
        )


_WEIGHING: Mapping[str, Callable[[Devnet, KernelSets, BlockTree, Event], Iterator[str]]] = {
    "KernelOpened": _opened_wrongly,
    "HeightOpened": _totals_differ,
    "KernelStored": _stored_differently,
    "VoteCast": _weighed_differently,
}


def _origin_heights(devnet: Devnet, history: Readable) -> list[tuple[int, int]]:
    """Sequence and number of every block of origin's main view."""
    produced = history.effective_events("BlockProduced")
    return [(one.sequence, one.block or 0) for one in produced if one.chain == devnet.origin.name]


def _height_at(heights: list[tuple[int, int]], sequence: int) -> int:
    """Origin's height when an event was recorded; 0 before its first block."""
    at = bisect_left(heights, (sequence, 0))
    return heights[at - 1][1] if at else 0


S9 = Invariant("S9", "every counted vote is backed by stake that stays locked for the withdrawal delay", judge_backing)
"""Stake behind votes (R41)."""
S10 = Invariant("S10", "weights used on auxiliary for a kernel are origin's for the same height", judge_same_sets)
"""The same sets on both chains (R44)."""
