"""What a fisherman reports of meta-blocks that passed over a checkpoint, and what it leaves alone (R37, R38)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.gas_rule import GasRule, Violation, finality_word, violations
from devnet.actors.structs import kernel_of
from devnet.actors.transition import transition_at
from devnet.errors import RpcError, TransportError
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.slots import BLOCK_STORE_CHECKPOINT_HASH, BLOCK_STORE_FINALITY, mapping_slot
from devnet.mosaic.transitions import Transition
from tests.unit.actors.fakes import (
    calls_in,
    event,
    kernel_opened,
    kernel_stored,
    kernel_struct,
    make_view,
    make_vote,
    proposed,
    seen_chain,
    vote_event,
)
from tests.unit.actors.nodes import FakeLink
from tests.unit.actors.told import Told
from tests.unit.actors.tries import proof_of

GAS_USED = 100
DUE = 3
"""The first checkpoint that reaches the gas target."""
GAS_TARGET = GAS_USED * 4 * DUE
COMMITTED = 6
VOTERS = (b"\xaa" * 20, b"\xbb" * 20, b"\xcc" * 20)


def prepared(
    gas_target: int = GAS_TARGET, committed: int = COMMITTED, **changes: Any
) -> tuple[AuxiliaryView, FakeLink]:
    """Auxiliary finalised every checkpoint up to 9, each recorded 7 blocks after it; origin committed one of them."""
    view, _, to_origin = make_view(seen_chain(61, GAS_USED), seen_chain(61))
    kernel = kernel_of(kernel_struct(1, gas_target=gas_target))
    view.state.apply(kernel_stored(1, kernel.hash()))
    view.core.apply(kernel_opened(1, kernel.hash(), gas_target))
    for height in range(1, 10):
        finalise(view, height, **({"recorded_in": changes["recorded_in"]} if height in changes.get("of", ()) else {}))
    commit(view, 1, committed, changes.get("target"), changes.get("state_root", bytes(32)))
    return view, to_origin


def finalise(view: AuxiliaryView, height: int, recorded_in: int | None = None) -> None:
    core = view.contracts.deployment.core_id
    block, about = recorded_in or 4 * height + 7, {"coreId": core, "blockHash": own(view, height)}
    view.state.apply(event("CheckpointFinalised", block, "PollingPlace", height=height, dynasty=height, **about))


def commit(view: AuxiliaryView, meta: int, height: int, target: bytes | None = None, root: bytes = bytes(32)) -> None:
    transition = transition_of_height(view, height)
    view.core.apply(proposed(transition.hash(), meta, transition))
    view.core.apply(
        event(
            "MetaBlockCommitted",
            height=meta,
            checkpointHeight=height,
            transitionHash=transition.hash(),
            target=target or own(view, height + 1),
            stateRoot=root,
        )
    )


def own(view: AuxiliaryView, height: int) -> bytes:
    return view.chain.seen.blocks[4 * height].hash


def transition_of_height(view: AuxiliaryView, height: int) -> Transition:
    checkpoint = Checkpoint(own(view, height), height)
    return transition_at(view.contracts.deployment, view.chain.seen, view.state, checkpoint, 4)


def vote(view: AuxiliaryView, height: int) -> None:
    wanted = transition_of_height(view, height)
    for voter in VOTERS:
        one = make_vote(
            height,
            height + 1,
            core_id=wanted.core_id,
            transition=wanted.hash(),
            source=wanted.checkpoint,
            target=own(view, height + 1),
        )
        view.state.apply(vote_event(one, voter))


def heights(view: AuxiliaryView, meta_height: int = 1) -> list[int]:
    return [one.transition.height for one in violations(view, meta_height)]


def test_every_due_checkpoint_below_the_committed_one_is_a_violation_the_lowest_first() -> None:
    view, _ = prepared()
    # Checkpoint 5 was recorded in block 27, which the committed state of block 24 does not show.
    assert heights(view) == [3, 4]


def test_exactly_the_target_is_a_violation_one_unit_less_is_none() -> None:
    assert heights(prepared(gas_target=GAS_TARGET)[0])[0] == DUE
    assert heights(prepared(gas_target=GAS_TARGET + 1)[0])[0] == DUE + 1


def test_committing_the_lowest_due_checkpoint_is_no_violation() -> None:
    assert heights(prepared(committed=DUE)[0]) == []


def test_committing_below_the_target_is_no_violation() -> None:
    assert heights(prepared(gas_target=GAS_USED * 100)[0]) == []


def test_what_was_due_under_the_kernel_before_is_not_due_again() -> None:
    view, _ = prepared(committed=DUE)
    later = kernel_of(kernel_struct(2, gas_target=GAS_USED * 4 * 4))
    view.core.apply(kernel_opened(2, later.hash(), later.gas_target))
    commit(view, 2, COMMITTED)
    assert heights(view, 2) == []


def test_a_violation_says_all_that_proves_it() -> None:
    view, _ = prepared(state_root=b"\x5a" * 32)
    vote(view, DUE)
    found = next(violations(view, 1))
    skipped = transition_of_height(view, DUE)
    assert found == Violation(
        meta_height=1,
        transition=skipped,
        origin_number=0,
        target=own(view, DUE + 1),
        signatures=(b"\x01" * 65,) * len(VOTERS),
        recorded_in=19,
        committed_height=COMMITTED,
        proven_by=1,
        proving_block=own(view, COMMITTED),
        state_root=b"\x5a" * 32,
        words=((mapping_slot(DUE, BLOCK_STORE_FINALITY), finality_word(skipped, 19)),),
    )


@pytest.mark.parametrize(("recorded_in", "found"), [(24, True), (25, False), (28, False), (29, False)])
def test_what_the_committed_state_does_not_show_is_not_provable_yet(recorded_in: int, found: bool) -> None:
    view, _ = prepared(recorded_in=recorded_in, of=(DUE,))
    assert (DUE in heights(view)) == found


@pytest.mark.parametrize(("recorded_in", "found"), [(28, True), (29, False)])
def test_a_later_meta_block_proves_what_was_recorded_up_to_the_checkpoint_after(recorded_in: int, found: bool) -> None:
    view, _ = prepared(recorded_in=recorded_in, of=(DUE,))
    commit(view, 2, 9, root=b"\x5b" * 32)
    assert (DUE in heights(view)) == found
    if found:
        violation = next(violations(view, 1))
        assert (violation.proven_by, violation.state_root) == (2, b"\x5b" * 32)
        slot = mapping_slot(COMMITTED + 1, BLOCK_STORE_CHECKPOINT_HASH)
        assert violation.words[1] == (slot, own(view, COMMITTED + 1))


def test_a_record_of_another_branch_than_the_sealed_one_proves_nothing() -> None:
    view, _ = prepared(recorded_in=28, of=(DUE,), target=b"\x66" * 32)
    commit(view, 2, 9)
    assert DUE not in heights(view)


def watching(answer_to_call: object = "0x") -> tuple[AuxiliaryView, GasRule, FakeLink, Told]:
    """A fisherman's duty where checkpoint 3 was passed over, with a node that can prove it."""
    view, to_origin = prepared(committed=DUE + 2)
    vote(view, DUE)
    (word,) = next(violations(view, 1)).words
    answer, root = proof_of(view.contracts.block_store.address, *word)
    view.core.state_roots[1] = root
    to_auxiliary, told = FakeLink([], answers={"eth_getProof": answer}), Told()
    to_origin.answers["eth_call"] = answer_to_call
    return view, GasRule(view, to_auxiliary, to_origin, told), to_origin, told


