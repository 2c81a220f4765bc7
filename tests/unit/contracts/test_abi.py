"""Logs decode as the ABI says, whichever way is taken."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode

from devnet.contracts.abi import Event
from devnet.errors import ChainError

CASES: list[tuple[str, Any, Any]] = [
    ("bytes32", b"\x07" * 32, b"\x07" * 32),
    ("address", "0x" + "ab" * 20, b"\xab" * 20),
    ("uint64", 2**64 - 1, 2**64 - 1),
    ("uint256", 2**256 - 1, 2**256 - 1),
    ("uint8", 3, 3),
    ("bool", True, True),
]


def event(kind: str) -> Event:
    return Event.of({"name": "Told", "inputs": [{"name": "value", "type": kind, "indexed": True}]})


@pytest.mark.parametrize(("kind", "value", "decoded"), CASES, ids=[case[0] for case in CASES])
def test_a_topic_is_the_value_that_was_encoded(kind: str, value: Any, decoded: Any) -> None:
    assert event(kind).decode([b"", encode((kind,), (value,))], b"") == {"value": decoded}


@pytest.mark.parametrize("kind", ["address", "uint64", "uint8", "bool"])
@pytest.mark.parametrize("topic", [b"\xff" * 32, b"\x00" * 31], ids=["padding", "length"])
def test_a_topic_that_holds_no_such_value_is_a_chain_error(kind: str, topic: bytes) -> None:
    with pytest.raises(ChainError, match="Told"):
        event(kind).decode([b"", topic], b"")
