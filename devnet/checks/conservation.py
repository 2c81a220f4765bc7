"""No token is lost or made up between the chains, to the wei (G1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from devnet.checks.base import Findings, Invariant
from devnet.checks.gateway_state import NO_ONE
from devnet.checks.gateways import NO_GATEWAY, GatewayRun, Moment, gateway_runs
from devnet.checks.votes import number
from devnet.config.network import Devnet
from devnet.history import Event, Readable

Movement: TypeAlias = tuple[str, str, str, int]
"""Transaction, payer, payee, amount of a token."""


def judge_conservation(devnet: Devnet, history: Readable) -> Findings:
    """Locked on origin == minted on auxiliary + in flight, whenever either side changed and at every pair of roots.

    On every branch tokens move as the messages say and not otherwise. After a halt auxiliary is what the last root
    says, and what was locked is what holders and open transfers have not yet taken (R73, R74). What somebody sends to
    a gateway as a gift is nobody's and not counted.
    """
    runs = gateway_runs(devnet, history)
    found: list[str] = []
    states = 0
    for run in runs:
        found += [text for chain, events in run.blocks for text in _wrong_movements(devnet, run, chain, events)]
        for moment in (*run.moments(), *run.commits()):
            states += 1
            found += _unequal(run, moment)
    return found or (f"{states} states of both sides, in each locked == minted + in flight" if runs else NO_GATEWAY)


def _unequal(run: GatewayRun, moment: Moment) -> Iterator[str]:
    origin, auxiliary = moment.origin, moment.auxiliary
    gateway = "0x" + run.pair.co_gateway.hex()
    free = sum(amount for holder, amount in auxiliary.balances.items() if holder not in (gateway, *origin.exited))
    gifts = auxiliary.balances.get(gateway, 0) - auxiliary.held
    in_flight = sum(run.due(one, origin, auxiliary) for one in run.declared.values())
    if origin.held != free + gifts + in_flight:
        yield (
            f"{run.pair.name}: at {moment.where} {origin.held} locked on origin, "
            f"{free + gifts} held on {run.pair.auxiliary} and {in_flight} in flight"
        )


def _wrong_movements(devnet: Devnet, run: GatewayRun, chain: str, events: Iterable[Event]) -> Iterator[str]:
    on_origin = chain == devnet.origin.name
    gateway = "0x" + (run.pair.gateway if on_origin else run.pair.co_gateway).hex()
    # What the token on origin mints and burns is its own affair; on auxiliary only the co-gateway may.
    watched = {gateway} if on_origin else {gateway, NO_ONE}
    expected: Counter[Movement] = Counter()
    actual: Counter[Movement] = Counter()
    for event in events:
        transaction = str(event.payload["transaction"])
        if event.kind == "Transfer":
            moved = (str(event.payload["from"]), str(event.payload["to"]), number(event, "value"))
            actual[(transaction, *moved)] += moved[2] > 0 and not watched.isdisjoint(moved[:2])
        else:
            for due in _movements(event, gateway):
                expected[(transaction, *due)] += due[2] > 0
    for transaction, payer, payee, amount in sorted((expected - actual).elements()):
        yield f"{run.pair.name}: {chain}: {amount} were due from {payer} to {payee} in {transaction}, nothing moved"
    for transaction, payer, payee, amount in sorted((actual - expected).elements()):
        if payee != gateway:
            yield f"{run.pair.name}: {chain}: {amount} moved from {payer} to {payee} in {transaction}, for no message"


def _movements(event: Event, gateway: str) -> Iterator[tuple[str, str, int]]:
    """What has to move in the transaction of a message's event."""
    payload: Mapping[str, Any] = event.payload
    match event.kind:
        case "StakeDeclared" | "RedeemDeclared":
            yield str(payload["sender"]), gateway, int(payload["transfer"]["amount"])
        case "MintProgressed":
            yield NO_ONE, str(payload["beneficiary"]), number(event, "minted")
            yield NO_ONE, str(payload["facilitator"]), number(event, "reward")
        case "UnstakeProgressed":
            yield gateway, str(payload["beneficiary"]), number(event, "released")
            yield gateway, str(payload["facilitator"]), number(event, "reward")
        case "RedeemProgressed":
            yield gateway, NO_ONE, number(event, "amount")
        case "StakeReverted" | "RedeemReverted":
            yield gateway, str(payload["sender"]), number(event, "amount")
        case "StakeSettled" if payload["returned"]:
            yield gateway, str(payload["sender"]), number(event, "amount")
        case "HolderExited":
            yield gateway, str(payload["holder"]), number(event, "amount")
        case "RedeemSettled":
            yield gateway, str(payload["beneficiary"]), number(event, "amount")
        case "TransferClaimed":
            yield gateway, str(payload["claimant"]), number(event, "amount")


G1 = Invariant("G1", "what is locked is what was minted and what is in flight", judge_conservation)
"""Conservation (R70, R73, R74)."""
