"""A contract that notes numbers, and its logs as a node gives them."""

from __future__ import annotations

from typing import Any

from eth_abi.abi import encode

from devnet.contracts.handle import ContractHandle
from devnet.mosaic.keccak import keccak
from tests.unit.actors.nodes import FakeLink

STORE = ContractHandle(
    "Store",
    b"\x03" * 20,
    [{"type": "event", "name": "Noted", "inputs": [{"name": "value", "type": "uint256", "indexed": False}]}],
    "auxiliary-1",
)


def log(link: FakeLink, number: int, value: int, **changes: Any) -> dict[str, Any]:
    return {
        "address": "0x" + STORE.address.hex(),
        "topics": ["0x" + keccak(b"Noted(uint256)").hex()],
        "data": "0x" + encode(["uint256"], [value]).hex(),
        "blockNumber": hex(number),
        "blockHash": "0x" + link.headers[number].hash.hex(),
        "logIndex": "0x0",
        "transactionHash": "0x" + bytes(32).hex(),
        **changes,
    }
