"""A validator logs out, waits until it is no member any more, and only then signs two checkpoints of one height.

Goal: to sign whatever it likes with a stake that is on its way out. Defence: what is paid back is locked until long
after the last vote that counted (R41), and until then every offence costs all of it (R54). Without a fisherman to
show the offence the stake leaves whole, as it rightly does in the honest control; auxiliary then pays the rewards that
it held back (R76).
"""

from __future__ import annotations

from typing import Any

from devnet.actors.behaviours import DoubleVote
from devnet.checks.votes import number
from devnet.config.network import Devnet
from devnet.faults.base import World
from devnet.faults.chains import Branch
from devnet.history import History
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.ends import happened, slashed_on_every_chain
from devnet.scenarios.leaving import stays_slashed
from devnet.scenarios.single_offence import ATTACKER

BLOCKS = 80
"""Origin blocks in which each step happens, with room; seen: 46 from the end of membership to the withdrawal."""

PUBLIC_BLOCKS = 4
"""Blocks after the offence in which both of its votes are on the chain."""


def _attack(world: World) -> tuple[str, ...]:
    """Leave, equivocate, be slashed, and ask for the stake nevertheless."""
    missing = _offend_after_leaving(world)
    if missing or not world.run_until(lambda: slashed_on_every_chain(world.devnet, world.history), BLOCKS):
        return missing
    return stays_slashed(world, ATTACKER)


def _undetected(world: World) -> tuple[str, ...]:
    """Leave, equivocate, and take the stake home."""
    return _offend_after_leaving(world) or _withdraw(world)


def _peaceful(world: World) -> tuple[str, ...]:
    """Leave, and take the stake home."""
    return _leave(world) or _withdraw(world)


def _offend_after_leaving(world: World) -> tuple[str, ...]:
    return _leave(world) or _offend(world)


def _leave(world: World) -> tuple[str, ...]:
    """Log out, and wait until origin opens a kernel without it: from then on its word counts in the rear set only."""
    world.membership.leave(ATTACKER)
    if world.run_until(lambda: _left(world.devnet, world.history) is not None, BLOCKS):
        return ()
    return (f"{ATTACKER}: expected to be out of the open kernel after the logout, it is not",)


def _offend(world: World) -> tuple[str, ...]:
    """Vote on two branches at one height."""
    branch = Branch(world.devnet.auxiliaries[0].name)
    branch.inject(world)
    try:
        world.recast(ATTACKER, DoubleVote.name)
        took = world.run_until(lambda: bool(world.history.effective_events("BehaviourTook")), BLOCKS)
        world.run_until(lambda: False, PUBLIC_BLOCKS)
        effect = branch.effect(world)
        missing = () if took else (f"{ATTACKER}: no deviating message was seen after it had left",)
        return missing if effect.observed else (*missing, effect.evidence)
    finally:
        branch.heal(world)


def _withdraw(world: World) -> tuple[str, ...]:
    """Ask for the stake as soon as the rules give it back."""
    origin = world.chains[world.devnet.origin.name]

    def is_free() -> bool:
        free = _free_from(world.devnet, world.history)
        return free is not None and origin.head.number + 1 >= free

    if not world.run_until(is_free, BLOCKS):
        return (f"{ATTACKER}: expected its stake to be free within {BLOCKS} blocks, it is locked",)
    world.membership.withdraw(ATTACKER)
    return ()


def _left(devnet: Devnet, history: History) -> int | None:
    """The height whose kernel lists the attacker with weight 0 (R42); None before it is opened."""
    validator = "0x" + devnet.actor(ATTACKER).auxiliary_key.address.hex()
    for event in history.effective_events("KernelOpened"):
        kernel: Any = event.payload["kernel"]
        changes = zip(kernel["validators"], kernel["weights"], strict=True)
        if (validator, "0") in [(one, str(weight)) for one, weight in changes]:
            return number(event, "height")
    return None


def _free_from(devnet: Devnet, history: History) -> int | None:
    """First origin block that pays the attacker's stake back (R41); None while that is not settled."""
    left = _left(devnet, history)
    for event in history.effective_events("MetaBlockCommitted"):
        if left is not None and number(event, "height") == left + 1:
            return (event.block or 0) + devnet.parameters.withdrawal_delay
    return None


SCENARIO = Scenario(
    name="exit-then-equivocate",
    summary="a validator logs out and votes on two branches while its stake waits to be paid back",
    source="protocol R41, R42, R54; catalogue I01",
    manifest="exits",
    checks=("S1", "S3", "S7", "S9", "S10", "L1", "E5"),
    arms=(
        Arm(name="attack", play=_attack, done=slashed_on_every_chain, blocks=BLOCKS, slashed=(ATTACKER,)),
        Arm(
            name="defence off",
            absent=("fisherman",),
            play=_undetected,
            done=happened("WithdrawalProven"),
            blocks=BLOCKS,
            fails=("S7",),
        ),
        Arm(name="honest control", play=_peaceful, done=happened("WithdrawalProven"), blocks=BLOCKS),
    ),
)
"""The card."""
