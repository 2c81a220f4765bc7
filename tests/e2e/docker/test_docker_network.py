"""Networks in containers: the same blocks as in processes, and nothing left whatever ends them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from devnet.history import History
from devnet.runtime.docker_daemon import find_run
from devnet.scenarios.catalogue import find_scenario
from devnet.types import Mode, RuntimeKind
from devnet.world.attack import AttackReport, run_card
from devnet.world.embedded import Choice
from devnet.world.user_chain import UserChain
from devnet.world.world import World
from tests.e2e.cli.command_line import NAME, CommandLine
from tests.e2e.subscriber import assert_all_is_told_once_and_in_order

pytestmark = pytest.mark.docker

LOCKSTEP = pytest.mark.devnet(runtime="docker")


def finalised(world: World) -> int:
    return world.running.finality.reached["auxiliary-1"].finalised


def finality_goes_on(world: World) -> bool:
    before = finalised(world)
    return world.run_until(lambda: finalised(world) > before, 40)


@LOCKSTEP
def test_a_network_in_containers_is_ready_and_goes_on(world: World) -> None:
    assert world.runtime_kind is RuntimeKind.DOCKER
    assert finalised(world) > 0
    assert finality_goes_on(world)


@LOCKSTEP
def test_a_killed_container_comes_back_to_the_tip(world: World) -> None:
    height = world.chains["auxiliary-1"].head.number
    world.nodes["auxiliary-1"][0].kill()
    world.step(4)
    assert world.chains["auxiliary-1"].head.number == height + 4
    kinds = [event.kind for event in world.history.effective_events() if event.chain == "auxiliary-1"]
    assert kinds.count("NodeDied") == kinds.count("NodeRestarted") == 1
    assert finality_goes_on(world)


@LOCKSTEP
def test_a_geth_killed_inside_its_container_comes_back(world: World) -> None:
    height = world.chains["origin"].head.number
    os.kill(world.nodes["origin"][0].pid, signal.SIGKILL)
    world.step(4)
    assert world.chains["origin"].head.number == height + 4


@LOCKSTEP
def test_heads_and_logs_are_told_once_and_in_order_however_often_geth_dies(
    world: World, auxiliaries: tuple[UserChain, ...]
) -> None:
    assert_all_is_told_once_and_in_order(world, auxiliaries[0])


@LOCKSTEP
def test_a_paused_container_goes_on_where_it_was(world: World) -> None:
    node = world.nodes["auxiliary-1"][0]
    before = finalised(world)
    node.pause()
    assert node.is_alive()
    node.resume()
    assert finality_goes_on(world)
    assert finalised(world) > before


@LOCKSTEP
def test_containers_are_rewound_with_everything_else(world: World) -> None:
    mark = world.mark()
    world.step(8)
    after = {name: chain.head.hash for name, chain in world.chains.items()}
    world.rewind(mark)
    world.step(8)
    assert {name: chain.head.hash for name, chain in world.chains.items()} == after


@LOCKSTEP
def test_a_pair_of_gateways_is_added_to_containers(world: World) -> None:
    added = world.gateways.add(symbol="GOLD")
    world.step(4)
    assert world.status()["pairs"] == [added]
    assert finality_goes_on(world)


def attack(runtime: RuntimeKind, directory: Path, own_runs: set[str]) -> AttackReport:
    report = run_card(find_scenario("double-vote"), directory, Choice(mode=Mode.LOCKSTEP, runtime=runtime))
    with History.open(report.history) as history:
        own_runs.add(history.run)
    assert report.verdict == "passed", report.as_json()
    return report


def test_an_attack_has_the_same_digest_in_containers_and_in_processes(tmp_path: Path, own_runs: set[str]) -> None:
    docker, process = (
        attack(kind, tmp_path / kind.value, own_runs) for kind in (RuntimeKind.DOCKER, RuntimeKind.PROCESS)
    )
    assert docker.runtime is RuntimeKind.DOCKER
    assert docker.history_digest == process.history_digest


@pytest.fixture
def devnet(tmp_path: Path) -> Iterator[CommandLine]:
    command = CommandLine(tmp_path / "home")
    yield command
    command.run("down")
    command.await_nothing_left()


def test_auto_takes_docker_says_why_and_leaves_nothing(devnet: CommandLine) -> None:
    said = devnet.say("up", "-f", "minimal", "--name", NAME, "--runtime", "auto", "--json")
    assert said.code == 0, said.err
    assert "runtime: docker (a Docker daemon answers)" in said.err
    status = json.loads(said.out)
    assert status["runtime"] == "docker"
    assert status["chains"][1]["finalised"] > 0
    run = devnet.runs()[-1]
    assert len([found for found in find_run(run) if "container" in found]) >= 2
    assert devnet.run("down") == f"network {NAME} is down\n"
    assert not devnet.left()
    listed = [
        subprocess.run(["docker", *listing], capture_output=True, text=True, check=True).stdout
        for listing in (["ps", "-a"], ["network", "ls"], ["volume", "ls"])
    ]
    assert not [line for line in "".join(listed).splitlines() if run in line]


def test_a_removed_container_is_told_and_everything_else_still_goes(devnet: CommandLine) -> None:
    status = json.loads(devnet.run("up", "-f", "minimal", "--name", NAME, "--runtime", "docker", "--json"))
    subprocess.run(["docker", "rm", "-f", f"mdn-{devnet.runs()[-1]}-auxiliary-1-0"], capture_output=True, check=True)
    assert "auxiliary-1-0" in devnet.say("mine", "auxiliary-1").sentence
    assert json.loads(devnet.run("mine", "origin", "--json"))["height"] > status["chains"][0]["height"]
    after = devnet.status()
    assert [node["state"] for chain in after["chains"] for node in chain["nodes"]] == ["running", "down"]


def test_a_dead_world_leaves_no_container_and_the_name_can_be_used_again(devnet: CommandLine) -> None:
    arguments = ("up", "-f", "minimal", "--name", NAME, "--runtime", "docker", "--json")
    status = json.loads(devnet.run(*arguments))
    os.kill(status["world"]["pid"], signal.SIGKILL)
    devnet.await_nothing_left()
    assert devnet.run("down") == f"network {NAME} is down\n"
    assert json.loads(devnet.run(*arguments))["network"] == NAME
