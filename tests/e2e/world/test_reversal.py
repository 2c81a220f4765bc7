"""A fisherman shows the core what origin took back: once, below its gas limit, and the core halts (R31, R40)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devnet.actors.attempts import MOST_TURNS, STEP_IN_BLOCKS
from devnet.mosaic.headers import header_from_rpc
from devnet.scenarios.ends import halted_in
from devnet.world.serving import Serving
from devnet.world.world import World
from tests.e2e.world.meta_blocks import AUXILIARY
from tests.e2e.world.test_meta_blocks import calls

pytestmark = pytest.mark.geth

OBSERVED = 3
"""Checkpoints of origin that are final on auxiliary before the reorg."""


@pytest.fixture
def world(run_network: Callable[[str], Serving]) -> World:
    return run_network("halts").world


def observed(world: World) -> dict[int, str]:
    """Hash by height of the checkpoints of origin that are final on auxiliary."""
    return {
        int(str(event.payload["height"])): str(event.payload["blockHash"])
        for event in world.history.events("CheckpointFinalised")
        if event.payload["contract"] == "OriginObserver"
    }


def take_back_what_was_observed(world: World) -> int:
    """Origin takes back the newest block that is final on auxiliary; answers its number."""
    assert world.run_until(lambda: len(observed(world)) >= OBSERVED, 60)
    lost = max(observed(world)) * world.devnet.origin.epoch_length
    world.reorg("origin", world.chains["origin"].head.number - lost + 1, past_finality=True)
    return lost


def test_a_reversal_is_shown_once_and_halts_the_core(world: World) -> None:
    lost = take_back_what_was_observed(world)
    assert world.run_until(lambda: halted_in(world.history) is not None, 20)
    world.step(6)
    (proven,) = world.history.events("ReversalProven")
    origin = world.chains["origin"]
    own = "0x" + header_from_rpc(origin.rpc("eth_getBlockByNumber", [hex(lost), False])).hash.hex()
    number = int(str(proven.payload["number"]))
    assert (proven.payload["actual"] == own) == (number == lost)
    assert proven.payload["signed"] != proven.payload["actual"]
    assert proven.payload["fisherman"] == "0x" + world.devnet.actor("fisherman").origin_key.address.hex()
    (shown,) = [call for call in calls(world, "origin") if call[0] == "Evidence.reportReversal"]
    _, used, limit, succeeded = shown
    assert succeeded
    assert used < 0.8 * limit
    alarmed = {event.actor for event in world.history.events("OriginReversed") if event.chain == AUXILIARY}
    assert alarmed == {spec.name for spec in world.devnet.validators}
    before = len(observed(world))
    world.step(8)
    assert len(observed(world)) == before


def test_without_a_fisherman_one_validator_shows_it_and_the_others_send_nothing(world: World) -> None:
    """R40, R83: everybody's stake hangs on it."""
    world.dismiss("fisherman")
    take_back_what_was_observed(world)
    assert world.run_until(lambda: halted_in(world.history) is not None, 20)
    world.step(2 * MOST_TURNS * STEP_IN_BLOCKS)
    (proven,) = world.history.events("ReversalProven")
    assert proven.payload["fisherman"] in {
        "0x" + validator.origin_key.address.hex() for validator in world.devnet.validators
    }
    assert [name for name, *_ in calls(world, "origin")].count("Evidence.reportReversal") == 1
    reported = {event.actor for event in world.history.events("ReversalReported")}
    assert len(reported) == 1
