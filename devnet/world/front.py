"""What a chain serves to its users: JSON-RPC over HTTP and WebSocket, on one port."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, TypeVar

from aiohttp import WSCloseCode, web

from devnet.errors import RpcError
from devnet.world.jsonrpc import BODY_LIMIT, METHOD_NOT_FOUND, Answering, answer
from devnet.world.subscriptions import SubscribedChain, WebSocketClient

CALLERS = 16
"""Threads per front: as many blocking calls at once."""

HEARTBEAT_S = 30.0
"""A WebSocket client that does not answer a ping within this time is gone."""

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}
"""Pages of a dapp under development may call the chain, as with any development chain."""

SUBSCRIPTION_METHODS = frozenset({"eth_subscribe", "eth_unsubscribe"})


T = TypeVar("T")


class FrontChain(Answering, SubscribedChain, Protocol):
    """What the front needs of a chain."""


def front(chain: FrontChain) -> web.Application:
    """The application that serves a chain to its users."""
    users = _Users(chain)
    application = web.Application(client_max_size=BODY_LIMIT)
    application.router.add_post("/", users.post)
    application.router.add_get("/", users.get)
    application.router.add_options("/", _preflight)
    application.on_shutdown.append(users.close)
    return application


class _Users:
    """The users of one chain, over HTTP and WebSocket."""

    def __init__(self, chain: FrontChain) -> None:
        self._chain = chain
        self._pool = ThreadPoolExecutor(CALLERS, thread_name_prefix="front")
        self._sockets: weakref.WeakSet[web.WebSocketResponse] = weakref.WeakSet()

    async def post(self, request: web.Request) -> web.Response:
        """Answer one message, single or batch."""
        body = await answer(await request.read(), self._call_over_http)
        return web.Response(body=body or b"", content_type="application/json", headers=CORS)

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket client until it goes."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=BODY_LIMIT)
        if not socket.can_prepare(request):
            return web.Response(status=405, text="POST JSON-RPC here, or connect by WebSocket\n", headers=CORS)
        await socket.prepare(request)
        self._sockets.add(socket)
        await WebSocketClient(socket, self._call, self._chain, self._in_thread).serve()
        return socket

    async def close(self, application: web.Application) -> None:
        """Say goodbye to the clients that are there."""
        for socket in set(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the network is going down")
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _call(self, method: str, params: list[object]) -> object:
        return await self._in_thread(partial(self._chain.rpc, method, params))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def _call_over_http(self, method: str, params: list[object]) -> object:
        if method in SUBSCRIPTION_METHODS:
            raise RpcError(METHOD_NOT_FOUND, "notifications not supported over HTTP: connect by WebSocket")
        return await self._call(method, params)


async def _preflight(request: web.Request) -> web.Response:
    return web.Response(status=204, headers=CORS)
