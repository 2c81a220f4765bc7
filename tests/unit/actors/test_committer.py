"""What committers do, as a pure function of both chains (R32-R34, R37, R83)."""

from __future__ import annotations

import pytest

from devnet.actors.attempts import SEND_AGAIN_BLOCKS
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.behaviour import Honest
from devnet.actors.committer import Action, Commit, Committer, Propose, Verify, decide
from devnet.contracts.gas import MAX_SIGNATURES
from devnet.mosaic.finality import Checkpoint
from tests.unit.actors.commits import (
    ALICE,
    BOB,
    CAROL,
    GAS_TARGET,
    TARGET,
    due,
    finalise,
    long_away,
    prepared,
    propose,
    transition,
    vote_for,
)
from tests.unit.actors.fakes import calls_in, committed, event, kernel_opened, kernel_stored
from tests.unit.actors.nodes import FakeLink
from tests.unit.actors.told import Told


def test_nothing_is_due_below_the_gas_target_before_enough_checkpoints() -> None:
    view, _ = prepared(finalised=4)
    assert due(view) is None
    assert decide(view) is None


def test_the_commit_every_th_finalised_checkpoint_is_due() -> None:
    """R83."""
    view, _ = prepared(finalised=7)
    checkpoint = due(view)
    assert checkpoint is not None
    assert checkpoint.height == 5


