"""Pairs of gateways in a live network, as a user types it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.cli.command_line import NAME, CommandLine

pytestmark = pytest.mark.live

OWN = f"{NAME}-gateways"

MANIFEST = """
name: bridged
runtime: process
chains:
  - role: origin
  - role: auxiliary
accounts: 1
facilitators: 1
"""


@pytest.fixture(scope="module")
def bridged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """A live network with a facilitator that has nothing to do yet."""
    with CommandLine(tmp_path_factory.mktemp("bridged") / "home").running(MANIFEST, OWN) as line:
        yield line


def facilitator(line: CommandLine) -> dict[str, Any]:
    (found,) = (one for one in line.status(OWN)["actors"] if one["kind"] == "facilitator")
    return dict(found)


def test_a_pair_is_added_listed_and_told_to_everybody(bridged: CommandLine) -> None:
    assert bridged.run("gateway", "ls", "--name", OWN).startswith("no pair of gateways")
    before = facilitator(bridged)
    said = bridged.run("gateway", "add", "--symbol", "GOLD", "--bounty", "0.25", "--name", OWN)
    assert said.splitlines()[1].split()[:2] == ["GOLD", "auxiliary-1"]
    added = json.loads(bridged.run("gateway", "add", "--name", OWN, "--json"))
    assert (added["name"], added["bounty_wei"], added["locked_wei"]) == ("TKN1", str(10**17), "0")
    listed = json.loads(bridged.run("gateway", "ls", "--name", OWN, "--json"))
    assert [(one["name"], one["bounty_wei"]) for one in listed] == [("GOLD", str(25 * 10**16)), ("TKN1", str(10**17))]
    assert bridged.status(OWN)["pairs"] == listed
    assert "GOLD" in bridged.run("status", "--name", OWN)
    variables = json.loads(bridged.run("env", "--name", OWN, "--json"))
    assert variables["DEVNET_ORIGIN_GOLD_GATEWAY"] == listed[0]["gateway"]
    assert variables["DEVNET_AUXILIARY_1_GOLD_UTILITY_TOKEN"] == listed[0]["utility_token"]
    # It begins again, and so knows the pair.
    after = facilitator(bridged)
    assert (before["state"], after["state"]) == ("running", "running")
    assert before["pid"] != after["pid"]


def test_what_cannot_be_is_one_sentence(bridged: CommandLine) -> None:
    added = json.loads(bridged.run("gateway", "add", "--name", OWN, "--json"))["name"]
    taken = bridged.say("gateway", "add", "--symbol", added, "--name", OWN)
    assert (taken.code, f"symbol {added!r} is taken" in taken.sentence) == (2, True)
    small = bridged.say("gateway", "add", "--symbol", "gold", "--name", OWN)
    assert (small.code, "capital letters" in small.sentence) == (2, True)
    nowhere = bridged.say("gateway", "add", "--auxiliary", "auxiliary-7", "--name", OWN)
    assert (nowhere.code, "there are: auxiliary-1" in nowhere.sentence) == (2, True)
    absent = bridged.say("gateway", "add", "--name", "ghost")
    assert (absent.code, "ghost" in absent.sentence) == (2, True)
