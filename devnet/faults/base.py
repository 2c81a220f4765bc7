"""Faults, and what they and scenarios may ask of a world.

A fault acts from outside, on links, processes and chains; a Byzantine actor is no fault but another
``Behaviour``. Every fault says by its ``Effect`` whether it took effect: a run whose fault had none is
invalid, never passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from devnet.chain.chain import Chain
from devnet.chain.link import DirectLink
from devnet.config.network import Devnet
from devnet.history import History
from devnet.types import Json, Wei

Depth: TypeAlias = int | Callable[[], int]
"""Blocks that a reorg leaves; a function is asked when it is the reorg's turn, so that no block comes in between."""


class Membership(Protocol):
    """Who is a validator, as the owners of stakes decide it (R41)."""

    def leave(self, name: str) -> Mapping[str, Json]:
        """Log a validator out of every core. Raises ChainError if a core refuses."""

    def withdraw(self, name: str) -> Mapping[str, Json]:
        """Pay a validator's stakes back to it. Raises ChainError while any of them is locked, or gone."""


class Transfers(Protocol):
    """Moves the devnet accounts' tokens between the chains, as users do (R62-R64)."""

    def stake(self, auxiliary: str, amount: Wei, *, pair: str, sender: str) -> str:
        """Declare a stake; returns its message's hash as events name it, before a block has it."""


class World(Protocol):
    """The running network, as faults and scenarios see it."""

    @property
    def devnet(self) -> Devnet:
        """The network's description."""

    @property
    def history(self) -> History:
        """What happened so far."""

    @property
    def chains(self) -> Mapping[str, Chain]:
        """The running chains by name, the origin first."""

    @property
    def membership(self) -> Membership:
        """Lets validators leave."""

    @property
    def transfers(self) -> Transfers:
        """Lets value cross."""

    def branch(self, chain: str, node: int) -> str:
        """Give a node its own branch from the head on, and return the view's name."""

    def heal(self, chain: str) -> None:
        """Join the branches of a chain again; fork choice picks the one that stays."""

    def reorg(self, chain: str, depth: Depth, past_finality: bool = False) -> None:
        """Replace the last blocks of a chain by others."""

    def link(self, actor: str, key: str) -> DirectLink:
        """An actor's link by its key, with the policy that a fault may bend."""

    def twin(self, actor: str, chain: str, view: str) -> None:
        """A second instance of an actor, with the same keys and a store of its own, that sees another view."""

    def recast(self, actor: str, behaviour: str) -> None:
        """Let an actor go on with another behaviour, from where it is."""

    def dismiss(self, actor: str) -> None:
        """End an actor; a later rewind to an older mark brings it back."""

    def run_until(self, condition: Callable[[], bool], blocks: int) -> bool:
        """Run until the condition holds; False if it did not within that many origin blocks."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What is known of a fault's effect."""

    observed: bool
    """Whether the fault demonstrably changed something."""
    evidence: str
    """What was seen, or what was expected and not seen."""


class Fault(Protocol):
    """Something done to a world from outside, and undone again."""

    def inject(self, world: World) -> None:
        """Begin; afterwards ``effect`` may be asked at any time."""

    def effect(self, world: World) -> Effect:
        """Whether it took effect so far."""

    def heal(self, world: World) -> None:
        """End; idempotent, and safe when ``inject`` failed half-way."""
