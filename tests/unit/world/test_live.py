"""Timers of the live driver: a deadline stays where it is, whoever pauses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from devnet.world.live import Deadline, Live


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class FakeChain:
    """Counts the blocks that are asked of it."""

    halted = False

    def __init__(self, period_s: int) -> None:
        self.spec = SimpleNamespace(name="origin", block_time_s=period_s)
        self.made = 0
        self.block = threading.Event()

    def later(self, act: Callable[[], Any]) -> Future[None]:
        self.made += 1
        self.block.set()
        done: Future[None] = Future()
        done.set_result(None)
        return done


def live(chain: FakeChain, clock: FakeClock) -> Live:
    running: Any = SimpleNamespace(chains={"origin": chain}, cast={}, take_over=lambda: None)
    return Live(running, lambda who, error: pytest.fail(f"{who}: {error}"), clock)


def test_a_deadline_missed_is_dropped_and_the_next_keeps_the_beat() -> None:
    clock = FakeClock()
    deadline = Deadline(2, clock)
    assert deadline.left_s() == 2
    clock.now_s += 7
    assert deadline.left_s() == 0
    deadline.next()
    assert deadline.left_s() == 1


def test_a_deadline_met_late_is_followed_by_a_short_wait() -> None:
    clock = FakeClock()
    deadline = Deadline(2, clock)
    clock.now_s += 2.5
    deadline.next()
    assert deadline.left_s() == 1.5


def test_whoever_pauses_all_the_time_does_not_stop_the_chain() -> None:
    clock, chain = FakeClock(), FakeChain(period_s=1)
    driver = live(chain, clock)
    for _ in range(10):
        driver.start()
        driver.stop()
        clock.now_s += 0.5
    # Five seconds went by, the last half of one after the last time that anything could move.
    assert chain.made == 4


def test_nothing_moves_in_a_pause_and_what_it_missed_is_made_once() -> None:
    clock, chain = FakeClock(), FakeChain(period_s=1)
    driver = live(chain, clock)
    driver.start()
    driver.stop()
    clock.now_s += 60
    assert chain.made == 0
    driver.start()
    assert chain.block.wait(10)
    driver.stop()
    assert chain.made == 1


def test_a_halted_chain_makes_no_block_when_its_time_comes() -> None:
    clock, chain = FakeClock(), FakeChain(period_s=1)
    chain.halted = True
    driver = live(chain, clock)
    for _ in range(4):
        driver.start()
        driver.stop()
        clock.now_s += 1
    assert chain.made == 0
