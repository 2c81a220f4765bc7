"""A core's checkpoints, votes and proposals, as a committer sees them."""

from __future__ import annotations

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.committer import due_checkpoints
from devnet.actors.transition import transition_at
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.transitions import Transition
from tests.unit.actors.fakes import event, make_ruled_view, make_vote, proposed, seen_chain, vote_event
from tests.unit.actors.nodes import FakeLink

ALICE, BOB, CAROL = b"\xaa" * 20, b"\xbb" * 20, b"\xcc" * 20
TARGET = b"\x7a" * 32
GAS_TARGET = 30_000_000


def prepared(finalised: int = 5, gas_used: int = 100) -> tuple[AuxiliaryView, FakeLink]:
    """A view under a kernel, with that many checkpoints finalised, each recorded by a later block."""
    view, to_origin = make_ruled_view(gas_used, GAS_TARGET)
    for height in range(1, finalised + 1):
        finalise(view, height)
    return view, to_origin


def finalise(view: AuxiliaryView, height: int, origin: bool = False) -> None:
    chain, core = (view.origin if origin else view.chain), view.contracts.deployment
    digest = chain.seen.blocks[4 * height].hash
    about = core.origin_core_id if origin else core.core_id
    view.state.apply(event("CheckpointJustified", coreId=about, height=height, blockHash=digest))
    view.state.apply(
        event("CheckpointFinalised", 4 * height + 7, coreId=about, height=height, blockHash=digest, dynasty=height)
    )


def transition(view: AuxiliaryView, height: int) -> Transition:
    checkpoint = Checkpoint(view.chain.seen.blocks[4 * height].hash, height)
    return transition_at(view.contracts.deployment, view.chain.seen, view.state, checkpoint, 4)


def vote_for(view: AuxiliaryView, height: int, validator: bytes, target: bytes = TARGET) -> None:
    wanted = transition(view, height)
    vote = make_vote(
        height,
        height + 1,
        core_id=view.contracts.deployment.core_id,
        transition=wanted.hash(),
        source=wanted.checkpoint,
        target=target,
    )
    view.state.apply(vote_event(vote, validator))


def propose(view: AuxiliaryView, height: int) -> bytes:
    digest = transition(view, height).hash()
    view.core.apply(proposed(digest, 1, transition(view, height)))
    return digest


def due(view: AuxiliaryView, commit_every: int = 5) -> Checkpoint | None:
    return next(due_checkpoints(view.core, view.state, view.chain.seen, 4, commit_every), None)


def long_away(view: AuxiliaryView, height: int) -> None:
    """Origin went on to that height while nobody looked."""
    for block in seen_chain(height).blocks:
        if block.number > view.origin.seen.height:
            view.origin.seen.append(block.header, block.hash)