@pytest.mark.parametrize(
    ("gas_used", "height"), [(GAS_TARGET // 8, 2), (GAS_TARGET // 8 - 1, 3), (GAS_TARGET // 12, 3)]
)
def test_the_lowest_checkpoint_that_reaches_the_gas_target_is_due_exactly_included(gas_used: int, height: int) -> None:
    view, _ = prepared(gas_used=gas_used)
    checkpoint = due(view)
    assert checkpoint is not None
    assert checkpoint.height == height


def test_a_committed_checkpoint_is_not_due_again() -> None:
    view, _ = prepared(finalised=7)
    view.core.apply(committed(1, 5))
    assert due(view) is None
    assert due(view, commit_every=2) == Checkpoint(view.chain.seen.blocks[28].hash, 7)


def test_the_due_checkpoint_is_proposed_with_its_header_and_its_origin_block() -> None:
    view, _ = prepared()
    finalise(view, 3, origin=True)
    action = decide(view)
    assert isinstance(action, Propose)
    assert action.transition == transition(view, 5)
    assert action.transition.origin_checkpoint == view.origin.seen.blocks[12].hash
    assert action.origin_number == 12
    assert action.header == view.chain.seen.blocks[20].header.encode()


def test_the_root_of_the_observations_is_origins_block_0() -> None:
    view, _ = prepared()
    action = decide(view)
    assert isinstance(action, Propose)
    assert action.origin_number == 0


def test_a_proposal_is_shown_the_votes_that_finalised_it_and_only_those_missing() -> None:
    view, _ = prepared()
    for validator in (ALICE, BOB, CAROL):
        vote_for(view, 5, validator)
    vote_for(view, 5, ALICE, target=b"\x7b" * 32)
    digest = propose(view, 5)
    action = decide(view)
    assert action == Verify(digest, TARGET, (b"\x01" * 65,) * 3)
    view.core.apply(event("VotesVerified", proposalId=digest, target=TARGET, signers=(ALICE, BOB)))
    assert decide(view) == Verify(digest, TARGET, (b"\x01" * 65,))
    view.core.apply(event("VotesVerified", proposalId=digest, target=TARGET, signers=(CAROL,)))
    assert decide(view) is None


def test_more_signatures_than_one_transaction_holds_follow_in_the_next() -> None:
    """R33: spread over as many transactions as wanted."""
    view, to_origin = prepared()
    validators = [number.to_bytes(20) for number in range(1, MAX_SIGNATURES + 4)]
    for validator in validators:
        vote_for(view, 5, validator)
    digest = propose(view, 5)
    view.position = next(at for at in range(4) if _is_first(view, at))
    committer = Committer(view, Honest(), Told())
    for expected in (MAX_SIGNATURES, 3):
        to_origin.sent.clear()
        committer.act()
        ((function, arguments),) = calls_in(to_origin, view.contracts.core)
        assert (function, len(arguments[2])) == ("verifyVotes", expected)
        view.core.apply(event("VotesVerified", proposalId=digest, target=TARGET, signers=tuple(validators[:expected])))
        del validators[:expected]
        long_away(view, view.origin.seen.height + 1 + SEND_AGAIN_BLOCKS)
    assert not validators


def test_slashed_signers_are_left_out() -> None:
    view, _ = prepared()
    for validator in (ALICE, BOB):
        vote_for(view, 5, validator)
    digest = propose(view, 5)
    view.core.apply(event("ValidatorSlashed", validator=ALICE))
    assert decide(view) == Verify(digest, TARGET, (b"\x01" * 65,))


def unsealed(view: AuxiliaryView, height: int, signer: bytes = ALICE) -> bytes:
    """A proposal that was sealed by the votes known of it, and put back."""
    vote_for(view, height, signer)
    digest = propose(view, height)
    view.core.apply(event("VotesVerified", proposalId=digest, target=TARGET, signers=(signer,)))
    view.core.apply(event("Sealed", proposalId=digest, target=TARGET, committableAt=50))
    view.core.apply(event("Unsealed", proposalId=digest, target=TARGET))
    return digest


def test_an_unsealed_proposal_at_the_gas_target_is_tried_again_without_signatures() -> None:
    """R37, R45: to pass it over could be punished once further votes for it surface."""
    view, _ = prepared(gas_used=GAS_TARGET // 8)
    digest = unsealed(view, 2)
    assert decide(view) == Verify(digest, TARGET, ())


def test_an_unsealed_proposal_below_the_gas_target_makes_way_for_a_later_one() -> None:
    """R45, R83: its signers cannot vote again, and nothing may stop a core for ever."""
    view, _ = prepared(finalised=7)
    unsealed(view, 5)
    action = decide(view)
    assert isinstance(action, Propose)
    assert action.transition == transition(view, 6)


def test_an_unsealed_proposal_is_shown_the_votes_that_came_since_before_a_later_one_is_proposed() -> None:
    """R45."""
    view, _ = prepared(finalised=7)
    digest = unsealed(view, 5)
    vote_for(view, 5, BOB)
    assert decide(view) == Verify(digest, TARGET, (b"\x01" * 65,))


@pytest.mark.parametrize(("committable_at", "action"), [(40, True), (41, True), (42, False), (60, False)])
def test_a_candidate_is_committed_when_the_next_block_may(committable_at: int, action: bool) -> None:
    view, _ = prepared()
    digest = propose(view, 5)
    view.core.apply(event("Sealed", proposalId=digest, target=TARGET, committableAt=committable_at))
    assert decide(view) == (Commit(digest) if action else None)


def test_a_lower_checkpoint_at_the_gas_target_is_proposed_against_a_candidate() -> None:
    view, _ = prepared(gas_used=GAS_TARGET // 8)
    digest = propose(view, 5)
    view.core.apply(event("Sealed", proposalId=digest, target=TARGET, committableAt=41))
    action = decide(view)
    assert isinstance(action, Propose)
    assert action.transition.height == 2


@pytest.mark.parametrize("name", ["waiting for the kernel", "halted", "not deployed"])
def test_nothing_is_sent_to_a_core_that_takes_nothing(name: str) -> None:
    view, _ = prepared()
    if name == "halted":
        view.core.apply(event("Halted", height=1, reason=1))
    elif name == "not deployed":
        view.core.open_height = 0
    else:
        view.core.apply(kernel_opened(2, b"\x4c" * 32, 1))
    assert decide(view) is None


def test_once_the_kernel_reached_auxiliary_proposals_go_on() -> None:
    view, _ = prepared()
    view.core.apply(kernel_opened(2, b"\x4c" * 32, 1))
    view.state.apply(kernel_stored(2, b"\x4c" * 32, activation=2))
    action = decide(view)
    assert isinstance(action, Propose)
    assert action.transition.height == 4


def test_only_checkpoints_under_the_open_kernel_are_due_and_the_lowest_of_them_first() -> None:
    view, _ = prepared(finalised=7, gas_used=GAS_TARGET)
    view.core.apply(committed(1, 1))
    view.core.apply(kernel_opened(2, b"\x4c" * 32, 1))
    view.state.apply(kernel_stored(2, b"\x4c" * 32, activation=4))
    # Finalisation k stands in block 4k + 7, so dynasty 4 is in force from the checkpoint of block 24 on.
    checkpoint = due(view)
    assert checkpoint is not None
    assert checkpoint.height == 6
    assert transition(view, 6).kernel_hash == b"\x4c" * 32
    assert transition(view, 5).kernel_hash == b"\x4b" * 32


def act_on(view: AuxiliaryView, to_origin: FakeLink, action: Action) -> tuple[str, tuple[object, ...]]:
    assert decide(view) == action
    view.position = next(at for at in range(4) if _is_first(view, at))
    committer = Committer(view, Honest(), Told())
    committer.act()
    committer.act()
    assert len(to_origin.sent) == 1
    return calls_in(to_origin, view.contracts.core)[0]


def _is_first(view: AuxiliaryView, position: int) -> bool:
    view.position = position
    return view.turn_at(view.core.open_height) == 0


def test_actions_become_calls_of_the_core_sent_once() -> None:
    view, to_origin = prepared()
    action = decide(view)
    assert isinstance(action, Propose)
    assert act_on(view, to_origin, action) == ("propose", (action.transition.fields(), action.header, 0))
    view, to_origin = prepared()
    vote_for(view, 5, ALICE)
    digest = propose(view, 5)
    assert act_on(view, to_origin, Verify(digest, TARGET, (b"\x01" * 65,))) == (
        "verifyVotes",
        (digest, TARGET, (b"\x01" * 65,)),
    )
    view.core.apply(event("Sealed", proposalId=digest, target=TARGET, committableAt=41))
    to_origin.sent.clear()
    assert act_on(view, to_origin, Commit(digest)) == ("commit", ())
