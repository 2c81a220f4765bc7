"""One side of a pair of gateways, folded from its events in the order of the chain (R63-R74)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from devnet.checks.votes import number
from devnet.history import Event
from devnet.mosaic.messages import ENDED, MessageStatus
from devnet.mosaic.transfers import EFFECTS, Box, effect_of

DECLARING: Final = frozenset({"StakeDeclared", "RedeemDeclared"})
"""Events that carry the transfer in full."""

SETTLING: Final = frozenset({"StakeSettled", "RedeemSettled", "TransferClaimed"})
"""How a message ends on a halted core (R74)."""

OF_PAIRS: Final = frozenset({*EFFECTS, *SETTLING, "HolderExited", "BountyReturned", "BountyWithdrawn", "Transfer"})
"""Every event of a pair's contracts that tells where tokens, messages and bounties are."""

NO_ONE: Final = "0x" + "00" * 20
"""The zero address: where minted tokens come from and burned ones go."""


@dataclass(frozen=True, slots=True)
class GatewayState:
    """A gateway and its token at one moment of one branch. Addresses and hashes are 0x strings, as in events."""

    outbox: Mapping[str, MessageStatus] = field(default_factory=dict)
    """Status of every message that begins here."""
    inbox: Mapping[str, MessageStatus] = field(default_factory=dict)
    """Status of every message that ends here."""
    nonces: Mapping[str, int] = field(default_factory=dict)
    """By sender, the nonce of its next message that begins here."""
    latest: Mapping[str, str] = field(default_factory=dict)
    """By sender, its last message that began here."""
    bounties: Mapping[str, str] = field(default_factory=dict)
    """By message, who locked the bounty that is still locked."""
    returned: Mapping[str, int] = field(default_factory=dict)
    """By owner, bounties that came back and wait, in wei."""
    confirmation_gas: Mapping[str, int] = field(default_factory=dict)
    """By message, what its confirmation counts for the reward."""
    held: int = 0
    """Tokens that messages keep here: locked on origin, or redeemed and not yet burned on auxiliary."""
    balances: Mapping[str, int] = field(default_factory=dict)
    """Tokens by holder as the token's own events move them; on origin only the gateway's is complete."""
    exited: Mapping[str, int] = field(default_factory=dict)
    """Holders that left the halted core, with what they took."""
    claimed: frozenset[str] = frozenset()
    """Messages that were claimed on the halted core."""
    roots: Mapping[int, str] = field(default_factory=dict)
    """By checkpoint height, the block of the other chain whose state root is believed here."""
    is_halted: bool = False
    """Whether the core halted; only ever true on origin."""

    @property
    def last_root(self) -> str | None:
        """The newest block of the other chain that is believed here; None for its genesis."""
        return self.roots[max(self.roots)] if self.roots else None


def after(state: GatewayState, event: Event) -> GatewayState:
    """The state once the event happened, whether or not it should have."""
    payload: Mapping[str, Any] = event.payload
    if event.kind == "Transfer":
        return _moved(state, str(payload["from"]), str(payload["to"]), number(event, "value"))
    if event.kind == "MetaBlockCommitted":
        return replace(state, roots={**state.roots, number(event, "checkpointHeight"): str(payload["checkpoint"])})
    if event.kind == "CheckpointFinalised":
        return replace(state, roots={**state.roots, number(event, "height"): str(payload["blockHash"])})
    if event.kind == "Halted":
        return replace(state, is_halted=True)
    if event.kind == "BountyReturned":
        return _returned(state, str(payload["messageHash"]), str(payload["owner"]), number(event, "amount"))
    if event.kind == "BountyWithdrawn":
        owner = str(payload["owner"])
        waiting = state.returned.get(owner, 0) - number(event, "amount")
        return replace(state, returned={**state.returned, owner: waiting})
    state = replace(state, held=state.held + held_by(event))
    if event.kind == "HolderExited":
        return replace(state, exited={**state.exited, str(payload["holder"]): number(event, "amount")})
    return _message(state, event, str(payload["messageHash"]))


def held_by(event: Event) -> int:
    """By how much the tokens that messages keep in the gateway grow with an event; negative if they shrink."""
    payload: Mapping[str, Any] = event.payload
    if event.kind in DECLARING:
        return int(payload["transfer"]["amount"])
    if event.kind in ("StakeReverted", "RedeemReverted", "RedeemProgressed"):
        return -number(event, "amount")
    if event.kind in ("HolderExited", "RedeemSettled", "TransferClaimed"):
        return -number(event, "amount")
    if event.kind == "UnstakeProgressed":
        return -number(event, "released") - number(event, "reward")
    if event.kind == "StakeSettled" and payload["returned"]:
        return -number(event, "amount")
    return 0


def _moved(state: GatewayState, source: str, target: str, value: int) -> GatewayState:
    balances = dict(state.balances)
    for holder, change in ((source, -value), (target, value)):
        if holder != NO_ONE:
            balances[holder] = balances.get(holder, 0) + change
    return replace(state, balances=balances)


def _returned(state: GatewayState, message: str, owner: str, amount: int) -> GatewayState:
    returned = {**state.returned, owner: state.returned.get(owner, 0) + amount}
    return replace(state, returned=returned, bounties=_without(state.bounties, message))


def _message(state: GatewayState, event: Event, message: str) -> GatewayState:
    payload: Mapping[str, Any] = event.payload
    if event.kind in DECLARING:
        sender = str(payload["sender"])
        state = replace(
            state,
            nonces={**state.nonces, sender: int(payload["transfer"]["nonce"]) + 1},
            latest={**state.latest, sender: message},
            bounties={**state.bounties, message: str(payload["facilitator"])},
        )
    elif event.kind in ("StakeConfirmed", "RedeemConfirmed"):
        gas = {**state.confirmation_gas, message: number(event, "gasUsed")}
        state = replace(state, confirmation_gas=gas)
    effect = effect_of(event.kind, returned=bool(payload.get("returned")))
    if effect is None:
        return replace(state, claimed=state.claimed | {message})
    if effect.box is Box.INBOX:
        return replace(state, inbox={**state.inbox, message: effect.status})
    # Where the bounty of a stake goes that ends on a halted core is what BountyReturned says.
    is_paid = effect.status in ENDED and event.kind not in SETTLING
    bounties = _without(state.bounties, message) if is_paid else state.bounties
    return replace(state, outbox={**state.outbox, message: effect.status}, bounties=bounties)


def _without(entries: Mapping[str, str], key: str) -> Mapping[str, str]:
    return {one: value for one, value in entries.items() if one != key}
