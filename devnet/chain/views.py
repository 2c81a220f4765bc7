"""The views of one chain, and which of them each node stays at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from devnet.chain.block import MAIN, Block
from devnet.chain.mempool import Mempool
from devnet.chain.tree import BlockTree
from devnet.chain.view import View
from devnet.errors import UsageError

MAX_SALT_BYTES = 32
"""geth takes no more extra data."""


@dataclass(frozen=True, slots=True)
class Head:
    """A tip of the chain as ``devnet_heads`` lists it."""

    block: Block
    """The tip."""
    views: tuple[str, ...]
    """Views that stand there; none for a side branch."""
    nodes: tuple[int, ...]
    """Nodes that know it as a tip."""


class Views:
    """At first main alone, which every node follows. Any thread may read; one changes them."""

    def __init__(self, chain: str, genesis: Block, nodes: int) -> None:
        everyone = tuple(range(nodes))
        main = View(MAIN, everyone, genesis, genesis.hash, genesis.hash, b"", b"", Mempool())
        self._chain = chain
        self._nodes = everyone
        self._views = {MAIN: main}
        self._homes = [MAIN] * nodes

    def __iter__(self) -> Iterator[View]:
        """Every view, main first."""
        return iter(tuple(self._views.values()))

    def __getitem__(self, name: str) -> View:
        """The view of that name. Raises UsageError if there is none."""
        try:
            return self._views[name]
        except KeyError:
            raise UsageError(f"{self._chain} has no view {name!r}, only {', '.join(self._views)}") from None

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every view, main first."""
        return tuple(self._views)

    @property
    def homes(self) -> tuple[str, ...]:
        """Per node the name of the view whose head it stays at."""
        return tuple(self._homes)

    def home(self, node: int) -> View:
        """The view whose head a node stays at."""
        return self._views[self._homes[node]]

    def branch(self, node: int, name: str, salt: bytes) -> View:
        """Give a node a view of its own with the head, the mempool and the finality of the one it followed."""
        if node not in self._nodes:
            raise UsageError(f"{self._chain} has no node {node}, only 0 to {len(self._nodes) - 1}")
        if name in self._views:
            raise UsageError(f"{self._chain} has a view {name!r} already: heal it first")
        if not 0 < len(salt) <= MAX_SALT_BYTES or any(view.salt == salt for view in self):
            raise UsageError(f"salt {salt!r} must be of 1 to {MAX_SALT_BYTES} bytes and unlike that of other views")
        old = self.home(node)
        others = tuple(other for other in old.nodes if other != node)
        view = View(name, (node,), old.head, old.safe, old.finalised, salt, b"", Mempool(old.mempool.all()))
        # Replaced, here and below, never changed: other threads may be reading.
        self._views = {**self._views, name: view}
        if others:
            # The only node of a view serves both: the Producer flips it to build and flips it back.
            old.nodes = others
            self._homes[node] = name
        return view

    def join(self, winner: View) -> View:
        """Leave main alone, at the winner's head, with every node; what waits on main goes on waiting."""
        main = self[MAIN]
        if winner is not main:
            main = View(MAIN, (), winner.head, winner.safe, winner.finalised, b"", b"", main.mempool)
        main.nodes = self._nodes
        self._views = {MAIN: main}
        self._homes = [MAIN] * len(self._nodes)
        return main

    def restore(self, views: Sequence[View], homes: Sequence[str]) -> None:
        """Go back to views as they were, and to where each node stayed."""
        self._views = {view.name: view.copy() for view in views}
        self._homes = list(homes)

    def heads(self, tree: BlockTree, view: View | None = None) -> tuple[Head, ...]:
        """The tips that anyone knows, or that the nodes of one view know."""
        tips = {tip: known for tip, known in tree.leaves.items() if view is None or known & set(view.nodes)}
        for standing in self if view is None else (view,):
            # After a reorg or a rewind a view may stand at a block that has children.
            tips.setdefault(standing.head.hash, frozenset(standing.nodes))
        at = {tip: tuple(one.name for one in self if one.head.hash == tip) for tip in tips}
        return tuple(Head(tree.block(tip), at[tip], tuple(sorted(known))) for tip, known in tips.items())
