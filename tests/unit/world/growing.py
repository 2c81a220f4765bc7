"""A chain that grows, goes back and loses its node as a test says, with the blocks' headers and logs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from devnet.chain.block import MAIN, Block
from devnet.chain.tree import BlockTree, Entry
from devnet.errors import RpcError, TransportError

GENESIS = Block(0, bytes(32), bytes(32), 1, MAIN)


class GrowingChain:
    def __init__(self) -> None:
        self.tree = BlockTree(GENESIS, [0])
        self.head = GENESIS
        self.is_down = False
        self.logs: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, Any]] = []
        self.comes_with_next_answer = 0
        """Blocks with a log each that are made while the next call is answered."""
        self._listeners: list[Callable[[], None]] = []
        self._made = 0

    def mine(self, count: int = 1, logs: int = 0) -> list[str]:
        """One command that makes blocks, each with so many logs; their hashes."""
        made = [self._make(logs) for _ in range(count)]
        self.tell()
        return made

    def go(self, block: Block) -> None:
        """Make another block the head."""
        self.head = block
        self.tell()

    def tell(self) -> None:
        """End a command."""
        for listener in tuple(self._listeners):
            listener()

    def on_command(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def rpc_batch(self, calls: Sequence[tuple[str, Sequence[Any]]], view: str = MAIN) -> list[Any]:
        if self.is_down:
            raise TransportError("node restarting")
        answers = [self._answer(method, params[0]) for method, params in calls]
        count, self.comes_with_next_answer = self.comes_with_next_answer, 0
        self.mine(count, logs=1)
        return answers

    def _make(self, logs: int) -> str:
        self._made += 1
        number = self.head.number + 1
        block = Block(number, self._made.to_bytes(32, "big"), self.head.hash, number, MAIN)
        self.tree.add(Entry(block, None), [0])
        self.head = block
        name = "0x" + block.hash.hex()
        self.logs[name] = [{"blockHash": name, "logIndex": hex(index), "removed": False} for index in range(logs)]
        return name

    def _answer(self, method: str, what: Any) -> Any:
        self.asked.append((method, what))
        if method == "eth_getHeaderByHash":
            return {"hash": what, "number": hex(self.tree.block(bytes.fromhex(what[2:])).number)}
        if what.get("address") == "0x12":
            raise RpcError(-32602, "invalid argument 0: invalid address")
        return self.logs.get(what["blockHash"], [])
