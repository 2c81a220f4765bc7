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


def test_votes_about_origin_go_on_after_half_a_set_was_alone_and_origin_took_back_what_it_may(world: World) -> None:
    """R22: half of the set votes on alone, about ever later checkpoints of origin, and justifies nothing.

    Then origin takes back all that it never called finalized. The others were away; nobody is locked in for it.
    """
    assert world.run_until(lambda: observed(world) > 0, 60)
    for name in HALF:
        world.link(name, "origin").policy.cut = True
    world.step(4)
    reached, before = observed(world), about_origin(world)
    world.step(12)
    assert observed(world) == reached
    assert about_origin(world) - before
    origin = world.chains["origin"]
    final = origin.tree.block(origin.view().finalised).number
    world.reorg("origin", origin.head.number - final)
    for name in HALF:
        world.link(name, "origin").policy.cut = False
    assert world.run_until(lambda: observed(world) >= reached + 2, 30)
    world.step(2)
    assert world.history.effective_events("OffenceDetected") == []
    assert world.history.effective_events("ValidatorSlashed") == []
