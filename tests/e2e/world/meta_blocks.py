"""A network whose meta-blocks follow each other quickly, and what tests read from it."""

from __future__ import annotations

from devnet.contracts.handle import ContractHandle
from devnet.world.world import World

MANIFEST = """
name: meta-blocks
description: Short epochs and windows, so that many meta-blocks take few blocks.
runtime: process
mode: lockstep
chains:
  - role: origin
    epoch: 2
  - role: auxiliary
    epoch: 2
validators: 4
fishermen: 1
accounts: 1
parameters:
  commit_every: 1
  commit_window: 2
  evidence_period: 20
  withdrawal_delay: 30
  max_kernel_changes: 2
"""
AUXILIARY = "auxiliary-1"


def commits(world: World) -> int:
    return world.running.finality.committed[AUXILIARY]


def state_of(world: World, name: str) -> str:
    return next(str(row["state"]) for row in world.membership.validators() if row["name"] == name)


def read(world: World, contract: str, function: str, *arguments: object) -> object:
    handle: ContractHandle = getattr(world.handles.core_of(AUXILIARY), contract)
    on_origin = contract in ("core", "stake")
    return handle.read(world.link("validator-1", "origin" if on_origin else AUXILIARY), function, *arguments)


def slash(world: World, name: str) -> None:
    """Let a validator sign what costs its stake, and wait until both chains took it."""
    world.recast(name, "surround-vote")
    validator = world.devnet.actor(name).auxiliary_key.address

    def is_slashed() -> bool:
        return bool(
            read(world, "stake", "isSlashed", validator) and read(world, "polling_place", "isSlashed", validator)
        )

    assert world.run_until(is_slashed, 40)
    world.recast(name, "honest")
