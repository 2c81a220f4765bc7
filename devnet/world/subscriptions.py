"""The WebSocket side of a chain's front: calls as over HTTP, plus subscriptions.

``newHeads`` and ``logs`` are told after every command of the chain (see ``news``), whatever becomes of its nodes;
``newPendingTransactions`` comes from the Producer's mempool, which alone knows what is pending (geth's is not used).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from aiohttp import web

from devnet.errors import DevnetError, RpcError
from devnet.world.jsonrpc import INVALID_PARAMS, SERVER_ERROR, Call, answer
from devnet.world.news import HeadNews, LogNews, News, NewsChain

PENDING_POLL_S = 0.05
"""How often the mempool's filter is asked while somebody is subscribed."""


T = TypeVar("T")

InThread = Callable[[Callable[[], T]], Awaitable[T]]
"""Does what blocks beside the loop."""

_log = logging.getLogger(__name__)


class SubscribedChain(NewsChain, Protocol):
    """What subscriptions need of a chain."""

    def on_command(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener after every command of the chain; the returned function ends that."""


class WebSocketClient:
    """One WebSocket connection to a chain's front."""

    def __init__(
        self, socket: web.WebSocketResponse, call: Call, chain: SubscribedChain, in_thread: InThread[Any]
    ) -> None:
        self._socket = socket
        self._call = call
        self._chain = chain
        self._in_thread = in_thread
        self._ids = itertools.count(1)
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
            identifier = str(await self._call("eth_newPendingTransactionFilter", [params[1:2] == [True]]))
            return self._watch(identifier, self._poll_pending(identifier))
        news = await self._in_thread(lambda: self._news(kind, params))
        identifier = f"0x{next(self._ids):032x}"
        return self._watch(identifier, self._follow(identifier, news))

    def _news(self, kind: object, params: list[object]) -> News:
        if kind == "newHeads":
            return HeadNews(self._chain).take
        if kind == "logs":
            return LogNews(self._chain, params[1] if len(params) > 1 else None).take
        if kind == "syncing":
            return list  # no node here ever syncs
        raise RpcError(INVALID_PARAMS, f"no {kind!r} subscription in eth namespace")

    def _watch(self, identifier: str, watch: Coroutine[Any, Any, None]) -> str:
        self._held[identifier] = []
        self._watches[identifier] = asyncio.create_task(watch)
        return identifier

    async def _unsubscribe(self, params: list[object]) -> bool:
        identifier = params[0] if params and isinstance(params[0], str) else ""
        self._announced.discard(identifier)
        self._held.pop(identifier, None)
        watch = self._watches.pop(identifier, None)
        if watch is None:
            raise RpcError(SERVER_ERROR, "subscription not found")
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
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

    async def _follow(self, identifier: str, news: News) -> None:
        """Tell what there is after every command; what cannot be had now is told after a later one."""
        moved, loop = asyncio.Event(), asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(moved.set)

        end = self._chain.on_command(wake)
        moved.set()  # whatever came between the answer and now
        try:
            while await moved.wait():
                moved.clear()
                try:
                    told = await self._in_thread(news)
                except DevnetError as error:
                    _log.info("subscription %s waits: %s", identifier, error)
                    continue
                for result in told:
                    await self._notify(identifier, result)
        finally:
            end()

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
