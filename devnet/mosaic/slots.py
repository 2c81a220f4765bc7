"""Storage slots that proofs on the other chain rely on (R35d): the twin of ``FixedSlots.sol``."""

from __future__ import annotations

from typing import Final

from devnet.mosaic.keccak import keccak, uint_word

CORE_OPEN_KERNEL_HASH: Final = 0
"""``Core.openKernelHash``."""
STAKE_WITHDRAWN: Final = 0
"""``Stake.withdrawn``, a mapping by auxiliary address."""
BLOCK_STORE_FINALITY: Final = 0
"""``AuxiliaryBlockStore.finality``, a mapping by checkpoint height."""
BLOCK_STORE_CHECKPOINT_HASH: Final = 1
"""``AuxiliaryBlockStore.checkpointHash``, a mapping by checkpoint height."""
GATEWAY_OUTBOX: Final = 0
"""``outbox`` of Gateway and of CoGateway, a mapping by message hash."""
GATEWAY_INBOX: Final = 1
"""``inbox`` of Gateway and of CoGateway, a mapping by message hash."""
UTILITY_TOKEN_BALANCES: Final = 0
"""Balances of UtilityToken, a mapping by holder."""


def variable_slot(slot: int) -> bytes:
    """The 32-byte storage key of a plain variable."""
    return uint_word(slot)


def mapping_slot(key: int | bytes, slot: int) -> bytes:
    """The 32-byte storage key of a mapping's entry: keccak256(key ‖ slot), both as words.

    Numbers and addresses are padded on the left, as Solidity does; a ``bytes32`` key has 32 bytes.
    """
    word = uint_word(key) if isinstance(key, int) else bytes(key).rjust(32, b"\0")
    return keccak(word + uint_word(slot))
