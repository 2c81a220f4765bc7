"""Turns rotate, others step in after a while, and what does not arrive is sent again (R83)."""

from __future__ import annotations

import pytest

from devnet.actors.attempts import MOST_TURNS, SEND_AGAIN_BLOCKS, STEP_IN_BLOCKS, Attempts, turn


def test_exactly_one_validator_goes_first_at_every_height_and_all_take_turns() -> None:
    """R83."""
    firsts = []
    for height in range(8):
        turns = [turn(position, 4, height, seed=3) for position in range(4)]
        assert sorted(turns) == [0, 1, 2, 3]
        firsts.append(turns.index(0))
    assert set(firsts) == {0, 1, 2, 3}


def test_the_seed_decides_who_begins() -> None:
    assert turn(0, 4, 0, seed=0) != turn(0, 4, 0, seed=1)


def test_the_first_in_turn_may_send_at_once_and_the_others_only_later() -> None:
    """R83."""
    first, third = Attempts(), Attempts()
    assert first.may_send("report", 10)
    assert not third.may_send("report", 10, after_turns=2)
    assert not third.may_send("report", 10 + 2 * STEP_IN_BLOCKS - 1, after_turns=2)
    assert third.may_send("report", 10 + 2 * STEP_IN_BLOCKS, after_turns=2)


def test_nobody_waits_longer_than_a_few_turns() -> None:
    attempts = Attempts()
    assert not attempts.may_send("report", 10, after_turns=200)
    assert attempts.may_send("report", 10 + MOST_TURNS * STEP_IN_BLOCKS, after_turns=200)


def test_what_was_sent_is_sent_again_only_after_some_blocks() -> None:
    attempts = Attempts()
    assert attempts.may_send("report", 10)
    attempts.sent("report", 10)
    assert not attempts.may_send("report", 10)
    assert not attempts.may_send("report", 10 + SEND_AGAIN_BLOCKS - 1)
    assert attempts.may_send("report", 10 + SEND_AGAIN_BLOCKS)
    assert attempts.may_send("another", 10)


def test_after_a_reorg_to_a_lower_height_the_wait_starts_anew() -> None:
    attempts = Attempts()
    attempts.may_send("report", 10)
    attempts.sent("report", 10)
    assert attempts.may_send("report", 9)
    assert not attempts.may_send("report", 9, after_turns=1)


def test_a_copy_does_not_change_with_the_original() -> None:
    attempts = Attempts()
    attempts.sent("report", 10)
    copy = attempts.copy()
    attempts.sent("report", 20)
    assert copy.may_send("report", 10 + SEND_AGAIN_BLOCKS)


@pytest.mark.parametrize("count", [5_000])
def test_memory_stays_bounded(count: int) -> None:
    attempts = Attempts()
    for number in range(count):
        attempts.sent(number, number)
    assert len(attempts.known) == 1_000
    assert not attempts.may_send(count - 1, count)
