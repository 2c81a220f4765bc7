"""One WebSocket client's own connection to geth, for its subscriptions.

A subscription keeps the id that the client was given when geth restarts: the connection is made again and
every subscription renewed under its old id. What geth then announces once more is not passed on.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from devnet.errors import RpcError, TransportError
from devnet.runtime.base import Endpoint
from devnet.world.told import Told

MESSAGE_LIMIT = 64 * 1024 * 1024
"""Most bytes of one message from geth; logs of a full block stay far below."""

CALL_TIMEOUT_S = 10.0
"""After this, geth's answer to a subscribe or unsubscribe is given up."""

RENEW_PAUSE_S = 0.1
"""Between two attempts to reach a geth that is restarting."""

Notify = Callable[[str, object], Awaitable[None]]
"""Passes one notification on: the client's subscription id, and geth's result."""

_log = logging.getLogger(__name__)


class Wire(Protocol):
    """A connection that carries JSON messages."""

    async def send(self, message: bytes) -> None:
        """Send one message. Raises OSError when the connection is gone."""

    def messages(self) -> AsyncIterator[bytes]:
        """Every message until the connection ends."""

    async def close(self) -> None:
        """Close; idempotent."""


class IpcWire:
    """geth's Unix socket: one JSON message per line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: bytes) -> None:
        """Send one message."""
        self._writer.write(message + b"\n")
        await self._writer.drain()

    async def messages(self) -> AsyncIterator[bytes]:
        """Every line until the end of the stream."""
        while line := await self._reader.readline():
            yield line

    async def close(self) -> None:
        """Close the socket."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


class SocketWire:
    """geth's WebSocket port (Docker runtime)."""

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._session = session
        self._socket = socket

    async def send(self, message: bytes) -> None:
        """Send one message."""
        await self._socket.send_str(message.decode())

    async def messages(self) -> AsyncIterator[bytes]:
        """Every text message until the socket closes."""
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                yield message.data.encode()

    async def close(self) -> None:
        """Close the socket and its session."""
        await self._socket.close()
        await self._session.close()


async def connect(endpoint: Endpoint) -> Wire:
    """A connection to a node: its IPC socket if it has one, else its WebSocket. Raises TransportError."""
    try:
        if endpoint.ipc_path is not None:
            return IpcWire(*await asyncio.open_unix_connection(str(endpoint.ipc_path), limit=MESSAGE_LIMIT))
        if endpoint.ws_url is not None:
            session = aiohttp.ClientSession()
            try:
                return SocketWire(session, await session.ws_connect(endpoint.ws_url, max_msg_size=MESSAGE_LIMIT))
            except BaseException:
                await session.close()
                raise
    except (OSError, aiohttp.ClientError) as error:
        raise TransportError(f"geth cannot be reached for a subscription: {error}") from error
    raise TransportError("geth serves neither a socket nor a WebSocket: no subscriptions on this node")


@dataclass(frozen=True, slots=True)
class _Pending:
    answer: asyncio.Future[object]
    client_id: str | None
    params: list[object] | None


