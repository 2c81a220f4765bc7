"""Live networks: timers and processes, judged by blocks and never by seconds."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address
from web3.types import Wei

from devnet.history import History
from devnet.scenarios.catalogue import find_scenario
from devnet.types import Mode, RuntimeKind
from devnet.world.attack import run_card
from devnet.world.embedded import Choice
from devnet.world.user_chain import UserChain
from devnet.world.world import World

pytestmark = pytest.mark.devnet(mode="live")

EPOCHS = 10
"""Epochs in which a healthy network finalises the next checkpoint; seen: 2."""


def finalised(world: World) -> int:
    return world.running.finality.reached["auxiliary-1"].finalised


def finality_goes_on(world: World) -> bool:
    """Whether a higher checkpoint is finalised while origin makes a bounded number of blocks."""
    before = finalised(world)
    return world.run_until(lambda: finalised(world) > before, EPOCHS * world.devnet.origin.epoch_length)


def test_a_ready_network_goes_on_by_itself(world: World, auxiliaries: tuple[UserChain, ...]) -> None:
    assert finalised(world) > 0
    assert finality_goes_on(world)
    assert not world.failures
    assert auxiliaries[0].w3.eth.get_block("finalized")["number"] > 0
    assert not world.history.events("ValidatorSlashed")


def test_everything_is_rewound_together(world: World) -> None:
    mark = world.mark()
    # Not the heads of now: timers have begun again.
    before = {name: mark.chains[name].views[0].head for name in world.chains}
    assert finality_goes_on(world)
    pids = [handle.pid for handle in world.actors.values()]
    world.rewind(mark)
    # Timers have begun again, but the old blocks are the chain's once more and nothing of the others is.
    for name, head in before.items():
        block = world.chains[name].rpc("eth_getBlockByNumber", [hex(head.number), False])
        assert block["hash"] == "0x" + head.hash.hex()
    assert {handle.pid for handle in world.actors.values()}.isdisjoint(pids)
    assert finality_goes_on(world)
    assert not world.history.events("ValidatorSlashed")
    assert not world.history.events("OffenceDetected")


def test_a_killed_geth_comes_back_and_waiting_commands_run_once(world: World, origin: UserChain) -> None:
    chain, node = world.chains["origin"], world.nodes["origin"][0]
    sender = to_checksum_address(world.devnet.accounts[0].address)
    recipient = to_checksum_address("0x" + "57" * 20)
    started = chain.head.number
    os.kill(node.pid, signal.SIGKILL)
    waiting = [chain.later(chain.mine) for _ in range(3)]
    sent = origin.w3.eth.send_transaction({"from": sender, "to": recipient, "value": Wei(7)})
    heights = [command.result().number for command in waiting]
    assert heights[0] > started
    assert len(set(heights)) == 3
    chain.mine()
    assert origin.w3.eth.get_transaction_receipt(sent)["status"] == 1
    assert origin.w3.eth.get_balance(recipient) == 7
    world.running.take_over()
    kinds = [event.kind for event in world.history.effective_events() if event.chain == "origin"]
    assert kinds.count("NodeDied") == kinds.count("NodeRestarted") == 1
    produced = [event for event in world.history.effective_events("BlockProduced") if event.chain == "origin"]
    numbers = [event.block or 0 for event in produced]
    assert numbers == sorted(set(numbers))
    assert finality_goes_on(world)


def test_a_killed_validator_is_said_to_be_dead_and_finality_goes_on(world: World) -> None:
    mark = world.mark()
    victim = world.actors["validator-4"]
    os.kill(victim.pid, signal.SIGKILL)
    assert finality_goes_on(world)
    assert victim.state.startswith("died")
    assert [e.actor for e in world.history.effective_events() if e.kind == "ActorDied"] == ["validator-4"]
    world.rewind(mark)
    assert victim.state == "running"


def test_double_vote_is_slashed_live(tmp_path: Path, own_runs: set[str]) -> None:
    report = run_card(find_scenario("double-vote"), tmp_path, Choice(mode=Mode.LIVE, runtime=RuntimeKind.PROCESS))
    with History.open(report.history) as history:
        own_runs.add(history.run)
    assert report.verdict == "passed", report.as_json()
    assert [(arm.arm, arm.slashed) for arm in report.arms] == [
        ("attack", ("validator-2",)),
        ("defence off", ()),
        ("honest control", ()),
    ]
