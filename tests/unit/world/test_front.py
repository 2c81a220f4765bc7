"""A chain's front over real loopback sockets, with a chain and a geth that only pretend."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
from websockets.sync.client import ClientConnection, connect

from devnet.errors import EnvironmentFailure, RpcError, TransportError, UsageError
from devnet.runtime.base import Endpoint
from devnet.world.front import front
from devnet.world.server import Server


class FakeChain:
    def __init__(self) -> None:
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


class FakeGeth:
    """geth's socket: answers eth_subscribe, and can be restarted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.subscribed: list[tuple[str, list[Any]]] = []
        self._loop = asyncio.new_event_loop()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self._count = 0
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.start()

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    def start(self) -> None:
        async def serve() -> None:
            self._server = await asyncio.start_unix_server(self._serve, str(self.path))

        self.run(serve())

    def die(self) -> None:
        async def stop() -> None:
            assert self._server is not None
            self._server.close()
            for writer in self._writers:
                writer.close()
            self._writers.clear()
            self.subscribed.clear()

        self.run(stop())
        self.path.unlink(missing_ok=True)

    def notify(self, result: Any) -> None:
        async def send() -> None:
            for number, writer in enumerate(self._writers):
                identifier = self.subscribed[number][0]
                params = {"subscription": identifier, "result": result}
                message = {"jsonrpc": "2.0", "method": "eth_subscription", "params": params}
                writer.write(json.dumps(message).encode() + b"\n")

        self.run(send())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        while line := await reader.readline():
            asked = json.loads(line)
            result: Any = True
            if asked["method"] == "eth_subscribe":
                self._count += 1
                result = f"0xgeth{self._count}"
                self.subscribed.append((result, asked["params"]))
            answer = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}).encode() + b"\n"
            first = {"subscription": result, "result": "at once"}
            writer.write(answer + json.dumps({"method": "eth_subscription", "params": first}).encode() + b"\n")

    def close(self) -> None:
        self.die()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def chain() -> FakeChain:
    return FakeChain()


@pytest.fixture
def geth() -> Iterator[FakeGeth]:
    with TemporaryDirectory() as directory, closing(FakeGeth(Path(directory, "ipc"))) as running:
        yield running


@pytest.fixture
def client(server: Server, chain: FakeChain, geth: FakeGeth) -> Iterator[ClientConnection]:
    url = server.serve(front(chain, lambda: Endpoint(ipc_path=geth.path)))
    with connect(url.replace("http", "ws")) as connection:
        yield connection


def ask(client: ClientConnection, method: str, *params: object) -> Any:
    client.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}))
    return hear(client)


def hear(client: ClientConnection) -> Any:
    return json.loads(client.recv(timeout=5))


def post(url: str, message: Any) -> Any:
    return requests.post(url, json=message, timeout=5).json()


def test_a_call_reaches_the_chain(server: Server, chain: FakeChain) -> None:
    url = server.serve(front(chain, Endpoint))
    assert post(url, {"id": 1, "method": "eth_x", "params": [7]})["result"] == {"method": "eth_x", "params": [7]}


def test_a_batch_is_split_and_answered_in_order(server: Server, chain: FakeChain) -> None:
    url = server.serve(front(chain, Endpoint))
    replies = post(url, [{"id": 2, "method": "a"}, {"id": 1, "method": "admin_nodeInfo"}, {"id": 0, "method": "dead"}])
    assert [reply["id"] for reply in replies] == [2, 1, 0]
    assert [reply.get("error", {}).get("code") for reply in replies] == [None, -32601, -32000]
    assert chain.calls == ["a", "admin_nodeInfo", "dead"]


def test_a_subscription_over_http_is_refused_before_it_reaches_geth(server: Server, chain: FakeChain) -> None:
    url = server.serve(front(chain, Endpoint))
    assert post(url, {"id": 1, "method": "eth_subscribe", "params": ["newHeads"]})["error"]["code"] == -32601
    assert chain.calls == []


def test_a_body_that_is_too_large_is_refused(server: Server, chain: FakeChain) -> None:
    url = server.serve(front(chain, Endpoint))
    assert requests.post(url, data=b"x" * (5 * 1024 * 1024 + 1), timeout=5).status_code == 413


