"""What subscribers of a chain are told of its blocks: each one once and in order, whatever happens to the nodes.

geth announces what a choice of head changes, and to whom is connected just then; a node that died and came back is led
to its head in one step, which it announces as one block. So the way from the block that was told last to the head is
taken from the Producer's tree, and only what the blocks contain is asked of a node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from devnet.chain.block import Block
from devnet.chain.encoding import to_data
from devnet.chain.tree import BlockTree
from devnet.errors import RpcError, TransportError
from devnet.types import Hash32
from devnet.world.jsonrpc import INVALID_PARAMS

LOGS_KEPT = 1_024
"""Newest blocks with logs whose logs a subscription can take back: more than any reorganisation leaves."""

CRITERIA = ("address", "topics")
"""What of a filter counts for a subscription, which is about blocks to come."""

News = Callable[[], list[object]]
"""What there is to tell since the last time. Raises ChainError if a node cannot be asked; then nothing is lost."""


class NewsChain(Protocol):
    """What news are made of."""

    @property
    def head(self) -> Block:
        """Newest block of the main view."""

    @property
    def tree(self) -> BlockTree:
        """Every block that was ever made."""

    def rpc_batch(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        """Several calls to a node of the main view."""


class HeadNews:
    """The headers of a ``newHeads`` subscription, from the next block on.

    After a reorganisation those of the new branch are told; a head that only went back is told itself, as geth does.
    """

    def __init__(self, chain: NewsChain) -> None:
        self._chain = chain
        self._last = chain.head.hash

    def take(self) -> list[object]:
        """Headers as geth writes them, oldest first."""
        head = self._chain.head
        if head.hash == self._last:
            return []
        _, came = _way(self._chain.tree, self._last, head.hash)
        headers = self._chain.rpc_batch([("eth_getHeaderByHash", [to_data(block)]) for block in came or [head.hash]])
        if None in headers:
            raise TransportError("a node lacks a block of its own branch")
        self._last = head.hash
        return headers


class LogNews:
    """The logs of a ``logs`` subscription, from the next block on.

    What was told of blocks that a reorganisation leaves is told again as ``removed``, then what the new ones have.
    """

    def __init__(self, chain: NewsChain, criteria: object) -> None:
        """Raises RpcError with geth's words for a filter that it does not take, and TransportError."""
        if not isinstance(criteria, dict):
            raise RpcError(INVALID_PARAMS, "invalid argument 1: expected a filter object: address and topics, or {}")
        self._chain = chain
        self._criteria = {key: criteria[key] for key in CRITERIA if key in criteria}
        self._last = chain.head.hash
        self._told: dict[Hash32, list[dict[str, Any]]] = {}
        self._logs_of([self._last])

    def take(self) -> list[object]:
        """Logs as geth writes them, oldest first."""
        head = self._chain.head.hash
        if head == self._last:
            return []
        left, came = _way(self._chain.tree, self._last, head)
        found = self._logs_of(came)
        self._last = head
        removed = [log | {"removed": True} for block in left for log in self._told.pop(block, ())]
        self._told |= {block: logs for block, logs in zip(came, found, strict=True) if logs}
        while len(self._told) > LOGS_KEPT:
            del self._told[next(iter(self._told))]
        return [*removed, *(log for logs in found for log in logs)]

    def _logs_of(self, blocks: Sequence[Hash32]) -> list[list[dict[str, Any]]]:
        return self._chain.rpc_batch(
            [("eth_getLogs", [self._criteria | {"blockHash": to_data(block)}]) for block in blocks]
        )


def _way(tree: BlockTree, old: Hash32, new: Hash32) -> tuple[list[Hash32], list[Hash32]]:
    """The blocks that are left from one head to another, and those that come, each in chain order."""
    shared = tree.common_ancestor(old, new).hash
    left, came = ([entry.block.hash for entry in tree.path(shared, block)] for block in (old, new))
    return left, came
