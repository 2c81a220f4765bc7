"""Origin reorganises below what validators have signed about it.

Goal: to have auxiliary chains act on a block that origin then takes back. Defence: validators sign about origin
only what origin itself calls finalized (R30). Defence off: validators that sign blocks a few deep, as bridges used
to; the same reorg then leaves the auxiliary chain with a finalised checkpoint that origin does not have, and all
that an honest validator can still do is to stop and say so (R31). A fisherman proves to the core that a quorum signed
what origin took back; the core halts, and every stake can leave (R40). The third arm shows the same for a reorg past
origin's own finality, against honest validators; in the fourth there is no fisherman, and a validator proves it.
"""

from __future__ import annotations

from devnet.actors.behaviours import Shallow
from devnet.chain.chain import Chain
from devnet.config.network import Devnet
from devnet.faults.base import World
from devnet.history import History
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.ends import halted_in
from devnet.scenarios.leaving import leave_halted, withdrawn

BLOCKS = 40
SETTLED = 3
"""Checkpoints of origin that are final on auxiliary before the reorg."""
VALIDATORS = ("validator-1", "validator-2", "validator-3", "validator-4")


def _observed(history: History) -> int:
    """Highest checkpoint of origin that is final on an auxiliary."""
    heights = [
        int(str(event.payload["height"]))
        for event in history.effective_events("CheckpointFinalised")
        if event.payload["contract"] == "OriginObserver"
    ]
    return max(heights, default=0)


def _confirmed(history: History) -> int | None:
    """Checkpoint of origin under which the stake that is in flight was confirmed on auxiliary."""
    confirmed = history.effective_events("StakeConfirmed")
    return int(str(confirmed[-1].payload["originHeight"])) if confirmed else None


def _reorg(world: World, is_ahead: bool = False) -> tuple[str, ...]:
    """Reorganise origin down to its finalised block; ``is_ahead``: once auxiliary calls a later one final."""
    origin = world.chains[world.devnet.origin.name]

    def is_due() -> bool:
        observed = _observed(world.history)
        return observed >= SETTLED and (not is_ahead or observed * origin.spec.epoch_length > _finalised(origin))

    if not world.run_until(is_due, BLOCKS):
        return (f"expected {SETTLED} checkpoints of origin to be final on auxiliary, found {_observed(world.history)}",)
    world.reorg(origin.spec.name, lambda: origin.head.number - _finalised(origin))
    return _unless_reorganised(world)


def _reorg_past_finality(world: World) -> tuple[str, ...]:
    """Reorganise origin past its finalised block, below the root under which a stake was confirmed."""
    if not world.run_until(lambda: _confirmed(world.history) is not None, BLOCKS):
        return ("expected the stake in flight to be confirmed on auxiliary, it was not",)
    origin, epoch = world.chains[world.devnet.origin.name], world.devnet.origin.epoch_length
    shown = (_confirmed(world.history) or 0) * epoch

    def depth() -> int:
        return origin.head.number - max(min(shown - 1, _finalised(origin) - 2 * epoch), 0)

    world.reorg(origin.spec.name, depth, past_finality=True)
    return _unless_reorganised(world)


def _finalised(origin: Chain) -> int:
    return origin.tree.block(origin.view().finalised).number


def _unless_reorganised(world: World) -> tuple[str, ...]:
    origin = world.devnet.origin.name
    reorgs = [event for event in world.history.effective_events("Reorged") if event.chain == origin]
    return () if reorgs else ("expected origin to be reorganised, nothing was abandoned",)


def _reorg_and_leave(world: World) -> tuple[str, ...]:
    """Past finality; then the core halts, and everybody takes its stake home."""
    return _reorg_past_finality(world) or leave_halted(world, VALIDATORS)


def _went_on(devnet: Devnet, history: History) -> bool:
    """Origin's checkpoints above those of before the reorg are final on auxiliary, and nobody raised an alarm."""
    alarmed = history.effective_events("OriginReversed")
    return _observed(history) > SETTLED + 2 and not alarmed and halted_in(history) is None


def _stopped(devnet: Devnet, history: History) -> bool:
    """Every validator stopped voting about origin, and said so."""
    alarmed = {event.actor for event in history.effective_events("OriginReversed")}
    return alarmed >= {validator.name for validator in devnet.validators}


def _stopped_and_halted(devnet: Devnet, history: History) -> bool:
    return _stopped(devnet, history) and halted_in(history) is not None


def _stopped_and_left(devnet: Devnet, history: History) -> bool:
    return _stopped_and_halted(devnet, history) and withdrawn(VALIDATORS)(devnet, history)


SCENARIO = Scenario(
    name="origin-reorg",
    summary="origin takes back blocks that auxiliary chains were told of",
    source="paper 2.1 theorem 2; protocol R30, R31, R40; catalogue F01o, F02o",
    manifest="halts",
    checks=("S1", "S3", "S11"),
    arms=(
        Arm(name="attack", play=_reorg, done=_went_on, blocks=BLOCKS),
        Arm(
            name="defence off",
            behaviours={name: Shallow.name for name in VALIDATORS},
            # Whether a stake were confirmed just before the reorg would be chance in live mode.
            absent=("facilitator",),
            play=lambda world: _reorg(world, is_ahead=True),
            done=_stopped_and_halted,
            blocks=BLOCKS,
            fails=("S11",),
        ),
        Arm(
            name="past finality",
            play=_reorg_and_leave,
            done=_stopped_and_left,
            blocks=BLOCKS,
            fails=("S11", "G9"),
        ),
        Arm(
            name="no fisherman",
            absent=("fisherman",),
            play=_reorg_past_finality,
            done=_stopped_and_halted,
            blocks=BLOCKS,
            fails=("S11", "G9"),
        ),
        Arm(name="honest control", done=_went_on, blocks=BLOCKS),
    ),
)
"""The card."""
