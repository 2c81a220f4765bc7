"""Hexadecimal as JSON-RPC writes it: data with every digit, quantities without leading zeros."""

from __future__ import annotations

from typing import Any

from eth_hash.auto import keccak as keccak  # re-exported: the one hash of everything on chain

from devnet.errors import TransportError


def to_data(value: bytes) -> str:
    """``value`` as 0x data."""
    return "0x" + value.hex()


def to_quantity(value: int) -> str:
    """``value`` >= 0 as a 0x quantity."""
    return hex(value)


def from_data(value: Any, length: int | None = None) -> bytes:
    """The bytes of 0x data, of ``length`` bytes if given.

    Raises TransportError for anything else, since it came from a node.
    """
    try:
        if not value.startswith("0x"):
            raise ValueError
        data = bytes.fromhex(value[2:])
    except (AttributeError, ValueError, TypeError):
        raise TransportError(f"expected 0x data, found {str(value)[:80]!r}") from None
    if length is not None and len(data) != length:
        raise TransportError(f"expected {length} bytes of 0x data, found {len(data)}")
    return data


def from_quantity(value: Any) -> int:
    """The integer of a 0x quantity. Raises TransportError for anything else, since it came from a node."""
    try:
        if not value.startswith("0x"):
            raise ValueError
        return int(value, 16)
    except (AttributeError, ValueError, TypeError):
        raise TransportError(f"expected a 0x quantity, found {str(value)[:80]!r}") from None
