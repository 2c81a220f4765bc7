"""Votes that only origin was shown are carried to auxiliary, where they count (R19, R23)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.transition import transition_at
from devnet.actors.vote_carrier import VoteCarrier, due_votes
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.transitions import Transition
from devnet.mosaic.votes import SignedVote, Vote, sign_vote
from tests.unit.actors.fakes import (
    KERNEL,
    calls_in,
    event,
    kernel_opened,
    kernel_stored,
    make_view,
    proposed,
    seen_chain,
    vote_event,
)
from tests.unit.actors.nodes import FakeLink

SOURCE, TARGET = 3, 4
SHOWING = b"\x5f" * 32
"""The transaction that showed votes to the core."""


@dataclass
class Scene:
    """Auxiliary justified checkpoint 3 and reported 4; two of four validators' votes between them are on it."""

    view: AuxiliaryView
    auxiliary: FakeLink
    origin: FakeLink
    transition: Transition
    votes: list[SignedVote]

    def show(self, *votes: SignedVote) -> None:
        """These were shown to the core, in one transaction, which counted them."""
        core, vote = self.view.contracts.core, votes[0].vote
        data = core.calldata("verifyVotes", vote.transition, vote.target, [one.signature for one in votes])
        transaction = {"to": "0x" + core.address.hex(), "input": "0x" + data.hex()}
        self.origin.answers["eth_getTransactionByHash"] = transaction
        signers = [one.validator for one in votes]
        verified = event("VotesVerified", proposalId=vote.transition, target=vote.target, signers=signers)
        self.view.core.apply(replace(verified, transaction=SHOWING))

    def carry(self) -> list[tuple[Vote, bytes]]:
        """What is cast on auxiliary by an actor whose turn it is."""
        VoteCarrier(self.view, self.origin).act()
        cast = calls_in(self.auxiliary, self.view.contracts.polling_place)
        assert all(function == "castVotes" for function, _ in cast)
        return [
            (Vote(*vote), signature)
            for _, (votes, signatures) in cast
            for vote, signature in zip(votes, signatures, strict=True)
        ]


@pytest.fixture
def scene() -> Scene:
    view, to_auxiliary, to_origin = make_view(seen_chain(41), seen_chain(41))
    view.position = next(at for at in range(4) if replace(view, position=at).turn_at(TARGET) == 0)
    view.state.apply(kernel_stored(1, KERNEL))
    view.core.apply(kernel_opened(1, KERNEL))
    source, target = (view.chain.seen.blocks[4 * height].hash for height in (SOURCE, TARGET))
    transition = transition_at(view.contracts.deployment, view.chain.seen, view.state, Checkpoint(source, SOURCE), 4)
    core_id, digest = transition.core_id, transition.hash()
    for height, block, named in ((SOURCE, source, digest), (TARGET, target, b"\x77" * 32)):
        args: dict[str, Any] = {"coreId": core_id, "height": height, "blockHash": block, "transitionHash": named}
        view.state.apply(event("CheckpointReported", **args))
    view.state.apply(event("CheckpointJustified", coreId=core_id, height=SOURCE, blockHash=source))
    view.core.apply(proposed(digest, 1, transition))
    vote = Vote(core_id, digest, source, target, SOURCE, TARGET)
    votes = [sign_vote(vote, view.domain, one.auxiliary_key.secret) for one in view.devnet.validators]
    view.state.apply_all([vote_event(vote, one.validator) for one in votes[:2]])
    return Scene(view, to_auxiliary, to_origin, transition, votes)


def test_votes_that_auxiliary_lacks_are_cast_there_once(scene: Scene) -> None:
    scene.show(*scene.votes)
    wanted = sorted((one.validator, one.signature) for one in scene.votes[2:])
    for _ in range(2):
        assert scene.carry() == [(scene.votes[0].vote, signature) for _, signature in wanted]


def test_nothing_is_asked_of_origin_where_auxiliary_has_every_vote(scene: Scene) -> None:
    scene.show(*scene.votes[:2])
    assert scene.carry() == []
    assert "eth_getTransactionByHash" not in scene.origin.asked


@pytest.mark.parametrize("name", ["not justified", "below the last finalised", "not reported", "another transition"])
def test_what_auxiliary_would_refuse_is_left_alone(scene: Scene, name: str) -> None:
    scene.show(*scene.votes)
    own, vote = scene.view.state.own, scene.votes[0].vote
    match name:
        case "not justified":
            del own.justified[vote.source]
        case "below the last finalised":
            core_id, target = vote.core_id, vote.target
            found = event("CheckpointFinalised", coreId=core_id, height=TARGET, blockHash=target, dynasty=2)
            scene.view.state.apply(found)
        case "not reported":
            del own.reported[vote.target]
        case _:
            scene.view.state.transitions[vote.source] = b"\x66" * 32
    assert list(due_votes(scene.view)) == []
    assert scene.carry() == []


def test_votes_of_who_was_slashed_on_auxiliary_stay_where_they_are(scene: Scene) -> None:
    scene.show(*scene.votes)
    scene.view.state.apply(event("ValidatorSlashed", validator=scene.votes[2].validator))
    assert scene.carry() == [(scene.votes[3].vote, scene.votes[3].signature)]


def test_who_comes_later_waits(scene: Scene) -> None:
    scene.view.position = (scene.view.position + 1) % 4
    scene.show(*scene.votes)
    assert scene.carry() == []


def test_votes_that_a_contract_showed_cannot_be_read(scene: Scene) -> None:
    scene.show(*scene.votes)
    scene.origin.answers["eth_getTransactionByHash"] = {"to": "0x" + "11" * 20, "input": "0x"}
    assert scene.carry() == []
