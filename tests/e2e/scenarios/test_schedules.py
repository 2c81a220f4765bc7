"""Below a third nothing conflicting is ever finalised, in any schedule tried (R21, R24).

A schedule is drawn from its number: who runs twice, who is on which branch and when it sees the other one, who hears
nothing for a while. ``DEVNET_SCHEDULES=200`` tries that many instead of a few.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from itertools import combinations

import pytest

from devnet.chain.block import MAIN
from devnet.checks import CHECKS, Verdict, run_check
from devnet.faults.partition import Partition
from devnet.mosaic.quorum import is_third
from devnet.world.serving import Serving
from devnet.world.world import World

pytestmark = pytest.mark.geth

SCHEDULES = int(os.environ.get("DEVNET_SCHEDULES", "4"))
ROUNDS = 6
"""Times that somebody moves while the chain is split; a round is up to one epoch and a half."""
AFTERWARDS = 14
"""Blocks after the split: everybody's votes get around, and offences are shown."""
HOLD = ("S1", "S3", "S4", "S5", "S6", "S10")
AUXILIARY = "auxiliary-1"
MANIFEST = """
name: schedules
mode: lockstep
runtime: process
chains:
  - role: origin
  - role: auxiliary
    nodes: 2
validators:
  - weight: 40
  - weight: 38
  - weight: 36
  - weight: 34
  - weight: 20
fishermen: 1
parameters:
  minimum_stake: 20
"""


@pytest.fixture
def world(run_network: Callable[[str], Serving]) -> World:
    return run_network(MANIFEST).world


def small_sets(world: World) -> list[tuple[str, ...]]:
    """Everybody and every pair that has less than a third of the weight."""
    weights = {one.name: one.weight_wei for one in world.devnet.validators}
    total = sum(weights.values())
    sets = [names for count in (1, 2) for names in combinations(weights, count)]
    return [names for names in sets if not is_third(sum(weights[name] for name in names), total)]


def play(world: World, rng: random.Random) -> None:
    """One schedule, to its end."""
    twins: Sequence[str] = rng.choice(small_sets(world))
    honest = [one.name for one in world.devnet.validators if one.name not in twins]
    partition = Partition(AUXILIARY, tuple(rng.sample(honest, rng.randrange(1, len(honest)))))
    partition.inject(world)
    views = (MAIN, partition.branch.view)
    for twin in twins:
        world.twin(twin, AUXILIARY, partition.branch.view)
    for _ in range(ROUNDS):
        world.step(rng.randrange(1, 7))
        policy = world.link(rng.choice(honest), AUXILIARY).policy
        policy.view, policy.cut = rng.choice(views), rng.random() < 0.2
    for name in world.actors:
        policy = world.link(name, AUXILIARY).policy
        policy.view, policy.cut = MAIN, False
    partition.branch.heal(world)
    world.step(AFTERWARDS)


def test_twins_below_a_third_bring_about_no_conflict_in_any_schedule(world: World) -> None:
    mark = world.mark()
    offences = finalised = 0
    for number in range(SCHEDULES):
        play(world, random.Random(number))
        verdicts = [run_check(CHECKS[name], world.devnet, world.history) for name in HOLD]
        assert [one for one in verdicts if one.verdict is not Verdict.PASSED] == [], f"schedule {number}"
        assert run_check(CHECKS["S7"], world.devnet, world.history).verdict is not Verdict.FAILED, f"schedule {number}"
        offences += len(world.history.effective_events("OffenceDetected"))
        finalised += len(world.history.effective_events("CheckpointFinalised"))
        world.rewind(mark)
    # The twins must have offended and the rest gone on, or the schedules say little.
    assert offences >= SCHEDULES // 2
    assert finalised >= 3 * SCHEDULES
