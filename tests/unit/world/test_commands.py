"""What a running world is asked to do, on chains that only pretend."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from devnet.chain.worker import Worker
from devnet.world.commands import Commands


class FakeChain:
    """Moves in its worker alone, as every chain does."""

    def __init__(self) -> None:
        self.worker = Worker("origin")
        self.later = self.worker.later
        self.height = 10
        self.left: list[tuple[int, bool]] = []

    def mine(self) -> None:
        self.height += 1

    def reorg(self, depth: int, past_finality: bool) -> None:
        self.left.append((self.height - depth, past_finality))


@pytest.fixture
def chain() -> Iterator[FakeChain]:
    made = FakeChain()
    yield made
    made.worker.close()


def commands(chain: FakeChain) -> Commands:
    running: Any = SimpleNamespace(chains={"origin": chain}, take_over=lambda: None)
    return Commands(running, driver=None, casting=None, links=None, directory=Path())  # type: ignore[arg-type]


def test_a_depth_is_worked_out_when_no_block_can_come_in_between(chain: FakeChain) -> None:
    """A timer's block was on its way when the reorg was asked for: the fork stays where it was meant to be."""
    may_mine = threading.Event()
    chain.later(may_mine.wait)
    chain.later(chain.mine)
    asked = threading.Thread(target=lambda: commands(chain).reorg("origin", lambda: chain.height - 7, True))
    asked.start()
    may_mine.set()
    asked.join(5)
    assert (chain.height, chain.left) == (11, [(7, True)])


def test_a_depth_in_blocks_is_taken_as_it_is(chain: FakeChain) -> None:
    commands(chain).reorg("origin", 2, False)
    assert chain.left == [(8, False)]
