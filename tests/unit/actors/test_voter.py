"""A voter signs what both chains call for, once, guarded by its store; and sends it until it is public (R24)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devnet.actors.attempts import SEND_AGAIN_BLOCKS
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.behaviour import Behaviour
from devnet.actors.behaviours import behaviour_named
from devnet.actors.branches import Branches
from devnet.actors.protection import ProtectionStore
from devnet.actors.transition import transition_at
from devnet.actors.voter import Voter
from devnet.actors.watch import Seen
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.votes import SignedVote, recover
from tests.unit.actors.fakes import event, kernel_stored, make_view, make_vote, seen_chain, vote_event
from tests.unit.actors.nodes import FakeLink, chain_of

BOB = b"\xbb" * 20

MakeVoter = Callable[..., Voter]


class Recorder:
    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, kind: str, chain: str | None = None, block: int | None = None, **payload: Any) -> None:
        self.events.append((kind, payload))

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def make_voter(tmp_path: Path, recorder: Recorder) -> Iterator[MakeVoter]:
    stores: list[ProtectionStore] = []

    def make(
        view: AuxiliaryView, about_origin: bool = False, behaviour: str = "honest", links: dict[str, Any] | None = None
    ) -> Voter:
        for store in stores:
            store.close()
        core, key = view.contracts.deployment, view.devnet.validators[0].auxiliary_key
        about = core.origin_core_id if about_origin else core.core_id
        stores.append(ProtectionStore(tmp_path / f"{about_origin}.sqlite", about, domain=view.domain))
        chosen: Behaviour = behaviour_named(behaviour)
        branches = Branches(view.spec, view.contracts, links or {}, key)
        return Voter(view, about, key=key, store=stores[-1], behaviour=chosen, branches=branches, record=recorder)

    yield make
    for store in stores:
        store.close()


def prepared(length: int = 14, finalized: int = 0, reported: int = 3) -> AuxiliaryView:
    """Auxiliary reported its checkpoints, origin has 41 blocks."""
    view, _, _ = make_view(seen_chain(length), seen_chain(41, finalized=finalized))
    weights = {actor.auxiliary_key.address: actor.weight_wei for actor in view.devnet.validators}
    view.state.apply(kernel_stored(1, b"\x4b" * 32, weights=weights))
    for height in range(1, reported + 1):
        report(view, height)
    return view


def report(view: AuxiliaryView, height: int) -> None:
    core, block = view.contracts.deployment, view.chain.seen.blocks[4 * height]
    ours = transition_at(core, view.chain.seen, view.state, Checkpoint(block.hash, height), 4).hash()
    view.state.apply(
        event("CheckpointReported", coreId=core.core_id, height=height, blockHash=block.hash, transitionHash=ours)
    )


def justify(view: AuxiliaryView, height: int, origin: bool = False) -> None:
    core, chain = view.contracts.deployment, view.origin if origin else view.chain
    about = core.origin_core_id if origin else core.core_id
    digest = chain.seen.blocks[4 * height].hash
    view.state.apply(event("CheckpointJustified", coreId=about, height=height, blockHash=digest))


def send(view: AuxiliaryView, votes: list[tuple[SignedVote, tuple[str, ...]]]) -> None:
    for signed, _ in votes:
        view.attempts.sent(("vote", signed.vote.digest(view.domain)), view.chain.seen.height)


def grow(seen: Seen, count: int) -> None:
    for header in chain_of(seen.height + 1 + count, base=[block.header for block in seen.blocks])[seen.height + 1 :]:
        seen.append(header, header.hash)


def test_it_votes_from_the_justified_to_the_newest_deep_checkpoint_with_the_transition_of_the_source(
    make_voter: MakeVoter, recorder: Recorder
) -> None:
    view = prepared()
    justify(view, 1)
    voter = make_voter(view)
    ((signed, views),) = voter.due()
    blocks, core = view.chain.seen.blocks, view.contracts.deployment
    source = Checkpoint(blocks[4].hash, 1)
    assert (signed.vote.source, signed.vote.target) == (blocks[4].hash, blocks[12].hash)
    assert (signed.vote.source_height, signed.vote.target_height) == (1, 3)
    assert signed.vote.transition == transition_at(core, view.chain.seen, view.state, source, 4).hash()
    assert views == ("main",)
    assert recover(signed, view.domain) == view.devnet.validators[0].auxiliary_key.address
    assert recorder.kinds() == ["VoteSigned"]
    assert recorder.events[0][1]["digest"] == "0x" + signed.vote.digest(view.domain).hex()


def test_a_vote_is_signed_once_and_sent_again_until_it_is_public(make_voter: MakeVoter, recorder: Recorder) -> None:
    view = prepared()
    voter = make_voter(view)
    first = voter.due()
    send(view, first)
    assert voter.due() == []
    grow(view.chain.seen, SEND_AGAIN_BLOCKS)
    # A newer checkpoint is deep now, but nobody reported it: the same vote goes out again.
    assert voter.due() == first
    view.state.apply(vote_event(first[0][0].vote, first[0][0].validator))
    grow(view.chain.seen, SEND_AGAIN_BLOCKS)
    assert voter.due() == []
    assert recorder.kinds() == ["VoteSigned"]


def reorganise(view: AuxiliaryView) -> None:
    """Other blocks from 11 on, checkpoint 3 of the new branch reported."""
    view.chain.seen.forget_above(10)
    for header in chain_of(14, b"other", base=[block.header for block in view.chain.seen.blocks])[11:]:
        view.chain.seen.append(header, header.hash)
    del view.state.own.reported[next(h for h, n in view.state.own.reported.items() if n == 3)]
    report(view, 3)


def test_after_a_reorg_of_the_target_nothing_else_is_signed_at_that_height(
    make_voter: MakeVoter, recorder: Recorder
) -> None:
    view = prepared()
    voter = make_voter(view)
    send(view, voter.due())
    reorganise(view)
    assert voter.due() == []
    assert recorder.kinds() == ["VoteSigned"]


def test_a_validator_that_lost_its_store_signs_the_new_branch_too_which_is_an_offence(
    make_voter: MakeVoter, recorder: Recorder
) -> None:
    view = prepared()
    voter = make_voter(view, behaviour="amnesia")
    ((first, _),) = voter.due()
    send(view, [(first, ("main",))])
    assert voter.due() == []
    reorganise(view)
    ((second, _),) = voter.due()
    assert classify(first.vote, second.vote) is Offence.DOUBLE_VOTE
    assert recorder.kinds() == ["VoteSigned", "VoteSigned", "BehaviourTook"]


def test_a_new_process_with_the_old_store_signs_no_other_vote_at_that_height(
    make_voter: MakeVoter, recorder: Recorder
) -> None:
    view = prepared()
    first = make_voter(view).due()
    again = make_voter(view).due()
    assert again == first
    justify(view, 2)
    assert make_voter(view).due() == []


def test_without_a_link_to_vote_for_nothing_is_signed(make_voter: MakeVoter) -> None:
    assert make_voter(prepared(reported=0)).due() == []


def test_a_transition_that_the_contract_computes_differently_is_never_signed(
    make_voter: MakeVoter, recorder: Recorder
) -> None:
    """R24."""
    view = prepared()
    justify(view, 1)
    view.state.transitions[view.chain.seen.blocks[4].hash] = b"\x66" * 32
    voter = make_voter(view)
    assert voter.due() == voter.due() == []
    assert recorder.kinds() == ["TransitionDiffered"]


def test_a_slashed_validator_votes_no_more(make_voter: MakeVoter) -> None:
    view = prepared()
    view.state.apply(event("ValidatorSlashed", validator=view.devnet.validators[0].auxiliary_key.address))
    assert make_voter(view).due() == []


def observe(view: AuxiliaryView, *heights: int) -> None:
    for height in heights:
        digest = view.origin.seen.blocks[4 * height].hash
        view.state.apply(event("OriginCheckpointReported", height=height, blockHash=digest))


def test_votes_about_origin_carry_no_transition_and_only_finalized_checkpoints(make_voter: MakeVoter) -> None:
    """R30."""
    view = prepared(finalized=15)
    observe(view, 1, 2, 3, 4)
    ((signed, _),) = make_voter(view, about_origin=True).due()
    assert signed.vote.transition == bytes(32)
    assert signed.vote.core_id == view.contracts.deployment.origin_core_id
    assert (signed.vote.source_height, signed.vote.target_height) == (0, 3)


def test_an_origin_checkpoint_that_the_own_node_contradicts_is_not_signed(make_voter: MakeVoter) -> None:
    view = prepared(finalized=15)
    view.state.apply(event("OriginCheckpointReported", height=3, blockHash=b"\x99" * 32))
    assert make_voter(view, about_origin=True).due() == []


def test_links_about_origin_that_others_signed_are_signed_first(make_voter: MakeVoter) -> None:
    """R24."""
    view = prepared(finalized=15)
    observe(view, 1, 2, 3)
    blocks = view.origin.seen.blocks
    about = view.contracts.deployment.origin_core_id
    link = {"core_id": about, "transition": bytes(32), "source": blocks[0].hash, "target": blocks[8].hash}
    view.state.apply(vote_event(make_vote(0, 2, **link), BOB))
    targets = [signed.vote.target_height for signed, _ in make_voter(view, about_origin=True).due()]
    assert targets == [2, 3]


def test_a_reversal_of_origin_stops_votes_about_it_and_is_said_once(make_voter: MakeVoter, recorder: Recorder) -> None:
    """R31."""
    view = prepared(finalized=15)
    observe(view, 1, 2, 3)
    view.state.apply(
        event(
            "CheckpointJustified",
            coreId=view.contracts.deployment.origin_core_id,
            height=2,
            blockHash=b"\x99" * 32,
        )
    )
    voter = make_voter(view, about_origin=True)
    assert voter.due() == voter.due() == []
    assert recorder.kinds() == ["OriginReversed"]


def test_a_double_voter_signs_both_branches_and_says_so(make_voter: MakeVoter, recorder: Recorder) -> None:
    view = prepared()
    rival = FakeLink(chain_of(14, b"rival"))
    voter = make_voter(view, behaviour="double-vote", links={"node-1": rival})
    due = voter.due()
    assert [views for _, views in due] == [("main",), ("main", "node-1")]
    assert due[1][0].vote.target == rival.headers[12].hash
    assert recorder.kinds() == ["VoteSigned", "VoteSigned", "BehaviourTook"]
    assert recorder.events[2][1]["behaviour"] == "double-vote"
    for signed, _ in due:
        view.state.apply(vote_event(signed.vote, signed.validator))
    justify(view, 3)
    grow(view.chain.seen, 4)
    report(view, 4)
    assert [views for _, views in voter.due()] == [("main",)]
    assert recorder.kinds().count("BehaviourTook") == 1


def test_memory_copies_are_independent(make_voter: MakeVoter) -> None:
    voter = make_voter(prepared())
    before = voter.memory.copy()
    voter.due()
    assert before.signed == {}
    assert voter.memory.signed
