"""The control API and its client, over a real loopback socket, with a network that only pretends."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from devnet.errors import ChainError, DevnetError, ManifestError, NetworkEnded, RpcError, UsageError, WaitTimeout
from devnet.history import History
from devnet.world.control import Control
from devnet.world.control_client import MINE_PART, ControlClient, NotAnswering
from devnet.world.server import Server
from devnet.world.transfer_requests import ControlledTransfers

TOKEN = "a-token"


class FakeWorld:
    def __init__(self) -> None:
        self.membership = self
        self.gateways = self
        self.history = History(None, "run")
        self.calls: list[tuple[object, ...]] = []

    @property
    def transfers(self) -> ControlledTransfers:
        raise UsageError("the world does not run")

    def mine(self, chain: str, count: int = 1) -> int:
        self.calls.append(("mine", chain, count))
        return 41 + count

    def join(self, name: str, weight_wei: int) -> dict[str, Any]:
        self.calls.append(("join", name, weight_wei))
        return {"name": name}

    def leave(self, name: str) -> dict[str, Any]:
        self.calls.append(("leave", name))
        return {"name": name}

    def withdraw(self, name: str) -> dict[str, Any]:
        raise ChainError("Stake.withdraw reverted: StakeLocked(from=9)")

    def validators(self) -> list[dict[str, Any]]:
        return [{"name": "validator-1", "state": "member"}]

    def add(self, auxiliary: str | None, symbol: str | None, bounty_wei: int) -> dict[str, Any]:
        if symbol == "TAKEN":
            raise ManifestError("symbol 'TAKEN' is taken")
        self.calls.append(("add", auxiliary, symbol, bounty_wei))
        return {"name": symbol}

    def pairs(self) -> list[dict[str, Any]]:
        return [{"name": "TKN1", "locked_wei": "0"}]

    def warp(self, seconds: int) -> None:
        self.calls.append(("warp", seconds))

    def revive(self, actor: str) -> None:
        if actor == "validator-1":
            raise UsageError("validator-1 is running")
        self.calls.append(("revive", actor))

    def reorg(self, chain: str, depth: int, past_finality: bool = False) -> None:
        if depth > 5 and not past_finality:
            raise ChainError("origin: a reorg of depth 9 goes past finalised block 3: use --past-finality")
        if depth == 5:
            raise RpcError(-32000, "no such block")
        if depth == 4:
            raise ZeroDivisionError
        self.calls.append(("reorg", chain, depth, past_finality))


class FakeNetwork:
    def __init__(self) -> None:
        self.world = FakeWorld()

    def chain_names(self) -> tuple[str, ...]:
        return ("origin", "auxiliary-1")

    def status(self) -> dict[str, Any]:
        return {"network": "demo", "chains": []}

    def env(self) -> dict[str, str]:
        return {"DEVNET_NAME": "demo"}

    def accounts(self) -> dict[str, Any]:
        return {"mnemonic": "test", "accounts": []}

    def logs(self) -> dict[str, str]:
        return {"origin-0": str(Path("logs", "origin-0.log"))}


@pytest.fixture
def served() -> Iterator[SimpleNamespace]:
    network, stopped = FakeNetwork(), []
    with Server() as server:
        control = Control(network, TOKEN, lambda: stopped.append(True))
        url = server.serve(control.application())
        client = ControlClient(url, TOKEN)
        yield SimpleNamespace(url=url, world=network.world, stopped=stopped, client=client, control=control)
    network.world.history.close()


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(f"{url}/status", headers={"Authorization": f"Bearer {TOKEN}"} | headers, timeout=5)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", TOKEN, "Bearer \u00e9"])
def test_without_the_token_nothing_is_answered(served: SimpleNamespace, header: str) -> None:
    response = get(served.url, Authorization=header.encode("latin-1"))  # type: ignore[arg-type]
    assert response.status_code == 401
    assert "demo" not in response.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_another_host_is_refused(served: SimpleNamespace, host: str) -> None:
    assert get(served.url, Host=host).status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1@evil.example", "http://["])
def test_a_web_page_is_refused(served: SimpleNamespace, origin: str) -> None:
    assert get(served.url, Origin=origin).status_code == 403


def test_a_local_page_with_the_token_is_let_in(served: SimpleNamespace) -> None:
    assert get(served.url, Origin="http://localhost:5173").status_code == 200


def test_an_unknown_path_is_a_sentence(served: SimpleNamespace) -> None:
    response = requests.get(f"{served.url}/nowhere", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5)
    assert (response.status_code, response.json()["error"]) == (404, "GET /nowhere: Not Found")


def test_readers_get_what_the_network_says(served: SimpleNamespace) -> None:
    client: ControlClient = served.client
    assert client.status() == {"network": "demo", "chains": []}
    assert client.env() == {"DEVNET_NAME": "demo"}
    assert client.accounts() == {"mnemonic": "test", "accounts": []}
    assert client.logs() == {"origin-0": "logs/origin-0.log"}


def test_commands_reach_the_world(served: SimpleNamespace) -> None:
    client: ControlClient = served.client
    assert client.mine("origin", 3) == 44
    client.warp(60)
    client.reorg("auxiliary-1", 2)
    client.reorg("auxiliary-1", 9, past_finality=True)
    client.stop()
    assert served.world.calls == [
        ("mine", "origin", 3),
        ("warp", 60),
        ("reorg", "auxiliary-1", 2, False),
        ("reorg", "auxiliary-1", 9, True),
    ]
    assert served.stopped == [True]


def test_many_blocks_are_asked_for_in_parts(served: SimpleNamespace) -> None:
    assert served.client.mine("origin", 2 * MINE_PART + 1) == 42
    assert served.world.calls == [("mine", "origin", part) for part in (MINE_PART, MINE_PART, 1)]
    with pytest.raises(UsageError, match="blocks must be a whole number from 1"):
        served.client.mine("origin", 0)


def test_a_world_that_is_busy_is_a_timeout_and_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = ControlClient(f"http://127.0.0.1:{silent.getsockname()[1]}", TOKEN, timeout_s=0.05)
        with pytest.raises(WaitTimeout, match=r"did not answer within 0\.05 s: a long command may keep it busy"):
            client.status()


def test_validators_come_and_go(served: SimpleNamespace) -> None:
    client: ControlClient = served.client
    assert client.validators() == [{"name": "validator-1", "state": "member"}]
    assert client.join("carol", 10**20) == {"name": "carol"}
    assert client.leave("carol") == {"name": "carol"}
    with pytest.raises(ChainError, match="StakeLocked"):
        client.withdraw("carol")
    assert served.world.calls == [("join", "carol", 10**20), ("leave", "carol")]


def test_gateways_are_added_and_listed(served: SimpleNamespace) -> None:
    client: ControlClient = served.client
    assert client.gateways() == [{"name": "TKN1", "locked_wei": "0"}]
    assert client.add_gateway("auxiliary-1", "GOLD", 7) == {"name": "GOLD"}
    assert client.add_gateway(None, None, 0) == {"name": None}
    with pytest.raises(ManifestError, match="'TAKEN' is taken"):
        client.add_gateway(None, "TAKEN", 1)
    assert served.world.calls == [("add", "auxiliary-1", "GOLD", 7), ("add", None, None, 0)]


@pytest.mark.parametrize(
    "asked", [{"symbol": 7}, {"auxiliary": ["a"]}, {"bounty_wei": -1}, {"bounty_wei": 0.1}], ids=str
)
def test_a_gateway_of_the_wrong_kind_is_refused(served: SimpleNamespace, asked: dict[str, object]) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    response = requests.post(f"{served.url}/gateways/add", json=asked, headers=headers, timeout=5)
    assert (response.status_code, response.json()["exit_code"]) == (400, UsageError.exit_code)
    assert next(iter(asked)) in response.json()["error"]
    assert served.world.calls == []


@pytest.mark.parametrize("weight", [0, -1, 2**96, "x"])
def test_a_stake_that_is_no_sensible_number_is_refused(served: SimpleNamespace, weight: object) -> None:
    with pytest.raises(UsageError, match="weight_wei"):
        served.client.join("carol", weight)


def test_an_unknown_chain_is_answered_with_the_nearest(served: SimpleNamespace) -> None:
    with pytest.raises(ManifestError, match=r"no chain 'auxiliary1' .* did you mean 'auxiliary-1'"):
        served.client.mine("auxiliary1")


def test_an_error_of_the_world_keeps_its_class_and_sentence(served: SimpleNamespace) -> None:
    with pytest.raises(ChainError, match="use --past-finality"):
        served.client.reorg("origin", 9)


def test_an_error_of_a_node_is_a_sentence(served: SimpleNamespace) -> None:
    with pytest.raises(DevnetError, match="no such block"):
        served.client.reorg("origin", 5)


def test_a_defect_is_reported_without_a_traceback(served: SimpleNamespace) -> None:
    with pytest.raises(DevnetError, match="internal error: ZeroDivisionError"):
        served.client.reorg("origin", 4)


@pytest.mark.parametrize("body", ["[", "[]", "7"])
def test_a_body_that_is_no_object_is_refused(served: SimpleNamespace, body: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert requests.post(f"{served.url}/warp", data=body, headers=headers, timeout=5).status_code == 400


@pytest.mark.parametrize("seconds", [0, -1, 1.5, "x", None, True, 2**63, [1]])
def test_a_warp_that_is_no_sensible_number_is_refused(served: SimpleNamespace, seconds: object) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    body = json.dumps({"seconds": seconds})
    response = requests.post(f"{served.url}/warp", data=body, headers=headers, timeout=5)
    assert (response.status_code, response.json()["exit_code"]) == (400, UsageError.exit_code)
    assert served.world.calls == []


def test_events_are_read_after_a_sequence(served: SimpleNamespace) -> None:
    first = served.world.history.append("Warped", time=1, payload={"seconds": 5})
    served.world.history.append("Ready", time=2)
    assert [event["kind"] for event in served.client.events()] == ["Warped", "Ready"]
    assert [event["kind"] for event in served.client.events(after=first.sequence)] == ["Ready"]
    assert [event["payload"] for event in served.client.events(kind="Warped")] == [{"seconds": 5}]


def test_a_world_that_is_gone_is_said_to_be() -> None:
    with pytest.raises(NotAnswering, match="does not answer"):
        ControlClient("http://127.0.0.1:9", TOKEN).status()


def test_the_token_is_not_shown() -> None:
    assert TOKEN not in repr(ControlClient("http://127.0.0.1:9", TOKEN))


def test_an_actor_is_revived_by_its_name_and_one_that_runs_is_refused(served: SimpleNamespace) -> None:
    served.client.revive("facilitator-1")
    assert served.world.calls == [("revive", "facilitator-1")]
    with pytest.raises(UsageError, match="validator-1 is running"):
        served.client.revive("validator-1")


@pytest.mark.parametrize("depth", [4, 9], ids=["a defect", "an error"])
def test_what_fails_while_the_network_ends_fails_because_it_ends(served: SimpleNamespace, depth: int) -> None:
    served.control.end()
    with pytest.raises(NetworkEnded, match="the network is ending") as failed:
        served.client.reorg("origin", depth)
    assert failed.value.exit_code == 3
