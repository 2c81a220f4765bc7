"""Twins of more than a third of the weight finalise two branches of one auxiliary chain.

Each twin is two unmodified validators with one key, one on either side of a partition; each is honest in what
it sees, and neither knows the other's votes. With a part of the honest weight on each side both reach a quorum.
Defence: none that prevents it, and none is promised; but whoever reads both branches afterwards has evidence of
at least a third of the weight, and origin takes it (Casper FFG, theorem 1; Lemma 1). At a third slashed the core
halts (R40), upon which every honest stake can leave, and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from devnet.chain.block import MAIN
from devnet.config.network import Devnet
from devnet.faults.base import World
from devnet.faults.partition import Partition
from devnet.history import History
from devnet.mosaic.quorum import is_quorum
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.ends import slashed_and_halted
from devnet.scenarios.leaving import leave_halted, stays_slashed, withdrawn

BLOCKS = 48
"""Origin blocks in which both sides have finalised, with room: seen 12."""

AFTERWARDS = 24
"""Origin blocks after the sides joined in which the fisherman has shown everything."""


def sides(weights: Mapping[str, int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Twins, and honest validators of the far side, with which both sides of a partition reach a quorum.

    As few twins as possible, the heaviest first; a third of the weight is the least with which it can be done
    (R21), more if the others cannot be divided evenly enough.
    """
    total = sum(weights.values())
    order = sorted(weights, key=lambda name: (-weights[name], name))
    for count in range(1, len(order)):
        twins, honest = order[:count], order[count:]
        both = sum(weights[name] for name in twins)
        for apart in _subsets(honest, weights):
            far = both + sum(weights[name] for name in apart)
            if apart and is_quorum(far, total) and is_quorum(total + both - far, total):
                return tuple(twins), apart
    raise ValueError(f"no {len(weights)} weights can be divided so that both sides reach a quorum")


def _subsets(names: Sequence[str], weights: Mapping[str, int]) -> Iterable[tuple[str, ...]]:
    """One subset for every sum of weights that can be reached, proper subsets only."""
    by_sum: dict[int, tuple[str, ...]] = {0: ()}
    for name in names:
        for reached, subset in list(by_sum.items()):
            by_sum.setdefault(reached + weights[name], (*subset, name))
    return [subset for subset in by_sum.values() if len(subset) < len(names)]


def card(manifest: str, twins: Sequence[str], apart: Sequence[str]) -> Scenario:
    """The card for a network in which these are twins and these honest ones are on the far side."""
    return Scenario(
        name="conflicting-finality",
        summary="more than a third of the weight runs twice, on both sides of a partition, and both sides finalise",
        source="Casper FFG theorem 1; paper 2.1 theorem 3; protocol R21, R40; catalogue B04",
        manifest=manifest,
        checks=("S1", "S2", "S3", "S7"),
        arms=(
            Arm(
                name="attack",
                play=partial(_split_and_leave, twins=twins, apart=apart),
                done=_honest_left(twins),
                blocks=AFTERWARDS,
                slashed=tuple(twins),
            ),
            Arm(
                name="defence off",
                absent=("fisherman",),
                play=partial(_split, twins=twins, apart=apart),
                blocks=AFTERWARDS // 2,
                fails=("S2", "S7"),
            ),
            Arm(name="honest control", play=partial(_split, twins=(), apart=apart), blocks=AFTERWARDS),
        ),
    )


def _split(world: World, twins: Sequence[str], apart: Sequence[str]) -> tuple[str, ...]:
    """Partition auxiliary until every side that can has finalised: both with twins, without them only one."""
    auxiliary = world.devnet.auxiliaries[0]
    partition = Partition(auxiliary.name, tuple(apart))
    partition.inject(world)
    try:
        for twin in twins:
            world.twin(twin, auxiliary.name, partition.branch.view)
        fork = partition.branch.fork_height // auxiliary.epoch_length
        views = (MAIN, partition.branch.view) if twins else (MAIN,)
        reached = world.run_until(lambda: all(_finalised(world.history, view) > fork for view in views), BLOCKS)
        effect = partition.effect(world)
        missing = () if reached else (f"{auxiliary.name}: expected finality on {' and '.join(views)} after the split",)
        return missing if effect.observed else (*missing, effect.evidence)
    finally:
        partition.heal(world)


def _split_and_leave(world: World, twins: Sequence[str], apart: Sequence[str]) -> tuple[str, ...]:
    """Afterwards the twins are slashed and the core halts; then everybody asks for its stake."""
    missing = _split(world, twins, apart)
    if missing:
        return missing
    settled = slashed_and_halted(twins)
    if not world.run_until(lambda: settled(world.devnet, world.history), AFTERWARDS):
        return (f"expected {', '.join(twins)} to be slashed and the core to halt within {AFTERWARDS} blocks",)
    honest = [validator.name for validator in world.devnet.validators if validator.name not in twins]
    return (*leave_halted(world, honest), *(text for twin in twins for text in stays_slashed(world, twin)))


def _honest_left(twins: Sequence[str]) -> Callable[[Devnet, History], bool]:
    """All but the twins got their stakes back."""

    def came_about(devnet: Devnet, history: History) -> bool:
        honest = [validator.name for validator in devnet.validators if validator.name not in twins]
        return withdrawn(honest)(devnet, history)

    return came_about


def _finalised(history: History, view: str) -> int:
    """Highest checkpoint of its own that an auxiliary finalised on a view."""
    return max(
        (
            int(str(event.payload["height"]))
            for event in history.effective_events("CheckpointFinalised")
            if event.payload["view"] == view and event.payload["contract"] == "AuxiliaryBlockStore"
        ),
        default=0,
    )


SCENARIO = card("halts", ("validator-1", "validator-2"), ("validator-4",))
"""The card for four validators: 78 of 148 tokens twice, 36 and 34 on one side each."""
