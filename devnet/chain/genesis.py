"""Block 0 as the nodes of a chain show it: the same on every node, and nothing on top of it yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from devnet.chain.block import MAIN, Block
from devnet.chain.encoding import from_data, from_quantity
from devnet.chain.node import DrivenNode
from devnet.errors import ChainError
from devnet.types import Hash32


def read_genesis(chain: str, nodes: Sequence[DrivenNode]) -> dict[str, Any]:
    """The header that all nodes begin with. Raises ChainError if they differ or have blocks already."""
    headers = [_read(node) for node in nodes]
    if any(header["hash"] != headers[0]["hash"] for header in headers):
        raise ChainError(f"nodes of {chain} were started from different genesis files")
    return headers[0]


def genesis_block(header: dict[str, Any]) -> Block:
    """The block of a header."""
    genesis: Hash32 = from_data(header["hash"], 32)
    number, time, limit, used, fee = (
        from_quantity(header[name]) for name in ("number", "timestamp", "gasLimit", "gasUsed", "baseFeePerGas")
    )
    return Block(number, genesis, from_data(header["parentHash"], 32), time, MAIN, limit, used, fee)


def _read(node: DrivenNode) -> dict[str, Any]:
    newest, header = node.read_many([("eth_blockNumber", ()), ("eth_getBlockByNumber", ("0x0", False))])
    if from_quantity(newest) != 0 or not isinstance(header, dict):
        raise ChainError(f"{node.name} has {from_quantity(newest)} blocks already: start it on a new directory")
    return header
