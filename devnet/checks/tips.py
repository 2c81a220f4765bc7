"""What the blocks of an auxiliary paid in tips, and so what a settlement has to find (R75)."""

from __future__ import annotations

from devnet.checks.base import HistoryInsufficient
from devnet.checks.blocks import BlockTree
from devnet.checks.votes import number
from devnet.history import Event, Readable
from devnet.types import Wei


class Tips:
    """The tips of one auxiliary's main branch, added up from block 1 on."""

    def __init__(self, history: Readable, auxiliary: str, tree: BlockTree) -> None:
        self._auxiliary = auxiliary
        branch = tree.main_branch()
        self._of: dict[int, Wei] = {}
        for event in history.effective_events("BlockProduced"):
            if event.chain == auxiliary and event.payload["hash"] in branch and "tips" in event.payload:
                self._of[event.block or 0] = number(event, "tips")
        self._number, self._total = 0, 0
        self._settled = 0

    def received(self, settlement: Event) -> Wei:
        """Tips since the settlement before, up to the transaction of this one; settlements are asked for in order."""
        block = settlement.block or 0
        for passed in range(self._number + 1, block):
            if passed not in self._of:
                raise HistoryInsufficient(f"{self._auxiliary}: the tips of block {passed} were not recorded")
            self._total += self._of[passed]
        self._number = max(self._number, block - 1)
        reached = self._total + number(settlement, "tipsBefore")
        received, self._settled = reached - self._settled, reached
        return received
