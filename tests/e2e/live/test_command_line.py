"""The command on a real network: up, everything one can ask of it, down; and what survives a crash (nothing)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from devnet.artifacts.run_directory import NetworkDirectory
from devnet.chain.wait import wait_until
from devnet.runtime.leftovers import leftovers
from devnet.runtime.toolchain import find_geth

pytestmark = pytest.mark.devnet(manifest="minimal", mode="live")

NAME = "command-line"
DEADLINE_S = 60


@dataclass(frozen=True)
class CommandLine:
    """``devnet`` with a home of its own."""

    home: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "devnet.cli", *arguments],
            env={**os.environ, "DEVNET_HOME": str(self.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, expect: int = 0) -> str:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == expect, f"{arguments}: {out}{err}"
        assert "Traceback" not in out + err
        return out if expect == 0 else err

    def up(self, *arguments: str) -> dict[str, Any]:
        out = self.run("up", "-f", "minimal", "--name", NAME, "--runtime", "process", "--json", *arguments)
        status: dict[str, Any] = json.loads(out)
        return status

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.run("status", "--json"))
        return status

    def runs(self) -> list[str]:
        return sorted(path.name for path in (self.home / "networks" / NAME / "runs").glob("*"))

    def nothing_is_left(self) -> bool:
        return not any(leftovers(run) for run in self.runs())


@pytest.fixture
def devnet(tmp_path: Path) -> Iterator[CommandLine]:
    command = CommandLine(tmp_path / "home")
    yield command
    command.run("down")
    wait_until(command.nothing_is_left, DEADLINE_S, lambda: f"left: {[leftovers(run) for run in command.runs()]}")


def test_a_network_from_up_to_down(devnet: CommandLine) -> None:
    status = devnet.up()
    assert (status["network"], status["runtime"], status["mode"]) == (NAME, "process", "live")
    assert [(chain["name"], chain["role"]) for chain in status["chains"]] == [
        ("origin", "origin"),
        ("auxiliary-1", "auxiliary"),
    ]
    assert status["chains"][1]["finalised"] > 0
    assert {actor["state"] for actor in status["actors"]} == {"running"}
    _ask_everything(devnet)
    refused = devnet.run("up", "-f", "minimal", "--name", NAME, expect=2)
    assert f"network {NAME} is already running (pid {status['world']['pid']})" in refused
    assert devnet.run("down") == f"network {NAME} is down\n"
    assert devnet.nothing_is_left()
    assert devnet.run("logs", "origin").strip()


def _ask_everything(devnet: CommandLine) -> None:
    env = json.loads(devnet.run("env", "--json"))
    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_getCode", "params": [env["DEVNET_ORIGIN_STAKE"], "latest"]}
    assert len(requests.post(env["ETH_RPC_URL"], json=asked, timeout=10).json()["result"]) > 2
    assert len(json.loads(devnet.run("accounts", "--json"))["accounts"]) == 10
    before = devnet.status()["chains"][0]["height"]
    assert json.loads(devnet.run("mine", "origin", "-n", "3", "--json"))["height"] >= before + 3
    devnet.run("warp", "3600")
    devnet.run("reorg", "auxiliary-1", "1")
    assert "did you mean 'origin'" in devnet.run("mine", "orgin", expect=2)
    auxiliary = devnet.status()["chains"][1]
    # A few more than needed: the chain grows meanwhile.
    depth = auxiliary["height"] - auxiliary["finalised"] + 4
    assert "past finality" in devnet.run("reorg", "auxiliary-1", str(depth), expect=2)


def test_a_dead_world_leaves_nothing_and_the_name_can_be_used_again(devnet: CommandLine) -> None:
    first = devnet.up()
    os.kill(first["world"]["pid"], signal.SIGKILL)
    wait_until(devnet.nothing_is_left, DEADLINE_S, lambda: f"left: {[leftovers(run) for run in devnet.runs()]}")
    second = devnet.up()
    assert [chain["rpc"] for chain in second["chains"]] == [chain["rpc"] for chain in first["chains"]]


def test_a_killed_geth_and_a_killed_validator_do_not_end_the_network(devnet: CommandLine) -> None:
    status = devnet.up()
    os.kill(status["chains"][1]["nodes"][0]["pid"], signal.SIGKILL)
    os.kill(status["actors"][3]["pid"], signal.SIGKILL)
    reached = status["chains"][1]["finalised"]
    wait_until(lambda: devnet.status()["chains"][1]["finalised"] > reached, DEADLINE_S, "no further finality")
    assert "died" in devnet.status()["actors"][3]["state"]


def test_ctrl_c_while_it_starts_leaves_nothing(devnet: CommandLine) -> None:
    up = devnet.start("up", "-f", "minimal", "--name", NAME, "--runtime", "process")
    wait_until(devnet.runs, DEADLINE_S, "no run yet")
    wait_until(lambda: leftovers(devnet.runs()[0]), DEADLINE_S, "no process yet")
    up.send_signal(signal.SIGINT)
    up.communicate(timeout=DEADLINE_S)
    assert up.returncode == 130
    assert devnet.nothing_is_left()
    assert not NetworkDirectory(NAME, devnet.home).is_running()


def test_a_node_that_exits_early_ends_up_with_its_last_words(devnet: CommandLine, tmp_path: Path) -> None:
    geth = tmp_path / "geth"
    real = find_geth(lambda line: None).path
    geth.write_text(
        f'#!/bin/sh\ncase " $* " in *" version "*|*" --version "*|*" init "*) exec {real} "$@";; esac\n'
        "echo Fatal: no such luck; exit 1\n"
    )
    geth.chmod(0o755)
    said = devnet.run("up", "-f", "minimal", "--name", NAME, "--runtime", "process", "--geth", str(geth), expect=3)
    assert "Fatal: no such luck" in said
    assert f"devnet logs --name {NAME}" in said
    assert devnet.nothing_is_left()
