"""Events add up to what the contracts say, and to the transition of every checkpoint (R11, R27)."""

from __future__ import annotations

import pytest

from devnet.actors.auxiliary_state import KERNELS_KEPT, AuxiliaryState
from devnet.actors.core_state import META_BLOCKS_KEPT, PINS_KEPT, CandidateState, CoreState
from devnet.actors.transition import transition_at
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.headers import BLOCK_HASH_WINDOW
from devnet.mosaic.transitions import Transition
from tests.unit.actors.fakes import (
    AUXILIARY_ROOT,
    CORE,
    CORE_ID,
    ORIGIN_ID,
    ORIGIN_ROOT,
    any_transition,
    checkpoint_hash,
    committed,
    event,
    kernel_opened,
    kernel_stored,
    make_vote,
    proposed,
    seen_chain,
    vote_event,
)

ALICE, BOB = b"\xaa" * 20, b"\xbb" * 20
KERNEL = b"\x4b" * 32


def test_the_roots_are_justified_and_finalised_from_the_start() -> None:
    state = AuxiliaryState(CORE)
    assert state.own.last_finalised == Checkpoint(AUXILIARY_ROOT, 0)
    assert state.origin.last_finalised == Checkpoint(ORIGIN_ROOT, 0)
    assert state.own.justified == {AUXILIARY_ROOT: 0}
    assert state.tip == 0


def test_reports_justifications_and_finalisations_are_kept_apart_for_the_two_chains() -> None:
    state = AuxiliaryState(CORE)
    one, two = checkpoint_hash(1), checkpoint_hash(2, 0xBB)
    state.apply_all(
        [
            event("BlocksReported", first=1, last=4, tip=one),
            event("CheckpointReported", coreId=CORE_ID, height=1, blockHash=one, transitionHash=b"\x77" * 32),
            event("OriginCheckpointReported", coreId=ORIGIN_ID, height=2, blockHash=two),
            event("CheckpointJustified", coreId=CORE_ID, height=1, blockHash=one),
            event("CheckpointFinalised", 9, coreId=ORIGIN_ID, height=2, blockHash=two, dynasty=1),
            event("CheckpointJustified", coreId=b"\x00" * 32, height=3, blockHash=b"\x03" * 32),
            event("SomethingElse"),
        ]
    )
    assert state.tip == 4
    assert state.transitions == {one: b"\x77" * 32}
    assert state.own.justified == {AUXILIARY_ROOT: 0, one: 1}
    assert state.origin.reported == {ORIGIN_ROOT: 0, two: 2}
    assert state.origin.last_finalised == Checkpoint(two, 2)
    assert state.own.last_finalised.height == 0


def test_votes_are_public_once_whether_counted_or_conflicting() -> None:
    state = AuxiliaryState(CORE)
    vote, rival = make_vote(0, 1), make_vote(0, 1, target=b"\x99" * 32)
    state.apply_all([vote_event(vote, ALICE), vote_event(vote, ALICE), vote_event(vote, BOB)])
    state.apply(vote_event(rival, ALICE, "ConflictingVote"))
    assert [one.validator for one in state.own.links[vote.source, vote.target]] == [ALICE, BOB]
    assert state.own.is_public(vote, ALICE)
    assert state.own.is_public(rival, ALICE)
    assert not state.own.is_public(rival, BOB)
    assert not state.own.is_public(make_vote(0, 1, transition=bytes(32)), ALICE)


def test_a_counted_vote_is_void_once_a_later_kernel_weighs_votes_until_its_target_is_justified() -> None:
    state = AuxiliaryState(CORE)
    vote = make_vote(0, 1, core_id=ORIGIN_ID, source=ORIGIN_ROOT)
    state.apply(vote_event(vote, ALICE, kernel_height=2))
    assert not state.origin.is_void(vote, ALICE, 2)
    assert state.origin.is_void(vote, ALICE, 3)
    assert not state.origin.is_void(vote, BOB, 3)
    state.apply(vote_event(vote, ALICE, kernel_height=3))
    assert not state.origin.is_void(vote, ALICE, 3)
    assert len(state.origin.links[vote.source, vote.target]) == 1
    state.apply(event("CheckpointJustified", coreId=ORIGIN_ID, height=1, blockHash=vote.target))
    assert not state.origin.is_void(vote, ALICE, 4)


def test_a_kernel_is_active_by_comparing_dynasties() -> None:
    state = AuxiliaryState(CORE)
    assert (state.active_kernel, state.last_kernel) == (0, 0)
    state.apply(kernel_stored(1, KERNEL, weights={ALICE: 40}))
    state.apply(kernel_stored(2, b"\x4c" * 32, activation=2, weights={ALICE: 0, BOB: 50}))
    for dynasty in (1, 2):
        active = state.active_kernel
        assert (active, state.last_kernel) == (1, 2)
        state.apply(
            event("CheckpointFinalised", 8, coreId=CORE_ID, height=dynasty, blockHash=b"\x01" * 32, dynasty=dynasty)
        )
    assert state.active_kernel == 2
    assert state.sets.weights(2, ALICE) == (0, 40)
    assert state.sets.weights(2, BOB) == (50, 0)


