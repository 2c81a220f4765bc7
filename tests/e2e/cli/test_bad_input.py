"""What cannot work is one sentence with what to do and the right exit code, before anything is started."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cli.command_line import NAME, CommandLine

GOOD = """\
name: mine
chains:
  - role: origin
    chain_id: 7
  - role: auxiliary
    chain_id: 8
validators:
  - weight: 40
    behaviour: honest
  - weight: 40
  - weight: 40
"""

MANIFESTS = {
    "unknown key": (
        GOOD.replace("chain_id: 8", "chain_idd: 8"),
        ":6: unknown key 'chain_idd'; did you mean",
    ),
    "no validator": (GOOD[: GOOD.index("validators")] + "validators: 0\n", ":7: validators expected 1 to "),
    "zero weight": (GOOD.replace("weight: 40", "weight: 0", 1), ":8: validators[0].weight expected more than 0"),
    "one id twice": (GOOD.replace("chain_id: 8", "chain_id: 7"), ":6: chains[1].chain_id 7 is the id of origin"),
    "no origin": (GOOD.replace("  - role: origin\n    chain_id: 7\n", ""), ":2: chains has no origin"),
    "absurd": (
        GOOD.replace("chain_id: 8", "nodes: 100000"),
        ":6: chains[1].nodes expected a whole number",
    ),
    "half": (GOOD[:40] + "[", "not valid YAML"),
    "binary": ("\x00\x01\x02", "is it the right file?"),
    "behaviour": (GOOD.replace("honest", "honset"), ":9: validators[0].behaviour: unknown behaviour 'honset': did you"),
}


@pytest.fixture
def untouched(devnet: CommandLine) -> Iterator[CommandLine]:
    """A home in which no run begins."""
    yield devnet
    assert not devnet.runs()


@pytest.mark.parametrize("mistake", MANIFESTS)
def test_a_manifest_is_refused_with_its_line(untouched: CommandLine, tmp_path: Path, mistake: str) -> None:
    text, words = MANIFESTS[mistake]
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    said = untouched.say("up", "-f", str(path))
    assert said.code == 2
    assert said.sentence.startswith(f"error: {path}")
    assert words in said.sentence
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["up", "-f", "demmo"], "unknown network 'demmo': did you mean 'demo'?"),
        (["up", "-f", "nowhere.yaml"], "nowhere.yaml: cannot be read: No such file"),
        (["up", "-f", "./"], "cannot be read: Is a directory"),
        (["up", "--name", "Not A Name"], "found 'Not A Name'; rename it"),
        (["attack", "run", "dubble-vote"], "unknown attack 'dubble-vote'; did you mean 'double-vote'?"),
        (["status"], "no network is running: start one with devnet up"),
        (["mine", "origin"], "no network is running"),
        (["stauts"], "did you mean 'status'?"),
        (["up", "--runtime", "dokcer"], "'dokcer' is not one of"),
    ],
)
def test_a_name_that_means_nothing_is_answered_with_the_nearest(
    untouched: CommandLine, arguments: list[str], words: str
) -> None:
    said = untouched.say(*arguments)
    assert said.code == 2
    assert words in said.sentence


def test_nothing_to_end_is_no_failure(untouched: CommandLine) -> None:
    assert untouched.run("down") == "no network is running\n"
    assert untouched.run("down", "--name", "nobody") == "network nobody is not running: nothing to end\n"


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("unix:///nowhere.sock", "there is no Docker socket at /nowhere.sock"),
        ("tcp://192.0.2.1:2375", "no local socket"),
    ],
)
@pytest.mark.parametrize("command", [("up",), ("attack", "run", "double-vote")])
def test_docker_that_is_not_there_is_told(
    untouched: CommandLine, command: tuple[str, ...], host: str, words: str
) -> None:
    said = untouched.say(*command, "--runtime", "docker", DOCKER_HOST=host)
    assert said.code == 3
    assert words in said.sentence
    assert "start Docker or use --runtime process" in said.sentence


def test_another_geth_is_told_by_its_version(devnet: CommandLine, tmp_path: Path) -> None:
    geth = tmp_path / "geth"
    geth.write_text("#!/bin/sh\nprintf 'Geth\\nVersion: 1.10.1-stable\\n'\n")
    geth.chmod(0o755)
    for path, words in ((geth, "is geth 1.10.1-stable, expected geth"), (tmp_path / "gone", "there is no file")):
        said = devnet.say("up", "-f", "minimal", "--name", NAME, "--runtime", "process", "--geth", str(path))
        assert said.code == 3
        assert words in said.sentence


def test_a_taken_port_is_named_with_its_holder(devnet: CommandLine, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        path = tmp_path / "mine.yaml"
        path.write_text(f"{GOOD}ports:\n  auxiliary-1: {port}\n")
        said = devnet.say("up", "-f", str(path), "--name", NAME, "--runtime", "process")
    assert said.code == 3
    assert f"port {port} (RPC of auxiliary-1) is taken by " in said.sentence
    assert f"(pid {os.getpid()})" in said.sentence
    assert not devnet.left()


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of three MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk needs privileges")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_without_room_is_told_before_anything_starts(tiny: Path) -> None:
    said = CommandLine(tiny).say("up", "-f", "minimal", "--runtime", "process")
    assert said.code == 3
    assert "MiB free, needs" in said.sentence
    assert "set DEVNET_HOME to another disk" in said.sentence
    assert not list(tiny.glob("networks/*/runs/*"))


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    said = CommandLine(tmp_path / "home").say("up", "-f", "minimal")
    assert said.code == 3
    assert "set DEVNET_HOME to another place" in said.sentence
