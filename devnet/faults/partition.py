"""A partition: a split of views, each side on a real branch of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from devnet.chain.block import MAIN
from devnet.faults.base import Effect, World
from devnet.faults.chains import Branch


@dataclass(slots=True)
class Partition:
    """Some actors see one branch of a chain, all others the main one; neither side sees the other's blocks."""

    chain: str
    """Name of the chain; it needs at least ``node + 1`` nodes."""
    apart: tuple[str, ...]
    """Actors on the far side."""
    node: int = 1
    """Index of the node that keeps the far side's branch."""
    branch: Branch = field(init=False)
    """The far side's branch."""

    def __post_init__(self) -> None:
        """The far side is a branch."""
        self.branch = Branch(self.chain, self.node)

    def inject(self, world: World) -> None:
        """Split the chain, and lead the far side's links to its branch."""
        self.branch.inject(world)
        for actor in self.apart:
            world.link(actor, self.chain).policy.view = self.branch.view

    def effect(self, world: World) -> Effect:
        """Observed once both branches grew and every actor of the far side was answered from its own."""
        unaware = [actor for actor in self.apart if not world.link(actor, self.chain).policy.affected]
        if unaware:
            return Effect(False, f"{self.chain}: {', '.join(unaware)} never looked at the far side")
        return self.branch.effect(world)

    def heal(self, world: World) -> None:
        """Let everybody see one chain again."""
        for actor in self.apart:
            world.link(actor, self.chain).policy.view = MAIN
        self.branch.heal(world)
