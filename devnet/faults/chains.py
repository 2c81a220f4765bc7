"""Faults of a chain: what its Producer can be made to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from devnet.faults.base import Effect, World


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
        self.fork_height = world.chains[self.chain].head.number
        self.view = world.branch(self.chain, self.node)

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

    def _blocks(self, world: World, view: str) -> list:  # type: ignore[type-arg]
        return [
            event
            for event in world.history.effective_events()
            if event.kind == "BlockProduced"
            and event.chain == self.chain
            and event.payload["view"] == view
            and (event.block or 0) > self.fork_height
        ]
