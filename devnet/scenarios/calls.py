"""Contracts of a running network, as anybody may call them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from devnet.artifacts.contracts import load_contracts
from devnet.chain.link import DirectLink
from devnet.contracts.errors import decode_reason, revert_data
from devnet.contracts.gas import gas_limit
from devnet.contracts.handle import ContractHandle, parse_bytes
from devnet.contracts.send import Sender
from devnet.errors import RpcError
from devnet.faults.base import World


def contract(world: World, name: str, auxiliary: str | None = None) -> ContractHandle:
    """A contract of that auxiliary's core, on either chain, or of the first one's; of a pair as ``pair:contract``."""
    (event,) = world.history.effective_events("Deployed")
    core: str = auxiliary or world.devnet.auxiliaries[0].name
    on_origin: Any = event.payload[world.devnet.origin.name]
    on_auxiliary: Any = event.payload[core]
    address = on_auxiliary.get(name) or on_origin.get(f"{core}:{name}") or on_origin[name]
    kind = name.rpartition(":")[2]
    return ContractHandle(kind, parse_bytes(address), load_contracts().get(kind).abi)


def origin_link(world: World) -> DirectLink:
    """A link to origin that nobody bends."""
    return DirectLink(world.chains[world.devnet.origin.name])


def send(world: World, chain: str, to: ContractHandle, function: str, *arguments: object, **counts: int) -> str:
    """Send a call from the first account, as anybody may; the transaction's hash as events name it.

    ``counts`` is what its gas depends on (``gas_limit``).
    """
    link, sender = DirectLink(world.chains[chain]), world.devnet.accounts[0]
    gas, calldata = gas_limit(to.name, function, **counts), to.calldata(function, *arguments)
    return "0x" + Sender(link, sender, world.devnet.chain(chain).chain_id).send(to.address, calldata, gas).hex()


def refusal(
    world: World, to: ContractHandle, calldata: bytes, chain: str | None = None, callees: Sequence[ContractHandle] = ()
) -> str:
    """Name of the error with which a contract refuses a call now, empty if it takes it.

    On origin, if no chain is named. ``callees`` are other contracts whose errors it may pass on; an error of none of
    them is named by its data.
    """
    call = {"to": "0x" + to.address.hex(), "data": "0x" + calldata.hex()}
    link = DirectLink(world.chains[chain or world.devnet.origin.name])
    try:
        link.call("eth_call", (call, "latest"))
    except RpcError as error:
        data = revert_data(error)
        if data is None:
            raise
        reason = decode_reason(data, [one.abi for one in (to, *callees)])
        return reason.name or f"revert 0x{data.hex()}"
    return ""
