"""Validators that come and go in a live network, as a user types it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devnet.chain.wait import wait_until
from tests.e2e.cli.command_line import NAME, CommandLine

pytestmark = pytest.mark.live

COMES_AND_GOES_S = 180
"""Longest wait for a membership to begin or end; seen: 25 s, with blocks every second."""

MANIFEST = """
name: coming-and-going
runtime: process
mode: live
chains:
  - role: origin
    epoch: 2
  - role: auxiliary
    epoch: 2
validators: 4
accounts: 1
parameters:
  commit_every: 1
  commit_window: 2
  evidence_period: 3
  withdrawal_delay: 10
"""
OWN = f"{NAME}-members"


@pytest.fixture
def members(tmp_path: Path) -> Iterator[CommandLine]:
    """A live network whose memberships begin and end within a minute."""
    with CommandLine(tmp_path / "home").running(MANIFEST, OWN) as line:
        yield line


def row(line: CommandLine, validator: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(line.run("validator", "list", "--name", OWN, "--json"))
    return next(one for one in found if one["name"] == validator)


def await_state(line: CommandLine, validator: str, state: str) -> None:
    wait_until(
        lambda: row(line, validator)["state"] == state,
        COMES_AND_GOES_S,
        lambda: f"{validator} is not {state}: {row(line, validator)}",
    )


def test_a_newcomer_becomes_a_member_with_a_process_of_its_own_and_a_leaver_gets_its_stake_back(
    members: CommandLine,
) -> None:
    said = members.run("validator", "join", "carol", "--weight", "50", "--name", OWN)
    assert said.startswith("carol (0x")
    await_state(members, "carol", "member")
    actor = next(one for one in members.status(OWN)["actors"] if one["name"] == "carol")
    assert (actor["kind"], actor["state"]) == ("validator", "running")
    assert actor["pid"] > 0
    members.run("validator", "leave", "validator-4", "--name", OWN)
    await_state(members, "validator-4", "left")
    wait_until(
        lambda: members.say("validator", "withdraw", "validator-4", "--name", OWN).code == 0,
        COMES_AND_GOES_S,
        lambda: f"validator-4 cannot withdraw: {row(members, 'validator-4')}",
    )
    await_state(members, "validator-4", "withdrawn")
    table = members.run("validator", "list", "--name", OWN)
    assert [line.split()[1:4] for line in table.splitlines() if "carol" in line] == [["carol", "50", "member"]]


def test_what_cannot_be_is_one_sentence(network: CommandLine) -> None:
    taken = network.say("validator", "join", "validator-1", "--name", NAME)
    assert (taken.code, "taken" in taken.sentence) == (2, True)
    small = network.say("validator", "join", "carol", "--weight", "1", "--name", NAME)
    assert (small.code, "at least" in small.sentence) == (2, True)
    unknown = network.say("validator", "leave", "carol", "--name", NAME)
    assert (unknown.code, "no validator 'carol'" in unknown.sentence) == (2, True)
    locked = network.say("validator", "withdraw", "validator-1", "--name", NAME)
    assert (locked.code, "StakeLocked" in locked.sentence) == (1, True)
    assert locked.sentence.endswith("it may withdraw once it has left and the delay is over, see devnet validator list")
