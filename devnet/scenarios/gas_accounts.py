"""What attacks on the gas rule cost, read from origin's balances and from Stake, to the wei (R38, R39b)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devnet.chain.link import DirectLink
from devnet.errors import UsageError
from devnet.faults.base import World
from devnet.history import Event
from devnet.scenarios.calls import contract, origin_link
from devnet.types import Address, Wei

BURNED: Address = bytes(18) + b"\xde\xad"
"""Where burned coins go (protocol section 12)."""

PENALTY_DIVISOR = 10
"""Every validator of the set owes 1/10 of its stake (R38)."""


def first(world: World, kind: str) -> Event | None:
    """The first event of a kind; None if there is none yet."""
    return next(iter(world.history.effective_events(kind)), None)


def mined(world: World, kind: str) -> tuple[Event, int]:
    """The first event of a kind that a contract wrote, and its block. Raises UsageError if there is none."""
    event = first(world, kind)
    if event is None or event.block is None:
        raise UsageError(f"{kind} was expected to have happened")
    return event, event.block


def owed(world: World, auxiliary: str | None = None) -> Mapping[str, Wei]:
    """What every validator owes for violations of the gas rule on a core, by name, as its Stake says."""
    stake, link = contract(world, "Stake", auxiliary), origin_link(world)
    return {one.name: stake.read(link, "penaltyOf", one.auxiliary_key.address) for one in world.devnet.validators}


def wrongly_owed(world: World, violations: int, auxiliary: str | None = None) -> tuple[str, ...]:
    """Who does not owe exactly the penalty of so many violations, one sentence each."""
    expected = {one.name: violations * one.weight_wei // PENALTY_DIVISOR for one in world.devnet.validators}
    found = owed(world, auxiliary)
    return tuple(
        f"{name}: expected to owe {amount} wei, owes {found[name]}"
        for name, amount in expected.items()
        if found[name] != amount
    )


def gained(world: World, account: Address, block: int) -> Wei:
    """By how much a balance on origin grew in one block, the fees of its own transactions there not counted."""
    link = origin_link(world)
    before, after = (_balance(link, account, number) for number in (block - 1, block))
    return after - before + _fees(link, account, block)


def _balance(link: DirectLink, account: Address, block: int) -> Wei:
    return int(link.call("eth_getBalance", ("0x" + account.hex(), hex(block))), 16)


def _fees(link: DirectLink, account: Address, block: int) -> Wei:
    receipts: list[dict[str, Any]] = link.call("eth_getBlockReceipts", (hex(block),))
    own = [one for one in receipts if one["from"].lower() == "0x" + account.hex()]
    return sum(int(one["gasUsed"], 16) * int(one["effectiveGasPrice"], 16) for one in own)
