"""The tree of blocks that a History recorded for one chain, side branches included."""

from __future__ import annotations

from devnet.checks.base import HistoryInsufficient
from devnet.history import Event, Readable

MAIN = "main"
"""The view that everybody sees."""


class BlockTree:
    """Which block an event happened in, and which block descends from which."""

    def __init__(self, history: Readable, chain: str) -> None:
        self._chain = chain
        self._parent: dict[str, str] = {}
        self._number: dict[str, int] = {}
        self._seen: dict[tuple[int, str], list[tuple[int, str]]] = {}
        self._last_on_main = ""
        for event in history.effective_events("BlockProduced"):
            if event.chain == chain and event.block is not None:
                self._add(event, event.block)

    def _add(self, event: Event, number: int) -> None:
        block, parent = str(event.payload["hash"]), str(event.payload["parent"])
        self._parent[block] = parent
        self._number[block] = number
        if view_of(event) == MAIN:
            self._last_on_main = block
        # Of block 0 only the hash may be known, as the parent of block 1.
        self._number.setdefault(parent, number - 1)
        self._seen.setdefault((number, view_of(event)), []).append((event.sequence, block))

    def block_of(self, event: Event) -> str:
        """Hash of the block whose log the event is: the last one of its view and number recorded before it."""
        number = -1 if event.block is None else event.block
        before = [block for at, block in self._seen.get((number, view_of(event)), ()) if at < event.sequence]
        if not before:
            raise HistoryInsufficient(
                f"event {event.sequence} {event.kind}: block {event.block} of {self._chain} was not recorded before it"
            )
        return before[-1]

    def is_ancestor(self, older: str, younger: str) -> bool:
        """Whether ``younger`` is ``older`` or descends from it."""
        if older == younger:
            return True
        for block in (older, younger):
            if block not in self._number:
                raise HistoryInsufficient(f"block {block} of {self._chain} was not recorded")
        floor, block = self._number[older], younger
        while self._number.get(block, -1) > floor:
            block = self._parent.get(block, "")
        return block == older

    def main_branch(self) -> set[str]:
        """Every block on the branch that the main view ended on."""
        found: set[str] = set()
        block = self._last_on_main
        while block in self._parent:
            found.add(block)
            block = self._parent[block]
        return found

    def same_branch(self, first: str, second: str) -> bool:
        """Whether one of the two is the other or its ancestor."""
        return self.is_ancestor(first, second) or self.is_ancestor(second, first)


class Forest:
    """One tree per chain, made when it is first needed."""

    def __init__(self, history: Readable) -> None:
        self._history = history
        self._trees: dict[str, BlockTree] = {}

    def __getitem__(self, chain: str) -> BlockTree:
        """The tree of that chain."""
        if chain not in self._trees:
            self._trees[chain] = BlockTree(self._history, chain)
        return self._trees[chain]

    def of(self, event: Event) -> BlockTree:
        """The tree of the chain the event happened on."""
        if event.chain is None:
            raise HistoryInsufficient(f"event {event.sequence} {event.kind} names no chain")
        return self[event.chain]

    def same_branch(self, first: Event, second: Event) -> bool:
        """Whether two logs can be in force at the same time: one's block is the other's or its ancestor."""
        if first.chain != second.chain:
            return False
        tree = self.of(first)
        return tree.same_branch(tree.block_of(first), tree.block_of(second))

    def predecessor(self, event: Event, earlier: list[Event]) -> Event | None:
        """The last of ``earlier`` on the branch of ``event``; None if there is none."""
        tree = self.of(event)
        block = tree.block_of(event)
        return next((other for other in reversed(earlier) if tree.is_ancestor(tree.block_of(other), block)), None)


def view_of(event: Event) -> str:
    """The view that an event was seen in."""
    return str(event.payload.get("view", MAIN))
