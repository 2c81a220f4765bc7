"""Transports against servers that misbehave in every way: never anything but our two errors."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest

from devnet.chain.client import HttpTransport, IpcTransport
from devnet.errors import RpcError, TransportError

Reply = Callable[[bytes], "bytes | None"]


def echo(body: bytes) -> bytes:
    """Answer every call with its method, in reversed order."""
    asked = json.loads(body)
    several = asked if isinstance(asked, list) else [asked]
    answers = [{"jsonrpc": "2.0", "id": call["id"], "result": call["method"]} for call in reversed(several)]
    return json.dumps(answers if isinstance(asked, list) else answers[0]).encode() + b"\n"


class IpcServer:
    """Answers on a Unix socket; a reply of None closes the connection."""

    def __init__(self, path: Path, reply: Reply) -> None:
        self.reply = reply
        self.connections: list[socket.socket] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while True:
                try:
                    body = connection.recv(1 << 20)
                except OSError:
                    return
                answer = self.reply(body) if body else None
                if answer is None:
                    return
                with contextlib.suppress(OSError):
                    connection.sendall(answer)

    def drop_connections(self) -> None:
        for connection in self.connections:
            connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Reply], tuple[IpcServer, IpcTransport]]]:
    made: list[tuple[IpcServer, IpcTransport]] = []

    def start(reply: Reply) -> tuple[IpcServer, IpcTransport]:
        path = tmp_path / f"{len(made)}.ipc"
        made.append((IpcServer(path, reply), IpcTransport(path, timeout_s=0.3)))
        return made[-1]

    yield start
    for server, transport in made:
        transport.close()
        server.close()


def test_results_are_matched_by_id_not_by_order(serve: Any) -> None:
    _, transport = serve(echo)
    assert transport.batch([("a", ()), ("b", ()), ("c", ())]) == ["a", "b", "c"]
    assert transport.call("d") == "d"
    assert transport.batch([]) == []


def test_a_long_batch_goes_out_in_parts(serve: Any) -> None:
    _, transport = serve(echo)
    methods = [f"m{number}" for number in range(250)]
    assert transport.batch([(method, ()) for method in methods]) == methods


def test_a_connection_lost_between_calls_is_replaced(serve: Any) -> None:
    server, transport = serve(echo)
    assert transport.call("a") == "a"
    server.drop_connections()
    assert transport.call("b") == "b"


def test_threads_do_not_mix_up_their_answers(serve: Any) -> None:
    _, transport = serve(echo)
    wrong: list[str] = []

    def ask(name: str) -> None:
        for number in range(50):
            method = f"{name}{number}"
            if transport.call(method) != method:
                wrong.append(method)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


ANSWERS: dict[str, tuple[Reply, str]] = {
    "closed": (lambda body: None, "connection closed"),
    "not json": (lambda body: b"rubbish\n", "not JSON"),
    "wrong id": (lambda body: b'{"jsonrpc":"2.0","id":99,"result":1}\n', "not answered"),
    "unhashable id": (lambda body: b'{"jsonrpc":"2.0","id":[],"result":1}\n', "not answered"),
    "a number": (lambda body: b"7\n", "not answered"),
    "no result": (lambda body: b'{"jsonrpc":"2.0","id":1}\n', "without result"),
    "odd error": (lambda body: b'{"jsonrpc":"2.0","id":1,"error":"no"}\n', "malformed error"),
    "endless": (lambda body: b"x", "no answer"),
    "not utf-8": (lambda body: b"\xff\xfe\n", "not JSON"),
}


@pytest.mark.parametrize(("reply", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_malformed_answer_is_a_transport_error(serve: Any, reply: Reply, words: str) -> None:
    _, transport = serve(reply)
    with pytest.raises(TransportError, match=words):
        transport.call("a")


def test_a_late_answer_is_a_transport_error(serve: Any) -> None:
    release = threading.Event()

    def wait(body: bytes) -> bytes:
        release.wait(5)
        return echo(body)

    _, transport = serve(wait)
    with pytest.raises(TransportError, match="no answer"):
        transport.call("a")
    release.set()


def test_an_error_answer_keeps_code_words_and_data(serve: Any) -> None:
    error = {"code": 3, "message": "execution reverted", "data": "0x1234"}
    _, transport = serve(lambda body: json.dumps({"id": json.loads(body)["id"], "error": error}).encode() + b"\n")
    with pytest.raises(RpcError) as caught:
        transport.call("a")
    assert (caught.value.code, caught.value.message, caught.value.data) == (3, "execution reverted", "0x1234")


def test_no_socket_is_a_transport_error(tmp_path: Path) -> None:
    with pytest.raises(TransportError):
        IpcTransport(tmp_path / "none.ipc").call("a")


class HttpServer:
    """Answers POST requests and remembers their headers."""

    def __init__(self) -> None:
        self.reply: Callable[[bytes], tuple[int, bytes]] = lambda body: (200, echo(body))
        self.headers: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.headers.append(dict(self.headers))
                status, content = outer.reply(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def http() -> Iterator[HttpServer]:
    server = HttpServer()
    yield server
    server.close()


def test_http_gives_results_and_errors(http: HttpServer) -> None:
    transport = HttpTransport(http.url)
    assert transport.batch([("a", ()), ("b", ())]) == ["a", "b"]
    http.reply = lambda body: (200, b'{"id":3,"error":{"code":-32000,"message":"nonce too low"}}')
    with pytest.raises(RpcError, match="nonce too low"):
        transport.call("c")
    transport.close()


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [(401, b"missing token", "HTTP 401: missing token"), (502, b"<html>", "HTTP 502"), (200, b"<html>", "not JSON")],
    ids=["refused", "gateway", "page"],
)
def test_http_without_json_is_a_transport_error(http: HttpServer, status: int, content: bytes, words: str) -> None:
    http.reply = lambda body: (status, content)
    transport = HttpTransport(http.url)
    with pytest.raises(TransportError, match=words):
        transport.call("a")
    transport.close()


def test_nobody_listening_is_a_transport_error(http: HttpServer) -> None:
    http.close()
    with pytest.raises(TransportError):
        HttpTransport(http.url, timeout_s=1).call("a")


def test_the_engine_token_is_signed_and_renewed_after_twenty_seconds(http: HttpServer) -> None:
    now = [1_000_000.0]
    secret = b"\x07" * 32
    transport = HttpTransport(http.url, secret, wall=lambda: now[0])
    for seconds in (0, 19, 2):
        now[0] += seconds
        transport.call("a")
    tokens = [headers["Authorization"].removeprefix("Bearer ") for headers in http.headers]
    claims = [jwt.decode(token, secret, algorithms=["HS256"], options={"verify_iat": False}) for token in tokens]
    assert [claim["iat"] for claim in claims] == [1_000_000, 1_000_000, 1_000_021]
    transport.close()
