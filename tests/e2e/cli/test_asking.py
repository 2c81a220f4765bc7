"""Everything one can ask of a running network, from the command line and at its RPC ports."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
import requests
from eth_account import Account

from devnet.chain.wait import wait_until
from tests.e2e.cli.command_line import DEADLINE_S, NAME, CommandLine

pytestmark = pytest.mark.live

OTHER = f"{NAME}-other"


def call(method: str, *params: object, identifier: object = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identifier, "method": method, "params": list(params)}


def ask(url: str, method: str, *params: object) -> Any:
    answer = requests.post(url, json=call(method, *params), timeout=10).json()
    assert "error" not in answer, answer
    return answer["result"]


@pytest.fixture
def rpc(network: CommandLine) -> dict[str, str]:
    """RPC address of every chain."""
    return {chain["name"]: chain["rpc"] for chain in network.status()["chains"]}


def test_status_says_what_is_promised(network: CommandLine) -> None:
    status = network.status()
    assert (status["network"], status["runtime"], status["mode"]) == (NAME, "process", "live")
    assert isinstance(status["seed"], int)
    assert status["world"]["api"].startswith("http://127.0.0.1:")
    os.kill(status["world"]["pid"], 0)
    assert status["run_directory"].startswith(str(network.home))
    expected = {"name", "role", "chain_id", "rpc", "height", "justified", "finalised", "committed", "committed_block"}
    for chain in status["chains"]:
        assert expected <= chain.keys()
        assert ask(chain["rpc"], "eth_chainId") == hex(chain["chain_id"])
        assert chain["finalised"] <= chain["justified"] <= chain["height"]
    assert [(chain["name"], chain["role"]) for chain in status["chains"]] == [
        ("origin", "origin"),
        ("auxiliary-1", "auxiliary"),
    ]
    assert status["chains"][1]["finalised"] > 0
    assert [actor["kind"] for actor in status["actors"]] == ["validator"] * 4 + ["fisherman"]
    for actor in status["actors"]:
        assert actor["state"] == "running"
        os.kill(actor["pid"], 0)
    assert len({actor["pid"] for actor in status["actors"]}) == 5


def test_status_for_people_has_every_chain_and_validator(network: CommandLine) -> None:
    shown = network.run("status")
    for word in ("origin", "auxiliary-1", "validator-4", "fisherman", "JUSTIFIED", "COMMITTED"):
        assert word in shown


def test_a_shell_reads_what_env_prints(network: CommandLine) -> None:
    variables: dict[str, str] = json.loads(network.run("env", "--json"))
    script = f'eval "$1"; for name in {" ".join(variables)}; do eval "echo \\$$name"; done'
    printed = subprocess.run(["sh", "-c", script, "sh", network.run("env")], capture_output=True, text=True, check=True)
    assert printed.stdout.splitlines() == list(variables.values())
    assert variables["DEVNET_NAME"] == NAME
    assert variables["ETH_RPC_URL"] == variables["DEVNET_ORIGIN_RPC"]
    assert int(variables["DEVNET_AUXILIARY_1_CHAIN_ID"]) == 1001
    assert variables["DEVNET_AUXILIARY_1_WS"].startswith("ws://")
    contracts = {name: value for name, value in variables.items() if value.startswith("0x")}
    assert {"DEVNET_ORIGIN_STAKE", "DEVNET_AUXILIARY_1_POLLING_PLACE"} <= contracts.keys()
    for name, address in contracts.items():
        url = variables["DEVNET_ORIGIN_RPC" if name.startswith("DEVNET_ORIGIN") else "DEVNET_AUXILIARY_1_RPC"]
        assert len(ask(url, "eth_getCode", address, "latest")) > 2, name


def test_ten_accounts_are_funded_on_every_chain(network: CommandLine, rpc: dict[str, str]) -> None:
    said = network.say("accounts", "--json")
    found = json.loads(said.out)
    assert len(found["accounts"]) == 10
    assert len(found["mnemonic"].split()) == 12
    said = network.say("accounts")
    assert "never send" in said.err
    assert said.out.splitlines()[10].split()[:2] == ["9", found["accounts"][9]["address"]]
    for account in found["accounts"]:
        assert Account.from_key(account["private_key"]).address == account["address"]
        for url in rpc.values():
            assert int(ask(url, "eth_getBalance", account["address"], "latest"), 16) > 0


def test_blocks_can_be_made_and_time_moved(network: CommandLine, rpc: dict[str, str]) -> None:
    height = int(ask(rpc["origin"], "eth_blockNumber"), 16)
    assert json.loads(network.run("mine", "origin", "-n", "3", "--json"))["height"] >= height + 3
    before = {
        name: int(ask(url, "eth_getBlockByNumber", "latest", False)["timestamp"], 16) for name, url in rpc.items()
    }
    network.run("warp", "3600")
    for name, url in rpc.items():
        network.run("mine", name)
        # Blocks made faster than a second apart are ahead of the clock by as much.
        assert int(ask(url, "eth_getBlockByNumber", "latest", False)["timestamp"], 16) >= before[name] + 3600 - 10


def test_a_transaction_is_mined_once_also_after_its_block_was_replaced(
    network: CommandLine, rpc: dict[str, str]
) -> None:
    key = json.loads(network.run("accounts", "--json"))["accounts"][9]["private_key"]
    recipient = "0x" + "57" * 20
    fields = {"to": recipient, "value": 5, "nonce": 0, "gas": 21_000, "chainId": 1515, "type": 2}
    fees = {"maxFeePerGas": 10**12, "maxPriorityFeePerGas": 10**9}
    signed = Account.sign_transaction(fields | fees, key)
    sent = ask(rpc["origin"], "eth_sendRawTransaction", "0x" + signed.raw_transaction.hex())
    network.run("mine", "origin")
    network.run("reorg", "origin", "1")
    wait_until(lambda: ask(rpc["origin"], "eth_getTransactionReceipt", sent), DEADLINE_S, "not mined again")
    network.run("mine", "origin", "-n", "2")
    assert int(ask(rpc["origin"], "eth_getBalance", recipient, "latest"), 16) == 5


def test_logs_are_found_by_who_wrote_them(network: CommandLine) -> None:
    every = network.run("logs", "-n", "1")
    assert "origin-0" in every
    assert "auxiliary-1-0" in every
    assert "Chain head was updated" in network.run("logs", "auxiliary-1")
    assert "contracts: deploying" in network.run("logs", "world")
    follower = network.start("logs", "-f", "origin")
    assert follower.stdout is not None
    network.run("mine", "origin")
    assert follower.stdout.readline()
    follower.send_signal(signal.SIGINT)
    follower.communicate(timeout=DEADLINE_S)
    assert follower.returncode == 130


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mine", "orgin"], "did you mean 'origin'?"),
        (["logs", "validator-9"], "has no log of 'validator-9'"),
        (["status", "--name", "nobody"], "network 'nobody' is not running"),
        (["reorg", "origin", "1000000"], "depth must be 1 to "),
        (["warp", "9" * 30], "seconds must be a whole number"),
        (["up", "-f", "minimal", "--name", NAME], f"network {NAME} is already running (pid "),
    ],
    ids=["unknown chain", "unknown log", "unknown network", "too deep", "too long", "running already"],
)
def test_a_wrong_request_is_one_sentence(network: CommandLine, arguments: list[str], words: str) -> None:
    said = network.say(*arguments)
    assert said.code == 2
    assert words in said.sentence


def test_batches_are_answered_in_order_and_engine_methods_by_nobody(rpc: dict[str, str]) -> None:
    refused = ("engine_newPayloadV4", "testing_buildBlockV1", "miner_setExtra", "admin_peers", "debug_setHead")
    batch = [call(method, identifier=method) for method in refused]
    batch = [call("eth_chainId", identifier="first"), *batch, call("eth_chainId", identifier="last")]
    answers = requests.post(rpc["origin"], json=batch, timeout=10).json()
    assert [answer["id"] for answer in answers] == ["first", *refused, "last"]
    assert answers[0]["result"] == answers[-1]["result"] == hex(1515)
    assert {answer["error"]["code"] for answer in answers[1:-1]} == {-32601}
    for body in (b"[]", b"{", b"[1]", b"[" * 2000):
        answer = requests.post(rpc["origin"], data=body, timeout=10).json()
        assert "error" in (answer[0] if isinstance(answer, list) else answer)


KILLS = 3


def test_a_subscriber_is_told_every_head_once_and_in_order_however_often_geth_is_killed(network: CommandLine) -> None:
    async def listen() -> tuple[set[str], list[tuple[int, str]]]:
        ids: set[str] = set()
        heads: list[tuple[int, str]] = []
        kill_at = [0]
        auxiliary = network.status()["chains"][1]
        async with aiohttp.ClientSession() as session, session.ws_connect(auxiliary["ws"]) as socket:
            await socket.send_json(call("eth_subscribe", "newHeads"))
            ids.add((await socket.receive_json(timeout=DEADLINE_S))["result"])
            while len(kill_at) <= KILLS or heads[-1][0] < kill_at[-1]:
                news = (await socket.receive_json(timeout=DEADLINE_S))["params"]
                number = int(news["result"]["number"], 16)
                ids.add(news["subscription"])
                heads.append((number, news["result"]["parentHash"]))
                if len(kill_at) <= KILLS and number >= kill_at[-1]:
                    if len(kill_at) == KILLS:
                        # A geth that dies three times within a minute has failed for good.
                        await asyncio.to_thread(network.run, "warp", "61")
                    nodes = (await asyncio.to_thread(network.status))["chains"][1]["nodes"]
                    os.kill(nodes[0]["pid"], signal.SIGKILL)
                    kill_at.append(number + 2)
        return ids, heads

    ids, heads = asyncio.run(listen())
    assert len(ids) == 1
    assert [number for number, _ in heads] == list(range(heads[0][0], heads[-1][0] + 1))
    auxiliary = network.status()["chains"][1]["rpc"]
    blocks = [ask(auxiliary, "eth_getBlockByNumber", hex(number), False) for number, _ in heads]
    assert [block["parentHash"] for block in blocks] == [parent for _, parent in heads]


def test_both_chains_go_on_and_the_core_commits_once(network: CommandLine) -> None:
    before = {chain["name"]: chain for chain in network.status()["chains"]}

    def has_grown() -> bool:
        for name in before:
            network.run("mine", name)
        now = {chain["name"]: chain for chain in network.status()["chains"]}
        return all(now[name]["finalised"] > before[name]["finalised"] for name in now) and (
            now["auxiliary-1"]["committed"] >= 1
        )

    wait_until(has_grown, DEADLINE_S, lambda: f"no progress: {network.status()['chains']}")


def test_finalised_blocks_go_only_when_insisted(network: CommandLine, rpc: dict[str, str]) -> None:
    origin = network.status()["chains"][0]
    number = origin["finalised"] - 1
    # More than needed: the chain grows meanwhile, on a busy machine for some seconds.
    depth = str(min(origin["height"] - 1, origin["height"] - number + 12))
    before = ask(rpc["origin"], "eth_getBlockByNumber", hex(number), False)["hash"]
    refused = network.run("reorg", "origin", depth, expect=2)
    assert "more only past finality (--past-finality)" in refused
    assert ask(rpc["origin"], "eth_getBlockByNumber", hex(number), False)["hash"] == before
    said = network.say("reorg", "origin", depth, "--past-finality")
    assert said.code == 0
    assert "a core whose validators signed one of them halts for ever" in said.err
    assert ask(rpc["origin"], "eth_getBlockByNumber", hex(number), False)["hash"] != before


@pytest.fixture
def second(network: CommandLine) -> Iterator[dict[str, Any]]:
    """Another network beside the shared one."""
    yield network.up(name=OTHER)
    network.run("down", "--name", OTHER)


def test_two_networks_run_side_by_side(network: CommandLine, second: dict[str, Any]) -> None:
    first = network.status()
    assert {chain["rpc"] for chain in first["chains"]}.isdisjoint(chain["rpc"] for chain in second["chains"])
    for verb in ("status", "down", "env"):
        assert f"choose one with --name ({NAME}, {OTHER})" in network.run(verb, expect=2)
    height = first["chains"][0]["height"]
    network.run("mine", "origin", "-n", "40", "--name", OTHER)
    assert network.status()["chains"][0]["height"] < height + 30
    assert network.status(OTHER)["chains"][0]["height"] >= 40
    os.kill(second["world"]["pid"], signal.SIGKILL)
    assert network.status()["network"] == NAME
