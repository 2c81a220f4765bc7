"""All that a validator or fisherman knows about one auxiliary: its contracts, its branch, origin's word on its core."""

from __future__ import annotations

from dataclasses import dataclass

from devnet.actors.attempts import Attempts, turn
from devnet.actors.auxiliary_state import AuxiliaryState
from devnet.actors.core_state import CoreState
from devnet.actors.follower import Follower, OriginState
from devnet.config.network import ChainSpec, Devnet
from devnet.contracts.handles import CoreHandles
from devnet.contracts.send import Sender
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.signatures import Domain
from devnet.types import Hash32


@dataclass(slots=True)
class AuxiliaryView:
    """One auxiliary and its core, through the eyes of one actor."""

    devnet: Devnet
    """The network."""
    spec: ChainSpec
    """The auxiliary chain."""
    contracts: CoreHandles
    """Its contracts, on both chains."""
    chain: Follower[AuxiliaryState]
    """The auxiliary chain, as read so far."""
    origin: Follower[OriginState]
    """Origin, as read so far; shared by all auxiliaries of the actor."""
    sender: Sender
    """Sends to the auxiliary chain."""
    origin_sender: Sender
    """Sends to origin; shared by all auxiliaries of the actor."""
    position: int
    """The actor's place among those who take turns."""
    attempts: Attempts
    """What is due on the auxiliary chain."""
    origin_attempts: Attempts
    """What is due on origin for this core."""
    origin_depth: int | None = None
    """Blocks after which this actor calls a block of origin settled; None = once origin calls it finalized."""

    @property
    def name(self) -> str:
        """Name of the auxiliary chain."""
        return self.spec.name

    @property
    def state(self) -> AuxiliaryState:
        """What the auxiliary chain says."""
        return self.chain.state

    @property
    def core(self) -> CoreState:
        """What origin says about the core."""
        return self.origin.state.cores[self.name]

    @property
    def domain(self) -> Domain:
        """Under which votes are signed (R2)."""
        return Domain(self.devnet.origin.chain_id, self.contracts.deployment.core)

    @property
    def is_complete(self) -> bool:
        """Whether both chains were read at all, and up to their heads."""
        return bool(self.chain.seen.blocks and self.origin.seen.blocks) and not (
            self.chain.is_behind or self.origin.is_behind
        )

    def turn_at(self, height: int) -> int:
        """How many go before this actor in what is due at that height."""
        # Newcomers take turns too: everybody counts those that registered, also who was there before them.
        count = max(len(self.devnet.validators), len(self.core.members))
        return turn(self.position, count, height, self.devnet.seed)

    def origin_block(self, checkpoint: Checkpoint) -> Hash32 | None:
        """Origin's own block at that checkpoint's number; None if the node has none yet."""
        number = checkpoint.height * self.devnet.origin.epoch_length
        return self.origin.seen.blocks.hash_at(number) if number <= self.origin.seen.height else None

    @property
    def settled_origin(self) -> int:
        """Number of the newest block of origin that this actor signs about: ``finalized`` there (R30).

        With ``origin_depth`` the newest that is so many blocks deep, which is what R30 is there to prevent.
        """
        seen = self.origin.seen
        return seen.finalized if self.origin_depth is None else max(seen.finalized, seen.height - self.origin_depth)

    def checkpoint(self, height: int) -> Checkpoint | None:
        """The auxiliary's own checkpoint of that height; None if it has not come that far."""
        number = height * self.spec.epoch_length
        return Checkpoint(self.chain.seen.blocks.hash_at(number), height) if number <= self.chain.seen.height else None


def deep_height(height: int, epoch_length: int) -> int:
    """Height of the newest checkpoint that is a quarter epoch deep when the chain is that high (R24)."""
    return max(0, height - max(1, epoch_length // 4)) // epoch_length
