"""A facilitator: it carries messages between the gateways of every pair, and is paid for it (R63-R68).

What is to be done follows from both chains alone, so one that was killed goes on where the chains are, and what it
sent before is either mined or found waiting: it keeps nothing on disk. Several facilitators take turns message by
message; who loses a race loses gas at most.
"""

from __future__ import annotations

from devnet.actors.base import Surroundings, Wake
from devnet.actors.carrier import Carrier
from devnet.actors.gathering import Gathering, GatheringMark
from devnet.errors import UsageError


class Facilitator:
    """One facilitator for every pair of the network."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._spec = surroundings.spec
        names = [one.name for one in surroundings.devnet.facilitators]
        self._gathering = Gathering(surroundings, names.index(self._spec.name), with_gateways=True)
        views = self._gathering.views
        self._carriers = [
            Carrier(views[pair.deployment.auxiliary], pair, surroundings, self._gathering.note_trouble)
            for pair in self._gathering.handles.pairs
        ]

    @property
    def name(self) -> str:
        """Its name in the network."""
        return self._spec.name

    def step(self, now: int) -> Wake:
        """Look at every chain once, and carry every message on that can be carried."""
        self._gathering.begin()
        self._gathering.look()
        for carrier in self._carriers:
            carrier.act()
        return self._gathering.wake()

    def mark(self) -> GatheringMark:
        """A copy of all that it knows: there is nothing that the chains do not tell."""
        return self._gathering.mark()

    def rewind(self, mark: object) -> None:
        """Go back to a mark of a facilitator. Raises UsageError for anything else."""
        if not isinstance(mark, GatheringMark):
            raise UsageError(f"mark must come from Facilitator.mark, found {type(mark).__name__}")
        self._gathering.rewind(mark)

    def close(self) -> None:
        """Nothing is held open."""


def make(surroundings: Surroundings) -> Facilitator:
    """Make a facilitator, or make it again from its directory."""
    return Facilitator(surroundings)
