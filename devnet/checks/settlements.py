"""How everything ends on a halted core, by its last committed root alone (R73, R74)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from devnet.checks.gateway_state import SETTLING
from devnet.checks.gateways import Declared, GatewayRun, Step
from devnet.checks.votes import number
from devnet.config.network import Devnet
from devnet.mosaic.settlements import Ending, ending

EXITS: Final = SETTLING | {"HolderExited"}
"""What may happen on a halted core, and only there."""


def wrong_exit(devnet: Devnet, run: GatewayRun, step: Step) -> Iterator[str]:
    """What is wrong about a step out of a halted core: another row of R74's table, a second time, another's share."""
    if step.event.kind == "HolderExited":
        yield from _wrong_holder(run, step)
        return
    message = step.message
    one = run.declared.get(message)
    if one is None:
        yield f"{message} was never declared"
        return
    if step.event.kind == "TransferClaimed":
        if message in step.before.claimed:
            yield f"{message} was claimed before"
        yield from _wrong_claimant(devnet, one, str(step.event.payload["claimant"]))
    elif (step.event.kind == "StakeSettled") != one.is_stake:
        yield f"{message} goes the other way"
        return
    if number(step.event, "amount") != one.amount:
        yield f"amount {step.event.payload['amount']}, the transfer is of {one.amount}"
    source, target = one.statuses(step.before, run.last(step.before))
    if ending(one.direction, source, target) is not _ending_of(step):
        yield f"{message} was {source.name} in the outbox and {target.name} in the inbox by the last root"


def _wrong_claimant(devnet: Devnet, one: Declared, claimant: str) -> Iterator[str]:
    """Beneficiary of a stake or redeemer of a redemption; the other one if that account has code of its own (R74).

    No event tells who has code. An account of the network has a key, and so none of its own.
    """
    first, second = (one.beneficiary, one.sender) if one.is_stake else (one.sender, one.beneficiary)
    if claimant not in (first, second):
        yield f"{claimant} is neither sender nor beneficiary of {one.message}"
    elif claimant != first and first in _keyholders(devnet):
        yield f"{claimant} claimed {one.message}, which is for {first}: an account without code of its own"


def _keyholders(devnet: Devnet) -> frozenset[str]:
    keys = [devnet.deployer, *devnet.accounts]
    keys += [key for actor in devnet.actors for key in (actor.origin_key, actor.auxiliary_key)]
    return frozenset("0x" + key.address.hex() for key in keys)


def _ending_of(step: Step) -> Ending:
    match step.event.kind:
        case "TransferClaimed":
            return Ending.CLAIMED
        case "RedeemSettled":
            return Ending.PAID
    return Ending.RETURNED if step.event.payload["returned"] else Ending.MINTED


def _wrong_holder(run: GatewayRun, step: Step) -> Iterator[str]:
    holder = str(step.event.payload["holder"])
    if holder in step.before.exited:
        yield f"{holder} had left before"
    if holder == "0x" + run.pair.co_gateway.hex():
        yield "the co-gateway's tokens are those of open transfers"