def test_a_page_of_a_dapp_may_call_the_chain(server: Server, chain: FakeChain) -> None:
    url = server.serve(front(chain, Endpoint))
    assert requests.options(url, timeout=5).headers["Access-Control-Allow-Origin"] == "*"


def test_a_taken_port_is_named(server: Server, chain: FakeChain) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EnvironmentFailure, match=rf"port {port} \(origin\) is taken by .*pid"):
            server.serve(front(chain, Endpoint), port, "origin")


def test_nothing_listens_after_stop(chain: FakeChain) -> None:
    server = Server()
    server.start()
    url = server.serve(front(chain, Endpoint))
    server.stop()
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.post(url, json={}, timeout=5)
    with pytest.raises(UsageError):
        server.serve(front(chain, Endpoint))


def test_a_websocket_answers_calls(client: ClientConnection) -> None:
    assert ask(client, "eth_x")["result"] == {"method": "eth_x", "params": []}


def test_stopping_says_goodbye_to_websocket_clients(chain: FakeChain) -> None:
    server = Server()
    server.start()
    url = server.serve(front(chain, Endpoint))
    with connect(url.replace("http", "ws")) as connection:
        ask(connection, "eth_x")
        server.stop()
        assert list(connection) == []


def test_a_subscription_is_told_its_id_before_its_first_notification(client: ClientConnection) -> None:
    identifier = ask(client, "eth_subscribe", "newHeads")["result"]
    assert hear(client)["params"] == {"subscription": identifier, "result": "at once"}


def test_a_subscription_keeps_its_id_when_geth_restarts(client: ClientConnection, geth: FakeGeth) -> None:
    identifier = ask(client, "eth_subscribe", "logs", {"address": "0x1"})["result"]
    hear(client)
    geth.die()
    geth.start()
    assert hear(client)["params"] == {"subscription": identifier, "result": "at once"}
    assert geth.subscribed[0][0] != identifier
    assert geth.subscribed[0][1] == ["logs", {"address": "0x1"}]
    geth.notify("block 7")
    assert hear(client)["params"] == {"subscription": identifier, "result": "block 7"}


def log(index: int) -> dict[str, Any]:
    return {"blockHash": "0xb1", "logIndex": hex(index), "removed": False}


@pytest.mark.parametrize(
    ("kind", "before", "news"),
    [("newHeads", [{"hash": "0x01"}, {"hash": "0x02"}], {"hash": "0x03"}), ("logs", [log(0), log(1)], log(2))],
)
def test_what_geth_announces_again_after_a_restart_is_told_once(
    client: ClientConnection, geth: FakeGeth, kind: str, before: list[Any], news: Any
) -> None:
    ask(client, "eth_subscribe", kind)
    hear(client)
    for result in before:
        geth.notify(result)
        assert hear(client)["params"]["result"] == result
    geth.die()
    geth.start()
    assert hear(client)["params"]["result"] == "at once"
    for result in (*before, news):
        geth.notify(result)
    assert hear(client)["params"]["result"] == news
    # Back on a branch that was left: no repetition, but news.
    geth.notify(before[1])
    assert hear(client)["params"]["result"] == before[1]


def test_an_ended_subscription_is_silent(client: ClientConnection, geth: FakeGeth) -> None:
    identifier = ask(client, "eth_subscribe", "newHeads")["result"]
    hear(client)
    assert ask(client, "eth_unsubscribe", identifier)["result"] is True
    geth.notify("nobody listens")
    assert ask(client, "eth_x")["result"]["method"] == "eth_x"
    assert ask(client, "eth_unsubscribe", identifier)["error"]["message"] == "subscription not found"


def test_an_unknown_subscription_is_refused(client: ClientConnection) -> None:
    assert ask(client, "eth_subscribe", "newMoon")["error"]["code"] == -32602


def test_a_subscription_without_geth_is_an_error_and_no_end(client: ClientConnection, geth: FakeGeth) -> None:
    geth.die()
    assert ask(client, "eth_subscribe", "newHeads")["error"]["code"] == -32000
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
