"""All validators but one collude to pass over a due checkpoint; the honest one is late, yet in time (Theorem 4).

Goal: as in ``skipped-checkpoint``. Defence: one honest validator, cut off from origin until the colluders' proposal
is sealed. It proposes the checkpoint that was due and shows the votes that everybody cast for it, the colluders too.
Origin takes it in the other's place at any time before the commit (R34, R39), so that there is nothing to punish.
"""

from __future__ import annotations

from devnet.actors.behaviours import SkipCheckpoint
from devnet.checks.votes import number
from devnet.config.network import Devnet
from devnet.faults.base import World
from devnet.history import History
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.gas_accounts import first, mined, wrongly_owed

BLOCKS = 120
"""Origin blocks in which each step happens, with room; seen: 60 to the commit."""

COLLUDERS = ("validator-1", "validator-2", "validator-3")
GUARD = "validator-4"
"""34 of 148 tokens: the lightest, and enough."""

SOME_BLOCKS = 8
"""Blocks after a commit in which a fisherman would have reported it, had there been anything to report."""


def _guarded(world: World) -> tuple[str, ...]:
    """The guard comes back when the window of the colluders' proposal runs, and supersedes it; nobody pays."""
    link = world.link(GUARD, world.devnet.origin.name)
    link.policy.cut = True
    try:
        is_sealed = world.run_until(lambda: first(world, "Sealed") is not None, BLOCKS)
    finally:
        link.policy.cut = False
    if not is_sealed or not link.policy.affected:
        return ("expected the colluders to seal a proposal while the guard was cut off, they did not",)
    if not world.run_until(lambda: first(world, "MetaBlockCommitted") is not None, BLOCKS):
        return ("expected a meta-block to be committed, none was",)
    world.run_until(lambda: False, SOME_BLOCKS)
    return (*_superseded(world), *wrongly_owed(world, violations=0))


def _superseded(world: World) -> tuple[str, ...]:
    """The sealed proposal gave way to a lower checkpoint, which was committed."""
    event = first(world, "Superseded")
    if event is None:
        return ("expected the colluders' proposal to be superseded, it was not",)
    commit, _ = mined(world, "MetaBlockCommitted")
    proposed = {one.payload["proposalId"]: one for one in world.history.effective_events("Proposed")}
    by = proposed[event.payload["successor"]].payload["proposer"]
    guard = "0x" + world.devnet.actor(GUARD).origin_key.address.hex()
    missing = [] if str(by).lower() == guard else [f"expected {GUARD} to supersede the proposal, {by} did"]
    if commit.payload["transitionHash"] != event.payload["successor"]:
        missing.append("expected the superseding proposal to be committed, another one was")
    return tuple(missing)


def _unguarded(world: World) -> tuple[str, ...]:
    """Without the honest one the checkpoint is passed over, and everybody pays for it."""
    if not world.run_until(lambda: first(world, "ViolationRecorded") is not None, BLOCKS):
        return ("expected the checkpoint to be passed over and that to be proven, it was not",)
    return wrongly_owed(world, violations=1)


def _nobody_pays(world: World) -> tuple[str, ...]:
    world.run_until(lambda: first(world, "MetaBlockCommitted") is not None, BLOCKS)
    world.run_until(lambda: False, SOME_BLOCKS)
    return wrongly_owed(world, violations=0)


def _committed(devnet: Devnet, history: History) -> bool:
    return any(number(event, "height") == 1 for event in history.effective_events("MetaBlockCommitted"))


SCENARIO = Scenario(
    name="honesty-guard",
    summary="all validators but one pass over the checkpoint that reached the gas target, and seal a later one",
    source="paper theorem 4; protocol R34, R37, R39; catalogue B09 b",
    manifest="gas-rule",
    checks=("S1", "S3", "S7", "S10", "L1", "E4"),
    arms=(
        Arm(
            name="attack",
            behaviours={name: SkipCheckpoint.name for name in COLLUDERS},
            play=_guarded,
            done=_committed,
            blocks=BLOCKS,
        ),
        Arm(
            name="defence off",
            behaviours={name: SkipCheckpoint.name for name in (*COLLUDERS, GUARD)},
            play=_unguarded,
            done=_committed,
            blocks=BLOCKS,
        ),
        Arm(name="honest control", play=_nobody_pays, done=_committed, blocks=BLOCKS),
    ),
)
"""The card."""
