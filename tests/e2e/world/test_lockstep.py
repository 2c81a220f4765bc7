"""A network in lockstep, on real geth: ready by protocol truth, stepped by the test."""

from __future__ import annotations

import pytest

from devnet.world.user_chain import UserChain
from devnet.world.world import World

pytestmark = pytest.mark.geth


def committed(world: World, auxiliary: str) -> int:
    return next(int(chain["committed"]) for chain in world.status()["chains"] if chain["name"] == auxiliary)


def test_ready_network_has_finalised_a_checkpoint_on_every_auxiliary(
    world: World, auxiliaries: tuple[UserChain, ...]
) -> None:
    world.step(1)  # what was finalised is told to the node with the next block
    for chain in auxiliaries:
        store = chain.contract("AuxiliaryBlockStore").functions
        finalised, height = store.lastFinalised().call()
        assert height >= 1
        assert store.checkpointHash(height).call() == finalised
        assert chain.w3.eth.get_block("finalized")["number"] == height * store.epochLength().call()


def test_every_validator_is_registered_with_its_weight(world: World, origin: UserChain) -> None:
    stake = origin.contract("Stake").functions
    for validator in world.devnet.validators:
        assert stake.effectiveWeight(1, validator.auxiliary_key.address).call() == validator.weight_wei


def test_votes_make_origin_checkpoints_final_on_auxiliary(world: World, auxiliaries: tuple[UserChain, ...]) -> None:
    observer = auxiliaries[0].contract("OriginObserver").functions
    assert world.run_until(lambda: observer.lastFinalised().call()[1] >= 2, 60)
    observed, height = observer.lastFinalised().call()
    number = height * world.devnet.origin.epoch_length
    block = world.chains["origin"].rpc("eth_getBlockByNumber", [hex(number), False])
    assert observed == bytes.fromhex(block["hash"][2:])
    assert observer.stateRoot(height).call() == bytes.fromhex(block["stateRoot"][2:])


def test_a_committed_state_root_is_the_auxiliarys_own(world: World, origin: UserChain) -> None:
    auxiliary = world.devnet.auxiliaries[0].name
    assert world.run_until(lambda: committed(world, auxiliary) == 1, 80)
    core = origin.contract("Core").functions
    height = core.committedHeight().call()
    header = world.chains[auxiliary].rpc("eth_getBlockByNumber", [hex(height * 4), False])
    assert core.stateRoot(height).call() == bytes.fromhex(header["stateRoot"][2:])


def test_rewinding_takes_chains_actors_stores_and_clock_back_together(world: World) -> None:
    world.step(3)
    mark = world.mark()
    before = {name: chain.head.hash for name, chain in world.chains.items()}, world.clock.now()
    world.step(12)
    after = {name: chain.head.hash for name, chain in world.chains.items()}
    world.rewind(mark)
    assert ({name: chain.head.hash for name, chain in world.chains.items()}, world.clock.now()) == before
    world.step(12)
    assert {name: chain.head.hash for name, chain in world.chains.items()} == after


def test_finality_goes_on_after_a_rewind(world: World) -> None:
    auxiliary = world.devnet.auxiliaries[0].name
    mark = world.mark()
    world.step(8)
    world.rewind(mark)
    start = world.running.finality.reached[auxiliary].finalised
    assert world.run_until(lambda: world.running.finality.reached[auxiliary].finalised >= start + 8, 40)


def test_killed_node_comes_back_to_the_tip_and_the_network_goes_on(world: World) -> None:
    auxiliary = world.devnet.auxiliaries[0].name
    world.step(2)
    height = world.chains[auxiliary].head.number
    world.nodes[auxiliary][0].kill()
    world.step(4)
    assert world.chains[auxiliary].head.number == height + 4
    kinds = [event.kind for event in world.history.effective_events() if event.chain == auxiliary]
    assert "NodeDied" in kinds
    assert "NodeRestarted" in kinds


def test_reorg_of_an_auxiliary_slashes_nobody_and_finality_goes_on(world: World) -> None:
    """R22."""
    auxiliary = world.devnet.auxiliaries[0].name
    world.step(2)
    world.reorg(auxiliary, 2)
    start = world.running.finality.reached[auxiliary].finalised
    assert world.run_until(lambda: world.running.finality.reached[auxiliary].finalised >= start + 8, 60)
    assert not world.history.events("ValidatorSlashed")


def test_warp_moves_every_chain_with_its_next_block(world: World) -> None:
    before = {name: chain.head.timestamp for name, chain in world.chains.items()}
    world.warp(86_400)
    world.step(1)
    for name, chain in world.chains.items():
        assert chain.head.timestamp >= before[name] + 86_400