def test_votes_about_other_chains_are_not_ours() -> None:
    state = AuxiliaryState(CORE)
    state.apply(vote_event(make_vote(0, 1, core_id=b"\x55" * 32), ALICE))
    assert not state.own.links
    assert not state.origin.links


def test_backfilled_blocks_join_to_one_range() -> None:
    state = AuxiliaryState(CORE)
    state.apply(event("BlocksBackfilled", newest=100, oldest=60))
    state.apply(event("BlocksBackfilled", newest=59, oldest=1))
    assert state.backfilled == range(1, 101)
    state.apply(event("BlocksBackfilled", newest=300, oldest=250))
    assert state.backfilled == range(250, 301)


def test_what_is_in_force_at_a_block_ignores_later_finalisations() -> None:
    state = AuxiliaryState(CORE)
    for height, block in ((1, 10), (2, 14)):
        digest = checkpoint_hash(height)
        state.apply(
            event("CheckpointFinalised", block, coreId=CORE_ID, height=height, blockHash=digest, dynasty=height)
        )
    assert state.own.in_force(9) == (0, Checkpoint(AUXILIARY_ROOT, 0))
    assert state.own.in_force(10) == (1, Checkpoint(checkpoint_hash(1), 1))
    assert state.own.in_force(13)[0] == 1
    assert state.own.in_force(14)[0] == 2


def test_a_transition_is_recomputed_from_the_branch_up_to_its_checkpoint_alone() -> None:
    """R27."""
    seen, state = seen_chain(20), AuxiliaryState(CORE)
    origin_checkpoint = checkpoint_hash(3, 0xBB)
    state.apply(kernel_stored(1, KERNEL))
    state.apply(kernel_stored(2, b"\x4c" * 32, activation=2))
    state.apply(event("CheckpointFinalised", 8, coreId=CORE_ID, height=1, blockHash=b"\x01" * 32, dynasty=1))
    state.apply(event("CheckpointFinalised", 8, coreId=ORIGIN_ID, height=3, blockHash=origin_checkpoint, dynasty=1))
    state.apply(event("CheckpointFinalised", 12, coreId=CORE_ID, height=2, blockHash=b"\x02" * 32, dynasty=2))
    block = seen.blocks[8]
    expected = Transition(CORE_ID, KERNEL, 2, 1, block.hash, 800, block.sums.transaction_root, 1, origin_checkpoint)
    assert transition_at(CORE, seen, state, Checkpoint(block.hash, 2), 4) == expected
    later = transition_at(CORE, seen, state, Checkpoint(seen.blocks[12].hash, 3), 4)
    assert (later.dynasty, later.kernel_hash) == (2, b"\x4c" * 32)


@pytest.mark.parametrize("height", [2, 9], ids=["another hash", "beyond the head"])
def test_a_checkpoint_of_another_branch_has_no_transition_here(height: int) -> None:
    with pytest.raises(ValueError, match="is not block"):
        transition_at(CORE, seen_chain(20), AuxiliaryState(CORE), Checkpoint(b"\x99" * 32, height), 4)


def core_with(digest: bytes, height: int = 5) -> CoreState:
    core = CoreState()
    core.apply(kernel_opened(1, KERNEL))
    core.apply(proposed(digest, 1, any_transition(height)))
    return core


def test_a_core_goes_from_proposal_over_seal_to_commit() -> None:
    digest, target = b"\x11" * 32, b"\x22" * 32
    core = core_with(digest)
    assert list(core.open_proposals()) == [digest]
    core.apply(event("VotesVerified", proposalId=digest, target=target, signers=(ALICE,)))
    core.apply(event("VotesVerified", proposalId=digest, target=target, signers=(BOB,)))
    assert core.proposals[digest].signers == {target: {ALICE, BOB}}
    core.apply(event("Sealed", proposalId=digest, target=target, committableAt=40))
    assert core.candidate == CandidateState(digest, target, 40)
    core.apply(committed(1, 5, digest))
    core.apply(kernel_opened(2, b"\x4c" * 32, 2_000, block=44))
    assert (core.open_height, core.gas_target, core.committed_height, core.meta_blocks) == (2, 2_000, 5, 1)
    assert core.candidate is None
    assert core.open_proposals() == {}
    assert core.commits == {1: any_transition(5)}
    assert core.kernels[2][1] == 44


@pytest.mark.parametrize("name", ["Unsealed", "Superseded"])
def test_a_candidate_that_lost_its_place_may_be_sealed_again(name: str) -> None:
    digest, target = b"\x11" * 32, b"\x22" * 32
    core = core_with(digest)
    core.apply(event("Sealed", proposalId=digest, target=target, committableAt=40))
    core.apply(event(name, proposalId=digest, target=target, successor=b"\x33" * 32))
    assert core.candidate is None
    assert core.proposals[digest].unsealed
    core.apply(event("Sealed", proposalId=digest, target=target, committableAt=60))
    assert not core.proposals[digest].unsealed


