"""Gateway messages: what a transfer between the chains says and how it is hashed (R62, R63)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from devnet.mosaic.keccak import address_word, hash_struct, hash_word, keccak, uint_word
from devnet.mosaic.signatures import Domain
from devnet.types import Address, Hash32

MESSAGE_TYPE: Final = (
    "Message(bytes32 intentHash,uint256 nonce,uint256 gasPrice,uint256 gasLimit,address sender,bytes32 hashLock)"
)
"""EIP-712 type of a message."""
INTENT_MEMBERS: Final = (
    "(uint256 amount,address beneficiary,uint256 originChainId,address gateway,"
    "uint256 auxiliaryChainId,address coGateway)"
)
"""Members that both intents have."""

MESSAGE_TYPE_HASH: Final = keccak(MESSAGE_TYPE.encode())
"""keccak256 of MESSAGE_TYPE."""
STAKE_INTENT_TYPE_HASH: Final = keccak(f"StakeIntent{INTENT_MEMBERS}".encode())
"""Type hash of the intent to stake on origin and mint on auxiliary."""
REDEEM_INTENT_TYPE_HASH: Final = keccak(f"RedeemIntent{INTENT_MEMBERS}".encode())
"""Type hash of the intent to redeem on auxiliary and unstake on origin."""


class MessageStatus(IntEnum):
    """Where a message is, in an outbox or an inbox (R63); the numbers are the stored ones."""

    UNDECLARED = 0
    """Unknown here."""
    DECLARED = 1
    """Locked at the source, or confirmed at the target."""
    PROGRESSED = 2
    """Done; final."""
    DECLARED_REVOCATION = 3
    """The initiator wants it back; outbox only."""
    REVOKED = 4
    """Undone; final."""


ENDED: Final = frozenset({MessageStatus.PROGRESSED, MessageStatus.REVOKED})
"""Statuses that never change."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a transfer is for: lock on origin and mint on auxiliary, or burn there and release here (R62, R64)."""

    amount: int
    """Of the ERC-20, in its smallest unit."""
    beneficiary: Address
    """Who receives on the other side."""
    origin_chain_id: int
    """EIP-155 id of origin."""
    gateway: Address
    """Gateway, on origin."""
    auxiliary_chain_id: int
    """EIP-155 id of the auxiliary."""
    co_gateway: Address
    """CoGateway, on the auxiliary."""

    def stake_hash(self) -> Hash32:
        """hashStruct of the ``StakeIntent``, without domain."""
        return hash_struct(STAKE_INTENT_TYPE_HASH, self._words())

    def redeem_hash(self) -> Hash32:
        """hashStruct of the ``RedeemIntent``, without domain."""
        return hash_struct(REDEEM_INTENT_TYPE_HASH, self._words())

    def _words(self) -> tuple[bytes, ...]:
        return (
            uint_word(self.amount),
            address_word(self.beneficiary),
            uint_word(self.origin_chain_id),
            address_word(self.gateway),
            uint_word(self.auxiliary_chain_id),
            address_word(self.co_gateway),
        )


@dataclass(frozen=True, slots=True)
class Message:
    """One transfer in flight; its hash is the key in outbox and inbox."""

    intent_hash: Hash32
    """Hash of the stake or redeem intent."""
    nonce: int
    """Of the sender in this direction; consecutive, the first is 0 (R66)."""
    gas_price: int
    """Reward per unit of gas, paid out of the amount (R64)."""
    gas_limit: int
    """Most gas that is rewarded."""
    sender: Address
    """The initiator."""
    hash_lock: Hash32
    """``hash_lock`` of the secret that progresses it."""

    def hash(self) -> Hash32:
        """hashStruct, without domain."""
        return hash_struct(
            MESSAGE_TYPE_HASH,
            (
                hash_word(self.intent_hash),
                uint_word(self.nonce),
                uint_word(self.gas_price),
                uint_word(self.gas_limit),
                address_word(self.sender),
                hash_word(self.hash_lock),
            ),
        )

    def digest(self, domain: Domain) -> Hash32:
        """What the initiator signs for a facilitator that carries the message (R67)."""
        return domain.digest(self.hash())


def hash_lock(secret: Hash32) -> Hash32:
    """keccak256(abi.encode(secret)), the lock that the secret opens (R62)."""
    return keccak(hash_word(secret))
