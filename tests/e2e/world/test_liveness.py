"""From wherever honest validators can get, they go on without an offence, about origin too (R22)."""

from __future__ import annotations

import pytest

from devnet.world.world import World

pytestmark = [pytest.mark.geth, pytest.mark.devnet(manifest="double-vote")]

HALF = ("validator-1", "validator-3")


def observed(world: World) -> int:
    """How many checkpoints of origin auxiliary has finalised."""
    events = world.history.effective_events("CheckpointFinalised")
    return sum(1 for event in events if event.payload["contract"] == "OriginObserver")


def about_origin(world: World) -> set[str]:
    """Digests of the votes about origin that were counted."""
    origin_core = "0x" + world.deployment.cores[0].origin_core_id.hex()
    events = world.history.effective_events("VoteCast")
    return {str(event.payload["digest"]) for event in events if event.payload["coreId"] == origin_core}


def take_back(world: World) -> None:
    """Origin loses every block that it has not called finalized."""
    origin = world.chains["origin"]
    final = origin.tree.block(origin.view().finalised).number
    world.reorg("origin", origin.head.number - final)


def goes_on(world: World) -> bool:
    """Whether two further checkpoints of origin become final, and nobody offends for it."""
    reached = observed(world)
    is_live = world.run_until(lambda: observed(world) >= reached + 2, 30)
    world.step(2)
    kinds = ("OffenceDetected", "ValidatorSlashed", "OriginReversed")
    return is_live and not any(world.history.effective_events(kind) for kind in kinds)


def test_votes_about_origin_go_on_after_origin_took_back_what_it_may(world: World) -> None:
    """R22, R30: everybody has voted about all that origin had finalized, and about no more."""
    assert world.run_until(lambda: observed(world) > 0, 60)
    take_back(world)
    assert goes_on(world)


def test_votes_about_origin_go_on_after_half_a_set_was_alone(world: World) -> None:
    """R22: half of the set votes on alone, about ever later checkpoints of origin, and justifies nothing.

    Its votes stand, the others have none at those heights, and meanwhile origin takes blocks back: nobody is locked in.
    """
    assert world.run_until(lambda: observed(world) > 0, 60)
    for name in HALF:
        world.link(name, "origin").policy.cut = True
    world.step(4)
    reached, before = observed(world), about_origin(world)
    world.step(12)
    assert observed(world) == reached
    assert about_origin(world) - before
    take_back(world)
    for name in HALF:
        world.link(name, "origin").policy.cut = False
    assert goes_on(world)
