"""What a chain serves to users, and what actors in processes reach it by.

The front speaks HTTP and WebSocket on one port. A link is the same for one actor, with its policy between:
what the policy swallows is answered with HTTP 503, which the actor's side takes for a lost answer.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from aiohttp import WSCloseCode, web

from devnet.chain.link import Link
from devnet.errors import DevnetError, RpcError, TransportError
from devnet.runtime.base import Endpoint
from devnet.world.jsonrpc import BODY_LIMIT, METHOD_NOT_FOUND, answer
from devnet.world.subscriptions import WebSocketClient

CALLERS = 16
"""Threads per front or set of links: as many blocking calls at once."""

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

_log = logging.getLogger(__name__)


class FrontChain(Protocol):
    """What the front needs of a chain."""

    def rpc(self, method: str, params: list[Any], view: str = "main") -> Any:
        """Answer one call as a user sees it."""


def front(chain: FrontChain, endpoint: Callable[[], Endpoint]) -> web.Application:
    """The application that serves a chain to its users."""
    pool = ThreadPoolExecutor(CALLERS, thread_name_prefix="front")
    sockets: weakref.WeakSet[web.WebSocketResponse] = weakref.WeakSet()

    async def call(method: str, params: list[object]) -> object:
        return await asyncio.get_running_loop().run_in_executor(pool, chain.rpc, method, params)

    async def call_once(method: str, params: list[object]) -> object:
        if method in SUBSCRIPTION_METHODS:
            raise RpcError(METHOD_NOT_FOUND, "notifications not supported over HTTP: connect by WebSocket")
        return await call(method, params)

    async def post(request: web.Request) -> web.Response:
        body = await answer(await request.read(), call_once)
        return web.Response(body=body or b"", content_type="application/json", headers=CORS)

    async def get(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=BODY_LIMIT)
        if not socket.can_prepare(request):
            return web.Response(status=405, text="POST JSON-RPC here, or connect by WebSocket\n", headers=CORS)
        await socket.prepare(request)
        sockets.add(socket)
        await WebSocketClient(socket, call, endpoint).serve()
        return socket

    async def close(application: web.Application) -> None:
        for socket in set(sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the network is going down")
        pool.shutdown(wait=False, cancel_futures=True)

    application = web.Application(client_max_size=BODY_LIMIT)
    application.router.add_post("/", post)
    application.router.add_get("/", get)
    application.router.add_options("/", _preflight)
    application.on_shutdown.append(close)
    return application


def links(find: Callable[[str, str], Link]) -> web.Application:
    """The application that serves actors' links, at ``/link/<actor>/<key>``.

    ``find`` gives the link of an actor by key, and raises KeyError if there is none.
    """
    pool = ThreadPoolExecutor(CALLERS, thread_name_prefix="links")

    async def post(request: web.Request) -> web.Response:
        try:
            link = find(request.match_info["actor"], request.match_info["key"])
        except KeyError:
            return web.Response(status=404, text=f"no such link: {request.path}\n")
        lost: list[DevnetError] = []

        async def call(method: str, params: list[object]) -> object:
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, link.call, method, params)
            except TransportError as error:
                lost.append(error)
                raise

        body = await answer(await request.read(), call)
        if lost:
            return web.Response(status=503, text=f"{lost[0]}\n")
        return web.Response(body=body or b"", content_type="application/json")

    async def close(application: web.Application) -> None:
        pool.shutdown(wait=False, cancel_futures=True)

    application = web.Application(client_max_size=BODY_LIMIT)
    application.router.add_post("/link/{actor}/{key:.+}", post)
    application.on_shutdown.append(close)
    return application


async def _preflight(request: web.Request) -> web.Response:
    return web.Response(status=204, headers=CORS)
