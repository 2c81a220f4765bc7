"""What an auxiliary chain believes about origin is origin's own (S11)."""

from __future__ import annotations

from devnet.checks.base import Findings, HistoryInsufficient, Invariant
from devnet.checks.blocks import MAIN
from devnet.checks.votes import data, number
from devnet.config.network import Devnet
from devnet.history import Event, Readable
from devnet.mosaic.identity import is_origin_identifier


def judge_observations(devnet: Devnet, history: Readable) -> Findings:
    """Every checkpoint that an auxiliary finalised about origin is on origin's main branch at the end (R30, R31)."""
    finalised = [event for event in history.effective_events("CheckpointFinalised") if _is_about_origin(event)]
    if not finalised:
        raise HistoryInsufficient("nothing about origin was finalised")
    canonical = main_branch(devnet, history)
    found = []
    for event in finalised:
        block = number(event, "height") * devnet.origin.epoch_length
        mine = canonical.get(block)
        if mine is not None and mine != event.payload["blockHash"]:
            found.append(
                f"{event.chain} finalised {event.payload['blockHash']} about origin, event {event.sequence}; "
                f"origin's own block {block} is {mine}"
            )
    return found or f"{len(finalised)} finalised checkpoints of origin, each origin's own"


def _is_about_origin(event: Event) -> bool:
    return is_origin_identifier(data(event.payload["coreId"]))


def main_branch(devnet: Devnet, history: Readable) -> dict[int, object]:
    """Hash by number on the branch that origin's main view ended on: later blocks replace those of their height."""
    branch: dict[int, object] = {}
    for event in history.effective_events("BlockProduced"):
        if event.chain == devnet.origin.name and event.payload["view"] == MAIN and event.block is not None:
            branch[event.block] = event.payload["hash"]
    return branch


S11 = Invariant("S11", "what auxiliaries finalised about origin is origin's own", judge_observations)
"""Partial view (paper theorem 2; R30, R31)."""