def test_superseding_in_either_order_of_events_leaves_the_successor() -> None:
    old, new, target = b"\x11" * 32, b"\x12" * 32, b"\x22" * 32
    sealed = event("Sealed", proposalId=new, target=target, committableAt=50)
    superseded = event("Superseded", proposalId=old, successor=new)
    for events in ((sealed, superseded), (superseded, sealed)):
        core = core_with(old)
        core.apply(proposed(new, 1, any_transition(4)))
        core.apply(event("Sealed", proposalId=old, target=target, committableAt=40))
        core.apply_all(events)
        assert core.candidate == CandidateState(new, target, 50)


def test_pins_members_slashes_and_the_halt_are_kept() -> None:
    core = CoreState()
    core.apply(event("OriginPinned", number=8, blockHash=b"\x08" * 32))
    core.apply(event("ValidatorRegistered", validator=ALICE))
    core.apply(event("ValidatorSlashed", validator=ALICE))
    core.apply(event("Halted", height=1, reason=1))
    assert core.pinned == {8: b"\x08" * 32}
    assert core.members == core.slashed == {ALICE}
    assert core.halted


def lived(kernels: int) -> AuxiliaryState:
    """An auxiliary after so many kernels, each of two checkpoints, with a vote on every link."""
    state = AuxiliaryState(CORE)
    for height in range(1, 2 * kernels + 1):
        one, origin, block = checkpoint_hash(height), checkpoint_hash(height, 0xBB), 4 * height + 1
        vote = make_vote(height - 1, height)
        about_origin = make_vote(height - 1, height, core_id=ORIGIN_ID, target=origin)
        state.apply_all(
            [
                event("CheckpointReported", coreId=CORE_ID, height=height, blockHash=one, transitionHash=b"\x77" * 32),
                event("OriginCheckpointReported", coreId=ORIGIN_ID, height=height, blockHash=origin),
                vote_event(vote, ALICE, block=block),
                vote_event(vote, BOB, "ConflictingVote", block=block),
                vote_event(about_origin, ALICE, block=block),
                event("CheckpointJustified", block, coreId=CORE_ID, height=height, blockHash=one),
                event("CheckpointFinalised", block, coreId=CORE_ID, height=height, blockHash=one, dynasty=height),
                event("CheckpointFinalised", block, coreId=ORIGIN_ID, height=height, blockHash=origin, dynasty=height),
            ]
        )
        if height % 2 == 0:
            state.apply(kernel_stored(height // 2, KERNEL, height, {ALICE: 1} if height == 2 else {}))
    return state


def test_what_belongs_to_the_newest_kernels_is_kept() -> None:
    long, short = lived(3 * KERNELS_KEPT), lived(2 * KERNELS_KEPT)
    oldest = 2 * (2 * KERNELS_KEPT)
    for observed in (long.own, long.origin):
        assert min(observed.reported.values()) == oldest
        assert {votes[0].vote.target_height for votes in observed.links.values()} == set(range(oldest, 97))
        assert min(vote.target_height for vote, _ in observed.counted) == oldest
    assert min(signed.vote.target_height for signed in long.own.conflicting) == oldest
    assert len(long.own.links) == len(short.own.links)
    assert len(long.transitions) == len(short.transitions)


def test_what_was_in_force_is_known_twice_as_far_back() -> None:
    long = lived(4 * KERNELS_KEPT)
    oldest = 4 * (2 * 2 * KERNELS_KEPT)
    assert len(long.own.finalised) < 4 * KERNELS_KEPT * 2 - KERNELS_KEPT
    for block in (oldest + 1, oldest + 4, oldest + 5):
        height = (block - 1) // 4
        assert long.own.in_force(block) == (height, Checkpoint(checkpoint_hash(height), height))
        assert long.origin.in_force(block) == (height, Checkpoint(checkpoint_hash(height, 0xBB), height))


def test_proposals_of_meta_blocks_committed_long_ago_and_their_pins_are_let_go_of() -> None:
    state = CoreState()
    for height in range(1, PINS_KEPT + META_BLOCKS_KEPT):
        digest = height.to_bytes(32)
        state.apply_all(
            [
                kernel_opened(height, digest, block=2 * BLOCK_HASH_WINDOW + height),
                event("OriginPinned", number=8 * height, blockHash=digest),
                proposed(digest, height, any_transition(height)),
                committed(height, height, digest),
            ]
        )
    last = PINS_KEPT + META_BLOCKS_KEPT - 1
    assert {one.kernel_height for one in state.proposals.values()} == set(range(last - META_BLOCKS_KEPT, last + 1))
    assert max(state.pinned) == 8 * last
    assert len(state.pinned) == PINS_KEPT + 1
    assert len(state.commits) == last
