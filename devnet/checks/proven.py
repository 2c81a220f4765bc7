"""What a gateway was shown of the other chain: that it was so (G5), and that it was final there (G9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from devnet.checks.base import Findings, Invariant
from devnet.checks.blocks import MAIN
from devnet.checks.gateway_state import GatewayState
from devnet.checks.gateways import NO_GATEWAY, UNDECLARED, GatewayRun, Step, declared_runs
from devnet.checks.observation import main_branch
from devnet.checks.settlements import EXITS
from devnet.checks.votes import data, number
from devnet.config.network import Devnet
from devnet.history import Readable
from devnet.mosaic.identity import is_origin_identifier
from devnet.mosaic.messages import MessageStatus
from devnet.mosaic.transfers import EFFECTS, Box

HEIGHTS: Final = ("originHeight", "auxiliaryHeight")
"""What an event calls the checkpoint height that a message was proven under."""

_SHOWN: Final[Mapping[str, MessageStatus]] = MappingProxyType(
    {
        "StakeConfirmed": MessageStatus.DECLARED,
        "RedeemConfirmed": MessageStatus.DECLARED,
        "StakeRevocationConfirmed": MessageStatus.DECLARED_REVOCATION,
        "RedeemRevocationConfirmed": MessageStatus.DECLARED_REVOCATION,
    }
)
_UNDER_WAY: Final = frozenset({MessageStatus.DECLARED, MessageStatus.PROGRESSED})


def judge_proofs(devnet: Devnet, history: Readable) -> Findings:
    """What a proof showed is what the other chain had stored in the block of that root (R69).

    An event that names no height is held against every root its side had: one of them must show it.
    """
    runs = declared_runs(devnet, history)
    found = [text for run in runs for step in run.steps for text in _untrue(run, step)]
    shown = sum(_is_proven(step) for run in runs for step in run.steps)
    return found or (f"{shown} proofs, each of what was there" if runs else NO_GATEWAY)


def judge_sources(devnet: Devnet, history: Readable) -> Findings:
    """Nothing is confirmed, or left with, but under a root that the side had, of a block final on its chain (R61).

    Final is what auxiliary's votes finalised, and what is as deep on origin as origin calls final and stays on its
    main branch. What is minted and released was confirmed first (G2).
    """
    runs = declared_runs(devnet, history)
    final = _Final(devnet, history)
    found = [text for run in runs for step in run.steps for text in _unfinal(devnet, run, step, final)]
    steps = sum(len(run.steps) for run in runs)
    return found or (f"{steps} events, none from a block that was not final" if runs else NO_GATEWAY)


class _Final:
    """Which blocks were final on their own chain, and when they came to be believed on the other."""

    def __init__(self, devnet: Devnet, history: Readable) -> None:
        self._behind = devnet.origin.finalised_after_epochs * devnet.origin.epoch_length
        self._epoch = devnet.origin.epoch_length
        self._branch = main_branch(devnet, history)
        self._voted: set[tuple[str, str]] = set()
        self._deep: set[str] = set()
        highest = 0
        for event in history.effective_events():
            if event.kind == "BlockProduced" and event.chain == devnet.origin.name and event.payload["view"] == MAIN:
                highest = max(highest, event.block or 0)
            elif event.kind == "CheckpointFinalised":
                block = str(event.payload["blockHash"])
                if not is_origin_identifier(data(event.payload["coreId"])):
                    self._voted.add((str(event.payload["auxiliary"]), block))
                elif number(event, "height") * self._epoch <= max(highest - self._behind, 0):
                    self._deep.add(block)

    def on_auxiliary(self, auxiliary: str, block: str) -> str | None:
        """Why a block of an auxiliary is not final; None if it is."""
        return None if (auxiliary, block) in self._voted else f"{auxiliary} never finalised it"

    def on_origin(self, height: int, block: str) -> str | None:
        """Why a checkpoint of origin is not final; None if it is."""
        if block not in self._deep:
            return "origin did not call it final"
        mine = self._branch.get(height * self._epoch, block)
        return None if mine == block else f"origin's own block is {mine}"


def _is_proven(step: Step) -> bool:
    kind, by_proof = step.event.kind, step.event.payload.get("byProof")
    return bool(by_proof) or kind in _SHOWN or kind.endswith("Reverted") or kind == "HolderExited"


def _untrue(run: GatewayRun, step: Step) -> Iterator[str]:
    kind, where = step.event.kind, run.where(step)
    if kind in _SHOWN and step.message not in run.declared:
        # In no block of the other chain, so not in that of the root either, which need not be one of its blocks.
        yield f"{where}: {step.message} was never declared"
    elif kind in _SHOWN:
        height = _height(step)
        if height in step.before.roots:
            found = run.at(step.before.roots[height]).outbox.get(step.message, UNDECLARED)
            if found is not _SHOWN[kind]:
                yield f"{where}: at height {height} {step.message} was {found.name}, expected {_SHOWN[kind].name}"
    elif kind == "HolderExited":
        holder, taken = str(step.event.payload["holder"]), number(step.event, "amount")
        held = run.last(step.before).balances.get(holder, 0)
        if taken != held:
            yield f"{where}: {holder} took {taken}, the last root has {held}"
    elif _is_proven(step):
        wanted = _wanted(step)
        if not _was_shown(run, step, lambda state: _there(state, step) in wanted):
            names = " or ".join(sorted(status.name for status in wanted))
            yield f"{where}: no root that was believed shows {step.message} {names}"


def _wanted(step: Step) -> frozenset[MessageStatus]:
    if step.event.kind.endswith("Reverted"):
        return frozenset({MessageStatus.REVOKED})
    if step.before.outbox.get(step.message) is MessageStatus.DECLARED_REVOCATION:
        return frozenset({MessageStatus.PROGRESSED})
    return _UNDER_WAY


def _there(state: GatewayState, step: Step) -> MessageStatus:
    box = state.inbox if EFFECTS[step.event.kind].box is Box.OUTBOX else state.outbox
    return box.get(step.message, UNDECLARED)


def _was_shown(run: GatewayRun, step: Step, holds: Callable[[GatewayState], bool]) -> bool:
    # From the newest: old roots are seldom used, and one that was not recorded matters only if none else will do.
    return any(holds(run.at(step.before.roots[height])) for height in sorted(step.before.roots, reverse=True))


def _unfinal(devnet: Devnet, run: GatewayRun, step: Step, final: _Final) -> Iterator[str]:
    if step.event.kind in _SHOWN:
        height = _height(step)
        if height not in step.before.roots:
            yield f"{run.where(step)}: no root of height {height} was known"
            return
    elif step.event.kind in EXITS and step.before.roots:
        height = max(step.before.roots)
    else:
        return
    block = step.before.roots[height]
    is_on_origin = step.event.chain == devnet.origin.name
    lacking = final.on_auxiliary(run.pair.auxiliary, block) if is_on_origin else final.on_origin(height, block)
    if lacking is not None:
        yield f"{run.where(step)}: the root of height {height} is of {block}: {lacking}"


def _height(step: Step) -> int:
    return number(step.event, next(key for key in HEIGHTS if key in step.event.payload))


G5 = Invariant("G5", "what was proven to a gateway was so", judge_proofs)
"""Proofs hold (R69)."""
G9 = Invariant("G9", "nothing is minted or released from an unfinalised source", judge_sources)
"""Sources are final (R61)."""
