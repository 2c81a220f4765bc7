"""Quorum by weight, in integers, in both sets (R15, R40)."""

from __future__ import annotations

import pytest

from devnet.mosaic.quorum import Tally, is_quorum, is_third


@pytest.mark.parametrize(
    ("votes", "total", "expected"),
    [
        (0, 0, False),
        (1, 0, False),
        (0, 1, False),
        (1, 1, True),
        (2, 3, True),
        (1, 3, False),
        (2, 4, False),
        (3, 4, True),
        (3, 5, False),
        (4, 5, True),
        (4, 7, False),
        (5, 7, True),
        (5, 8, False),
        (6, 8, True),
        (6, 10, False),
        (7, 10, True),
        (7, 11, False),
        (8, 11, True),
        (66, 100, False),
        (67, 100, True),
        (2 * 10**38, 3 * 10**38, True),
        (2 * 10**38 - 1, 3 * 10**38, False),
    ],
)
def test_two_thirds_never_rounds_down(votes: int, total: int, expected: bool) -> None:
    """R15."""
    assert is_quorum(votes, total) is expected


@pytest.mark.parametrize(
    ("weight", "total", "expected"),
    [(0, 0, False), (0, 3, False), (1, 3, True), (1, 4, False), (2, 4, True), (33, 100, False), (34, 100, True)],
)
def test_a_third_counts_when_exactly_reached(weight: int, total: int, expected: bool) -> None:
    assert is_third(weight, total) is expected


def test_the_default_weights_need_three_of_four() -> None:
    weights = (40, 38, 36, 34)
    assert all(not is_third(weight, sum(weights)) for weight in weights)
    assert all(is_quorum(sum(weights) - weight, sum(weights)) for weight in weights)
    assert not is_quorum(40 + 38, sum(weights))


@pytest.mark.parametrize(
    ("tally", "expected"),
    [
        (Tally(2, 3, 2, 3), True),
        (Tally(1, 3, 3, 3), False),
        (Tally(3, 3, 1, 3), False),
        (Tally(0, 0, 3, 3), False),
        (Tally(3, 3, 0, 0), False),
    ],
    ids=["both", "rear-only", "forward-only", "empty-forward", "empty-rear"],
)
def test_both_sets_must_agree(tally: Tally, expected: bool) -> None:
    assert tally.has_quorum() is expected


@pytest.mark.parametrize(
    ("tally", "expected"),
    [(Tally(1, 3, 0, 3), True), (Tally(0, 3, 1, 3), True), (Tally(1, 4, 1, 4), False)],
    ids=["forward", "rear", "neither"],
)
def test_a_third_slashed_in_either_set_halts(tally: Tally, expected: bool) -> None:
    """R40."""
    assert tally.must_halt() is expected