class Upstream:
    """Subscriptions of one client at one node."""

    def __init__(self, endpoint: Callable[[], Endpoint], notify: Notify) -> None:
        self._endpoint = endpoint
        self._notify = notify
        self._wire: Wire | None = None
        self._reader: asyncio.Task[None] | None = None
        self._pending: dict[int, _Pending] = {}
        self._params: dict[str, list[object]] = {}
        self._client_ids: dict[str, str] = {}
        self._told: dict[str, Told] = {}
        self._next_id = 0
        self._connecting = asyncio.Lock()

    async def subscribe(self, params: list[object]) -> str:
        """Subscribe at geth and return the id, which stays valid over restarts. Raises RpcError, TransportError."""
        return str(await self._call("eth_subscribe", params, params))

    async def unsubscribe(self, client_id: str) -> bool:
        """End a subscription; False if this client has none of that id."""
        if self._params.pop(client_id, None) is None:
            return False
        self._told.pop(client_id, None)
        for geth_id in [known for known, client in self._client_ids.items() if client == client_id]:
            del self._client_ids[geth_id]
            with suppress(RpcError, TransportError):
                await self._call("eth_unsubscribe", [geth_id])
        return True

    async def close(self) -> None:
        """End the connection and with it every subscription; idempotent."""
        self._params.clear()
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
        if self._wire is not None:
            await self._wire.close()

    async def _call(
        self, method: str, params: list[object], subscribed: list[object] | None = None, client_id: str | None = None
    ) -> object:
        await self._connected()
        return await self._send(method, params, subscribed, client_id)

    async def _send(
        self, method: str, params: list[object], subscribed: list[object] | None = None, client_id: str | None = None
    ) -> object:
        wire = self._wire
        if wire is None:
            raise TransportError("geth closed the connection")
        self._next_id += 1
        identifier = self._next_id
        pending = _Pending(asyncio.get_running_loop().create_future(), client_id, subscribed)
        self._pending[identifier] = pending
        message = {"jsonrpc": "2.0", "id": identifier, "method": method, "params": params}
        try:
            await wire.send(json.dumps(message).encode())
            return await asyncio.wait_for(pending.answer, CALL_TIMEOUT_S)
        except TimeoutError as error:
            raise TransportError(f"geth did not answer {method} within {CALL_TIMEOUT_S:.0f} s") from error
        except OSError as error:
            raise TransportError(f"geth closed the connection: {error}") from error
        finally:
            self._pending.pop(identifier, None)

    async def _connected(self) -> None:
        async with self._connecting:
            if self._reader is None or self._reader.done():
                self._wire = await connect(self._endpoint())
                self._reader = asyncio.create_task(self._read())
            elif self._wire is None:
                raise TransportError("node restarting: subscribe again in a moment")

    async def _read(self) -> None:
        """Serve the connection; when it ends while subscriptions are open, make it again and renew them."""
        while self._wire is not None:
            await self._read_wire(self._wire)
            await self._wire.close()
            self._wire = None
            self._fail_pending()
            if self._params:
                await self._renew()

    async def _read_wire(self, wire: Wire) -> None:
        try:
            async for message in wire.messages():
                await self._take(message)
        except (OSError, ValueError, aiohttp.ClientError) as error:
            _log.info("connection to geth ended: %s", error)

    async def _renew(self) -> None:
        while self._wire is None:
            await asyncio.sleep(RENEW_PAUSE_S)
            with suppress(TransportError):
                self._wire = await connect(self._endpoint())
        self._client_ids.clear()
        # The answers come through this very task: send without waiting, ``_take`` maps the new ids.
        for client_id, params in list(self._params.items()):
            self._told[client_id].renew()
            self._next_id += 1
            answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(_retrieve)
            self._pending[self._next_id] = _Pending(answer, client_id, params)
            message = {"jsonrpc": "2.0", "id": self._next_id, "method": "eth_subscribe", "params": params}
            with suppress(OSError):
                await self._wire.send(json.dumps(message).encode())

    def _fail_pending(self) -> None:
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(TransportError("geth closed the connection"))
        self._pending.clear()

    async def _take(self, raw: bytes) -> None:
        message = json.loads(raw)
        if message.get("method") == "eth_subscription":
            client_id = self._client_ids.get(message["params"]["subscription"])
            result = message["params"]["result"]
            if client_id is not None and not self._told[client_id].is_repeated(result):
                await self._notify(client_id, result)
            return
        pending = self._pending.pop(message.get("id"), None)
        if pending is None or pending.answer.done():
            return
        error = message.get("error")
        if error is not None:
            pending.answer.set_exception(RpcError(error["code"], error["message"], error.get("data")))
            return
        if pending.params is not None:
            # Mapped here and not by the caller: geth's first notification follows on the answer's heels.
            geth_id = str(message["result"])
            client_id = pending.client_id or geth_id
            self._client_ids[geth_id] = client_id
            self._params[client_id] = pending.params
            self._told.setdefault(client_id, Told())
        pending.answer.set_result(message["result"])


def _retrieve(answer: asyncio.Future[object]) -> None:
    if not answer.cancelled():
        answer.exception()