def test_a_violation_is_reported_once_with_both_proofs() -> None:
    view, rule, to_origin, told = watching()
    rule.act()
    rule.act()
    ((function, (report,)),) = calls_in(to_origin, view.contracts.evidence)
    assert function == "reportSkippedCheckpoint"
    meta_height, transition, _, target, signatures, recorded_in, proven_by, account, storage = report
    assert (meta_height, recorded_in, proven_by) == (1, 19, 1)
    assert transition == transition_of_height(view, DUE).fields()
    assert target == own(view, DUE + 1)
    assert (len(signatures), len(account), len(storage)) == (3, 1, 1)
    assert [kind for kind, _ in told.events] == ["ViolationReported"]


def test_what_origin_would_refuse_is_not_sent() -> None:
    _, rule, to_origin, told = watching(RpcError(3, "execution reverted", "0x12345678"))
    rule.act()
    assert not to_origin.sent
    assert not told.events


def test_what_was_proven_before_is_left_alone() -> None:
    view, rule, to_origin, _ = watching()
    view.core.apply(event("ViolationRecorded", height=1))
    rule.act()
    assert not to_origin.sent


@pytest.mark.parametrize(("committed_in", "sent"), [(41, False), (42, True)])
def test_nothing_is_sent_once_the_evidence_period_is_over(committed_in: int, sent: bool) -> None:
    view, rule, to_origin, _ = watching()
    view.devnet = replace(view.devnet, parameters=replace(view.devnet.parameters, evidence_period=20))
    # The next block is 61: with meta-block 2 committed in block 41 it is the first too late.
    view.core.apply(kernel_opened(3, b"\x4d" * 32, block=committed_in))
    rule.act()
    assert bool(to_origin.sent) == sent


def test_a_node_that_proves_something_else_is_trouble_and_nothing_is_sent() -> None:
    view, rule, to_origin, _ = watching()
    view.core.state_roots[1] = b"\x01" * 32
    with pytest.raises(TransportError, match="the proof of what its contract stores does not hold"):
        rule.act()
    assert not to_origin.sent


def test_the_record_depends_on_the_transition_and_the_block() -> None:
    view, _ = prepared()
    skipped = transition_of_height(view, DUE)
    words = {finality_word(one, block) for one in (skipped, replace(skipped, dynasty=9)) for block in (19, 20)}
    assert len(words) == 4
