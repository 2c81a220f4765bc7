"""Pairs of gateways in a live network, as a user types it."""

from __future__ import annotations

import json

import pytest

from tests.e2e.cli.command_line import NAME, CommandLine

pytestmark = pytest.mark.live


def test_a_pair_is_added_listed_and_told_by_status_and_env(network: CommandLine) -> None:
    assert network.run("gateway", "ls", "--name", NAME).startswith("no pair of gateways")
    said = network.run("gateway", "add", "--symbol", "GOLD", "--bounty", "0.25", "--name", NAME)
    assert said.splitlines()[1].split()[:2] == ["GOLD", "auxiliary-1"]
    added = json.loads(network.run("gateway", "add", "--name", NAME, "--json"))
    assert (added["name"], added["bounty_wei"], added["locked_wei"]) == ("TKN1", str(10**17), "0")
    listed = json.loads(network.run("gateway", "ls", "--name", NAME, "--json"))
    assert [(one["name"], one["bounty_wei"]) for one in listed] == [("GOLD", str(25 * 10**16)), ("TKN1", str(10**17))]
    assert network.status()["pairs"] == listed
    assert "GOLD" in network.run("status", "--name", NAME)
    variables = json.loads(network.run("env", "--name", NAME, "--json"))
    assert variables["DEVNET_ORIGIN_GOLD_GATEWAY"].lower() == listed[0]["gateway"]
    assert variables["DEVNET_AUXILIARY_1_GOLD_UTILITY_TOKEN"].lower() == listed[0]["utility_token"]


def test_what_cannot_be_is_one_sentence(network: CommandLine) -> None:
    added = json.loads(network.run("gateway", "add", "--name", NAME, "--json"))["name"]
    taken = network.say("gateway", "add", "--symbol", added, "--name", NAME)
    assert (taken.code, f"symbol {added!r} is taken" in taken.sentence) == (2, True)
    small = network.say("gateway", "add", "--symbol", "gold", "--name", NAME)
    assert (small.code, "capital letters" in small.sentence) == (2, True)
    nowhere = network.say("gateway", "add", "--auxiliary", "auxiliary-7", "--name", NAME)
    assert (nowhere.code, "there are: auxiliary-1" in nowhere.sentence) == (2, True)
    absent = network.say("gateway", "add", "--name", "ghost")
    assert (absent.code, "ghost" in absent.sentence) == (2, True)
