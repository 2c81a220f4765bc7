"""Faults of a chain: what its Producer can be made to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from devnet.chain.transaction import Transaction
from devnet.faults.base import Effect, World
from devnet.history import Event


@dataclass(slots=True)
class Branch:
    """A second branch of a chain, kept by one of its nodes, growing beside the main one."""

    chain: str
    """Name of the chain; it needs at least ``node + 1`` nodes."""
    node: int = 1
    """Index of the node that keeps the branch."""
    view: str = field(default="", init=False)
    """Name of the branch's view once injected."""
    fork_height: int = field(default=0, init=False)
    """Height of the last common block."""

    def inject(self, world: World) -> None:
        """Split the node off at the head."""
        self.view = world.branch(self.chain, self.node)
        chain = world.chains[self.chain]
        # Asked afterwards: in live mode a timer may make a block between a look at the head and the branch.
        self.fork_height = chain.tree.common_ancestor(chain.head.hash, chain.view(self.view).head.hash).number

    def effect(self, world: World) -> Effect:
        """Observed once both branches hold a block above the last common one, with different hashes."""
        mine, theirs = ({event.payload["hash"] for event in self._blocks(world, view)} for view in ("main", self.view))
        if mine and theirs and mine.isdisjoint(theirs):
            return Effect(True, f"{self.chain}: {len(theirs)} blocks on {self.view} after height {self.fork_height}")
        return Effect(False, f"{self.chain}: expected two branches after height {self.fork_height}, found one")

    def heal(self, world: World) -> None:
        """Join the branches again."""
        if self.view:
            world.heal(self.chain)
            self.view = ""

    def _blocks(self, world: World, view: str) -> list[Event]:
        return [
            event
            for event in world.history.effective_events()
            if event.kind == "BlockProduced"
            and event.chain == self.chain
            and event.payload["view"] == view
            and (event.block or 0) > self.fork_height
        ]


@dataclass(slots=True)
class Censor:
    """Producers of a chain that leave out of every block what they do not want to be seen there."""

    chain: str
    """Name of the chain."""
    unwanted: Callable[[Transaction], bool]
    """What they leave out."""
    left_out: set[bytes] = field(default_factory=set, init=False)
    """Hashes of the transactions left out so far."""

    def inject(self, world: World) -> None:
        """Begin."""
        world.chains[self.chain].censor(self._leaves_out)

    def effect(self, world: World) -> Effect:
        """Observed once a transaction that a block could have taken was left out."""
        if self.left_out:
            return Effect(True, f"{self.chain}: {len(self.left_out)} transactions left out of every block")
        return Effect(False, f"{self.chain}: expected transactions to be censored, none came")

    def heal(self, world: World) -> None:
        """Take everything again."""
        world.chains[self.chain].censor(None)

    def _leaves_out(self, transaction: Transaction) -> bool:
        if not self.unwanted(transaction):
            return False
        self.left_out.add(transaction.hash)
        return True
