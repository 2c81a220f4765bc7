"""JSON-RPC over a Unix socket or over HTTP: two transports, one set of calls.

Whatever a node does (dies, hangs, answers rubbish), a caller sees ``RpcError`` for an error answer and
``TransportError`` for everything else, never a raw exception.
"""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import jwt
import requests

from devnet.errors import RpcError, TransportError

Call = tuple[str, Sequence[object]]
"""A method and its parameters."""

MAX_BATCH = 100
"""Calls sent in one batch: geth refuses more than 1,000 and bounds the size of the answer."""

TOKEN_LIFE_S = 20.0
"""How long one Engine API token is used; geth accepts an ``iat`` within 60 s of its clock."""

RECEIVE_BYTES = 1 << 18


class Transport(Protocol):
    """Calls to one JSON-RPC server; any thread may use it."""

    def call(self, method: str, params: Sequence[object] = ()) -> Any:
        """The ``result`` of one call."""

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results in order; the first error is raised."""

    def begin(self, calls: Sequence[Call]) -> Callable[[], list[Any]]:
        """Send the calls now; the returned function waits for the results. It must be called once."""

    def close(self) -> None:
        """Let go of every connection; idempotent."""


class IpcTransport:
    """JSON-RPC over geth's Unix socket, over kept connections: one for each caller at the same time.

    A connection that turns out dead is replaced once, so a node may restart between two calls. Every call
    made through it must therefore be harmless when made twice, as all Engine API calls are.
    """

    def __init__(self, path: Path, timeout_s: float = 10.0, name: str = "") -> None:
        self._path = path
        self._name = name or str(path)
        self._timeout_s = timeout_s
        self._free: list[socket.socket] = []
        self._ids = itertools.count(1)

    def call(self, method: str, params: Sequence[object] = ()) -> Any:
        """The ``result`` of one call."""
        return self.batch([(method, params)])[0]

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results in order; the first error is raised."""
        return _in_batches(self.begin, calls)

    def begin(self, calls: Sequence[Call]) -> Callable[[], list[Any]]:
        """Send the calls now; the returned function waits for the results."""
        ids, body = _encode(calls, self._ids)
        connection, fresh = self._send(body)

        def finish() -> list[Any]:
            return _decode(self._receive(connection, fresh, body), ids, self._name)

        return finish

    def close(self) -> None:
        """Close every idle connection; one in use closes when its call ends in an error."""
        while self._free:
            self._free.pop().close()

    def _send(self, body: bytes) -> tuple[socket.socket, bool]:
        try:
            connection = self._free.pop()
        except IndexError:
            return self._send_fresh(body), True
        try:
            connection.settimeout(self._timeout_s)
            connection.sendall(body)
        except OSError:
            connection.close()
            return self._send_fresh(body), True
        return connection, False

    def _send_fresh(self, body: bytes) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self._timeout_s)
        try:
            connection.connect(str(self._path))
            connection.sendall(body)
        except OSError as error:
            connection.close()
            raise TransportError(f"{self._name}: {_cause(error, self._timeout_s)}") from error
        return connection

    def _receive(self, connection: socket.socket, fresh: bool, body: bytes) -> bytes:
        try:
            line = self._read_line(connection)
        except _Ended as error:
            connection.close()
            if fresh or error.received:
                raise TransportError(f"{self._name}: connection closed before the answer") from None
            return self._receive(self._send_fresh(body), True, body)
        except OSError as error:
            connection.close()
            raise TransportError(f"{self._name}: {_cause(error, self._timeout_s)}") from error
        self._free.append(connection)
        return line

    def _read_line(self, connection: socket.socket) -> bytes:
        # geth ends every message with a newline and writes none inside; one request is under way at a time.
        deadline = time.monotonic() + self._timeout_s
        chunks: list[bytes] = []
        while True:
            try:
                chunk = connection.recv(RECEIVE_BYTES)
            except ConnectionError:
                chunk = b""
            if not chunk:
                raise _Ended(received=bool(chunks))
            chunks.append(chunk)
            if chunk.endswith(b"\n"):
                return b"".join(chunks)
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"answer not complete after {self._timeout_s} s")
            connection.settimeout(remaining)


class _Ended(Exception):
    """The other side closed the connection."""

    def __init__(self, received: bool) -> None:
        super().__init__()
        self.received = received


