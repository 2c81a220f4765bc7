"""Chains that nobody looked at for long go on where they were: what a chain itself forgot is brought back (R25, R32).

A contract sees 256 blocks back by itself, and 8,191 by the system contract of EIP-2935. The short gap is beyond the
first; ``DEVNET_LONG=1`` makes one beyond the second, too, which takes some minutes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from devnet.checks import CHECKS, Verdict, run_check
from devnet.history import Event
from devnet.mosaic.headers import BLOCK_HASH_WINDOW
from devnet.world.serving import Serving
from devnet.world.world import World

pytestmark = pytest.mark.geth

OPCODE_WINDOW = 256
AUXILIARY = "auxiliary-1"
MANIFEST = """
name: gaps
runtime: process
mode: lockstep
chains:
  - role: origin
    epoch: 2
  - role: auxiliary
    epoch: 2
validators: 4
parameters:
  commit_every: 1
  commit_window: 2
  evidence_period: 20
  withdrawal_delay: 30
"""
HOLD = ("S1", "S3", "S4", "S5", "S6", "S10", "S11")


@pytest.fixture
def world(run_network: Callable[[str], Serving]) -> World:
    return run_network(MANIFEST).world


def events(world: World, kind: str) -> list[Event]:
    return world.history.events(kind)


def number(event: Event, key: str) -> int:
    return int(str(event.payload[key]))


def is_prepared(world: World) -> bool:
    """Whether the next kernel is there, and what auxiliary knows of origin is pinned."""
    observed = [one for one in events(world, "CheckpointFinalised") if one.payload["contract"] == "OriginObserver"]
    pinned = {one.payload["blockHash"] for one in events(world, "OriginPinned")}
    stored = max((number(one, "height") for one in events(world, "KernelStored")), default=0)
    return stored == 3 and bool(observed) and observed[-1].payload["blockHash"] in pinned


def cut_off(world: World, is_cut: bool) -> None:
    """Nobody hears of origin, or everybody does again."""
    for name in world.actors:
        world.link(name, "origin").policy.cut = is_cut


def go_on_after(world: World, gap: int, blocks: int) -> None:
    """Both chains grow by a gap that nobody sees; then what was due before is committed, and more."""
    committed = world.running.finality.committed
    assert world.run_until(lambda: is_prepared(world), 100)
    before = world.history.sequence
    cut_off(world, True)
    # Auxiliary goes on: checkpoints under the new kernel become final, which name what was pinned.
    world.step(16)
    heads = {name: chain.head.number for name, chain in world.chains.items()}
    for name in world.chains:
        world.mine(name, gap)
    cut_off(world, False)
    reached = committed[AUXILIARY]
    assert world.run_until(lambda: committed[AUXILIARY] == reached + 2, blocks), committed
    proposed: Any = next(one for one in events(world, "Proposed") if one.sequence > before)
    known = {one.payload["blockHash"]: number(one, "height") for one in events(world, "OriginCheckpointReported")}
    named = 2 * known[proposed.payload["transition"]["originCheckpoint"]]
    is_pinned = any(number(one, "number") == named for one in events(world, "OriginPinned"))
    # What was due before the gap is proposed first, unless origin forgot what it names and nobody had pinned it.
    assert named < heads["origin"] or gap >= BLOCK_HASH_WINDOW
    assert named > heads["origin"] or gap < BLOCK_HASH_WINDOW or is_pinned
    # Every single checkpoint was reported: a transition counts the gas and the transactions of all blocks.
    reported = {number(one, "height") for one in events(world, "CheckpointReported")}
    assert reported == set(range(1, max(reported) + 1))
    assert max(reported) * 2 > heads[AUXILIARY] + gap
    verdicts = [run_check(CHECKS[name], world.devnet, world.history) for name in HOLD]
    assert [one for one in verdicts if one.verdict is not Verdict.PASSED] == []


def test_a_gap_beyond_what_contracts_see_by_themselves_is_no_end(world: World) -> None:
    go_on_after(world, OPCODE_WINDOW + 8, 60)


@pytest.mark.skipif(not os.environ.get("DEVNET_LONG"), reason="makes 17,000 blocks: set DEVNET_LONG=1")
@pytest.mark.timeout(3_600)
def test_a_gap_beyond_what_the_chains_remember_is_no_end(world: World) -> None:
    go_on_after(world, BLOCK_HASH_WINDOW + 8, 400)
    assert events(world, "BlocksBackfilled")
