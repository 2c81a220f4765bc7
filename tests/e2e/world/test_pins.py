"""Origin remembers what auxiliary finalised of it, whoever wants it forgotten (R32, R38, R83)."""

from __future__ import annotations

import pytest

from devnet.chain.transaction import Transaction
from devnet.world.world import World

pytestmark = [pytest.mark.geth, pytest.mark.devnet(manifest="double-vote")]


def pinned(world: World) -> list[int]:
    """Numbers of the blocks that were pinned, in order."""
    return [int(str(event.payload["number"])) for event in world.history.effective_events("OriginPinned")]


def observed(world: World) -> list[int]:
    """Numbers of origin's blocks that auxiliary has finalised."""
    epoch = world.devnet.origin.epoch_length
    events = world.history.effective_events("CheckpointFinalised")
    told = [event.payload for event in events if event.payload["contract"] == "OriginObserver"]
    return [int(str(payload["height"])) * epoch for payload in told]


def pins_of(world: World) -> list[Transaction]:
    """Every pin in a block of origin, by whomever, the newest first."""
    core = world.handles.core_of(world.devnet.auxiliaries[0].name).core
    chain = world.chains["origin"]
    mined = [one for entry in chain.tree.back(chain.head.hash) for one in entry.transactions if one.to == core.address]
    return [one for one in mined if (core.decode_calldata(one.data) or ("",))[0] == "pinOrigin"]


def test_everything_observed_is_pinned_once_and_by_validators(world: World) -> None:
    """R83: also what auxiliary finalised while a candidate waited for its window to end."""
    assert world.run_until(lambda: len(world.history.effective_events("MetaBlockCommitted")) >= 2, 120)
    due = observed(world)[:-2]
    assert len(due) > 4
    assert set(due) <= set(pinned(world))
    fisherman = world.devnet.actor("fisherman").origin_key.address
    made = pins_of(world)
    assert len(made) == len(pinned(world))
    assert fisherman not in {one.sender for one in made}


def test_a_fisherman_pins_what_the_whole_set_leaves_alone(world: World) -> None:
    """R38: a set that broke the gas rule has no reason to keep the proof possible."""
    fisherman = world.devnet.actor("fisherman").origin_key.address
    core = world.handles.core_of(world.devnet.auxiliaries[0].name).core
    before = len(pins_of(world))

    def is_pin_of_the_set(transaction: Transaction) -> bool:
        call = core.decode_calldata(transaction.data) if transaction.to == core.address else None
        return call is not None and call[0] == "pinOrigin" and transaction.sender != fisherman

    world.chains["origin"].censor(is_pin_of_the_set)
    assert world.run_until(lambda: len(pins_of(world)) >= before + 2, 60)
    assert {one.sender for one in pins_of(world)[: len(pins_of(world)) - before]} == {fisherman}
