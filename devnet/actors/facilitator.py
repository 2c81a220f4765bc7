"""A facilitator: it carries messages between the gateways of every pair, and is paid for it (R63-R68).

What is to be done follows from both chains alone, so one that was killed goes on where the chains are, and what it
sent before is either mined or found waiting: it keeps nothing on disk. Several facilitators take turns message by
message, whoever locked a message's bounty first; who loses a race loses gas at most. Senders may hand it a signed
transfer, which it declares with a bounty of its own if that pays, and later the secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devnet.actors.base import Surroundings, Wake
from devnet.actors.carrier import Carrier
from devnet.actors.gathering import Gathering, GatheringMark
from devnet.actors.intake import Intake
from devnet.actors.offers import Offer, parse_handed
from devnet.errors import UsageError
from devnet.types import Json


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
        self._intakes = {
            pair.deployment.name: Intake(views[pair.deployment.auxiliary], pair, surroundings)
            for pair in self._gathering.handles.pairs
        }

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

    def ask(self, request: Mapping[str, Any]) -> dict[str, Json]:
        """Take a signed transfer and declare it, or the secret of one and end it: the ``transaction`` that does.

        Raises UsageError with the reason for a refusal, ChainError if a chain does not answer.
        """
        handed = parse_handed(request)
        intake = self._intakes.get(handed.pair)
        if intake is None:
            raise UsageError(f"there is no pair {handed.pair!r} (there are: {', '.join(self._intakes)})")
        sent = intake.declare(handed) if isinstance(handed, Offer) else intake.progress(handed)
        return {"transaction": "0x" + sent.hex()}

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
