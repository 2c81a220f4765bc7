"""Transactions that users sent to a node's own port: taken over into the chain's mempool before a block.

A node port reaches geth itself, so what is sent there lies in geth's pool, where no block looks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from devnet.chain.encoding import from_data, from_quantity, to_data
from devnet.chain.node import DrivenNode
from devnet.chain.view import View
from devnet.errors import RpcError
from devnet.types import Hash32


class PoolAdoption:
    """Takes each transaction over once.

    What geth puts back by itself (the remains of a reorg or a rewind) is not adopted: the Producer has it,
    or has it no more, for reasons of its own.
    """

    def __init__(self, submit: Callable[[bytes, View], Hash32]) -> None:
        self._submit = submit
        self._settled: set[Hash32] = set()

    def settle(self, transactions: Iterable[Hash32]) -> None:
        """Never adopt these: the Producer knew them."""
        self._settled.update(transactions)

    def adopt(self, node: DrivenNode, view: View) -> None:
        """Let what lies in the node's own pool wait on a view, senders by address, nonces ascending."""
        if node.running.endpoint.node_port_url is None:
            return
        status = node.drive(lambda: node.read("txpool_status"))
        if not any(from_quantity(count) for count in status.values()):
            return
        pooled = _hashes(node.drive(lambda: node.read("txpool_content")))
        new = [pooled_hash for pooled_hash in pooled if pooled_hash not in self._settled]
        calls = [("eth_getRawTransactionByHash", (to_data(pooled_hash),)) for pooled_hash in new]
        raws = node.drive(lambda: node.engine.node.batch(calls))
        for pooled_hash, raw in zip(new, raws, strict=True):
            self._settled.add(pooled_hash)
            if view.mempool.get(pooled_hash) is None and raw not in (None, "0x"):
                self._try_submit(from_data(raw), view)

    def _try_submit(self, raw: bytes, view: View) -> None:
        try:
            self._submit(raw, view)
        except RpcError:
            # The sender got geth's answer already; what our rules refuse is not pending for anyone.
            return


def _hashes(content: dict[str, dict[str, dict[str, Any]]]) -> list[Hash32]:
    found = [
        (sender, int(nonce), from_data(transaction["hash"], 32))
        for senders in content.values()
        for sender, transactions in senders.items()
        for nonce, transaction in transactions.items()
    ]
    return [transaction for _, _, transaction in sorted(found)]
