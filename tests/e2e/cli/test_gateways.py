"""Pairs of gateways in a live network and what crosses them, as a user types it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import requests

from devnet.chain.wait import wait_until
from devnet.types import TOKEN
from tests.e2e.cli.command_line import DEADLINE_S, NAME, CommandLine

pytestmark = pytest.mark.live

OWN = f"{NAME}-gateways"

ENDED = ["declared", "confirmed", "progressed at source", "progressed at target"]

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


@pytest.fixture(scope="module")
def paired(bridged: CommandLine) -> CommandLine:
    """The same network, with a pair of which nobody has moved anything."""
    bridged.run("gateway", "add", "--symbol", "STEEL", "--name", OWN)
    return bridged


def facilitator(line: CommandLine) -> dict[str, Any]:
    (found,) = (one for one in line.status(OWN)["actors"] if one["kind"] == "facilitator")
    return dict(found)


class Held(NamedTuple):
    """What is where because of the pair STEEL."""

    locked: int
    minted: int
    by_user: int
    bounties: int


def held(line: CommandLine) -> Held:
    """In wei; what was minted and the user does not have is with the facilitator."""
    variables = json.loads(line.run("env", "--name", OWN, "--json"))
    (user,) = json.loads(line.run("accounts", "--name", OWN, "--json"))["accounts"]
    pairs = json.loads(line.run("gateway", "ls", "--name", OWN, "--json"))
    (pair,) = (one for one in pairs if one["name"] == "STEEL")

    def ask(chain: str, method: str, what: object) -> int:
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": [what, "latest"]}
        return int(requests.post(variables[f"DEVNET_{chain}_RPC"], json=asked, timeout=DEADLINE_S).json()["result"], 16)

    balance = {"to": pair["utility_token"], "data": "0x70a08231" + user["address"][2:].rjust(64, "0")}
    return Held(
        int(pair["locked_wei"]),
        int(pair["minted_wei"]),
        ask("AUXILIARY_1", "eth_call", balance),
        ask("ORIGIN", "eth_getBalance", pair["gateway"]),
    )


def kill_facilitator(line: CommandLine) -> None:
    os.kill(facilitator(line)["pid"], signal.SIGKILL)
    wait_until(lambda: facilitator(line)["state"] != "running", DEADLINE_S, "the facilitator lives")


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
    nowhere = bridged.say("gateway", "add", "--chain", "auxiliary-7", "--name", OWN)
    assert (nowhere.code, "there are: auxiliary-1" in nowhere.sentence) == (2, True)
    absent = bridged.say("gateway", "add", "--name", "ghost")
    assert (absent.code, "ghost" in absent.sentence) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("stake", "much", "--chain", "auxiliary-1"), "amount in tokens such as 40"),
        (("stake", "9999999", "--chain", "auxiliary-1"), "has 1000000 of the token on origin"),
        (("stake", "0.001", "--chain", "auxiliary-1"), "above the maximal reward of 0.005"),
        (("redeem", "1", "--chain", "auxiliary-1"), "has 0 of the token on auxiliary-1"),
        (("stake", "1", "--chain", "auxilary-1"), "did you mean 'auxiliary-1'?"),
        (("stake", "1", "--chain", "auxiliary-1", "--pair", "SILVER"), "no pair 'SILVER' on auxiliary-1"),
        (("stake", "1", "--chain", "auxiliary-1", "--from", "7"), "expected 0 to 0 or an address"),
        (("stake", "1", "--chain", "auxiliary-1", "--to", "me"), "expected an address"),
        (("watch", "0x12"), "expected at least 4 digits of a message"),
        (("watch", "0x" + "12" * 32), "no transfer 0x1212"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_transfer_that_cannot_be_is_one_sentence(
    paired: CommandLine, arguments: tuple[str, ...], sentence: str
) -> None:
    pair = () if "--pair" in arguments or arguments[0] == "watch" else ("--pair", "STEEL")
    said = paired.say("transfer", *arguments, *pair, "--name", OWN)
    assert (said.code, sentence in said.sentence) == (2, True), said


def test_a_transfer_that_nobody_carries_is_left_on_its_way_until_somebody_does(paired: CommandLine) -> None:
    """It says so, does not end, keeps the account from a second one (R66), and can be left by Ctrl-C or by time.

    R64, R68: one who begins again goes on where the chains are, and is paid once, also if it dies in the middle.
    """
    before = held(paired)
    kill_facilitator(paired)
    stake = ("transfer", "stake", "1", "--chain", "auxiliary-1", "--pair", "STEEL", "--name", OWN)
    said = paired.say(*stake)
    assert (said.code, "warning: no facilitator is running" in said.err) == (0, True)
    message = said.out.split("message ")[1].split()[0]
    assert f"devnet transfer watch {message}" in said.out
    second = paired.say(*stake)
    assert (second.code, "only one may be open (R66)" in second.sentence) == (2, True)
    late = paired.say("transfer", "watch", message, "--timeout", "0.5", "--name", OWN)
    assert (late.code, f"devnet transfer watch {message}" in late.sentence) == (4, True)
    with paired.start("transfer", "watch", message, "--name", OWN) as left:
        assert left.stdout is not None
        assert any(line.startswith("declared") for line in left.stdout)
        left.send_signal(signal.SIGINT)
        _, complaint = left.communicate(timeout=DEADLINE_S)
    assert (left.returncode, f"devnet transfer watch {message}" in complaint) == (130, True)

    told = []
    with paired.start("transfer", "watch", message, "--json", "--timeout", str(DEADLINE_S), "--name", OWN) as watched:
        paired.run("revive", "facilitator", "--name", OWN)
        assert watched.stdout is not None
        for line in watched.stdout:
            told.append(json.loads(line))
            if told[-1].get("step") == "confirmed":
                kill_facilitator(paired)
                paired.run("revive", "facilitator", "--name", OWN)
    *steps, end = told
    assert [step["step"] for step in steps] == ENDED
    assert end["result"] == "progressed"
    received, reward = int(steps[3]["received_wei"]), int(steps[3]["reward_wei"])
    assert (received + reward, reward > 0, steps[2]["bounty_wei"]) == (TOKEN, True, str(TOKEN // 10))
    after = Held(before.locked + TOKEN, before.minted + TOKEN, before.by_user + received, 0)
    assert held(paired) == after
    assert steps[1]["proof_bytes"] > 0
    assert {tuple(sorted(step["blocks"])) for step in steps} == {("auxiliary-1", "origin")}
    (listed,) = json.loads(paired.run("transfer", "ls", "--name", OWN, "--json"))
    assert (listed["message"], listed["outbox"], listed["inbox"]) == (message, "progressed", "progressed")
    assert "is running" in paired.say("revive", "facilitator", "--name", OWN).sentence
