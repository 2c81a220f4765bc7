"""How the nodes of a chain come back when they are found dead: by the next command, or for whoever reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from devnet.chain.client import Call
from devnet.chain.node import DrivenNode
from devnet.chain.transaction import REFUSED
from devnet.chain.worker import Worker
from devnet.errors import RpcError, TransportError

RESTART_WAIT_S = 2.0
"""How long a reader waits for a node that is being brought back."""


class Revival:
    """Restarts nodes on the chain's worker; its methods may be called from any thread."""

    def __init__(self, nodes: Sequence[DrivenNode], worker: Worker) -> None:
        self._nodes = nodes
        self._worker = worker

    def revive(self) -> None:
        """Restart every node that is dead and not held down, bring it back to its head and assert that."""
        self._worker.run(self._revive)

    def read_many(self, node: DrivenNode, calls: Sequence[Call]) -> list[Any]:
        """Calls to a node in one round trip; if it turns out dead it is brought back, and asked again.

        Raises RpcError "node restarting" if that takes too long.
        """
        try:
            return node.read_many(calls)
        except TransportError:
            if not node.is_restarting and not node.is_dead():
                raise
        self._await(node)
        return node.read_many(calls)

    def _await(self, node: DrivenNode) -> None:
        if self._worker.is_here:
            self._revive()
            return
        try:
            self._worker.later(self._revive).result(RESTART_WAIT_S)
        except TimeoutError:
            raise RpcError(REFUSED, f"node restarting: {node.name}") from None

    def _revive(self) -> None:
        for node in self._nodes:
            if node.is_up and not node.running.is_alive():
                node.revive()
