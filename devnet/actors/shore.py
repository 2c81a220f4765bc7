"""One end of a pair of gateways: a chain with its gateway, and what the other chain knows of its state (R61)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from devnet.actors.attempts import Attempts
from devnet.actors.auxiliary_state import AuxiliaryState
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.boxes import Boxes
from devnet.actors.carrying import Root
from devnet.actors.follower import Follower, OriginState
from devnet.chain.link import Link
from devnet.contracts.handle import ContractHandle
from devnet.contracts.handles import PairHandles
from devnet.contracts.send import Sender
from devnet.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class Shore:
    """One chain of a pair, through the eyes of one actor; made anew in every step."""

    pair: str
    """Name of the pair."""
    gateway: ContractHandle
    """Gateway or CoGateway."""
    boxes: Boxes
    """Its messages."""
    roots: tuple[Root, ...]
    """Checkpoints of this chain whose state root the other chain has, the newest first."""
    follower: Follower[OriginState] | Follower[AuxiliaryState]
    """This chain, as read so far."""
    link: Link
    """The way to it."""
    sender: Sender
    """Sends to it."""
    account: Address
    """Who sends."""
    attempts: Attempts
    """What was sent to it."""

    @property
    def chain(self) -> str:
        """Name of the chain."""
        return self.link.chain

    @property
    def height(self) -> int:
        """Number of its newest block."""
        return self.follower.seen.height

    @property
    def kept_from(self) -> int:
        """The oldest block that a reorg can take back without everything being read again."""
        return self.follower.seen.blocks.first

    def forget(self, messages: Collection[Hash32]) -> None:
        """Let go of messages that ended before ``kept_from``."""

        def change(state: OriginState | AuxiliaryState) -> None:
            state.boxes[self.pair].forget(messages)

        self.follower.amend(change)


def shores(
    view: AuxiliaryView, pair: PairHandles, links: Mapping[str, Link], accounts: tuple[Address, Address]
) -> tuple[Shore, Shore]:
    """Origin's end of a pair and auxiliary's; ``accounts`` are the actor's there."""
    name, none = pair.deployment.name, Boxes()
    origin = Shore(
        name,
        pair.gateway,
        view.origin.state.boxes.get(name, none),
        tuple(_observed(view)),
        view.origin,
        links[view.devnet.origin.name],
        view.origin_sender,
        accounts[0],
        view.origin_attempts,
    )
    auxiliary = Shore(
        name,
        pair.co_gateway,
        view.state.boxes.get(name, none),
        tuple(_committed(view)),
        view.chain,
        links[view.name],
        view.sender,
        accounts[1],
        view.attempts,
    )
    return origin, auxiliary


def _observed(view: AuxiliaryView) -> Iterator[Root]:
    """Origin's checkpoints that auxiliary finalised, those left out that origin's branch does not have any more."""
    for item in reversed(view.state.origin.finalised):
        checkpoint = item.checkpoint
        if view.origin_block(checkpoint) == checkpoint.hash:
            yield Root(checkpoint.height, checkpoint.height * view.devnet.origin.epoch_length, checkpoint.hash)


def _committed(view: AuxiliaryView) -> Iterator[Root]:
    """Auxiliary's checkpoints that origin committed, the root last; without those that auxiliary's branch has not."""
    for transition in reversed(view.core.commits.values()):
        known = view.checkpoint(transition.height)
        if known is not None and known.hash == transition.checkpoint:
            yield Root(transition.height, transition.height * view.spec.epoch_length, transition.checkpoint)
    yield Root(0, 0, view.chain.seen.blocks[0].hash)