class HttpTransport:
    """JSON-RPC over HTTP with kept connections, authenticated where a secret is given (Engine API)."""

    def __init__(
        self,
        url: str,
        jwt_secret: bytes | None = None,
        timeout_s: float = 10.0,
        wall: Callable[[], float] = time.time,
        name: str = "",
    ) -> None:
        self._url = url
        self._name = name or url
        self._secret = jwt_secret
        self._timeout_s = timeout_s
        self._wall = wall
        self._token = ("", 0.0)
        self._free: list[requests.Session] = []
        self._ids = itertools.count(1)
        self._lock = threading.Lock()

    def call(self, method: str, params: Sequence[object] = ()) -> Any:
        """The ``result`` of one call."""
        return self.batch([(method, params)])[0]

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results in order; the first error is raised."""
        return _in_batches(self.begin, calls)

    def begin(self, calls: Sequence[Call]) -> Callable[[], list[Any]]:
        """Make the calls now; HTTP gives nothing to overlap here."""
        ids, body = _encode(calls, self._ids)
        results = _decode(self._post(body), ids, self._name)
        return lambda: results

    def close(self) -> None:
        """Close every idle connection."""
        while self._free:
            self._free.pop().close()

    def _post(self, body: bytes) -> bytes:
        session = self._session()
        try:
            answer = session.post(self._url, data=body, headers=self._headers(), timeout=self._timeout_s)
            content = answer.content
        except requests.Timeout as error:
            session.close()
            raise TransportError(f"{self._name}: no answer within {self._timeout_s:g} s") from error
        except requests.RequestException as error:
            session.close()
            raise TransportError(f"{self._name}: {error}") from error
        self._free.append(session)
        if answer.status_code != 200 and not content.lstrip().startswith((b"{", b"[")):
            raise TransportError(f"{self._name}: HTTP {answer.status_code}: {content[:200].decode(errors='replace')}")
        return content

    def _session(self) -> requests.Session:
        try:
            return self._free.pop()
        except IndexError:
            session = requests.Session()
            session.trust_env = False  # a proxy of the machine must never stand between us and a local node
            return session

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._secret is not None:
            headers["Authorization"] = f"Bearer {self._bearer(self._secret)}"
        return headers

    def _bearer(self, secret: bytes) -> str:
        with self._lock:
            token, issued = self._token
            now = self._wall()
            if not token or not 0 <= now - issued <= TOKEN_LIFE_S:
                token = jwt.encode({"iat": int(now)}, secret, algorithm="HS256")
                self._token = (token, now)
            return token


def _in_batches(begin: Callable[[Sequence[Call]], Callable[[], list[Any]]], calls: Sequence[Call]) -> list[Any]:
    """Results of any number of calls, in as many requests as geth wants them to be."""
    parts = (calls[start : start + MAX_BATCH] for start in range(0, len(calls), MAX_BATCH))
    return [result for part in parts for result in begin(part)()]


def _cause(error: OSError, timeout_s: float) -> str:
    return f"no answer within {timeout_s:g} s" if isinstance(error, TimeoutError) else str(error)


def _encode(calls: Sequence[Call], ids: itertools.count[int]) -> tuple[list[int], bytes]:
    numbers = [next(ids) for _ in calls]
    requests_ = [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
        for number, (method, params) in zip(numbers, calls, strict=True)
    ]
    return numbers, json.dumps(requests_ if len(requests_) != 1 else requests_[0], separators=(",", ":")).encode()


def _decode(body: bytes, ids: list[int], where: str) -> list[Any]:
    if not ids:
        return []
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise TransportError(f"{where}: answer is not JSON: {body[:120].decode(errors='replace')!r}") from error
    answers = answer if isinstance(answer, list) else [answer]
    by_id = {item.get("id"): item for item in answers if isinstance(item, dict) and isinstance(item.get("id"), int)}
    # An error of the whole request carries no id.
    whole = next((item for item in answers if isinstance(item, dict) and item.get("id") is None), None)
    return [_result(by_id.get(number, whole), where) for number in ids]


def _result(answer: dict[str, Any] | None, where: str) -> Any:
    if answer is None:
        raise TransportError(f"{where}: a call was not answered")
    error = answer.get("error")
    if error is not None:
        if not isinstance(error, dict) or not isinstance(error.get("code"), int):
            raise TransportError(f"{where}: malformed error answer {str(error)[:120]!r}")
        raise RpcError(error["code"], str(error.get("message", "")), error.get("data"))
    if "result" not in answer:
        raise TransportError(f"{where}: answer without result or error")
    return answer["result"]
