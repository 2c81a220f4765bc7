"""A chain's front over real loopback sockets, with a chain that only pretends."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests
from websockets.sync.client import ClientConnection, connect

from devnet.errors import EnvironmentFailure, RpcError, TransportError, UsageError
from devnet.world.front import front
from devnet.world.server import Server
from tests.unit.world.growing import GrowingChain


class FakeChain(GrowingChain):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.arrived: list[object] = []
        self.filters: list[list[Any]] = []

    def rpc(self, method: str, params: list[Any], view: str = "main") -> Any:
        self.calls.append(method)
        if method == "eth_newPendingTransactionFilter":
            self.filters.append(params)
            return "0xfilter"
        if method == "eth_getFilterChanges":
            arrived, self.arrived = self.arrived, []
            return arrived
        if method == "dead":
            raise TransportError("node restarting")
        if method == "admin_nodeInfo":
            raise RpcError(-32601, "the method admin_nodeInfo does not exist/is not available")
        return {"method": method, "params": params}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def chain() -> FakeChain:
    return FakeChain()


@pytest.fixture
def client(server: Server, chain: FakeChain) -> Iterator[ClientConnection]:
    with connect(server.serve(front(chain)).replace("http", "ws")) as connection:
        yield connection


def ask(client: ClientConnection, method: str, *params: object) -> Any:
    client.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}))
    return hear(client)


def hear(client: ClientConnection) -> Any:
    return json.loads(client.recv(timeout=5))


def post(url: str, message: Any) -> Any:
    return requests.post(url, json=message, timeout=5).json()


def test_a_call_reaches_the_chain(server: Server, chain: FakeChain) -> None:
    url = server.serve(front(chain))
    assert post(url, {"id": 1, "method": "eth_x", "params": [7]})["result"] == {"method": "eth_x", "params": [7]}


def test_a_batch_is_split_and_answered_in_order(server: Server, chain: FakeChain) -> None:
    url = server.serve(front(chain))
    replies = post(url, [{"id": 2, "method": "a"}, {"id": 1, "method": "admin_nodeInfo"}, {"id": 0, "method": "dead"}])
    assert [reply["id"] for reply in replies] == [2, 1, 0]
    assert [reply.get("error", {}).get("code") for reply in replies] == [None, -32601, -32000]
    assert chain.calls == ["a", "admin_nodeInfo", "dead"]


def test_a_subscription_over_http_is_refused_before_it_reaches_geth(server: Server, chain: FakeChain) -> None:
    url = server.serve(front(chain))
    assert post(url, {"id": 1, "method": "eth_subscribe", "params": ["newHeads"]})["error"]["code"] == -32601
    assert chain.calls == []


def test_a_body_that_is_too_large_is_refused(server: Server, chain: FakeChain) -> None:
    url = server.serve(front(chain))
    assert requests.post(url, data=b"x" * (5 * 1024 * 1024 + 1), timeout=5).status_code == 413


def test_a_page_of_a_dapp_may_call_the_chain(server: Server, chain: FakeChain) -> None:
    url = server.serve(front(chain))
    assert requests.options(url, timeout=5).headers["Access-Control-Allow-Origin"] == "*"


def test_a_taken_port_is_named(server: Server, chain: FakeChain) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EnvironmentFailure, match=rf"port {port} \(origin\) is taken by .*pid"):
            server.serve(front(chain), port, "origin")


def test_nothing_listens_after_stop(chain: FakeChain) -> None:
    server = Server()
    server.start()
    url = server.serve(front(chain))
    server.stop()
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.post(url, json={}, timeout=5)
    with pytest.raises(UsageError):
        server.serve(front(chain))


def test_a_websocket_answers_calls(client: ClientConnection) -> None:
    assert ask(client, "eth_x")["result"] == {"method": "eth_x", "params": []}


def test_stopping_says_goodbye_to_websocket_clients(chain: FakeChain) -> None:
    server = Server()
    server.start()
    url = server.serve(front(chain))
    with connect(url.replace("http", "ws")) as connection:
        ask(connection, "eth_x")
        server.stop()
        assert list(connection) == []


def test_subscribers_are_told_every_block_under_their_ids(client: ClientConnection, chain: FakeChain) -> None:
    heads = ask(client, "eth_subscribe", "newHeads")["result"]
    logs = ask(client, "eth_subscribe", "logs", {"topics": []})["result"]
    assert ask(client, "eth_subscribe", "syncing")["result"] not in (heads, logs)
    made = chain.mine(2, logs=1)
    told = [hear(client)["params"] for _ in range(4)]
    for identifier, name in ((heads, "hash"), (logs, "blockHash")):
        assert [news["result"][name] for news in told if news["subscription"] == identifier] == made


def test_a_subscription_is_told_its_id_before_its_first_notification(
    client: ClientConnection, chain: FakeChain
) -> None:
    chain.comes_with_next_answer = 1
    identifier = ask(client, "eth_subscribe", "logs", {})["result"]
    assert hear(client)["params"]["subscription"] == identifier


def test_a_subscription_outlives_its_node_and_is_told_all_that_came_meanwhile(
    client: ClientConnection, chain: FakeChain
) -> None:
    identifier = ask(client, "eth_subscribe", "newHeads")["result"]
    chain.is_down = True
    made = [*chain.mine(), *chain.mine()]
    assert ask(client, "eth_x")["result"]["method"] == "eth_x"
    chain.is_down = False
    chain.tell()
    told = [hear(client)["params"] for _ in made]
    assert [news["result"]["hash"] for news in told] == made
    assert {news["subscription"] for news in told} == {identifier}


def test_an_ended_subscription_is_silent(client: ClientConnection, chain: FakeChain) -> None:
    identifier = ask(client, "eth_subscribe", "newHeads")["result"]
    assert ask(client, "eth_unsubscribe", identifier)["result"] is True
    chain.mine()
    assert ask(client, "eth_x")["result"]["method"] == "eth_x"
    assert ask(client, "eth_unsubscribe", identifier)["error"]["message"] == "subscription not found"


def test_an_unknown_subscription_is_refused(client: ClientConnection) -> None:
    assert ask(client, "eth_subscribe", "newMoon")["error"]["code"] == -32602


def test_a_filter_that_nobody_can_check_is_an_error_and_no_end(client: ClientConnection, chain: FakeChain) -> None:
    chain.is_down = True
    assert ask(client, "eth_subscribe", "logs", {})["error"]["code"] == -32000
    assert ask(client, "eth_x")["result"]["method"] == "eth_x"


def test_pending_transactions_come_from_the_mempool(client: ClientConnection, chain: FakeChain) -> None:
    identifier = ask(client, "eth_subscribe", "newPendingTransactions")["result"]
    chain.arrived = ["0x02"]
    assert hear(client)["params"] == {"subscription": identifier, "result": "0x02"}
    assert chain.filters == [[False]]
    assert ask(client, "eth_unsubscribe", identifier)["result"] is True
    assert chain.calls[-1] == "eth_uninstallFilter"


def test_pending_transactions_come_whole_where_that_is_asked(client: ClientConnection, chain: FakeChain) -> None:
    ask(client, "eth_subscribe", "newPendingTransactions", True)
    assert chain.filters == [[True]]
