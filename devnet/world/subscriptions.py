"""The WebSocket side of a chain's front: calls as over HTTP, plus subscriptions.

``newHeads`` and ``logs`` come from geth through an upstream of the client's own; ``newPendingTransactions``
comes from the Producer's mempool, which alone knows what is pending (geth's pool is not used).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from devnet.errors import DevnetError, RpcError
from devnet.runtime.base import Endpoint
from devnet.world.jsonrpc import INVALID_PARAMS, Call, answer
from devnet.world.upstream import Upstream

PASSED_ON = frozenset({"newHeads", "logs", "syncing"})
"""Subscriptions that geth serves."""

PENDING_POLL_S = 0.05
"""How often the mempool's filter is asked while somebody is subscribed."""


class WebSocketClient:
    """One WebSocket connection to a chain's front."""

    def __init__(self, socket: web.WebSocketResponse, call: Call, endpoint: Callable[[], Endpoint]) -> None:
        self._socket = socket
        self._call = call
        self._upstream = Upstream(endpoint, self._notify)
        self._announced: set[str] = set()
        self._held: dict[str, list[str]] = {}
        self._watches: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Answer until the client leaves; messages are answered in the order they came in."""
        try:
            async for message in self._socket:
                if message.type not in (web.WSMsgType.TEXT, web.WSMsgType.BINARY):
                    continue
                reply = await answer(message.data, self._dispatch)
                if reply is not None:
                    await self._socket.send_str(reply.decode())
                await self._release()
        except ConnectionError:
            pass  # the client left while it was being answered
        finally:
            await self._close()

    async def _dispatch(self, method: str, params: list[object]) -> object:
        if method == "eth_subscribe":
            return await self._subscribe(params)
        if method == "eth_unsubscribe":
            return await self._unsubscribe(params)
        return await self._call(method, params)

    async def _subscribe(self, params: list[object]) -> str:
        kind = params[0] if params else None
        if kind == "newPendingTransactions":
            return await self._watch_pending(whole=params[1:2] == [True])
        if kind not in PASSED_ON:
            raise RpcError(INVALID_PARAMS, f"no {kind!r} subscription in eth namespace")
        identifier = await self._upstream.subscribe(params)
        self._held.setdefault(identifier, [])
        return identifier

    async def _unsubscribe(self, params: list[object]) -> bool:
        identifier = params[0] if params and isinstance(params[0], str) else ""
        self._announced.discard(identifier)
        self._held.pop(identifier, None)
        watch = self._watches.pop(identifier, None)
        if watch is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            return True
        if not await self._upstream.unsubscribe(identifier):
            raise RpcError(-32000, "subscription not found")
        return True

    async def _notify(self, identifier: str, result: object) -> None:
        """Send a notification, or hold it until the client has been told the subscription's id."""
        params = {"subscription": identifier, "result": result}
        message = json.dumps({"jsonrpc": "2.0", "method": "eth_subscription", "params": params}, separators=(",", ":"))
        if identifier in self._announced:
            with suppress(ConnectionError):
                await self._socket.send_str(message)
        else:
            self._held.setdefault(identifier, []).append(message)

    async def _release(self) -> None:
        """Mark every new subscription as announced and send what was held back for it."""
        for identifier in list(self._held):
            while self._held[identifier]:
                await self._socket.send_str(self._held[identifier].pop(0))
            del self._held[identifier]
            self._announced.add(identifier)

    async def _watch_pending(self, whole: bool) -> str:
        identifier = str(await self._call("eth_newPendingTransactionFilter", [whole]))
        self._held[identifier] = []
        self._watches[identifier] = asyncio.create_task(self._poll_pending(identifier))
        return identifier

    async def _poll_pending(self, identifier: str) -> None:
        try:
            while True:
                await asyncio.sleep(PENDING_POLL_S)
                arrived = await self._call("eth_getFilterChanges", [identifier])
                for transaction in arrived if isinstance(arrived, list) else ():
                    await self._notify(identifier, transaction)
        finally:
            with suppress(DevnetError):
                await self._call("eth_uninstallFilter", [identifier])

    async def _close(self) -> None:
        for watch in self._watches.values():
            watch.cancel()
        await asyncio.gather(*self._watches.values(), return_exceptions=True)
        self._watches.clear()
        await self._upstream.close()
