"""F_n, forward and rear sets, and what a commit makes of the queue (R35, R41-R44)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devnet.mosaic.quorum import Tally
from devnet.mosaic.sets import InvalidKernel, Request, ValidatorSets, open_next
from devnet.mosaic.transitions import Kernel

ALICE, BOB, CAROL, DAVE = (bytes([letter]) * 20 for letter in (0xAA, 0xBB, 0xCC, 0xDD))


def kernel(height: int, changes: dict[bytes, int]) -> Kernel:
    listed = sorted(changes.items())
    return Kernel(height, bytes(32), tuple(one for one, _ in listed), tuple(weight for _, weight in listed), 0)


def three_heights() -> ValidatorSets:
    """Alice and Bob from the start; at height 2 Carol comes, at height 3 Alice goes."""
    return ValidatorSets([kernel(1, {ALICE: 40, BOB: 30}), kernel(2, {CAROL: 50}), kernel(3, {ALICE: 0})])


def test_the_initial_set_is_forward_and_rear_of_the_first_height() -> None:
    sets = ValidatorSets([kernel(1, {ALICE: 40, BOB: 30})])
    assert sets.forward(1) == sets.rear(1) == {ALICE: 40, BOB: 30}
    assert sets.totals(1) == (70, 70)


def test_an_entrant_is_in_the_forward_set_first_and_in_the_rear_set_a_height_later() -> None:
    sets = three_heights()
    assert sets.weights(1, CAROL) == (0, 0)
    assert sets.weights(2, CAROL) == (50, 0)
    assert sets.weights(3, CAROL) == (50, 50)


def test_a_leaver_votes_on_in_the_rear_set_of_the_height_that_it_left() -> None:
    sets = three_heights()
    assert sets.weights(2, ALICE) == (40, 40)
    assert sets.weights(3, ALICE) == (0, 40)
    assert sets.votes_at(3, ALICE)
    sets.apply(kernel(4, {}))
    assert not sets.votes_at(4, ALICE)


def test_totals_are_historic_and_follow_the_sets() -> None:
    """R43."""
    sets = three_heights()
    assert [sets.total_at(height) for height in range(4)] == [70, 70, 120, 80]
    assert sets.totals(3) == (80, 120)
    assert sum(sets.forward(3).values()) == 80


def test_votes_are_weighed_in_both_sets_each_voter_once() -> None:
    assert three_heights().tally(3, [ALICE, CAROL, CAROL, DAVE]) == Tally(50, 80, 90, 120)


@pytest.mark.parametrize(
    ("height", "changes", "reason"),
    [
        (5, {}, "cannot follow kernel 3"),
        (3, {}, "cannot follow kernel 3"),
        (4, {BOB: 10}, "enters a second time"),
        (4, {ALICE: 10}, "enters a second time"),
        (4, {ALICE: 0}, "leaves without being a member"),
        (4, {DAVE: 0}, "leaves without being a member"),
    ],
    ids=["skips a height", "repeats a height", "member", "left before", "gone", "unknown"],
)
def test_a_kernel_that_does_not_fit_is_refused_and_changes_nothing(
    height: int, changes: dict[bytes, int], reason: str
) -> None:
    sets = three_heights()
    with pytest.raises(InvalidKernel, match=reason):
        sets.apply(kernel(height, {**changes, b"\xee" * 20: 99}))
    assert sets.last == 3
    assert b"\xee" * 20 not in sets.members


@pytest.mark.parametrize("validators", [(BOB, ALICE), (ALICE, ALICE)], ids=["descending", "twice"])
def test_a_kernel_lists_its_validators_ascending_and_once(validators: tuple[bytes, ...]) -> None:
    with pytest.raises(InvalidKernel, match="ascending"):
        ValidatorSets([Kernel(1, bytes(32), validators, (1, 1), 0)])


def test_a_kernel_has_a_weight_for_every_validator() -> None:
    with pytest.raises(InvalidKernel, match="1 validators and 2 weights"):
        ValidatorSets([Kernel(1, bytes(32), (ALICE,), (1, 1), 0)])


def enters(validator: bytes, weight: int = 40) -> Request:
    return Request(validator, weight)


def leaves(validator: bytes) -> Request:
    return Request(validator, 0)


def test_the_queue_is_applied_in_order_and_the_rest_waits() -> None:
    opening = open_next([enters(CAROL), leaves(BOB), enters(ALICE)], [], [], 2)
    assert opening.changes == {BOB: 0, CAROL: 40}
    assert opening.queue == (enters(ALICE),)


def test_slashed_validators_leave_first_and_without_limit() -> None:
    opening = open_next([enters(DAVE)], [CAROL, ALICE, BOB], [], 1)
    assert list(opening.changes.items()) == [(ALICE, 0), (BOB, 0), (CAROL, 0), (DAVE, 40)]
    assert opening.queue == ()


@pytest.mark.parametrize(("slashed", "void"), [([], [ALICE]), ([ALICE], [])], ids=["void", "slashed"])
def test_what_a_void_or_slashed_validator_asked_for_is_stepped_over(slashed: list[bytes], void: list[bytes]) -> None:
    opening = open_next([leaves(ALICE), enters(BOB)], slashed, void, 1)
    assert opening.changes == {BOB: 40} | dict.fromkeys(slashed, 0)
    assert opening.queue == ()


def test_at_most_four_times_as_many_entries_are_looked_at_as_may_be_applied() -> None:
    """R35."""
    waiting = [enters(bytes([number]) * 20) for number in range(4)]
    void = [request.validator for request in waiting]
    assert open_next([*waiting, enters(ALICE)], [], void, 1).changes == {}
    assert open_next([*waiting, enters(ALICE)], [], void, 1).queue == (enters(ALICE),)
    assert open_next([*waiting[1:], enters(ALICE)], [], void, 1).changes == {ALICE: 40}


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=40),
    st.integers(1, 4),
    st.sets(st.integers(0, 4), max_size=3),
)
def test_whatever_is_asked_for_the_kernels_fit_and_nothing_is_lost(
    asked: list[tuple[int, bool]], most: int, slashed: set[int]
) -> None:
    """Requests that a stake would take lead to kernels that the sets take, until the queue is empty."""
    start = {bytes([number]) * 20: 10 + number for number in range(5)}
    gone = {bytes([number]) * 20 for number in slashed}
    sets, known = ValidatorSets([kernel(1, start)]), set(start)
    queue: list[Request] = []
    leaving: set[bytes] = set()
    void: set[bytes] = set()
    for number, enter in asked:
        validator = bytes([number]) * 20
        if enter and validator not in known:
            known.add(validator)
            queue.append(enters(validator))
        elif not enter and validator in known - set(start) - void:
            void.add(validator)
        elif not enter and validator in set(start) - leaving:
            leaving.add(validator)
            queue.append(leaves(validator))
    waiting, to_go, height = tuple(queue), gone, 1
    while waiting or to_go:
        opening = open_next(waiting, to_go, void | gone, most)
        height += 1
        sets.apply(kernel(height, dict(opening.changes)))
        waiting, to_go = opening.queue, set()
    entered = {request.validator for request in queue if request.enters} - void
    assert set(sets.forward(height)) == (set(start) | entered) - leaving - gone
