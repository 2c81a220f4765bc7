"""What attacks on the gas rule cost, read from origin's balances and from Stake, to the wei (R38, R39b)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devnet.artifacts.contracts import load_contracts
from devnet.chain.link import DirectLink, LinkPolicy
from devnet.contracts.errors import decode_reason, revert_data
from devnet.contracts.handle import ContractHandle, parse_bytes
from devnet.errors import RpcError, UsageError
from devnet.faults.base import World
from devnet.history import Event
from devnet.types import Address, Wei

BURNED: Address = bytes(18) + b"\xde\xad"
"""Where burned coins go (protocol section 12)."""

PENALTY_DIVISOR = 10
"""Every validator of the set owes 1/10 of its stake (R38)."""


def contract(world: World, name: str, auxiliary: str | None = None) -> ContractHandle:
    """A contract of that auxiliary's core, on either chain, or of the first one's."""
    (event,) = world.history.effective_events("Deployed")
    core: str = auxiliary or world.devnet.auxiliaries[0].name
    on_origin: Any = event.payload[world.devnet.origin.name]
    on_auxiliary: Any = event.payload[core]
    address = on_auxiliary.get(name) or on_origin.get(f"{core}:{name}") or on_origin[name]
    return ContractHandle(name, parse_bytes(address), load_contracts().get(name).abi)


def origin_link(world: World) -> DirectLink:
    """A link to origin that nobody bends."""
    return DirectLink(world.chains[world.devnet.origin.name], LinkPolicy())


def first(world: World, kind: str) -> Event | None:
    """The first event of a kind; None if there is none yet."""
    return next(iter(world.history.effective_events(kind)), None)


def mined(world: World, kind: str) -> tuple[Event, int]:
    """The first event of a kind that a contract wrote, and its block. Raises UsageError if there is none."""
    event = first(world, kind)
    if event is None or event.block is None:
        raise UsageError(f"{kind} was expected to have happened")
    return event, event.block


def refusal(world: World, to: ContractHandle, calldata: bytes) -> str:
    """Name of the error with which a contract on origin refuses a call now; empty if it takes it."""
    call = {"to": "0x" + to.address.hex(), "data": "0x" + calldata.hex()}
    try:
        origin_link(world).call("eth_call", (call, "latest"))
    except RpcError as error:
        data = revert_data(error)
        if data is None:
            raise
        return decode_reason(data, (to.abi,)).name
    return ""


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
