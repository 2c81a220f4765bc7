"""How a validator decides. The same validator with another ``Behaviour`` than the honest one is a Byzantine one.

A behaviour is asked at decision points and answers with what to do; it never signs, sends or reads a chain
itself. So whatever a Byzantine validator does goes over the wire, made by the code that honest ones use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from devnet.chain.block import MAIN
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.votes import Vote
from devnet.types import Hash32

TO_ORIGIN: tuple[str, ...] = ()
"""Views of a ballot that is shown to origin alone: the auxiliary chain never sees it."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote to sign, and where to send it."""

    vote: Vote
    """What to sign."""
    views: tuple[str, ...] = (MAIN,)
    """Views of the auxiliary chain that it is sent to."""
    guarded: bool = True
    """Whether the protection store must allow it first. False is what makes a validator slashable."""
    rash: bool = False
    """Whether it breaks another rule of honest validators, one that costs no stake."""
    forgotten: bool = False
    """Whether the validator signs at this height again, as if it had never signed there."""

    @property
    def deviates(self) -> bool:
        """Whether no honest validator would have signed it."""
        return self.rash or not self.guarded


class Situation(Protocol):
    """What a behaviour may look at besides the vote itself."""

    @property
    def is_about_origin(self) -> bool:
        """Whether the vote is about origin, not about the auxiliary chain."""

    def rivals(self, height: int) -> Mapping[str, Hash32]:
        """Other checkpoints of that height, by the view of the auxiliary chain that has them."""

    def votes(self) -> tuple[Vote, ...]:
        """Votes that the validator remembers having signed, the lowest target first."""

    def vote_between(self, source: int, target: int) -> Vote | None:
        """The vote on the link between two heights, as an honest validator would fill it in; None if it cannot."""

    def forged_vote(self, source: int) -> Vote | None:
        """The vote that finalises a forged checkpoint of that height; None if origin would not take it."""


class Behaviour(Protocol):
    """Decision points of a validator."""

    @property
    def name(self) -> str:
        """As in the manifest."""

    @property
    def origin_depth(self) -> int | None:
        """Blocks after which it calls a block of origin settled; None: once origin calls it finalized (R30)."""

    def ballots(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> tuple[Ballot, ...]:
        """What to sign where an honest validator would sign ``vote``.

        ``heights_taken`` are the target heights at which this behaviour deviated before, about this chain.
        """

    def checkpoint_to_commit(self, due: Iterable[Checkpoint]) -> Checkpoint | None:
        """Which checkpoint the open meta-block shall end with; None: none of these.

        ``due`` are those that are due and can be committed, the lowest first; it is read only as far as needed.
        """


class Honest:
    """Signs what the protocol says, if the protection store allows it."""

    name = "honest"
    origin_depth: int | None = None

    def ballots(self, vote: Vote, situation: Situation, heights_taken: Sequence[int]) -> tuple[Ballot, ...]:
        """The vote itself."""
        return (Ballot(vote),)

    def checkpoint_to_commit(self, due: Iterable[Checkpoint]) -> Checkpoint | None:
        """The lowest: taking a higher one is what the gas rule punishes (R37)."""
        return next(iter(due), None)
