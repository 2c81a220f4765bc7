"""Core identifiers (R1)."""

from __future__ import annotations

import pytest

from devnet.mosaic.identity import core_identifier, is_origin_identifier, origin_identifier, split_identifier

CORE = bytes(range(1, 21))


def test_an_identifier_is_twelve_bytes_chain_id_then_the_core() -> None:
    """R1."""
    assert core_identifier(1337, CORE) == bytes(10) + b"\x05\x39" + CORE


def test_the_largest_chain_id_fits() -> None:
    assert core_identifier(2**96 - 1, CORE) == b"\xff" * 12 + CORE


def test_the_origin_chain_has_a_zero_address() -> None:
    assert origin_identifier(1337) == bytes(10) + b"\x05\x39" + bytes(20)


def test_an_identifier_splits_into_what_it_was_composed_of() -> None:
    assert split_identifier(core_identifier(7, CORE)) == (7, CORE)


def test_only_origins_own_identifier_is_about_origin() -> None:
    assert is_origin_identifier(origin_identifier(7))
    assert not is_origin_identifier(core_identifier(7, CORE))


@pytest.mark.parametrize("chain_id", [-1, 2**96], ids=["negative", "too-large"])
def test_a_chain_id_out_of_range_is_refused(chain_id: int) -> None:
    with pytest.raises(ValueError, match="chain id must be in"):
        core_identifier(chain_id, CORE)


@pytest.mark.parametrize("core", [CORE[:-1], CORE + b"\0"], ids=["short", "long"])
def test_an_address_of_another_length_is_refused(core: bytes) -> None:
    with pytest.raises(ValueError, match="must have 20 bytes"):
        core_identifier(1, core)


def test_an_identifier_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="must have 32 bytes, found 31"):
        split_identifier(bytes(31))
