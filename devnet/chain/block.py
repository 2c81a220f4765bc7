"""A block as the Producer knows it: what it made, what it needs to make it again, what others are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from devnet.chain.encoding import from_data, from_quantity
from devnet.types import Hash32, Json

MAIN = "main"
"""Name of a chain's own view."""

ELASTICITY = 2
"""Gas limit over gas target (EIP-1559)."""

BASE_FEE_CHANGE_DENOMINATOR = 8
"""Greatest relative change of the base fee from block to block is one eighth (EIP-1559)."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of one chain."""

    number: int
    """Height; 0 is genesis."""
    hash: Hash32
    """32 bytes."""
    parent: Hash32
    """Hash of the block before."""
    timestamp: int
    """Seconds since 1970, greater than the parent's."""
    view: str
    """The view it was made on."""
    gas_limit: int = 0
    """Gas it may use."""
    gas_used: int = 0
    """Gas it used."""
    base_fee: int = 0
    """Wei per gas."""
    transactions: tuple[Hash32, ...] = ()
    """Hashes of its transactions, in order."""

    def next_base_fee(self) -> int:
        """The base fee of a child, in wei per gas (EIP-1559)."""
        target = self.gas_limit // ELASTICITY
        if target == 0 or self.gas_used == target:
            return self.base_fee
        change = self.base_fee * abs(self.gas_used - target) // target // BASE_FEE_CHANGE_DENOMINATOR
        return self.base_fee + max(change, 1) if self.gas_used > target else max(self.base_fee - change, 0)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the Producer decides about a block besides its transactions."""

    timestamp: int
    """Seconds since 1970."""
    prev_randao: Hash32
    """The block's randomness, derived from the seed."""
    fee_recipient: bytes
    """20 bytes."""
    extra_data: bytes = b""
    """At most 32 bytes: empty, or the salt of a branch."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """All that a node needs to take a block: the medium of replay, heal, rewind and resync."""

    payload: Mapping[str, Any]
    """The execution payload, as the node wrote it."""
    requests: tuple[str, ...]
    """Execution layer requests (EIP-7685), as the node wrote them."""

    @property
    def hash(self) -> Hash32:
        """The block's hash."""
        return from_data(self.payload["blockHash"], 32)

    @property
    def parent(self) -> Hash32:
        """The parent's hash."""
        return from_data(self.payload["parentHash"], 32)

    def block(self, view: str, transactions: tuple[Hash32, ...]) -> Block:
        """The block inside."""
        payload = self.payload
        return Block(
            number=from_quantity(payload["blockNumber"]),
            hash=self.hash,
            parent=self.parent,
            timestamp=from_quantity(payload["timestamp"]),
            view=view,
            gas_limit=from_quantity(payload["gasLimit"]),
            gas_used=from_quantity(payload["gasUsed"]),
            base_fee=from_quantity(payload["baseFeePerGas"]),
            transactions=transactions,
        )


@dataclass(frozen=True, slots=True)
class Heads:
    """Where a node or a view stands."""

    head: Hash32
    """The newest block."""
    safe: Hash32
    """An ancestor of it (or itself): justified on an auxiliary."""
    finalised: Hash32
    """An ancestor of ``safe`` (or itself)."""


@dataclass(frozen=True, slots=True)
class BlockSeen:
    """A block that a view has just made its head, told once."""

    block: Block
    """The block."""
    view: str
    """The view."""
    transactions: int
    """How many it carries."""
    logs: tuple[dict[str, Any], ...] = ()
    """Their logs as geth writes them, by index."""
    receipts: tuple[dict[str, Any], ...] = ()
    """Their receipts as geth writes them, in order."""


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """Something that happened to a chain besides a block: reorged, halted, a node died."""

    kind: str
    """``Reorged``, ``ChainHalted``, ``ChainResumed``, ``NodeDied``, ``NodeRestarted``, ``TransactionRefused``."""
    chain: str
    """The chain's name."""
    block: int | None
    """Height at which it happened, if it has one."""
    payload: dict[str, Json] = field(default_factory=dict)
    """Its particulars: hashes as 0x strings."""
