"""What is owed to whom, from the events of Rewards and of the polling place (R75, R76)."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.actors import earnings
from devnet.actors.auxiliary_state import AuxiliaryState
from devnet.contracts.handle import DecodedEvent
from tests.unit.actors.fakes import CORE, ORIGIN_ID, digest_of, event, kernel_stored, make_vote, vote_event

ALICE, BOB, CAROL = b"\xaa" * 20, b"\xbb" * 20, b"\xcc" * 20
KERNEL = b"\x4b" * 32


def started(weights: dict[bytes, int] | None = None) -> AuxiliaryState:
    state = AuxiliaryState(CORE)
    state.apply(kernel_stored(1, KERNEL, weights=weights or {ALICE: 3, BOB: 2, CAROL: 2}))
    return state


def settled(source: int, income: int, kernel_height: int = 1, **changes: Any) -> DecodedEvent:
    digest = digest_of(make_vote(source, source + 1, **changes))
    return event(
        "LinkSettled",
        contract="Rewards",
        targetHeight=source + 1,
        digest=digest,
        kernelHeight=kernel_height,
        income=income,
    )


def test_voters_of_a_settled_link_earn_by_weight_rounded_down() -> None:
    state = started()
    state.apply_all([vote_event(make_vote(1, 2), ALICE), vote_event(make_vote(1, 2), BOB), settled(1, 100)])
    assert state.earnings.unclaimed == {ALICE: {2: 42}, BOB: {2: 28}}


def test_a_late_vote_earns_and_a_vote_for_another_link_or_about_origin_does_not() -> None:
    state = started()
    rival = make_vote(0, 2)
    about_origin = make_vote(1, 2, core_id=ORIGIN_ID)
    state.apply_all([vote_event(make_vote(1, 2), ALICE), settled(1, 100)])
    state.apply_all([vote_event(rival, BOB), vote_event(about_origin, BOB), vote_event(make_vote(1, 2), CAROL)])
    assert state.earnings.unclaimed == {ALICE: {2: 42}, CAROL: {2: 28}}


def test_whoever_left_or_came_with_the_kernel_counts_once_in_the_weight_of_both_sets() -> None:
    state = started()
    state.apply(kernel_stored(2, KERNEL, weights={CAROL: 0, b"\xdd" * 20: 5}))
    state.apply_all([vote_event(make_vote(1, 2), ALICE), vote_event(make_vote(1, 2), CAROL), settled(1, 120, 2)])
    # Alice 3, Bob 2, Carol 2 on her way out, the newcomer 5: 12 in all.
    assert state.earnings.unclaimed == {ALICE: {2: 30}, CAROL: {2: 20}}


def test_claims_and_payments_are_kept_by_validator() -> None:
    state = started()
    state.apply_all([vote_event(make_vote(1, 2), ALICE), settled(1, 100)])
    state.apply(event("ShareClaimed", contract="Rewards", validator=ALICE, targetHeight=2, share=42))
    state.apply(event("RewardPaid", contract="Rewards", validator=ALICE, amount=20, held=22))
    assert state.earnings.unclaimed == {ALICE: {}}
    assert (state.earnings.held(ALICE), state.earnings.payable(ALICE), state.earnings.payable(ALICE, 58)) == (22, 0, 29)
    state.apply(event("WithdrawalProven", contract="Rewards", validator=ALICE, originHeight=4))
    assert state.earnings.payable(ALICE) == 22


def test_the_shares_of_a_slashed_validator_stay_with_the_contract() -> None:
    state = started()
    state.apply_all([vote_event(make_vote(1, 2), ALICE), settled(1, 100), vote_event(make_vote(2, 3), ALICE)])
    state.apply(event("ValidatorSlashed", validator=ALICE))
    state.apply(settled(2, 100))
    assert state.earnings.unclaimed == {}


def test_of_very_many_unclaimed_shares_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earnings, "SHARES_KEPT", 3)
    state = started()
    for height in range(1, 6):
        state.apply_all([vote_event(make_vote(height, height + 1), ALICE), settled(height, 100)])
    assert sorted(state.earnings.unclaimed[ALICE]) == [4, 5, 6]
