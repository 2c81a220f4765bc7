"""Liveness: finality goes on (L1)."""

from __future__ import annotations

from devnet.checks.base import Findings, HistoryInsufficient, Invariant
from devnet.checks.votes import data, number
from devnet.config.network import ChainSpec, Devnet
from devnet.history import Event, Readable
from devnet.mosaic.identity import is_origin_identifier

EPOCHS = 4
"""Epochs of blocks in which the finalised height must have grown (K of the catalogue)."""


def judge_finality_grows(devnet: Devnet, history: Readable) -> Findings:
    """On every auxiliary the finalised height grows after the arm started (or over the whole History).

    Failed only if ``EPOCHS`` epochs of blocks were made in that time; with fewer blocks and no growth, unknown.
    """
    started = max((event.sequence for event in history.effective_events("ArmStarted")), default=0)
    finalised = _finalised(history)
    stalled: list[str] = []
    short: list[str] = []
    for chain in devnet.auxiliaries:
        heights = finalised.get(chain.name, [])
        before = max((number(event, "height") for event in heights if event.sequence <= started), default=0)
        if any(number(event, "height") > before for event in heights if event.sequence > started):
            continue
        made = _blocks_made(history, chain, started)
        text = f"{chain.name}: finalised height still {before} after {made} blocks"
        (stalled if made >= EPOCHS * chain.epoch_length else short).append(text)
    if short and not stalled:
        raise HistoryInsufficient(f"{short[0]}, {EPOCHS} epochs are needed to say")
    return stalled or f"the finalised height grew on {len(devnet.auxiliaries)} auxiliaries"


def _finalised(history: Readable) -> dict[str, list[Event]]:
    """What each auxiliary finalised of its own."""
    result: dict[str, list[Event]] = {}
    for event in history.effective_events("CheckpointFinalised"):
        if not is_origin_identifier(data(event.payload["coreId"])):
            result.setdefault(str(event.payload["auxiliary"]), []).append(event)
    return result


def _blocks_made(history: Readable, chain: ChainSpec, after: int) -> int:
    """Heights at which a block was made: branches do not count twice."""
    produced = history.effective_events("BlockProduced")
    return len({event.block for event in produced if event.chain == chain.name and event.sequence > after})


L1 = Invariant("L1", "the finalised height of every auxiliary grows", judge_finality_grows)
"""Plausible liveness (R22)."""
