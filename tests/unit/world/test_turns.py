"""One declaration of an account at a time, whoever asks and from whatever thread."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from devnet.errors import ChainError, UsageError
from devnet.mosaic.transfers import Direction
from devnet.world.turns import Turns

ALICE = ("TKN", Direction.STAKE, b"\xa1" * 20)
BOB = ("TKN", Direction.STAKE, b"\xb0" * 20)


def test_the_second_of_two_at_once_is_refused_and_others_are_not() -> None:
    """R66: two that are equal would be one message, and both would think that it is theirs."""
    turns, entered, leave = Turns(lambda message: False), Event(), Event()

    def slowly() -> str:
        entered.set()
        assert leave.wait(5)
        return "0x01"

    first = Thread(target=turns.take, args=(ALICE, slowly))
    first.start()
    assert entered.wait(5)
    with pytest.raises(UsageError, match=r"transfer of 0xa1a1.* is being declared.*\(R66\): wait for it"):
        turns.take(ALICE, lambda: "0x02")
    assert turns.take(BOB, lambda: "0x03") == "0x03"
    leave.set()
    first.join()
    assert turns.take(ALICE, lambda: "0x04") == "0x04"


def test_the_turn_is_taken_until_a_block_has_the_declaration() -> None:
    pending = {"0x01"}
    turns = Turns(pending.__contains__)
    turns.take(ALICE, lambda: "0x01")
    with pytest.raises(UsageError):
        turns.take(ALICE, lambda: "0x02")
    pending.clear()
    assert turns.take(ALICE, lambda: "0x02") == "0x02"


def test_a_declaration_that_failed_leaves_the_turn_free() -> None:
    turns = Turns(lambda message: True)

    def fail() -> str:
        raise ChainError("no")

    with pytest.raises(ChainError):
        turns.take(ALICE, fail)
    assert turns.take(ALICE, lambda: "0x01") == "0x01"
