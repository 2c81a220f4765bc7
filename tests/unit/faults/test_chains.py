"""Where a branch leaves its chain, whatever is built meanwhile."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from devnet.chain.block import Block
from devnet.chain.tree import BlockTree, Entry
from devnet.faults.chains import Branch


class GrowingChain:
    """A chain whose timer makes blocks before and after it branches."""

    def __init__(self, before: int, after: int) -> None:
        self.head = Block(0, b"\0" * 32, b"", 0, "main")
        self.tree = BlockTree(self.head, (0, 1))
        self._tips: dict[str, Block] = {}
        self._before, self._after = before, after
        self.grow(3)

    def grow(self, count: int) -> None:
        for _ in range(count):
            self.head = self._child(self.head, "main")

    def branch(self, node: int) -> str:
        self.grow(self._before)
        self._tips["far"] = self.head
        for _ in range(self._after):
            self.grow(1)
            self._tips["far"] = self._child(self._tips["far"], "far")
        return "far"

    def view(self, name: str) -> Any:
        return SimpleNamespace(head=self._tips[name])

    def _child(self, parent: Block, view: str) -> Block:
        number = parent.number + 1
        child = Block(number, (view + str(number)).encode().ljust(32), parent.hash, number, view)
        self.tree.add(Entry(child, None), (0,))
        return child


@pytest.mark.parametrize(
    ("before", "after"), [(0, 0), (1, 0), (2, 3)], ids=["nothing meanwhile", "a block first", "blocks on both sides"]
)
def test_a_branch_begins_at_the_last_common_block(before: int, after: int) -> None:
    chain, branch = GrowingChain(before, after), Branch("auxiliary-1")
    world: Any = SimpleNamespace(chains={"auxiliary-1": chain}, branch=lambda name, node: chain.branch(node))
    branch.inject(world)
    assert (branch.view, branch.fork_height) == ("far", 3 + before)
