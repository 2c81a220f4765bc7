"""Who is paid for a transfer, and what: bounties, penalties and rewards (G8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from devnet.checks.base import Findings, HistoryInsufficient, Invariant
from devnet.checks.gateways import NO_GATEWAY, GatewayRun, Step, declared_runs
from devnet.checks.votes import number
from devnet.config.network import Devnet
from devnet.history import Readable
from devnet.types import Wei

_INTRINSIC_GAS: Final = 21_000
"""Of every transaction, before the first call."""


def judge_payments(devnet: Devnet, history: Readable) -> Findings:
    """Every bounty is paid, burned or returned once, a penalty is 150 % of it, a reward within its bounds (R64-R67).

    A reward is for the gas of the confirmation, which is known, and for that of the progress call as far as its reward,
    which is not: at least nothing, at most what the call's transaction can have used.
    """
    runs = declared_runs(devnet, history)
    found = [text for run in runs for step in run.steps for text in _wrong(run, step)]
    found += [text for run in runs for text in _unreturned(run)]
    count = sum(len(run.declared) for run in runs)
    return found or (
        f"{count} transfers, each bounty as it must be, each reward within the gas used" if runs else NO_GATEWAY
    )


def penalty(bounty_wei: Wei) -> Wei:
    """Burned by whoever revokes: 150 % of the bounty, rounded up (R65)."""
    return bounty_wei + (bounty_wei + 1) // 2


def _wrong(run: GatewayRun, step: Step) -> Iterator[str]:
    where = run.where(step)
    match step.event.kind:
        case "StakeProgressed" | "StakeReverted" | "RedeemProgressed" | "RedeemReverted":
            if step.message not in step.before.bounties:
                yield f"{where}: no bounty of {step.message} is locked"
        case "StakeRevocationDeclared" | "RedeemRevocationDeclared":
            burned, expected = number(step.event, "burned"), penalty(run.pair.bounty_wei)
            if burned != expected:
                yield f"{where}: burned {burned} wei, expected {expected}"
        case "BountyReturned":
            yield from _wrong_return(run, step)
        case "BountyWithdrawn":
            paid, waiting = number(step.event, "amount"), step.before.returned.get(str(step.event.payload["owner"]), 0)
            if paid != waiting or paid == 0:
                yield f"{where}: paid {paid} wei, {waiting} had come back"
        case "MintProgressed" | "UnstakeProgressed":
            yield from _wrong_reward(run, step)


def _wrong_return(run: GatewayRun, step: Step) -> Iterator[str]:
    owner, amount = str(step.event.payload["owner"]), number(step.event, "amount")
    locker = step.before.bounties.get(step.message)
    if (owner, amount) != (locker, run.pair.bounty_wei):
        expected = f"{run.pair.bounty_wei} of {locker} are locked" if locker else "none is locked"
        yield f"{run.where(step)}: {amount} wei for {owner}, {expected}"


def _unreturned(run: GatewayRun) -> Iterator[str]:
    """Stakes that ended on a halted core while their bounty stayed, and the other way round (R74)."""
    settled = {(step.message, step.transaction): step for step in run.steps if step.event.kind == "StakeSettled"}
    returned = {(step.message, step.transaction): step for step in run.steps if step.event.kind == "BountyReturned"}
    for key in sorted(settled.keys() ^ returned.keys()):
        lacking = "its bounty did not come back" if key in settled else "no stake ended with it"
        yield f"{run.where(settled.get(key) or returned[key])}: {lacking}"


def _wrong_reward(run: GatewayRun, step: Step) -> Iterator[str]:
    one, where = run.declared.get(step.message), run.where(step)
    if one is None:
        yield f"{where}: {step.message} was never declared"
        return
    minted = step.event.kind == "MintProgressed"
    paid, reward = number(step.event, "minted" if minted else "released"), number(step.event, "reward")
    if paid + reward != one.amount:
        yield f"{where}: {paid} and a reward of {reward}, the transfer is of {one.amount}"
    price, limit = one.transfer.gas_price, one.transfer.gas_limit
    confirmation = step.before.confirmation_gas.get(step.message, 0)
    least = min(confirmation, limit) * price
    most = min(confirmation + _most_gas(run, step), limit) * price
    if not least <= reward <= most or (price and reward % price):
        yield f"{where}: reward {reward}, expected {least} to {most} in steps of {price}"


def _most_gas(run: GatewayRun, step: Step) -> int:
    """What a call can have used in a transaction: a fifth comes back at most, and some is for no call."""
    if step.event.payload.get("transactionGas") is None:
        raise HistoryInsufficient(f"{run.where(step)}: the gas of its transaction was not recorded")
    return max(number(step.event, "transactionGas") * 5 // 4 - _INTRINSIC_GAS, 0)


G8 = Invariant("G8", "bounties and penalties are exact and paid once, rewards within the gas used", judge_payments)
"""Who is paid (R64, R65, R67)."""
