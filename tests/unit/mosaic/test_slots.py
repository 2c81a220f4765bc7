"""Storage keys agree with Solidity (R35d)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from eth_abi.abi import encode

from devnet.mosaic import slots
from devnet.mosaic.keccak import keccak

LIBRARY = Path(__file__).parents[3] / "chains/contracts/src/libraries/FixedSlots.sol"


def test_the_library_and_its_twin_have_the_same_numbers() -> None:
    found = dict(re.findall(r"uint256 internal constant (\w+) = (\d+);", LIBRARY.read_text()))
    assert found
    assert {name: str(value) for name, value in vars(slots).items() if name.isupper()} == found


@pytest.mark.parametrize(
    ("key", "kind"),
    [(7, "uint256"), (b"\xaa" * 20, "address"), (keccak(b"m"), "bytes32")],
    ids=["number", "address", "hash"],
)
def test_a_mapping_entry_is_where_solidity_puts_it(key: int | bytes, kind: str) -> None:
    assert slots.mapping_slot(key, 9) == keccak(encode([kind, "uint256"], [key, 9]))


def test_a_variable_is_at_its_slot() -> None:
    assert slots.variable_slot(3) == bytes(31) + b"\x03"
