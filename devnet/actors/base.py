"""What an actor is: something that looks at its chains when told to, and acts.

An actor never sleeps, never reads a clock, never draws unseeded randomness and never talks to a chain
but through its links. It is the same object in lockstep and in its own process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from devnet.chain.link import Link
from devnet.config.network import ActorSpec, Devnet
from devnet.contracts.handles import Handles
from devnet.types import Json


class Record(Protocol):
    """Adds one event to the History; the World fills in run, sequence and time."""

    def __call__(self, kind: str, chain: str | None = None, block: int | None = None, **payload: Json) -> None:
        """``kind`` in CamelCase past tense (``VoteSigned``); bytes as 0x strings in ``payload``."""


@dataclass(frozen=True, slots=True)
class Wake:
    """What an actor says when its step returns."""

    idle: bool
    """True if the step sent nothing and nothing is awaited but new blocks."""
    heads: Mapping[str, str]
    """Per chain the head (0x hash) that the step looked at."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that an actor may touch, handed in when it is made."""

    spec: ActorSpec
    """Who it is."""
    devnet: Devnet
    """The network it lives in."""
    contracts: Handles
    """Contracts on every chain; actors of one process share them, and with them what they decode."""
    links: Mapping[str, Link]
    """One link per chain, by chain name."""
    directory: Path
    """Its own durable state; exists, private."""
    record: Record
    """Where it reports what it did."""


class Actor(Protocol):
    """A validator, a fisherman, a facilitator."""

    @property
    def name(self) -> str:
        """Its name in the network."""

    def step(self, now: int) -> Wake:
        """Look at every chain once, perhaps sign, perhaps send, and return.

        ``now`` is virtual time in seconds. A chain that does not answer is no error: the actor does
        what it can and says so in its Wake.
        """

    def mark(self) -> object:
        """A copy of all that it knows, durable store included, that later steps do not change."""

    def rewind(self, mark: object) -> None:
        """Go back to a mark; usable any number of times."""

    def close(self) -> None:
        """Let go of files; idempotent."""


@runtime_checkable
class Askable(Protocol):
    """An actor that people may ask something between two of its steps."""

    def ask(self, request: Mapping[str, Any]) -> dict[str, Json]:
        """Answer at once. Raises UsageError with the reason for a refusal, ChainError if a chain does not answer."""


MakeActor = Callable[[Surroundings], Actor]
"""Makes an actor, or makes it again from its directory after it died."""
