"""Who a core is: the identifier that every vote, transition and registration carries (R1)."""

from __future__ import annotations

from devnet.types import Address

ORIGIN_ADDRESS: Address = bytes(20)
"""An origin chain's own identifier has this in place of a core's address (R1)."""


def core_identifier(chain_id: int, core: Address) -> bytes:
    """Identifier of a core: 12 bytes origin chain id (big-endian), then the core's 20 bytes (R1).

    Raises ValueError if the chain id is not in [0, 2**96) or the address has not 20 bytes.
    """
    if not 0 <= chain_id < 1 << 96:
        raise ValueError(f"chain id must be in [0, 2**96), found {chain_id}")
    if len(core) != 20:
        raise ValueError(f"core address must have 20 bytes, found {len(core)}")
    return chain_id.to_bytes(12, "big") + core


def origin_identifier(chain_id: int) -> bytes:
    """Identifier of an origin chain itself, for votes about origin (R1)."""
    return core_identifier(chain_id, ORIGIN_ADDRESS)


def split_identifier(core_id: bytes) -> tuple[int, Address]:
    """Origin chain id and core address of an identifier; the reverse of ``core_identifier``."""
    if len(core_id) != 32:
        raise ValueError(f"core identifier must have 32 bytes, found {len(core_id)}")
    return int.from_bytes(core_id[:12], "big"), bytes(core_id[12:])


def is_origin_identifier(core_id: bytes) -> bool:
    """Whether votes under this identifier are about origin."""
    return split_identifier(core_id)[1] == ORIGIN_ADDRESS
