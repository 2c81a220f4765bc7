"""What actors in processes reach the chains by: their links, over HTTP.

What a link's policy swallows is answered with HTTP 503, which the actor's side takes for a lost answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from devnet.chain.link import Link
from devnet.errors import DevnetError, TransportError
from devnet.world.jsonrpc import BODY_LIMIT, answer

CALLERS = 16
"""Threads for all links: as many blocking calls at once."""


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
