"""However a network ends, by ``down``, Ctrl-C, a failed start or the death of a part, nothing is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from devnet.artifacts.run_directory import NetworkDirectory
from devnet.chain.wait import wait_until
from devnet.runtime.leftovers import leftovers
from devnet.runtime.toolchain import find_geth
from tests.e2e.cli.command_line import DEADLINE_S, NAME, CommandLine

pytestmark = pytest.mark.live

UP = ("up", "-f", "minimal", "--name", NAME, "--runtime", "process")


def begin(devnet: CommandLine, *arguments: str) -> subprocess.Popen[str]:
    """An ``up`` that has started its first processes."""
    up = devnet.start(*UP, *arguments)
    wait_until(lambda: devnet.runs() and leftovers(devnet.runs()[0]), DEADLINE_S, "no process yet")
    return up


def test_a_dead_world_leaves_nothing_and_the_name_can_be_used_again(devnet: CommandLine) -> None:
    first = devnet.up()
    os.kill(first["world"]["pid"], signal.SIGKILL)
    devnet.await_nothing_left()
    told = devnet.run("status", expect=2)
    assert f"World of network {NAME} has died" in told
    assert f"devnet down --name {NAME}" in told
    assert devnet.run("down") == f"network {NAME} is down\n"
    second = devnet.up()
    assert [chain["rpc"] for chain in second["chains"]] == [chain["rpc"] for chain in first["chains"]]
    # A validator that hangs answers nobody, and holds up nobody.
    os.kill(second["actors"][0]["pid"], signal.SIGSTOP)
    said = devnet.say("down")
    assert (said.code, said.out) == (0, f"network {NAME} is down\n")
    assert "killing" not in said.err


def test_a_killed_geth_and_a_killed_validator_do_not_end_the_network(devnet: CommandLine) -> None:
    status = devnet.up()
    os.kill(status["chains"][1]["nodes"][0]["pid"], signal.SIGKILL)
    os.kill(status["actors"][3]["pid"], signal.SIGKILL)
    reached = status["chains"][1]["finalised"]

    def has_grown() -> bool:
        devnet.run("mine", "auxiliary-1")
        return bool(devnet.status()["chains"][1]["finalised"] > reached)

    wait_until(has_grown, DEADLINE_S, lambda: f"no further finality: {devnet.status()}")
    after = devnet.status()
    assert "died" in after["actors"][3]["state"]
    assert "NodeRestarted" in devnet.run("logs", "world")
    assert devnet.run("down") == f"network {NAME} is down\n"
    assert devnet.up()["actors"][3]["state"] == "running"


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_while_it_starts_leaves_nothing(devnet: CommandLine, times: int) -> None:
    up = begin(devnet)
    for _ in range(times):
        up.send_signal(signal.SIGINT)
    _, err = up.communicate(timeout=DEADLINE_S)
    assert up.returncode == 130, err
    assert "interrupted" in err
    devnet.await_nothing_left()
    assert not NetworkDirectory(NAME, devnet.home).is_running()


def test_a_network_nobody_waits_for_is_torn_down(devnet: CommandLine) -> None:
    up = begin(devnet)
    up.kill()
    up.communicate(timeout=DEADLINE_S)
    devnet.await_nothing_left()
    wait_until(lambda: not NetworkDirectory(NAME, devnet.home).is_running(), DEADLINE_S, "still running")


def test_ctrl_c_in_the_foreground_ends_a_ready_network(devnet: CommandLine) -> None:
    up = begin(devnet, "--foreground")
    assert up.stderr is not None
    for line in up.stderr:
        if line == "running until Ctrl-C\n":
            break
    assert devnet.status()["state"] == "ready"
    up.send_signal(signal.SIGINT)
    up.communicate(timeout=DEADLINE_S)
    assert up.returncode == 130
    assert not devnet.left()


def test_a_node_that_exits_early_ends_up_with_its_last_words(devnet: CommandLine, tmp_path: Path) -> None:
    geth = tmp_path / "geth"
    real = find_geth(lambda line: None).path
    geth.write_text(
        f'#!/bin/sh\ncase " $* " in *" version "*|*" --version "*|*" init "*) exec {real} "$@";; esac\n'
        "echo Fatal: no such luck; exit 1\n"
    )
    geth.chmod(0o755)
    told = devnet.run(*UP, "--geth", str(geth), expect=3)
    assert "ended early, exit code 1" in told
    assert "Fatal: no such luck" in told
    assert f"devnet logs --name {NAME}" in told
    assert not devnet.left()
