"""Keccak-256 and the 32-byte words that the protocol hashes."""

from __future__ import annotations

from collections.abc import Sequence

from eth_hash.auto import keccak as _keccak

from devnet.types import Address, Hash32

ZERO_HASH: Hash32 = bytes(32)
"""32 zero bytes: never the hash of anything, so never accepted as one."""


def keccak(data: bytes) -> Hash32:
    """The Keccak-256 hash of ``data``, as the EVM computes it (not SHA3-256)."""
    return _keccak(data)


def uint_word(value: int, bits: int = 256) -> bytes:
    """``value`` as one big-endian ABI word. Raises ValueError if it does not fit into ``bits``."""
    if not 0 <= value < 1 << bits:
        raise ValueError(f"integer must be in [0, 2**{bits}), found {value}")
    return value.to_bytes(32, "big")


def hash_word(value: Hash32) -> bytes:
    """A ``bytes32`` as one ABI word. Raises ValueError unless it has exactly 32 bytes."""
    if len(value) != 32:
        raise ValueError(f"hash must have 32 bytes, found {len(value)}")
    return bytes(value)


def address_word(value: Address) -> bytes:
    """An address as one ABI word. Raises ValueError unless it has exactly 20 bytes."""
    if len(value) != 20:
        raise ValueError(f"address must have 20 bytes, found {len(value)}")
    return bytes(12) + value


def hash_struct(type_hash: Hash32, words: Sequence[bytes]) -> Hash32:
    """EIP-712 ``hashStruct`` of a struct whose members are already encoded as words."""
    return keccak(type_hash + b"".join(words))
