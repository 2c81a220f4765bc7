"""Whether a gateway would take a declaration now, whoever locks the bounty: sender or facilitator (R66, R67)."""

from __future__ import annotations

from dataclasses import dataclass

from devnet.chain.link import Link
from devnet.config.amounts import tokens_text
from devnet.contracts.handle import ContractHandle, Read, read_many
from devnet.contracts.handles import CoreHandles, PairHandles
from devnet.mosaic.messages import ENDED
from devnet.mosaic.transfers import Direction, Transfer
from devnet.types import Address, Hash32, Wei


@dataclass(frozen=True, slots=True)
class Standing:
    """What both chains say about a sender who wants to declare, at their newest blocks."""

    is_halted: bool
    """Whether the core halted."""
    is_deactivated: bool
    """Whether the gateway takes no new stakes (R72)."""
    nonce: int
    """Of the sender's next message in that direction."""
    open_message: Hash32 | None
    """Its last message, if that has not ended at its source (R66)."""
    balance: Wei
    """Its tokens at the source."""
    allowance: Wei
    """Of these the gateway may take."""


def source_of(pair: PairHandles, direction: Direction) -> tuple[ContractHandle, ContractHandle]:
    """The gateway where messages of that direction begin, and the token that moves there."""
    return (pair.gateway, pair.token) if direction is Direction.STAKE else (pair.co_gateway, pair.utility_token)


def read_standing(
    links: tuple[Link, Link], core: CoreHandles, pair: PairHandles, direction: Direction, sender: Address
) -> Standing:
    """Ask origin, and the chain where the message begins; ``links`` lead to these two. Raises ChainError."""
    gateway, token = source_of(pair, direction)
    halted, deactivated = read_many(links[0], [Read(core.core, "isHalted"), Read(pair.gateway, "isDeactivated")])
    nonce, last, balance, allowance = read_many(
        links[1],
        [
            Read(gateway, "nextNonce", (sender,)),
            Read(gateway, "lastMessage", (sender,)),
            Read(token, "balanceOf", (sender,)),
            Read(token, "allowance", (sender, gateway.address)),
        ],
    )
    is_open = any(last) and int(gateway.read(links[1], "outbox", last)) not in ENDED
    return Standing(
        bool(halted), bool(deactivated), int(nonce), last if is_open else None, int(balance), int(allowance)
    )


def objection(transfer: Transfer, direction: Direction, pair: PairHandles, standing: Standing) -> str | None:
    """Why the gateway would refuse the transfer whoever declares it, with what to do; None if it would not."""
    reward = transfer.gas_price * transfer.gas_limit
    name, sender = pair.deployment.auxiliary, "0x" + transfer.sender.hex()
    if transfer.amount <= reward:
        return (
            f"the amount must be above the maximal reward of {tokens_text(reward)} ({transfer.gas_limit} gas at"
            f" {transfer.gas_price}), found {tokens_text(transfer.amount)}: send more, or lower --gas-price or"
            " --gas-limit"
        )
    if standing.is_halted:
        return (
            f"the core of {name} has halted: nothing crosses any more; holders leave with devnet transfer exit"
            f" --chain {name}, and what was in flight ends with devnet transfer claim (R73, R74)"
        )
    if standing.is_deactivated and direction is Direction.STAKE:
        return f"the gateway of pair {pair.deployment.name} takes no new stakes (R72); redeeming goes on"
    if standing.balance < transfer.amount:
        chain = "origin" if direction is Direction.STAKE else name
        return (
            f"{sender} has {tokens_text(standing.balance)} of the token on {chain}, not {tokens_text(transfer.amount)}:"
            " send at most that, or from another account"
        )
    if standing.open_message is not None:
        return (
            f"message 0x{standing.open_message.hex()} of this account has not ended at its source, and only one may be"
            " open (R66): wait for it, or choose another account"
        )
    return None
