"""Transfers as both gateways take them, which message each of them is, and what every event does to it (R62-R65)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from devnet.mosaic.messages import Intent, Message, MessageStatus
from devnet.types import Address, Hash32, Json

_MEMBERS: Final = ("amount", "beneficiary", "gasPrice", "gasLimit", "sender", "nonce", "hashLock")
"""Of the struct, in its order."""


class Direction(StrEnum):
    """Which way a transfer goes."""

    STAKE = "stake"
    """From origin to auxiliary: lock and mint."""
    REDEEM = "redeem"
    """From auxiliary to origin: burn and unlock."""


class Box(StrEnum):
    """Where a gateway keeps the status of a message."""

    OUTBOX = "outbox"
    """On the chain where the message begins."""
    INBOX = "inbox"
    """On the chain where it ends."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The two gateways that a pair of tokens moves between."""

    origin_chain_id: int
    """EIP-155 id of origin."""
    gateway: Address
    """Gateway, on origin."""
    auxiliary_chain_id: int
    """EIP-155 id of the auxiliary."""
    co_gateway: Address
    """CoGateway, on the auxiliary."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """What an initiator decides; with the direction and the two ends it is a message. The twin of the struct."""

    amount: int
    """Of the ERC-20, in its smallest unit."""
    beneficiary: Address
    """Who receives on the other side."""
    gas_price: int
    """Reward per unit of gas, out of the amount (R64)."""
    gas_limit: int
    """Most gas that is rewarded."""
    sender: Address
    """The initiator, whose tokens move."""
    nonce: int
    """Of the sender in this direction."""
    hash_lock: Hash32
    """``hash_lock`` of the secret."""

    def fields(self) -> tuple[object, ...]:
        """The members in the order of the struct."""
        return (
            self.amount,
            self.beneficiary,
            self.gas_price,
            self.gas_limit,
            self.sender,
            self.nonce,
            self.hash_lock,
        )

    def as_json(self) -> dict[str, Json]:
        """The members by their names in Solidity, as events have them: bytes as 0x strings, integers as decimals."""
        return {
            name: "0x" + value.hex() if isinstance(value, bytes) else str(value)
            for name, value in zip(_MEMBERS, self.fields(), strict=True)
        }

    @staticmethod
    def of_json(struct: Mapping[str, Any]) -> Transfer:
        """The reverse of ``as_json``. Raises ValueError, KeyError or TypeError for anything else."""
        return Transfer(
            amount=int(struct["amount"]),
            beneficiary=parse_hex(struct["beneficiary"]),
            gas_price=int(struct["gasPrice"]),
            gas_limit=int(struct["gasLimit"]),
            sender=parse_hex(struct["sender"]),
            nonce=int(struct["nonce"]),
            hash_lock=parse_hex(struct["hashLock"]),
        )

    def message(self, direction: Direction, ends: Ends) -> Message:
        """The message that it is between those gateways."""
        intent = Intent(
            self.amount,
            self.beneficiary,
            ends.origin_chain_id,
            ends.gateway,
            ends.auxiliary_chain_id,
            ends.co_gateway,
        )
        digest = intent.stake_hash() if direction is Direction.STAKE else intent.redeem_hash()
        return Message(digest, self.nonce, self.gas_price, self.gas_limit, self.sender, self.hash_lock)

    def hash(self, direction: Direction, ends: Ends) -> Hash32:
        """Key of the message in both boxes."""
        return self.message(direction, ends).hash()


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event of a gateway does to the message that it names."""

    direction: Direction
    """Which way the message goes."""
    box: Box
    """Which box of the gateway changes."""
    status: MessageStatus
    """The new status."""


EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "StakeDeclared": Effect(Direction.STAKE, Box.OUTBOX, MessageStatus.DECLARED),
        "StakeProgressed": Effect(Direction.STAKE, Box.OUTBOX, MessageStatus.PROGRESSED),
        "StakeRevocationDeclared": Effect(Direction.STAKE, Box.OUTBOX, MessageStatus.DECLARED_REVOCATION),
        "StakeReverted": Effect(Direction.STAKE, Box.OUTBOX, MessageStatus.REVOKED),
        "StakeConfirmed": Effect(Direction.STAKE, Box.INBOX, MessageStatus.DECLARED),
        "MintProgressed": Effect(Direction.STAKE, Box.INBOX, MessageStatus.PROGRESSED),
        "StakeRevocationConfirmed": Effect(Direction.STAKE, Box.INBOX, MessageStatus.REVOKED),
        "RedeemDeclared": Effect(Direction.REDEEM, Box.OUTBOX, MessageStatus.DECLARED),
        "RedeemProgressed": Effect(Direction.REDEEM, Box.OUTBOX, MessageStatus.PROGRESSED),
        "RedeemRevocationDeclared": Effect(Direction.REDEEM, Box.OUTBOX, MessageStatus.DECLARED_REVOCATION),
        "RedeemReverted": Effect(Direction.REDEEM, Box.OUTBOX, MessageStatus.REVOKED),
        "RedeemConfirmed": Effect(Direction.REDEEM, Box.INBOX, MessageStatus.DECLARED),
        "UnstakeProgressed": Effect(Direction.REDEEM, Box.INBOX, MessageStatus.PROGRESSED),
        "RedeemRevocationConfirmed": Effect(Direction.REDEEM, Box.INBOX, MessageStatus.REVOKED),
        "RedeemSettled": Effect(Direction.REDEEM, Box.INBOX, MessageStatus.PROGRESSED),
    }
)
"""By name of the event; ``StakeSettled`` does one thing or the other, see ``effect_of``."""


def parse_hex(text: object) -> bytes:
    """The bytes of a 0x string. Raises ValueError for anything else."""
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError(f"expected a 0x string, found {text!r}"[:120])
    return bytes.fromhex(text[2:])


def effect_of(event: str, returned: bool = False) -> Effect | None:
    """What an event does; None if it changes no status. ``returned`` is that member of ``StakeSettled`` (R74)."""
    if event == "StakeSettled":
        return Effect(Direction.STAKE, Box.OUTBOX, MessageStatus.REVOKED if returned else MessageStatus.PROGRESSED)
    return EFFECTS.get(event)
